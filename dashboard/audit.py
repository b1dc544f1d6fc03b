"""The audit log: who did what to what, and when. No address, no network: a name, an act, an object, a moment.

Also who signed in, who failed to, and what was refused to whom (ASVS 5.0, 16.3.1 and 16.3.2): those lines go after
90 days, and what a stranger can bring about at will is one line an hour with a count.

Every administrative act notes itself, in the transaction that does it where there is one:

    with control.writing():
        control.write("drop_goal", site=site.id, id=number)
        note(control, who, Act.GOAL_REMOVED, site.domain, now)

`Control.add_site`, `update_site` and `remove_site` are transactions of their own, so their line comes right after.
When a site is removed `Control.remove_site` puts its number in the place of its domain in all lines there are.
`tests/app/test_audited.py` fails for a POST or a command that neither notes nor says why it need not.

A screen calls `ask.note(Act.SITE_CHANGED, site.domain)`; a command calls `note(control, COMMAND_LINE, ...)`.
"""

from contextlib import suppress
from enum import StrEnum
from typing import Final

from msgspec import Struct

from collector.control import Control
from collector.errors import PlaceError

KEPT: Final = 2 * 365 * 86_400_000  # milliseconds: names of staff are personal data too, and go in the end
PASSING_KEPT: Final = 90 * 86_400_000  # milliseconds: to see a break-in by, not when people work
TOGETHER: Final = 3_600_000  # milliseconds within which the same again is counted on one line
LONGEST: Final = 500  # characters of an object, which begins with a domain (253 at most) or an account
COMMAND_LINE: Final = "(command line)"  # no account can be called this: who may run commands is the system's matter
NOBODY: Final = "(nobody)"  # nor this. A name that is no account's is not noted: people type passwords there
LAST: Final = 2**62  # before this number comes every entry


class Act(StrEnum):
    """What can be done. A new one gets its words under [audit.act] in both locales."""

    ACCOUNT_ADDED = "account-added"
    ACCOUNT_REMOVED = "account-removed"
    ROLE_CHANGED = "role-changed"
    LINK_MADE = "link-made"  # to choose a password
    SESSIONS_ENDED = "sessions-ended"
    SECOND_FACTOR_ON = "second-factor-on"
    SECOND_FACTOR_OFF = "second-factor-off"
    TOKEN_ADDED = "token-added"  # noqa: S105 - the name of an act
    TOKEN_REVOKED = "token-revoked"  # noqa: S105 - the name of an act
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the name of an act
    SITE_ADDED = "site-added"
    SITE_CHANGED = "site-changed"
    ALIAS_ADDED = "alias-added"  # what another tool calls the site
    ALIAS_REMOVED = "alias-removed"
    SITE_SHARED = "site-shared"
    SHARE_REVOKED = "share-revoked"
    EXPORT_SCHEDULED = "export-scheduled"
    EXPORT_CHANGED = "export-changed"
    EXPORT_PAUSED = "export-paused"
    EXPORT_RESUMED = "export-resumed"
    EXPORT_UNSCHEDULED = "export-unscheduled"
    EXPORT_ASKED = "export-asked"
    ANNOTATED = "annotated"
    ANNOTATION_REMOVED = "annotation-removed"
    GOAL_ADDED = "goal-added"
    GOAL_REMOVED = "goal-removed"
    SITE_REMOVED = "site-removed"
    COMPARED = "compared"  # others' figures laid beside ours
    COMPARISON_REMOVED = "comparison-removed"
    HISTORY_IMPORTED = "history-imported"
    LOG_REPLAYED = "log-replayed"
    BACKED_UP = "backed-up"  # by hand: who takes a backup takes all figures with him
    RESTORED = "restored"
    PURGED = "purged"
    SIGNED_IN = "signed-in"
    PASSWORD_WRONG = "password-wrong"  # noqa: S105 - the name of an act
    CODE_WRONG = "code-wrong"
    TOKEN_WRONG = "token-wrong"  # noqa: S105 - the name of an act
    LINK_PASSWORD_WRONG = "link-password-wrong"  # noqa: S105 - the name of an act
    REFUSED = "refused"  # a page or an act that the account may not


PASSING: Final = (
    Act.SIGNED_IN,
    Act.PASSWORD_WRONG,
    Act.CODE_WRONG,
    Act.TOKEN_WRONG,
    Act.LINK_PASSWORD_WRONG,
    Act.REFUSED,
)


class Entry(Struct, frozen=True):
    """One line of the log."""

    id: int
    at: int  # milliseconds UTC
    who: str
    act: str  # an Act, unless an older version wrote one that is no more
    object: str
    times: int = 1


def note(control: Control, who: str, act: Act, what: str, now: int) -> None:
    """Writes a line, and lets go of lines that are too old. Inside `control.writing()` it stands or falls with it."""
    if len(what) > LONGEST:  # between two words: half a domain would not be found when its site is removed
        what = what[:LONGEST].rpartition(" ")[0] or what[:LONGEST]
    control.write("add_audit", at=now, who=who, act=act, object=what)
    control.write("forget_audit", before=now - KEPT, passed=now - PASSING_KEPT, passing=f" {' '.join(PASSING)} ")


def tally(control: Control, who: str, act: Act, what: str, now: int) -> None:
    """Notes what may happen a thousand times an hour: the same again is counted on the line of that hour.

    A disk that is full keeps nobody from being refused.
    """
    with suppress(PlaceError), control.writing():
        if not control.write("repeat_audit", who=who, act=act, object=what, since=now - TOGETHER):
            note(control, who, act, what, now)


def entries(control: Control, most: int, before: int = LAST) -> list[Entry]:
    """The newest lines before a number, at most so many."""
    return [Entry(*row) for row in control.read("audit", before=before, most=most)]
