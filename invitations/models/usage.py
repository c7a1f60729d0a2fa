"""What the use of invitations tells staff (D8)."""

from django.db import models

from common.models import Identified
from partners.models import Structure


class UsageAlertQuerySet(models.QuerySet):
    def open(self):
        """Alerts that staff still have to look at."""
        return self.filter(closed_at=None)


class UsageAlert(Identified):
    """That one person has more outings in a week than foreseen: a hint for staff, never a block (D8)."""

    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="usage_alerts", verbose_name="structure"
    )
    person_ref = models.UUIDField("repère de la personne", editable=False)
    week_from = models.DateField("à partir du")
    outings = models.PositiveSmallIntegerField("sorties en une semaine")
    seen_at = models.DateTimeField("relevé le")
    closed_at = models.DateTimeField("traité le", null=True, blank=True)
    outcome = models.CharField("suite donnée", max_length=300, blank=True)

    objects = UsageAlertQuerySet.as_manager()

    class Meta:
        verbose_name = "alerte d'usage"
        verbose_name_plural = "alertes d'usage"
        ordering = ["-week_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "person_ref", "week_from"], name="alert_once_per_week"
            )
        ]

    def __str__(self) -> str:
        return f"{self.structure} · semaine du {self.week_from:%d/%m/%Y}"
