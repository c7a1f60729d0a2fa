"""Pages of help, and questions to the team (C12)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from common.crypto import EncryptedTextField
from common.models import Identified
from partners.models.accounts import User


class HelpPageQuerySet(models.QuerySet["HelpPage"]):
    def first_for(self, readers: "HelpPage.Readers"):
        """All pages, those written for `readers` first, then those for everybody."""
        near = models.Case(
            models.When(readers=readers, then=0),
            models.When(readers=HelpPage.Readers.EVERYBODY, then=1),
            default=2,
            output_field=models.IntegerField(),
        )
        return self.order_by(near, "position", "title")


class HelpPage(Identified):
    """A page of help that staff write: questions and answers, the notice on people's data (C12)."""

    class Readers(models.TextChoices):
        EVERYBODY = "everybody", "tout le monde"
        VISITORS = "visitors", "personnes accompagnées"
        STRUCTURES = "structures", "structures"
        VENUES = "venues", "lieux"

    slug = models.SlugField("adresse", max_length=60, unique=True, help_text="Fin de l'adresse : /aide/…/")
    title = models.CharField("titre", max_length=120)
    readers = models.CharField("pour", max_length=12, choices=Readers, default=Readers.EVERYBODY)
    position = models.PositiveSmallIntegerField("rang", default=100)
    body = models.TextField(
        "texte",
        max_length=20_000,
        help_text="Une ligne vide fait un paragraphe. « ## » devant un titre, « - » devant chaque ligne d'une liste, "
        "**deux étoiles** autour de ce qui compte, [des mots](une adresse) pour un lien.",
    )
    changed_at = models.DateTimeField("modifiée le", default=timezone.now, editable=False)

    objects = HelpPageQuerySet.as_manager()

    class Meta:
        verbose_name = "page d'aide"
        verbose_name_plural = "pages d'aide"
        ordering = ["position", "title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("partners:help_page", args=[self.slug])


class QuestionQuerySet(models.QuerySet["Question"]):
    def open(self):
        """Questions that nobody of the team has answered."""
        return self.filter(answered_at=None)

    def to_forget(self, *, at: datetime):
        """Those answered so long ago that nobody needs them."""
        return self.filter(answered_at__lt=at - timedelta(days=settings.QUESTION_KEPT_DAYS))


class Question(Identified):
    """What somebody asked the team from a page of the portal, with where they stood (C12)."""

    name = EncryptedTextField("nom", max_length=120, blank=True)
    email = EncryptedTextField("e-mail", max_length=254)
    text = EncryptedTextField("question", max_length=4000)
    account = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="compte"
    )
    page = models.CharField("depuis la page", max_length=200, blank=True)
    asked_at = models.DateTimeField("posée le")
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="par"
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = "question"
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"Question {str(self.pk)[:8]}"
