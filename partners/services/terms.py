"""The conditions of use: which version an account still has to accept (A4)."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery

from common import audit
from common.errors import DomainError
from partners.models import TermsAcceptance, TermsOfUse, User

ACCEPT_TERMS = "Lisez et acceptez d'abord les conditions d'utilisation, puis réservez."


def terms_to_accept(*, user: User, at: datetime) -> TermsOfUse | None:
    """The version of the conditions of use that this account still has to accept, if any (A4)."""
    accepted = TermsAcceptance.objects.filter(user=user, terms=OuterRef("pk"))
    terms = TermsOfUse.objects.annotate(accepted=Exists(accepted)).current(at=at)
    return None if terms is None or terms.accepted else terms


def terms_pending(*, user: User, at: datetime) -> Exists:
    """Whether `terms_to_accept` finds a version, as a condition within another query."""
    accepted = TermsAcceptance.objects.filter(user=user, terms=OuterRef("pk"))
    newest = TermsOfUse.objects.filter(published_at__lte=at).order_by("-published_at").values("pk")[:1]
    return Exists(TermsOfUse.objects.filter(~Exists(accepted), pk=Subquery(newest)))


def require_terms(*, user: User, at: datetime) -> None:
    """Raise DomainError where the conditions of use in force aren't accepted yet (A4)."""
    if terms_to_accept(user=user, at=at):
        raise DomainError(ACCEPT_TERMS)


@transaction.atomic
def accept_terms(*, user: User, terms: TermsOfUse, at: datetime) -> None:
    """Note that an account accepts a version (A4). Accepting twice changes nothing."""
    _, first = TermsAcceptance.objects.get_or_create(user=user, terms=terms, defaults={"accepted_at": at})
    if first:
        audit.record(at=at, actor=user, verb="conditions acceptées", subject=terms)
