"""The control database: sites, and what other processes change in it."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from collector.control import SCHEMA, Control
from collector.errors import PlaceError, SiteError
from collector.site import Site

NOW = 1_795_392_000_123  # 2026-11-23 00:00:00.123 UTC
FULL = Site(
    domain="shop.example",
    name="The shop",
    hosts=("shop.example", "www.shop.example", "shop.example.net"),
    time_zone="America/New_York",
    k=7,
    publish_seconds=300,
    totals="groups",
    campaigns=False,
    excluded_networks=("203.0.113.0/24",),
    page_patterns=("/product/*",),
    properties=("plan",),
    payment_hosts=("pay.example",),
    null_origin=True,
    optout="/privacy",
    senders=("a" * 64,),
    rounded=True,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.db"


@pytest.fixture
def control(path: Path) -> Iterator[Control]:
    with closing(Control.open(path)) as opened:
        yield opened


def test_site_comes_back_as_it_went_in(control: Control) -> None:
    """Every part of a site survives the database."""
    added = control.add_site(FULL, NOW)
    assert added == replace(FULL, id=1, created="2026-11-23T00:00:00Z")
    assert control.sites() == (added,)
    assert control.site("shop.example") == added


def test_same_domain_is_refused(control: Control) -> None:
    """A domain stands once, in whatever spelling, and a refusal changes nothing."""
    control.add_site(Site(domain="räksmörgås.se"), NOW)
    before = control.version()
    with pytest.raises(SiteError, match="already"):
        control.add_site(Site(domain="XN--RKSMRGS-5WAO1O.se"), NOW)
    assert len(control.sites()) == 1
    assert control.version() == before


def test_wrong_site_is_not_added(control: Control) -> None:
    """What `checked` refuses does not reach the database."""
    with pytest.raises(SiteError):
        control.add_site(Site(domain="shop.example", k=4), NOW)
    assert control.sites() == ()


def test_unknown_site_says_what_to_do(control: Control) -> None:
    """Asking for a site that is not there tells the command that adds it."""
    with pytest.raises(SiteError, match=r"trekvart site add shop\.example"):
        control.site("shop.example")


def test_update(control: Control) -> None:
    """A site changes by its id; its domain, its creation and its being the demo stay as they were."""
    added = control.add_site(FULL, NOW)
    changed = control.update_site(replace(added, k=9, name="Shop", created="never", demo=True))
    assert changed == replace(added, k=9, name="Shop")
    with pytest.raises(SiteError):
        control.update_site(replace(added, id=2))
    with pytest.raises(SiteError):
        control.update_site(replace(added, k=1))
    assert control.site("shop.example") == changed


def test_version_tells_of_another_process(control: Control, path: Path) -> None:
    """A change that another process makes shows in `version`, a refused one and a read do not."""
    before = control.version()
    assert control.version() == before
    add = "from pathlib import Path; from collector.control import *; import sys; "
    add += "Control.open(Path(sys.argv[1])).add_site(Site(domain='a.se'), 0)"
    subprocess.run([sys.executable, "-c", add, str(path)], check=True, timeout=60)
    assert control.version() > before
    assert control.site("a.se").id == 1


def test_version_does_not_move_with_a_login(control: Control) -> None:
    """Sessions change all day; the server does not read its sites again for that."""
    before = control.version()
    control.write("add_account", name="a", password="b", role="administrator", created=0)
    assert control.version() == before


def test_from_many_threads(control: Control) -> None:
    """Threads may add and read at once; every site gets in, with an id of its own."""

    def add(thread: int) -> None:
        for number in range(10):
            control.add_site(Site(domain=f"s{thread}-{number}.example"), NOW)
            control.sites()

    threads = [threading.Thread(target=add, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {site.id for site in control.sites()} == set(range(1, 41))


def test_a_failed_change_is_undone(control: Control) -> None:
    """What an exception leaves is what was before."""
    with pytest.raises(SiteError), control.writing():  # noqa: PT012 - what is undone has to be done first
        control.write("count_change")
        control.site("unknown.example")
    assert control.version() == 0
    control.add_site(FULL, NOW)  # and the database takes changes again


def test_files_are_for_their_owner_only(control: Control, path: Path) -> None:
    """Accounts are in it: mode 0600, the log beside it too."""
    control.add_site(FULL, NOW)
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.glob("control.db*")}
    assert modes == dict.fromkeys(["control.db", "control.db-wal", "control.db-shm"], 0o600)


def test_wide_mode_is_narrowed(path: Path) -> None:
    """A file that was copied here with a wider mode is narrowed when it is opened."""
    Control.open(path).close()
    path.chmod(0o644)
    Control.open(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_on_disk_when_it_returns(control: Control) -> None:
    """Changes are synced, and survive a power cut: write-ahead log, synchronous = FULL (2)."""
    assert control._db.execute("pragma journal_mode").fetchone() == ("wal",)
    assert control._db.execute("pragma synchronous").fetchone() == (2,)


def test_newer_version(path: Path) -> None:
    """A file of a newer version is refused in one sentence, and is not changed."""
    Control.open(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"pragma user_version = {len(SCHEMA) + 1}")
    before = path.read_bytes()
    with pytest.raises(PlaceError, match="written by a newer version of Trekvart"):
        Control.open(path)
    assert path.read_bytes() == before


def test_no_database(path: Path) -> None:
    """A file that is no database is refused in one sentence, and is not changed."""
    path.write_bytes(b"this is a text, and not a short one" * 100)
    with pytest.raises(PlaceError, match=r"control\.db cannot be used \(file is not a database\)"):
        Control.open(path)
    assert path.read_bytes() == b"this is a text, and not a short one" * 100


@pytest.mark.parametrize("what", ["no directory", "a directory in its place"])
def test_no_place(path: Path, what: str) -> None:
    """A file that cannot be made is one sentence."""
    if what == "no directory":
        path /= "control.db"
    else:
        path.mkdir()
    with pytest.raises(PlaceError, match="cannot be opened"):
        Control.open(path)


def test_another_site_s_name_is_left_in_the_log(control: Control) -> None:
    """Only the removed site's own name goes: not that of a host below it, above it or beside it."""
    site = control.add_site(Site(domain="shop.example"), 0)
    lines = ("blog.shop.example", "shop.example.org", "my-shop.example viewer", "bo: blog.shop.example viewer")
    for line in (
        *lines,
        "shop.example",
        "shop.example: x",
        "bo: shop.example viewer, a.example viewer",
        "(shop.example)",
    ):
        control.write("add_audit", at=0, who="anna", act="x", object=line)
    control.remove_site(site)
    kept = [row[4] for row in reversed(control.read("audit", before=99, most=99))]
    number = f"#{site.id}"
    assert kept == [*lines, number, number, f"bo: {number} viewer, a.example viewer", f"({number})"]
