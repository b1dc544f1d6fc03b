"""One measured figure: what it is, what it should be, and what it stands against."""

from typing import NamedTuple


class Figure(NamedTuple):
    """A line of `make bench`. `at_least` says on which side of the target it must lie."""

    name: str
    value: float
    unit: str
    target: float
    against: str
    at_least: bool = False

    @property
    def ok(self) -> bool:
        """Whether the target is met."""
        return self.value >= self.target if self.at_least else self.value <= self.target

    def line(self) -> str:
        """As printed: a figure that misses its target says so."""
        sign = ">=" if self.at_least else "<="
        verdict = "ok" if self.ok else "MISSED"
        target = f"target {sign} {self.target:,g}"
        return f"{verdict:6} {self.name:20} {self.value:>12,.2f} {self.unit:10} {target:22} {self.against}"
