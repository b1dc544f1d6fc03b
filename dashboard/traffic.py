"""A notice when a day had far more or far fewer visits than its weekday usually has."""

from datetime import timedelta
from typing import Final

from collector.settings import Settings
from collector.site import Site
from collector.store import Store
from dashboard.period import ONE
from dashboard.rounding import tens
from dashboard.runs import Run
from dashboard.totals import read_days
from dashboard.words import words

WEEKS: Final = 4  # that the usual is the mean of; with fewer nothing is usual yet
LEAST: Final = 50  # visits: below, a day is twice another by chance
UP: Final = 2.0
DOWN: Final = 0.5


def watch(store: Store, site: Site, run: Run, settings: Settings) -> str:
    """Looks at the run's last day, and writes to those the task names when it was unusual; what was found."""
    day = run.last
    days = read_days(store, [site.id], day - WEEKS * timedelta(7), day + ONE)[site.id]
    before = [days[then].visits for week in range(1, WEEKS + 1) if (then := day - week * timedelta(7)) in days]
    usual, visits = sum(before) / WEEKS, days[day].visits if day in days else 0
    unusual = len(before) == WEEKS and max(usual, visits) >= LEAST and not UP > visits / max(usual, 1) > DOWN
    if not unusual:
        return "usual"
    from dashboard.deliver_mail import send_text  # late: the mail libraries are for those who use them

    t = words(run.task.language)
    told = {
        "site": site.name or site.domain,
        "day": t.day(day),
        "n": visits,
        "usual": t.number((tens(round(usual)) or 0) if site.rounded else round(usual)),
    }
    more = visits > usual
    subject = t("mail.traffic_up" if more else "mail.traffic_down", **told)
    send_text(run.task.tell, subject, [t("mail.traffic", **told)], settings)
    return "up" if more else "down"
