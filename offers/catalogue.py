"""The ways of looking at what the catalogue found: list, month, week, map (C4). Only reads."""

from calendar import Calendar
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Avg, Count, TextChoices
from django.http import QueryDict

from common.bubbles import BubbleMap, Spot, draw
from common.dates import local_day
from common.text import normalise
from offers.filters import CatalogueFilter
from offers.models import Performance, PerformanceQuerySet
from offers.models.performances import AT_HOME
from offers.spelling import corrected
from partners.models import Commune

LAST_YEAR = 9998  # calendars end there
TITLES_SHOWN = 3  # of a day, in a month
DATES_SHOWN = 8  # of a day, in a week
DAYS_OF_WEEK = 7


class Look(TextChoices):
    """How the catalogue shows what it found; the values stand in its address."""

    LIST = "liste", "Liste"
    MONTH = "mois", "Mois"
    WEEK = "semaine", "Semaine"
    MAP = "carte", "Carte"


@dataclass(frozen=True, slots=True)
class Asked:
    """How the catalogue is looked at: the look, a day of the month or week, the page of the list."""

    look: Look
    day: date
    today: date
    page: str


class LookForm(forms.Form):
    """What of the catalogue's address says how to look; what can't be understood is left aside."""

    vue = forms.ChoiceField(choices=Look, required=False)
    jour = forms.DateField(input_formats=["%Y-%m-%d"], required=False)
    page = forms.CharField(required=False)

    def asked(self, *, today: date) -> Asked:
        """With `today`'s month or week where none is asked for."""
        self.is_valid()
        said, day = self.cleaned_data, self.cleaned_data.get("jour")
        day = day if day and today.year <= day.year < LAST_YEAR else today
        return Asked(Look(said.get("vue") or Look.LIST), day, today, said.get("page", ""))


def search_catalogue(data: QueryDict, *, queryset: PerformanceQuerySet, scope: str, at: datetime) -> dict:
    """What the catalogue's page shows for its address: `filters`, `look`, and what `look_at` gives.

    Where the words typed find nothing and their nearest in the programme do, `filters` hold these, and
    `instead_of` those typed. `scope` as for `CatalogueFilter`.
    """
    asked = LookForm(data).asked(today=local_day(at))
    filters = CatalogueFilter(data, queryset=queryset, scope=scope)
    shown = {"filters": filters, "look": asked.look, **look_at(filters, asked)}
    if not shown["count"] and filters.words and (better := corrected(filters.words, at=at)):
        again = CatalogueFilter(_with(data, q=better), queryset=queryset, scope=scope)
        found = look_at(again, asked)
        if found["count"]:
            return {**shown, **found, "filters": again, "instead_of": filters.words}
    return shown


def _with(data: QueryDict, **answers: str) -> QueryDict:
    changed = data.copy()
    for name, answer in answers.items():
        changed[name] = answer
    return changed


def look_at(filters: CatalogueFilter, asked: Asked) -> dict:
    """What the page shows: `count` dates, as a `page` of tickets, a `span` of days, or a `map` with its `places`."""
    match asked.look:
        case Look.LIST:
            pages = Paginator(filters.qs.as_tickets(), settings.CATALOGUE_PAGE)
            if filters.counted > pages.per_page:  # of so many, nobody misses those of the last minute
                pages.count = filters.counted
            return {"page": pages.get_page(asked.page), "count": pages.count}
        case Look.MAP:
            map_, places = places_of(
                filters.everywhere(), link=lambda city: "?" + filters.address(city=city, vue="")
            )
            return {"map": map_, "places": places, "count": sum(place.count for place in places)}
    span = (month_of if asked.look == Look.MONTH else week_of)(filters.qs, asked.day, today=asked.today)
    return {"span": span, "count": span.count}


@dataclass(slots=True)
class Day:
    """One day of a month or a week: how many dates, and the first of them."""

    on: date
    within: bool  # the month shown
    count: int
    shown: Sequence

    @property
    def more(self) -> int:
        return self.count - len(self.shown)


@dataclass(slots=True)
class Span:
    """A month, as weeks of days, or a week, as one; `previous` (none before today) and `next` lead to those beside."""

    first: date
    last: date
    weeks: list[list[Day]]
    previous: date | None
    next: date

    @property
    def count(self) -> int:
        return sum(day.count for week in self.weeks for day in week if day.within)


def month_of(found: PerformanceQuerySet, day: date, *, today: date) -> Span:
    """The month that holds `day`, in whole weeks from Monday; a day's titles are (start, title, kind). One query."""
    weeks = Calendar().monthdatescalendar(day.year, day.month)
    rows = found.from_day(weeks[0][0]).until_day(weeks[-1][-1]).order_by("starts_at", "pk")
    by_day = defaultdict(list)
    for row in rows.values_list("starts_at", "event__title", "event__kind"):
        by_day[local_day(row[0])].append(row)
    first = day.replace(day=1)
    last = max(on for on in weeks[-1] if on.month == day.month)
    days = [
        [Day(on, on.month == day.month, len(by_day[on]), by_day[on][:TITLES_SHOWN]) for on in week]
        for week in weeks
    ]
    previous = first - timedelta(days=1) if first > today else None
    return Span(first, last, days, previous, last + timedelta(days=1))


def week_of(found: PerformanceQuerySet, day: date, *, today: date) -> Span:
    """The seven days from `day` on, with the first dates of each as tickets. One query."""
    first, last = day, day + timedelta(days=DAYS_OF_WEEK - 1)
    by_day: dict[date, list[Performance]] = defaultdict(list)
    for performance in found.from_day(first).until_day(last).as_tickets():
        by_day[performance.day].append(performance)
    days = [first + timedelta(days=n) for n in range(DAYS_OF_WEEK)]
    week = [Day(on, True, len(by_day[on]), by_day[on][:DATES_SHOWN]) for on in days]
    previous = max(first - timedelta(days=DAYS_OF_WEEK), today) if first > today else None
    return Span(first, last, [week], previous, last + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Place:
    """A commune with the dates found there; `spot` says where it lies, where that is known."""

    name: str
    count: int
    url: str
    spot: Spot | None


def places_of(
    found: PerformanceQuerySet, *, link: Callable[[str], str]
) -> tuple[BubbleMap | None, list[Place]]:
    """A circle for each commune, over all the communes known, and the same as a list by name.

    `link(city)` is the catalogue's address with that commune chosen. Three queries.
    """
    centre = {
        axis: Avg(f"event__venue__commune__{axis}", filter=AT_HOME) for axis in ("latitude", "longitude")
    }
    rows = list(
        found.exclude(event__city="").order_by().values("event__city").annotate(dates=Count("pk"), **centre)
    )
    known = Commune.objects.filter(latitude__isnull=False, longitude__isnull=False)
    lost = {row["event__city"] for row in rows if row["latitude"] is None}
    by_name = {
        name: (latitude or 0.0, longitude or 0.0)
        for name, latitude, longitude in known.filter(name__in=lost).values_list(
            "name", "latitude", "longitude"
        )
    }
    places = []
    for row in sorted(rows, key=lambda row: normalise(row["event__city"])):
        name, count, url = row["event__city"], row["dates"], link(row["event__city"])
        lies = (row["latitude"], row["longitude"]) if row["latitude"] else by_name.get(name)
        places.append(Place(name, count, url, Spot(name, lies[0], lies[1], count, url) if lies else None))
    spots = [place.spot for place in places if place.spot]
    return draw(spots, ground=_around(spots, known)), places


def _around(spots: Sequence[Spot], communes) -> list[tuple[float, float]]:
    """The communes that lie among the spots."""
    if not spots:
        return []
    near = communes.filter(
        latitude__range=(min(spot.latitude for spot in spots), max(spot.latitude for spot in spots)),
        longitude__range=(min(spot.longitude for spot in spots), max(spot.longitude for spot in spots)),
    )
    return list(near.values_list("latitude", "longitude"))
