"""The screens over HTTP: real store, real accounts, no browser."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.day.release import Release, Row, Totals
from collector.settings import Settings
from collector.site import Site
from dashboard import assets, charts, crowd, demo, pages, period, present, reports
from dashboard.finding import Finding
from dashboard.frame import Screen
from dashboard.guard import HEADERS
from dashboard.present import CARDS
from dashboard.roles import Role
from dashboard.words import words
from tests import shop
from tests.app.test_access import SAMPLES, SAMPLES_OF
from tests.markup import Page
from tests.running import PASSWORD
from tests.staff import NOW, OWN, TODAY, World

SHOP = "butiken.example"
# What stands in the braces of a path; who may ask for it is told in test_access.py.
PATHS = SAMPLES | {"domain": SHOP, "site": SHOP}
sent: list[int] = []


async def note(visitors: int) -> None:
    sent.append(visitors)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A shop of sixty days, a blog of old, a new site and a demo."""
    made = World.build(tmp_path_factory.mktemp("screens"), crowd=note)
    shop.fill(made.store, made.site(SHOP), TODAY, days=60, hours_today=14)
    shop.fill(made.store, made.site("gammal.example"), date(2015, 5, 17), days=3, visits=80)
    made.site("ny.example", k=5)
    made.site("demo.example", demo=True, publish_seconds=5, k=5)
    yield made
    made.close()


def path_of(screen: Screen) -> str:
    usual = PATHS | SAMPLES_OF.get(f"{screen.method} {screen.path}", {})
    return screen.path.format_map(usual)


def screens(world: World) -> tuple[Screen, ...]:
    return pages.screens(world.deps)


def report_of(world: World, query: dict[str, str] | None = None, domain: str = SHOP) -> reports.Overview:
    site = world.control.site(domain)
    return reports.overview(world.store, site, period.parse(query or {}, TODAY), NOW)


# -- the figures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("query", ["", "period=today", "period=90d&by=week", "period=year&compare=none"])
def test_the_headline_on_the_page_is_the_report_s(world: World, language: str, query: str) -> None:
    """Every figure at the top reads as the report has it, in the language's own writing."""
    say = words(language)
    now = report_of(world, dict(pair.split("=") for pair in query.split("&") if pair)).headline
    page = Page(world.anna().get(f"/site/{SHOP}?{query}&lang={language}").text)
    assert now.visitors is not None
    assert now.views_per_visit is not None
    assert now.bounce_rate is not None
    assert now.visit_duration is not None
    assert [value.words for value in page.all("span", class_="value")] == [
        " ".join(text.split())
        for text in (
            say.number(now.visits),
            say.number(now.visitors),
            say.number(now.pageviews),
            say.decimal(now.views_per_visit),
            say.percent(now.bounce_rate),
            say.duration(now.visit_duration),
        )
    ]


@pytest.mark.parametrize("known", [True, False])
def test_nothing_is_compared_with_days_before_the_first_figures(world: World, *, known: bool) -> None:
    """A rise since days of which some had no figures yet is none: then no figure tells a change."""
    first = report_of(world).first
    assert first is not None
    begin = first + timedelta(days=5 if known else 4)
    query = {"period": "custom", "from": begin.isoformat(), "to": (begin + timedelta(days=4)).isoformat()}
    told = [figure.change is not None for figure in present.figures(report_of(world, query), words("en"))]
    assert told == [known] * 6
    report = report_of(world, query)
    drawn = [point.before is not None for point in present.points(report, "visits", words("en"))]
    assert drawn == [day >= first for day in report.series["before_bucket"]]
    assert all(drawn) == known


def test_every_list_on_the_page_is_the_report_s(world: World) -> None:
    """Each tab's numbers are its panel's rows and, last, what waits; nothing is left out and nothing added."""
    report = report_of(world)
    page = Page(world.anna().get(f"/site/{SHOP}").text)
    shown = [page.within(table, "td", class_="n") for table in page.all("table", class_="list")]
    expected = []
    for name in (name for lists in CARDS.values() for name in lists):
        panel = report.panels[name]
        numbers = [row.n for row in panel.rows]
        if name in {"durations", "scroll"}:
            numbers = [row.n for row in sorted(panel.rows, key=lambda row: int(row.values[0]))]
        expected.append([words("sv").number(n) for n in [*numbers, *([panel.waiting] if panel.waiting else [])]])
    assert [["".join(cell.text) for cell in table] for table in shown] == expected


def test_the_table_under_the_chart_is_the_series(world: World) -> None:
    """Who cannot see the chart reads the same figures: one row a bucket, with the period before."""
    report = report_of(world, {"metric": "pageviews"})
    page = Page(world.anna().get(f"/site/{SHOP}?metric=pageviews").text)
    cells = ["".join(cell.text) for cell in page.within(page.one("details", class_="numbers"), "td")]
    frame = report.series.select("pageviews", "before_pageviews")
    assert cells == [words("sv").number(n) for row in frame.iter_rows() for n in row]
    figure = json.loads("".join(page.one("script", id="figure-time").text))
    assert figure["data"][-1]["y"] == frame["pageviews"].to_list()


def test_the_whole_list_has_every_row(world: World) -> None:
    """Show all shows all, and the waiting share with its number."""
    panel = reports.panel(world.store, world.control.site(SHOP), period.parse({}, TODAY), "pages")
    page = Page(world.anna().get(f"/site/{SHOP}/panel/pages").text)
    names = [*page.all("bdi", class_="name"), *page.all("a", class_="name")]
    assert [name.words for name in names] == [
        *(row.values[0].replace("(other)", "Övriga") for row in panel.rows),
        "Ännu inte i en grupp",
    ]
    assert page.all("td", class_="n")[-1].words == " ".join(words("sv").number(panel.waiting or 0).split())


def test_a_long_list_is_cut_into_pages_and_nothing_is_lost(tmp_path: Path) -> None:
    """A list of 450 lines is three pages, which together have each line once and each the waiting share."""
    world = World.build(tmp_path)
    site = world.site(SHOP)
    rows = tuple(Row("page.pageview", (f"/p{n:03}",), 1000 - n, 0) for n in range(450))
    release = Release("2026-10-27", NOW - 86_400_000, Totals(10**6, 1000, 900, {}), rows, (), closes=True)
    world.store.add(site.id, 1, release, shop.day_of(site, date(2026, 10, 27)))
    client, address, seen = world.anna(), f"/site/{SHOP}/panel/pages", []
    while address:
        page = Page(client.get(address).text)
        seen += [name.words for name in page.all("bdi", class_="name")]
        later = page.all("a", rel="next")
        assert len(page.all("tr", class_="waiting")) == 1
        address = later[0]["href"] if later else ""
    assert seen == [f"/p{n:03}" for n in range(450)]
    world.close()


@pytest.mark.parametrize("number", ["0", "-1", "999", "x", "1e9", "٣"])
def test_a_page_that_is_none_is_the_nearest(world: World, number: str) -> None:
    """Whatever the address says, there is a list."""
    assert world.anna().get(f"/site/{SHOP}/panel/pages?page={number}").status_code == 200


def test_what_was_not_counted_is_named(world: World) -> None:
    """Every reason is shown with its words, its name in the header, and its number."""
    page = Page(world.anna().get(f"/site/{SHOP}/drops").text)
    days = reports.drops(world.store, world.control.site(SHOP).id, period.parse({}, TODAY))
    bots = int(days.filter(days["reason"] == "bot")["n"].sum())
    shown = [cell.words for cell in page.within(page.one("table", class_="list"), "th", scope="row")]
    assert shown == ["Robotar", "Förhandshämtade sidor som inte visades"]
    assert page.all("td", class_="n")[0].words == words("sv").number(bots)
    assert page.all("code")[0].words == "bot"


def test_the_ledger_goes_day_by_day(world: World) -> None:
    """Each day that refused anything is a line, the newest first, and its columns add up to the period's reasons."""
    page = Page(world.anna().get(f"/site/{SHOP}/drops?period=7d").text)
    chosen = period.parse({"period": "7d"}, TODAY)
    found = reports.drops(world.store, world.control.site(SHOP).id, chosen)
    ledger = page.one("table", class_="ledger")
    lines = page.within(ledger, "th", scope="row")
    assert [line.words for line in lines] == [words("sv").day(day) for day in sorted(set(found["day"]), reverse=True)]
    cells = [cell.words for cell in page.within(ledger, "td")]
    bots = found.filter(found["reason"] == "bot").sort("day", descending=True)["n"]
    assert cells[:: len(cells) // len(lines)] == [words("sv").number(n) for n in bots]
    assert not Page(world.anna().get(f"/site/{SHOP}/drops?period=today").text).all("table", class_="ledger")


# -- what is said about them ----------------------------------------------------------------------------------------


def test_the_foot_says_what_the_figures_are(world: World) -> None:
    """The sentence of the design stands under the figures, with the site's k."""
    page = Page(world.anna().get(f"/site/{SHOP}?lang=en").text)
    assert page.one("p", class_="lead").words == (
        "Totals are exact. Every figure about a page, source, browser or country is whole groups of visits from at "
        "least 10 different networks, and which visits wait for the next group is drawn by lot, so no combination "
        "of figures settles how small any smaller group is."
    )


@pytest.mark.parametrize("path", ["", "/panel/pages"])
def test_the_k_that_is_told_holds_for_every_day_of_the_period(tmp_path: Path, path: str) -> None:
    """A site whose k has been raised still says the least k that any of the shown days was released under."""
    world = World.build(tmp_path)
    site = world.site(SHOP, k=5)
    shop.fill(world.store, site, TODAY, days=2, hours_today=14)
    world.control.update_site(Site(**{**{f: getattr(site, f) for f in Site.__struct_fields__}, "k": 20}))
    page = Page(world.anna().get(f"/site/{SHOP}{path}?lang=en").text)
    assert "at least 5 different networks" in page.one("p", class_="lead").words
    world.close()


def test_totals_in_groups_are_not_called_exact(tmp_path: Path) -> None:
    """Where totals obey the rule too, no page says that they are exact, and none shows an estimate."""
    world = World.build(tmp_path)
    site = world.site(SHOP, totals="groups")
    rows = (Row("none.pageview", (), 40, 0), Row("none.visit_start", (), 20, 0), Row("page.pageview", ("/",), 20, 0))
    release = Release("2026-10-27", NOW - 86_400_000, None, rows, (), closes=True)
    world.store.add(site.id, 1, release, shop.day_of(site, date(2026, 10, 27)))
    page = Page(world.anna().get(f"/site/{SHOP}?period=yesterday&lang=en").text)
    assert page.one("p", class_="lead").words.startswith("Every figure, the totals too, is whole groups")
    values = [value.words for value in page.all("span", class_="value")]
    assert values[:3] == ["20", "\N{EN DASH}", "40"]
    assert "every such figure would be exact" in world.anna().get(f"/site/{SHOP}/drops?lang=en").text
    world.close()


def test_the_last_publish_is_told_in_the_site_s_own_time(world: World) -> None:
    """12:59 UTC is 13:59 in Stockholm after the clocks went back; another day is told with its date."""
    assert "senast publicerat 13:59" in world.anna().get(f"/site/{SHOP}").text
    assert "senast publicerat 17 maj 2015 23:59" in world.anna().get("/site/gammal.example").text


def test_a_new_site_says_what_to_do(world: World) -> None:
    """Before the first visit there is the line to paste, and when something will show."""
    page = Page(world.anna().get("/site/ny.example").text)
    assert page.one("code", id="snippet-script").words == (
        '<script defer src="http://stats.example/t.js" data-site="ny.example"></script>'
    )
    assert "minst 5 olika nätverk" in page.one("section", class_="empty").words
    assert not page.all("table")


def test_an_empty_period_leads_to_the_latest_data(world: World) -> None:
    """A log of 2015 is one link away, and the link shows it."""
    client = world.anna()
    page = Page(client.get("/site/gammal.example").text)
    notice = page.one("p", class_="notice")
    link = page.within(notice, "a")[0]
    assert link.words == "Visa de senaste uppgifterna: 20 apr.\N{EN DASH}17 maj 2015"
    assert not page.all("figure")
    there = Page(client.get(link["href"]).text)
    assert not there.all("p", class_="notice")
    assert int(there.all("span", class_="value")[0].words) > 100


def test_a_day_without_a_publish_yet_says_so_far(tmp_path: Path) -> None:
    """A morning before the first publish is 0 so far, not an error and not a fall."""
    world = World.build(tmp_path)
    shop.fill(world.store, world.site(SHOP), date(2026, 10, 27), days=2)
    page = Page(world.anna().get(f"/site/{SHOP}?period=today&lang=en").text)
    assert page.all("span", class_="value")[0].words == "0"
    assert page.all("span", class_="change")[0].words == "so far"
    assert "Nothing is published today yet" in page.one("p", class_="notice").words
    world.close()


def test_a_day_that_is_going_on_is_not_compared(world: World) -> None:
    """Half a day against a whole one would always have fallen."""
    changes = Page(world.anna().get(f"/site/{SHOP}?period=today").text).all("span", class_="change")
    assert {change.words for change in changes} == {"hittills"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("period=nonsense", "There is no such period"),
        ("period=custom&from=2026-10-09&to=2026-10-01", "ends before it begins"),
        ("period=custom&from=x", "could not be read"),
        ("period=day&date=2030-01-01", "has not begun"),
        ("period=28d&by=hour", "cannot be cut like that"),
        ("compare=nonsense", "no such comparison"),
    ],
)
def test_a_period_that_makes_no_sense_is_told(world: World, query: str, expected: str) -> None:
    """The page shows the default and says why."""
    assert expected in Page(world.anna().get(f"/site/{SHOP}?{query}&lang=en").text).one("p", class_="notice").words


def test_the_address_holds_the_whole_state(world: World) -> None:
    """Metric and tabs stay when another period is chosen, and so does the language."""
    asked = "metric=visitors&sources=channels&visitors=countries&lang=en"
    page = Page(world.anna().get(f"/site/{SHOP}?{asked}").text)
    checked = [box["value"] for box in page.all("input", type="radio") if "checked" in box.attributes]
    assert checked == ["pages", "channels", "durations", "countries", "events", "flow"]
    kept = [link["href"] for link in page.all("a") if "data-keep" in link.attributes and "/panel/" not in link["href"]]
    kept = [address for address in kept if "chart=" not in address]  # leads to the tab whose chart it is
    assert len(kept) > 12
    assert all("sources=channels" in address and "lang=en" in address for address in kept)
    assert sum("metric=visitors" in address for address in kept) >= len(kept) - 3


def test_the_home_page_is_the_only_site_s(tmp_path: Path) -> None:
    """With one site there is nothing to choose; with none the page says how to add one."""
    world = World.build(tmp_path)
    assert "trekvart site add" in world.anna().get("/").text
    world.site(SHOP)
    assert world.anna().get("/").headers["location"] == f"/site/{SHOP}"
    world.close()


def test_the_home_page_has_every_site(world: World) -> None:
    """Each site has a card with its week."""
    page = Page(world.anna().get("/?lang=en").text)
    headings = [heading.words for heading in page.all("h2")]
    assert headings == [
        SHOP,
        "gammal.example",
        "ny.example",
        "demo.example",
        "Trekvart",
        "You",
    ]  # the last two: the foot
    card = reports.sites_overview(world.store, [world.control.site(SHOP)], NOW)[0]
    assert page.all("p", class_="week")[0].words == f"{words('en').number(sum(card.visits))} visits in seven days"


def test_the_snippet_is_the_outside_s(tmp_path: Path) -> None:
    """What is pasted elsewhere names the server as the outside does, base path and all."""
    world = World.build(tmp_path, settings=Settings(public_url="https://shop.example/stats"))
    world.site(SHOP)
    client = world.stranger(address="https://internal")
    client.post("/login", data={"name": "anna", "password": PASSWORD}, headers=OWN)
    page = Page(client.get(f"/site/{SHOP}/snippet").text)
    line = f'<script defer src="https://shop.example/stats/t.js" data-site="{SHOP}"></script>'
    assert page.one("code", id="snippet-script").words == line
    assert page.one("code", id="snippet-policy").words == (
        "script-src https://shop.example; connect-src https://shop.example; img-src https://shop.example"
    )
    world.close()


# -- who may see them -----------------------------------------------------------------------------------------------


def test_a_stranger_sees_nothing(world: World) -> None:
    """Every screen that is not on the list sends a stranger to the login, whatever cookie there is."""
    for screen in screens(world):
        if screen.open:
            continue
        for cookie in ({}, {"trekvart": "guess"}, {"trekvart": "a" * 4000}):
            client = world.stranger()
            client.cookies.update(cookie)
            answer = client.request(screen.method, path_of(screen), headers=OWN)
            assert answer.status_code == 303, screen.name
            assert answer.headers["location"].startswith("/login"), screen.name
            assert SHOP not in answer.text


def test_a_site_that_is_not_there_looks_the_same_to_a_stranger(world: World) -> None:
    """Who is not logged in cannot ask which sites there are."""
    one, other = (world.stranger().get(f"/site/{domain}") for domain in (SHOP, "nobody.example"))
    assert one.status_code == other.status_code == 303


def test_every_answer_has_the_policy(world: World) -> None:
    """Pages, redirects, files, errors of every kind: none goes out without its headers."""

    def broken(request: Request) -> Response:
        raise RuntimeError(request.url.path)

    world_app = world.app(extra=[Route("/broken", broken)])
    client = world.anna()
    client._transport.app = world_app  # type: ignore[attr-defined]  # the same browser, with a page that fails
    asked = [(screen.method, path_of(screen)) for screen in screens(world) if screen.name != "logout"]
    asked += [("GET", "/nope"), ("GET", f"/site/{SHOP}/panel/nope"), ("PUT", "/login"), ("GET", "/broken")]
    asked += [("GET", "/static/x/trekvart.css"), ("GET", "/site/nobody.example"), ("HEAD", "/login")]
    for method, path in asked:
        answer = client.request(method, path, headers={"Accept": "text/html"})
        for name, value in HEADERS.items():
            assert answer.headers.get(name) == value, (method, path, name)


@pytest.mark.parametrize(
    ("path", "method", "status", "title"),
    [
        ("/nope", "GET", 404, "There is no such page"),
        (f"/site/{SHOP}/panel/nope", "GET", 404, "There is no such page"),
        ("/login", "PUT", 405, "The page cannot be used like that"),
        ("/login", "POST", 403, "You may not see this"),
        ("/broken", "GET", 500, "Something went wrong on our side"),
    ],
)
def test_an_error_is_a_page_for_people_and_a_line_for_machines(
    world: World, path: str, method: str, status: int, title: str
) -> None:
    """A browser gets a page in its language, everything else a line; neither tells what went wrong inside."""

    def broken(request: Request) -> Response:
        raise RuntimeError(request.url.path)

    client = world.anna()
    client._transport.app = world.app(extra=[Route("/broken", broken)])  # type: ignore[attr-defined]  # as above
    page = client.request(method, path, headers={"Accept": "text/html", "Accept-Language": "en"})
    line = client.request(method, path, headers={"Accept": "*/*", "Accept-Language": "en"})
    assert page.status_code == line.status_code == status
    assert Page(page.text).one("h1").words == title
    assert line.text == title + "\n"
    assert "RuntimeError" not in page.text + line.text


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}])
@pytest.mark.parametrize("path", ["/login", "/logout", "/demo/crowd"])
def test_a_form_of_somebody_else_s_does_nothing(world: World, path: str, headers: dict[str, str]) -> None:
    """A POST that no page of ours sent is refused, and nothing has happened: no login, no logout, no crowd."""
    client = world.anna()
    before = len(sent)
    data = {"name": "anna", "password": PASSWORD}
    answer = client.post(path, data=data, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert len(sent) == before
    assert client.get(f"/site/{SHOP}").status_code == 200


def test_a_form_that_is_too_long_is_refused(world: World) -> None:
    """No form of ours is 4 KB."""
    answer = world.stranger().post("/login", data={"name": "x" * 5000, "password": "y"}, headers=OWN)
    assert answer.status_code == 413


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_a_wrong_login_tells_nothing_apart(world: World, name: str) -> None:
    """A wrong password and an unknown name get the same page, with the name still in it and no cookie."""
    answer = world.stranger().post("/login?lang=en", data={"name": name, "password": "wrong wrong wrong"}, headers=OWN)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    page = Page(answer.text)
    assert page.one("p", class_="notice").words == "The user name and the password do not belong together."
    assert page.one("input", name="name")["value"] == name
    assert "value" not in page.one("input", name="password").attributes


def test_too_many_logins_wait(tmp_path: Path) -> None:
    """After some wrong passwords the answer is to wait, with how long."""
    world = World.build(tmp_path)
    client = world.stranger()
    answers = [
        client.post("/login", data={"name": "anna", "password": "wrong wrong wrong"}, headers=OWN) for _ in range(12)
    ]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    world.close()


@pytest.mark.parametrize(
    ("following", "expected"),
    [
        (f"/site/{SHOP}?period=7d", f"/site/{SHOP}?period=7d"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("", "/"),
    ],
)
def test_a_login_leads_on_to_what_was_asked_for(world: World, following: str, expected: str) -> None:
    """The form carries the page along, and only a page of ours is gone to."""
    client = world.stranger()
    form = Page(client.get("/login", params={"next": following}).text).one("form")
    answer = client.post(form["action"], data={"name": "anna", "password": PASSWORD}, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, expected)


def test_a_stranger_comes_back_to_the_page(world: World) -> None:
    """From the page to the login and back, query and all."""
    client = world.stranger()
    to_login = client.get(f"/site/{SHOP}?period=7d").headers["location"]
    answer = client.post(to_login, data={"name": "anna", "password": PASSWORD}, headers=OWN)
    assert answer.headers["location"] == f"/site/{SHOP}?period=7d"


def test_a_logout_ends_the_session_on_the_server(world: World) -> None:
    """The old cookie is worth nothing afterwards, and the browser is told to forget it."""
    client = world.anna()
    token = client.cookies["trekvart"]
    answer = client.post("/logout", headers=OWN)
    assert answer.headers["location"] == "/login"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert answer.headers["clear-site-data"] == '"cache"'  # and pages kept for a step back
    client.cookies.set("trekvart", token)
    assert client.get(f"/site/{SHOP}").status_code == 303


def test_a_new_login_ends_the_one_before(world: World) -> None:
    """One browser has one session: a token that was there before the login is not worth anything after it."""
    client = world.anna()
    before = client.cookies["trekvart"]
    client.post("/login", data={"name": "anna", "password": PASSWORD}, headers=OWN)
    assert client.cookies["trekvart"] != before
    assert world.deps.accounts.session(before, NOW) is None


def test_a_page_is_kept_by_no_cache(world: World) -> None:
    """Nothing of the figures stays in a browser's or proxy's cache."""
    assert world.anna().get(f"/site/{SHOP}").headers["cache-control"] == "no-store"


# -- what they are made of -----------------------------------------------------------------------------------------

HOSTILE = [
    '/"><img src=x onerror=alert(1)>',
    "/</script><script>alert(1)</script>",
    "/{{ 7 * 7 }}{% raw %}",
    "/\u202egnp.exe\u202c",
    "/" + "a" * 2000,
    "/\u2028\u0001\ufeff&lt;b&gt;'",
    "javascript:alert(1)",
    "<!--",
]


def test_hostile_content_is_inert(tmp_path: Path) -> None:
    """Whatever a page, source or campaign is called, it is text on every screen: no page has an element more for it."""
    world = World.build(tmp_path)
    sites = [world.site("hostile.example"), world.site("plain.example")]
    for site, names in zip(sites, (HOSTILE, [f"/{n}" for n in range(len(HOSTILE))]), strict=True):
        cubes = ["page.pageview", "entry_page.visit_start", "source.visit_start", "campaign.visit_start"]
        cubes += [
            "browser.visit_start",
            "country.visit_start",
            "duration.visit_end",
            "event.event",
            "channel.visit_start",
        ]
        rows = [Row(cube, (name,), 20 + n, 0) for cube in cubes for n, name in enumerate(names)]
        rows += [Row("event+property.event", (name, name), 20 + n, 0) for n, name in enumerate(names)]
        release = Release("2026-10-27", NOW, Totals(10**4, 10**4, 900, {}), tuple(rows), (), closes=True)
        world.store.add(site.id, 1, release, shop.day_of(site, date(2026, 10, 27)))
    client = world.anna()
    for path in ("", "/panel/pages", "/panel/sources", "/panel/durations", "/panel/properties"):
        shown, plain = (Page(client.get(f"/site/{site.domain}{path}").text) for site in sites)
        shown.check_inert()
        assert [element.tag for element in shown.elements] == [element.tag for element in plain.elements], path
    written = {"".join(name.text) for name in Page(client.get("/site/hostile.example/panel/pages").text).all("bdi")}
    assert set(HOSTILE) <= written
    world.close()


def test_hostile_parameters_are_inert(world: World) -> None:
    """No part of the address comes back as markup, on a page or an error."""
    client = world.anna()
    evil = '"><script>alert(1)</script>'
    for path in (
        "/",
        f"/site/{SHOP}",
        f"/site/{SHOP}/panel/pages",
        "/login",
        f"/site/{evil}",
        "/demo",
        f"/demo/{evil}",
    ):
        for key in ("period", "metric", "sources", "lang", "next", "page", "sent", "name"):
            answer = client.get(path, params={key: evil}, headers={"Accept": "text/html"})
            if answer.status_code != 303:
                Page(answer.text).check_inert()
                assert "<script>alert" not in answer.text


def test_every_page_is_well_formed_and_loads_only_from_here(world: World) -> None:
    """Tags are closed in order, labels name their fields, ids are there once, nothing is fetched from elsewhere."""
    client = world.anna()
    for screen in screens(world):
        if screen.method != "GET" or screen.name in {"static", "home"}:
            continue
        answer = client.get(path_of(screen))
        if "html" not in answer.headers.get("content-type", ""):
            continue
        page = Page(answer.text)
        page.check_inert()
        ids = [element["id"] for element in page.elements if "id" in element.attributes]
        assert len(ids) == len(set(ids)), screen.name
        for element in page.elements:
            if "aria-labelledby" in element.attributes:
                assert element["aria-labelledby"] in ids, element
        assert len(page.all("h1")) <= 1
        assert page.one("html")["lang"] == "sv"


def test_every_own_link_leads_somewhere(world: World) -> None:
    """No screen has a dead link: every path that can be reached, and every query of an overview and a list."""
    client, todo, seen, paths = world.anna(), ["/", "/demo", f"/site/{SHOP}"], set[str](), set[str]()
    while todo:
        address = todo.pop()
        path = address.partition("?")[0]
        known = path in paths and not path.startswith((f"/site/{SHOP}", "/static"))
        if known or address in seen or not path or path.startswith("#") or path == "/t.js":
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code in {200, 303}, address
        if path not in paths and answer.status_code == 200 and "html" in answer.headers["content-type"]:
            page = Page(answer.text)
            posts = {form["action"] for form in page.all("form", method="post")}
            todo += [found for found in page.addresses() if found not in posts]
        paths.add(path)
    assert len(paths) > 30
    assert len(seen) > len(paths) + 30


@pytest.mark.parametrize("way", ["mount", "root_path"])
def test_a_base_path_is_in_every_address(world: World, way: str) -> None:
    """Under /stats every link, file and form is under /stats, whether the proxy keeps the prefix or says it."""
    base = "/stats"
    client = world.stranger(base)
    if way == "root_path":
        client._transport.app = world.app()  # type: ignore[attr-defined]  # no mount: the server names its root path
        client._transport.root_path = base  # type: ignore[attr-defined]  # as uvicorn --root-path does
    login = client.get(f"{base}/site/{SHOP}").headers["location"]
    assert login.startswith("/stats/login?next=%2Fstats%2Fsite")
    answer = client.post(login, data={"name": "anna", "password": PASSWORD}, headers=OWN)
    assert answer.headers["location"] == f"/stats/site/{SHOP}"
    for path in (f"/site/{SHOP}", f"/site/{SHOP}/panel/pages", "/", "/login", "/demo", f"/site/{SHOP}/snippet"):
        page = client.get(base + path)
        assert page.status_code == 200, path
        for address in Page(page.text).addresses():
            assert address.startswith(("/stats/", "?", "#")), address
    assert "http://stats.example/stats/t.js" in client.get(f"{base}/site/ny.example").text


def test_the_files_are_kept_for_good_and_change_their_address(world: World) -> None:
    """A file's address holds the hash of its content, its answer says a year, and any other version is gone."""
    client = world.stranger()
    for name in ("trekvart.css", "trekvart.js", "mark.svg"):
        answer = client.get("/static/" + assets.address(name))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.content == assets.assets()[name].body
        assert client.get(f"/static/other/{name}").status_code == 404
    assert client.get(f"/static/{PATHS['version']}/..%2Fwords.py").status_code == 404


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_plotly_comes_from_the_installed_package(world: World, encoding: str) -> None:
    """The library is ours to serve: whole, packed for who can unpack it, kept for good."""
    client = world.stranger()
    answer = client.get("/static/" + assets.address("plotly.min.js"), headers={"Accept-Encoding": encoding})
    assert answer.content == charts.library_file().read_bytes()
    assert answer.headers.get("content-encoding", "identity") == encoding
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    if encoding == "gzip":
        assert int(answer.headers["content-length"]) < 1_500_000


def test_a_page_is_packed_for_who_can_unpack_it(world: World) -> None:
    """The same page, in a tenth of the bytes."""
    client = world.anna()
    packed, plain = (client.get(f"/site/{SHOP}", headers={"Accept-Encoding": e}) for e in ("gzip", "identity"))
    assert packed.text == plain.text
    assert int(packed.headers["content-length"]) * 5 < int(plain.headers["content-length"])


# -- the demo ------------------------------------------------------------------------------------------------------


def test_the_demo_s_pages_carry_the_script(world: World) -> None:
    """Every page of the shop is counted like any site's, for the demo's own site."""
    client = world.stranger()
    for path in ("/demo", *(f"/demo/{name}" for name in demo.GOODS)):
        page = Page(client.get(path).text)
        script = page.one("script", src="/t.js")
        assert (script["data-site"], script["data-test"]) == ("demo.example", "on")


def test_the_crowd_walks_pages_that_are_there(world: World) -> None:
    """Every page that a made-up visitor sees is one that a real visitor can open."""
    for path in crowd.PAGES:
        assert world.stranger().get(path).status_code == 200, path


def test_the_button_sends_a_crowd(world: World) -> None:
    """One press sends one crowd, and the page says how many are on the way."""
    client = world.stranger()
    form = next(f for f in Page(client.get("/demo").text).all("form") if "crowd" in f["action"])
    before = len(sent)
    answer = client.post(form["action"], headers=OWN)
    assert sent[before:] == [demo.CROWD]
    page = Page(client.get(answer.headers["location"].partition("#")[0] + "&lang=en").text)
    assert f"{demo.CROWD} made-up visitors are on the way" in page.one("p", class_="notice").words


def test_without_a_crowd_there_is_no_demo(tmp_path: Path) -> None:
    """A server that is no demo has no demo page, not even for who knows the address."""
    world = World.build(tmp_path)
    world.site("demo.example", demo=True, publish_seconds=5, k=5)
    for path in ("/demo", "/demo/skor"):
        assert world.anna().get(path).status_code == 404
    assert world.anna().post("/demo/crowd", headers=OWN).status_code == 404
    world.close()


@pytest.mark.parametrize(("visits", "shown"), [(40, False), (400, True)])
def test_hours_are_shown_where_traffic_gives_them_meaning(tmp_path: Path, visits: int, shown: bool) -> None:
    """From 12 k visits a day: bars an hour and a heat map. Below, neither, and a sentence says why."""
    world = World.build(tmp_path)
    shop.fill(world.store, world.site(SHOP), TODAY, days=9, hours_today=14, visits=visits)
    client = world.anna()
    for query in ("period=today", "period=yesterday", "period=7d", "period=7d&by=hour"):
        page = Page(client.get(f"/site/{SHOP}?{query}&lang=en").text)
        told = [one.words for one in page.all("p") if "Hours are shown from about 120 visits a day" in one.words]
        assert bool(told) is not shown, query
        assert (len(page.all("rect", height="100%", rx="3")) >= 7 * 24) is (shown and "7d" in query), query
        plots = len(page.all("div", data_figure="figure-time"))
        assert plots == (1 if shown or "7d" in query else 0), query
        if "hour" in query:
            rows = page.one("details", class_="numbers").words.count("\N{EN DASH}")
            assert (rows > 150) is shown
    world.close()


def test_a_heat_map_needs_seven_days(tmp_path: Path) -> None:
    """A site three days old has bars by the hour, and of the week a sentence in place of a map that is mostly empty."""
    world = World.build(tmp_path)
    shop.fill(world.store, world.site(SHOP), TODAY, days=3, hours_today=14, visits=400)
    page = Page(world.anna().get(f"/site/{SHOP}?lang=en").text)
    assert "when the period has figures of seven days" in page.one("section", class_="rhythm").words
    assert not page.all("rect", class_="heat-8")
    world.close()


def test_a_period_before_the_site_leads_to_its_first_day(world: World) -> None:
    """What lies before the first figures says so, and the first day is one link away."""
    client = world.anna()
    page = Page(client.get("/site/gammal.example?period=day&date=2015-05-14&lang=en").text)
    notice = page.one("p", class_="notice")
    assert notice.words.startswith("Nothing was counted before 15 May 2015.")
    link = page.within(notice, "a")[0]
    assert link.words == "Show the first day: 15 May 2015"
    there = Page(client.get(link["href"]).text)
    assert not there.all("p", class_="notice")
    assert int(there.all("span", class_="value")[0].words) > 10


def test_a_list_switches_to_its_chart_and_back(world: World) -> None:
    """On the overview, by an address: the figure has the list's names, and the list stays; a made-up name is none."""
    client = world.anna()
    address = next(
        link["href"]
        for link in Page(client.get(f"/site/{SHOP}?lang=en").text).all("a")
        if link.words == "Chart: Channels"
    )
    assert "sources=channels" in address
    shown = Page(client.get(address.partition("#")[0] + "%2Cnonsense").text)
    figure = json.loads(shown.one("script", id="figure-channels").words)
    assert {"Direct", "waiting"} <= set(figure["layout"]["yaxis"]["ticktext"])
    back = next(link["href"] for link in shown.all("a") if link.words == "List: Channels")
    assert "chart=" not in back


@pytest.mark.parametrize(
    ("language", "title", "advice"),
    [("en", "The server is busy", "load the page again"), ("sv", "Servern är upptagen", "ladda sidan igen")],
)
def test_a_database_that_does_not_answer_is_a_busy_server(
    tmp_path: Path, language: str, title: str, advice: str, caplog: pytest.LogCaptureFixture
) -> None:
    """503 with what to do and when, in the reader's language; the reason is in the log and not on the page."""
    world = World.build(tmp_path)
    shop.fill(world.store, world.site(SHOP), TODAY, days=1, hours_today=14)
    client = world.anna()
    world.store.close()
    answer = client.get(f"/site/{SHOP}", headers={"Accept": "text/html", "Accept-Language": language})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert Page(answer.text).one("h1").words == title
    assert advice in answer.text
    assert "store.duckdb" not in answer.text
    machine = client.get(f"/api/sites/{SHOP}/overview", headers={"Accept-Language": language})
    assert (machine.status_code, machine.json()) == (503, {"error": title})
    assert "A page could not be shown" in caplog.text
    world.control.close()


@pytest.mark.parametrize(
    ("language", "told", "of_india"),
    [
        ("en", "nothing has been published since Wed 28 Oct 2026 13:59.", "2026 17:59."),
        ("sv", "inget har publicerats sedan ons 28 okt. 2026 13:59.", "2026 17:59."),
    ],
)
def test_who_cannot_mend_the_server_hears_that_figures_may_be_late(
    tmp_path: Path, language: str, told: str, of_india: str
) -> None:
    """And since when, by the site's own clock; without a time where there is none; nobody while all is well."""
    world = World.build(tmp_path)
    india = world.site("india.example", time_zone="Asia/Kolkata")
    sites = (world.site(SHOP), world.site("ny.example"), india)
    shop.fill(world.store, sites[0], TODAY, days=1, hours_today=14)
    shop.fill(world.store, india, TODAY, days=1, hours_today=18)
    roles = {site.id: Role.VIEWER for site in sites}
    world.deps.accounts.add("vera", PASSWORD, NOW, administrator=False, sites=roles)
    late = words(language)("health.late")
    paths = (f"/site/{SHOP}", f"/site/{SHOP}/goals", "/site/india.example", "/site/ny.example", "/", "/account")
    query = f"?lang={language}"
    well = world.anna(name="vera")
    assert not [path for path in paths if 'class="unwell"' in well.get(path + query).text]
    world.deps = structs.replace(world.deps, findings=lambda: ([Finding("disk_full", "bad")], NOW))
    vera, anna = world.anna(name="vera"), world.anna()
    overview, goals, of_the_other, new, home, own = (
        Page(vera.get(path + query).text).one("p", class_="unwell").words for path in paths
    )
    assert told in overview
    assert goals == overview
    assert of_india in of_the_other
    assert new == home == own == late
    seen = Page(anna.get(f"/site/{SHOP}{query}").text).one("p", class_="unwell").words
    assert seen == words(language)("health.unwell")
    world.close()
