"""Claims of docs/security.md attacked by hand, as by someone who does not believe them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from collector.settings import Settings
from dashboard import pages
from dashboard.export_task import Directory, Task
from dashboard.roles import Role
from dashboard.runs import Runs
from dashboard.schedules import Schedules
from dashboard.tokens import Scope
from tests import shop
from tests.running import PASSWORD, RunningServer, add_site
from tests.staff import NOW, OWN, World

OURS, THEIRS = "ours.example", "theirs.example"
HOSTILE = (
    '/a"; filename="evil.exe',
    "/a\r\nSet-Cookie: a=b",
    '/a\\"b',
    '/é"z',
    "/a\x00b",
    "/../../etc/passwd",
    "/a;b=c",
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two sites; bo is an administrator of the one, and of nothing else."""
    made = World.build(tmp_path, settings=Settings(data_directory=tmp_path, metrics_token="a secret"))
    ours = made.site(OURS, k=5)
    made.site(THEIRS, k=5)
    shop.fill(made.store, ours, date(2026, 10, 27), days=3)
    made.deps.accounts.add("bo", PASSWORD, NOW, administrator=False, sites={ours.id: Role.ADMINISTRATOR})
    yield made
    made.close()


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_breaks_a_download_s_name(world: World, value: str) -> None:
    """A filter is in the name of its file: whatever it is, one attachment with one name, no folder, no other header."""
    address = f"/site/{OURS}/csv/channels?period=7d&only={quote('page:' + value)}"
    answer = world.anna().get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    kind, plain, coded = answer.headers["content-disposition"].split("; ")
    assert (kind, coded[:17]) == ("attachment", "filename*=UTF-8''")
    assert plain[:10] == 'filename="'
    assert set(plain[10:-1]).isdisjoint('"\\/;%\r\n\0')
    assert plain[10:-1].isprintable()
    assert set(coded[17:]).isdisjoint("/\\\"'; \r\n\0")
    assert "set-cookie" not in answer.headers


def test_a_download_has_that_name_on_the_wire(tmp_path: Path) -> None:
    """The same from a real server: the header arrives whole, and nothing of the value became another."""
    server = RunningServer(tmp_path)
    add_site(server, OURS)
    with server:
        server.login()
        for value in HOSTILE:
            answer = server.page(f"/site/{OURS}/csv/channels?only={quote('page:' + value)}")
            assert answer.status == 200, value
            assert "set-cookie" not in answer.headers
            assert answer.headers["content-disposition"].startswith("attachment; ")


def test_another_site_s_objects_are_out_of_reach(world: World) -> None:
    """By the number of a schedule, run, link, goal or note of another site, below one's own site's address: nothing."""
    theirs = world.control.site(THEIRS)
    task = Task(destinations=(Directory("ut"),))
    Schedules(world.control).add(theirs.id, "månad", "0 7 1 * *", task, NOW)
    run = Runs(world.control).ask(theirs.id, (date(2026, 9, 1), date(2026, 10, 1)), task, NOW)
    world.deps.shares.add(theirs, "byrån", "", NOW)
    world.anna().post(f"/site/{THEIRS}/annotations", data={"day": "2026-10-20", "text": "rea"}, headers=OWN)
    before = everything(world)
    bo, here = world.anna(name="bo"), f"/site/{OURS}"
    schedule, share = Schedules(world.control).all()[0], world.deps.shares.of(theirs)[0]
    assert bo.get(f"{here}/exports/{schedule.id}").status_code == 404
    for path in (
        *(f"{here}/exports/{schedule.id}{end}" for end in ("", "/pause", "/remove", "/run")),
        f"{here}/exports/runs/{run}",
        f"{here}/sharing/{share.id}/revoke",
    ):
        assert bo.post(path, data={"name": "x"}, headers=OWN).status_code == 404, path
    for screen in pages.SCREENS:
        if screen.method == "POST" and "{domain}" in screen.path:
            places = {"domain": OURS, "schedule": schedule.id, "run": run, "share": share.id}
            path = screen.path.format_map({**dict.fromkeys(("name", "panel", "kind", "id"), "1"), **places})
            bo.post(path, data={"id": "1", "act": "forget", "remove": "1"}, headers=OWN)
    assert everything(world) == before


def everything(world: World) -> list[object]:
    """What the control database has about the other site."""
    theirs = world.control.site(THEIRS)
    found: list[object] = [theirs, world.deps.shares.of(theirs), Runs(world.control).of_site(theirs.id)]
    found += [one for one in Schedules(world.control).all() if one.site == theirs.id]
    return [*found, world.control.read("annotations", site=theirs.id, begin="2026-01-01", end="2027-01-01")]


def signed_out(world: World) -> TestClient:
    browser = world.anna()
    browser.post("/logout", headers=OWN)
    return browser


def test_private_answers_are_kept_by_no_cache(world: World) -> None:
    """Every page, file and answer about a site or an account, for who may and who may not, says no-store."""
    kinds = {screen.path for screen in pages.SCREENS if screen.method == "GET" and not screen.open}
    paths = [
        path.format(domain=OURS, panel="pages", name="pages", kind="policy", schedule=1)
        for path in kinds
        if not {"{token}", "{share}"} & set(path.split("/"))
    ]
    paths += [f"/api/sites/{OURS}/{name}" for name in ("overview", "drops", "series")] + ["/api/sites", "/metrics"]
    assert len(paths) > 20
    for browser in (world.anna(), world.stranger(), signed_out(world)):
        for path in paths:
            assert browser.get(path).headers["cache-control"] == "no-store", path


def test_a_door_without_its_secret_is_closed(world: World) -> None:
    """Metrics ask for their token by the header alone; where none is set there is no such page."""
    browser = world.stranger()
    for given in ("", "Bearer ", "Bearer x", "Basic a secret", "bearer a secret", "Bearer a secret x"):
        assert browser.get("/metrics", headers={"Authorization": given}).status_code in {401, 404}, given
    assert browser.get("/metrics?token=a%20secret").status_code in {401, 404}
    assert browser.get("/metrics", headers={"Authorization": "Bearer a secret"}).status_code == 200


def test_no_listing_no_trace_no_metrics(tmp_path: Path) -> None:
    """On a real server as it comes: no folder is listed, TRACE sends nothing back, and there is no /metrics."""
    with RunningServer(tmp_path) as server:
        for path in ("/static", "/static/", "/t/", "/site/", "/api/", "/.git/HEAD"):
            assert server.request("GET", path).status in {303, 404}, path
        answer = server.request("TRACE", "/login", headers={"X-Canary": "kanariefågel".encode().hex()})
        assert answer.status == 405
        assert b"fb676" not in answer.body
        for given in ("", "Bearer ", "Bearer None"):
            assert server.request("GET", "/metrics", headers={"Authorization": given}).status == 404


def test_of_doubled_parameters_the_last_counts(world: World) -> None:
    """In a query and in a form; and a form's field is never taken from the query."""
    anna = world.anna()
    overview = f"/api/sites/{OURS}/overview"
    assert anna.get(f"{overview}?period=30d&period=7d").json() == anna.get(f"{overview}?period=7d").json()
    browser = world.stranger()
    form = f"name=anna&password=wrong-one-first&password={quote(PASSWORD)}"
    headers = OWN | {"Content-Type": "application/x-www-form-urlencoded"}
    assert (
        browser.post(f"/login?name=anna&password={quote(PASSWORD)}", data={"name": "anna"}, headers=OWN).status_code
        == 401
    )
    assert browser.post("/login", content=form, headers=headers).status_code == 303


def test_a_token_is_no_session_and_a_session_no_token(world: World) -> None:
    """A token opens no screen as a cookie, a session answers to no Bearer, and neither works in an address."""
    anna = world.deps.accounts.account("anna")
    ours = world.control.site(OURS)
    token = world.deps.accounts.tokens.add(anna, ours.id, "test", Scope.STATS, now=NOW)
    browser = world.stranger()
    browser.cookies.set("trekvart", token)
    assert browser.get(f"/site/{OURS}").status_code == 303
    session = world.anna().cookies["trekvart"]
    overview = f"/api/sites/{OURS}/overview"
    plain = world.stranger()
    for given in (f"Bearer {session}", f"Bearer trk_{session}", f"Basic {token}", token):
        assert plain.get(overview, headers={"Authorization": given}).status_code == 401, given
    for query in (f"token={token}", f"access_token={token}", f"trekvart={session}"):
        assert plain.get(f"{overview}?{query}").status_code == 401, query
    assert plain.get(overview, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert plain.get(f"/api/sites/{THEIRS}/overview", headers={"Authorization": f"Bearer {token}"}).status_code == 404


def test_a_link_s_cookie_is_bound_to_https_too(tmp_path: Path) -> None:
    """Where the outside is https it is Secure and says so in its name; one without that name opens nothing."""
    world = World.build(tmp_path, settings=Settings(public_url="https://stats.example"))
    token = world.deps.shares.add(world.site(OURS), "byrån", "sommar-och-sol", NOW)
    guest = world.stranger(address="https://stats.example")
    opened = guest.post(f"/shared/{token}/unlock", data={"password": "sommar-och-sol"}, headers=OWN)
    name, _, value = opened.headers["set-cookie"].partition(";")[0].partition("=")
    assert name == "__Secure-trekvart-link-1"
    assert "Secure" in opened.headers["set-cookie"].split("; ")
    assert guest.get(f"/shared/{token}/site/{OURS}").status_code == 200
    sister = world.stranger(address="https://stats.example")
    sister.cookies.set("trekvart-link-1", value)
    assert sister.get(f"/shared/{token}/site/{OURS}").status_code == 401
    world.close()


def test_a_link_s_pass_opens_no_other_link(world: World) -> None:
    """Nor the same link after it was revoked; and who tries passwords from many networks waits too."""
    ours = world.control.site(OURS)
    first, second = (world.deps.shares.add(ours, name, "sommar-och-sol", NOW) for name in ("a", "b"))
    guest = world.stranger()
    guest.post(f"/shared/{first}/unlock", data={"password": "sommar-och-sol"}, headers=OWN)
    passed = next(iter(guest.cookies.values()))
    other = world.stranger()
    for number in (1, 2):
        other.cookies.set(f"trekvart-link-{number}", passed)
    assert other.get(f"/shared/{first}/site/{OURS}").status_code == 200
    assert other.get(f"/shared/{second}/site/{OURS}").status_code == 401
    share = next(one for one in world.deps.shares.of(ours) if one.name == "b")
    tries = [world.deps.shares.unlock(share, "fel-fel-fel", network, NOW) for network in range(40)]
    assert tries[:20] == [""] * 20
    assert all(isinstance(one, int) for one in tries[20:])
    world.deps.shares.revoke(ours, next(one.id for one in world.deps.shares.of(ours) if one.name == "a"))
    assert other.get(f"/shared/{first}/site/{OURS}").status_code == 404
