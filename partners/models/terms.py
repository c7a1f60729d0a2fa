"""The conditions of use, and who accepted which version (A4)."""

from django.db import models

from common.models import Identified
from partners.models.accounts import User


class TermsOfUseQuerySet(models.QuerySet):
    def current(self, *, at):
        """The version that holds at `at`, or None."""
        return self.filter(published_at__lte=at).order_by("-published_at").first()


class TermsOfUse(Identified):
    """One version of the conditions of use (A4). A new one asks everybody again."""

    version = models.CharField("version", max_length=20, unique=True)
    text = models.TextField("texte", help_text="Un paragraphe par ligne vide.")
    published_at = models.DateTimeField("en vigueur depuis")

    objects = TermsOfUseQuerySet.as_manager()

    class Meta:
        verbose_name = "conditions d'utilisation"
        verbose_name_plural = "conditions d'utilisation"
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return f"Version {self.version}"


class TermsAcceptance(Identified):
    """That an account accepted a version, and when (A4)."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="acceptances", verbose_name="compte"
    )
    terms = models.ForeignKey(TermsOfUse, on_delete=models.PROTECT, verbose_name="conditions")
    accepted_at = models.DateTimeField("accepté le")

    class Meta:
        verbose_name = "acceptation des conditions"
        verbose_name_plural = "acceptations des conditions"
        constraints = [models.UniqueConstraint(fields=["user", "terms"], name="acceptance_once_per_version")]

    def __str__(self) -> str:
        return f"{self.user} · {self.terms}"
