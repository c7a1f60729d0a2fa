"""The cast that tests share: who is who, and a browser for each."""

from dataclasses import dataclass

import pytest
from django.test import Client

from conventions.tests.factories import AgreementFactory
from partners.middleware import VISITOR_KEY
from partners.models import User, VisitorAccess
from partners.tests.factories import (
    StructureFactory,
    SuspensionFactory,
    UserFactory,
    VenueFactory,
    VisitorAccessFactory,
)


@dataclass
class Cast:
    """A structure with its référent·e and a worker, another structure's worker, two venues, staff, a visitor.

    `suspended` works for a structure whose account is suspended; `new_staff` has no second factor yet.
    """

    lead: User
    worker: User
    stranger: User
    desk: User
    other_desk: User
    staff: User
    new_staff: User
    visitor: VisitorAccess
    suspended: User

    def browser(self, who: str) -> Client:
        """A browser in which `who` ("worker", "visitor", "nobody"…) is signed in."""
        client = Client()
        if who == "visitor":
            session = client.session
            session[VISITOR_KEY] = str(self.visitor.pk)
            session.save()
        elif who != "nobody":
            client.force_login(getattr(self, who))
        return client


@pytest.fixture
def cast(db) -> Cast:
    structure, other = StructureFactory(), StructureFactory()
    paused = SuspensionFactory().structure
    for signed in (structure, other, paused):
        AgreementFactory(structure=signed)
    return Cast(
        lead=UserFactory(lead=True, structure=structure),
        worker=UserFactory(structure=structure),
        stranger=UserFactory(structure=other),
        desk=UserFactory(venue_desk=True, venue=VenueFactory()),
        other_desk=UserFactory(venue_desk=True, venue=VenueFactory()),
        staff=UserFactory(staff=True),
        new_staff=UserFactory(staff=True, second_factor=False),
        visitor=VisitorAccessFactory(structure=structure),
        suspended=UserFactory(structure=paused),
    )
