"""What a worker types of a person."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from django import forms

from common.forms import LongSelect
from invitations.models import Participant
from invitations.models.people import ParticipantQuerySet


def name_field(label: str, **options) -> forms.CharField:
    """A person's name: never remembered by the browser of a shared PC."""
    return forms.CharField(
        label=label, max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}), **options
    )


class PersonChoice(forms.ChoiceField):
    """One of the people of a structure's list: whoever is chosen is read alone, the others once they are shown."""

    widget = LongSelect
    people: ParticipantQuerySet

    def offer(self, people: ParticipantQuerySet, *, found: Callable[[], Sequence[Participant]]) -> None:
        """Accept any of `people`; show those that `found` gives."""
        self.people = people
        self.choices = partial(self._shown, found)

    @staticmethod
    def _shown(found: Callable[[], Sequence[Participant]]) -> Iterator[tuple[str, str]]:
        shown = found()
        yield "", "— choisir —" if shown else "— personne de ce nom —"
        for person in shown:
            yield str(person.pk), f"{person.family_name} {person.given_name}".strip()

    def clean(self, value) -> Participant | None:
        if value in self.empty_values:
            return None
        try:
            return self.people.get(pk=value)
        except (Participant.DoesNotExist, forms.ValidationError):
            raise forms.ValidationError(self.error_messages["invalid_choice"], "invalid_choice") from None


class PersonForm(forms.ModelForm):
    """Somebody on the structure's own list."""

    class Meta:
        model = Participant
        fields = ["given_name", "family_name", "language"]
        help_texts = {"language": "Son invitation pourra être lue dans cette langue."}

    given_name = name_field("Prénom", required=False)
    family_name = name_field(
        "Nom",
        help_text="Si la personne n'a qu'un seul nom, écrivez-le ici.",
        error_messages={"required": "Écrivez le nom de la personne."},
    )


class SearchPeopleForm(forms.Form):
    """A few letters of a name; sent by POST, so that no name stands in an address or a log."""

    search = forms.CharField(
        label="Chercher une personne",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
