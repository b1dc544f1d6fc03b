"""The attacks are worth something: each catches the faults it is there for."""

import pytest

from tests.adversary.attacks import ATTACKS
from tests.adversary.faults import FAULTS, Fault, planted

CASES = [
    pytest.param(fault, attack, id=f"{attack} catches {fault.what}") for fault in FAULTS for attack in fault.caught_by
]


@pytest.mark.parametrize(("fault", "attack"), CASES)
def test_the_planted_fault_is_caught(fault: Fault, attack: str) -> None:
    """With the fault in the real code the attack succeeds; it is taken out again afterwards."""
    with planted(fault):
        assert ATTACKS[attack]() > 0


def test_every_attack_catches_something() -> None:
    """No attack is there for show."""
    assert {attack for fault in FAULTS for attack in fault.caught_by} == set(ATTACKS)
