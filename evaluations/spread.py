"""How evenly seats are spread (E5). Pure: no database.

The index is Gini's: 0 where everybody got as much, near 1 where one got nearly all. A picture shows the same as five
equal groups, from those who got least to those who got most.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any, Self

from django.conf import settings

GROUPS = 5
SIDE = 240  # of the picture, in its own units


@dataclass(frozen=True)
class Spread:
    """How what `total` is was spread over `count` that could have it.

    `parts`: what each fifth got, 0 to 1, from those with least to those with most; `typical`: what lies in the middle.
    """

    count: int
    total: float
    index: float
    parts: tuple[float, ...]
    typical: float

    @classmethod
    def of(cls, amounts: Iterable[float]) -> Self | None:
        """Of what each of them got. None where a fifth is too few to show (FIGURES_SMALL), or nobody got any."""
        ordered = sorted(amounts)
        count, total = len(ordered), sum(ordered)
        if count < GROUPS * settings.FIGURES_SMALL or not total:
            return None
        ranked = sum(rank * amount for rank, amount in enumerate(ordered, start=1))
        index = 2 * ranked / (count * total) - (count + 1) / count
        upto = [0.0, *accumulate(ordered)]
        edges = [_between(upto, count * group / GROUPS) for group in range(GROUPS + 1)]
        parts = tuple(round((edges[n + 1] - edges[n]) / total, 4) for n in range(GROUPS))
        return cls(count, round(total, 1), round(index, 3), parts, float(ordered[count // 2]))

    @classmethod
    def read(cls, stored: dict[str, Any] | None) -> Self | None:
        """What `stored` gave."""
        return cls(**{**stored, "parts": tuple(stored["parts"])}) if stored else None

    @property
    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    @property
    def about(self) -> int:
        """About how many there are: exact, it would tell people by its difference from the figures (E4)."""
        return round(self.count, -1)

    @property
    def least(self) -> float:
        """What the two fifths with least got together, 0 to 1."""
        return self.parts[0] + self.parts[1]

    @property
    def groups(self) -> list[tuple[str, float, float]]:
        """Each fifth: what it is called, what it got, and what all up to it got together."""
        names = [
            "Le cinquième le moins servi",
            "Le deuxième",
            "Celui du milieu",
            "Le quatrième",
            "Le plus servi",
        ]
        return list(zip(names, self.parts, accumulate(self.parts), strict=True))

    @property
    def curve(self) -> str:
        """The points of the picture: what the first fifths got together, from corner to corner."""
        heights = [0.0, *accumulate(self.parts)]
        return " ".join(
            f"{round(SIDE * n / GROUPS, 1)},{round(SIDE * (1 - min(height, 1)), 1)}"
            for n, height in enumerate(heights)
        )


def _between(upto: list[float], place: float) -> float:
    """What those up to `place` got, where it may lie inside one of them."""
    whole = int(place)
    rest = place - whole
    return upto[whole] + (rest * (upto[whole + 1] - upto[whole]) if rest else 0)
