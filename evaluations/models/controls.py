"""What the team looks at regularly, and what came of it (E5)."""

from datetime import date

from django.db import models
from django.db.models import Case, Q, Value, When

from common.models import Identified
from common.templatetags.ui import NO_BREAK_SPACE, day_plain, percent
from partners.models import Structure, User, Venue


class FindingQuerySet(models.QuerySet):
    def open(self):
        """Those that the team still has to look at, or means to look at again."""
        return self.filter(closed_at=None)

    def to_take_up(self):
        """Open ones of which nobody has noted anything yet."""
        return self.open().filter(outcomes=None)

    def waiting(self, *, on: date):
        """Those that wait for somebody on the day `on`: new ones, and those to look at again."""
        return self.open().filter(Q(outcomes=None) | Q(look_again_on__lte=on)).distinct()

    def with_need(self, *, on: date):
        """With `need` on the day `on`, the smaller the sooner: due, new, waiting for their day, closed."""
        rank = Case(
            When(closed_at__isnull=False, then=Value(3)),
            When(look_again_on__lte=on, then=Value(0)),
            When(look_again_on=None, then=Value(1)),
            default=Value(2),
        )
        return self.annotate(need=rank)

    def with_partner(self):
        """With whom it is about, in the same query."""
        return self.select_related("structure", "venue")


class Finding(Identified):
    """Something about a partner that the team looks at: never a reproach, and it blocks nothing (E5).

    `count` is said out of `out_of`, from the day `since` on; what somebody told the team stands in `words`. How
    structures use their seats is a `UsageAlert` (D8), and isn't repeated here.
    """

    class Kind(models.TextChoices):
        DORMANT = "dormant", "structure qui ne réserve plus"
        UNBOOKED = "unbooked", "places jamais réservées"
        DOOR = "door", "entrées jamais notées"
        OPINIONS = "opinions", "avis sans réponse du lieu"
        WELCOME = "welcome", "accueil signalé à l'équipe"

    OF_VENUES = (Kind.UNBOOKED, Kind.DOOR, Kind.OPINIONS, Kind.WELCOME)

    kind = models.CharField("sujet", max_length=10, choices=Kind)
    structure = models.ForeignKey(
        Structure,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="findings",
        verbose_name="structure",
    )
    venue = models.ForeignKey(
        Venue, on_delete=models.CASCADE, null=True, blank=True, related_name="findings", verbose_name="lieu"
    )
    since = models.DateField("à partir du", null=True, blank=True)
    count = models.PositiveIntegerField("nombre", default=0)
    out_of = models.PositiveIntegerField("sur", default=0)
    words = models.TextField("ce qui a été dit", max_length=1000, blank=True)
    told_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="écrit par"
    )
    seen_at = models.DateTimeField("relevé le")
    look_again_on = models.DateField("à revoir le", null=True, blank=True)
    closed_at = models.DateTimeField("traité le", null=True, blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = "constat"
        ordering = ["-seen_at"]
        constraints = [
            models.CheckConstraint(
                name="finding_has_its_partner",
                condition=Q(kind="dormant", structure__isnull=False, venue=None)
                | (~Q(kind="dormant") & Q(structure=None, venue__isnull=False)),
            ),
            models.CheckConstraint(
                name="finding_told_has_words",
                condition=(Q(kind="welcome") & ~Q(words="")) | (~Q(kind="welcome") & Q(words="")),
            ),
            models.CheckConstraint(
                name="finding_closed_is_not_looked_at_again",
                condition=Q(closed_at=None) | Q(look_again_on=None),
            ),
            models.UniqueConstraint(
                fields=["structure", "kind"],
                condition=Q(closed_at=None),
                name="finding_open_once_of_a_structure",
            ),
            models.UniqueConstraint(
                fields=["venue", "kind"],
                condition=Q(closed_at=None) & ~Q(kind="welcome"),
                name="finding_open_once_of_a_venue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} · {self.get_kind_display()}"

    @property
    def partner(self) -> Structure | Venue | None:
        """Whom it is about."""
        return self.structure or self.venue

    @property
    def sentence(self) -> str:
        """What was seen, in French: never who."""
        day = day_plain(self.since)
        match self.kind:
            case self.Kind.DORMANT:
                return f"Aucune réservation depuis le {day}" if self.since else "Aucune réservation jusqu'ici"
            case self.Kind.UNBOOKED:
                part = percent(self.count / self.out_of) if self.out_of else ""
                return f"{self.count} places sur {self.out_of} jamais réservées ({part}), depuis le {day}"
            case self.Kind.DOOR:
                return f"À {self.count} séances sur {self.out_of}, personne n'a été noté à l'entrée, depuis le {day}"
            case self.Kind.OPINIONS:
                several = "s" if self.count > 1 else ""
                return f"{self.count} avis de personnes venues, publié{several} sans réponse du lieu, depuis le {day}"
            case _:
                return f"«{NO_BREAK_SPACE}{self.words}{NO_BREAK_SPACE}»"


ONLY_ADDED = "What was noted stays as it was written: add another outcome."


class OutcomeQuerySet(models.QuerySet):
    def update(self, **fields):
        raise TypeError(ONLY_ADDED)


class Outcome(Identified):
    """What somebody of the team did with a finding. Added, never changed (E5)."""

    class Kind(models.TextChoices):
        LOOKED = "looked", "Regardé"
        SPOKEN = "spoken", "Échange avec le partenaire"
        NOTHING = "nothing", "Rien d'anormal"
        FOLLOW = "follow", "À suivre"

    WORDED = (Kind.SPOKEN, Kind.FOLLOW)  # nobody understands these later without words

    finding = models.ForeignKey(
        Finding, on_delete=models.CASCADE, related_name="outcomes", verbose_name="constat"
    )
    kind = models.CharField("suite", max_length=10, choices=Kind)
    words = models.TextField("en quelques mots", max_length=1000, blank=True)
    on = models.DateField("le")
    look_again_on = models.DateField("à revoir le", null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="de l'équipe")
    written_at = models.DateTimeField("noté le")

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        verbose_name = "suite d'un constat"
        verbose_name_plural = "suites des constats"
        ordering = ["on", "written_at"]
        constraints = [
            models.CheckConstraint(
                name="outcome_to_follow_has_a_day",
                condition=Q(kind="follow", look_again_on__isnull=False)
                | (~Q(kind="follow") & Q(look_again_on=None)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.on:%d/%m/%Y}, {self.get_kind_display()}"

    @property
    def said(self) -> str:
        """« Rien d'anormal », with the words that go with it."""
        return f"{self.get_kind_display()} : {self.words}" if self.words else self.get_kind_display()

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError(ONLY_ADDED)
        super().save(*args, **kwargs)


class ControlNight(Identified):
    """That a night's controls were made, and how the season's seats were spread that night (E5).

    `people`, `structures`, `by_size`: a `Spread` each, as `Spread.stored` gives it; null where there are too few.
    """

    on = models.DateField("nuit du", unique=True)
    made_at = models.DateTimeField("faite le")
    season_year = models.PositiveSmallIntegerField("saison", help_text="Année où la saison commence.")
    people = models.JSONField("places par personne", null=True, editable=False)
    structures = models.JSONField("places par structure", null=True, editable=False)
    by_size = models.JSONField("places pour cent personnes accompagnées", null=True, editable=False)

    class Meta:
        verbose_name = "nuit de contrôle"
        verbose_name_plural = "nuits de contrôle"
        ordering = ["-on"]

    def __str__(self) -> str:
        return f"Contrôles du {self.on:%d/%m/%Y}"
