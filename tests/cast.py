"""The cast that tests share: who is who, and a browser for each."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from common.dates import start_of
from conventions.models import grace_ends_at
from conventions.tests.factories import AgreementFactory
from partners.middleware import VISITOR_KEY
from partners.models import User, VisitorAccess
from partners.seasons import Season
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

    `suspended` works for a structure whose account is suspended; `new_staff` has no second factor yet; `expired`
    hasn't renewed last season's password and the days of grace are over; `unsigned` works for a structure that never
    signed an agreement.
    """

    lead: User
    worker: User
    stranger: User
    expired: User
    unsigned: User
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
def cast(db, settings) -> Cast:
    structure, other, late = StructureFactory(), StructureFactory(), StructureFactory()
    paused = SuspensionFactory().structure
    for signed in (structure, other, late, paused):
        AgreementFactory(structure=signed)
    season = Season.of(timezone.localdate())
    if timezone.now() < grace_ends_at(season):
        settings.ACCESS_GRACE_DAYS = 0  # over for `expired`, on whatever day the tests run
    return Cast(
        lead=UserFactory(lead=True, structure=structure),
        worker=UserFactory(structure=structure),
        stranger=UserFactory(structure=other),
        expired=UserFactory(
            structure=late, password_chosen_at=start_of(season.starts_on) - timedelta(days=9)
        ),
        unsigned=UserFactory(),
        desk=UserFactory(venue_desk=True, venue=VenueFactory()),
        other_desk=UserFactory(venue_desk=True, venue=VenueFactory()),
        staff=UserFactory(staff=True),
        new_staff=UserFactory(staff=True, second_factor=False),
        visitor=VisitorAccessFactory(structure=structure),
        suspended=UserFactory(structure=paused),
    )
