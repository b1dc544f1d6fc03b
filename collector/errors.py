"""The errors Trekvart raises for people: one sentence that says what is wrong and what to do.

TrekvartError               anything a command prints as one sentence, exit code 1
├── SettingsError           a settings file, variable or flag is wrong
├── SiteError               a site is unknown, exists already, or is described wrongly
├── AccountError            a staff account is unknown, exists already, or its password is too weak
├── PlaceError              a directory or file is missing, not writable, or in use by a running server
├── StoreError              the group store cannot be opened, or is from a newer version
├── SpoolError              the spool cannot be opened, or is from a newer version
│   └── SpoolFull           the disk does not take more; beacons are answered 503
├── ExportError             an export or import cannot be made, or not be delivered
├── LogError                an access log cannot be read
├── FileError               a file that another tool made cannot be read
└── DayTaken                a day that already has data is not written twice
"""


class TrekvartError(Exception):
    """One sentence for the person who has to act."""


class SettingsError(TrekvartError):
    """A settings file, variable or flag is wrong."""


class SiteError(TrekvartError):
    """A site is unknown, exists already, or is described wrongly."""


class AccountError(TrekvartError):
    """A staff account is unknown, exists already, or its password is too weak. `problem`: the screens' word."""

    def __init__(self, sentence: str, problem: str = "other") -> None:
        super().__init__(sentence)
        self.problem = problem


class PlaceError(TrekvartError):
    """A directory or file is missing, not writable, or in use by a running server."""


class StoreError(TrekvartError):
    """The group store cannot be opened, or is from a newer version."""


class SpoolError(TrekvartError):
    """The spool cannot be opened, or is from a newer version."""


class SpoolFull(SpoolError):  # noqa: N818 - reads as the state it names
    """The disk does not take more; beacons are answered 503. `why` is the word that the sender is told."""

    def __init__(self, message: str, why: str = "disk-error") -> None:
        super().__init__(message)
        self.why = why


class ExportError(TrekvartError):
    """An export or import cannot be made, or not be delivered. `code` names why, for the screens."""

    def __init__(self, text: str, code: str = "other") -> None:
        super().__init__(text)
        self.code = code


class LogError(TrekvartError):
    """An access log cannot be read."""


class FileError(TrekvartError):
    """A file that another tool made cannot be read; nothing was changed."""


class DayTaken(TrekvartError):  # noqa: N818 - reads as the state it names
    """A day that already has data is not written twice."""
