"""Numbers beside each other as bars, drawn by the server, a table beside them: `common/partials/bars.html`.

`draw` shows a few numbers of which the first matters; `draw_shares` what became of a whole, one bar for each line.
"""

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


SHARE_ROW = 82  # height of a bar with the words above and below it
RANKS = 3  # tones: a whole, its share, and what matters of it
NAME_MAX = 30  # characters


@dataclass(frozen=True, slots=True)
class Share:
    """A piece of a bar from its start on; the next one lies over it. What isn't `known` is hatched.

    The last of RANKS is what matters.
    """

    rank: int
    length: float
    known: bool


@dataclass(frozen=True, slots=True)
class SharedBar:
    """One line's whole with its shares, from the whole to the smallest."""

    label: str
    says: str
    y: int
    shares: Sequence[Share]


@dataclass(frozen=True, slots=True)
class SharedBars:
    """A drawing of them; what each rank means stands in its legend."""

    width: int
    height: int
    bars: Sequence[SharedBar]
    legend: Sequence[tuple[int, str]]

    @property
    def words(self) -> str:
        """What the drawing shows, to be read aloud."""
        return ". ".join(f"{bar.label} : {bar.says}" for bar in self.bars)

    @property
    def hides(self) -> bool:
        return any(not share.known for bar in self.bars for share in bar.shares)


def draw_shares(
    lines: Iterable[tuple[str, Sequence[int | None]]], *, legend: Sequence[str], hidden: str
) -> SharedBars | None:
    """Bars of (label, numbers from the whole to its smallest share), a number that isn't known as None.

    `legend` names the numbers, and `hidden` says that one isn't known. None where there is no line.
    """
    rows = list(lines)
    if not rows:
        return None
    most = max((number for _, numbers in rows for number in numbers if number is not None), default=0) or 1
    bars = []
    for row, (label, numbers) in enumerate(rows):
        shares, room = [], float(SMALLEST * 10)
        for rank, number in enumerate(numbers, RANKS - len(numbers)):
            length = room if number is None else round(max(SMALLEST, WIDTH * number / most), 1)
            shares.append(Share(rank, length, number is not None))
            room = length
            if number is None:
                break
        said = [
            f"{name.lower()} {number}"
            for name, number in zip(legend, numbers, strict=True)
            if number is not None
        ]
        if len(said) < len(numbers):
            said.append(hidden)
        name = label if len(label) <= NAME_MAX else f"{label[: NAME_MAX - 1]}…"
        bars.append(SharedBar(name, ", ".join(said), row * SHARE_ROW, shares))
    return SharedBars(WIDTH, SHARE_ROW * len(bars), bars, list(enumerate(legend, RANKS - len(legend))))
