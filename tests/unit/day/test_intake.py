"""Group commit: what one beacon's sender does is nobody else's business."""

import asyncio
from pathlib import Path

from collector.day.intake import Intake
from collector.day.keys import Keys
from collector.day.spool import Spool
from tests import own_loop
from tests.unit.day.spooling import NOON, SITE, hit


def test_a_sender_that_gives_up_takes_no_other_with_it(tmp_path: Path) -> None:
    """Of beacons that share a group commit one is cancelled: all others are answered, later ones too, and all stops."""

    async def story() -> list[object]:
        intake = Intake(Spool(tmp_path, Keys(tmp_path / "keys")), 100, lambda: NOON)

        async def send(number: int) -> bool:
            return await intake.hit(SITE, hit(number))

        first = [asyncio.create_task(send(number)) for number in range(3)]
        await asyncio.sleep(0)
        first[0].cancel()
        told: list[object] = list(await asyncio.gather(*first, return_exceptions=True))
        told.append(await send(3))
        await intake.stop()
        return told

    left, *others = own_loop.run(story())
    assert isinstance(left, asyncio.CancelledError)
    assert others == [True, True, True]
    spool = Spool(tmp_path, Keys(tmp_path / "keys"))
    kept = [hit.network for entry in spool.read(0) if entry.batch for hit in entry.batch.hits]
    spool.close()
    assert kept == [0, 1, 2, 3]
