"""What the script costs a page and what comes of it, in Debian's Chromium and Firefox: milliseconds, and lost times."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.browser.script.browsers import BROWSERS
from tests.browser.script.driven import Browser
from tests.browser.script.leaving import WAYS, arrives
from tests.browser.script.shop import Shop

SIGNS: Final = 300  # of life on a page: five seconds of scrolling, at one event a frame
BLOCKS: Final = 20  # of them are timed; the least counts, for another process makes a run slower, never faster
PAGES: Final = 20  # the least of them counts, for the same reason
VIEWS: Final = 10  # of each way to leave a page, in each browser; more: python -m tests.browser.script.leaving 50

# The script asks for its own tag first, and the parser goes on with what follows when the script has run.
PAGE: Final = """<!doctype html><script>
const real = Object.getOwnPropertyDescriptor(Document.prototype, 'currentScript').get;
Object.defineProperty(Document.prototype, 'currentScript', {
  get() { window.began ??= performance.now(); return real.call(this); } });
</script><script src="/t.js" data-site="shop.test" data-test="on"></script>
<script>window.ended = performance.now()</script>
<div style="height: 4000px"><button>x</button></div>"""
LIVE: Final = f"""(() => {{
  const there = document.querySelector('button'), times = [];
  for (let block = 0; block < {BLOCKS}; block++) {{
    const began = performance.now();
    for (let i = 0; i < {SIGNS // BLOCKS}; i++) there.dispatchEvent(new Event('scroll', {{bubbles: true}}));
    times.push(performance.now() - began);
  }}
  return Math.min(...times) * {BLOCKS}; }})()"""


@contextmanager
def _browser(name: str) -> Iterator[tuple[Browser, Shop]]:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,  # a browser's children end after it
        BROWSERS[name](Path(directory) / name) as driven,
        Shop() as shop,
    ):
        shop.tag = "data-test=on"
        yield driven, shop


def cost(name: str) -> float:
    """Milliseconds of a page: loading, and three hundred signs of life, the browser's own dispatching included."""
    with _browser(name) as (driven, shop):
        shop.served["/clock"] = PAGE.encode()
        tab = driven.tab(driven.person())
        loading, living = [], []
        for page in range(PAGES):
            tab.go(shop.at("/clock"))
            shop.views(page + 1)
            loading.append(tab.run("ended - began"))
            living.append(tab.run(LIVE))
        return float(min(loading) + min(living))


def share(name: str) -> float:
    """Of views that were left in every way there is, the share in per cent whose time came."""
    with _browser(name) as (driven, shop):
        came = [arrives(driven, shop, leave) for leave in WAYS for _ in range(VIEWS)]
        return 100 * sum(came) / len(came)
