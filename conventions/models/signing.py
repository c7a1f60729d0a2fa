"""What signing an agreement needs: frozen documents, secret links, codes (B2)."""

from django.db import models

from common.codes import new_token
from common.crypto import EncryptedBinaryField, keyed_hash
from common.models import Identified
from conventions.models.agreements import Agreement


class AgreementDocument(Identified):
    """The bytes of one document of an agreement, kept as they were made, with their SHA-256."""

    class Kind(models.TextChoices):
        FROZEN = "frozen", "convention envoyée à la signature"
        SCAN = "scan", "convention signée sur papier"
        ORIGINAL = "original", "original signé"

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="documents", verbose_name="convention"
    )
    kind = models.CharField("document", max_length=10, choices=Kind)
    content = EncryptedBinaryField("contenu", editable=False)
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    media_type = models.CharField("format", max_length=40, default="application/pdf")
    words = models.JSONField("texte gelé", null=True, blank=True, editable=False)
    made_at = models.DateTimeField("fait le")

    class Meta:
        verbose_name = "document de convention"
        verbose_name_plural = "documents de convention"
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "kind"], name="agreement_document_one_of_a_kind")
        ]

    # What a document is called in an address.
    ADDRESSES = {"convention": Kind.FROZEN, "original": Kind.ORIGINAL, "papier": Kind.SCAN}

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.sha256[:12]}"

    @property
    def address(self) -> str:
        """Its name in an address."""
        return next(name for name, kind in self.ADDRESSES.items() if kind == self.kind)


class SignatureLinkQuerySet(models.QuerySet):
    def matching(self, token: str):
        """The link whose secret this is, expired or not."""
        return self.filter(token_hash=keyed_hash(token))


class SignatureLink(Identified):
    """A secret address at which an agreement is read, signed and, once signed, fetched. Only its hash is kept."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="links", verbose_name="convention"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    sent_to = models.EmailField("envoyé à")
    created_at = models.DateTimeField("créé le")
    expires_at = models.DateTimeField("expire le")

    objects = SignatureLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "lien de signature"
        verbose_name_plural = "liens de signature"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"lien du {self.created_at:%d/%m/%Y}"

    @classmethod
    def draw(cls, *, agreement: Agreement, **fields) -> tuple["SignatureLink", str]:
        """A fresh link, not yet saved, and its secret, which is known only now."""
        token = new_token()
        return cls(agreement=agreement, token_hash=keyed_hash(token), **fields), token

    def is_open(self, *, at) -> bool:
        """Whether it still leads to the agreement at `at`."""
        return at < self.expires_at


class SignatureCode(Identified):
    """Six digits mailed to the representative, and what they are about to sign. The last one mailed counts."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="codes", verbose_name="convention"
    )
    code_hash = models.CharField(max_length=64, editable=False)
    name = models.CharField("nom", max_length=120)
    capacity = models.CharField("qualité", max_length=80)
    consent = models.TextField("consentement")
    created_at = models.DateTimeField("envoyé le")
    expires_at = models.DateTimeField("expire le")
    used_at = models.DateTimeField("utilisé le", null=True, blank=True)

    class Meta:
        verbose_name = "code de signature"
        verbose_name_plural = "codes de signature"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"code du {self.created_at:%d/%m/%Y}"
