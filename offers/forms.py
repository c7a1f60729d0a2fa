"""What a venue types: an event, its dates, the seats it gives, a programme file (C1–C3)."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict

from common.dates import start_of
from common.forms import DayField, HourField, attach, moment
from offers.models import Event, Performance
from offers.services import RefusedDates

Sections = list[tuple[str, list[forms.BoundField]]]  # headings with their fields
DATES_MAX = 60  # of one form; more can be added to the event afterwards, or imported
NIGHT_ENDS = time(6)  # an end up to this hour is the next morning's


class SeatsField(forms.IntegerField):
    """A number of seats to give for one date."""

    def __init__(self, **kwargs):
        sentence = f"Donnez entre 0 et {settings.SEATS_MAX} places."
        kwargs.setdefault("label", "Places")
        super().__init__(
            min_value=0,
            max_value=settings.SEATS_MAX,
            error_messages={
                "required": "Écrivez combien de places vous donnez.",
                "invalid": "Écrivez le nombre de places en chiffres, par exemple 10.",
                "min_value": sentence,
                "max_value": sentence,
            },
            **kwargs,
        )


class EventForm(forms.ModelForm):
    """What an event is, apart from its dates."""

    ESSENTIALS = (("L'essentiel", ("title", "kind", "description")),)
    SECTIONS = (
        ("Pour qui", ("age_min", "duration_minutes", "languages")),
        ("Accessibilité", ("wheelchair", "hearing_loop", "sign_language", "audio_description", "relaxed")),
    )
    MORE_SECTIONS = (
        ("Le jour même", ("door_conditions", "contact")),
        ("Acheter une place", ("purchase_info", "purchase_url")),
        ("Si c'est ailleurs que chez vous", ("place_name", "place_address", "place_postcode", "place_city")),
    )

    class Meta:
        model = Event
        fields = (
            *("title", "kind", "description", "age_min", "duration_minutes", "languages"),
            *("wheelchair", "hearing_loop", "sign_language", "audio_description", "relaxed"),
            *("door_conditions", "contact", "purchase_info", "purchase_url"),
            *("place_name", "place_address", "place_postcode", "place_city"),
        )
        widgets = {"description": forms.Textarea(attrs={"rows": 6})}
        labels = {
            "title": "Titre",
            "kind": "Type",
            "description": "Présentation",
            "languages": "Langues",
            "wheelchair": "Accessible en fauteuil",
            "hearing_loop": "Boucle magnétique",
            "sign_language": "Langue des signes",
            "audio_description": "Audiodescription",
            "relaxed": "Séance détendue",
            "door_conditions": "À l'entrée",
            "contact": "Contact",
            "purchase_info": "Prix, guichet",
            "place_name": "Salle ou site",
            "place_address": "Adresse",
            "place_postcode": "Code postal",
            "place_city": "Commune",
        }
        help_texts = {
            "description": "Quelques phrases simples : elles seront lues par des personnes très diverses.",
            "purchase_info": "Pour les personnes qui préfèrent acheter.",
            "languages": "Celles qu'on y parle, ou «\u00a0sans paroles\u00a0».",
            "place_name": "",
        }
        error_messages = {"title": {"required": "Donnez un titre à l'événement."}}

    age_min = forms.IntegerField(
        label="À partir de",
        required=False,
        min_value=0,
        max_value=99,
        help_text="Âge, en années. Vide : pour tous les âges.",
        error_messages={
            "invalid": "Écrivez l'âge en chiffres, par exemple 7.",
            "min_value": "Écrivez un âge entre 0 et 99 ans.",
            "max_value": "Écrivez un âge entre 0 et 99 ans.",
        },
    )
    duration_minutes = forms.IntegerField(
        label="Durée",
        required=False,
        min_value=1,
        max_value=1440,
        help_text="En minutes.",
        error_messages={
            "invalid": "Écrivez la durée en minutes, par exemple 90.",
            "min_value": "Écrivez une durée entre 1 et 1440 minutes.",
            "max_value": "Écrivez une durée entre 1 et 1440 minutes.",
        },
    )
    purchase_url = forms.URLField(
        label="Billetterie en ligne",
        required=False,
        max_length=500,
        assume_scheme="https",
        error_messages={"invalid": "Vérifiez l'adresse : elle ressemble à https://billetterie.example."},
    )

    def essentials(self) -> Sections:
        """What nobody can do without."""
        return self._bound(self.ESSENTIALS)

    def sections(self) -> Sections:
        """What helps people choose."""
        return self._bound(self.SECTIONS)

    def more_sections(self) -> Sections:
        """What can be added."""
        return self._bound(self.MORE_SECTIONS)

    def _bound(self, sections) -> Sections:
        return [(heading, [self[name] for name in names]) for heading, names in sections]

    def more_is_filled(self) -> bool:
        """Whether something of that second part is typed, or wrong: it is then shown open."""
        return any(field.value() or field.errors for _, fields in self.more_sections() for field in fields)


class DateForm(forms.Form):
    """One date of an event, with the seats given for it."""

    domain_fields = {"starts_at": "day", "ends_at": "ends", "booking_deadline": "last_day"}

    day = DayField(label="Date")
    begins = HourField(label="Début")
    ends = HourField(label="Fin", required=False)
    capacity = SeatsField()
    last_day = DayField(label="Réserver jusqu'au", required=False)

    def clean(self):
        cleaned = super().clean()
        for name, hour in (("starts_at", "begins"), ("ends_at", "ends")):
            try:
                cleaned[name] = self._moment(hour)
            except ValidationError as refusal:
                self.add_error(hour, refusal)
        return cleaned

    def _moment(self, hour: str) -> datetime | None:
        """When the clocks show what was typed as `hour`; an end in the small hours is the next morning's."""
        day, begins, clock = (self.cleaned_data.get(name) for name in ("day", "begins", hour))
        if not day or not clock:
            return None
        past_midnight = hour == "ends" and begins and clock < begins and clock <= NIGHT_ENDS
        return moment(day + timedelta(days=1) if past_midnight else day, clock)

    def _closes_at(self) -> datetime | None:
        """The end of the last day for booking; none where that is the day of the date itself."""
        day, last = self.cleaned_data["day"], self.cleaned_data["last_day"]
        return start_of(last + timedelta(days=1)) if last and last != day else None

    def performance(self, event: Event | None = None) -> Performance:
        """The date that was typed, not yet saved."""
        typed = self.cleaned_data
        return Performance(
            event=event,
            starts_at=typed["starts_at"],
            ends_at=typed["ends_at"],
            capacity=typed["capacity"],
            booking_deadline=self._closes_at(),
        )


class BaseDateFormSet(forms.BaseFormSet):
    """The dates of a new event. Lines left empty don't count, but one is needed."""

    def __init__(self, *args, **kwargs):
        super().__init__(
            *args,
            error_messages={
                "missing_management_form": "La page était incomplète. Rechargez-la et recommencez.",
                "too_many_forms": f"Au plus {DATES_MAX} dates à la fois. Vous pourrez en ajouter ensuite.",
            },
            **kwargs,
        )

    @classmethod
    def get_default_prefix(cls):
        return "dates"

    def initial_form_count(self):
        return 0  # every line is a new date, even those typed before a line was added

    def filled(self) -> list[DateForm]:
        """The lines that say a date."""
        return [form for form in self.forms if form.has_changed()]

    def performances(self) -> list[Performance]:
        """The dates typed, not yet saved."""
        return [form.performance() for form in self.filled()]

    def attach(self, refused: RefusedDates) -> None:
        """Put each refusal in its line."""
        lines = self.filled()
        for rank, refusal in refused.refusals.items():
            attach(lines[rank], refusal)

    @classmethod
    def retyped(cls, data: QueryDict) -> "BaseDateFormSet":
        """The lines as they were typed, with one more or one less as the button pressed says; nothing is checked."""
        prefix = cls.get_default_prefix()
        lines = [
            {name: data.get(f"{prefix}-{rank}-{name}", "") for name in DateForm.base_fields}
            for rank in range(_number(data.get(f"{prefix}-TOTAL_FORMS")))
        ]
        removed = _number(data.get("remove_date"), otherwise=DATES_MAX)
        lines = [line for rank, line in enumerate(lines) if rank != removed]
        if "add_date" in data and len(lines) < DATES_MAX:
            lines.append({**lines[-1], "day": "", "last_day": ""} if lines else {})
        dates = cls(initial=lines)
        dates.extra = max(len(lines) - 1, 0)
        if "add_date" in data:
            dates.forms[-1].fields["day"].widget.attrs["autofocus"] = True
        return dates


def _number(text: Any, otherwise: int = 0) -> int:
    """The number that a form sent, between 0 and DATES_MAX; `otherwise` where it isn't one."""
    return min(int(text), DATES_MAX) if str(text).isdecimal() and len(str(text)) < 6 else otherwise


DateFormSet = forms.formset_factory(
    DateForm,
    formset=BaseDateFormSet,
    extra=0,
    min_num=1,
    max_num=DATES_MAX,
    absolute_max=DATES_MAX + 1,
    validate_max=True,
)


class SeatsForm(forms.Form):
    """How many seats the venue gives."""

    capacity = SeatsField()


class UploadForm(forms.Form):
    """A programme file to read (C2)."""

    domain_fields = {None: "file"}

    file = forms.FileField(
        label="Fichier de votre programme",
        help_text="Un tableau CSV ou un export OpenAgenda (JSON), 5 Mo au plus.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.json,text/csv,application/json"}),
        error_messages={
            "required": "Choisissez un fichier sur votre ordinateur.",
            "invalid": "Choisissez un fichier sur votre ordinateur.",
            "empty": "Ce fichier est vide. Vérifiez que l'export s'est bien terminé.",
        },
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            raise ValidationError(
                "Ce fichier dépasse 5 Mo. Exportez une période plus courte, en plusieurs fichiers."
            )
        return file
