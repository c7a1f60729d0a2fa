"""Who goes. One module per subject."""

from invitations.models.bookings import (
    LIVE_SEATS,
    Booking,
    BookingQuerySet,
    Invitation,
    InvitationQuerySet,
    PartyDocument,
)
from invitations.models.changes import ChangeNotice, DateChange
from invitations.models.door import Admission
from invitations.models.draws import Draw, DrawGuest, DrawRequest
from invitations.models.erasure import ErasureNight
from invitations.models.groups import GroupOuting
from invitations.models.material import MaterialRequest, NoDocumentMail, VenueDocument
from invitations.models.news import News, NewsRelay
from invitations.models.papers import PrintRun
from invitations.models.people import Language, Named, Participant, structure_of
from invitations.models.usage import UsageAlert, UsageNote, UsageReview
from invitations.models.waiting import WAITING_PEOPLE, SeatsCall, WaitlistEntry, WaitlistGuest

__all__ = [
    "LIVE_SEATS",
    "WAITING_PEOPLE",
    "Admission",
    "Booking",
    "BookingQuerySet",
    "ChangeNotice",
    "DateChange",
    "Draw",
    "DrawGuest",
    "DrawRequest",
    "ErasureNight",
    "GroupOuting",
    "Invitation",
    "InvitationQuerySet",
    "Language",
    "MaterialRequest",
    "Named",
    "News",
    "NewsRelay",
    "NoDocumentMail",
    "Participant",
    "PartyDocument",
    "PrintRun",
    "SeatsCall",
    "UsageAlert",
    "UsageNote",
    "UsageReview",
    "VenueDocument",
    "WaitlistEntry",
    "WaitlistGuest",
    "structure_of",
]
