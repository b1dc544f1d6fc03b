"""The ways a page is left, and what share of views gets its time for each: `python -m tests.browser.script.leaving`.

One view at a time on a page that somebody stays on for a moment; a machine with nothing else to do shows the browser's
own losses. The figures stand in docs/script.md.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.browser.script.browsers import BROWSERS
from tests.browser.script.driven import Browser, Tab
from tests.browser.script.shop import Shop

VIEWS = 50  # of each way in each browser
STAY = 200  # milliseconds on the page
PATIENCE = 3.0  # seconds after which a time that has not come is lost

Way = Callable[[Browser, str, Tab], None]


def by_link(_: Browser, __: str, tab: Tab) -> None:
    tab.click("#product")


def by_address(_: Browser, __: str, tab: Tab) -> None:
    tab.run("setTimeout(() => { location.href = 'http://other.test:' + location.port + '/early' })")


def by_reload(_: Browser, __: str, tab: Tab) -> None:
    tab.run("setTimeout(() => location.reload())")


def by_closing(_: Browser, __: str, tab: Tab) -> None:
    tab.close()


def by_switching(driven: Browser, person: str, _: Tab) -> None:
    driven.tab(person)


def by_switching_on_a_phone(driven: Browser, person: str, tab: Tab) -> None:
    tab.phone()
    driven.tab(person)


def by_going_back(_: Browser, __: str, tab: Tab) -> None:
    tab.run("setTimeout(() => history.back())")


WAYS: tuple[Way, ...] = (
    by_link,
    by_address,
    by_reload,
    by_closing,
    by_switching,
    by_switching_on_a_phone,
    by_going_back,
)


def arrives(driven: Browser, shop: Shop, leave: Way) -> bool:
    """One visitor opens a page, stays, and leaves. Whether the page's time came."""
    person = driven.person()
    tab = driven.tab(person)
    tab.go(shop.at("/early", "other.test"))  # somewhere to go back to
    before = len(shop.said("v"))
    tab.go(shop.at("/"))
    shop.views(before + 1)
    told = len(_times(shop))
    tab.stay(STAY)
    leave(driven, person, tab)
    ends = time.monotonic() + PATIENCE
    while len(_times(shop)) == told and time.monotonic() < ends:
        time.sleep(0.01)
    came = len(_times(shop)) > told
    driven.forget(person)
    return came


def _times(shop: Shop) -> list[object]:
    return [said for said in shop.said("t") if said["u"] == shop.at("/")]


def main(views: int) -> None:
    """Prints a table: browser, way, share."""
    for name, kind in BROWSERS.items():
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,  # a browser's children end after it
            kind(Path(directory) / name) as driven,
            Shop() as shop,
        ):
            shop.tag = "data-test=on"
            for leave in WAYS:
                came = sum(arrives(driven, shop, leave) for _ in range(views))
                sys.stdout.write(f"| {name} | {leave.__name__.replace('_', ' ')} | {came} of {views} |\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else VIEWS)
