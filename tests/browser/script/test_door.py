"""What the script sends, read by the real door: the two speak of the same fields."""

from pathlib import Path

from collector.door.country import Countries
from collector.door.door import Door
from collector.door.hit import Kind
from collector.door.reply import Accepted
from collector.door.work import Request
from collector.settings import load
from collector.site import Site
from tests.browser.script.driven import Tab
from tests.browser.script.shop import Beacon, Shop


def read(door: Door, beacon: Beacon) -> Accepted:
    """A beacon through the door."""
    headers = [(name.encode(), value.encode()) for name, value in beacon.headers.items()]
    outcome = door.read(Request(beacon.method, headers, "203.0.113.7", beacon.body.encode(), b""), 0)
    assert isinstance(outcome, Accepted), (outcome, beacon)
    return outcome


def test_door_reads_what_the_script_sends(tab: Tab, shop: Shop, tmp_path: Path) -> None:
    """Views, times and events of a visit are all hits, with page, referrer, navigation, time and properties."""
    shop.tag += " data-links=Outbound data-404=Missing"
    tab.go(shop.at("/?utm_source=news&q=1"))
    shop.views(1)
    tab.click("#tagged")
    tab.run("scrollTo(0, 1000)")
    tab.stay(300)
    tab.click("#product")
    shop.views(2)
    tab.go(shop.at("/thanks"))
    shop.events(2)
    tab.go(shop.at("/nothing/here"))
    shop.views(4)
    shop.events(3)
    shop.times(3)

    settings = load(None, {}, {"data_directory": tmp_path})
    site = Site(id=1, domain="shop.test", hosts=("shop.test",), properties=("size", "colour", "value", "url"))
    door = Door((site,), settings, Countries(None))
    hits = [read(door, beacon).hit for beacon in shop.beacons]
    views = {hit.page: hit for hit in hits if hit.kind == Kind.VIEW}
    events = {hit.event: dict(hit.properties) for hit in hits if hit.kind == Kind.EVENT}
    times = {hit.page: hit for hit in hits if hit.kind == Kind.TIME}
    assert views.keys() == {"/", "/product", "/thanks", "/nothing/here"}
    assert views["/product"].inside == "/"
    assert views["/"].source == "news"
    assert {"size": "L", "colour": "sea green"}.items() <= events["Add to cart"].items()
    assert events["Purchase"] == {"value": "249.5"}
    assert events.keys() == {"Add to cart", "Purchase", "Missing"}
    assert times["/"].engaged >= 250
    assert times["/"].scroll > 20
