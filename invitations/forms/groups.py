"""What a worker types of a group: how many seats, then who comes (D10)."""

from collections import defaultdict
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from common.text import normalise
from invitations.models import Booking, GroupOuting, Invitation, Participant
from invitations.services.booking import Companion


class GroupForm(forms.Form):
    """Seats for a group, without a name yet."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    label = forms.CharField(
        label="Nom du groupe",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Pour le retrouver, par exemple « Atelier du jeudi ». Sans nom de personne.",
        error_messages={"required": "Donnez un nom au groupe, pour le retrouver."},
    )
    seats = forms.IntegerField(
        label="Combien de places ?",
        min_value=2,
        max_value=settings.GROUP_MAX,
        help_text="Tout le monde compte, les professionnel·le·s qui accompagnent aussi.",
        error_messages=dict.fromkeys(
            ("invalid", "required", "min_value", "max_value"),
            f"Un groupe compte de 2 à {settings.GROUP_MAX} personnes : écrivez un nombre.",
        ),
    )
    wait = forms.BooleanField(
        label="S’il n’y a pas assez de places : réserver celles qui sont libres, "
        "et mettre le reste en liste d’attente.",
        required=False,
    )

    def __init__(self, data=None):
        super().__init__(data, initial={"key": uuid4()})


NAME_MAX = 80
SHOWN = 40  # people of the list to tick at first: a longer list is searched


class PeopleChoice(forms.TypedMultipleChoiceField):
    """Some of the people of a structure's list, who were read and decrypted once, to be ticked."""

    widget = forms.CheckboxSelectMultiple

    def offer(self, people: list[Participant], *, found: list[Participant]) -> None:
        """Accept any of `people`, and show those `found`."""
        self._people = {str(person.pk): person for person in people}
        self.coerce = self._people.__getitem__
        self.choices = [
            (str(person.pk), f"{person.family_name} {person.given_name}".strip()) for person in found
        ]

    def valid_value(self, value) -> bool:
        return str(value) in self._people


class LinesField(forms.CharField):
    """Names, one person per line: first name, then name."""

    widget = forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"})

    def clean(self, value) -> list[tuple[str, str]]:
        """The first name and the name of each line; a line of one word is a name."""
        lines = [line.replace(";", " ").split() for line in super().clean(value).splitlines()]
        names = [
            (" ".join(words[:1] if words[1:] else []), " ".join(words[1:] or words))
            for words in lines
            if words
        ]
        if any(len(part) > NAME_MAX for name in names for part in name):
            raise ValidationError("Une ligne est trop longue : écrivez une personne par ligne.")
        return names


class NamesForm(forms.Form):
    """Who comes with a group: people of the list, new ones, companions. What is typed stays through a search."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    search = forms.CharField(label="Chercher dans votre liste", max_length=80, required=False)
    people = PeopleChoice(
        label="Personnes de votre liste",
        required=False,
        error_messages={"invalid_choice": "Une personne n’est pas sur votre liste. Cochez-la à nouveau."},
    )
    names = LinesField(
        label="Écrire des noms",
        required=False,
        max_length=10_000,
        help_text="Une personne par ligne : prénom, puis nom. Les personnes déjà sur votre liste sont reconnues, "
        "les autres y sont ajoutées.",
    )
    companions = LinesField(
        label="Accompagnant·e·s",
        required=False,
        max_length=10_000,
        help_text="Professionnel·le·s ou bénévoles qui viennent avec le groupe, une personne par ligne.",
    )
    reason = forms.ChoiceField(
        label="Pourquoi", choices=Invitation.CompanionReason, initial="wished", required=False
    )
    confirmed = forms.BooleanField(
        label="Je confirme ces trois points pour chaque personne.",
        error_messages={"required": "Cochez pour confirmer ; sinon, ces noms ne peuvent pas être donnés."},
    )

    def __init__(self, data=None, *, worker, group: GroupOuting, draft=None):
        draft = draft or {}
        typed = {name: draft[name] for name in self.base_fields if name in draft and name != "people"}
        ticked = (data or draft).getlist("people") if data or draft else []
        super().__init__(data, initial={"key": uuid4(), **typed, "people": ticked})
        self.fields["companions"].widget.attrs["rows"] = 2
        going = set(
            Booking.objects.live()
            .filter(structure=worker.structure, performance=group.performance_id)
            .values_list("person_ref", flat=True)
        )
        self.everybody = Participant.objects.visible_to(worker).search("")
        self.free = [person for person in self.everybody if person.person_ref not in going]
        matching = [person for person in self.free if person.matches(typed.get("search", ""))]
        shown = {person.pk for person in matching[:SHOWN]}
        found = [person for person in self.free if person.pk in shown or str(person.pk) in ticked]
        self.hidden_count = len(matching) - len(shown)
        self.fields["people"].offer(self.everybody, found=found)

    def clean_names(self) -> list[Participant]:
        """The people of the list whose names are written, and new ones for the others."""
        known = defaultdict(list)
        for person in self.everybody:
            known[normalise(person.full_name)].append(person)
        people = []
        for given, family in self.cleaned_data["names"]:
            alike = known[normalise(f"{given} {family}")]
            if len(alike) > 1:
                raise ValidationError(
                    f"Plusieurs personnes de votre liste s’appellent {alike[0].full_name} : cochez la bonne, "
                    "et retirez cette ligne."
                )
            people.append(alike[0] if alike else Participant(given_name=given, family_name=family))
        return people

    def who(self) -> dict:
        """Who comes, as `name_people` wants it."""
        typed = self.cleaned_data
        reason = typed["reason"] or Invitation.CompanionReason.WISHED
        return {
            "people": [*typed["people"], *typed["names"]],
            "companions": [Companion(given, family, reason) for given, family in typed["companions"]],
            "confirmed": typed["confirmed"],
            "key": typed["key"],
        }


class GiveBackForm(forms.Form):
    """How many seats without a name go to others."""

    seats = forms.IntegerField(
        label="Combien de places rendre ?",
        min_value=1,
        max_value=settings.GROUP_MAX,
        error_messages=dict.fromkeys(
            ("invalid", "required", "min_value", "max_value"), "Écrivez un nombre de places, à partir de 1."
        ),
    )
