"""What a structure says of the outings of a week, sent at once (E1)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django import forms
from django.conf import settings

from evaluations.services.attendance import Outing, Said
from invitations.models import Invitation

CAME, UNSAID = Invitation.Status.ATTENDED, Invitation.Status.VALID
WHOLE_WEEK = "semaine"
TOO_LONG = f"Ce mot est trop long : {settings.ATTENDANCE_COMMENT_MAX} caractères au plus."


class WeekForm(forms.Form):
    """A comment for each outing; answers are read beside Django's fields, since a page holds hundreds of them.

    `lu` is what the page showed of each person: whoever wasn't touched in this tab isn't sent over what a colleague
    said meanwhile. The button « toutes » says of all who were left alone that they came.
    """

    def __init__(self, data: Mapping | None = None, *, outings: Sequence[Outing]) -> None:
        super().__init__(data)
        self.outings = outings
        for outing in outings:
            self.fields[outing.comment_name] = forms.CharField(
                label=f"Un mot sur {outing.performance.event.title}",
                required=False,
                max_length=settings.ATTENDANCE_COMMENT_MAX,
                initial=outing.comment.text if outing.comment else "",
                error_messages={"max_length": TOO_LONG},
                widget=forms.Textarea(attrs={"rows": 2, "maxlength": None}),
            )
            for line in outing.lines:
                line.chosen = self.data.get(line.name, line.proposed)

    def rows(self) -> list[tuple[Outing, forms.BoundField]]:
        """Each outing with the field of its comment."""
        return [(outing, self[outing.comment_name]) for outing in self.outings]

    @property
    def shown(self) -> str:
        """What the page shows of each person, to be sent back."""
        lines = (line for outing in self.outings for line in outing.lines if line.is_open)
        return " ".join(f"{line.invitation.pk}={line.invitation.status}" for line in lines)

    @property
    def is_open(self) -> bool:
        """Whether somebody of the week is still unsaid."""
        return any(outing.is_open for outing in self.outings)

    @property
    def domain_fields(self) -> dict[str, str]:
        return {str(outing.performance.pk): outing.comment_name for outing in self.outings}

    def answers(self) -> dict[UUID, str]:
        """What this tab says anew, by invitation."""
        shown = dict(pair.split("=", 1) for pair in self.data.get("lu", "").split() if "=" in pair)
        bulk, said = self.data.get("toutes"), {}
        for outing in self.outings:
            all_came = bulk in (WHOLE_WEEK, str(outing.performance.pk))
            for line in outing.lines:
                pk = line.invitation.pk
                before = shown.get(str(pk), line.invitation.status)
                answer = self.data.get(line.name, before)
                if all_came and line.is_open and before == UNSAID and answer in (UNSAID, line.proposed):
                    answer = CAME
                if answer != before:
                    said[pk] = answer
        return said

    def comments(self) -> list[Said]:
        """What was typed of each outing, with the version that the page showed."""
        return [
            Said(outing.performance, self.cleaned_data[outing.comment_name], self._version(outing))
            for outing in self.outings
        ]

    def _version(self, outing: Outing) -> int:
        sent = self.data.get(outing.version_name, "")
        return int(sent) if sent.isdecimal() and len(sent) < 9 else 0
