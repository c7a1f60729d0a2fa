"""What a venue types when it moves or cancels a date (C6)."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone

from common.dates import local_day
from offers.forms.dates import DateForm
from offers.models import Performance

WORD = "Un mot pour les personnes (facultatif)"
WORD_HELP = "Par exemple pourquoi. Ne nommez personne."


class WordForm(forms.Form):
    """What the venue says of a change to the people whom it concerns."""

    word = forms.CharField(
        label=WORD,
        max_length=300,
        required=False,
        help_text=WORD_HELP,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": "Ce mot est trop long : 300 caractères au plus."},
    )


class MoveForm(DateForm, WordForm):
    """Another day, hour or deadline for a date; its seats stay."""

    capacity = None
    field_order = ["day", "begins", "ends", "last_day", "word"]

    @classmethod
    def of(cls, performance: Performance, data=None) -> "MoveForm":
        """The form, filled in with what stands now."""
        starts, ends = timezone.localtime(performance.starts_at), performance.ends_at
        deadline = performance.booking_deadline
        initial = {
            "day": starts.date(),
            "begins": starts.time(),
            "ends": timezone.localtime(ends).time() if ends else None,
            "last_day": local_day(deadline - timedelta(seconds=1)) if deadline else None,
        }
        return cls(data, initial=initial)

    def moments(self) -> dict[str, datetime | str | None]:
        """What was typed, as `move_performance` takes it."""
        return {
            "starts_at": self.cleaned_data["starts_at"],
            "ends_at": self.cleaned_data["ends_at"],
            "booking_deadline": self._closes_at(),
            "word": self.cleaned_data["word"],
        }
