"""What the catalogue is filtered by (C4). Every choice stands in the address, so that it can be shared."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import django_filters
from django import forms
from django.core.cache.backends.locmem import LocMemCache
from django.db.models import Count, F, Value

from common.forms import DayField, LongSelect
from common.languages import say, say_lazy
from common.templatetags.ui import day_short
from offers.models import Access, Event, Performance
from offers.models.performances import offering

# How many dates each choice would show changes slowly, and every page of the catalogue asks.
FACETS_KEPT_SECONDS = 60
_facets = LocMemCache("facets of the catalogue", {"TIMEOUT": FACETS_KEPT_SECONDS})
NOT_FILTERS = ("page", "vue", "jour")  # of the address: they choose among what is found


def forget_facets() -> None:
    """Count anew next time."""
    _facets.clear()


@dataclass(frozen=True, slots=True)
class Facets:
    """How many dates are found, and how many each choice of a filter would show, the others being as they are."""

    found: int
    kind: dict[str, int]
    city: dict[str, int]
    access: dict[str, int]


def _kinds() -> list[tuple[str, str]]:
    return [(kind, say(f"kind.{kind}")) for kind in Event.Kind.values]


def _accesses() -> list[tuple[str, str]]:
    return [(access, say(f"access.{access}")) for access in Access.values]


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that the catalogue is filtered by, in words, and the query string without it."""

    text: str
    without: str


class CatalogueForm(forms.Form):
    """What a person asks the catalogue for; what can't be understood is said by its field and left aside."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Select):
                field.widget.attrs["class"] = "form-select"
            elif isinstance(field.widget, (forms.CheckboxInput, forms.CheckboxSelectMultiple)):
                field.widget.attrs["class"] = "form-check-input"
            else:
                field.widget.attrs["class"] = "form-control"

    def clean(self):
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", say("programme.wrong_order"))
        return cleaned


class VisitorsDayField(DayField):
    """A day that visitors choose too: refused in their language, whatever is wrong with it."""

    def run_validators(self, value):
        try:
            super().run_validators(value)
        except forms.ValidationError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class DayFilter(django_filters.Filter):
    field_class = VisitorsDayField


class AgeFilter(django_filters.Filter):
    field_class = forms.IntegerField


class CatalogueFilter(django_filters.FilterSet):
    """Filters over dates open for booking; those without seats are left out unless asked for."""

    q = django_filters.CharFilter(
        label=say_lazy("programme.search"),
        method="by_words",
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": say_lazy("programme.search_example"),
                "autocomplete": "off",
            }
        ),
        error_messages={"max_length": say_lazy("programme.too_long")},
    )
    since = DayFilter(
        label=say_lazy("programme.since"),
        method="by_since",
        error_messages={"invalid": say_lazy("programme.wrong_day")},
    )
    until = DayFilter(
        label=say_lazy("programme.until"),
        method="by_until",
        error_messages={"invalid": say_lazy("programme.wrong_day")},
    )
    kind = django_filters.ChoiceFilter(
        label=say_lazy("programme.kind"),
        field_name="event__kind",
        choices=_kinds,
        empty_label=say_lazy("programme.any_kind"),
        widget=LongSelect,
        error_messages={"invalid_choice": say_lazy("programme.unknown_kind")},
    )
    city = django_filters.CharFilter(
        label=say_lazy("programme.city"), field_name="event__city", max_length=100, widget=LongSelect
    )
    age = AgeFilter(
        label=say_lazy("programme.age"),
        method="by_age",
        min_value=0,
        max_value=120,
        error_messages={
            "invalid": say_lazy("programme.wrong_age"),
            "min_value": say_lazy("programme.wrong_age"),
            "max_value": say_lazy("programme.wrong_age"),
        },
    )
    access = django_filters.MultipleChoiceFilter(
        label=say_lazy("programme.access"),
        method="by_access",
        choices=_accesses,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": say_lazy("programme.unknown_need")},
    )
    full = django_filters.BooleanFilter(
        label=say_lazy("programme.full"), method="by_seats", widget=forms.CheckboxInput
    )

    class Meta:
        model = Performance
        fields: Sequence[str] = ()
        form = CatalogueForm

    def __init__(self, data, *, queryset, scope: str = ""):
        """`scope` names whose dates `queryset` holds, so that nobody is told counts of another's.

        `counted` is how many dates were found up to a minute ago.
        """
        super().__init__(data, queryset=queryset)
        self.form.is_valid()
        facets = self._counted(scope)
        self.counted = facets.found
        fields = self.form.fields
        fields["kind"].widget.choices = self._offer(
            "kind", say("programme.any_kind"), facets.kind, dict(_kinds())
        )
        fields["city"].widget.choices = self._offer("city", say("programme.any_city"), facets.city, {})
        fields["access"].widget.choices = [
            (need, f"{label} ({facets.access[need]})") for need, label in _accesses()
        ]

    def _offer(self, name: str, everything: str, counts: dict[str, int], labels: dict[str, str]):
        """A filter's choices with their counts; what was asked for stays, be it without a date."""
        asked = self.form[name].value()
        offered = counts if not asked or asked in counts else {**counts, asked: 0}
        choices = [(value, f"{labels.get(value, value)} ({count})") for value, count in offered.items()]
        return [("", everything), *choices]

    def _counted(self, scope: str) -> Facets:
        """The counts, as they were up to a minute ago. Three queries once they are forgotten."""
        asked = sorted((name, values) for name, values in self.data.lists() if name not in NOT_FILTERS)
        key = sha256(f"{scope} {asked}".encode()).hexdigest()
        return _facets.get_or_set(key, self._count)

    def _count(self) -> Facets:
        counts: dict[str, dict[str, int]] = {"kind": {}, "city": {}}
        kinds, cities = (
            self._all_but(name)
            .order_by()
            .values(facet=Value(name), choice=F(f"event__{name}"))
            .annotate(dates=Count("pk"))
            for name in counts
        )
        for row in kinds.union(cities, all=True).order_by("facet", "choice"):
            if row["choice"]:
                counts[row["facet"]][row["choice"]] = row["dates"]
        needs = {need.value: Count("pk", filter=offering(need)) for need in Access}
        return Facets(
            found=self.qs.count(), **counts, access=self._all_but("access").order_by().aggregate(**needs)
        )

    def _all_but(self, name: str):
        """What is found when one filter is left aside."""
        found = self.queryset
        for other, value in self.form.cleaned_data.items():
            if other != name:
                found = self.filters[other].filter(found, value)
        return found

    def by_words(self, queryset, name, value):
        return queryset.searching(value)

    def by_since(self, queryset, name, value):
        return queryset.from_day(value)

    def by_until(self, queryset, name, value):
        return queryset.until_day(value)

    def by_age(self, queryset, name, value):
        return queryset.suited_to(value)

    def by_access(self, queryset, name, value):
        return queryset.accessible(value)

    def by_seats(self, queryset, name, value):
        return queryset if value else queryset.with_seats()

    @property
    def words(self) -> str:
        """The words that are searched, as they were typed."""
        return self.form.cleaned_data.get("q", "")

    def everywhere(self):
        """What is found in whatever commune."""
        return self._all_but("city")

    @property
    def chips(self) -> list[Chip]:
        """What is filtered by, in words, each with the way to do without."""
        asked = self.form.cleaned_data if self.form.is_bound and self.form.errors is not None else {}
        said = {
            "q": lambda words: f"« {words} »",
            "since": lambda day: say("programme.chip_since", day=day_short(day)),
            "until": lambda day: say("programme.chip_until", day=day_short(day)),
            "kind": lambda kind: say(f"kind.{kind}"),
            "city": str,
            "age": lambda age: say("programme.chip_age", age=age),
            "full": lambda _: say("programme.chip_full"),
        }
        chips = [
            Chip(words(asked[name]), self._without(name))
            for name, words in said.items()
            if asked.get(name) not in (None, "", False)
        ]
        return chips + [
            Chip(say(f"access.{need}"), self._without("access", need)) for need in asked.get("access", ())
        ]

    @property
    def more_is_asked(self) -> bool:
        """Whether one of the filters that are folded away is asked for."""
        return any(self.data.get(name) for name in ("age", "access", "full"))

    def _without(self, name: str, value: str | None = None) -> str:
        query = self.data.copy()
        left = [other for other in query.getlist(name) if other != value] if value else []
        query.setlist(name, left)
        query.pop("page", None)
        return query.urlencode()

    def address(self, **answers: str) -> str:
        """The query string with other answers; an empty one takes its question away."""
        query = self.data.copy()
        query.pop("page", None)
        for name, answer in answers.items():
            query.setlist(name, [answer] if answer else [])
        return query.urlencode()
