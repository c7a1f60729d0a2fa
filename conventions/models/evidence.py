"""The evidence of agreements: an append-only chain that the key outside the database closes (B3)."""

from django.db import models

from common.models import Identified
from conventions.models.agreements import Agreement

READ_ONLY = "Evidence is only ever added to."


class EvidenceQuerySet(models.QuerySet):
    def update(self, **fields):
        raise TypeError(READ_ONLY)

    def delete(self):
        raise TypeError(READ_ONLY)

    def bulk_update(self, *args, **kwargs):
        raise TypeError(READ_ONLY)


class EvidenceEntry(Identified):
    """One fact about an agreement. `mac` closes it and the entry before it (conventions/services/evidence.py)."""

    class Kind(models.TextChoices):
        ENTERED = "entered", "saisie par l'équipe"
        SENT = "sent", "envoyée à la signature"
        LINK = "link", "lien envoyé à nouveau"
        CODE = "code", "code demandé"
        SIGNED = "signed", "signée par le partenaire"
        PAPER = "paper", "signée sur papier"
        COUNTERSIGNED = "countersigned", "contresignée"
        REFUSED = "refused", "refusée"
        RETURNED = "returned", "rendue : autre signataire"
        WITHDRAWN = "withdrawn", "retirée"
        TERMINATED = "terminated", "résiliée"

    position = models.PositiveBigIntegerField("rang", unique=True)
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="evidence", verbose_name="convention"
    )
    ordinal = models.PositiveIntegerField("rang pour cette convention")
    kind = models.CharField("fait", max_length=40)
    content = models.TextField("contenu")
    at = models.DateTimeField("quand")
    previous = models.CharField("sceau précédent", max_length=64)
    mac = models.CharField("sceau", max_length=64)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = "preuve"
        ordering = ["-position"]
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["agreement", "ordinal"], name="evidence_one_of_an_ordinal")
        ]

    def __str__(self) -> str:
        return f"{self.position} · {self.label}"

    @property
    def label(self) -> str:
        """The kind in words; one that nobody knows any more shows as it is written."""
        return dict(self.Kind.choices).get(self.kind, self.kind)

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError(READ_ONLY)
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args, **kwargs):
        raise TypeError(READ_ONLY)


class EvidenceHead(models.Model):
    """Where the chain ends: one row, so that a tail cut off shows. Its lock puts appends in line."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    position = models.PositiveBigIntegerField("rang", default=0)
    mac = models.CharField("sceau", max_length=64, blank=True)
    seal = models.CharField("sceau de la fin", max_length=64, blank=True)

    class Meta:
        verbose_name = "fin de la chaîne de preuves"
        verbose_name_plural = "fin de la chaîne de preuves"
        constraints = [models.CheckConstraint(name="evidence_one_head", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return f"rang {self.position}"
