"""La Criée: what people say in public of culture and sport, good reasons not to go included (E3).

An opinion and an answer to it are the same kind of row: the same form, the same queue, the same link to take it back.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse

from common.crypto import EncryptedTextField, keyed_hash
from common.languages import LANGUAGES, Language, say
from common.models import Identified
from invitations.models import Language as Read
from offers.models import Event
from partners.models import Structure, User, Venue


class CharterQuerySet(models.QuerySet["Charter"]):
    def current(self, *, at: datetime) -> "Charter | None":
        """The version that holds at `at`, or None."""
        return self.filter(published_at__lte=at).order_by("-published_at").first()


class Charter(Identified):
    """One version of what whoever speaks in la Criée agrees to. One that somebody accepted changes no more."""

    version = models.CharField("version", max_length=20, unique=True)
    text = models.TextField(
        "texte", max_length=20_000, help_text="Titres, listes et liens s'écrivent en Markdown."
    )
    published_at = models.DateTimeField("en vigueur depuis")

    objects = CharterQuerySet.as_manager()

    class Meta:
        verbose_name = "charte de la Criée"
        verbose_name_plural = "chartes de la Criée"
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return f"Charte {self.version}"


class Reason(models.TextChoices):
    """Why words are reported, and why they are refused: the same list, so that one answers the other."""

    NAMES = "names", "On peut reconnaître quelqu'un"
    HURTS = "hurts", "Des mots blessent, ou la loi les interdit"
    ADVERT = "advert", "C'est de la publicité"
    SUBJECT = "subject", "Cela ne parle ni de culture ni de sport"
    OTHER = "other", "Une autre raison"


class OpinionQuerySet(models.QuerySet["Opinion"]):
    def published(self):
        """Those that everybody may read; an answer, as long as what it answers is read too."""
        stands = Q(answers_to=None) | Q(answers_to__state=Opinion.State.PUBLISHED)
        return self.filter(stands, state=Opinion.State.PUBLISHED)

    def opening(self):
        """Opinions, answers left out."""
        return self.filter(answers_to=None)

    def with_subject(self):
        """With what a poster says beside the words."""
        return self.select_related("event__venue", "venue", "speaks_for")

    def on_wall(self):
        """What la Criée shows, newest first, with `answered`: how many answers are published."""
        answers = Count("answers", filter=Q(answers__state=Opinion.State.PUBLISHED))
        shown = self.published().opening().with_subject().annotate(answered=answers)
        return shown.order_by("-published_at", "pk")

    def said(self):
        """Answers that everybody may read, the venue's own first, then as they came."""
        return (
            self.published()
            .with_subject()
            .order_by(models.F("speaks_for").asc(nulls_last=True), "published_at")
        )

    def unread(self):
        """Those that nobody has judged yet."""
        return self.filter(state=Opinion.State.WAITING)

    def reported(self):
        """Those that somebody reported since they were last judged."""
        told = OpinionReport.objects.filter(opinion=models.OuterRef("pk"), settled_at=None)
        return self.filter(models.Exists(told), state__in=[Opinion.State.PUBLISHED, Opinion.State.HIDDEN])

    def to_judge(self):
        """The moderators' queue: unread, hidden, or reported."""
        told = OpinionReport.objects.filter(opinion=models.OuterRef("pk"), settled_at=None)
        waits = Q(state__in=[Opinion.State.WAITING, Opinion.State.HIDDEN])
        return self.filter(waits | Q(models.Exists(told), state=Opinion.State.PUBLISHED))

    def to_forget(self, *, at: datetime):
        """Refused so long ago that their words are kept no longer."""
        before = at - timedelta(days=settings.CRIEE_REFUSED_KEPT_DAYS)
        return self.filter(state=Opinion.State.REFUSED, decided_at__lte=before).exclude(text="")


class Opinion(Identified):
    """What somebody says of an outing, of a practice or of nothing in particular; or an answer to it (E3).

    Plain text. Nobody's name or address is kept: a link, of which only the hash stands here, is all that its author
    has. `structure` (it passed on somebody's words) is for the team alone.
    """

    class Stance(models.TextChoices):
        WENT = "went", "J'y suis allé·e"
        NOT = "not", "Je n'y vais pas"
        ELSE = "else", "Autre chose"

    class State(models.TextChoices):
        WAITING = "waiting", "À lire"
        PUBLISHED = "published", "Publié"
        HIDDEN = "hidden", "Masqué, signalé"
        REFUSED = "refused", "Refusé"
        WITHDRAWN = "withdrawn", "Retiré par son auteur·rice"

    answers_to = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="answers",
        verbose_name="répond à",
    )
    event = models.ForeignKey(
        Event,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="opinions",
        verbose_name="événement",
    )
    venue = models.ForeignKey(
        Venue, on_delete=models.SET_NULL, null=True, blank=True, related_name="opinions", verbose_name="lieu"
    )
    kind = models.CharField("sujet", max_length=12, choices=Event.Kind, blank=True)
    stance = models.CharField("avis", max_length=8, choices=Stance, default=Stance.ELSE)
    language = models.CharField("langue", max_length=8, choices=Read, default=Read.FRENCH)
    text = EncryptedTextField("mots", max_length=settings.CRIEE_TEXT_MAX, blank=True)
    pseudonym = EncryptedTextField("surnom", max_length=settings.CRIEE_NAME_MAX, blank=True)
    structure = models.ForeignKey(
        Structure,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="confié à la structure",
    )
    speaks_for = models.ForeignKey(
        Venue,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="au nom du lieu",
    )
    charter = models.ForeignKey(
        Charter, on_delete=models.PROTECT, related_name="+", verbose_name="charte acceptée"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    hints = models.JSONField("à regarder de près", default=list, blank=True, editable=False)
    state = models.CharField("état", max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField("reçu le")
    published_at = models.DateTimeField("publié le", null=True, blank=True)
    decided_at = models.DateTimeField("lu le", null=True, blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="lu par"
    )
    refusal = models.CharField("raison du refus", max_length=8, choices=Reason, blank=True)
    refusal_words = models.TextField("précisions sur le refus", max_length=1000, blank=True)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)

    objects = OpinionQuerySet.as_manager()

    class Meta:
        verbose_name = "avis de la Criée"
        verbose_name_plural = "avis de la Criée"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "-published_at"]), models.Index(fields=["event", "state"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["published", "hidden"])
                | Q(published_at__isnull=False, decided_at__isnull=False),
                name="opinion_shown_was_read",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(refusal=""), name="opinion_refused_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | Q(text="", pseudonym="", withdrawn_at__isnull=False),
                name="opinion_withdrawn_is_erased",
            ),
            models.CheckConstraint(
                condition=Q(structure=None) | Q(speaks_for=None), name="opinion_of_one_voice"
            ),
        ]

    def __str__(self) -> str:
        return f"{'Réponse' if self.answers_to_id else 'Avis'} {str(self.pk)[:8]}"

    def get_absolute_url(self) -> str:
        """The page where it is read: an answer under its opinion."""
        return reverse("evaluations:criee_opinion", args=[self.answers_to_id or self.pk])

    @staticmethod
    def hash_of(token: str) -> str:
        """What is kept of the secret link."""
        return keyed_hash(f"opinion {token}")

    @property
    def spoken(self) -> Language:
        """The language of its words, for `lang` and `dir`."""
        return LANGUAGES[self.language]

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def is_withdrawn(self) -> bool:
        return self.state == self.State.WITHDRAWN

    @property
    def paper(self) -> str:
        """The kind of event whose paper it is written on."""
        return self.kind or Event.Kind.OTHER

    @property
    def said_stance(self) -> str:
        """Where its author stands, in the language of the page."""
        return say(f"criee.{self.stance}")

    @property
    def said_refusal(self) -> str:
        """Why it was refused, in the language of the page; empty where it wasn't."""
        return say(f"criee.reason_{self.refusal}") if self.refusal else ""


class OpinionReport(Identified):
    """That somebody says of published words that they shouldn't be; counts once per network (E3)."""

    opinion = models.ForeignKey(
        Opinion, on_delete=models.CASCADE, related_name="reports", verbose_name="avis"
    )
    reason = models.CharField("raison", max_length=8, choices=Reason)
    words = EncryptedTextField("précisions", max_length=1000, blank=True)
    reporter = models.CharField(max_length=64, editable=False)
    reported_at = models.DateTimeField("signalé le")
    settled_at = models.DateTimeField("traité le", null=True, blank=True)

    class Meta:
        verbose_name = "signalement"
        ordering = ["-reported_at"]
        constraints = [models.UniqueConstraint(fields=["opinion", "reporter"], name="reported_once_by_each")]

    def __str__(self) -> str:
        return f"Signalement {str(self.pk)[:8]}"

    @staticmethod
    def reporter_of(opinion: Opinion, network: str) -> str:
        """What stands for a network: the same for one opinion, and another one for the next."""
        return keyed_hash(f"report {opinion.pk} {network}")
