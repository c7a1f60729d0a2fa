"""What stands out in a season, told once and dealt with once; how evenly seats are spread (E5)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from common.dates import local_day
from common.errors import DomainError
from common.models import AuditEntry
from conventions.tests.factories import AgreementFactory
from evaluations.models import ControlNight, Finding, Opinion, Outcome
from evaluations.services import control_night
from evaluations.services.controls import note_outcome, tell_welcome
from evaluations.spread import Spread
from evaluations.tests.factories import FindingFactory, OpinionFactory, an_evening
from evaluations.tests.factories import a_member as member
from invitations.tests.factories import an_outing
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.seasons import Season
from partners.tests.factories import StructureFactory, SuspensionFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db

LATELY = timedelta(days=9)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def staff():
    return UserFactory(staff=True)


def seen(at, kind=None):
    """What stands out at `at`, as (kind, partner, count, out of)."""
    found = [(one.kind, one.partner, one.count, one.out_of) for one in control_night.standing_out(at=at)]
    return [row for row in found if kind in (None, row[0])]


# --- How evenly ------------------------------------------------------------------------------------------


def test_equal_shares_give_zero_and_one_who_has_all_nearly_one():
    even, alone = Spread.of([4] * 25), Spread.of([0] * 24 + [50])
    assert (even.index, even.parts, even.least) == (0, (0.2,) * 5, 0.4)
    assert alone.index == 0.96 and alone.parts == (0, 0, 0, 0, 1)
    assert alone.curve == "0.0,240.0 48.0,240.0 96.0,240.0 144.0,240.0 192.0,240.0 240.0,0.0"


def test_a_fifth_may_end_within_somebody():
    spread = Spread.of([1] * 26 + [2])
    assert sum(spread.parts) == pytest.approx(1, abs=0.001)
    assert spread.parts[0] == pytest.approx(27 / 5 / 28, abs=0.001)
    assert Spread.read(spread.stored) == spread


@pytest.mark.parametrize("amounts", [[], [3] * 24, [0] * 40])
def test_too_few_to_compare_say_nothing(amounts):
    assert Spread.of(amounts) is None


def test_seats_are_spread_over_people_and_over_structures_with_an_agreement(now, settings):
    settings.FIGURES_SMALL = 1
    evening = PerformanceFactory(starts_at=now - LATELY, capacity=200)
    houses = [member(), *(member(people_accompanied=50) for _ in range(4))]
    for seats, house in enumerate(houses[:-1], start=1):
        an_outing(house, at=now - LATELY, performance=evening, attended=seats, cancelled=1)
    stranger = StructureFactory()
    an_outing(stranger, at=now - LATELY, performance=evening, valid=1)
    people, structures, by_size = control_night.spreads(Season.of(local_day(now - LATELY)), at=now)
    assert (people.count, people.total) == (5, 11)
    assert (structures.count, structures.total) == (5, 10)  # one of them without any seat
    assert by_size is None  # four say how many they accompany


# --- What stands out ---------------------------------------------------------------------------------------


def test_structure_that_may_book_and_does_not_is_dormant(now):
    asleep, awake, paused = member(), member(), SuspensionFactory().structure
    AgreementFactory(structure=paused, running=True)
    AgreementFactory(structure=StructureFactory())  # signed yesterday
    an_outing(asleep, at=now - timedelta(weeks=12))
    an_outing(awake, at=now - timedelta(weeks=2))
    assert seen(now, "dormant") == [("dormant", asleep, 0, 0)]
    one = control_night.standing_out(at=now)[0]
    assert (
        one.since == local_day(now - timedelta(weeks=12, days=3))
        and "Aucune réservation depuis" in one.sentence
    )


def test_venue_of_which_most_seats_stay_free_stands_out(now):
    venue, few, wanted = VenueFactory(), VenueFactory(), VenueFactory()
    for of, seats, left in ((venue, 60, 45), (few, 15, 15), (wanted, 60, 20)):
        PerformanceFactory(event__venue=of, starts_at=now - LATELY, capacity=seats, seats_left=left)
    for fields in ({"starts_at": now + LATELY}, {"cancelled_at": now}, {"event__state": "draft"}):
        PerformanceFactory(**{"event__venue": few, "starts_at": now - LATELY, "capacity": 90} | fields)
    assert seen(now) == [("unbooked", venue, 45, 60)]


def test_venue_that_notes_nobody_at_the_door_stands_out(now):
    silent, careful = VenueFactory(), VenueFactory()
    for days in (5, 6, 7):
        for venue, states in ((silent, {"valid": 4}), (careful, {"attended": 3, "no_show": 1})):
            an_evening(venue, at=now - timedelta(days=days), seats=4, **states)
    an_evening(silent, at=now - LATELY, seats=4, attended=4)
    assert seen(now, "door") == [("door", silent, 3, 4)]


def test_opinions_that_a_venue_leaves_without_an_answer_stand_out(now):
    event = EventFactory()
    old = {"event": event, "published_at": now - timedelta(days=20)}
    OpinionFactory(**old)
    OpinionFactory(**old, stance=Opinion.Stance.NOT)
    OpinionFactory(event=event)  # of yesterday
    OpinionFactory(answers_to=OpinionFactory(**old), speaks_for=event.venue)
    assert seen(now) == [("opinions", event.venue, 1, 0)]


# --- Night after night -------------------------------------------------------------------------------------


def test_a_night_is_made_once_and_finding_follows_the_figures_until_it_no_longer_holds(now):
    venue = VenueFactory()
    date_ = PerformanceFactory(event__venue=venue, starts_at=now - LATELY, capacity=60, seats_left=50)
    assert control_night.review(at=now) == 1 and control_night.review(at=now) == 0
    type(date_).objects.filter(pk=date_.pk).update(seats_left=40)
    assert control_night.review(at=now + timedelta(days=1)) == 0
    finding = Finding.objects.get()
    assert (finding.count, finding.out_of) == (40, 60)
    type(date_).objects.filter(pk=date_.pk).update(seats_left=3)
    control_night.review(at=now + timedelta(days=2))
    finding.refresh_from_db()
    assert finding.closed_at and ControlNight.objects.count() == 3
    assert AuditEntry.objects.filter(verb="constat refermé").exists()


def test_what_was_dealt_with_does_not_come_back_before_its_time(now, staff, settings):
    PerformanceFactory(starts_at=now - LATELY, capacity=60, seats_left=50)
    control_night.review(at=now)
    note(Finding.objects.get(), "nothing", by=staff, at=now)
    settings.CONTROL_QUIET_DAYS = 30
    assert control_night.review(at=now + timedelta(days=29)) == 0
    assert control_night.review(at=now + timedelta(days=31)) == 1
    assert Finding.objects.open().count() == 1


def test_what_is_to_follow_stays_open_though_it_no_longer_holds(now, staff):
    finding = FindingFactory(venue=VenueFactory())
    note(finding, "follow", words="On rappelle.", by=staff, at=now, again=local_day(now) + timedelta(days=5))
    control_night.review(at=now)
    assert Finding.objects.open().get() == finding


# --- What the team notes -----------------------------------------------------------------------------------


def note(finding, kind, *, by, at, words="", on=None, again=None):
    return note_outcome(
        finding=finding, kind=kind, words=words, on=on or local_day(at), look_again_on=again, by=by, at=at
    )


def test_every_outcome_but_to_follow_closes_a_finding(now, staff):
    finding, tomorrow = FindingFactory(), local_day(now) + timedelta(days=1)
    note(finding, "follow", words="On rappelle.", by=staff, at=now, again=tomorrow)
    assert Finding.objects.waiting(on=tomorrow).get() == finding
    assert not Finding.objects.waiting(on=local_day(now)).exists()
    last = note(finding, "spoken", words="Tout est dit.", by=staff, at=now, again=tomorrow)
    assert last.look_again_on is None and last.said == "Échange avec le partenaire : Tout est dit."
    assert not Finding.objects.open().exists()
    with pytest.raises(DomainError, match="déjà traité"):
        note(finding, "nothing", by=staff, at=now)


@pytest.mark.parametrize(
    ("about", "field"),
    [
        ({"kind": "spoken", "words": " "}, "words"),
        ({"kind": "follow", "words": ""}, "words"),
        ({"kind": "follow", "words": "On rappelle."}, "look_again_on"),
        ({"kind": "follow", "words": "On rappelle.", "again": 0}, "look_again_on"),
        ({"kind": "looked", "on": 1}, "on"),
    ],
)
def test_outcome_that_says_too_little_or_lies_ahead_is_refused(now, staff, about, field):
    days = {
        name: local_day(now) + timedelta(days=about.pop(name)) for name in ("on", "again") if name in about
    }
    with pytest.raises(DomainError) as refused:
        note(FindingFactory(), **about, **days, by=staff, at=now)
    assert refused.value.field == field and not Outcome.objects.exists()


def test_what_was_noted_is_never_changed(now, staff):
    outcome = note(FindingFactory(), "nothing", by=staff, at=now)
    for change in (outcome.save, lambda: Outcome.objects.update(words="Autre")):
        with pytest.raises(TypeError):
            change()


def test_welcome_told_to_the_team_is_written_down_as_often_as_it_is_told(now, staff):
    venue = VenueFactory()
    for _ in range(2):
        told = tell_welcome(venue=venue, words=" On a attendu dehors. ", by=staff, at=now)
    assert "«\u00a0On a attendu dehors.\u00a0»" in told.sentence and Finding.objects.open().count() == 2
    with pytest.raises(DomainError, match="ce qui s'est passé"):
        tell_welcome(venue=venue, words=" ", by=staff, at=now)


def test_a_finding_is_open_once_for_a_partner():
    first = FindingFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        FindingFactory(venue=first.venue)
