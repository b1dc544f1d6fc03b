"""The group wall holds against every attack."""

import pytest

from tests.adversary.attacks import ATTACKS


@pytest.mark.parametrize("name", ATTACKS)
def test_the_attack_fails(name: str) -> None:
    """The real fold gives the attack nothing, in any of its worlds."""
    assert ATTACKS[name]() == 0
