"""A short history of one site, told by a process that dies at a fault point and is started again until it is through.

`python -m tests.crashing DIRECTORY PLAN...` tells it once undisturbed and once for each plan ("publish.begun:2"), with
the same keys, and prints a line of JSON each: whether the process died, and how the end differs. Children are forked
from one process, which has imported everything: a round costs a tenth of what a start of Python does.
"""

import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb

from collector import fault
from collector.day.outbox import apply
from collector.door.hit import Hit
from collector.store import Store
from tests.unit.day.spooling import MIDNIGHT, NOON, SITE, Machine, SameKeys, hit

OLD_SCHEMA: Final = 6  # the store begins as an older version left it, so that the history has an upgrade
MINUTE: Final = 60_000
MOMENTS: Final = (
    NOON + 1000,  # off the grid of ticks: the first beacon opens the day
    NOON + 10 * MINUTE,
    NOON + 20 * MINUTE,
    MIDNIGHT - 10 * MINUTE,
    MIDNIGHT + 1000,
    MIDNIGHT + 10 * MINUTE,
)


def hits_of(step: int) -> list[Hit]:
    """What arrives in a step: three pages from a dozen networks, with the step's time as its mark."""
    return [hit(13 * step + n, MOMENTS[step] + n, page=f"/p{n % 3}") for n in range(12)]


def tell(directory: Path) -> None:
    """The history, from where it was left. What was answered is written down, as a client would know it."""
    directory.mkdir(exist_ok=True)
    store_path = directory / "store.duckdb"
    if not store_path.exists() and (directory / "migrate").exists():
        _old_store(store_path)
    machine = Machine(directory, keys=SameKeys)
    store = Store.open(store_path)
    machine.spool.match_store(store.marks(), store.days())
    answered = directory / "answered"
    first = len(answered.read_text().split()) if answered.exists() else 0
    for step in range(first, len(MOMENTS)):
        now = MOMENTS[step]
        machine.turn(now - 1)  # the machine is back before the tick, and not just after it
        if not _is_spooled(machine, now):
            machine.take(hits_of(step), now)
        machine.turn(now)
        apply(machine.spool, store, NOON)
        with answered.open("a") as file:
            file.write(f"{step}\n")
    store.remove_before({SITE.id: date(2026, 11, 25)} if (directory / "rewrite").exists() else {})
    store.close()


def _is_spooled(machine: Machine, time: int) -> bool:
    """Whether a batch whose answer never arrived is in the spool all the same."""
    entries = machine.spool.read(0)
    return any(e.batch is not None and e.batch.hits and e.batch.hits[0].time == time for e in entries)


def _old_store(path: Path) -> None:
    part = path.with_name("old.duckdb")
    part.unlink(missing_ok=True)
    with duckdb.connect(part) as database:
        for file in sorted((Path(__file__).parents[1] / "sql" / "schema").glob("*.sql"))[:OLD_SCHEMA]:
            database.execute(file.read_text())
        database.execute(f"insert into version values ({OLD_SCHEMA})")
    part.replace(path)


def end_of(directory: Path) -> dict[str, Any]:
    """All there is at the end: the store's rows by their words, the spool's days, what waits, and which keys."""
    machine = Machine(directory, keys=SameKeys)
    with duckdb.connect(directory / "store.duckdb", read_only=True) as store:
        tables = {
            "groups": "select g.day, c.name, a.value, b.value, g.n, g.seconds, g.late from groups as g "
            "join cubes as c on c.number = g.cube join names as a on a.number = g.value "
            "join names as b on b.number = g.value2 order by all",
            **{name: f"select * from {name} order by all" for name in ("totals", "visitors", "days", "applied")},
        }
        found: dict[str, Any] = {name: repr(store.execute(text).fetchall()) for name, text in tables.items()}
    days = machine.spool.live_days()
    waiting = machine.spool.waiting(days[-1])
    return found | {
        "spool": repr(days),
        "entries": repr(machine.spool.read(0)),
        "waiting": repr(waiting),
        "keys": repr(sorted(machine.spool.keys.days())),
        "outbox": repr(machine.spool.outbox()),
        "notes": repr(machine.spool.notes()),
    }


def child(directory: Path, plan: str) -> int:
    """One life of the process, dying at `plan`. The signal that ended it, or 0."""
    number = os.fork()
    if number == 0:
        os.setpgid(0, 0)
        fault.plan(plan)
        try:
            tell(directory)
        except BaseException as error:  # noqa: BLE001 - a child must end here, whatever it was
            sys.stderr.write(f"{plan}: {error!r}\n")
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(number, 0)
    return status


def run(directory: Path, plan: str) -> dict[str, Any]:
    """Dies at the plan, is started again until it is through, and tells how that ended."""
    died = child(directory, plan) & 0x7F == 9
    rest = child(directory, "")
    return {"plan": plan, "died": died, "failed": rest != 0, "end": end_of(directory) if rest == 0 else {}}


def prepared(place: Path, name: str, kind: str) -> Path:
    """A directory for one telling: of kind "migrate" it begins with an upgrade, of "rewrite" it ends with a purge."""
    directory = place / name
    directory.mkdir(parents=True)
    (directory / kind).touch()
    return directory


def main(place: Path, plans: list[str]) -> int:
    """Prints a line for each plan, compared with the undisturbed history of its kind."""
    calm: dict[str, dict[str, Any]] = {}
    for number, plan in enumerate(plans):
        kind = plan.partition(".")[0] if plan.startswith(("migrate", "rewrite")) else "plain"
        if kind not in calm:
            calm[kind] = run(prepared(place, f"calm-{kind}", kind), "")["end"]
        told = run(prepared(place, f"{number}", kind), plan)
        end = told.pop("end")
        told["differs"] = {key: [value, end.get(key)] for key, value in calm[kind].items() if value != end.get(key)}
        print(json.dumps(told), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
