"""What every room uses: unguessable identifiers, the outbox of mails, the audit trail."""

import uuid

from django.db import models

from common.crypto import EncryptedTextField


class Identified(models.Model):
    """A row whose identifier can stand in a URL: random, so neither guessable nor sequential."""

    id = models.UUIDField("identifiant", primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class OutboxMessageQuerySet(models.QuerySet):
    def due(self, *, at):
        """Messages that wait to be sent and whose next try has come."""
        return self.filter(sent_at=None, set_aside_at=None, next_try_at__lte=at)

    def stuck(self):
        """Messages set aside because they can't be sent as they are: staff must look."""
        return self.filter(sent_at=None, set_aside_at__isnull=False)


class OutboxMessage(Identified):
    """A mail to send, written in the transaction of the act it tells about, so that neither gets lost.

    `effect` names that act and its recipient once and for all: writing it twice is impossible.
    The text holds no participant's name (safety: logs and mail bodies); it is encrypted because mails of accounts
    carry secret links.
    """

    effect = models.CharField("effet", max_length=120, unique=True)
    recipient = models.EmailField("destinataire")
    subject = models.CharField("objet", max_length=200)
    text = EncryptedTextField("texte")
    html = EncryptedTextField("texte mis en forme", blank=True)
    created_at = models.DateTimeField("écrit le")
    next_try_at = models.DateTimeField("prochain essai")
    tries = models.PositiveSmallIntegerField("essais", default=0)
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)
    set_aside_at = models.DateTimeField("mis de côté le", null=True, blank=True)
    failure = models.CharField("dernier échec", max_length=200, blank=True)

    objects = OutboxMessageQuerySet.as_manager()

    class Meta:
        verbose_name = "mail"
        verbose_name_plural = "mails"
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                "next_try_at", condition=models.Q(sent_at=None, set_aside_at=None), name="outbox_due"
            )
        ]

    def __str__(self) -> str:
        return self.subject


class AuditEntry(Identified):
    """One change of state: who did what to which row, without any name of a participant (F5)."""

    at = models.DateTimeField("quand")
    actor = models.CharField(
        "par", max_length=60, help_text="Compte, « portail » ou « porteur·se du papier »."
    )
    verb = models.CharField("action", max_length=60)
    subject = models.CharField("sur", max_length=80, help_text="Genre et identifiant de la fiche.")
    details = models.JSONField("précisions", default=dict, blank=True)

    class Meta:
        verbose_name = "trace"
        verbose_name_plural = "journal des actions"
        ordering = ["-at"]
        indexes = [models.Index(fields=["subject"]), models.Index(fields=["-at"])]

    def __str__(self) -> str:
        return f"{self.verb} · {self.subject}"


class Erased(models.Model):
    """A row whose names were erased: should an older backup bring them back, they are erased again (F2, F3).

    It says of which table and which row, never who it was. Rules that a date alone decides need no entry.
    """

    row = models.UUIDField("identifiant de la fiche", primary_key=True)
    model = models.CharField("genre de fiche", max_length=60)
    at = models.DateTimeField("effacé le")

    class Meta:
        verbose_name = "effacement à tenir"
        verbose_name_plural = "effacements à tenir"
        ordering = ["-at", "row"]

    def __str__(self) -> str:
        return f"{self.model} {str(self.row)[:8]}"


class Installation(models.Model):
    """A word about this database as a whole, that no table of the domain holds: that it is a demonstration…"""

    key = models.CharField("clé", max_length=60, primary_key=True)
    value = models.CharField("valeur", max_length=200)

    class Meta:
        verbose_name = "marque de l'installation"
        verbose_name_plural = "marques de l'installation"

    def __str__(self) -> str:
        return f"{self.key} : {self.value}"


class Attempts(models.Model):
    """How often something was tried lately: see common/throttle.py."""

    slot = models.CharField("quoi et qui", max_length=60, primary_key=True)
    count = models.PositiveIntegerField("essais")
    until = models.DateTimeField("oublié à", db_index=True)

    class Meta:
        verbose_name = "essais récents"
        verbose_name_plural = "essais récents"

    def __str__(self) -> str:
        return self.slot


class Translation(models.Model):
    """What became of a language's phrasebook since it was written: corrected, confirmed by somebody who speaks it (D2).

    One row per language besides French. A sentence stands by its key; what was confirmed by the fingerprint of its
    French and of its wording, so that changing either asks for another reading (common/languages.py).
    """

    language = models.CharField("langue", max_length=12, primary_key=True)
    corrections = models.JSONField("phrases corrigées", default=dict, blank=True)
    confirmed = models.JSONField("phrases relues", default=dict, blank=True)
    speaker = models.CharField("relu par", max_length=120, blank=True)
    read_at = models.DateTimeField("relu le", null=True, blank=True)

    class Meta:
        verbose_name = "traduction"
        verbose_name_plural = "traductions"
        ordering = ["language"]

    def __str__(self) -> str:
        return self.language
