"""What staff note when a candidacy takes a step (A1, A3). What a form holds are the arguments of its service."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone

from common.forms import DayField, HourField, moment
from conventions.models import Candidacy
from conventions.services.candidacies import alike
from partners.models import User
from partners.seasons import Season

DAY_MINUTES = 240  # of a training at most
WIDE = {"class": "vLargeTextField", "rows": 5}


class KnownSelect(AutocompleteSelect):
    """Django's, which fails to show again what is no identifier."""

    def optgroups(self, name, value, attr=None):
        return super().optgroups(name, [each for each in value if _is_identifier(each)], attr)


def _is_identifier(value: Any) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


class StepForm(forms.Form):
    """A step of `candidacy` that `by` takes; without fields, it only asks to be confirmed."""

    def __init__(self, data=None, *, candidacy: Candidacy, by: User) -> None:
        super().__init__(data)
        self.candidacy, self.by = candidacy, by
        self.prepare()

    def prepare(self) -> None:
        """Fill in what is known."""

    def arguments(self) -> dict[str, Any]:
        """What the service is given, besides the candidacy, by whom and when; call after validation."""
        return self.cleaned_data


class MeetingForm(StepForm):
    domain_fields = {"meeting_at": "day"}

    day = DayField(label="Jour")
    hour = HourField(label="Heure")
    place = forms.CharField(
        label="Où",
        max_length=200,
        help_text="Une adresse, ou le lien de la visio : l'e-mail le dit.",
        error_messages={"required": "Écrivez où : une adresse, ou « en visio » avec le lien."},
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    people = forms.CharField(
        label="Avec qui",
        max_length=200,
        help_text="Qui vient pour l'association.",
        error_messages={"required": "Écrivez qui vient."},
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def prepare(self):
        known = self.candidacy
        self.fields["place"].initial = known.meeting_place or known.place
        self.fields["people"].initial = known.meeting_with or self.by.display_name
        if known.meeting_at:
            at = timezone.localtime(known.meeting_at)
            self.fields["day"].initial, self.fields["hour"].initial = at.date(), at.time()

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("day") and cleaned.get("hour"):
            try:
                cleaned["meeting_at"] = moment(cleaned["day"], cleaned["hour"])
            except ValidationError as refusal:
                self.add_error("hour", refusal)
        return cleaned

    def arguments(self):
        return {name: self.cleaned_data[name] for name in ("meeting_at", "place", "people")}


class FeasibleForm(StepForm):
    low_income = forms.BooleanField(
        label="Surtout des personnes aux minima sociaux, ou en dessous", required=False
    )
    individual = forms.BooleanField(label="Accompagnement individuel", required=False)
    reason = forms.CharField(
        label="Pourquoi elle entre dans le dispositif",
        max_length=500,
        required=False,
        help_text="Une phrase, gardée avec la candidature. Ne nommez aucune personne accompagnée.",
        widget=forms.Textarea(attrs={**WIDE, "rows": 3}),
    )

    def prepare(self):
        known = self.candidacy
        foreign = Candidacy._meta.get_field(known.kind)
        self.fields["partner"] = forms.ModelChoiceField(
            label="Fiche existante",
            queryset=foreign.related_model.objects.all(),
            required=False,
            help_text="Vide, une fiche neuve est faite avec ce que la candidature contient.",
            widget=KnownSelect(foreign, admin.site, attrs={"data-width": "100%"}),
        )
        same = alike(known).same
        if len(same) == 1:
            self.fields["partner"].initial = same[0].pk
            self.fields["partner"].help_text = (
                "Le même nom au même code postal existe déjà : la candidature s'y rattache. Videz pour faire une "
                "fiche neuve."
            )
        if known.is_structure:
            for name in ("low_income", "individual"):
                self.fields[name].initial = getattr(known, name)
        else:
            del self.fields["low_income"], self.fields["individual"], self.fields["reason"]

    def arguments(self):
        return {"reason": "", **self.cleaned_data}


class AgreementForm(StepForm):
    season = forms.TypedChoiceField(label="Saison", coerce=lambda year: Season(int(year)))

    def prepare(self):
        season = Season.of(timezone.localdate())
        self.fields["season"].choices = [(each.year, f"saison {each}") for each in (season, season.next)]


class TrainingForm(StepForm):
    trained_on = DayField(label="Jour")
    trainer = forms.ModelChoiceField(
        label="Faite par",
        queryset=User.objects.filter(role=User.Role.STAFF, is_active=True),
        error_messages={"required": "Choisissez qui a fait la formation."},
    )
    minutes = forms.IntegerField(
        label="Durée, en minutes",
        validators=[
            MinValueValidator(1, "Une minute au moins."),
            MaxValueValidator(DAY_MINUTES, "Vérifiez la durée : elle est en minutes."),
        ],
        error_messages={"required": "Écrivez la durée.", "invalid": "Écrivez un nombre de minutes."},
    )

    def prepare(self):
        self.fields["trained_on"].initial = timezone.localdate()
        self.fields["trainer"].initial = self.by.pk
        self.fields["minutes"].initial = settings.CANDIDACY_TRAINING_MINUTES


class ReasonForm(StepForm):
    reason = forms.CharField(
        label="Motif",
        max_length=1500,
        help_text="Ces phrases sont dans l'e-mail, telles quelles.",
        error_messages={"required": "Écrivez le motif en une phrase au moins : la personne doit comprendre."},
        widget=forms.Textarea(attrs=WIDE),
    )


class RefusalForm(ReasonForm):
    ineligible = forms.BooleanField(
        label="Le motif tient à l'éligibilité",
        required=False,
        help_text="Le public, la forme d'accompagnement ou le type : c'est noté pour les bilans.",
    )

    def prepare(self):
        self.fields["reason"].help_text = "Ces phrases sont dans l'e-mail et dans la lettre, telles quelles."


class AsideForm(ReasonForm):
    call_on = DayField(
        label="À rappeler le", required=False, help_text="Vide : la liste la garde, sans date."
    )


class WithdrawalForm(StepForm):
    reason = forms.CharField(
        label="Ce qui a été dit",
        max_length=1500,
        required=False,
        help_text="Pour l'équipe. Peut rester vide.",
        widget=forms.Textarea(attrs={**WIDE, "rows": 3}),
    )
