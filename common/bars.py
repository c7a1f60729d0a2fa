"""A few numbers beside each other as bars, drawn by the server (`common/partials/bars.html`), a table beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH = 400  # of the drawing, in its own units; a phone shows one unit as 0.8 px
ROW = 52  # height of a bar with its label
ROOM = 70  # kept for the number at the end of the longest bar
SMALLEST = 2  # so that zero is seen, too


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is about, its number as words, where it stands; the one that matters is `main`."""

    label: str
    says: str
    y: int
    length: float
    main: bool


@dataclass(frozen=True, slots=True)
class Bars:
    """A drawing: its size, and its bars from top to bottom."""

    width: int
    height: int
    bars: Sequence[Bar]

    @property
    def words(self) -> str:
        """What the drawing shows, to be read aloud."""
        return ", ".join(f"{bar.label} : {bar.says}" for bar in self.bars)


def draw(values: Iterable[tuple[str, float | None, str]]) -> Bars | None:
    """Bars of (label, number from 0 on, number as words), the first as the main one.

    Those without a number are left out; None where there is none to draw.
    """
    shown = [(label, value, says) for label, value, says in values if value is not None]
    if not shown:
        return None
    most = max(value for _, value, _ in shown) or 1
    bars = [
        Bar(label, says, row * ROW, round(max(SMALLEST, (WIDTH - ROOM) * value / most), 1), row == 0)
        for row, (label, value, says) in enumerate(shown)
    ]
    return Bars(WIDTH, ROW * len(bars), bars)
