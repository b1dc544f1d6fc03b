"""The notice says all that is kept, and changes when the settings do (I9, R4, R5, R14)."""

import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from collector.control import Control
from collector.day.cubes import CUBES, Cube, Dimension, Unit
from collector.day.keys import Keys
from collector.day.spool import Spool
from collector.settings import SETTINGS, Settings
from collector.site import Site
from collector.store import Store
from dashboard import cli_privacy, declared
from dashboard.documents import to_html, to_page, to_text
from dashboard.notice import ASKED, Kind, document, in_memory, missing
from dashboard.words import LANGUAGES

TODAY = date(2026, 11, 25)
SITE = Site(id=1, domain="shop.example")
FILLED = Settings(
    controller="Garnboden AB",
    controller_contact="privacy@shop.example",
    data_protection_officer="Dana",
    processor="Webbhotell AB",
)
# Another value for every setting that is told.
OTHER: dict[str, Any] = {
    "data_directory": Path("/srv/other"),
    "key_directory": Path("/srv/keys"),
    "public_url": "https://stats.shop.example",
    "country_file": Path("/srv/countries.mmdb"),
    "rate_limit": 77,
    "retention_months": 13,
    "language": "en",
    "controller": "Somebody Else AB",
    "controller_contact": "other@shop.example",
    "data_protection_officer": "none",
    "processor": "own",
    "legal_basis": "consent",
    "country": "NO",
}
OTHER_SITE: dict[str, Any] = {
    "domain": "other.example",
    "time_zone": "Europe/Helsinki",
    "k": 7,
    "publish_seconds": 1800,
    "totals": "groups",
    "campaigns": False,
    "excluded_networks": ("203.0.113.0/24",),
    "properties": ("size",),
    "optout": "/integritet",
    "senders": ("0" * 64,),
    "rounded": True,
}


def everything(settings: Settings = FILLED, site: Site = SITE) -> str:
    return "".join(document(kind, settings.language, settings, (site,), TODAY) for kind in Kind)


def test_nothing_is_kept_that_the_notice_does_not_account_for() -> None:
    """Every table, column, cube, field and setting has its line in kept.toml, and no line has nothing behind it."""
    assert declared.gaps() == []


def test_the_columns_asked_of_the_schema_are_those_of_real_databases(tmp_path: Path) -> None:
    """What `kept` reads from empty databases in memory is what files on disk have."""
    Store.open(tmp_path / "store.duckdb").close()
    Control.open(tmp_path / "control.db").close()
    Spool(tmp_path, Keys(tmp_path / "keys")).close()
    with duckdb.connect(str(tmp_path / "store.duckdb"), read_only=True) as store:
        found = store.execute("select table_name, column_name from information_schema.columns").fetchall()
    assert {(t, c) for t, columns in declared.kept()["store"].items() for c in columns} == set(found)
    for name in ("control", "spool"):
        with sqlite3.connect(tmp_path / f"{name}.db") as db:
            names = [row[0] for row in db.execute("select name from sqlite_schema where type = 'table'")]
            real = {t: tuple(r[1] for r in db.execute(f"pragma table_info({t})")) for t in names if "sqlite_" not in t}
        db.close()
        assert declared.kept()[name] == real


@pytest.mark.parametrize("store", declared.STORES)
def test_a_planted_column_or_table_is_found(store: str) -> None:
    """The test above means something: a column or a table more in any store is named."""
    real = dict(declared.kept())
    table = next(iter(real[store]))
    assert declared.gaps({**real, store: {**real[store], table: (*real[store][table], "visitor_id")}}) == [
        f"The column of {store}.{table} visitor_id is not in dashboard/notices/kept.toml."
    ]
    assert declared.gaps({**real, store: {**real[store], "visitor": ("id",)}}) == [
        f"The table of {store} visitor is not in dashboard/notices/kept.toml."
    ]


def test_a_planted_cube_or_setting_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cube and a setting more are named too."""
    planted = Cube((Dimension.PAGE, Dimension.BROWSER), Unit.PAGEVIEW)
    monkeypatch.setattr(declared, "CUBES", (*CUBES, planted))
    monkeypatch.setattr(declared, "SETTINGS", (*SETTINGS, SETTINGS[0]._replace(name="keep_addresses")))
    assert declared.gaps() == [
        "The cube page+browser.pageview is not in dashboard/notices/kept.toml.",
        "The setting keep_addresses is not in dashboard/notices/kept.toml.",
    ]


def test_no_cube_joins_more_than_two_things() -> None:
    """R5: a third dimension anywhere would be a joint row."""
    assert max(len(cube.dimensions) for cube in CUBES) == 2


def told(section: str) -> set[str]:
    return {name for name, how in declared.declared()[section].items() if how == declared.TOLD}


def test_every_told_setting_has_another_value_here() -> None:
    """The two tables of other values are of exactly the settings that are said to be told."""
    assert told("settings") == OTHER.keys() == set(cli_privacy.TOLD)
    assert told("site_settings") == OTHER_SITE.keys()


@pytest.mark.parametrize("name", OTHER)
def test_a_told_setting_changes_the_documents(name: str) -> None:
    """R14: whoever changes the setting changes what is said."""
    assert everything(msgspec.structs.replace(FILLED, **{name: OTHER[name]})) != everything()


@pytest.mark.parametrize("name", OTHER_SITE)
def test_a_told_setting_of_a_site_changes_the_documents(name: str) -> None:
    """R14: of a site alike."""
    assert everything(site=msgspec.structs.replace(SITE, **{name: OTHER_SITE[name]})) != everything()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_are_the_settings_own(language: str) -> None:
    """k, the months, the days of waiting and the rate stand there as they are set."""
    settings = msgspec.structs.replace(FILLED, retention_months=17, rate_limit=321)
    text = document(Kind.NOTICE, language, settings, (msgspec.structs.replace(SITE, k=8),), TODAY)
    for number in ("8", "17", "321", "30", "7"):
        assert f" {number} " in text, number


@pytest.mark.parametrize("kind", Kind)
def test_a_document_and_its_sister_have_the_same_shape(kind: Kind) -> None:
    """Swedish and English have the same headings, lists, tables and paragraphs, so neither leaves anything out."""

    def shape(language: str) -> list[str]:
        return [line[:2] for line in document(kind, language, FILLED, (SITE,), TODAY).splitlines() if line[:1] in "#-|"]

    assert shape("sv") == shape("en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ASKED)
def test_what_is_not_filled_in_is_said(language: str, name: str) -> None:
    """A setting that nobody has filled in is named in the text, in place of a gap that reads as an answer."""
    settings = msgspec.structs.replace(FILLED, **{name: " "})
    assert missing(settings) == (name,)
    assert f"`{name}`" in document(Kind.NOTICE, language, settings, (SITE,), TODAY)
    assert missing(FILLED) == ()


def test_markup_in_a_setting_is_text() -> None:
    """Neither HTML nor Markdown comes out of what an operator wrote."""
    settings = msgspec.structs.replace(FILLED, controller="<img src=x onerror=alert(1)> *A* | [b](javascript:c)\n# D")
    text = document(Kind.NOTICE, "en", settings, (SITE,), TODAY)
    html = to_html(text)
    assert "&lt;img src=x" in html
    assert "<img" not in html
    assert "<em>A" not in html
    assert "href" not in html
    assert "# D" in to_text(text)
    assert "<h1>D" not in html


@pytest.mark.parametrize("render", [to_text, lambda text: to_page(text, "sv")])
def test_every_word_of_a_value_survives_rendering(render: Callable[[str], str]) -> None:
    """What was filled in stands in every form of the document."""
    shown = render(document(Kind.RECORD, "sv", FILLED, (SITE,), TODAY))
    for value in ("Garnboden AB", "privacy@shop.example", "Dana", "Webbhotell AB", "store.groups", "shop.example"):
        assert value in shown


def test_several_sites_are_not_named_to_each_others_visitors() -> None:
    """Whose statistics else a server keeps is nobody's business; the least k holds for all."""
    other = msgspec.structs.replace(SITE, id=2, domain="secret.example", k=5)
    text = document(Kind.NOTICE, "en", FILLED, (SITE, other), TODAY)
    assert "secret.example" not in text
    assert "at least 5 different networks" in text


@pytest.mark.parametrize(
    ("mounts", "expected"),
    [
        ("/dev/sda / ext4 rw 0 0\n", False),
        ("/dev/sda / ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n", True),
        ("tmpfs /run tmpfs rw 0 0\n/dev/sdb /run/trekvart ext4 rw 0 0\n", False),
        ("tmpfs /run/trek tmpfs rw 0 0\n/dev/sda / ext4 rw 0 0\n", False),
        ("/dev/sda /run ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n", True),
        ("", False),
    ],
)
def test_whether_keys_are_in_memory_is_read_from_the_mounts(tmp_path: Path, mounts: str, *, expected: bool) -> None:
    """The notice says where the keys are because it has looked, not because somebody has set it."""
    (tmp_path / "mounts").write_text(mounts)
    assert in_memory(Path("/run/trekvart/keys"), tmp_path / "mounts") is expected
