"""Catalogues and formats: both languages say everything, and say it as CLDR writes it."""

import re
import string
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import get_args

import pytest
from babel import Locale
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from collector.aliases import NAMES
from collector.day.fold import DURATION_BANDS, SCROLL_BANDS
from collector.door.agent import DEVICES
from collector.door.hit import Drop
from collector.door.referrer import Channel
from dashboard import (
    audit,
    demo,
    export_form,
    export_screen,
    ga4_history,
    goals,
    health,
    own_account,
    reports,
    side_by_side,
    site_settings,
    staff,
)
from dashboard.causes import Way, causes
from dashboard.drill_screen import STEPS
from dashboard.export_period import Length
from dashboard.exports import Format
from dashboard.filters import CROSSINGS
from dashboard.login import STATUS
from dashboard.menus import CALENDAR, ROLLING
from dashboard.notice import Kind
from dashboard.period import Buckets, Compare, Problem
from dashboard.present import CARDS, METRICS
from dashboard.roles import Role
from dashboard.tokens import Scope
from dashboard.words import LANGUAGES, PLURALS, Words, catalogue, choose, flat, words

# The words that an AccountError brings to the screens.
PROBLEMS = ("taken", "name", "short", "guessable", "last", "factor", "unknown", "other")
TOKEN_PROBLEMS = ("token_name", "token_days", "token_role", "token_most")
FIGURES = ("visits", "visitors", "pageviews", "views_per_visit", "bounce_rate", "visit_duration")
ERRORS = (403, 404, 405, 413, 429, 500, 503)

SETTINGS_CHECKED = ("time_zone", "k", "publish_seconds", "optout", *site_settings.LISTS)

# Where a key is put together from a code, all the codes there are.
CODES: Mapping[str, Iterable[object]] = {
    "exports.error_": export_screen.CODES,
    "exports.field_": export_form.INPUTS,
    "exports.format_": Format,
    "exports.kind_": export_form.KINDS,
    "exports.length_": Length,
    "exports.often_": export_form.OFTEN,
    "exports.state_": export_screen.STATES,
    "exports.wrong_": export_screen.FIELDS,
    "audit.act.": audit.Act,
    "beside.": ("ours", "theirs"),
    "beside.ours_": side_by_side.METRICS,
    "beside.theirs_": side_by_side.METRICS,
    "beside.metric.": side_by_side.METRICS,
    "beside.way.": get_args(Way),
    "beside.left.": ga4_history.WHYS,
    "beside.cause.": [f"{cause.name}.{part}" for cause in causes(0, {}, None) for part in ("name", "text")],
    "by.": Buckets,
    "card.": CARDS,
    "channel.": Channel,
    "chart.": METRICS,
    "chart.per_": Buckets,
    "chart.against_": set(Compare) - {Compare.NONE},
    "compare.": Compare,
    "count.": {question.unit for question in reports.PANELS.values()}
    | {crossing.cube.unit for lists in CROSSINGS.values() for crossing in lists.values()},
    "demo.goods.": demo.GOODS,
    "device.": DEVICES,
    "drop.": set(Drop) - {Drop.OBJECTION},
    "duration.": DURATION_BANDS,
    "error.text_": ERRORS,
    "error.title_": ERRORS,
    "figure.": FIGURES,
    "hours.": ("thin", "none"),
    "annotation.problem_": ("wrong", "full"),
    "goal.": goals.Kind,
    "goal.problem_": ("wrong", "full"),
    "goal.prospect_": goals.Prospect,
    "groups.every_": ("minutes", "seconds"),
    "login.": STATUS,
    "only.dimension.": [dimension.name.lower() for dimension in CROSSINGS],
    "only.unknown_": ("views", "steps", "events"),
    "panel.": [*reports.PANELS, *STEPS],
    "period.": (*ROLLING, *CALENDAR),
    "period.last_": CALENDAR,
    "papers.kind.": Kind,
    "papers.lead.": Kind,
    "problem.": Problem,
    "scroll.": SCROLL_BANDS,
    "staff.": ("account", "staff", "audit", "health_page"),
    "health.": health.FINDINGS,
    "health.do_": health.ACTS,
    "health.state_": ("ok", "warn", "bad"),
    "staff.done_": staff.DONE,
    "account.done_": own_account.DONE,
    "role.": Role,
    "scope.": Scope,
    "account_problem.": (*PROBLEMS, *TOKEN_PROBLEMS),
    "settings.": (*site_settings.LISTS[1:], "wrong"),
    "settings.hint_": SETTINGS_CHECKED,
    "settings.names_": ("name", "taken"),
    "settings.tool_": NAMES,
    "settings.totals_": ("exact", "groups"),
    "settings.wrong_": (*SETTINGS_CHECKED, "domain", "taken"),
    "sharing.wrong_": ("password", "wrong", "throttled"),
}
STATIC = re.compile(r"""\b(?:t|self|words|texts_of)\(\s*['"]([\w.-]+)['"]\s*[,)]""")
EITHER = re.compile(r"""\b(?:t|self|words)\(\s*['"]([\w.-]+)['"] if [^)]*? else ['"]([\w.-]+)['"]""")
JOINED = re.compile(r"""\bt\('([\w.-]*?[._])' ~|\bt\('([\w.-]*?[._])%d'|words\(\s*f"([\w.-]*?[._])\{""")
UNNAMED = re.compile(r'"(value\.\w+)"')
LISTED = re.compile(r"""words\(key\) for key in \(([^)]*)\)""")


def sources() -> str:
    """The text of every template and every module of the dashboard."""
    root = files("dashboard")
    places = [*root.iterdir(), *(root / "templates").iterdir()]
    return "\n".join(place.read_text("utf-8") for place in places if place.name.endswith((".py", ".html", ".svg")))


def _tuple(match: str | tuple[str, ...]) -> tuple[str, ...]:
    return (match,) if isinstance(match, str) else match


def used() -> set[str]:
    """Every key that a template or module asks for."""
    text = sources()
    keys = {key for pattern in (STATIC, EITHER) for match in pattern.findall(text) for key in _tuple(match)}
    keys |= {key.strip(' "') for listed in LISTED.findall(text) for key in listed.split(",")}
    keys |= set(UNNAMED.findall(text))
    return {key for key in keys if "." in key} | {
        f"{prefix}{code}" for prefix, codes in CODES.items() for code in codes
    }


def test_both_languages_have_the_same_keys() -> None:
    """A text in one language has its sister in the other."""
    one, other = (catalogue(language) for language in LANGUAGES)
    assert one.keys() == other.keys()


def test_every_key_that_is_used_exists() -> None:
    """No template and no module asks for a text that is not there."""
    assert used() - catalogue("sv").keys() == set()


def test_every_key_that_exists_is_used() -> None:
    """No text is left behind when its screen has gone."""
    assert catalogue("sv").keys() - used() == set()


def test_every_joined_key_has_its_codes_listed() -> None:
    """A key put together from a code is in CODES, so that the test above sees all it can become."""
    found = {prefix for match in JOINED.findall(sources()) for prefix in match if prefix}
    assert found - CODES.keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_and_its_sister_take_the_same_parameters(language: str) -> None:
    """What is filled in in one language is filled in in the other."""

    def parameters(text: str | Mapping[str, str]) -> set[str]:
        forms = [text] if isinstance(text, str) else [text["other"]]
        return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}

    swedish = catalogue("sv")
    assert {key: parameters(text) for key, text in catalogue(language).items()} == {
        key: parameters(text) for key, text in swedish.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plural_text_has_every_form_its_language_needs(language: str) -> None:
    """CLDR says which plural forms a language has; a text with forms has them all."""
    needed = set(Locale.parse(LANGUAGES[language]).plural_form.tags) | {"other"}
    for key, text in catalogue(language).items():
        if not isinstance(text, str):
            assert set(text) == needed, key


def test_a_table_with_other_codes_is_a_branch_and_not_a_plural() -> None:
    """A table is one text only when all of its keys are plural forms."""
    assert flat({"a": {"one": "x", "other": "y"}}) == {"a": {"one": "x", "other": "y"}}
    assert flat({"a": {"tablet": "x", "other": "y"}}) == {"a.tablet": "x", "a.other": "y"}
    assert {"one", "other"} < PLURALS


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from(sorted(LANGUAGES)))
def test_a_number_is_written_as_cldr_writes_it(n: int, language: str) -> None:
    """The quick way of writing whole numbers is Babel's way."""
    assert words(language).number(n) == format_decimal(n, locale=LANGUAGES[language])


@pytest.mark.parametrize(
    ("language", "n", "expected"),
    [
        pytest.param("sv", 1, "1 rad", id="sv-one"),
        pytest.param("sv", 0, "0 rader", id="sv-none"),
        pytest.param("sv", 2500, "2\N{NO-BREAK SPACE}500 rader", id="sv-many"),
        pytest.param("en", 1, "1 row", id="en-one"),
        pytest.param("en", 2500, "2,500 rows", id="en-many"),
    ],
)
def test_a_count_takes_its_form(language: str, n: int, expected: str) -> None:
    """Singular and plural follow the number, which is written in the language's way."""
    assert words(language)("panel.total", n=n) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (161, "2 min 41 s"), (3600, "1 h 0 min"), (7325, "2 h 2 min")],
)
def test_a_duration_reads_in_its_two_largest_units(seconds: float, expected: str) -> None:
    """A mean duration is rounded before it is cut into units, so that no figure reads 60 s."""
    assert words("sv").duration(seconds).replace("\N{NO-BREAK SPACE}", " ") == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0, "0 %"),
        (0.0001, "< 1 %"),
        (0.0049, "< 1 %"),
        (0.005, "< 1 %"),
        (0.0051, "1 %"),
        (0.386, "39 %"),
        (1, "100 %"),
    ],
)
def test_a_small_share_never_reads_as_nothing(share: float, expected: str) -> None:
    """What is more than nothing is never 0 %, and nothing is."""
    assert words("sv").percent(share).replace("\N{NO-BREAK SPACE}", " ") == expected


def test_days_are_written_once_each() -> None:
    """A half-open run of days names its last day, and repeats neither month nor year."""
    assert words("sv").days(date(2026, 10, 1), date(2026, 10, 29)) == "1\N{EN DASH}28 okt. 2026"
    assert words("en").days(date(2026, 10, 5), date(2026, 10, 6)) == "5 Oct 2026"


def test_a_clock_is_the_moment_it_carries() -> None:
    """A time is written with its own zone's hours, around the clock."""
    assert words("en").clock(datetime(2026, 10, 28, 14, 20)) == "14:20"  # noqa: DTZ001 - the site's wall clock


def test_a_country_has_its_name_and_an_unknown_code_is_itself() -> None:
    """CLDR knows the countries; a code that it does not know is shown as it is."""
    assert words("sv").country("NO") == "Norge"
    assert words("en").country("NO") == "Norway"
    assert words("sv").country("XQ") == "XQ"


@pytest.mark.parametrize(
    ("asked", "header", "default", "expected"),
    [
        pytest.param("en", "sv", "sv", "en", id="the address first"),
        pytest.param("", "en-US,en;q=0.9,sv;q=0.8", "sv", "en", id="then the browser"),
        pytest.param("", "de,sv;q=0.3,en;q=0.2", "en", "sv", id="what it would rather have"),
        pytest.param("", "fr", "en", "en", id="then the setting"),
        pytest.param("xx", "", "sv", "sv", id="not a language of ours"),
        pytest.param("../sv", ";;q=,*;q=x", "en", "en", id="garbage"),
    ],
)
def test_the_language_is_the_one_asked_for(asked: str, header: str, default: str, expected: str) -> None:
    """Address, then browser, then setting; what is no language of ours is passed over."""
    assert choose(asked, header, default).language == expected


def test_a_missing_text_is_an_error() -> None:
    """A key that is not there is a fault of ours, and never an empty place on the screen."""
    with pytest.raises(KeyError):
        Words("sv")("no.such.text")
