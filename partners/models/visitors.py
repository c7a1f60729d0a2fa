"""The read-only codes of visitors (A6)."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.codes import clean_code, new_code, spoken
from common.crypto import EncryptedTextField, keyed_hash
from common.models import Identified
from partners.models.organisations import Structure
from partners.seasons import Season


class VisitorAccessQuerySet(models.QuerySet):
    def open(self, *, on: date):
        """Codes that open the catalogue on `on`: this season's, and last season's for the overlap (A6)."""
        seasons = {Season.of(on).year, Season.of(on - timedelta(days=settings.VISITOR_OVERLAP_DAYS)).year}
        return self.filter(revoked_at=None, season_year__in=seasons)

    def matching(self, typed: str):
        """The access whose code somebody typed, spaces, dashes and case aside."""
        return self.filter(code_hash=keyed_hash(clean_code(typed)))


class VisitorAccess(Identified):
    """One read-only code per structure and season, which the people accompanied share (A6)."""

    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="visitor_accesses", verbose_name="structure"
    )
    season_year = models.PositiveSmallIntegerField("saison", help_text="Année où la saison commence.")
    code = EncryptedTextField("code", max_length=9, editable=False)
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("créé le", default=timezone.now, editable=False)
    revoked_at = models.DateTimeField("retiré le", null=True, blank=True)

    objects = VisitorAccessQuerySet.as_manager()

    class Meta:
        verbose_name = "accès visiteur"
        verbose_name_plural = "accès visiteur"
        ordering = ["-season_year"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "season_year"],
                condition=Q(revoked_at=None),
                name="visitor_one_open_code_per_season",
                violation_error_message="Cette structure a déjà un code pour cette saison.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.structure} · {Season(self.season_year)}"

    @property
    def spoken_code(self) -> str:
        return spoken(self.code)

    @classmethod
    def draw(cls, *, structure: Structure, season: Season) -> "VisitorAccess":
        """A fresh access with a random code, not yet saved."""
        code = new_code()
        return cls(structure=structure, season_year=season.year, code=code, code_hash=keyed_hash(code))
