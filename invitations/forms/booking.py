"""What a worker types to book a party, or to ask for its seats."""

from uuid import uuid4

from django import forms
from django.conf import settings
from django.utils.functional import cached_property

from common.forms import LongSelect
from invitations.forms.people import PersonChoice, name_field
from invitations.models import Invitation, Language, Participant
from invitations.services.booking import Companion, Guest


class GuestForm(forms.Form):
    """Somebody who comes along; an empty line counts for nobody."""

    ROLES = [
        ("guest", "famille ou ami·e"),
        ("wished", "accompagnant·e, la personne le souhaite"),
        ("needed", "accompagnant·e, la personne ne peut pas venir sans"),
    ]
    given_name = name_field("Prénom", required=False)
    family_name = name_field("Nom", required=False)
    role = forms.ChoiceField(
        label="Vient comme", choices=ROLES, initial="guest", required=False, widget=LongSelect
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("given_name") and not cleaned.get("family_name"):
            self.add_error("family_name", "Écrivez aussi le nom : chaque invitation est nominative.")
        return cleaned

    def person(self) -> Guest | None:
        """Who stands on this line, or nobody."""
        typed = self.cleaned_data
        if not typed.get("family_name"):
            return None
        if typed["role"] in Invitation.CompanionReason.values:
            return Companion(typed["given_name"], typed["family_name"], typed["role"])
        return Guest(typed["given_name"], typed["family_name"])


GuestFormSet = forms.formset_factory(
    GuestForm,
    extra=0,
    max_num=settings.PARTY_MAX - 1,
    absolute_max=settings.PARTY_MAX + 20,
    validate_max=True,
)


class BookingForm(forms.Form):
    """One party for one date (D1): somebody of the list or somebody new, who comes along, what is confirmed.

    `draft` is what was typed so far, shown again without being judged: while searching the list or asking for
    more lines.
    """

    LINES_MORE = 3

    key = forms.UUIDField(widget=forms.HiddenInput)
    search = forms.CharField(
        label="Chercher dans votre liste",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Quelques lettres du nom"}),
    )
    participant = PersonChoice(
        label="Personne de votre liste",
        required=False,
        error_messages={
            "invalid_choice": "Cette personne n'est pas sur votre liste. Choisissez-la à nouveau."
        },
    )
    new_given_name = name_field("Prénom", required=False)
    new_family_name = name_field(
        "Nom", required=False, help_text="Si la personne n'a qu'un seul nom, écrivez-le ici."
    )
    new_language = forms.ChoiceField(
        label="Langue lue",
        choices=Language,
        initial=Language.FRENCH,
        required=False,
        widget=LongSelect,
    )
    confirmed = forms.BooleanField(
        label="Je confirme ces trois points.",
        error_messages={"required": "Cochez pour confirmer ; sinon, cette réservation n'est pas possible."},
    )

    def __init__(self, data=None, *, worker, draft=None, more_lines: bool = False):
        draft = draft or {}
        typed = {name: draft[name] for name in self.base_fields if name in draft}
        super().__init__(data, initial={"key": uuid4(), **typed})
        self.guests = GuestFormSet(
            data,
            prefix="guest",
            # Not for lines that are sent: one that is as it was would count for nobody.
            initial=None if self.is_bound else self._lines(draft, more_lines),
            error_messages={
                "missing_management_form": "La page s'est mal envoyée : vérifiez qui vient, puis renvoyez.",
                "too_many_forms": f"Une réservation compte au plus {settings.PARTY_MAX} personnes : faites-en deux.",
            },
        )
        self._list = Participant.objects.visible_to(worker)
        self._chosen = str((data or draft).get("participant", ""))
        self._words = typed.get("search", "")
        self.fields["participant"].offer(self._list, found=self._found)

    def _lines(self, draft, more_lines: bool) -> list[dict]:
        """The lines typed so far, and empty ones."""
        asked = draft.get("guest-TOTAL_FORMS", str(settings.GUEST_ROWS))
        count = (
            min(int(asked), settings.PARTY_MAX)
            if asked.isdecimal() and len(asked) < 4
            else settings.GUEST_ROWS
        )
        names = GuestForm.base_fields
        lines = [
            {name: draft[f"guest-{n}-{name}"] for name in names if f"guest-{n}-{name}" in draft}
            for n in range(count)
        ]
        return lines + [{}] * (self.LINES_MORE if more_lines else 0)

    @cached_property
    def people(self) -> list[Participant]:
        """The structure's list, in order of name: read and decrypted where the form is shown, not where it books."""
        return self._list.search("")

    @property
    def chosen(self) -> Participant | None:
        """Who of the list is chosen so far."""
        return next((person for person in self.people if str(person.pk) == self._chosen), None)

    def _found(self) -> list[Participant]:
        """The people to choose from: those whose name holds the letters typed, and whoever is chosen."""
        if not self._words:
            return self.people
        return [
            person for person in self.people if str(person.pk) == self._chosen or person.matches(self._words)
        ]

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.guests.is_valid()])

    def clean(self):
        typed = super().clean()
        new = typed.get("new_family_name") or typed.get("new_given_name")
        if typed.get("participant") and new:
            self.add_error(
                "participant",
                "Gardez soit la personne de la liste, soit la nouvelle personne : videz l'autre.",
            )
        elif new and not typed.get("new_family_name"):
            self.add_error("new_family_name", "Écrivez le nom de la personne.")
        elif not new and not typed.get("participant") and "participant" not in self.errors:
            self.add_error(
                "participant",
                "Choisissez une personne de votre liste, ou écrivez le nom d'une nouvelle personne.",
            )
        return typed

    @property
    def seats(self) -> int:
        """How many people the party counts, as far as it can be read."""
        lines = self.guests if self.is_bound else ()
        return 1 + sum(bool(getattr(line, "cleaned_data", {}).get("family_name")) for line in lines)

    def party(self) -> dict:
        """Who goes, as `book` and `join` want it."""
        typed = self.cleaned_data
        people = [person for line in self.guests if (person := line.person())]
        return {
            "participant": typed["participant"]
            or Participant(
                given_name=typed["new_given_name"],
                family_name=typed["new_family_name"],
                language=typed["new_language"] or Language.FRENCH,
            ),
            "guests": [person for person in people if not isinstance(person, Companion)],
            "companions": [person for person in people if isinstance(person, Companion)],
            "confirmed": typed["confirmed"],
            "key": typed["key"],
        }
