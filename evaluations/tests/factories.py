from invitations.tests.factories import an_outing
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import StructureFactory


def an_evening(venue, *, at, seats, **states):
    """A past date of a venue with so many seats, and one party's invitations of each state."""
    performance = PerformanceFactory(event__venue=venue, starts_at=at, capacity=seats)
    return an_outing(StructureFactory(), at=at, performance=performance, **states)
