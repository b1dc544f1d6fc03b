"""Pictures of every screen, kept to be looked at: `tests/artifacts/screens/`, three looks of each."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, Literal

import pytest
from playwright.sync_api import Page

from dashboard import elsewhere, pages
from dashboard.export_task import Bucket, Directory, Mail, Task
from dashboard.exports import Format
from dashboard.finding import Finding
from dashboard.goals import Kind
from dashboard.roles import Role
from dashboard.runs import Result, Runs
from dashboard.schedules import Schedules
from dashboard.tokens import Scope
from tests import shop
from tests.browser.conftest import ARTIFACTS, DRAWN, SHOP, Enter, Served
from tests.running import PASSWORD
from tests.staff import NOW, TODAY

pytestmark = pytest.mark.xdist_group("dashboard")

SITE: Final = "galleri.example"
HERE: Final = f"/site/{SITE}"
# By language, for each is one walk: what the window is like for each picture.
LOOKS: Final[Mapping[str, Mapping[str, tuple[int, Literal["light", "dark"]]]]] = {
    "en-GB": {"desktop-en": (1280, "light")},
    "sv-SE": {"phone-sv": (390, "light"), "dark-sv": (1280, "dark")},
}
# Of every route that shows a screen: the pictures by name, and where each is. `{welcome}` and the like: of `made`.
WALK: Final[Mapping[str, Mapping[str, str]]] = {
    "/": {"sites": "/"},
    "/site/{domain}": {
        "overview": HERE,
        "overview-today": f"{HERE}?period=today",
        "overview-drilled": f"{HERE}?only=channel:search",
        "overview-chart": f"{HERE}?chart=channels&sources=channels",
        "overview-period-menu": f"{HERE}?period=28d",
        "empty-site": "/site/ny.example",
        "empty-period": f"{HERE}?period=day&date=2026-10-01",
        "before-the-site": "/site/gammal.example?period=day&date=2015-05-14",
        "after-the-last": "/site/gammal.example",
        "period-wrong": f"{HERE}?period=nonsense",
        "shared": "{shared}site/" + SITE,
        "shared-locked": "{locked}site/" + SITE,
        "shared-revoked": "/shared/nothing/",
        "public": f"/public/{SITE}/site/{SITE}",
        "error-404": "/site/none.example",
    },
    "/site/{domain}/panel/{name}": {
        "list-pages": f"{HERE}/panel/pages",
        "list-chart": f"{HERE}/panel/pages?view=chart",
        "list-flow": f"{HERE}/panel/flow?view=chart",
        "list-durations": f"{HERE}/panel/durations",
        "list-nothing-found": f"{HERE}/panel/pages?q=nothing-such",
        "list-empty": "/site/ny.example/panel/pages",
    },
    "/site/{domain}/annotations": {
        "annotations": f"{HERE}/annotations",
        "annotations-empty": f"/site/{SHOP}/annotations",
    },
    "/site/{domain}/goals": {"goals": f"{HERE}/goals", "goals-empty": f"/site/{SHOP}/goals"},
    "/site/{domain}/drops": {"drops": f"{HERE}/drops", "drops-empty": "/site/ny.example/drops"},
    "/site/{domain}/beside": {
        "beside": f"{HERE}/beside",
        "beside-empty": "/site/ny.example/beside",
        "import-preview": f"{HERE}/beside",
    },
    "/site/{domain}/snippet": {
        "snippet": f"{HERE}/snippet",
        "snippet-waits": "/site/ny.example/snippet?for=wordpress",
    },
    "/site/{domain}/check": {"check": f"{HERE}/check"},
    "/site/{domain}/settings": {"settings": f"{HERE}/settings"},
    "/site/{domain}/sharing": {"sharing": f"{HERE}/sharing", "sharing-empty": "/site/ny.example/sharing"},
    "/site/{domain}/exports": {"exports": f"{HERE}/exports", "exports-empty": "/site/ny.example/exports"},
    "/site/{domain}/exports/{schedule}": {"export": f"{HERE}/exports/{{schedule}}"},
    "/sites/new": {"new-site": "/sites/new"},
    "/accounts": {"accounts": "/accounts"},
    "/accounts/{name}": {"account-of-other": "/accounts/galleri-vera"},
    "/account": {"account": "/account", "account-changed": "/account?done=password"},
    "/account/second-factor": {"second-factor": "/account/second-factor"},
    "/audit": {"audit": "/audit"},
    "/health/page": {"health": "/health/page"},
    "/documents/{kind}": {"paper": "/documents/policy"},
    "/extract": {"extract": "/extract", "extract-found": "/extract"},
    "/privacy": {"notice": "/privacy"},
    "/privacy/{site}": {"notice-of": f"/privacy/{SITE}"},
    "/opt-out": {"opt-out": "/opt-out"},
    "/opt-out/{site}": {"opt-out-of": f"/opt-out/{SITE}"},
    "/login": {"login": "/login", "login-refused": "/login"},
    "/login/code": {"login-code": "/login/code"},
    "/welcome/{token}": {"welcome": "/welcome/{welcome}"},
    "/demo": {"demo": "/demo", "demo-sent": "/demo?sent=150"},
    "/demo/{page}": {"demo-page": "/demo/ullmossa"},
}
# Routes that show no screen: files and answers for programs.
FILES: Final = frozenset(
    {
        "/static/{version}/{name}",
        "/site/{domain}/csv",
        "/site/{domain}/csv/{name}",
        "/site/{domain}/beside.csv",
        "/metrics",
    }
)
FOUND: Final = (
    Finding("disk_full", "bad", {"path": "/srv/trekvart/data", "floor": "500"}),
    Finding("backup_none", "warn", {"path": "/srv/backup"}),
    Finding("store_ok"),
    Finding("server_on"),
)


REFUSED: Final = frozenset({"shared-locked", "shared-revoked", "error-404"})


def ask_extract(page: Page) -> None:
    page.fill("input[name=address]", "198.51.100.7")
    page.click("form[action$='/extract'] button")


def preview_import(page: Page) -> None:
    page.fill(
        "textarea", "# Start date: 20250901\n# End date: 20250902\nNth day,Sessions,Views\n0000,90,300\n0001,80,310\n"
    )
    page.click("button[value=preview]")


def log_in_wrong(page: Page) -> None:
    page.fill("input[name=name]", "galleri-ingen")
    page.fill("input[name=password]", "x")
    page.click("form.login button")


# What is done on a screen before its picture.
ACTS: Final[Mapping[str, Callable[[Page], None]]] = {
    "overview-period-menu": lambda page: page.locator(".period summary").click(),
    "extract-found": ask_extract,
    "import-preview": preview_import,
    "login-refused": log_in_wrong,
}


@pytest.fixture(scope="module")
def made(served: Served) -> dict[str, str]:
    """A site where every screen has something to show; what its addresses hold that is made by chance."""
    world = served.world
    control, accounts, shares = world.control, world.deps.accounts, world.deps.shares
    site = world.site(SITE, name="Galleriet", optout="/integritet")
    shop.fill(world.store, site, TODAY, days=35, hours_today=14, hourly=2)
    for kind, value in ((Kind.EVENT, "kop"), (Kind.PAGE, "/kassa"), (Kind.EVENT, "sällan")):
        control.write("add_goal", site=site.id, kind=kind, value=value)
    control.write("add_annotation", site=site.id, day="2026-10-20", text="Nyhetsbrev 42: höstens ytterkläder")
    days = [TODAY - timedelta(days=back) for back in range(1, 8)]
    elsewhere.keep(control, site.id, "ga4", {day: elsewhere.Day(500 + day.day, 150, 120, 90) for day in days})
    elsewhere.keep(control, site.id, "log", {day: elsewhere.Day(640 + day.day) for day in days})
    places = (Directory("manad"), Bucket("statistik-galleriet", "trekvart/manad", "https://s3.example", "eu-north-1"))
    monthly = Task(formats=(Format.CSV, Format.REPORT), destinations=places)
    schedules, runs = Schedules(control), Runs(control)
    schedules.add(site.id, "Varje månad till arkivet", "0 7 1 * *", monthly, NOW)
    schedules.add(site.id, "Ledningsgruppen", "0 7 * * 1", Task(destinations=(Mail(("chef@galleri.example",)),)), NOW)
    schedule = schedules.of_site(site.id)[-1].id
    for back, state in enumerate(("waiting", "running", "failed", "done")):
        span = (TODAY - timedelta(days=31 * (back + 1)), TODAY - timedelta(days=31 * back))
        number = runs.ask(site.id, span, monthly, NOW - back * 86_400_000, schedule)
        run = runs.get(number or 0)
        assert run is not None
        result = Result(error="No such place.", code="unreachable") if state == "failed" else Result()
        runs.put(
            run,
            state=state,
            begun=NOW - 95_000,
            ended=None if state in {"waiting", "running"} else NOW,
            progress=0.4,
            result=result,
        )
    accounts.add("galleri", PASSWORD, NOW)
    accounts.add("galleri-vera", PASSWORD, NOW, administrator=False, sites={site.id: Role.VIEWER})
    accounts.second_factor.begin(accounts.account("galleri"))
    accounts.tokens.add(accounts.account("galleri"), site.id, "Kalkylbladet", Scope.STATS, now=NOW, days=90)
    shares.publish(site, NOW)
    return {
        "shared": f"/shared/{shares.add(site, 'Byrån', '', NOW)}/",
        "locked": f"/shared/{shares.add(site, 'Styrelsen', PASSWORD, NOW)}/",
        "schedule": str(schedule),
        "welcome": accounts.invite("galleri-ny", NOW)[1],
    }


def test_every_route_that_shows_a_screen_is_walked(served: Served) -> None:
    """A new screen has its picture here, or is said to be a file."""
    assert {one.path for one in pages.screens(served.world.deps) if one.method == "GET"} == {*WALK, *FILES}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("language", LOOKS)
def test_pictures_of_every_screen(enter: Enter, made: Mapping[str, str], language: str) -> None:
    """Each answers, breaks no policy, and is no wider than the window; what it looks like is for people to judge."""
    visit = enter(language=language)
    place = ARTIFACTS / "screens"
    place.mkdir(parents=True, exist_ok=True)
    page, wide = visit.log_in("galleri").page, []
    for name, path in (pair for found in WALK.values() for pair in found.items()):
        visit.server.findings[:] = FOUND if name == "health" else ()
        answer = page.goto(visit.server.address + path.format_map(made))
        assert answer is not None
        assert (answer.status >= 400) == (name in REFUSED), (name, answer.status)
        assert answer.headers["content-type"].startswith("text/html"), name
        if name in ACTS:
            ACTS[name](page)
        for look, (width, scheme) in LOOKS[language].items():
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            if page.locator("[data-figure]").count():
                page.wait_for_selector(DRAWN)
            page.screenshot(path=place / f"{name}-{look}.png")
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(f"{name}-{look}")
    assert wide == []
    meant = (
        "verbose: ",  # Chromium's advice about forms
        "error: Failed to load resource: the server responded with a status of",  # pages that say what is not there
        "error: Refused to execute script",  # the demo's own t.js, which is the collector's
    )
    visit.complaints[:] = [one for one in visit.complaints if not one.startswith(meant)]
    visit.check_quiet()
