"""Who asks to become a partner, and how far the talk has come (A1, A3)."""

from datetime import date, datetime
from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from phonenumber_field.modelfields import PhoneNumberField

from common.dates import local_day
from common.errors import DomainError
from common.text import normalise
from conventions.models.agreements import Agreement
from partners.models import Organisation, Sector, Structure, User, Venue
from partners.reference import structure_types


class CandidacyQuerySet(models.QuerySet["Candidacy"]):
    def light(self):
        """Without the letter's bytes, and with what a line of staff's pages says."""
        return self.defer("letter", "accompaniment", "description", "notes").select_related(
            "commune", "follower", "agreement"
        )

    def live(self):
        """Candidacies that somebody is busy with, or should be."""
        return self.filter(state__in=Candidacy.LIVE)

    def late(self, *, on: date):
        """Those whose next step was due before `on`; set aside ones, too, where staff noted a day to call back."""
        return self.filter(state__in=[*Candidacy.LIVE, Candidacy.State.SET_ASIDE], next_on__lt=on)

    def account_due(self, *, on: date):
        """Those whose partner has an agreement signed at the latest on `on`: the account can be opened."""
        signed = Agreement.objects.signed(on=on).filter(ends_on__gte=on).order_by()
        return self.filter(
            Q(structure__in=signed.filter(venue=None).values("structure"))
            | Q(venue__in=signed.filter(structure=None).values("venue")),
            state=Candidacy.State.AGREEMENT,
        )

    def to_forget(self, *, before: date):
        """Refused or withdrawn before the day `before`, and still with what was typed."""
        return self.filter(
            state__in=[Candidacy.State.REFUSED, Candidacy.State.WITHDRAWN],
            state_since__lt=before,
            erased_on=None,
        )


class Candidacy(Organisation):
    """A structure or a venue that asks to take part, from its form to its first season (A1).

    What was typed once goes into the partner's record, the agreement and the account by itself. `state` changes by
    `move_to` alone, which knows the way.
    """

    class Kind(models.TextChoices):
        STRUCTURE = "structure", "Structure sociale"
        VENUE = "venue", "Lieu culturel ou sportif"

    class State(models.TextChoices):
        RECEIVED = "received", "Reçue"
        MEETING = "meeting", "Rencontre prévue"
        FEASIBLE = "feasible", "Faisable"
        AGREEMENT = "agreement", "Convention en cours"
        ACCOUNT = "account", "Compte ouvert"
        TRAINED = "trained", "Formation faite"
        ACTIVE = "active", "Active"
        SET_ASIDE = "set_aside", "À recontacter"
        REFUSED = "refused", "Refusée"
        WITHDRAWN = "withdrawn", "Retirée"

    # The whole way, written once. A meeting may be moved to another day, an agreement prepared anew.
    WAY = {
        State.RECEIVED: {State.MEETING, State.SET_ASIDE, State.REFUSED, State.WITHDRAWN},
        State.MEETING: {State.MEETING, State.FEASIBLE, State.SET_ASIDE, State.REFUSED, State.WITHDRAWN},
        State.FEASIBLE: {State.AGREEMENT, State.REFUSED, State.WITHDRAWN},
        State.AGREEMENT: {State.AGREEMENT, State.ACCOUNT, State.REFUSED, State.WITHDRAWN},
        State.ACCOUNT: {State.TRAINED},
        State.TRAINED: {State.ACTIVE},
        State.ACTIVE: set(),
        State.SET_ASIDE: {State.RECEIVED, State.REFUSED, State.WITHDRAWN},
        State.REFUSED: set(),
        State.WITHDRAWN: set(),
    }
    LIVE = [
        State.RECEIVED, State.MEETING, State.FEASIBLE, State.AGREEMENT, State.ACCOUNT, State.TRAINED,
    ]  # fmt: skip

    key = models.UUIDField("clé du formulaire", unique=True, editable=False)
    kind = models.CharField("candidat", max_length=10, choices=Kind, editable=False)
    town = models.CharField("commune écrite", max_length=80, blank=True)
    # Of a structure (A2, A3)
    type = models.CharField("type", max_length=20, choices=structure_types, blank=True)
    legal_status = models.CharField("statut juridique", max_length=100, blank=True)
    sectors = models.ManyToManyField(Sector, blank=True, verbose_name="secteurs")
    people_accompanied = models.PositiveIntegerField("personnes accompagnées par an", null=True, blank=True)
    low_income = models.BooleanField("surtout des personnes aux minima sociaux, ou en dessous", default=False)
    individual = models.BooleanField("accompagnement individuel", default=False)
    accompaniment = models.TextField("l'accompagnement, dans leurs mots", max_length=1500, blank=True)
    # Of a venue (A8)
    domain = models.CharField("domaine", max_length=10, choices=Venue.Kind, blank=True)
    description = models.TextField("présentation", max_length=2000, blank=True)
    seats_offered = models.TextField("places envisagées", max_length=500, blank=True)
    transit = models.CharField("bus, tram, métro", max_length=300, blank=True)
    wheelchair = models.BooleanField("accessible en fauteuil", default=False)
    hearing_loop = models.BooleanField("boucle magnétique", default=False)
    access_notes = models.CharField("autres précisions d'accès", max_length=300, blank=True)
    # Who will run the scheme there
    lead_name = models.CharField("personne référente", max_length=120, blank=True)
    lead_email = models.EmailField("son e-mail", blank=True)
    lead_phone = PhoneNumberField("son téléphone", blank=True)

    state = models.CharField("état", max_length=12, choices=State, default=State.RECEIVED, editable=False)
    state_since = models.DateField("depuis le", editable=False)
    next_step = models.CharField("prochaine étape", max_length=120, blank=True)
    next_on = models.DateField("pour le", null=True, blank=True)
    follower = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        limit_choices_to={"role": User.Role.STAFF, "is_active": True},
        related_name="+",
        verbose_name="suivie par",
    )
    notes = models.TextField("notes de l'équipe", max_length=5000, blank=True)
    eligible = models.BooleanField("éligible", null=True, blank=True, editable=False)
    eligibility_reason = models.CharField("pourquoi", max_length=500, blank=True, editable=False)
    meeting_at = models.DateTimeField("rencontre", null=True, blank=True, editable=False)
    meeting_place = models.CharField("lieu de la rencontre", max_length=200, blank=True, editable=False)
    meeting_with = models.CharField("avec", max_length=200, blank=True, editable=False)
    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, null=True, blank=True, editable=False, verbose_name="structure"
    )
    venue = models.ForeignKey(
        Venue, on_delete=models.PROTECT, null=True, blank=True, editable=False, verbose_name="lieu"
    )
    made_partner = models.BooleanField("fiche faite d'ici", default=False, editable=False)
    agreement = models.ForeignKey(
        Agreement,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="convention",
    )
    account = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="compte",
    )
    trained_on = models.DateField("formation le", null=True, blank=True, editable=False)
    trainer = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="formation par",
    )
    training_minutes = models.PositiveSmallIntegerField("minutes", null=True, blank=True, editable=False)
    closing_reason = models.TextField("motif", max_length=1500, blank=True, editable=False)
    letter = models.BinaryField("lettre", null=True, editable=False)
    created_at = models.DateTimeField("reçue le", default=timezone.now, editable=False)
    erased_on = models.DateField("effacée le", null=True, blank=True, editable=False)

    objects = CandidacyQuerySet.as_manager()

    class Meta:
        verbose_name = "candidature"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "next_on"])]
        constraints = [
            models.CheckConstraint(
                name="candidacy_partner_is_of_its_kind",
                condition=Q(structure=None, venue=None)
                | Q(kind="structure", venue=None)
                | Q(kind="venue", structure=None),
            ),
            models.CheckConstraint(
                name="candidacy_has_a_partner_once_feasible",
                condition=~Q(state__in=["feasible", "agreement", "account", "trained", "active"])
                | Q(structure__isnull=False)
                | Q(venue__isnull=False),
            ),
            models.CheckConstraint(
                name="candidacy_is_refused_for_a_reason",
                condition=~Q(state="refused", closing_reason="") | Q(erased_on__isnull=False),
            ),
            models.CheckConstraint(
                name="candidacy_is_trained_before_active",
                condition=~Q(state__in=["trained", "active"]) | Q(trained_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name or "Candidature effacée"

    @property
    def is_structure(self) -> bool:
        return self.kind == self.Kind.STRUCTURE

    @property
    def partner(self) -> Structure | Venue | None:
        """The record it became; none before it was found feasible."""
        return self.structure or self.venue

    @property
    def what(self) -> str:
        """Its type, or a venue's domain, in words."""
        return self.get_type_display() if self.is_structure else f"Lieu – {self.get_domain_display()}"

    @property
    def where(self) -> str:
        """Its commune: the official name where it was understood, else as typed."""
        return self.commune.name if self.commune else self.town

    @property
    def waits(self) -> bool:
        """Whether the scheme can't serve its type yet, for want of means (A3)."""
        return self.is_structure and self.type in settings.CANDIDACY_TYPES_WAITING

    @property
    def name_key(self) -> str:
        """Its name as names are compared: without case, accents and punctuation."""
        return name_key(self.name)

    @property
    def current_agreement(self) -> Agreement | None:
        """Its agreement; where that one fell through, the one that took its place, for a signatory who changed."""
        fallen = {Agreement.State.REFUSED, Agreement.State.WITHDRAWN}
        if self.partner is None or (self.agreement and self.agreement.state not in fallen):
            return self.agreement
        others = Agreement.objects.of(self.partner).filter(refused_at=None, withdrawn_at=None)
        return others.filter(ends_on__gte=self.state_since).first()

    @property
    def agreement_missing(self) -> bool:
        """Whether an agreement is to be prepared: there is none, or none that can still be signed."""
        return self.state != self.State.AGREEMENT or self.current_agreement is None

    @property
    def agreement_unsent(self) -> bool:
        """Whether its agreement is a draft that waits to be sent."""
        agreement = self.current_agreement if self.state == self.State.AGREEMENT else None
        return agreement is not None and agreement.state == Agreement.State.DRAFT

    def signed(self, *, on: date) -> bool:
        """Whether its agreement is signed, at the latest on `on`, and not over."""
        agreement = self.current_agreement
        if agreement is None or agreement.signed_on is None:
            return False
        return agreement.signed_on <= on <= agreement.last_day

    def days_late(self, *, on: date) -> int:
        """How many days its next step is overdue on `on`; 0 where it isn't."""
        waited_for = self.state in {*self.LIVE, self.State.SET_ASIDE} and self.next_on
        return max(0, (on - cast(date, self.next_on)).days) if waited_for else 0

    def may_become(self, state: "Candidacy.State") -> bool:
        """Whether the way leads from here to `state`."""
        return state in self.WAY[self.State(self.state)]

    def move_to(self, state: "Candidacy.State", *, at: datetime) -> None:
        """Take a step of the way; saving is the caller's. Raises DomainError for a step that the way doesn't hold."""
        if not self.may_become(state):
            raise DomainError(
                f"Cette candidature est à l'état « {self.get_state_display()} » : elle ne passe pas à "
                f"« {state.label} ». Quelqu'un vient peut-être de la faire avancer : relisez la page."
            )
        self.state, self.state_since = state, local_day(at)


def name_key(name: str) -> str:
    """« C.C.A.S. de l'Étang » as names of organisations are compared: letters and digits alone."""
    return "".join(char for char in normalise(name) if char.isalnum())
