"""What the team notes in its controls (E5)."""

from django import forms
from django.utils import timezone

from common.forms import DayField
from evaluations.models import Outcome
from partners.models import Venue


class OutcomeForm(forms.Form):
    """What came of a finding."""

    kind = forms.ChoiceField(
        label="Suite",
        choices=Outcome.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une suite."},
    )
    words = forms.CharField(
        label="En quelques mots",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Ce qui s'est dit, ce qui a été convenu. Sans aucun nom de personne accompagnée.",
        error_messages={"max_length": "Ces mots sont trop longs : 1 000 caractères au plus."},
    )
    on = DayField(label="Le", initial=timezone.localdate)
    look_again_on = DayField(
        label="À revoir le",
        required=False,
        help_text="Seulement pour « À suivre » : le constat reste ouvert.",
    )


class WelcomeForm(forms.Form):
    """What somebody told of the welcome at a venue."""

    venue = forms.ModelChoiceField(
        label="Lieu",
        queryset=Venue.objects.order_by("name"),
        empty_label="Choisissez un lieu",
        error_messages={"required": "Choisissez un lieu."},
    )
    words = forms.CharField(
        label="Ce qui s'est passé",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Un appel, un mail, une personne refusée à l'entrée. Sans aucun nom de personne accompagnée.",
        error_messages={
            "required": "Écrivez ce qui s'est passé.",
            "max_length": "Ces mots sont trop longs : 1 000 caractères au plus.",
        },
    )
