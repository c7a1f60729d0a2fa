"""The words of agreements: numbered articles by version, which staff write (B1)."""

from django.db import models
from django.db.models import Q

from common.models import Identified


class AgreementTextQuerySet(models.QuerySet):
    def current(self, *, kind: str, at):
        """The version of `kind` that is handed out at `at`: the latest published; None where there is none."""
        return self.filter(kind=kind, published_at__lte=at).order_by("-published_at", "-version").first()


class AgreementText(Identified):
    """One version of what an agreement of a kind says. Once an agreement uses it, it doesn't change any more."""

    class Kind(models.TextChoices):
        STRUCTURE = "structure", "Structure sociale"
        STRUCTURE_A27 = "structure_a27", "Structure sociale, variante Article 27"
        VENUE = "venue", "Lieu culturel ou sportif"
        FRAMEWORK = "framework", "Convention cadre"

    kind = models.CharField("pour", max_length=20, choices=Kind)
    version = models.PositiveSmallIntegerField("version", default=1)
    title = models.CharField("titre", max_length=150)
    preamble = models.TextField("préambule", max_length=6000, blank=True)
    annex = models.TextField("annexe : données personnelles", max_length=12_000, blank=True)
    published_at = models.DateTimeField(
        "publié le", null=True, blank=True, help_text="Vide tant que l'équipe y travaille."
    )

    objects = AgreementTextQuerySet.as_manager()

    class Meta:
        verbose_name = "texte de convention"
        verbose_name_plural = "textes de convention"
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version"],
                name="agreement_text_one_of_a_version",
                violation_error_message="Cette version existe déjà : prenez le numéro suivant.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.version}"


class Article(Identified):
    """One numbered article of a text. A blank line parts paragraphs, a line that begins with "- " is one of a list."""

    text = models.ForeignKey(
        AgreementText, on_delete=models.CASCADE, related_name="articles", verbose_name="texte"
    )
    number = models.PositiveSmallIntegerField("numéro")
    heading = models.CharField("titre", max_length=150)
    body = models.TextField("contenu", max_length=12_000)

    class Meta:
        verbose_name = "article"
        ordering = ["text", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["text", "number"],
                name="article_one_of_a_number",
                violation_error_message="Deux articles portent le même numéro.",
            ),
            models.CheckConstraint(
                name="article_number_from_one",
                condition=Q(number__gte=1),
                violation_error_message="Les articles se comptent à partir de 1.",
            ),
        ]

    def __str__(self) -> str:
        return f"Article {self.number}. {self.heading}"
