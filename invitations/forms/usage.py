"""What a structure says of its own use (D8)."""

from django import forms
from django.conf import settings

SENTENCE = f"Écrivez un nombre entre 1 et {settings.USAGE_LIMIT_MAX}, ou laissez vide."


class LimitForm(forms.Form):
    """From how many outings a week on the structure's own workers are warned."""

    weekly_outings = forms.IntegerField(
        label="Sorties par personne, en sept jours",
        required=False,
        min_value=1,
        max_value=settings.USAGE_LIMIT_MAX,
        help_text="Au-delà, un rappel s'affiche à la réservation. Laissez vide pour n'avoir aucun repère à vous.",
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), SENTENCE),
    )
