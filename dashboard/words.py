"""Words and numbers on the screens: one `Words` per language. Texts come from locales/, formats from Babel (CLDR)."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from babel import Locale, negotiate_locale
from babel.dates import format_date, format_interval, format_time, get_day_names, get_timezone_name
from babel.numbers import format_decimal, format_percent, get_group_symbol

# The catalogue's name, and the CLDR locale whose dates and numbers go with it: English here is written day first.
LANGUAGES: Final = MappingProxyType({"sv": "sv_SE", "en": "en_GB"})
PLURALS: Final = frozenset({"zero", "one", "two", "few", "many", "other"})


def flat(table: Mapping[str, object], above: str = "") -> dict[str, str | dict[str, str]]:
    """A nested catalogue as {"panel.pages": text}. A table of plural forms is one text."""
    texts: dict[str, str | dict[str, str]] = {}
    for name, value in table.items():
        key = above + name
        if not isinstance(value, dict):
            texts[key] = str(value)
        elif "other" in value and value.keys() <= PLURALS:
            texts[key] = {form: str(text) for form, text in value.items()}
        else:
            texts |= flat(value, key + ".")
    return texts


def catalogue(language: str) -> dict[str, str | dict[str, str]]:
    """All texts of one language, by dotted key."""
    source = files("dashboard") / "locales" / f"{language}.toml"
    return flat(tomllib.loads(source.read_text("utf-8")))


class Words:
    """Everything a screen says in one language. Immutable, shared by all requests."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale: Final = Locale.parse(LANGUAGES[language])
        self.texts: Final = catalogue(language)
        self._thousands: Final = get_group_symbol(self.locale)

    def __call__(self, key: str, **parameters: object) -> str:
        """The text of a key, `{name}` filled in; a plural one chooses its form by the parameter `n`. KeyError: no text.

        Numbers are written as the language writes them. The result is plain text: the template escapes it.
        """
        text = self.texts[key]
        if isinstance(text, dict):
            count = parameters["n"]
            form = self.locale.plural_form(count if isinstance(count, int | float) else 0)
            text = text.get(form, text["other"])
        written = {k: self.number(v) if isinstance(v, int) else v for k, v in parameters.items()}
        return text.format_map(written)

    def has(self, key: str) -> bool:
        """Whether the catalogue holds this key: for codes that come from data."""
        return key in self.texts

    def number(self, value: float) -> str:
        """5214 -> "5 214"."""
        # Not format_decimal: that parses the pattern each time, 15 us, and a page has some 500 numbers.
        return f"{value:,.0f}".replace(",", self._thousands)

    def decimal(self, value: float) -> str:
        """3.24 -> "3,2"."""
        return format_decimal(value, format="#,##0.0", locale=self.locale)

    def percent(self, share: float) -> str:
        """0.134 -> "13 %". What is more than nothing never reads as nothing: "< 1 %"."""
        if 0 < share <= 0.005:  # which rounds half to even
            return "< " + format_percent(0.01, locale=self.locale)
        return format_percent(share, locale=self.locale)

    def share(self, share: float) -> str:
        """0.0234 -> "2,3 %": for rates, which are mostly small."""
        return format_percent(
            share, format="#,##0.0\u00a0%" if self.language == "sv" else "#,##0.0%", locale=self.locale
        )

    def duration(self, seconds: float) -> str:
        """161 -> "2 min 41 s"."""
        minutes, rest = divmod(round(seconds), 60)
        if not minutes:
            return self("unit.seconds", s=rest)
        hours, minutes = divmod(minutes, 60)
        return self("unit.hours", h=hours, m=minutes) if hours else self("unit.minutes", m=minutes, s=rest)

    def day(self, value: date) -> str:
        """A day with its weekday and year."""
        return format_date(value, self.texts_of("date.day"), locale=self.locale)

    def short_day(self, value: date) -> str:
        """A day under an axis: "5 okt."."""
        return format_date(value, "d MMM", locale=self.locale)

    def weekday(self, number: int) -> str:
        """A weekday's short name; 0 is Monday."""
        return str(get_day_names("abbreviated", "stand-alone", self.locale)[number])

    def month(self, value: date) -> str:
        """A month and its year."""
        return format_date(value, "MMMM y", locale=self.locale)

    def short_month(self, value: date) -> str:
        """A month under an axis."""
        return format_date(value, "MMM", locale=self.locale)

    def clock(self, value: datetime) -> str:
        """An hour and minute, in the time zone the moment carries."""
        return format_time(value, "HH:mm", tzinfo=value.tzinfo, locale=self.locale)

    def days(self, begin: date, end: date) -> str:
        """A half-open run of days as people write it, each part said once."""
        last = end - timedelta(days=1)
        return str(format_interval(begin, last, "yMMMd", locale=self.locale))

    def zone(self, name: str) -> str:
        """A time zone's common name: "centraleuropeisk tid"."""
        return get_timezone_name(name, locale=self.locale)

    def country(self, code: str) -> str:
        """A country's name, or the code itself where CLDR knows none."""
        return str(self.locale.territories.get(code, code))

    def texts_of(self, key: str) -> str:
        """A key's text as it stands, without parameters."""
        text = self.texts[key]
        assert isinstance(text, str)
        return text


@cache
def words(language: str) -> Words:
    """The words of one of LANGUAGES. KeyError: not one of them."""
    return Words(language)


@lru_cache(maxsize=256)
def _accepted(header: str) -> str | None:
    weighted: list[tuple[float, str]] = []
    for part in header.split(",")[:16]:
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((-float(weight or 1), tag.strip().replace("-", "_")))
        except ValueError:
            continue
    wanted = [tag for _, tag in sorted(weighted, key=lambda pair: pair[0])]
    return negotiate_locale(wanted, LANGUAGES)


def choose(asked: str, accept_language: str, default: str) -> Words:
    """The language of one request: what the address says, else what the browser asks for, else the setting."""
    for language in (asked, _accepted(accept_language[:200]), default):
        if language in LANGUAGES:
            return words(language)
    return words("sv")
