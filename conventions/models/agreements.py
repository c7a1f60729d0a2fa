"""On which terms partners take part: the agreement of a season (B2, B4)."""

from datetime import date, datetime, timedelta
from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.utils import timezone

from common.dates import local_day
from common.models import Identified
from conventions.models.texts import AgreementText
from partners.models import Structure, User, Venue
from partners.seasons import Season


class State(models.TextChoices):
    """Where an agreement stands between its draft and its end (B2); `Agreement.state` derives it from what happened."""

    DRAFT = "draft", "brouillon"
    SENT = "sent", "envoyée"
    OPENED = "opened", "ouverte"
    PARTNER_SIGNED = "partner_signed", "à contresigner"
    SIGNED = "signed", "signée"
    RETURNED = "returned", "signataire à changer"
    REFUSED = "refused", "refusée"
    WITHDRAWN = "withdrawn", "retirée"
    TERMINATED = "terminated", "résiliée"


Stands = State  # within Agreement, `State` is its attribute

# The column that makes each state once it is filled in, the first that is; a draft has none.
MARKS = [
    (State.TERMINATED, "terminated_on"),
    (State.WITHDRAWN, "withdrawn_at"),
    (State.REFUSED, "refused_at"),
    (State.SIGNED, "signed_on"),
    (State.PARTNER_SIGNED, "partner_signed_at"),
    (State.RETURNED, "returned_at"),
    (State.OPENED, "opened_at"),
    (State.SENT, "sent_at"),
]
AWAITING = (State.SENT, State.OPENED)  # the partner signs or refuses
WITHDRAWABLE = (State.DRAFT, *AWAITING, State.RETURNED, State.PARTNER_SIGNED)


def missing_agreement(*, in_force: bool, covered: bool, day: date) -> str:
    """Which agreement a structure lacks to book for `day`, as a sentence; empty where it lacks none (B4).

    `in_force`: one runs today; `covered`: one that is signed covers the outing.
    """
    if not in_force:
        return (
            "La convention de votre structure n'est pas en vigueur aujourd'hui. "
            f"Écrivez à l'équipe ({settings.PORTAL_CONTACT_EMAIL}) : dès qu'elle est signée, vous réservez."
        )
    if not covered:
        return (
            f"Cette date tombe dans la saison {Season.of(day)} : elle se réserve dès que votre structure "
            "a signé la convention de cette saison."
        )
    return ""


class AgreementQuerySet(models.QuerySet):
    def with_state(self):
        """Each row with `stands`, its state as the database derives it."""
        cases = [
            models.When(**{f"{column}__isnull": False}, then=models.Value(state.value))
            for state, column in MARKS
        ]
        return self.annotate(
            stands=models.Case(
                *cases, default=models.Value(State.DRAFT.value), output_field=models.CharField()
            )
        )

    def in_state(self, *states: State):
        """Agreements that stand in one of `states`."""
        return self.with_state().filter(stands__in=[state.value for state in states])

    def visible_to(self, user: User):
        """The agreements of the account's own structure or venue."""
        return self.of(user.partner) if user.partner else self.none()

    def awaiting_signature(self):
        """Sent, and still to be signed or refused by the partner."""
        return self.in_state(*AWAITING)

    def live(self):
        """Drafts, those under way and the signed ones: neither refused, taken back nor terminated."""
        return self.filter(refused_at=None, withdrawn_at=None, terminated_on=None)

    def to_remind(self, *, at: datetime):
        """Sent, unsigned, and last written about SIGNATURE_REMINDER_DAYS ago or more (B4)."""
        last = at - timedelta(days=settings.SIGNATURE_REMINDER_DAYS)
        return self.awaiting_signature().filter(reminded_at__lte=last)

    def to_take_up(self, *, on: date):
        """Refused or given back, not over, and with none made for the same partner since."""
        since = Agreement.objects.filter(
            Q(structure=models.OuterRef("structure")) | Q(venue=models.OuterRef("venue")),
            ends_on__gte=models.OuterRef("ends_on"),
            drafted_at__gt=models.OuterRef("sent_at"),
        )
        ended = self.in_state(State.REFUSED, State.RETURNED).filter(ends_on__gte=on)
        return ended.exclude(models.Exists(since))

    def asked(self):
        """Drafts that the team asked to have sent, and sent ones to be reminded (B4)."""
        to_send = Q(stands=State.DRAFT, send_asked_at__isnull=False)
        to_remind = Q(stands__in=AWAITING, reminder_asked_at__isnull=False)
        return self.with_state().filter(to_send | to_remind)

    def with_partner(self):
        """Each row with its partner and text at hand, for its words."""
        return self.select_related("structure__commune", "venue__commune", "text", "send_asked_by")

    def of(self, partner: Structure | Venue):
        """The agreements of one partner, latest first."""
        return self.filter(**{partner.column: partner}).order_by("-starts_on")

    def signed(self, *, on: date):
        """Agreements signed at the latest on `on`."""
        return self.filter(signed_on__lte=on)

    def covering(self, day: date | Combinable):
        """Agreements whose term holds `day`, and that aren't terminated by then."""
        return self.filter(starts_on__lte=day, ends_on__gte=day).exclude(terminated_on__lte=day)

    def in_force(self, *, on: date):
        """Signed, and running on `on`."""
        return self.signed(on=on).covering(on)

    def over(self, *, on: date):
        """Signed once, and ended or terminated by `on`."""
        return self.filter(Q(ends_on__lt=on) | Q(terminated_on__lte=on), signed_on__isnull=False)

    def obstacle_to_book(self, *, structure: Structure, day: date, on: date) -> str:
        """Why `structure` can't book on `on` for a date on `day`, as a sentence; empty where it can (B4).

        It takes an agreement in force on the day of booking and one, signed, that covers the outing. One query.
        """
        terms = list(
            self.signed(on=on)
            .filter(structure=structure, ends_on__gte=on)
            .only("starts_on", "ends_on", "terminated_on")
        )
        return missing_agreement(
            in_force=any(agreement.covers(on) for agreement in terms),
            covered=any(agreement.covers(day) for agreement in terms),
            day=day,
        )


class Agreement(Identified):
    """The agreement of one partner for a season, or for the rest of it when entering during the year.

    It goes from a draft to a frozen document, the partner's signature and the association's; `signed_on` is the day
    from which it holds. One that staff entered by hand has a `signed_on` and no document (`route` says so).
    """

    class Route(models.TextChoices):
        PORTAL = "portal", "sur le portail"
        PAPER = "paper", "sur papier, page numérisée"
        HAND = "hand", "sur papier, saisie par l'équipe"

    State = State

    structure = models.ForeignKey(
        Structure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        verbose_name="structure",
    )
    venue = models.ForeignKey(
        Venue, on_delete=models.PROTECT, null=True, blank=True, related_name="agreements", verbose_name="lieu"
    )
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", help_text="Compris.")
    signed_on = models.DateField(
        "signée le", null=True, blank=True, help_text="Vide tant qu'elle ne l'est pas."
    )
    signatory_name = models.CharField("signée par", max_length=120, blank=True)
    signatory_capacity = models.CharField("en qualité de", max_length=80, blank=True)
    text = models.ForeignKey(
        AgreementText,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        verbose_name="texte",
    )
    from_signature = models.BooleanField(
        "court dès la signature", default=False, help_text="Pour une entrée en cours de saison."
    )
    route = models.CharField("signée comment", max_length=10, choices=Route, blank=True)
    drafted_at = models.DateTimeField("préparée le", default=timezone.now, editable=False)
    # What the sending froze: whom the partner said may sign.
    representative_name = models.CharField("à signer par", max_length=120, blank=True)
    representative_capacity = models.CharField("qualité", max_length=80, blank=True)
    representative_email = models.EmailField("lien envoyé à", blank=True)
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)
    opened_at = models.DateTimeField("ouverte le", null=True, blank=True)
    partner_signed_at = models.DateTimeField("signée par le partenaire le", null=True, blank=True)
    countersigned_at = models.DateTimeField("contresignée le", null=True, blank=True)
    countersigned_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="contresignée sur le portail par",
    )
    president_name = models.CharField("signée pour l'association par", max_length=120, blank=True)
    refused_at = models.DateTimeField("refusée le", null=True, blank=True)
    refusal_reason = models.CharField("raison du refus", max_length=500, blank=True)
    returned_at = models.DateTimeField("rendue le", null=True, blank=True)
    other_name = models.CharField("autre signataire", max_length=120, blank=True)
    other_capacity = models.CharField("sa qualité", max_length=80, blank=True)
    other_email = models.EmailField("son e-mail", blank=True)
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)
    terminated_on = models.DateField(
        "résiliée au",
        null=True,
        blank=True,
        editable=False,
        help_text="Premier jour où elle ne vaut plus (B5).",
    )
    # What the team asked for and the background does, one agreement at a time (B4).
    send_asked_at = models.DateTimeField("envoi demandé le", null=True, blank=True)
    send_asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="demandé par"
    )
    send_failure = models.CharField("envoi impossible", max_length=300, blank=True)
    reminder_asked_at = models.DateTimeField("relance demandée le", null=True, blank=True)
    reminded_at = models.DateTimeField("relancée le", null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = "convention"
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                name="agreement_has_one_partner",
                condition=Q(structure__isnull=False, venue=None) | Q(structure=None, venue__isnull=False),
                violation_error_message="Choisissez une structure ou un lieu, et un seul des deux.",
            ),
            models.CheckConstraint(
                name="agreement_starts_before_it_ends",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="La convention finit avant de commencer : vérifiez les deux dates.",
            ),
        ]
        indexes = [
            models.Index(fields=["structure", "ends_on"]),
            models.Index(
                "send_asked_at",
                condition=Q(sent_at=None, send_asked_at__isnull=False),
                name="agreement_to_send",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} · {self.starts_on:%d/%m/%Y} – {self.ends_on:%d/%m/%Y}"

    @classmethod
    def drafted(
        cls,
        *,
        partner: Structure | Venue,
        season: Season,
        text: AgreementText | None,
        at: datetime,
        ends_on: date | None = None,
    ) -> "Agreement":
        """A draft for `season`, not saved. It runs to the season's end or to `ends_on`; from its signature where the
        season has begun.
        """
        on = local_day(at)
        return cls(
            starts_on=max(on, season.starts_on),
            ends_on=ends_on or season.ends_on,
            from_signature=season.starts_on <= on,
            text=text,
            drafted_at=at,
            **{partner.column: partner},
        )

    @property
    def partner(self) -> Structure | Venue:
        return cast(Structure | Venue, self.structure or self.venue)  # a constraint sees to it

    @property
    def seasons(self) -> str:
        """« Saison 2026-2027 », or « Saisons 2026-2029 »."""
        first, last = Season.of(self.starts_on), Season.of(self.ends_on)
        return f"Saison {first}" if first == last else f"Saisons {first.year}-{last.next.year}"

    @property
    def state(self) -> "Stands":
        """Where it stands."""
        return next((state for state, column in MARKS if getattr(self, column)), State.DRAFT)

    @property
    def awaits_signature(self) -> bool:
        """Sent, and still to be signed or refused by the partner."""
        return self.state in AWAITING

    @property
    def is_withdrawable(self) -> bool:
        """Whether the team can still take it back."""
        return self.state in WITHDRAWABLE

    @property
    def last_day(self) -> date:
        """The last day that its term holds: its end, or the eve of its termination."""
        if self.terminated_on is None:
            return self.ends_on
        return min(self.ends_on, self.terminated_on - timedelta(days=1))

    def covers(self, day: date) -> bool:
        """Whether its term holds `day`: what `covering` says of many."""
        return self.starts_on <= day <= self.last_day

    def in_force(self, *, on: date) -> bool:
        """Signed, and running on `on`: what the query of that name says of many."""
        return self.signed_on is not None and self.signed_on <= on and self.covers(on)

    def stage(self, *, on: date) -> str:
        """Its state as a word; for a signed one, how it stands on `on`: "coming", "in_force" or "over"."""
        if self.state != State.SIGNED:
            return self.state.value
        if on < self.starts_on:
            return "coming"
        return "in_force" if on <= self.last_day else "over"
