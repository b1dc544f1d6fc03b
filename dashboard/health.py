"""The health page for staff, the line that leads to it, and /metrics for a Prometheus."""

import hmac
from datetime import UTC
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.day.notes import SENTENCES
from dashboard import checkup
from dashboard.audit_screen import moment, zone_of
from dashboard.finding import Finding
from dashboard.frame import Ask, Screen
from dashboard.site_frame import last_published

# Every key below `health.` that a finding may have, and below `health.do_` what to do where it is not "ok".
FINDINGS: Final = (
    *("version", "server_on", "server_off", "keeper_behind", "proxy_ok", "proxy_untrusted", "proxy_unnamed"),
    *("zone_unknown", "zones_old", "zones_ok", "readable_by_others", "permissions_ok", "keys_in_backup"),
    *("keys_missing", "keys_ok", "spool_damaged", "outbox_full", "day_open", "spool_ok", "store_damaged", "store_ok"),
    *("control_damaged", "disk_full", "disk_tight", "disk_ok", "backup_unset", "backup_none", "backup_old"),
    *("backup_ok", "left_over"),
    *("note_" + what.replace("-", "_") for what in SENTENCES),
)
ACTS: Final = tuple(
    what
    for what in FINDINGS
    if not what.endswith(("_ok", "_on")) and not what.startswith("note_") and what != "version"
)
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def show(ask: Ask) -> Response:
    """GET /health/page: last publish of each site, and every finding with what to do about it."""
    zone = zone_of(ask)
    found, at = ask.deps.findings()
    published = dict(ask.deps.store.read("published"))
    cards = [(site.name, last_published(ask, site, published.get(site.id))) for site in ask.sites]
    return ask.render(
        "health.html",
        tab="health_page",
        lines=sorted((_line(ask, finding) for finding in found), key=lambda line: ORDER.index(line["state"])),
        sites=cards,
        looked=moment(ask, at, zone),
        notes=any(finding.what.startswith("note_") for finding in found),
    )


def seen(ask: Ask) -> Response:
    """POST /health/seen: what went wrong has been seen, and is told no more."""
    ask.deps.see_notes()
    return ask.redirect(ask.link("health_page"))


def metrics(ask: Ask) -> Response:
    """GET /metrics: what has been published, and whether all is well. Without the token there is no such page."""
    token = ask.deps.settings.metrics_token
    given = ask.request.headers.get("authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise HTTPException(404)
    return Response("\n".join(_metrics(ask)) + "\n", media_type=METRICS_TYPE)


ORDER: Final = ("bad", "warn", "ok")


def _line(ask: Ask, finding: Finding) -> dict[str, Any]:
    told = ask.words(f"health.{finding.what}", **finding.parts)
    act = ""
    if finding.what.startswith("note_"):
        act = ask.words("health.do_note")
    elif finding.what in ACTS:
        act = ask.words(f"health.do_{finding.what}", **finding.parts)
    return {"state": finding.state, "mark": ask.words(f"health.state_{finding.state}"), "text": told, "act": act}


def _metrics(ask: Ask) -> list[str]:
    store, names = ask.deps.store, {site.id: site.domain for site in ask.deps.control.sites()}
    found, _ = ask.deps.findings()
    lines = [
        "# HELP trekvart_up Whether nothing is wrong (trekvart check tells what).",
        "# TYPE trekvart_up gauge",
        f"trekvart_up {int(not checkup.is_bad(found))}",
        "# HELP trekvart_last_backup_seconds When the last backup was made, since 1970; 0: never.",
        "# TYPE trekvart_last_backup_seconds gauge",
        f"trekvart_last_backup_seconds {checkup.known_since(ask.deps.settings.backup_directory):.0f}",
        "# HELP trekvart_last_publish_seconds When the site was published last, since 1970.",
        "# TYPE trekvart_last_publish_seconds gauge",
    ]
    for site, time in store.read("published"):
        if site in names and time is not None:
            seconds = f"{time.replace(tzinfo=UTC).timestamp():.0f}"
            lines.append(f'trekvart_last_publish_seconds{{site="{names[site]}"}} {seconds}')
    totals = [row for row in store.read("published_totals") if row[0] in names]
    for at, what, told in ((1, "pageviews", "Page views"), (2, "visits", "Visits")):
        lines += [
            f"# HELP trekvart_{what}_total {told} published and still kept.",
            f"# TYPE trekvart_{what}_total counter",
            *(f'trekvart_{what}_total{{site="{names[row[0]]}"}} {row[at]}' for row in totals),
        ]
    lines += ["# HELP trekvart_drops_total Beacons not counted, by reason.", "# TYPE trekvart_drops_total counter"]
    for site, reason, n in store.read("published_drops"):
        if site in names:
            lines.append(f'trekvart_drops_total{{site="{names[site]}",reason="{reason}"}} {n}')
    return lines


SCREENS: Final = (
    Screen("/health/page", "health_page", show),
    Screen("/health/seen", "health_seen", seen, method="POST"),
    Screen("/metrics", "metrics", metrics, open=True),
)
