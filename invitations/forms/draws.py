"""What staff and venues type to open a fair draw."""

from datetime import time

from django import forms
from django.core.exceptions import ValidationError

from common.forms import DayField, HourField, moment


class DrawForm(forms.Form):
    """Until when a scarce date is asked for, before it is drawn (D7)."""

    domain_fields = {"closes_at": "day"}

    day = DayField(label="Dernier jour pour demander")
    hour = HourField(label="Heure", initial=time(12))

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("day") and cleaned.get("hour"):
            try:
                cleaned["closes_at"] = moment(cleaned["day"], cleaned["hour"])
            except ValidationError as refusal:
                self.add_error("hour", refusal)
        return cleaned
