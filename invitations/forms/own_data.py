"""What is asked before somebody's data is erased or handed over (F3)."""

from collections.abc import Sequence

from django import forms

from invitations.forms.people import name_field
from invitations.models.own_data import Place

FUTURE = [
    ("cancel", "Annuler ses sorties à venir : les places servent à d’autres"),
    ("keep", "Garder ses invitations jusqu’à leur date, puis effacer le nom"),
]


class EraseForm(forms.Form):
    """What becomes of outings to come; not asked where there are none."""

    future = forms.ChoiceField(
        label="Que deviennent les sorties à venir ?",
        choices=FUTURE,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce que deviennent les sorties à venir."},
    )

    def __init__(self, *args, to_come: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not to_come:
            del self.fields["future"]

    @property
    def keep(self) -> bool | None:
        """What the services understand."""
        chosen = self.cleaned_data.get("future")
        return None if chosen is None else chosen == "keep"


class PlacesForm(forms.Form):
    """Which of the places that hold one name are this very person's."""

    places = forms.MultipleChoiceField(
        label="Où le nom est écrit",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins une ligne."},
    )

    def __init__(self, *args, found: Sequence[Place], **kwargs):
        super().__init__(*args, **kwargs)
        self.found = found
        self.fields["places"].choices = [(place.key, place.key) for place in found]
        self.fields["places"].initial = [place.key for place in found]

    @property
    def ticked(self) -> set[str]:
        """What the boxes show: what was sent, or all of them."""
        return set(self["places"].value() or [])

    @property
    def chosen(self) -> list[Place]:
        return [place for place in self.found if place.key in self.cleaned_data["places"]]


class CorrectPlacesForm(PlacesForm):
    """The right name, wherever it is ticked."""

    given_name = name_field("Prénom", required=False)
    family_name = name_field("Nom", error_messages={"required": "Écrivez le nom de la personne."})


class ErasePlacesForm(PlacesForm, EraseForm):
    """Which places, and what becomes of invitations to come."""
