"""The register extract: every place and spelling is searched, and the address asked about is written nowhere."""

import gzip
import ipaddress
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.errors import SettingsError
from collector.settings import Settings
from collector.store import Store
from dashboard import cli
from dashboard.search import CHUNK, Needles
from tests.canary import ADDRESSES, leaks, leaks_below, spellings
from tests.staff import OWN, World

V4 = ADDRESSES[0]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs: data/, keys/, logs/, a settings file, and a temporary directory of its own."""
    for name in ("data", "keys", "logs", "tmp"):
        (tmp_path / name).mkdir()
    world = World.build(tmp_path / "data")
    world.site("shop.example")
    world.close()
    (tmp_path / "trekvart.toml").write_text('data_directory = "data"\ncontroller = "Garnboden AB"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return tmp_path


def extract(address: str, *more: str) -> Result:
    arguments = ["extract", "--settings", "trekvart.toml", "--also", "logs", *more]
    return CliRunner().invoke(cli.cli, arguments, input=address + "\n", catch_exceptions=False)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_nothing_is_found_and_nothing_is_left(place: Path, address: str, language: str) -> None:
    """On clean stores the answer says so, names what was searched, and the address is in no file and no output."""
    done = extract(address, "--language", language)
    assert done.exit_code == 0
    for said in ("store.duckdb", "control.db: account", "store.duckdb: names.value", "trekvart.toml", "Garnboden AB"):
        assert said in done.output, said
    assert {"sv": "Träffar: 0", "en": "Hits: 0"}[language] in done.output
    assert {"sv": "artikel 11", "en": "Article 11"}[language] in done.output
    assert leaks(done.output_bytes) == []
    assert leaks_below(place) == []


FILES = ("data/store.wal", "keys/1.key", "logs/access.log", "tmp/spill")


def plants(place: Path) -> dict[str, Callable[[bytes], None]]:
    def written(name: str) -> Callable[[bytes], None]:
        def write(spelled: bytes) -> None:
            (place / name).write_bytes(b"x" * 5000 + spelled + b"x" * 5000)

        return write

    def set_as(spelled: bytes) -> None:
        (place / "trekvart.toml").write_text(f'controller = "{spelled.decode()}"')

    def packed(spelled: bytes) -> None:
        with gzip.open(place / "data" / "export.csv.gz", "wb") as file:
            file.write(bytes(10_000) + spelled)

    def archived(spelled: bytes) -> None:
        with zipfile.ZipFile(place / "data" / "report.xlsx", "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("xl/sheet.xml", bytes(10_000) + spelled)

    def column(spelled: bytes) -> None:
        with sqlite3.connect(place / "data" / "control.db") as db:
            db.execute("update account set name = ?", ("n" * 9000 + spelled.decode(),))
        db.close()

    def word(spelled: bytes) -> None:
        store = Store.open(place / "data" / "store.duckdb")
        store.database.writer.execute("insert into names values (1, ?)", ("/page/" + spelled.decode(),))
        store.close()

    files = {name: written(name) for name in FILES}
    return {**files, "settings": set_as, "gz": packed, "xlsx": archived, "sqlite": column, "duckdb": word}


@pytest.mark.parametrize("where", [*FILES, "settings", "gz", "xlsx", "sqlite", "duckdb"])
def test_a_leak_in_any_place_is_found(place: Path, where: str) -> None:
    """Wherever the address is planted, the command finds it and exits with 3; it is not repeated in the answer."""
    plants(place)[where](V4.encode())
    done = extract(V4)
    assert done.exit_code == 3
    assert "Här fanns adressen" in done.output
    if where != "settings":  # there it was written as the controller's name
        assert leaks(done.output_bytes) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_spelling_is_found(address: str) -> None:
    """The search knows all spellings that the canary run looks for, and more; its own list is made another way."""
    needles = Needles(address)
    own = {name: spelled for name, spelled in spellings().items() if name.startswith(address)}
    assert len(own) >= 6
    for name, spelled in own.items():
        assert needles.within(b"<" + spelled + b">") >= 1, name
    assert needles.within(ipaddress.ip_address("203.0.113.21").exploded.encode()) == 0


def test_a_hit_across_two_chunks_is_counted_once(place: Path) -> None:
    """Files are read in chunks that overlap; what lies across two is one hit, and so is what lies in the overlap."""
    for offset in (CHUNK - 5, CHUNK - 100, CHUNK, 10):
        (place / "logs" / "big.log").write_bytes(b"x" * offset + V4.encode() + b"x" * CHUNK)
        done = extract(V4, "--language", "en")
        assert "Hits: 1." in done.output, offset


@pytest.mark.parametrize(
    "wrong", ["", "203.0.113", "203.0.113.217.9", "anna@shop.example", "203.0.113.217 198.51.100.1"]
)
def test_what_is_no_address_is_not_repeated(wrong: str) -> None:
    """The sentence that refuses does not hold what was written."""
    with pytest.raises(SettingsError) as raised:
        Needles(wrong)
    assert not wrong or wrong not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_needles_say_nothing_of_themselves() -> None:
    """A log line or a traceback that prints them has no address in it."""
    assert leaks(f"{Needles(V4)!r} {Needles(V4)}".encode()) == []


@pytest.mark.usefixtures("place")
def test_staff_see_what_is_kept_about_them() -> None:
    """Name, role, login and acts, but neither password nor token; an unknown name is one sentence."""
    done = extract("", "--staff", "anna", "--language", "en")
    assert done.exit_code == 0
    assert "name: anna" in done.output
    assert "last_login" in done.output
    assert "argon2" not in done.output
    assert cli.run(["extract", "--settings", "trekvart.toml", "--staff", "nobody"]) == 1


@pytest.fixture
def world(place: Path) -> Iterator[World]:
    (place / "screens").mkdir()
    made = World.build(place / "screens", settings=Settings(data_directory=place / "screens"))
    made.site("shop.example")
    yield made
    made.close()


def test_the_page_answers_without_showing_the_address(world: World, place: Path) -> None:
    """An administrator posts the address; the letter and what was searched come back, the open store's words too."""
    anna = world.anna()
    asked = anna.get("/extract")
    assert asked.status_code == 200
    answer = anna.post("/extract", data={"address": V4}, headers={**OWN, "Accept-Language": "en"})
    assert answer.status_code == 200
    assert "Hits: 0" in answer.text
    assert "store.duckdb: names.value" in answer.text
    assert leaks(answer.content) == []
    assert leaks_below(place) == []
    wrong = anna.post("/extract", data={"address": "203.0.113"}, headers=OWN)
    assert wrong.status_code == 400
    assert "203.0.113<" not in wrong.text
    assert anna.post("/extract", data={"address": V4}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
