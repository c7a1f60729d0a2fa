"""Secret addresses of feeds (C9)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.codes import new_token
from common.crypto import EncryptedTextField, keyed_hash
from common.models import Identified
from partners.models.organisations import Structure


class FeedQuerySet(models.QuerySet["Feed"]):
    def open(self):
        """Addresses that still answer."""
        return self.filter(revoked_at=None)

    def at(self, token: str):
        """The feed whose address holds this token."""
        return self.filter(token_hash=keyed_hash(token))


class Feed(Identified):
    """A secret address that the calendar or the news reader of a structure follows (C9); it tells no name."""

    class Kind(models.TextChoices):
        OUTINGS = "outings", "nos sorties (agenda)"
        PROGRAMME = "programme", "le programme (nouveautés)"

    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="feeds", verbose_name="structure"
    )
    kind = models.CharField("flux", max_length=10, choices=Kind)
    token = EncryptedTextField("jeton", max_length=22, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("créé le", default=timezone.now, editable=False)
    revoked_at = models.DateTimeField("fermé le", null=True, blank=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = "flux d'abonnement"
        verbose_name_plural = "flux d'abonnement"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "kind"],
                condition=Q(revoked_at=None),
                name="feed_one_open_per_structure_and_kind",
                violation_error_message="Cette structure a déjà une adresse pour ce flux.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.structure} · {self.get_kind_display()}"

    @classmethod
    def draw(cls, *, structure: Structure, kind: str, at) -> "Feed":
        """A feed with a fresh secret address, not yet saved."""
        token = new_token()
        return cls(structure=structure, kind=kind, token=token, token_hash=keyed_hash(token), created_at=at)
