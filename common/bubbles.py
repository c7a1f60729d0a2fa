"""A map that needs nothing from elsewhere: places with a number, as circles that never lie on each other.

Drawn by the server as SVG (`common/partials/bubble_map.html`), each circle a link: it works without JavaScript, by the
keyboard and read aloud. There is no ground map: pale dots where other places are give the shape of the country.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians, sqrt

WIDTH, TALLEST, LOWEST = 400, 540, 240  # of the drawing, in its own units; a phone shows one unit as 0.8 px
MARGIN = 34
SMALLEST, LARGEST = 17, 30  # radius: the smallest is still a target of 24 px on a phone
GAP = 1.5
ROUNDS = 60  # in which circles push each other apart
LETTER, LINE = 7.8, 18  # size of a name's letter and line
CLOSEST = 0.02  # degrees: the least that the drawing shows from side to side


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to show: where it lies, what it is called, how many are there, and where its link leads.

    One where there are none is drawn empty.
    """

    name: str
    latitude: float
    longitude: float
    count: int
    url: str
    current: bool = False


@dataclass(slots=True)
class Bubble:
    """A circle of the drawing; its name is written at (`name_x`, `name_y`) where there is room for it."""

    spot: Spot
    x: float
    y: float
    radius: float
    name_x: float | None = None
    name_y: float | None = None


@dataclass(frozen=True, slots=True)
class BubbleMap:
    """A drawing: its size, its circles, largest first, and the dots of its ground, as one path of SVG."""

    width: int
    height: int
    bubbles: Sequence[Bubble]
    ground: str


def draw(spots: Iterable[Spot], *, ground: Iterable[tuple[float, float]] = ()) -> BubbleMap | None:
    """Spots as circles over `ground`, (latitude, longitude) of other places; None where there is no spot."""
    shown = sorted(spots, key=lambda spot: (-spot.count, spot.name))
    if not shown:
        return None
    dots = list(ground)
    points = [*((spot.latitude, spot.longitude) for spot in shown), *dots]
    south, north = min(at[0] for at in points), max(at[0] for at in points)
    west, east = min(at[1] for at in points), max(at[1] for at in points)
    flat = cos(radians((south + north) / 2))
    wide, high = max((east - west) * flat, CLOSEST), max(north - south, CLOSEST)
    scale = min((WIDTH - 2 * MARGIN) / wide, (TALLEST - 2 * MARGIN) / high)
    height = round(max(LOWEST, high * scale + 2 * MARGIN))

    def place(latitude: float, longitude: float) -> tuple[float, float]:
        x = WIDTH / 2 + (longitude - (west + east) / 2) * flat * scale
        y = height / 2 - (latitude - (south + north) / 2) * scale
        return round(x, 1), round(y, 1)

    most = shown[0].count or 1
    bubbles = [
        Bubble(
            spot,
            *place(spot.latitude, spot.longitude),
            round(SMALLEST + (LARGEST - SMALLEST) * sqrt(max(0, spot.count - 1) / most), 1),
        )
        for spot in shown
    ]
    _part(bubbles, height)
    _name(bubbles, height)
    return BubbleMap(WIDTH, height, bubbles, "".join("M{} {}h0".format(*place(*dot)) for dot in dots))


def _part(bubbles: Sequence[Bubble], height: float) -> None:
    """Push circles apart until none lies on another, as far as there is room."""
    for _ in range(ROUNDS):
        moved = False
        for index, one in enumerate(bubbles):
            for other in bubbles[index + 1 :]:
                across, down = other.x - one.x, other.y - one.y
                apart = hypot(across, down)
                missing = one.radius + other.radius + GAP - apart
                if missing <= 0.1:
                    continue
                if apart < 0.1:  # at the same place: part them sideways
                    across, down, apart = 1.0, 0.2, hypot(1.0, 0.2)
                step = missing / 2 / apart
                one.x, one.y = one.x - across * step, one.y - down * step
                other.x, other.y = other.x + across * step, other.y + down * step
                moved = True
        for bubble in bubbles:
            bubble.x = round(min(max(bubble.x, bubble.radius), WIDTH - bubble.radius), 1)
            bubble.y = round(min(max(bubble.y, bubble.radius), height - bubble.radius), 1)
        if not moved:
            return


def _name(bubbles: Sequence[Bubble], height: float) -> None:
    """Write names, those of the largest first, where they lie on no circle and no other name."""
    taken = [
        (
            bubble.x - bubble.radius,
            bubble.y - bubble.radius,
            bubble.x + bubble.radius,
            bubble.y + bubble.radius,
        )
        for bubble in bubbles
    ]
    for bubble in bubbles:
        half = len(bubble.spot.name) * LETTER / 2
        aside = bubble.radius + half + 3
        for x, y in (
            (bubble.x, bubble.y + bubble.radius + LINE / 2),
            (bubble.x, bubble.y - bubble.radius - LINE / 2),
            (bubble.x + aside, bubble.y),
            (bubble.x - aside, bubble.y),
        ):
            box = (x - half, y - LINE / 2 + 1, x + half, y + LINE / 2 - 1)
            within = box[0] >= 0 and box[1] >= 0 and box[2] <= WIDTH and box[3] <= height
            if within and not any(_cross(box, other) for other in taken):
                bubble.name_x, bubble.name_y = round(x, 1), round(y, 1)
                taken.append(box)
                break


def _cross(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
