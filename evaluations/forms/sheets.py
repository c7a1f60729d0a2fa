"""What a structure answers to a questionnaire (E2)."""

from collections.abc import Mapping
from secrets import token_hex

from django import forms
from django.conf import settings

from evaluations.models import Questionnaire, Sheet, SheetQuestion

Kind = SheetQuestion.Kind
NO_NAMES = "Ne nommez personne, et rien qui fasse reconnaître quelqu'un."
NO_ANSWER = ("", "Sans réponse")
TOO_LONG = f"Cette réponse est trop longue : {settings.SHEET_TEXT_MAX} caractères au plus."
WHOLE = f"Écrivez un nombre entier, de 0 à {settings.SHEET_NUMBER_MAX}, ou laissez vide."


class SheetForm(forms.Form):
    """One field for each question, none of them required; `tab` and `seen` guard against two tabs."""

    def __init__(
        self,
        data: Mapping | None = None,
        *,
        questionnaire: Questionnaire,
        sheet: Sheet | None,
        known: Mapping[str, int | None],
    ) -> None:
        super().__init__(data)
        kept = sheet.answers if sheet else {}
        self.questions = list(questionnaire.questions.all())
        for question in self.questions:
            found = known.get(question.known)
            field = _field(question, found)
            field.initial = kept.get(str(question.pk), found)
            self.fields[_name(question)] = field
        self.tab = self.data.get("tab", "")[:32] or token_hex(8)
        self.seen = sheet.version if sheet else 0

    @property
    def answers(self) -> dict:
        """What was answered and can be understood, by the question's id."""
        return {
            str(question.pk): self.cleaned_data[_name(question)]
            for question in self.questions
            if _name(question) in self.cleaned_data
        }

    @property
    def seen_then(self) -> int:
        """The version that this tab opened, as it says."""
        sent = self.data.get("seen", "")
        return int(sent) if sent.isdecimal() and len(sent) < 9 else 0


def _name(question: SheetQuestion) -> str:
    return f"q-{question.pk}"


def _field(question: SheetQuestion, found: int | None) -> forms.Field:
    about = {"label": question.label, "required": False}
    match question.kind:
        case Kind.TEXT:
            return forms.CharField(
                **about,
                max_length=settings.SHEET_TEXT_MAX,
                help_text=NO_NAMES,
                error_messages={"max_length": TOO_LONG},
                widget=forms.Textarea(attrs={"rows": 4, "maxlength": None}),
            )
        case Kind.NUMBER:
            return forms.IntegerField(
                **about,
                min_value=0,
                max_value=settings.SHEET_NUMBER_MAX,
                help_text=_said(question, found),
                error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), WHOLE),
            )
        case Kind.SCALE:
            about["help_text"] = f"De 1, pas du tout, à {settings.SHEET_SCALE}, tout à fait."
    return forms.ChoiceField(
        **about,
        choices=[*((option, option) for option in question.options), NO_ANSWER],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choisissez l'une des réponses proposées."},
    )


def _said(question: SheetQuestion, found: int | None) -> str:
    if not question.known:
        return ""
    if found is None:
        return "Pas encore compté, ou trop petit pour être montré : écrivez-le si vous voulez."
    return f"Le portail en compte {found}. Corrigez si vous savez mieux."
