"""What a venue types of its seats: quotas, and those it adds."""

from django import forms
from django.conf import settings

from common.forms import DayField
from offers.forms.dates import SeatsField


def seats_field(label: str, **options) -> forms.IntegerField:
    """A number of seats from 1, with sentences for what can't be."""
    sentence = f"Écrivez un nombre entre 1 et {settings.SEATS_MAX}."
    codes = ("invalid", "min_value", "max_value", "required")
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=settings.SEATS_MAX,
        error_messages=dict.fromkeys(codes, sentence),
        **options,
    )


class QuotaForm(forms.Form):
    """The most seats that one structure takes (C3)."""

    seats = seats_field("Au plus, par structure")


class PeriodQuotaForm(QuotaForm):
    """The same for all dates of the venue from one day to another."""

    starts_on = DayField(label="Du")
    ends_on = DayField(label="Au", help_text="Compris.")

    field_order = ["starts_on", "ends_on", "seats"]


class SeatsAndQuotaForm(forms.Form):
    """How many seats the venue gives for a date, and how many of them one structure may take."""

    capacity = SeatsField()
    seats = seats_field(
        "Au plus, par structure", required=False, help_text="Laissez vide pour ne pas limiter."
    )


class ExtraSeatsForm(forms.Form):
    """How many seats the venue adds, from its mail (D6)."""

    seats = seats_field("Places à ajouter")
