"""What a worker types of a person."""

from collections.abc import Sequence

from django import forms

from invitations.models import Participant


def name_field(label: str, **options) -> forms.CharField:
    """A person's name: never remembered by the browser of a shared PC."""
    return forms.CharField(
        label=label, max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}), **options
    )


class PersonChoice(forms.TypedChoiceField):
    """One of the people of a structure's list, who were read and decrypted once, to be offered."""

    def offer(self, people: Sequence[Participant], *, found: Sequence[Participant]) -> None:
        """Accept any of `people`, and show those `found`."""
        self._people = {str(person.pk): person for person in people}
        self.coerce = self._people.get
        self.choices = [
            ("", "— choisir —" if found else "— personne de ce nom —"),
            *((str(person.pk), f"{person.family_name} {person.given_name}".strip()) for person in found),
        ]

    def valid_value(self, value) -> bool:
        return str(value) in self._people


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
