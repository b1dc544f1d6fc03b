"""Every route, every role, default deny. The routes are the application's own: one not declared here fails."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import Struct
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient

from collector.foreign import ForeignEndpoint
from collector.settings import Settings
from dashboard import assets
from dashboard.app import compose
from dashboard.export_task import Directory, Task
from dashboard.frame import Screen
from dashboard.guard import HEADERS
from dashboard.roles import Role
from dashboard.schedules import Schedules
from tests import shop
from tests.markup import Page
from tests.running import PASSWORD
from tests.staff import NOW, OWN, TODAY, World

OPEN = "open"  # for all, and says nothing of any site
SECRET = "secret"  # for who has the secret in its path (an invitation): 404 for everybody else
BEACON = "beacon"  # the collector's: no session is read there at all
VIEWER, ANALYST, ADMINISTRATOR = Role.VIEWER, Role.ANALYST, Role.ADMINISTRATOR

# Who may. A new route gets its line here, by a hand that thought about it. With {domain}: the role at that site;
# without: viewer is everybody with an account, administrator one of the server.
DECLARED: dict[str, str] = {
    "POST /t": BEACON,
    "OPTIONS /t": BEACON,
    "GET /t.gif": BEACON,
    "GET /t.js": BEACON,
    "GET /t.HASH.js": BEACON,
    "GET /optout.js": BEACON,
    "GET /health": BEACON,
    "GET /api/sites/{domain}/overview": VIEWER,
    "GET /api/sites/{domain}/drill": VIEWER,
    "GET /api/sites/{domain}/drops": VIEWER,
    "POST /api/v2/query": VIEWER,
    "GET /api/openapi.json": OPEN,
    "GET /": VIEWER,
    "GET /login": OPEN,
    "POST /login": OPEN,
    "POST /logout": VIEWER,
    "GET /login/code": OPEN,
    "POST /login/code": OPEN,
    "GET /welcome/{token}": SECRET,
    "POST /welcome/{token}": SECRET,
    "GET /account": VIEWER,
    "POST /account/password": VIEWER,
    "GET /account/second-factor": VIEWER,
    "POST /account/second-factor": VIEWER,
    "POST /account/second-factor/confirm": VIEWER,
    "POST /account/second-factor/remove": VIEWER,
    "POST /account/sessions/end": VIEWER,
    "POST /account/tokens": ANALYST,
    "POST /account/tokens/end": VIEWER,
    "GET /accounts": ADMINISTRATOR,
    "POST /accounts": ADMINISTRATOR,
    "GET /accounts/{name}": ADMINISTRATOR,
    "POST /accounts/{name}/access": ADMINISTRATOR,
    "POST /accounts/{name}/link": ADMINISTRATOR,
    "POST /accounts/{name}/sessions/end": ADMINISTRATOR,
    "POST /accounts/{name}/second-factor/remove": ADMINISTRATOR,
    "POST /accounts/{name}/remove": ADMINISTRATOR,
    "GET /static/{version}/{name}": OPEN,
    "GET /site/{domain}": VIEWER,
    "GET /site/{domain}/panel/{name}": VIEWER,
    "GET /site/{domain}/csv": VIEWER,
    "GET /site/{domain}/csv/{name}": VIEWER,
    "GET /site/{domain}/annotations": VIEWER,
    "POST /site/{domain}/annotations": ANALYST,
    "POST /site/{domain}/annotations/remove": ANALYST,
    "GET /site/{domain}/goals": VIEWER,
    "POST /site/{domain}/goals": ADMINISTRATOR,
    "POST /site/{domain}/goals/remove": ADMINISTRATOR,
    "GET /site/{domain}/drops": VIEWER,
    "GET /site/{domain}/beside": VIEWER,
    "POST /site/{domain}/beside": ADMINISTRATOR,
    "GET /site/{domain}/beside.csv": VIEWER,
    "GET /site/{domain}/snippet": VIEWER,
    "GET /site/{domain}/check": VIEWER,
    "GET /opt-out": OPEN,
    "GET /opt-out/{site}": OPEN,
    "GET /audit": ADMINISTRATOR,
    "GET /health/page": ADMINISTRATOR,
    "POST /health/seen": ADMINISTRATOR,
    "GET /metrics": SECRET,
    "GET /privacy": OPEN,
    "GET /privacy/{site}": OPEN,
    "GET /documents/{kind}": ADMINISTRATOR,
    "GET /extract": ADMINISTRATOR,
    "POST /extract": ADMINISTRATOR,
    "GET /site/{domain}/settings": ADMINISTRATOR,
    "POST /site/{domain}/settings": ADMINISTRATOR,
    "POST /site/{domain}/settings/names": ADMINISTRATOR,
    "POST /site/{domain}/settings/senders": ADMINISTRATOR,
    "GET /sites/new": ADMINISTRATOR,
    "POST /sites/new": ADMINISTRATOR,
    "GET /site/{domain}/sharing": ADMINISTRATOR,
    "POST /site/{domain}/sharing": ADMINISTRATOR,
    "POST /site/{domain}/sharing/{share}/revoke": ADMINISTRATOR,
    "GET /site/{domain}/exports": ADMINISTRATOR,
    "POST /site/{domain}/exports": ADMINISTRATOR,
    "GET /site/{domain}/exports/{schedule}": ADMINISTRATOR,
    "POST /site/{domain}/exports/{schedule}": ADMINISTRATOR,
    "POST /site/{domain}/exports/{schedule}/pause": ADMINISTRATOR,
    "POST /site/{domain}/exports/{schedule}/remove": ADMINISTRATOR,
    "POST /site/{domain}/exports/{schedule}/run": ADMINISTRATOR,
    "POST /site/{domain}/exports/runs/{run}": ADMINISTRATOR,
    "POST /unlock": OPEN,
    "GET /demo": OPEN,
    "POST /demo/crowd": OPEN,
    "GET /demo/{page}": OPEN,
}
# What stands in the braces; by route where the usual does not lead anywhere.
SAMPLES = {
    "kind": "policy",
    "site": "ours.example",
    "share": "1",
    "token": "no-such-invitation",
    "schedule": "1",
    "run": "1",
    "name": "pages",
    "page": "skor",
    "version": assets.address("trekvart.css").split("/")[0],
}
SAMPLES_OF = {"GET /static/{version}/{name}": {"name": "trekvart.css"}, "GET /accounts/{name}": {"name": "viewer"}}

OURS, THEIRS = "ours.example", "secret-neighbour.example"
# The form of a schedule is that of one's own site; number 1 is what other routes change and remove.
SCHEDULES = {OURS: "2", THEIRS: "3"}


class Who(NamedTuple):
    """A column: an account, its role at our site (nobody but the server's administrator has one at theirs)."""

    name: str
    ours: Role | None
    administrator: bool = False


STAFF = (
    Who("", None),
    Who("nobody", None),
    Who("viewer", VIEWER),
    Who("analyst", ANALYST),
    Who("owner", ADMINISTRATOR),
    Who("anna", ADMINISTRATOR, administrator=True),
)


class Place(Struct):
    """The whole application over two sites, and the browsers of all of the staff."""

    app: Starlette
    browsers: dict[str, TestClient]

    def routes(self) -> dict[str, Route]:
        return {text: route for route in self.app.routes for text, route in written(route)}


def written(route: BaseRoute) -> Iterator[tuple[str, Route]]:
    """A route as it is declared. What is no plain route (a mount, a socket) is not understood here, so it fails."""
    assert isinstance(route, Route), f"{route} is no Route: nobody knows who may use it"
    path = re.sub(r"^/t\.[\w-]{6,}\.js$", "/t.HASH.js", route.path)
    for method in sorted((route.methods or {"ANY"}) - {"HEAD"}):
        yield f"{method} {path}", route


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    directory = tmp_path_factory.mktemp("access")
    world = World.build(directory)
    ours, theirs = world.site(OURS), world.site(THEIRS)
    world.site("demo.localhost", demo=True, publish_seconds=5, k=5)
    for site in (ours, theirs):
        shop.fill(world.store, site, TODAY, days=3, hours_today=14)
    for site in (ours, ours, theirs):
        Schedules(world.control).add(site.id, "x", "0 7 1 * *", Task(destinations=(Directory("."),)), NOW)
    for who in STAFF:
        if who.name not in {"", "anna"}:
            sites = {ours.id: who.ours} if who.ours else {}
            world.deps.accounts.add(who.name, PASSWORD, NOW, administrator=False, sites=sites)
    whole = compose(Settings(data_directory=directory), world.control, world.store, lambda: None)
    app = whole._app._app  # type: ignore[attr-defined]  # behind what takes beacons first, and what knows links
    browsers = {}
    for who in STAFF:
        browser = TestClient(app, "http://stats.example", raise_server_exceptions=False, follow_redirects=False)
        if who.name:
            assert browser.post("/login", data={"name": who.name, "password": PASSWORD}, headers=OWN).status_code == 303
        browsers[who.name] = browser
    yield Place(app, browsers)
    world.close()


def test_every_route_is_declared(place: Place) -> None:
    """The application has exactly the routes of the table: a new one fails here until somebody said who may."""
    own = {text for text, route in place.routes().items() if not is_foreign(route)}
    assert own == set(DECLARED)


def is_foreign(route: Route) -> bool:
    """Whether it takes beacons in another tool's words: those routes have a table of their own, and read no session."""
    return isinstance(getattr(route.endpoint, "__self__", None), ForeignEndpoint)


def may(who: Who, needed: str, domain: str) -> bool:
    """The rule, written a second time and in other words than dashboard/roles.py."""
    if who.administrator:
        return True
    if not domain:
        return needed == VIEWER or (needed == ANALYST and who.ours in {ANALYST, ADMINISTRATOR})
    enough = {VIEWER: {VIEWER, ANALYST, ADMINISTRATOR}, ANALYST: {ANALYST, ADMINISTRATOR}}
    return domain == OURS and who.ours in enough.get(Role(needed), {ADMINISTRATOR})


@pytest.mark.parametrize("who", STAFF, ids=lambda who: who.name or "stranger")
@pytest.mark.parametrize("route", [one for one in DECLARED if DECLARED[one] not in {OPEN, SECRET, BEACON}])
def test_every_route_for_every_role(place: Place, route: str, who: Who) -> None:
    """Whoever may gets in, everybody else does not, and nobody's answer names a site that is not theirs."""
    method, path = route.split(" ")
    browser = place.browsers[who.name]
    if route == "POST /logout":
        return  # tested below: it would end the browser's session
    for domain in (OURS, THEIRS, "there-is-none.example") if "{domain}" in path else ("",):
        sample = SAMPLES | SAMPLES_OF.get(route, {}) | {"domain": domain}
        if method == "GET":
            sample["schedule"] = SCHEDULES.get(domain, "1")
        filled = path.format_map(sample)
        answer = browser.request(method, filled, headers=OWN)
        to_login = answer.headers.get("location", "").startswith("/login")
        machine = path.startswith("/api/")
        if not who.name:
            assert answer.status_code == 401 if machine else to_login, (filled, answer.status_code)
        elif domain == "there-is-none.example" or (domain and not may(who, VIEWER, domain)):
            assert answer.status_code == 404, (filled, answer.status_code)
        elif not may(who, DECLARED[route], domain):
            assert answer.status_code == 403, (filled, answer.status_code)
        else:
            refused = {401, 403, 405, 500} | ({404} if method == "GET" else set())
            assert answer.status_code not in refused, (filled, answer.status_code)
            assert not to_login
        if not may(who, VIEWER, THEIRS):
            assert THEIRS not in answer.text.replace(filled, "")
        if not may(who, VIEWER, OURS):
            assert OURS not in answer.text.replace(filled, "")


def test_a_site_of_others_looks_like_none(place: Place) -> None:
    """Byte for byte: who may not see a site cannot tell whether it is there."""
    for route in DECLARED:
        if "{domain}" in route and route.startswith("GET"):
            _, path = route.split(" ")
            texts = []
            for domain in (THEIRS, "x" * (len(THEIRS) - 8) + ".example"):
                filled = path.format_map(SAMPLES | {"domain": domain})
                answer = place.browsers["owner"].get(filled, headers={"Accept": "text/html"})
                texts.append((answer.status_code, answer.text.replace(domain, "")))
            assert texts[0] == texts[1], route


def test_a_secret_path_without_its_secret(place: Place) -> None:
    """An invitation that is none looks like no page at all, to strangers and administrators alike."""
    for route in (one for one in DECLARED if DECLARED[one] == SECRET):
        method, path = route.split(" ")
        for browser in place.browsers.values():
            for token in ("x", "a" * 43, "%00", "..%2f"):
                data = {"password": "a long enough password"}
                answer = browser.request(method, path.format(token=token), data=data, headers=OWN)
                assert answer.status_code == 404, (route, token)


def test_open_routes_name_no_site(place: Place) -> None:
    """What is open to all says nothing of the sites there are, signed in or not. The notice does: it is about them."""
    for route in (one for one in DECLARED if DECLARED[one] == OPEN and one.startswith("GET")):
        if route.startswith("GET /privacy"):
            continue
        path = route.split(" ")[1].format_map(SAMPLES | SAMPLES_OF.get(route, {}))
        for browser in place.browsers.values():
            answer = browser.get(path)
            assert answer.status_code == 200, path
            assert OURS not in answer.text or OURS in path  # a notice names the site it was asked about
            assert THEIRS not in answer.text


@pytest.mark.parametrize("route", [one for one in DECLARED if DECLARED[one] != BEACON])
def test_every_route_has_the_strict_policy(place: Place, route: str) -> None:
    """Every answer of every route, to a stranger and an administrator: all headers, nothing inline, no new cookie."""
    method, path = route.split(" ")
    if route in {"POST /logout", "POST /demo/crowd"}:  # the one ends the session, the other sends a crowd for seconds
        return
    filled = path.format_map(SAMPLES | SAMPLES_OF.get(route, {}) | {"domain": OURS, "token": "x"})
    for name in ("", "anna"):
        for headers in (OWN, {}):
            answer = place.browsers[name].request(method, filled, headers={**headers, "Accept": "text/html"})
            assert {key: answer.headers.get(key) for key in HEADERS} == dict(HEADERS), (route, answer.status_code)
            assert "set-cookie" not in answer.headers
            if answer.headers.get("content-type", "").startswith("text/html"):
                Page(answer.text).check_inert()
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert not any(word in policy for word in ("unsafe", "data:", "http:", "https:", "*"))


def test_a_screen_that_says_nothing_is_for_administrators() -> None:
    """Default deny: who forgets `needs` has made a screen for the administrators of the server."""
    screen = Screen("/new", "new", lambda ask: ask.redirect("/"))
    assert screen.needs is Role.ADMINISTRATOR
    assert not screen.open


@pytest.mark.parametrize("name", ["viewer", "owner"])
def test_the_list_of_sites_is_one_s_own(place: Place, name: str) -> None:
    """The home page leads straight to the only site one may see, and the switcher has no other."""
    browser = place.browsers[name]
    assert browser.get("/").headers["location"] == f"/site/{OURS}"
    assert f"/site/{OURS}" in browser.get(f"/site/{OURS}").text
    assert "/site/demo.localhost" not in browser.get(f"/site/{OURS}").text


def test_a_role_that_is_taken_away_is_away_at_once(tmp_path: Path) -> None:
    """No session outlives the roles it began with."""
    world = World.build(tmp_path)
    site = world.site(OURS)
    world.deps.accounts.add("bo", PASSWORD, NOW, administrator=False, sites={site.id: VIEWER})
    browser = world.anna(name="bo")
    assert browser.get(f"/site/{OURS}").status_code == 200
    world.deps.accounts.set_access("bo", administrator=False, sites={})
    assert browser.get(f"/site/{OURS}").status_code == 303
    assert world.anna(name="bo").get(f"/site/{OURS}").status_code == 404
    world.close()
