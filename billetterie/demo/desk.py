"""What the demonstration's own venue has on its desk: pictures of its events, drawn here, and a draft."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from io import BytesIO

from django.http import QueryDict
from PIL import Image, ImageDraw

from billetterie.demo.chance import Chance
from billetterie.demo.partners import House, at_hour
from billetterie.demo.programme import trace
from offers import pictures
from offers.models import Event, EventDraft, Picture

WIDTH, HEIGHT = 1200, 800
NIGHT, PLUM, SUN, ROSE, PAPER = "#1d1440", "#6b1d4a", "#ffc53d", "#f6b0d1", "#fff6e0"


def _clock(drawing: ImageDraw.ImageDraw) -> None:
    """A clock over the roofs, two minutes before midnight."""
    drawing.ellipse((640, 90, 1080, 530), fill=PAPER, outline=SUN, width=22)
    drawing.line((860, 310, 860, 150), fill=NIGHT, width=20)
    drawing.line((860, 310, 832, 130), fill=PLUM, width=12)
    for left in range(0, WIDTH, 150):
        drawing.polygon(
            [(left, HEIGHT), (left, 640), (left + 75, 560), (left + 150, 640), (left + 150, HEIGHT)], PLUM
        )
        drawing.rectangle((left + 55, 680, left + 95, 730), fill=SUN)


def _umbrellas(drawing: ImageDraw.ImageDraw) -> None:
    """Three umbrellas in the rain."""
    for left in range(-400, WIDTH, 55):
        drawing.line((left, 0, left + 260, HEIGHT), fill="#3c3170", width=4)
    for left, top, colour in ((120, 330, SUN), (430, 180, ROSE), (760, 360, "#8ec5ff")):
        drawing.pieslice((left, top, left + 330, top + 330), 180, 360, fill=colour)
        drawing.line((left + 165, top + 165, left + 165, top + 380), fill=PAPER, width=12)


def _lamps(drawing: ImageDraw.ImageDraw) -> None:
    """Street lamps, as if they danced."""
    for step, left in enumerate(range(110, WIDTH, 240)):
        lean = 50 if step % 2 else -50
        drawing.ellipse((left + lean - 95, 130, left + lean + 95, 320), fill="#4a3a1c")
        drawing.line((left, 720, left + lean, 240), fill=ROSE, width=18)
        drawing.ellipse((left + lean - 50, 175, left + lean + 50, 275), fill=SUN)
    drawing.rectangle((0, 715, WIDTH, HEIGHT), fill=PLUM)


SHOWN: dict[str, tuple[Callable[[ImageDraw.ImageDraw], None], str, tuple[int, int]]] = {
    "Minuit moins deux": (_clock, "Une horloge sur les toits, deux minutes avant minuit", (100, 0)),
    "La Dame aux trois parapluies": (_umbrellas, "Trois parapluies sous la pluie", (50, 50)),
    "Le Grand Bal des réverbères": (_lamps, "Des réverbères qui semblent danser", (50, 0)),
}


@cache
def _drawn(title: str) -> pictures.Drawn:
    motif, _, focus = SHOWN[title]
    paper = Image.new("RGB", (WIDTH, HEIGHT), NIGHT)
    motif(ImageDraw.Draw(paper))
    file = BytesIO()
    paper.save(file, "PNG")
    return pictures.draw(file.getvalue(), focus=focus)


def load_desk(*, chance: Chance, house: House, on: date) -> None:
    """Put pictures on events of the venue, and begin a draft of which the title and every other date are there."""
    at = at_hour(on - timedelta(days=1), 17, 40)
    for event in Event.objects.filter(venue=house.partner, title__in=SHOWN).order_by("title"):
        drawn = _drawn(event.title)
        event.picture = Picture.objects.create(
            name=drawn.name,
            whole=drawn.whole,
            page=drawn.page,
            card=drawn.card,
            width=drawn.width,
            height=drawn.height,
            focus_x=drawn.focus[0],
            focus_y=drawn.focus[1],
            created_at=at,
        )
        event.picture_alt = SHOWN[event.title][1]
        event.save(update_fields=["picture", "picture_alt"])
        trace(chance, at, house, "image mise", event).save(force_insert=True)
    draft = EventDraft.objects.create(
        id=chance.uuid(), venue=house.partner, by=house.team[0], typed=_typed(on), saved_at=at
    )
    trace(chance, at, house, "brouillon commencé", draft).save(force_insert=True)


def _typed(on: date) -> str:
    """A form as it was left: every Wednesday of two months, without hour yet for the last."""
    first = on + timedelta(days=60)
    days = [first + timedelta(days=n) for n in range(63) if (first + timedelta(days=n)).weekday() == 2]
    typed = QueryDict(mutable=True)
    typed.update(
        {
            "title": "Les Mercredis du conte",
            "kind": "show",
            "description": "Un conte, un goûter, et le droit de bouger.",
            "age_min": "4",
            "relaxed": "on",
            "repeat-first": first.isoformat(),
            "repeat-last": days[-1].isoformat(),
            "repeat-begins": "15:00",
            "repeat-capacity": "12",
            "repeat-without_public": "on",
            "dates-TOTAL_FORMS": str(len(days)),
            "dates-INITIAL_FORMS": "0",
        }
    )
    typed.setlist("repeat-weekdays", ["2"])
    for rank, day in enumerate(days):
        begins = "" if day == days[-1] else "15:00"
        typed.update(
            {
                f"dates-{rank}-day": day.isoformat(),
                f"dates-{rank}-begins": begins,
                f"dates-{rank}-ends": "",
                f"dates-{rank}-capacity": "12",
                f"dates-{rank}-last_day": "",
            }
        )
    return typed.urlencode()
