"""What is asked of the directory (A7), and a structure's choices about being in it."""

from collections.abc import Iterable

from django import forms

from common.forms import LongSelect
from common.text import normalise
from conventions.directory import KINDS, Listed
from partners.models import Structure
from partners.reference import structure_types

UNKNOWN = {"invalid_choice": "Personne n'est là pour l'instant : choisissez dans la liste."}


class DirectoryForm(forms.Form):
    """Filters of the directory; the choices are those that find somebody."""

    q = forms.CharField(
        label="Chercher",
        required=False,
        max_length=100,
        error_messages={"max_length": "C'est un peu long : gardez quelques mots."},
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Nom, commune ou code postal", "autocomplete": "off"}
        ),
    )
    genre = forms.ChoiceField(label="Qui", required=False, error_messages=UNKNOWN)
    intercommunalite = forms.ChoiceField(label="Intercommunalité", required=False, error_messages=UNKNOWN)
    commune = forms.ChoiceField(label="Commune", required=False, error_messages=UNKNOWN, widget=LongSelect)
    type = forms.ChoiceField(label="Type de structure", required=False, error_messages=UNKNOWN)

    def __init__(self, data, *, partners: Iterable[Listed]):
        super().__init__(data)
        partners = list(partners)
        towns = {one.commune: f"{one.town} ({one.postcode[:2]})" for one in partners if one.commune}
        groups = {one.intercommunality for one in partners if one.intercommunality}
        types = {one.type for one in partners}
        self._offer("genre", "Structures et lieux", KINDS)
        self._offer("intercommunalite", "Toutes", ((name, name) for name in sorted(groups, key=normalise)))
        self._offer("commune", "Toutes", sorted(towns.items(), key=lambda town: normalise(town[1])))
        self._offer("type", "Tous", (choice for choice in structure_types() if choice[0] in types))
        for field in self.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if select else "form-control"

    def _offer(self, name: str, anything: str, choices: Iterable[tuple[str, str]]) -> None:
        self.fields[name].choices = [("", anything), *choices]

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for and understood; the rest is said by its field and left aside."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ListingForm(forms.ModelForm):
    """Whether the public finds a structure, and its telephone."""

    class Meta:
        model = Structure
        fields = ["in_public_directory", "public_phone"]
        labels = {
            "in_public_directory": "Le public nous trouve dans l'annuaire",
            "public_phone": "Notre téléphone y est aussi",
        }
        help_texts = {
            "in_public_directory": "Nom, adresse postale et site web. Jamais d'e-mail ni de nom de personne.",
            "public_phone": "",
        }
