"""The yearly renewal at full size: ten thousand structures within a minute, memory flat (A5)."""

import resource
import time
from datetime import date

from django.db import connection

from common.models import OutboxMessage
from common.tests.factories import paris
from conventions.models import Agreement
from conventions.services import rotation
from partners.models import AccessLink, Structure, User, VisitorAccess
from tests.racing import FULL, RACE

pytestmark = RACE

STRUCTURES = 10_000 if FULL else 40
PEOPLE = 3  # each
SECONDS = 60
MEGABYTES = 60  # that the run may add to what the process takes already
OPENING = paris(2027, 10, 1, 3)


def load():
    structures = [
        Structure(name=f"Relais {n}", type="CCAS", email=f"c{n}@s.example") for n in range(STRUCTURES)
    ]
    Structure.objects.bulk_create(structures, batch_size=500)
    Agreement.objects.bulk_create(
        (
            Agreement(
                structure=one,
                starts_on=date(2026, 10, 1),
                ends_on=date(2028, 9, 30),
                signed_on=date(2026, 9, 9),
            )
            for one in structures
        ),
        batch_size=500,
    )
    User.objects.bulk_create(
        (
            User(
                email=f"p{number}-{n}@s.example",
                display_name=f"Camille Essai {number} {n}",
                role=User.Role.WORKER if number else User.Role.LEAD,
                structure=one,
                password_chosen_at=paris(2026, 11, 3),
            )
            for n, one in enumerate(structures)
            for number in range(PEOPLE)
        ),
        batch_size=500,
    )


def test_ten_thousand_structures_are_renewed_by_one_run_within_a_minute():
    load()
    rotation.renew(at=paris(2027, 9, 30, 3))  # the last reminder, and what a process loads once
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    done = rotation.renew(at=OPENING)
    took = time.monotonic() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    assert (len(done.opened), done.links, done.codes) == (STRUCTURES, PEOPLE * STRUCTURES, STRUCTURES)
    assert AccessLink.objects.count() == PEOPLE * STRUCTURES
    assert VisitorAccess.objects.filter(season_year=2027).count() == STRUCTURES
    assert OutboxMessage.objects.filter(effect__startswith="access-link").count() == PEOPLE * STRUCTURES
    print(f"{STRUCTURES} structures : {took:.1f} s, +{grown} Mio ({connection.vendor})")  # noqa: T201
    assert grown <= MEGABYTES
    if FULL and connection.vendor == "postgresql":
        assert took <= SECONDS
    again = rotation.renew(at=OPENING)
    assert (again.opened, again.links, again.codes) == ([], 0, 0)
