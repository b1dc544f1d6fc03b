"""Rounding to tens (facts R9): two shops whose figures differ within the tens are the same shop on every surface.

That is stronger than to look for numbers that are no tens: no byte of any page, answer or file, no order, no share,
mean or bar's length rests on more than the rounded figures.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from collector.day.release import Release, Row, Totals
from collector.settings import Settings
from collector.store import Applied
from dashboard import deliver_mail, exports, pages, rounding, traffic
from dashboard.cli import run
from dashboard.export_task import Task
from dashboard.reports import PANELS
from dashboard.roles import Role
from dashboard.runs import Runs
from dashboard.tokens import Scope
from tests import shop
from tests.staff import NOW, TODAY, World

SHOP = "shop.example"
DAYS = 33
SPAN = (TODAY - timedelta(days=DAYS), TODAY + timedelta(days=1))
QUERIES = ("", "?period=today", "?period=30d&by=week&compare=year&lang=en")
FILES = tuple(exports.Format)


def tens(items: list[Applied], more: int) -> list[Applied]:
    """Releases whose every figure is made a ten; of the last one, one of each kind is then `more` than that."""
    return [
        (site, number, _tens(release, more if number == items[-1][1] else 0), day, source)
        for site, number, release, day, source in items
    ]


def _tens(release: Release, more: int) -> Release:
    seen: set[str] = set()
    rows = []
    for row in release.rows:
        n = max(row.n // 10 * 10, 10) + (0 if row.cube in seen else more)
        rows.append(Row(row.cube, row.values, n, 60 * n if row.seconds else 0))
        seen.add(row.cube)
    totals = release.totals
    assert totals is not None
    views, visits, people = (max(n // 10 * 10, 10) + more for n in (totals.pageviews, totals.visits, totals.visitors))
    new = Totals(views, visits, people, dict.fromkeys(totals.drops, 20 + more))
    return Release(release.day, release.time, new, tuple(rows), (), closes=release.closes)


def world(directory: Path, more: int, *, rounded: bool) -> World:
    directory.mkdir()
    made = World.build(directory, settings=Settings(metrics_token="so secret"))
    site = made.site(SHOP, rounded=rounded)
    shop.fill(made.store, site, TODAY, DAYS, hours_today=14, visits=400, change=partial(tens, more=more))
    for kind, value in (("event", "kop"), ("page", "/kassa")):
        made.control.write("add_goal", site=site.id, kind=kind, value=value)
    task = Task(kind="notice", tell=("a@shop.example",), language="en")
    Runs(made.control).ask(site.id, (TODAY, TODAY + timedelta(days=1)), task, NOW)
    made.deps.shares.publish(site, NOW)
    made.deps.accounts.add("bo", "tre fjärdedelar", NOW, administrator=False, sites={site.id: Role.ANALYST})
    return made


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, World]]:
    place = tmp_path_factory.mktemp("rounding")
    made = (world(place / "plain", 0, rounded=True), world(place / "more", 4, rounded=True))
    yield made
    for one in made:
        one.close()


def paths() -> list[str]:
    """Every page, file and answer about one site, and those about all."""
    own = [screen for screen in pages.SCREENS if screen.method == "GET" and screen.path.count("{") <= 1]
    api = ("/api/sites/{domain}/overview", "/api/sites/{domain}/drops")
    about = [screen.path for screen in own if "{domain}" in screen.path]
    found = {path.format(domain=SHOP) + query for path in (*about, *api) for query in QUERIES}
    found |= {f"/site/{SHOP}/panel/{name}{query}" for name in PANELS for query in QUERIES[:2]}
    found |= {f"/site/{SHOP}?only={only}" for only in ("channel:search", "page:/", "event:kundvagn")}
    found |= {f"/api/sites/{SHOP}/drill?only={only}" for only in ("channel:search", "page:/")}
    found |= {screen.path for screen in own if "{" not in screen.path}
    found |= {f"/public/{SHOP}/{query}" for query in QUERIES}
    return sorted(found)


def surfaces(of: World, wanted: Sequence[str] = ()) -> dict[str, str]:
    """What each says. What is random by design (a code's picture, a listed session) is no figure, and not looked at."""
    browser, said = of.anna(), {}
    metrics = browser.get("/metrics", headers={"Authorization": "Bearer so secret"})
    assert metrics.status_code == 200
    for path in wanted or paths():
        if path.startswith(("/account", "/logout", "/login", "/welcome")):
            continue
        answer = browser.get(path)
        said[path] = f"{answer.status_code} {answer.text}"
    return said | {"/metrics": metrics.text}


def files(of: World, place: Path) -> dict[str, bytes]:
    """Every file of an export in every format."""
    place.mkdir()
    exports.build(of.store, of.control.site(SHOP), SPAN, FILES, place)
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_every_surface_rests_on_tens_alone(pair: tuple[World, World]) -> None:
    """Pages, lists, drill-downs, goals, shared pages, downloads, JSON and metrics are the same to the byte."""
    plain, more = map(surfaces, pair)
    assert sum(text.startswith("200 ") for text in plain.values()) > 60
    assert {path for path in plain if plain[path] != more[path]} == set()


def test_every_file_rests_on_tens_alone(pair: tuple[World, World], tmp_path: Path) -> None:
    """So are exports in every format, the report that is mailed, and their manifests; all counts are tens."""
    plain, more = (files(of, tmp_path / str(number)) for number, of in enumerate(pair))
    assert len(plain) > len(FILES)
    assert {name for name in plain if plain[name] != more.get(name)} == set()
    for name in (one for one in more if one.endswith(".parquet")):
        frame = pl.read_parquet(tmp_path / "1" / name)
        for column in frame.columns:
            if column in {"n", "pageviews", "visits", "visitors"}:
                assert (frame[column].drop_nulls() % 10 == 0).all(), (name, column)


def test_without_rounding_the_two_shops_differ(tmp_path: Path) -> None:
    """The test above can see: the same figures not rounded differ on the overview, the API, metrics and in files."""
    plain, more = (world(tmp_path / name, n, rounded=False) for name, n in (("plain", 0), ("more", 4)))
    wanted = (f"/site/{SHOP}", f"/api/sites/{SHOP}/overview", f"/api/sites/{SHOP}/drops")
    said, other = surfaces(plain, wanted), surfaces(more, wanted)
    different = {path.partition("?")[0] for path in said if said[path] != other[path]}
    assert different == {*wanted, "/metrics"}
    assert files(plain, tmp_path / "a") != files(more, tmp_path / "b")
    for one in (plain, more):
        one.close()


def test_the_answers_of_the_api_are_tens(pair: tuple[World, World]) -> None:
    """By a token too: every metric in visits of the query's answer, and every list, is a multiple of ten."""
    of = pair[1]
    site, bo = of.control.site(SHOP), of.deps.accounts.account("bo")
    token = of.deps.accounts.tokens.add(bo, site.id, "test", Scope.STATS, now=NOW, days=30)
    asked = {"site_id": SHOP, "metrics": ["visits", "pageviews"], "date_range": "28d"}
    for dimensions in ([], ["time:day"], ["visit:source"], ["event:page"]):
        metrics = (
            ["pageviews"] if dimensions == ["event:page"] else asked["metrics"] if not dimensions[:1] else ["visits"]
        )
        body = {**asked, "metrics": metrics, "dimensions": dimensions}
        answer = of.stranger().post("/api/v2/query", json=body, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        counts = [n for row in answer.json()["results"] for n in row["metrics"]]
        assert counts
        assert all(n is None or n % 10 == 0 for n in counts), answer.text


def test_letters_tell_tens(pair: tuple[World, World], monkeypatch: pytest.MonkeyPatch) -> None:
    """The letter about an unusual day has rounded figures, the mean of its weekday too."""
    sent: list[str] = []
    monkeypatch.setattr(
        deliver_mail, "send_text", lambda _to, subject, lines, _: sent.append(subject + " ".join(lines))
    )
    monkeypatch.setattr(traffic, "UP", 0.1)
    of = pair[1]
    site = of.control.site(SHOP)
    (asked,) = Runs(of.control).of_site(site.id, 1)
    traffic.watch(of.store, site, asked, Settings())
    (letter,) = sent
    numbers = [int(one) for one in re.findall(r"(?<![\d-])\d+(?![\d-])", letter.replace(",", "")) if len(one) > 2]
    assert numbers
    assert all(n % 10 == 0 for n in numbers if n != TODAY.year), letter


def test_every_statement_is_known() -> None:
    """A new question to the store has to say which of its columns count visits; without, it cannot be read."""
    asked = {path.stem for path in (Path(rounding.__file__).parents[1] / "sql" / "read").glob("*.sql")}
    assert asked == set(rounding.STATEMENTS)


@pytest.mark.parametrize(("n", "told"), [(0, 0), (4, 0), (5, 10), (14, 10), (15, 20), (None, None)])
def test_tens(n: int | None, told: int | None) -> None:
    """Halves go up."""
    assert rounding.tens(n) == told


def test_seconds_do_not_give_the_count_away() -> None:
    """Of 7 visits with 424 seconds stays 10 with 610: the mean in whole seconds times the rounded count."""
    row = (1, TODAY, "none.visit_end", False, 7, 424)
    assert rounding._rounded(row, rounding.STATEMENTS["whole_site"])[4:] == (10, 610)


def test_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`site change --rounded` switches it on, `--not-rounded` off; the notice tells it."""
    monkeypatch.chdir(tmp_path)
    assert run(["site", "add", SHOP, "--yes"]) == 0
    for flag, told in (("--rounded", True), ("--not-rounded", False)):
        assert run(["site", "change", SHOP, flag]) == 0
        capsys.readouterr()
        assert run(["notice", "--language", "en"]) == 0
        assert ("All these figures are rounded" in capsys.readouterr().out) == told
