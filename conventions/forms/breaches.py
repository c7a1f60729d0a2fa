"""What is typed to open a breach procedure and to take its steps (B5), on the partners' pages and on staff's."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.conf import settings

from common.forms import DayField
from conventions.models import Breach
from conventions.models.breaches import WORDS_MAX
from conventions.services import breaches as services
from partners.models import User


def words_field(label: str, missing: str, help_text: str = "", rows: int = 6) -> forms.CharField:
    """Some sentences that the other party reads."""
    return forms.CharField(
        label=label,
        max_length=WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": rows, "class": "vLargeTextField"}),
        help_text=help_text,
        error_messages={"required": missing},
    )


class NoticeForm(forms.Form):
    """What a partner lays to the association; `confirmed` is sent from the page that shows it once more."""

    words = words_field(
        "Ce qui s'est passé",
        "Écrivez ce qui s'est passé : l'association doit pouvoir y répondre.",
        "Des faits et des dates. N'y mettez le nom d'aucune personne accompagnée.",
        rows=8,
    )


class StepForm(forms.Form):
    """A step of the procedure: what it needs, what it says before, on its button and after."""

    verb: ClassVar[Callable]
    intro: ClassVar[str] = ""
    done: ClassVar[str] = ""
    danger: ClassVar[bool] = False

    def act(self, *, breach: Breach, by: User, at: datetime) -> Any:
        """Take the step. Raises DomainError where it isn't the moment, or somebody was faster."""
        return type(self).verb(breach=breach, by=by, at=at, **self.cleaned_data)


class ExplainForm(StepForm):
    verb = staticmethod(services.explain)
    intro = "Dites comment vous voyez les choses. L'autre partie les reçoit, et vous un accusé de réception."
    done = "Vos explications sont transmises."
    words = words_field(
        "Explications", "Écrivez vos explications.", "N'y mettez le nom d'aucune personne accompagnée."
    )


class PostedExplainForm(ExplainForm):
    """Explanations that came by post, which the team writes down."""

    intro = "Le partenaire a répondu par courrier ? Recopiez sa réponse : la date de réception compte pour le délai."
    done = "Les explications sont notées, un accusé de réception est prêt."
    received_on = DayField(label="Reçues le")


class PrepareForm(StepForm):
    verb = staticmethod(services.prepare_letter)
    intro = (
        "Le portail écrit la lettre. Imprimez-la, signez-la, envoyez-la en recommandé avec avis de réception."
    )
    done = "La lettre est prête : imprimez-la, signez-la, postez-la, puis notez son envoi."


class SendForm(StepForm):
    verb = staticmethod(services.send_letter)
    intro = "La lettre est à la poste ? Notez la date et le numéro de suivi du récépissé."
    done = "L'envoi est noté. Il reste à noter la date de première présentation, que donne le suivi."
    sent_on = DayField(label="Envoyée le")
    tracking_number = forms.CharField(
        label="Numéro de suivi",
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Écrivez le numéro de suivi qui est sur le récépissé."},
    )


class PresentForm(StepForm):
    verb = staticmethod(services.present_letter)
    intro = (
        "Le suivi de la poste donne la date de première présentation, même si personne n'a ouvert la porte."
    )
    done = "C'est noté : le dernier délai court à partir de ce jour."
    presented_on = DayField(label="Première présentation le")


class TerminateForm(StepForm):
    verb = staticmethod(services.terminate)
    done = "La convention est résiliée."
    danger = True

    @property
    def intro(self) -> str:  # type: ignore[override]
        kept = "restent valables" if settings.SUSPENSION_KEEPS_INVITATIONS else "ne permettent plus d'entrer"
        return (
            "Le délai est passé. La convention finit, les comptes du partenaire se ferment. Les invitations qu'une "
            f"structure a déjà données {kept}. Sans rien faire, la résiliation se fait toute seule cette nuit."
        )


class OfferForm(StepForm):
    verb = staticmethod(services.offer)
    intro = "Dites à quelles conditions vous reprendriez. Si l'autre partie accepte, tout reprend aussitôt."
    done = "Votre proposition est transmise."
    words = words_field("Proposition", "Écrivez ce que vous proposez pour reprendre.", rows=4)


class AcceptForm(StepForm):
    verb = staticmethod(services.accept)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)  # the mark of the offer that was read
    intro = "Vous acceptez la proposition telle qu'elle est écrite : la pause est levée aussitôt."
    done = "C'est convenu : le partenariat reprend."


class ReinstateForm(StepForm):
    verb = staticmethod(services.reinstate)
    intro = "Vous vous êtes entendus, au téléphone ou de vive voix ? Écrivez ce qui est convenu, pour les deux parties."
    done = "L'accord est noté : le partenariat reprend."
    words = words_field("Ce qui est convenu", "Écrivez ce que vous avez convenu.", rows=4)


class DropForm(StepForm):
    verb = staticmethod(services.drop)
    intro = "Vous retirez votre signalement : la pause est levée aussitôt, et la procédure s'arrête là."
    done = "Le signalement est retiré : le partenariat reprend."


FORMS: dict[str, type[StepForm]] = {
    "explain": ExplainForm,
    "prepare": PrepareForm,
    "send": SendForm,
    "present": PresentForm,
    "terminate": TerminateForm,
    "offer": OfferForm,
    "accept": AcceptForm,
    "reinstate": ReinstateForm,
    "drop": DropForm,
}
