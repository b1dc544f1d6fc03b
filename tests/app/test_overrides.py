"""A bidirectional override (U+202E and its like) turns the text after it, whatever it is in: none is stored."""

from datetime import timedelta
from pathlib import Path

from collector.day.release import Release, Row, Totals
from collector.site import Site
from dashboard import annotations, exports, import_plausible, imports, period, reports
from dashboard.exports import Format
from dashboard.ga4_file import read_ga4
from dashboard.ga4_history import plan
from dashboard.period import ONE
from tests import shop
from tests.staff import NOW, OWN, TODAY, World

SITE, HERE = "butiken.example", "/site/butiken.example"
TURNED = "\u202egnp\u2066.exe\u200f"
CONTROLS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2069")  # U+2068, U+2069: ours, in pairs
DAY = TODAY - timedelta(days=400)


def is_plain(text: str) -> bool:
    """No control, but for the isolates that present.label puts around a name of two."""
    return not CONTROLS & set(text.replace("\u2068", "").replace("\u2069", ""))


def test_what_staff_write_has_no_override(tmp_path: Path) -> None:
    """Goals, annotations, names of sites, links and schedules: kept without, and shown so on every screen."""
    world = World.build(tmp_path)
    site = world.site(SITE, name=f"Butik{TURNED}")
    shop.fill(world.store, site, TODAY, days=2, hours_today=14)
    anna = world.anna()
    for path, form in (
        ("goals", {"kind": "event", "value": f"kop{TURNED}"}),
        ("annotations", {"day": TODAY.isoformat(), "text": f"Rea {TURNED} idag"}),
        ("sharing", {"kind": "link", "name": f"Byrå {TURNED}"}),
        ("exports", {"name": f"Månad{TURNED}", "kind": "files", "often": "monthly", "hour": "7", "to_directory": "on"}),
    ):
        assert anna.post(f"{HERE}/{path}", data=form, headers=OWN).status_code < 500
    assert world.control.read("goals", site=site.id)[0][-1] == "kopgnp.exe"
    (note,) = annotations.within(world.control, site)
    assert note.text == "Rea gnp.exe idag"
    assert [one.name for one in world.deps.shares.of(site)] == ["Byrå gnp.exe"]
    for path in ("", "/goals", "/annotations", "/sharing", "/exports", "/settings"):
        text = anna.get(HERE + path).text
        assert is_plain(text), path
        assert "Butikgnp.exe" in text
    world.close()


def test_what_is_imported_has_no_override(tmp_path: Path) -> None:
    """Plausible's files, Google's reports and our own exports: values come in as the door would have kept them."""
    world = World.build(tmp_path)
    plausible, own, again = (world.site(f"{name}.example", k=5) for name in ("plausible", "own", "again"))
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "imported_visitors.csv").write_text(f"date,visitors,pageviews,visits\n{DAY},50,90,60\n")
    (folder / "imported_pages.csv").write_text(
        f"date,page,visits,visitors,pageviews\n{DAY},/a{TURNED},30,30,40\n{DAY},/agnp.exe,20,20,30\n"
    )
    import_plausible.take(world.store, plausible, folder, NOW, None)
    assert named(world, plausible) == {"/agnp.exe": 70}
    rows = (Row("page.pageview", (f"/b{TURNED}",), 30, 0),)
    release = Release(DAY.isoformat(), NOW, Totals(60, 30, 20, {}), rows, (), closes=True)
    world.store.add(own.id, 1, release, shop.day_of(own, DAY))
    (tmp_path / "export").mkdir()
    made = exports.build(world.store, own, (DAY, DAY + ONE), (Format.CSV,), tmp_path / "export")
    exports.write_manifest(made, tmp_path / "export")
    imports.take(world.store, again, tmp_path / "export", NOW)
    assert named(world, again) == {"/bgnp.exe": 30}
    report = f"""# Start date: {DAY:%Y%m%d}
# End date: {DAY:%Y%m%d}
Nth day,Active users,Sessions,Views
0000,80,100,300

# Start date: {DAY:%Y%m%d}
# End date: {DAY:%Y%m%d}
Page path and screen class,Views,Active users
/c{TURNED},200,60
"""
    assert [row.value for row in plan(read_ga4(report.encode()), k=10, taken=()).rows] == ["/cgnp.exe"]
    world.close()


def named(world: World, site: Site) -> dict[str, int]:
    """The pages of the day, and their views."""
    chosen = period.parse({"period": "custom", "from": DAY.isoformat(), "to": DAY.isoformat()}, TODAY)
    return {row.values[0]: row.n for row in reports.panel(world.store, site, chosen, "pages").rows}
