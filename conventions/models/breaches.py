"""The breach procedure: from the letter that notices a breach to an understanding, or to the agreement's end (B5)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from common.crypto import EncryptedBinaryField, EncryptedTextField, fingerprint
from common.errors import DomainError
from common.models import Identified
from conventions.models.agreements import Agreement
from partners.models import Structure, Suspension, User, Venue

ONLY_BY_STEPS = "A breach is opened by `Breach.objects.open_case` and moves by its own steps."
WORDS_MAX = 4000  # characters of a notice, an explanation, an understanding


class Side(models.TextChoices):
    """The two parties of an agreement."""

    ASSOCIATION = "association", "l'association"
    PARTNER = "partner", "le partenaire"

    @property
    def other(self) -> "Side":
        return Side.PARTNER if self is Side.ASSOCIATION else Side.ASSOCIATION


class State(models.TextChoices):
    """Where a procedure stands."""

    NOTICED = "noticed", "manquement signalé"
    EXPLAINED = "explained", "explications reçues"
    LETTER_SENT = "letter_sent", "lettre recommandée envoyée"
    PRESENTED = "presented", "lettre recommandée présentée"
    REINSTATED = "reinstated", "partenariat repris"
    TERMINATED = "terminated", "convention résiliée"


OPEN = frozenset({State.NOTICED, State.EXPLAINED, State.LETTER_SENT, State.PRESENTED})
UNANSWERED = frozenset({State.NOTICED, State.EXPLAINED})


class Who(models.TextChoices):
    """Which of the parties takes a step."""

    NOTIFIER = "notifier", "qui a signalé le manquement"
    ANSWERER = "answerer", "à qui il est reproché"
    EITHER = "either", "l'une ou l'autre"
    TEAM = "team", "l'équipe de l'association"


@dataclass(frozen=True)
class Step:
    """One line of the table: who may do what, from which states, and where it leads (nowhere: the state stays)."""

    name: str
    label: str
    sources: frozenset[State]
    target: State | None
    who: Who
    opens_on: Callable[["Breach"], date | None] = lambda breach: None  # not before this day
    needs: Callable[["Breach", Side], str] = lambda breach, side: ""  # what must be there first, as a refusal
    by_post: bool = False  # the team also writes down what the other party sent on paper


def _letter_needed(breach: "Breach", side: Side) -> str:
    return "" if breach.letter(BreachLetter.Kind.TERMINATION) else "Préparez d'abord la lettre recommandée."


def _no_letter_yet(breach: "Breach", side: Side) -> str:
    return "La lettre recommandée est déjà prête." if breach.letter(BreachLetter.Kind.TERMINATION) else ""


def _offer_of_the_other(breach: "Breach", side: Side) -> str:
    return "" if breach.offered_by == side.other else "L'autre partie n'a pas fait de proposition."


def _suspended_by_itself(breach: "Breach", side: Side) -> str:
    if side is Side.ASSOCIATION:
        return ""
    others = Suspension.objects.of(breach.partner).open().exclude(pk=breach.suspension_id)
    if not others.exists():
        return ""
    return "Votre compte était déjà suspendu avant ce signalement : proposez de reprendre, et l'équipe vous répond."


def _after_the_delay(breach: "Breach") -> date | None:
    return breach.letter_from


def _at_its_end(breach: "Breach") -> date | None:
    return breach.terminates_on


NOTICED, SENT, PRESENTED = (
    frozenset({State.NOTICED}),
    frozenset({State.LETTER_SENT}),
    frozenset({State.PRESENTED}),
)
# The whole procedure. Nothing else moves a row; the database's own constraints are the net below.
TABLE = [
    Step("explain", "Donner des explications", NOTICED, State.EXPLAINED, Who.ANSWERER, by_post=True),
    Step(
        *("prepare", "Préparer la lettre recommandée", UNANSWERED, None, Who.NOTIFIER),
        opens_on=_after_the_delay,
        needs=_no_letter_yet,
    ),
    Step(
        *("send", "Noter l'envoi de la lettre recommandée", UNANSWERED, State.LETTER_SENT, Who.NOTIFIER),
        opens_on=_after_the_delay,
        needs=_letter_needed,
    ),
    Step("present", "Noter la première présentation", SENT, State.PRESENTED, Who.NOTIFIER),
    Step(
        *("terminate", "Résilier la convention", PRESENTED, State.TERMINATED, Who.NOTIFIER),
        opens_on=_at_its_end,
    ),
    Step("offer", "Proposer de reprendre", OPEN, None, Who.EITHER),
    Step("accept", "Accepter de reprendre", OPEN, State.REINSTATED, Who.EITHER, needs=_offer_of_the_other),
    Step("reinstate", "Noter l'accord et reprendre", OPEN, State.REINSTATED, Who.TEAM),
    Step(
        *("drop", "Retirer le signalement et reprendre", OPEN, State.REINSTATED, Who.NOTIFIER),
        needs=_suspended_by_itself,
    ),
]
STEPS = {step.name: step for step in TABLE}


class BreachQuerySet(models.QuerySet["Breach"]):
    def open_case(
        self,
        *,
        agreement: Agreement,
        notifier: Side,
        grounds: str,
        on: date,
        suspension: Suspension | None = None,
    ) -> "Breach":
        """A new procedure, noticed on `on`; its first delay is counted and written down now.

        `suspension` is the one that the notice brought about: none where the partner was suspended already.
        """
        breach = Breach(
            agreement=agreement,
            notifier=notifier,
            grounds=grounds,
            noticed_on=on,
            explain_by=on + timedelta(days=settings.BREACH_EXPLAIN_DAYS),
            suspension=suspension,
        )
        breach.save(force_insert=True)
        return breach

    def update(self, **fields):
        raise TypeError(ONLY_BY_STEPS)

    def bulk_create(self, *args, **kwargs):
        raise TypeError(ONLY_BY_STEPS)

    def bulk_update(self, *args, **kwargs):
        raise TypeError(ONLY_BY_STEPS)

    def delete(self):
        raise TypeError(ONLY_BY_STEPS)

    def of(self, partner: Structure | Venue):
        """The procedures about one partner's agreements, latest first."""
        return self.filter(**{f"agreement__{partner.column}": partner})

    def visible_to(self, user: User):
        """Those of the account's own partner, for who answers for it: a référent·e, a venue's account."""
        answers = user.is_authenticated and user.answers
        return self.of(user.partner) if answers and user.partner else self.none()

    def with_parties(self):
        """With the agreement and its partner, in the same query."""
        return self.select_related(
            "agreement__structure__commune", "agreement__venue__commune", "agreement__text"
        )

    def open(self):
        """Those that have not ended."""
        return self.filter(state__in=[state.value for state in OPEN])

    def to_terminate(self, *, on: date):
        """Those whose agreement ends on `on` at the latest."""
        return self.filter(state=State.PRESENTED, terminates_on__lte=on)

    def waiting_for_team(self, *, on: date):
        """Those in which the association has something to do on `on`."""
        ours = Q(notifier=Side.ASSOCIATION)
        return self.open().filter(
            Q(notifier=Side.PARTNER, state=State.NOTICED)  # explain
            | Q(offered_by=Side.PARTNER)  # answer the offer
            | ours & Q(state=State.EXPLAINED)  # agree, or prepare the letter
            | ours & Q(state=State.NOTICED, explain_by__lt=on)  # the letter
            | ours & Q(state=State.LETTER_SENT)  # its presentation
        )


class Breach(Identified):
    """One procedure about one agreement, by one of its parties against the other (B5).

    Each row is a small machine: `TABLE` holds its transitions and who takes them, and `take` is the only
    way from one to the next. Every delay is counted in days of Europe/Paris and written down when it begins.

    | step | the association noticed | the partner noticed |
    |---|---|---|
    | notice (suspends the partner's account at once) | team | référent·e, venue's account |
    | explain, within BREACH_EXPLAIN_DAYS; later it is noted as late | partner; team, by post | team |
    | prepare and send the registered letter, from the day after that delay | team | partner |
    | note its first presentation | team | partner |
    | terminate, BREACH_TERMINATE_DAYS after it | team, or the night's task | partner, or the night's task |
    | offer to resume; accept the other's offer | both | both |
    | note the words agreed, and resume | team | team |
    | drop the notice | team | partner, unless it was suspended before |
    """

    State = State

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="breaches", verbose_name="convention"
    )
    notifier = models.CharField("signalé par", max_length=12, choices=Side)
    state = models.CharField("état", max_length=12, choices=State, default=State.NOTICED, editable=False)
    grounds = EncryptedTextField("manquement signalé", max_length=WORDS_MAX)
    noticed_on = models.DateField("signalé le", editable=False)
    explain_by = models.DateField("explications jusqu'au", editable=False)
    suspension = models.OneToOneField(
        Suspension,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="breach",
        editable=False,
        verbose_name="suspension qui en vient",
    )
    explanations = EncryptedTextField("explications", max_length=WORDS_MAX, blank=True, editable=False)
    explained_on = models.DateField("explications reçues le", null=True, blank=True, editable=False)
    letter_sent_on = models.DateField("recommandé envoyé le", null=True, blank=True, editable=False)
    tracking_number = models.CharField("numéro de suivi", max_length=30, blank=True, editable=False)
    presented_on = models.DateField("première présentation le", null=True, blank=True, editable=False)
    terminates_on = models.DateField("résiliation au", null=True, blank=True, editable=False)
    terminated_at = models.DateTimeField("résiliée le", null=True, blank=True, editable=False)
    offered_by = models.CharField("proposition de", max_length=12, choices=Side, blank=True, editable=False)
    offer = EncryptedTextField("proposition", max_length=WORDS_MAX, blank=True, editable=False)
    offered_on = models.DateField("proposé le", null=True, blank=True, editable=False)
    reinstated_on = models.DateField("repris le", null=True, blank=True, editable=False)
    understanding = EncryptedTextField("ce qui est convenu", max_length=WORDS_MAX, blank=True, editable=False)
    created_at = models.DateTimeField("ouvert le", default=timezone.now, editable=False)

    objects = BreachQuerySet.as_manager()

    class Meta:
        verbose_name = "manquement"
        ordering = ["-noticed_on", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(state__in=["noticed", "explained", "letter_sent", "presented"]),
                name="breach_one_open_per_agreement",
                violation_error_message="Une procédure est déjà ouverte pour cette convention.",
            ),
            models.CheckConstraint(
                name="breach_state_has_its_dates",
                condition=Q(
                    state="noticed", explained_on=None, letter_sent_on=None, presented_on=None,
                    terminated_at=None, reinstated_on=None,
                )
                | Q(
                    state="explained", explained_on__isnull=False, letter_sent_on=None, presented_on=None,
                    terminated_at=None, reinstated_on=None,
                )
                | Q(
                    state="letter_sent", letter_sent_on__isnull=False, presented_on=None, terminated_at=None,
                    reinstated_on=None,
                )
                | Q(
                    state="presented", letter_sent_on__isnull=False, presented_on__isnull=False,
                    terminated_at=None, reinstated_on=None,
                )
                | Q(
                    state="terminated", letter_sent_on__isnull=False, presented_on__isnull=False,
                    terminated_at__isnull=False, reinstated_on=None,
                )
                | Q(state="reinstated", reinstated_on__isnull=False, terminated_at=None),
            ),
            models.CheckConstraint(
                name="breach_dates_are_in_order",
                condition=Q(explain_by__gte=F("noticed_on"))
                & (Q(explained_on=None) | Q(explained_on__gte=F("noticed_on")))
                & (Q(letter_sent_on=None) | Q(letter_sent_on__gt=F("explain_by")))
                & (Q(presented_on=None) | Q(presented_on__gte=F("letter_sent_on")))
                & (
                    Q(presented_on=None, terminates_on=None)
                    | Q(presented_on__isnull=False, terminates_on__gte=F("presented_on"))
                )
                & (Q(presented_on=None) | Q(letter_sent_on__isnull=False))
                & (Q(reinstated_on=None) | Q(reinstated_on__gte=F("noticed_on"))),
            ),
            models.CheckConstraint(
                name="breach_letter_has_a_tracking_number",
                condition=Q(letter_sent_on=None, tracking_number="")
                | (Q(letter_sent_on__isnull=False) & ~Q(tracking_number="")),
            ),
            models.CheckConstraint(
                name="breach_offer_is_whole",
                condition=Q(offered_by="", offered_on=None) | (~Q(offered_by="") & Q(offered_on__isnull=False)),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.partner} · manquement signalé le {self.noticed_on:%d/%m/%Y}"

    def get_absolute_url(self) -> str:
        return reverse("conventions:breach", args=[self.pk])

    def save(self, *args, **kwargs):
        if not self._state.adding or self.state != State.NOTICED:
            raise TypeError(ONLY_BY_STEPS)
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args, **kwargs):
        raise TypeError(ONLY_BY_STEPS)

    # --- Who, and when -------------------------------------------------------------------------------

    @property
    def partner(self) -> Structure | Venue:
        return self.agreement.partner

    @property
    def answerer(self) -> Side:
        """The party that the breach is laid to."""
        return Side(self.notifier).other

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def letter_from(self) -> date:
        """The first day on which the registered letter may leave: the one after the delay to explain."""
        return self.explain_by + timedelta(days=1)

    @property
    def offer_mark(self) -> str:
        """A mark of the offer as it is written, so that nobody accepts words that they didn't read."""
        return fingerprint(self.offer.encode())

    @property
    def days_to_terminate(self) -> int:
        """Days between the registered letter's first presentation and the agreement's end."""
        return settings.BREACH_TERMINATE_DAYS

    @property
    def is_late(self) -> bool:
        """Whether the explanations came after their delay."""
        return self.explained_on is not None and self.explained_on > self.explain_by

    @property
    def next_on(self) -> date | None:
        """The day on which something may or will happen next; none while it hangs on the post, or is over."""
        if self.state in UNANSWERED:
            return self.letter_from
        return self.terminates_on if self.state == State.PRESENTED else None

    @property
    def next_step(self) -> str:
        """What comes next, in words."""
        return {
            State.NOTICED: "explications, puis lettre recommandée possible",
            State.EXPLAINED: "accord, ou lettre recommandée possible",
            State.LETTER_SENT: "première présentation de la lettre",
            State.PRESENTED: "résiliation",
        }.get(State(self.state), "")

    def letter(self, kind: str) -> "BreachLetter | None":
        """The letter of this kind, where it was made."""
        return next((letter for letter in self.letters.all() if letter.kind == kind), None)

    def side_of(self, user: User) -> Side | None:
        """The party that an account speaks for: the team's, or who answers for the partner; else none."""
        if user.role == User.Role.STAFF:
            return Side.ASSOCIATION
        return Side.PARTNER if user.answers and user.partner == self.partner else None

    # --- Moving --------------------------------------------------------------------------------------

    def refusal(self, name: str, *, side: Side | None, on: date) -> str:
        """Why a party can't take the step `name` on `on`, as a sentence; empty where it can."""
        step = STEPS[name]
        if self.state not in step.sources:
            return f"Cette étape n'est plus possible : la procédure en est à « {self.get_state_display()} »."
        takers = {
            Who.NOTIFIER: {Side(self.notifier)},
            Who.ANSWERER: {self.answerer} | ({Side.ASSOCIATION} if step.by_post else set()),
            Who.EITHER: set(Side),
            Who.TEAM: {Side.ASSOCIATION},
        }
        if side not in takers[step.who]:
            return "Cette étape revient à l'autre partie."
        opens_on = step.opens_on(self)
        if opens_on and on < opens_on:
            return f"Cette étape est possible à partir du {opens_on:%d/%m/%Y}."
        return step.needs(self, side)

    def legal_steps(self, *, side: Side | None, on: date) -> list[Step]:
        """What a party may do on `on`."""
        return [step for step in STEPS.values() if not self.refusal(step.name, side=side, on=on)]

    def take(self, name: str, *, side: Side | None, on: date, **facts: Any) -> None:
        """Take a step, and write what it brings. Of two at once one is taken. Raises DomainError for any other path."""
        if sentence := self.refusal(name, side=side, on=on):
            raise DomainError(sentence)
        step = STEPS[name]
        facts = {**facts, **({"state": step.target.value} if step.target else {})}
        here: models.QuerySet[Breach] = models.QuerySet(Breach, using=self._state.db).filter(
            pk=self.pk, state=self.state
        )
        if not here.update(**facts):
            raise DomainError("Cette procédure vient d'avancer : rechargez la page pour voir où elle en est.")
        for column, value in facts.items():
            setattr(self, column, value)


class LetterQuerySet(models.QuerySet["BreachLetter"]):
    def visible_to(self, user: User):
        """The letters of the procedures that an account sees."""
        return self.filter(breach__in=Breach.objects.visible_to(user))

    def update(self, **fields):
        raise TypeError(ONLY_BY_STEPS)

    def bulk_update(self, *args, **kwargs):
        raise TypeError(ONLY_BY_STEPS)

    def delete(self):
        raise TypeError(ONLY_BY_STEPS)


class BreachLetter(Identified):
    """A letter of a procedure, kept encrypted as the bytes that left (B5)."""

    class Kind(models.TextChoices):
        NOTICE = "notice", "dénonciation"
        RECEIPT = "receipt", "accusé de réception des explications"
        TERMINATION = "termination", "résiliation (recommandé)"
        REINSTATEMENT = "reinstatement", "réintégration"

    breach = models.ForeignKey(
        Breach, on_delete=models.PROTECT, related_name="letters", verbose_name="manquement"
    )
    kind = models.CharField("lettre", max_length=14, choices=Kind)
    sender = models.CharField("de", max_length=12, choices=Side)
    content = EncryptedBinaryField("contenu", editable=False)
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    made_at = models.DateTimeField("faite le")

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = "lettre de manquement"
        verbose_name_plural = "lettres de manquement"
        ordering = ["made_at"]
        constraints = [models.UniqueConstraint(fields=["breach", "kind"], name="breach_letter_one_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {timezone.localtime(self.made_at):%d/%m/%Y}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError(ONLY_BY_STEPS)
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args, **kwargs):
        raise TypeError(ONLY_BY_STEPS)
