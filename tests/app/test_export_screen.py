"""The exports' screen: who may, what a form makes, what comes back; and a schedule that delivers by itself."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import duckdb
import pytest
from aiosmtpd.controller import Controller
from msgspec.structs import replace

from collector.control import Control
from collector.settings import Settings
from collector.store import Store
from dashboard import exports
from dashboard.export_period import Length, last_whole
from dashboard.exporter import Exporter
from dashboard.options import now_ms
from dashboard.period import ONE, today
from dashboard.runs import Runs
from dashboard.schedules import Schedules
from tests import shop
from tests.running import RunningServer, add_site, free_port
from tests.staff import NOW, OWN, World
from tests.store.test_deliver import Inbox

SITE = "/site/butiken.example/exports"
FORM = {"name": "Månad", "kind": "export", "often": "month", "time": "07:00", "length": "month", "format_csv": "on"}
SECRET = "hemligt-ord-4711"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.build(tmp_path, settings=Settings(data_directory=tmp_path, export_directory=tmp_path / "out"))
    site = made.site("butiken.example", k=5)
    shop.fill(made.store, site, date(2026, 9, 30), days=3)
    yield made
    made.close()


def test_a_wrong_form_comes_back_without_its_secrets(world: World) -> None:
    """422 with the sentence of the field; nothing is kept, what was typed comes back, and no secret does."""
    form = FORM | {"bucket": "statistik", "secret": SECRET, "hook_secret": SECRET, "sftp_password": SECRET}
    answer = world.anna().post(f"{SITE}?lang=en", data=form, headers=OWN)
    assert answer.status_code == 422
    assert 'id="bad-bucket"' in answer.text
    assert 'value="statistik"' in answer.text
    assert SECRET not in answer.text
    assert Schedules(world.control).all() == []


def test_only_administrators_see_and_change(world: World) -> None:
    """A stranger is sent to the login, by every address of the screen."""
    stranger, anna = world.stranger(), world.anna()
    assert stranger.get(SITE).status_code == 303
    for path in ("", "/1", "/1/run", "/1/pause", "/1/remove", "/runs/1"):
        assert stranger.post(SITE + path, data=FORM, headers=OWN).status_code == 303
        elsewhere = anna.post(SITE + path, data=FORM | {"to_folder": "on"})
        assert elsewhere.status_code == 403
    assert Schedules(world.control).all() == []


def test_a_schedule_is_made_run_watched_and_removed(world: World, tmp_path: Path) -> None:
    """Its secrets are on no page; run now gives files; when it is removed its runs stay on the list."""
    anna = world.anna()
    hook = {"hook": f"https://127.0.0.1:9/hook?k={SECRET}", "hook_secret": SECRET}
    assert anna.post(SITE, data=FORM | {"to_folder": "on", "folder": "ut", **hook}, headers=OWN).status_code == 303
    schedule = Schedules(world.control).all()[0]
    assert anna.post(f"{SITE}/{schedule.id}/run", headers=OWN).status_code == 303
    exporter = Exporter(world.deps.settings, world.control, world.store, lambda: NOW)
    assert exporter.step()
    place = tmp_path / "out/ut/butiken.example/2026-09-01_2026-09-30/revision-1"
    exports.check(exports.read_manifest(place), place)
    page = anna.get(f"{SITE}?lang=en").text
    assert "The address belongs to the server&#39;s own networks" in page
    assert "next try" in page
    assert SECRET not in page
    assert SECRET not in anna.get("/audit").text
    run = Runs(world.control).of_site(1)[0]
    assert anna.post(f"{SITE}/runs/{run.id}", headers=OWN).status_code == 303
    assert anna.post(f"{SITE}/runs/99", headers=OWN).status_code == 404
    assert anna.post(f"{SITE}/{schedule.id}/remove", headers=OWN).status_code == 303
    assert Schedules(world.control).all() == []
    assert len(Runs(world.control).of_site(1)) == 1


def test_a_schedule_is_changed_and_rests(world: World) -> None:
    """The form is filled in but for the secret, which stays; a pause asks for nothing, and nothing is made up for."""
    anna, day = world.anna(), 86_400_000
    hook = {"hook": "https://shop.example/hook", "hook_secret": SECRET}
    anna.post(SITE, data=FORM | {"to_folder": "on", **hook}, headers=OWN)
    made = Schedules(world.control).all()[0]
    page = anna.get(f"{SITE}/{made.id}?lang=en").text
    assert 'value="https://shop.example/hook"' in page
    assert SECRET not in page
    assert anna.get(f"{SITE}/99").status_code == 404
    assert anna.post(f"{SITE}/{made.id}", data=FORM | {"mails": "anna"}, headers=OWN).status_code == 422
    assert Schedules(world.control).all() == [made]
    changed = FORM | {
        "name": "Varje dag",
        "often": "day",
        "length": "day",
        "to_folder": "on",
        **hook,
        "hook_secret": "",
    }
    assert anna.post(f"{SITE}/{made.id}", data=changed, headers=OWN).status_code == 303
    now = Schedules(world.control).all()[0]
    assert (now.id, now.name, now.timing, now.task.destinations) == (
        made.id,
        "Varje dag",
        "0 7 * * *",
        made.task.destinations,
    )
    anna.post(f"{SITE}/{made.id}/pause", data={"active": ""}, headers=OWN)
    assert "Paused" in anna.get(f"{SITE}?lang=en").text
    assert Schedules(world.control).ask_due(Runs(world.control), NOW + 3 * day) == 0
    resting = Schedules(world.control).all()[0]
    Schedules(world.control).rest(resting, NOW + 3 * day, active=True)
    assert Schedules(world.control).ask_due(Runs(world.control), NOW + 4 * day) == 1
    log = anna.get("/audit?lang=en").text
    assert "Export schedule changed" in log
    assert "Export schedule paused" in log
    assert SECRET not in log


def test_a_schedule_made_on_the_screen_delivers_by_itself(tmp_path: Path) -> None:
    """A running server, a form, a moment that comes: last month in a folder and an inbox, as on the screen."""
    inbox, port = Inbox(), free_port()
    controller = Controller(inbox, "127.0.0.1", port)
    controller.start()
    server = RunningServer(tmp_path, "--mail-server", f"smtp+plain://127.0.0.1:{port}", "--language", "en")
    site = add_site(server, "butiken.example", time_zone="Europe/Stockholm")
    now = now_ms()
    begin, end = last_whole(Length.MONTH, today(now, site.time_zone))
    try:
        with closing(Store.open(server.data / "store.duckdb")) as store:
            shop.fill(store, site, end - ONE, days=(end - begin).days)
        with server:
            server.login()
            form = FORM | {"to_folder": "on", "mails": "anna@butiken.example"}
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": server._cookie, **OWN}
            assert server.request("POST", SITE, urlencode(form).encode(), headers).status == 303
            # Its moment was missed: as if the schedule had been made five weeks ago, and the server down since.
            with closing(Control.open(server.data / "control.db")) as control:
                made = Schedules(control).all()[0]
                Schedules(control).put(replace(made, seen=now - 31 * 86_400_000))
            server.wait_for(lambda: len(inbox.letters) > 0 and "<td>Done" in server.page(f"{SITE}?lang=en").text)
            query = f"period=custom&from={begin}&to={end - ONE}"
            overview = json.loads(server.page(f"/api/sites/butiken.example/overview?{query}").body)
    finally:
        controller.stop()
    place = tmp_path / "exports/butiken.example" / f"{begin}_{end - ONE}" / "revision-1"
    exports.check(exports.read_manifest(place), place)
    visits = duckdb.execute(f"select sum(visits)::bigint from read_csv('{place}/csv/totals.csv')").fetchall()
    assert visits == [(overview["headline"]["visits"],)]
    assert len(inbox.letters) == 1
