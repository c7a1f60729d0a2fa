"""Whose venue somebody acts for, and whether it may offer anything now."""

from common.errors import DomainError
from partners.models import User, Venue


def venue_of(user: User) -> Venue:
    """The venue of an account. Raises DomainError for one that has none."""
    if user.venue is None:
        raise DomainError("Ce compte n'est rattaché à aucun lieu : demandez à l'équipe.")
    return user.venue


def refuse_suspended(venue: Venue) -> None:
    """Raises DomainError while the venue is suspended (A13)."""
    if venue.is_suspended:
        raise DomainError(venue.pause)
