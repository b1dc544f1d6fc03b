"""One frozen table of settings. File, environment and command line are all derived from it, and so is docs/settings.md.

A later source wins: the default, then the TOML file, then `TREKVART_<NAME>`, then the flag `--<name>`.
"""

import tomllib
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from collector.door.address import Trusted
from collector.errors import SettingsError

PREFIX: Final = "TREKVART_"


class Settings(Struct, frozen=True, kw_only=True):
    """What an operator may choose for the whole server. What belongs to one site is in `control.Site`."""

    data_directory: Annotated[Path, Meta(description="Where the databases are. One server at a time uses it.")] = Path(
        "data"
    )
    key_directory: Annotated[
        Path | None,
        Meta(
            description="Where the keys of the day are, apart from the data so that no backup of it holds them. "
            "Unset: keys, beside the data directory."
        ),
    ] = None
    host: Annotated[str, Meta(min_length=1, description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="The port to listen on. 0: any free one.")] = 8000
    base_path: Annotated[
        str, Meta(description="The path everything is served under, when a proxy shares the host: /stats.")
    ] = ""
    public_url: Annotated[
        str,
        Meta(
            description="The address people and pages reach the server at, with its base path. "
            "Unset: taken from each request."
        ),
    ] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Networks of the proxies in front, whose X-Forwarded-For is believed, as 10.0.0.0/8; "
            "unix for one that connects by a Unix socket. "
            "Unset: nobody's is."
        ),
    ] = ()
    country_file: Annotated[
        Path | None,
        Meta(description="A country database in MMDB format. Unset: the one that is built in."),
    ] = None
    rate_limit: Annotated[
        int, Meta(ge=1, description="Beacons a minute from one network, in the long run. More are refused.")
    ] = 120
    # An office or a carrier of 300 people behind one /24 who open a newsletter at once send about four beacons each
    # in the first minutes: a view and its time, twice.
    rate_burst: Annotated[
        int, Meta(ge=1, description="Beacons from one network at once, before its rate limit is felt.")
    ] = 1200
    waiting_limit: Annotated[
        int, Meta(ge=1, description="Beacons that may wait for the disk before new ones are asked to come back.")
    ] = 20_000
    cells_per_cube: Annotated[
        int, Meta(ge=100, description="Different values of one cube and day that are told apart; the rest give way.")
    ] = 20_000
    retention_months: Annotated[
        int, Meta(ge=1, le=120, description="Months that groups are kept. CNIL says at most 25.")
    ] = 25
    secure_cookies: Annotated[
        Literal["auto", "always", "never"],
        Meta(description="Whether staff's cookie travels over https only. auto: when the public URL is https."),
    ] = "auto"
    require_second_factor: Annotated[
        Literal["nobody", "administrators", "everybody"],
        Meta(
            description="Who of the staff must have a second factor: nobody, administrators (of the server or of a "
            "site), or everybody. Who must and has none is led to set it up at the next click, and sees nothing before."
        ),
    ] = "nobody"
    language: Annotated[
        Literal["sv", "en"], Meta(description="The language of the screens for those who have not chosen one.")
    ] = "sv"
    export_directory: Annotated[
        Path | None,
        Meta(description="Where schedules put exports that stay here. Unset: exports, beside the data directory."),
    ] = None
    destination_networks: Annotated[
        tuple[str, ...],
        Meta(
            description="Networks of your own that exports may be sent to, as 10.1.0.0/16. "
            "Unset: only addresses of the internet, never this machine's or its neighbours'."
        ),
    ] = ()
    mail_server: Annotated[
        str,
        Meta(
            description="The server that letters are handed to: smtps://name@mail.example, smtp://name@mail.example "
            "(STARTTLS), or smtp+plain://localhost (neither). Unset: no letters."
        ),
    ] = ""
    mail_password_file: Annotated[
        Path | None, Meta(description="A file with the mail server's password. Unset: it wants none.")
    ] = None
    mail_from: Annotated[str, Meta(description="The address that letters come from. Unset: trekvart@localhost.")] = ""
    staff_mail: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses of staff that are told by letter when an export is given up, "
            "beside those that its schedule names."
        ),
    ] = ()
    google_key_file: Annotated[
        Path | None,
        Meta(
            description="The key file (JSON) of a Google service account that may read the properties named in "
            "google_properties. Unset: nothing is fetched."
        ),
    ] = None
    google_properties: Annotated[
        tuple[str, ...],
        Meta(
            description="Whose Google Analytics figures are fetched every six hours and laid beside ours, with the "
            "number of the property: shop.example=123456789."
        ),
    ] = ()
    google_api: Annotated[
        str, Meta(description="The address of Google Analytics' Data API; another one where a proxy stands before it.")
    ] = "https://analyticsdata.googleapis.com"
    # uvicorn's debug and trace levels print the client's address (facts: privacy), so they are not to be had.
    log_level: Annotated[
        Literal["critical", "error", "warning", "info"], Meta(description="How much the server says on stderr.")
    ] = "warning"

    # -- what the privacy notice has to say and only the operator knows (GDPR 13) -----------------------------------

    controller: Annotated[
        str,
        Meta(
            max_length=500,
            description="Who is responsible for the visitors' data (the controller): name, company number and address. "
            "Unset: the notice says that it is not filled in.",
        ),
    ] = ""
    controller_contact: Annotated[
        str,
        Meta(
            max_length=500,
            description="How to reach the controller about personal data: e-mail, telephone. "
            "Unset: the notice says that it is not filled in.",
        ),
    ] = ""
    data_protection_officer: Annotated[
        str,
        Meta(
            max_length=500,
            description="The data protection officer's contact details, or none when there has to be none. "
            "Unset: the notice says that it is not filled in.",
        ),
    ] = ""
    processor: Annotated[
        str,
        Meta(
            max_length=500,
            description="Whose machine the server runs on (a web host is a processor), or own when it is yours. "
            "Unset: the notice says that it is not filled in.",
        ),
    ] = ""
    legal_basis: Annotated[
        Literal["legitimate_interest", "consent", "public_task"],
        Meta(description="The legal basis that the notice names (GDPR 6.1 f, a or e). The controller decides it."),
    ] = "legitimate_interest"
    country: Annotated[
        Literal["SE", "NO", "DK", "FI", "DE", "FR", "IE", "NL", "other"],
        Meta(description="Whose supervisory authority takes complaints: the country the controller is in."),
    ] = "SE"

    # -- what is kept, and for how long the disk lasts (docs/operations.md) --
    free_space_floor: Annotated[
        int,
        Meta(ge=0, description="Megabytes that stay free on the disk. With less, beacons are answered 503."),
    ] = 200
    backup_directory: Annotated[
        Path | None,
        Meta(description="Where a backup is made every day, best on another disk. Unset: none is made by itself."),
    ] = None
    backup_hour: Annotated[
        int, Meta(ge=0, le=23, description="The hour of the day, in UTC, after which the day's backup is made.")
    ] = 2
    backup_keep: Annotated[
        int, Meta(ge=1, description="How many backups of its own making stay in the backup directory.")
    ] = 14
    metrics_token: Annotated[
        str,
        Meta(description="What a Prometheus sends as its bearer token to read /metrics. Unset: there is no /metrics."),
    ] = ""

    @property
    def keys(self) -> Path:
        """The directory of the keys, whether chosen or not."""
        return self.key_directory or self.data_directory.absolute().parent / "keys"


class Setting(NamedTuple):
    """A line of the table."""

    name: str
    type: Any  # as in `Settings`, with its bounds
    default: Any
    help: str

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def many(self) -> bool:
        """Whether it is a list."""
        return get_origin(self._bare) is tuple

    @property
    def wants(self) -> str:
        """What a value must be, in words that follow "must be"."""
        if get_origin(self._bare) is Literal:
            return "one of " + ", ".join(get_args(self._bare))
        if self._bare is int:
            return f"a whole number{self._bounds()}"
        if self.many:
            return "a list of texts"
        return "a path" if Path in {self._bare, *get_args(self._bare)} else "a text"

    @property
    def _bare(self) -> Any:
        return get_args(self.type)[0]

    def _bounds(self) -> str:
        meta = get_args(self.type)[1]
        return f" from {meta.ge}" + (f" to {meta.le}" if meta.le is not None else "")


def _table() -> tuple[Setting, ...]:
    hints = get_type_hints(Settings, include_extras=True)
    fields = msgspec.structs.fields(Settings)
    return tuple(Setting(f.name, hints[f.name], f.default, get_args(hints[f.name])[1].description) for f in fields)


SETTINGS: Final[tuple[Setting, ...]] = _table()
_BY_NAME: Final = {setting.name: setting for setting in SETTINGS}


def load(file: Path | None, environ: Mapping[str, str], flags: Mapping[str, object]) -> Settings:
    """The settings from all sources. A flag that is None was not given.

    Raises SettingsError: a file that cannot be read, a key that is not in the table, a value that does not fit.
    """
    values: dict[str, Any] = {}
    for name, value in (_read_file(file) if file else {}).items():
        if name not in _BY_NAME:
            raise SettingsError(f"{file}: there is no setting {name!r}; take it out, or see docs/settings.md.")
        values[name] = _value(_BY_NAME[name], value, f"{file}: {name}", strict=True)
    for setting in SETTINGS:
        if (text := environ.get(setting.variable)) is not None:
            values[setting.name] = _value(setting, text, f"The variable {setting.variable}", strict=False)
        if (given := flags.get(setting.name)) is not None:
            values[setting.name] = _value(setting, given, f"The flag {setting.flag}", strict=False)
    return Settings(**values)


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {file} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {file} is not TOML: {error}.") from None


def _value(setting: Setting, value: object, where: str, *, strict: bool) -> Any:
    """The value as the table wants it; `strict` takes no text for a number. `where` begins the error's sentence."""
    if setting.many and isinstance(value, str) and not strict:
        value = value.replace(",", " ").split()
    try:
        read = msgspec.convert(value, setting.type, strict=strict, dec_hook=_path)
    except (msgspec.ValidationError, TypeError):
        raise SettingsError(f"{where} must be {setting.wants}, not {value!r}.") from None
    if problem := _CHECKS.get(setting.name, _fine)(read):
        raise SettingsError(f"{where} {problem}")
    return read


def _path(wanted: type, value: object) -> Path:
    # An empty text would be the working directory, which nobody means.
    if isinstance(value, str | Path) and str(value):
        return Path(value)
    raise TypeError(wanted)


def _fine(_: object) -> str:
    return ""


def _bad_base_path(path: str) -> str:
    plain = path.startswith("/") and not path.endswith("/") and not set(path) & set("?#% \\\"'<>") and "//" not in path
    return "" if plain or not path else f'must be like "/stats": a slash first and none last, not {path!r}.'


def _bad_public_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        plain = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket left open
        plain = False
    if not url or (plain and not (parts.query or parts.fragment or parts.username or url.endswith("/"))):
        return ""
    return f'must be like "https://shop.example/stats", without a slash at its end, not {url!r}.'


def _bad_networks(networks: tuple[str, ...]) -> str:
    for network in networks:
        try:
            Trusted.parse([network])
        except SettingsError:
            return f'must name networks like "10.0.0.0/8" or "::1", or "unix", not {network!r}.'
    return ""


def _bad_mail_server(url: str) -> str:
    try:
        parts = urlsplit(url)
        plain = parts.scheme in {"smtps", "smtp", "smtp+plain"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        plain = False
    if not url or (plain and not (parts.password or parts.query or parts.fragment or parts.path.strip("/"))):
        return ""
    return 'must be like "smtps://name@mail.example:465"; its password stands in mail_password_file.'


def _bad_addresses(addresses: tuple[str, ...]) -> str:
    for address in addresses:
        name, at, host = address.partition("@")
        if not (name and at and host) or any(c.isspace() or c in ',;<>"@' for c in name + host):
            return f'must be addresses like "anna@shop.example", not {address!r}.'
    return ""


def _bad_own_networks(networks: tuple[str, ...]) -> str:
    for network in networks:
        try:
            ip_network(network, strict=False)
        except ValueError:
            return f'must name networks like "10.1.0.0/16", not {network!r}.'
    return ""


def _bad_properties(properties: tuple[str, ...]) -> str:
    for named in properties:
        domain, _, number = named.partition("=")
        if not domain or not number.isascii() or not number.isdecimal():
            return f'must be like "shop.example=123456789", the number of the property, not {named!r}.'
    return ""


_CHECKS: Final[dict[str, Callable[[Any], str]]] = {
    "base_path": _bad_base_path,
    "public_url": _bad_public_url,
    "destination_networks": _bad_own_networks,
    "google_api": _bad_public_url,
    "google_properties": _bad_properties,
    "mail_server": _bad_mail_server,
    "staff_mail": _bad_addresses,
    "trusted_proxies": _bad_networks,
}
