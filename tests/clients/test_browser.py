"""Scripts that run on a site's pages, unmodified, in a real browser: the page changes one address."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser.script.browsers import BROWSERS
from tests.browser.script.driven import Tab
from tests.clients.conftest import MEASUREMENT, SITE, Counted

pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(240)]

# What a site has on its pages today; SERVER is the one address that changes.
PAGES = {
    "/plausible-tracker": """<script type="module">
        import Plausible from '/plausible-tracker/build/module/index.js';
        let { trackPageview, trackEvent } = Plausible({ domain: 'shop.test', apiHost: 'SERVER' });
        trackPageview();
        trackEvent('Signup', { props: { plan: 'year', email: 'a@b.se' } });
        </script>""",
    # Where a machine drives the browser the script is silent, but for this switch of its own.
    "/plausible": """<script>window.__plausible = true</script><script type="module">
        import { init, track } from '/@plausible-analytics/tracker/plausible.js';
        init({ domain: 'shop.test', endpoint: 'SERVER/api/event', outboundLinks: true });
        track('Buy', { props: { plan: 'month' }, revenue: { amount: 249, currency: 'SEK' } });
        </script>""",
    "/minimal": """<script>
        window.minimalAnalytics = { trackingId: 'MEASUREMENT', autoTrack: true, analyticsEndpoint: 'SERVER/g/collect' };
        </script><script src="/@minimal-analytics/ga4/dist/index.js"></script>""",
    "/end": "",
}


@pytest.fixture
def shop(counted: Counted, modules: Path) -> Iterator[str]:
    """The shop on a port of its own; the address of its pages."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = PAGES.get(self.path)
            file = modules / self.path.lstrip("/")
            if page is None and not file.suffix:
                file = file.with_suffix(".js")  # plausible-tracker is built for bundlers, which find it so
            kind, body = "text/javascript", file.read_bytes() if page is None and file.is_file() else b""
            if page is not None:
                text = page.replace("SERVER", server).replace("MEASUREMENT", MEASUREMENT)
                kind, body = "text/html", f"<!doctype html><title>x</title><p>x</p>{text}".encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = f"http://stats.test:{counted.server.port}"
    pages = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=pages.serve_forever)
    thread.start()
    yield f"http://{SITE}:{pages.server_address[1]}"
    pages.shutdown()
    thread.join()
    pages.server_close()


# Resolves when the page has had so many answers from a path of ours; a browser tells their statuses of XHR.
ANSWERED = """new Promise((done) => {
  let look = () => {
    let found = performance.getEntriesByType('resource').filter((one) => one.name.includes('PATH'));
    found.length >= COUNT ? done(found.map((one) => one.responseStatus)) : setTimeout(look, 50);
  };
  look();
})"""


def answers(tab: Tab, path: str, count: int) -> list[int]:
    found: list[int] = tab.run(ANSWERED.replace("PATH", path).replace("COUNT", str(count)))
    return found


def test_scripts(counted: Counted, shop: str, tmp_path: Path) -> None:
    """plausible-tracker, @plausible-analytics/tracker, @minimal-analytics/ga4: one visit of three views, no drops."""
    chromium = BROWSERS["chromium"]
    if not Path(chromium.binary).exists():
        assert not os.environ.get("CI"), f"{chromium.binary} is missing"
        pytest.skip(f"{chromium.binary} is missing: run make test once")

    def arrives(views: int) -> None:
        counted.wait_for(lambda: counted.pageviews == views)

    with chromium(tmp_path / "chromium") as browser:
        tab = browser.tab(browser.person())
        tab.go(shop + "/plausible-tracker")
        assert answers(tab, "/api/event", 2) == [202, 202]
        tab.go(shop + "/plausible")
        arrives(2)
        tab.go(shop + "/minimal")
        arrives(3)
        tab.go(shop + "/end")
    arrives(3)
    assert counted.visits == 1
    assert counted.drops() == {}
