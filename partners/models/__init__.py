"""Who takes part. One module per subject."""

from partners.models.accounts import AccessLink, User
from partners.models.feeds import Feed
from partners.models.help import HelpPage, Question
from partners.models.organisations import Organisation, Partner, Sector, Structure, Venue
from partners.models.suspensions import Suspension
from partners.models.terms import TermsAcceptance, TermsOfUse
from partners.models.territory import Commune, PriorityArea
from partners.models.visitors import VisitorAccess

__all__ = [
    "AccessLink",
    "Commune",
    "Feed",
    "HelpPage",
    "Organisation",
    "Partner",
    "PriorityArea",
    "Question",
    "Sector",
    "Structure",
    "Suspension",
    "TermsAcceptance",
    "TermsOfUse",
    "User",
    "Venue",
    "VisitorAccess",
]
