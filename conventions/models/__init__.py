"""On which terms partners take part. One module per subject."""

from conventions.models.agreements import Agreement, AgreementQuerySet

__all__ = ["Agreement", "AgreementQuerySet"]
