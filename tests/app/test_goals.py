"""Goals and annotations over HTTP: declared and written by administrators, seen by all, true to the reports."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from dashboard import annotations, goals, period, reports
from dashboard.audit import PASSING, entries
from dashboard.goals import Goal, Kind, Prospect
from dashboard.period import Buckets
from dashboard.roles import Role
from dashboard.words import words
from tests import shop
from tests.running import PASSWORD
from tests.staff import NOW, OWN, TODAY, World

SHOP = "butiken.example"
HERE = f"/site/{SHOP}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A shop of a month, and a colleague who may look."""
    made = World.build(tmp_path)
    site = made.site(SHOP)
    shop.fill(made.store, site, TODAY, days=32, hours_today=14, hourly=1)
    made.deps.accounts.add("vera", PASSWORD, NOW, administrator=False, sites={site.id: Role.VIEWER})
    yield made
    made.close()


def test_a_goal_s_figures_are_the_groups(world: World) -> None:
    """Conversions are the reach in groups, the rate is over the exact visits, a channel's over its own in groups."""
    client = world.anna()
    for kind, value in (("event", "kundvagn"), ("page", "/kassa"), ("event", "aldrig")):
        assert client.post(f"{HERE}/goals", data={"kind": kind, "value": value}, headers=OWN).status_code == 303
    site = world.control.site(SHOP)
    chosen = period.parse({}, TODAY)
    visits = reports.overview(world.store, site, chosen, NOW).headline.visits
    found = goals.outcomes(world.store, site, chosen, goals.declared(world.control, site), visits)
    asked = {"begin": chosen.begin, "end": chosen.end, "site": site.id, "late": True, "limit": None}
    reach = {
        (cube, a, b): n
        for cube, a, b, n, *_ in world.store.read(
            "panels",
            cubes=["event.event_reach", "page.reach", "event+channel.event_reach", "channel.visit_start"],
            **asked,
        )
    }
    assert [one.reached for one in found] == [
        reach["event.event_reach", "kundvagn", ""],
        reach["page.reach", "/kassa", ""],
        0,
    ]
    assert found[0].rate == pytest.approx(found[0].reached / visits)
    (channel,) = found[0].channels
    in_channel = reach["event+channel.event_reach", "kundvagn", "search"]
    assert (channel.channel, channel.reached) == ("search", in_channel)
    assert channel.rate == pytest.approx(in_channel / reach["channel.visit_start", "search", ""])
    for path in (HERE, f"{HERE}/goals"):
        page = client.get(f"{path}?lang=en").text
        assert words("en").number(found[0].reached) in page
        assert words("en").share(found[0].rate or 0) in page
        assert "/kassa" in page


def test_a_goal_that_would_expire_is_told_when_it_is_set_up(world: World) -> None:
    """A goal that no group has, and one under the least, are warned of, with the least in visits and as a share."""
    client = world.anna()
    answer = client.post(f"{HERE}/goals", data={"kind": "event", "value": "aldrig"}, headers=OWN)
    page = client.get(answer.headers["location"] + "?lang=en").text
    assert "Nothing of it is in a group in the last 30 days" in page
    assert "Under about 12 visits" in " ".join(page.split()) or "under about 12 visits" in page
    site = world.control.site(SHOP)
    frequent = goals.outlook(world.store, site, Goal(0, Kind.EVENT, "kundvagn"), TODAY)
    assert (frequent.prospect, frequent.least, frequent.least_channel) == (Prospect.GOOD, 12, 49)


@pytest.mark.parametrize(
    ("seen", "k", "expected"),
    [
        (0, 10, Prospect.UNSEEN),
        (11, 10, Prospect.RARE),
        (12, 10, Prospect.SLOW),
        (24, 10, Prospect.GOOD),
        (6, 5, Prospect.SLOW),
        (5, 5, Prospect.RARE),
    ],
)
def test_the_prospect_follows_from_k(seen: int, k: int, expected: Prospect) -> None:
    """A group takes k networks of the seven in eight hits that join it, within thirty days."""
    assert goals.prospect(seen, k) == expected


@pytest.mark.parametrize(("kind", "value"), [("event", " "), ("page", "kassa"), ("x", "y")])
def test_what_is_no_goal_is_said(world: World, kind: str, value: str) -> None:
    """A name that is none, a path without a slash and a kind that is none change nothing."""
    assert world.anna().post(f"{HERE}/goals", data={"kind": kind, "value": value}, headers=OWN).status_code == 400
    assert goals.declared(world.control, world.control.site(SHOP)) == []


def test_goals_and_annotations_are_the_administrator_s(world: World) -> None:
    """A viewer sees them and has neither form nor power; every change is in the log."""
    anna, vera = world.anna(), world.anna(name="vera")
    assert anna.post(f"{HERE}/goals", data={"kind": "event", "value": "kundvagn"}, headers=OWN).status_code == 303
    note = {"day": "2026-10-20", "text": "  Nyhetsbrev   <b>42</b> "}
    assert anna.post(f"{HERE}/annotations", data=note, headers=OWN).status_code == 303
    for path, form in (("goals", {"kind": "event", "value": "x"}), ("annotations", note)):
        assert vera.post(f"{HERE}/{path}", data=form, headers=OWN).status_code == 403
        page = vera.get(f"{HERE}/{path}?lang=en").text
        assert 'method="post" action="' + f"{HERE}/{path}" not in page
    overview = vera.get(f"{HERE}?lang=en").text
    assert "Nyhetsbrev &lt;b&gt;42&lt;/b&gt;" in overview
    assert "kundvagn" in overview
    site = world.control.site(SHOP)
    (goal,), (written,) = goals.declared(world.control, site), annotations.within(world.control, site)
    for path, number in (("goals", goal.id), ("annotations", written.id)):
        assert vera.post(f"{HERE}/{path}/remove", data={"id": str(number)}, headers=OWN).status_code == 403
        assert anna.post(f"{HERE}/{path}/remove", data={"id": str(number)}, headers=OWN).status_code == 303
    assert goals.declared(world.control, site) == []
    assert annotations.within(world.control, site) == []
    acts = {entry.act for entry in entries(world.control, 20)} - set(PASSING)
    assert acts == {"goal-added", "goal-removed", "annotated", "annotation-removed"}


def test_one_site_s_notes_are_not_another_s(world: World) -> None:
    """What is written on a site is neither shown nor removed through another."""
    other = world.site("annan.example")
    world.control.write("add_annotation", site=other.id, day="2026-10-20", text="hemligt")
    (written,) = annotations.within(world.control, other)
    client = world.anna()
    assert "hemligt" not in client.get(HERE).text
    client.post(f"{HERE}/annotations/remove", data={"id": str(written.id)}, headers=OWN)
    assert annotations.within(world.control, other) == [written]


@pytest.mark.parametrize(("day", "text"), [("2026-02-30", "x"), ("2026-10-20", " "), ("2026-10-20", "x" * 121)])
def test_what_is_no_annotation_is_said(world: World, day: str, text: str) -> None:
    """A day that is none, no text and too much text are refused, and what was typed stays in the form."""
    answer = world.anna().post(f"{HERE}/annotations", data={"day": day, "text": text}, headers=OWN)
    assert answer.status_code == 400
    assert f'value="{day}"' in answer.text
    assert annotations.within(world.control, world.control.site(SHOP)) == []


def test_an_annotation_stands_in_its_bucket() -> None:
    """By day, week and month it is in the bucket of its day; by hour at the day's first."""
    note = annotations.Annotation(1, date(2026, 10, 21), "x")
    days = [date(2026, 10, day) for day in range(19, 25)]
    assert annotations.places([note], days, Buckets.DAY) == [(2, note)]
    assert annotations.places([note], [date(2026, 10, 12), date(2026, 10, 19)], Buckets.WEEK) == [(1, note)]
    assert annotations.places([note], [date(2026, 9, 1), date(2026, 10, 1)], Buckets.MONTH) == [(1, note)]
    hours = [period.local(at, "Europe/Stockholm") for at in period.bucket_hours(days[1], days[3], "Europe/Stockholm")]
    assert annotations.places([note], hours, Buckets.HOUR) == [(24, note)]
    assert annotations.places([note], days[:1], Buckets.DAY) == []


def test_the_latest_publishes_are_the_totals(world: World) -> None:
    """The newest first, by the site's clock, each with what it added."""
    page = world.anna().get(f"{HERE}?lang=en").text
    rows = page.split('class="moments"')[1].split("</table>")[0]
    assert rows.index("13:59") < rows.index("12:59")
    site = world.control.site(SHOP)
    newest = world.store.read("publishes", site=site.id, begin=TODAY, most=1)[0]
    assert f'<td class="n">{newest[2]}</td><td class="n">{newest[1]}</td>' in rows
