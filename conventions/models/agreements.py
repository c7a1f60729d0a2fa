"""On which terms partners take part: the agreement of a season (B2, B4)."""

from datetime import date, datetime, timedelta
from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

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

# What makes each state, the first that fits.
STATES = [
    (State.TERMINATED, Q(terminated_on__isnull=False)),
    (State.WITHDRAWN, Q(withdrawn_at__isnull=False)),
    (State.REFUSED, Q(refused_at__isnull=False)),
    (State.SIGNED, Q(signed_on__isnull=False)),
    (State.PARTNER_SIGNED, Q(partner_signed_at__isnull=False)),
    (State.RETURNED, Q(returned_at__isnull=False)),
    (State.OPENED, Q(opened_at__isnull=False)),
    (State.SENT, Q(sent_at__isnull=False)),
]


class AgreementQuerySet(models.QuerySet):
    def with_state(self):
        """Each row with `stands`, its state as the database derives it."""
        cases = [models.When(condition, then=models.Value(state.value)) for state, condition in STATES]
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
        return self.in_state(State.SENT, State.OPENED)

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
        to_remind = Q(stands__in=[State.SENT, State.OPENED], reminder_asked_at__isnull=False)
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

    def covering(self, day: date):
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
            .values_list("starts_on", "ends_on", "terminated_on")
        )

        def holds(moment: date) -> bool:
            return any(
                start <= moment <= end and (terminated is None or moment < terminated)
                for start, end, terminated in terms
            )

        if not holds(on):
            return (
                "La convention de votre structure n'est pas en vigueur aujourd'hui. "
                f"Écrivez à l'équipe ({settings.PORTAL_CONTACT_EMAIL}) : dès qu'elle est signée, vous réservez."
            )
        if not holds(day):
            return (
                f"Cette date tombe dans la saison {Season.of(day)} : elle se réserve dès que votre structure "
                "a signé la convention de cette saison."
            )
        return ""


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
        if self.terminated_on:
            return State.TERMINATED
        if self.withdrawn_at:
            return State.WITHDRAWN
        if self.refused_at:
            return State.REFUSED
        if self.signed_on:
            return State.SIGNED
        if self.partner_signed_at:
            return State.PARTNER_SIGNED
        if self.returned_at:
            return State.RETURNED
        if self.opened_at:
            return State.OPENED
        return State.SENT if self.sent_at else State.DRAFT
