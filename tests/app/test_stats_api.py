"""The stats API: its numbers are the reports', what it cannot answer it says why, and it is what it says it is."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from collector.store import Store
from dashboard import api, drill, openapi, period, question, reports, stats
from dashboard.filters import CROSSINGS, Filter
from dashboard.period import Period
from dashboard.question import FILTERS, LISTS
from dashboard.roles import Role
from dashboard.tokens import Scope
from tests import shop
from tests.running import PASSWORD
from tests.staff import NOW, OWN, TODAY, World

SHOP, OTHER = "butiken.example", "annan.example"
MONTH: dict[str, Any] = {"site_id": SHOP, "date_range": "30d"}


class Program:
    """A program with a token."""

    def __init__(self, browser: TestClient, token: str) -> None:
        self.browser = browser
        self.token = token

    def ask(self, status: int = 200, **body: Any) -> dict[str, Any]:
        answer = self.browser.post("/api/v2/query", json=body, headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/json"
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World.build(tmp_path_factory.mktemp("stats"))
    shop.fill(made.store, made.site(SHOP), TODAY, days=33, hours_today=14)
    made.site(OTHER)
    yield made
    made.close()


@pytest.fixture
def program(world: World) -> Program:
    """Each test has a token of its own, and so a rate of its own."""
    anna = world.deps.accounts.account("anna")
    token = world.deps.accounts.tokens.add(anna, world.control.site(SHOP).id, "test", Scope.STATS, now=NOW, days=30)
    return Program(world.stranger(), token)


def last(days: int) -> Period:
    first = (TODAY - timedelta(days=days - 1)).isoformat()
    asked = {"period": "custom", "from": first, "to": TODAY.isoformat(), "compare": "none"}
    return period.parse(asked, TODAY)


def overview(world: World, days: int) -> reports.Overview:
    return reports.overview(world.store, world.control.site(SHOP), last(days), NOW)


@pytest.mark.parametrize(("text", "days"), [("day", 1), ("7d", 7), ("28d", 28), ("30d", 30), ("91d", 91)])
def test_the_headline_is_the_overview_s(world: World, program: Program, text: str, days: int) -> None:
    """Each figure of the whole site is the one that staff see, and the dates counted are told."""
    found = program.ask(site_id=SHOP, date_range=text, metrics=list(question.HEADLINE))
    line = overview(world, days).headline
    assert line.bounce_rate is not None
    assert line.visit_duration is not None
    assert line.views_per_visit is not None
    assert found["results"] == [
        {
            "dimensions": [],
            "metrics": [
                line.visitors,
                line.visits,
                line.pageviews,
                round(line.views_per_visit, 2),
                round(100 * line.bounce_rate, 1),
                round(line.visit_duration),
            ],
        }
    ]
    assert found["query"]["date_range"] == [last(days).begin.isoformat(), TODAY.isoformat()]


@pytest.mark.parametrize("dimension", LISTS)
def test_every_list_is_the_screen_s(world: World, program: Program, dimension: str) -> None:
    """All rows of each list, in order, with what waits."""
    panel = reports.panel(world.store, world.control.site(SHOP), last(30), LISTS[dimension])
    metric = question.METRIC_OF[panel.unit]
    found = program.ask(**MONTH, metrics=[metric], dimensions=[dimension], include={"total_rows": True})
    assert found["results"] == [{"dimensions": [row.values[0]], "metrics": [row.n]} for row in panel.rows]
    assert found["meta"]["total_rows"] == len(panel.rows)
    assert (found["meta"]["named"], found["meta"]["waiting"]) == (panel.named, panel.waiting)


@pytest.mark.parametrize("by", ["", ":day", ":week", ":hour", ":month"])
def test_the_series_is_the_chart_s(world: World, program: Program, by: str) -> None:
    """A row a bucket that has begun, the same figures as in the chart."""
    days = 2 if by == ":hour" else 33 if by == ":month" else 30
    begin = last(days).begin.isoformat()
    found = program.ask(
        site_id=SHOP,
        date_range=[begin, TODAY.isoformat()],
        metrics=["visits", "pageviews"],
        dimensions=[f"time{by}"],
        include={"time_labels": True},
    )
    asked = {"period": "custom", "from": begin, "to": TODAY.isoformat(), "compare": "none", "by": by[1:]}
    series = reports.overview(world.store, world.control.site(SHOP), period.parse(asked, TODAY), NOW).series
    wanted = [[v, p] for v, p in series.select("visits", "pageviews").iter_rows() if p is not None]
    assert [row["metrics"] for row in found["results"]] == wanted
    assert found["meta"]["time_labels"] == [row["dimensions"][0] for row in found["results"]]


PAIRS = [
    (name, other)
    for name, dimension in FILTERS.items()
    for other, listed in LISTS.items()
    if listed in CROSSINGS[dimension]
]


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_every_declared_pair_is_the_drill_down_s(world: World, program: Program, name: str, other: str) -> None:
    """One filter and one dimension that are counted together: the drill-down's rows."""
    site, chosen = world.control.site(SHOP), last(30)
    value = first_value(world.store, world, name)
    only = Filter(FILTERS[name], value)
    panel = drill.panel(world.store, site, chosen, only, LISTS[other])
    metric = question.METRIC_OF[panel.unit]
    asked: dict[str, Any] = {"metrics": [metric], "dimensions": [other], "filters": [["is", name, [value]]]}
    found = program.ask(**MONTH, **asked)
    assert found["results"] == [{"dimensions": [row.values[0]], "metrics": [row.n]} for row in panel.rows]


def first_value(store: Store, world: World, name: str) -> str:
    rows = reports.panel(store, world.control.site(SHOP), last(30), LISTS[name]).rows
    return rows[0].values[0] if rows else "none"


@pytest.mark.parametrize("name", FILTERS)
def test_one_value_alone(world: World, program: Program, name: str) -> None:
    """A filter without a dimension is the value's row; a value that is not there is 0."""
    panel = reports.panel(world.store, world.control.site(SHOP), last(30), LISTS[name])
    metric = question.METRIC_OF[panel.unit]
    for value, n in [(row.values[0], row.n) for row in panel.rows[:3]] + [("/not-there'; drop table groups", 0)]:
        found = program.ask(**MONTH, metrics=[metric], filters=[["is", name, [value]]])
        assert found["results"] == [{"dimensions": [], "metrics": [n]}]


def test_order_and_pages(program: Program) -> None:
    """Rows can be turned around and cut; together the pages are the whole."""
    asked: dict[str, Any] = {**MONTH, "metrics": ["pageviews"], "dimensions": ["event:page"]}
    rows = program.ask(**asked)["results"]
    assert program.ask(**asked, order_by=[["pageviews", "asc"]])["results"][-1]["metrics"] == rows[0]["metrics"]
    names = [row["dimensions"][0] for row in program.ask(**asked, order_by=[["event:page", "asc"]])["results"]]
    assert names == sorted(names)
    cut = [program.ask(**asked, pagination={"limit": 3, "offset": at})["results"] for at in range(0, len(rows), 3)]
    assert [row for page in cut for row in page] == rows


FILTER = ["is", "event:page", ["/"]]
REFUSED = [
    ({"dimensions": ["event:page", "visit:source"]}, "At most one dimension"),
    ({"dimensions": ["visit:city"]}, "no dimension 'visit:city'"),
    ({"dimensions": ["event:page"], "metrics": ["visitors"]}, "nobody is recognised"),
    ({"dimensions": ["event:page"], "metrics": ["bounce_rate"]}, "each cube counts one thing"),
    ({"metrics": ["total_revenue"]}, "no metric 'total_revenue'"),
    ({"metrics": ["visits", "visits"]}, "stands twice"),
    ({"metrics": []}, "right shape"),
    ({"filters": [FILTER, FILTER]}, "At most one filter"),
    ({"filters": [["contains", "event:page", ["/"]]]}, "At most one filter"),
    ({"filters": [["is", "event:page", ["/", "/a"]]]}, "At most one filter"),
    ({"filters": [["is", "event:page", [1]]]}, "At most one filter"),
    ({"filters": [["is", "visit:city", ["x"]]]}, "no filter by"),
    ({"filters": ["and"]}, "At most one filter"),
    ({"filters": [FILTER], "dimensions": ["visit:browser"]}, "not counted together"),
    ({"filters": [FILTER], "dimensions": ["time:day"]}, "No filter over time"),
    ({"filters": [["is", "event:page", ["x" * 2000]]]}, "longer than any"),
    ({"date_range": "24h"}, "whole days"),
    ({"date_range": "fortnight"}, "date_range is one of"),
    ({"date_range": ["2026-10-09", "2026-10-01"]}, "do not fit"),
    ({"date_range": ["x", "y"]}, "do not fit"),
    ({"date_range": ["2026-10-09"]}, "right shape"),
    ({"date_range": "91d", "dimensions": ["time:hour"]}, "do not fit"),
    ({"order_by": [["visits", "up"]]}, "order_by"),
    ({"include": {"imports": False}}, "cannot be left out"),
    ({"include": {"everything": True}}, "right shape"),
    ({"pagination": {"limit": 0}}, "right shape"),
    ({"pagination": {"offset": -1}}, "right shape"),
    ({"surprise": 1}, "right shape"),
    ({"site_id": 7}, "right shape"),
]


@pytest.mark.parametrize(("change", "said"), REFUSED)
def test_what_cannot_be_answered_says_why(program: Program, change: dict[str, Any], said: str) -> None:
    """A 400 with one sentence, and no figure in it."""
    found = program.ask(400, **{**MONTH, "metrics": ["visits"], **change})
    assert list(found) == ["error"]
    assert said in found["error"]


@pytest.mark.parametrize("body", [b"", b"x", b"null", b"[]", b"\xff", b'{"a":', b"[" * 16_000, b"1e999", b'"\\ud800"'])
def test_what_is_no_question(program: Program, body: bytes) -> None:
    """Whatever the body is, it is a 400, and JSON."""
    answer = program.browser.post("/api/v2/query", content=body, headers={"Authorization": f"Bearer {program.token}"})
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]


def test_a_body_that_is_too_long(program: Program) -> None:
    """No question of ours is 16 KB; no more is read."""
    body = b" " * 20_000
    answer = program.browser.post("/api/v2/query", content=body, headers={"Authorization": f"Bearer {program.token}"})
    assert answer.status_code == 413


def test_another_s_site_is_not_there(world: World, program: Program) -> None:
    """A token of one site gets the same answer for another one as for none."""
    asked: dict[str, Any] = {"date_range": "7d", "metrics": ["visits"]}
    texts = {json.dumps(program.ask(404, site_id=domain, **asked)) for domain in (OTHER, "x.example")}
    assert len(texts) == 1
    world.deps.accounts.add("bo", PASSWORD, NOW, administrator=False, sites={2: Role.ANALYST})
    bo = world.anna(name="bo")
    answer = bo.post("/api/v2/query", json={**MONTH, "metrics": ["visits"]}, headers=OWN)
    assert answer.status_code == 404


def test_a_cookie_asks_only_from_our_own_pages(world: World) -> None:
    """A page elsewhere cannot use a signed-in browser to ask."""
    anna, body = world.anna(), {**MONTH, "metrics": ["visits"]}
    assert anna.post("/api/v2/query", json=body, headers=OWN).status_code == 200
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert anna.post("/api/v2/query", json=body, headers=headers).status_code == 403


def test_the_document_lists_what_there_is(world: World) -> None:
    """Every route below /api/ is in the OpenAPI document, and nothing else; its words are those the API takes."""
    found = world.stranger().get("/api/openapi.json").json()
    assert found == json.loads(json.dumps(openapi.document("/")))
    routes = {(screen.path, screen.method.lower()) for screen in (*api.SCREENS, *stats.SCREENS)}
    assert {(path, method) for path, methods in found["paths"].items() for method in methods} == routes
