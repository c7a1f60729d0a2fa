"""Opening a fair draw, asking, taking back, drawing, explaining, checking again (D7)."""

import copy
import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as portal
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from common.dates import start_of
from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from conventions.models import Agreement
from conventions.tests.factories import AgreementFactory
from invitations import fairness, tasks_draws
from invitations.invariants import audit
from invitations.models import (
    Booking,
    Draw,
    DrawGuest,
    DrawRequest,
    Invitation,
    Participant,
    WaitlistEntry,
)
from invitations.services import draws, promotion, sharing, waitlist
from invitations.services.booking import Companion, Guest, book, cancel_booking, cancel_performance, excuse
from invitations.tests.factories import (
    ParticipantFactory,
    WaitlistEntryFactory,
    a_booking,
    a_draw,
    a_request,
    a_waiting_party,
    a_worker,
)
from offers import services as offers
from offers.models import Event, Performance
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners.models import Structure, TermsOfUse, User
from partners.seasons import Season
from partners.services import suspend
from partners.tests.factories import UserFactory, VenueFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def desk():
    return UserFactory(venue_desk=True, venue=VenueFactory())


@pytest.fixture
def date(desk):
    """A date in ten days with six seats."""
    return PerformanceFactory(event__venue=desk.venue, capacity=6, starts_at=timezone.now() + 10 * DAY)


@pytest.fixture
def draw(date):
    return a_draw(performance=date)


def hold(draw, *, at=None) -> bool:
    return sharing.hold_draw(draw=draw, at=at or draw.closes_at)


def outings_of(person, worker, count):
    for number in range(count):
        starts_at = timezone.now() + (20 + number) * DAY
        a_booking(by=worker, participant=person, performance=PerformanceFactory(starts_at=starts_at))


def sound():
    return audit().violations == []


# --- Opening ----------------------------------------------------------------------------------------------


def test_open_draw_publishes_a_commitment_and_keeps_the_seed_secret(date, desk):
    closes_at = timezone.now() + 4 * DAY
    draw = draws.open_draw(performance=date, closes_at=closes_at, by=desk, at=timezone.now())
    assert draw.commitment == hashlib.sha256(draw.seed.encode()).hexdigest()
    assert len(draw.seed) == 64 and draw.record is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT seed FROM invitations_draw")
        assert draw.seed not in cursor.fetchone()[0]
    assert not AuditEntry.objects.filter(details__icontains=draw.seed).exists()
    date.refresh_from_db()
    assert (date.draw_until, date.drawn_at) == (closes_at, None)
    assert sound()


def test_open_draw_is_refused_once_somebody_has_seats(date, desk):
    a_booking(performance=date)
    with pytest.raises(DomainError, match="Places déjà réservées pour cette séance : 1"):
        draws.open_draw(performance=date, closes_at=timezone.now() + 4 * DAY, by=desk, at=timezone.now())
    assert not Draw.objects.exists()


def test_open_draw_is_possible_again_once_everybody_cancelled(date, desk):
    cancel_booking(booking=a_booking(performance=date), by="essai", at=timezone.now())
    a_draw(performance=date)
    assert sound()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"capacity": 0, "seats_left": 0}, "Donnez d'abord des places"),
        ({"cancelled_at": timezone.now()}, "annulée, passée"),
        ({"starts_at": timezone.now() - DAY}, "annulée, passée"),
        ({"booking_deadline": timezone.now() - DAY}, "annulée, passée"),
    ],
)
def test_open_draw_is_refused_where_nobody_could_go(date, desk, change, said):
    Performance.objects.filter(pk=date.pk).update(**change)
    with pytest.raises(DomainError, match=said):
        draws.open_draw(performance=date, closes_at=timezone.now() + 4 * DAY, by=desk, at=timezone.now())


def test_open_draw_holds_its_delays_to_the_second(date, desk):
    now = timezone.now()
    earliest = now + timedelta(hours=portal.DRAW_OPEN_HOURS)
    latest = date.starts_at - timedelta(hours=portal.DRAW_AHEAD_HOURS)
    second = timedelta(seconds=1)
    for closes_at, said in ((earliest - second, "Laissez au moins"), (latest + second, "au plus tard le")):
        with pytest.raises(DomainError, match=said) as refusal:
            draws.open_draw(performance=date, closes_at=closes_at, by=desk, at=now)
        assert refusal.value.field == "closes_at"
        nearest = earliest if closes_at < earliest else latest
        assert f"{timezone.localtime(nearest):%d/%m/%Y à %H:%M}" in refusal.value.sentence
    draws.open_draw(performance=date, closes_at=latest, by=desk, at=now)
    other = PerformanceFactory(starts_at=date.starts_at)
    draws.open_draw(performance=other, closes_at=earliest, by=desk, at=now)


def test_open_draw_counts_from_the_last_moment_for_booking(date, desk):
    Performance.objects.filter(pk=date.pk).update(booking_deadline=date.starts_at - 5 * DAY)
    with pytest.raises(DomainError, match="au plus tard le"):
        draws.open_draw(performance=date, closes_at=timezone.now() + 5 * DAY, by=desk, at=timezone.now())


def test_second_draw_of_a_date_is_refused(draw, desk):
    with pytest.raises(DomainError, match="déjà un tirage"):
        draws.open_draw(
            performance=draw.performance, closes_at=timezone.now() + 4 * DAY, by=desk, at=timezone.now()
        )


def test_obstacle_to_open_says_when_it_is_too_late(desk):
    now = timezone.now()
    soon = PerformanceFactory(starts_at=now + timedelta(hours=71))
    assert "trop tard" in draws.obstacle_to_open(soon, at=now)
    assert draws.obstacle_to_open(PerformanceFactory(starts_at=now + timedelta(hours=73)), at=now) == ""


def test_obstacle_to_open_counts_to_the_second(desk):
    now = timezone.now()
    needed = timedelta(hours=portal.DRAW_OPEN_HOURS + portal.DRAW_AHEAD_HOURS)
    assert draws.obstacle_to_open(PerformanceFactory(starts_at=now + needed), at=now) == ""
    closed = PerformanceFactory(starts_at=now)
    assert "ne se réserve plus" in draws.obstacle_to_open(closed, at=now)


def test_every_act_on_a_draw_leaves_its_trace(date, desk):
    def trail(subject):
        entries = AuditEntry.objects.filter(subject=f"{subject._meta.label_lower} {subject.pk}")
        return {entry.verb: (entry.actor, entry.details) for entry in entries}

    lifted = a_draw(performance=date)
    draws.lift_draw(draw=lifted, by=desk, at=timezone.now())
    assert trail(lifted)["tirage abandonné"] == (f"compte {desk.pk}", {})
    draw = draws.open_draw(performance=date, closes_at=timezone.now() + 4 * DAY, by=desk, at=timezone.now())
    worker = a_worker()
    me = f"compte {worker.pk}"
    kept, dropped = a_request(draw, by=worker, guests=1), a_request(draw, by=worker, companions=2)
    draws.take_back(request=dropped, by=worker, at=timezone.now())
    a_request(draw, companions=5)
    a_request(draw, companions=5)
    hold(draw)
    assert trail(draw) == {
        "tirage ouvert": (f"compte {desk.pk}", {"empreinte": draw.commitment}),
        "tirage fait": ("portail", {"demandes": 3, "servies": 1}),
    }
    assert trail(kept) == {"places demandées": (me, {"places": 2, "confirmé": True})}
    assert trail(dropped)["demande retirée"] == (me, {"places": 3})


def test_lifted_draw_lets_book_as_usual(draw, desk):
    draws.lift_draw(draw=draw, by=desk, at=timezone.now())
    assert not Draw.objects.exists()
    a_booking(performance=draw.performance)
    assert sound()


def test_draw_is_lifted_neither_once_somebody_asked_nor_once_drawn(draw, desk):
    request = a_request(draw)
    with pytest.raises(DomainError, match="Demandes déjà faites : 1"):
        draws.lift_draw(draw=draw, by=desk, at=timezone.now())
    draws.take_back(request=request, by=request.requested_by, at=timezone.now())
    hold(draw)
    with pytest.raises(DomainError, match="déjà fait"):
        draws.lift_draw(draw=draw, by=desk, at=timezone.now())


# --- Booking is closed until it is drawn ----------------------------------------------------------------


def test_date_awaiting_its_draw_is_booked_by_nobody(draw):
    with pytest.raises(DomainError, match="tirage équitable"):
        a_booking(performance=Performance.objects.get(pk=draw.performance_id))
    stale = draw.performance
    stale.draw_until = None  # a page read before the draw was opened
    with pytest.raises(DomainError, match="tirage équitable"):
        a_booking(performance=stale)
    assert not offers.take_seats(performance=draw.performance, seats=1, at=timezone.now())
    assert not Booking.objects.exists()


def test_seats_left_over_are_booked_as_usual_after_the_draw(draw):
    a_request(draw, guests=1)
    hold(draw)
    date = Performance.objects.get(pk=draw.performance_id)
    assert date.seats_left == 4
    a_booking(performance=date, guests=3, at=draw.closes_at + timedelta(minutes=1))
    assert sound()


# --- Asking -------------------------------------------------------------------------------------------------


def test_request_names_its_people_encrypted_and_counts_its_seats(draw):
    request = a_request(draw, guests=2, companions=1)
    assert request.seats == 4 and request.is_waiting
    assert [guest.companion_reason for guest in request.guests.all()] == ["", "", "wished"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT given_name, family_name FROM invitations_drawguest")
        assert "Ondine" not in str(cursor.fetchall())
    assert re.fullmatch("[0-9a-f]{12}", request.public_id)
    assert not OutboxMessage.objects.exists()
    assert sound()


def test_same_form_twice_asks_once(draw):
    key, worker = uuid4(), a_worker()
    person = ParticipantFactory(structure=worker.structure)
    first = a_request(draw, by=worker, participant=person, key=key)
    assert a_request(draw, by=worker, participant=person, key=key) == first
    assert DrawRequest.objects.count() == 1


def test_person_asks_once_and_hears_that_it_changes_nothing(draw):
    worker = a_worker()
    person = ParticipantFactory(structure=worker.structure)
    a_request(draw, by=worker, participant=person)
    with pytest.raises(DomainError, match="une seule compte") as refusal:
        a_request(draw, by=worker, participant=person, guests=1)
    assert refusal.value.field == "participant"


def test_guest_of_one_request_stands_in_no_other_of_the_structure(draw):
    worker = a_worker()
    a_request(draw, by=worker, guests=1)
    with pytest.raises(DomainError, match="déjà dans une autre de vos demandes"):
        a_request(draw, by=worker, guests=1)
    ondine = ParticipantFactory(structure=worker.structure, given_name="Ondine0", family_name="QUATREMARRE")
    with pytest.raises(DomainError, match="déjà dans une autre de vos demandes"):
        a_request(draw, by=worker, participant=ondine)
    a_request(draw, guests=1)  # another structure's list is another's business
    a_request(draw, by=worker, companions=1)
    a_request(draw, by=worker, companions=1)  # somebody may accompany two families
    assert DrawRequest.objects.count() == 4


def test_guest_who_leads_another_request_is_refused_until_that_person_has_left_the_list(draw):
    worker = a_worker()
    ondine = ParticipantFactory(structure=worker.structure, given_name="Ondine0", family_name="Quatremarre")
    a_request(draw, by=worker, participant=ondine)
    with pytest.raises(DomainError, match="déjà dans une autre de vos demandes"):
        a_request(draw, by=worker, guests=1)
    ondine.delete()
    assert a_request(draw, by=worker, guests=1)


def test_new_person_is_put_on_the_list(draw):
    worker = a_worker()
    a_request(draw, by=worker, participant=Participant(given_name="Zélie", family_name="Nouvelle"))
    assert Participant.objects.get().structure == worker.structure


def test_request_is_taken_up_to_the_last_second(draw):
    a_request(draw, at=draw.closes_at - timedelta(seconds=1))
    with pytest.raises(DomainError, match="sont closes"):
        a_request(draw, at=draw.closes_at)
    hold(draw)
    with pytest.raises(DomainError, match="est fait"):
        a_request(draw, at=draw.closes_at + timedelta(minutes=5))


def test_request_is_refused_without_confirming_for_a_date_without_draw_and_for_more_than_all_seats(draw):
    worker = a_worker()
    with pytest.raises(DomainError, match="trois points") as refusal:
        a_request(draw, by=worker, confirmed=False)
    assert refusal.value.field == "confirmed"
    with pytest.raises(DomainError, match="6 places en tout"):
        a_request(draw, guests=6)
    usual = PerformanceFactory()
    with pytest.raises(DomainError, match="réservez-la directement"):
        draws.ask(
            performance=usual, participant=ParticipantFactory(structure=worker.structure), confirmed=True,
            key=uuid4(), by=worker, at=timezone.now(),
        )  # fmt: skip
    assert not DrawRequest.objects.exists()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda draw, worker: Agreement.objects.update(signed_on=None), "convention"),
        (
            lambda draw, worker: suspend(
                partner=worker.structure, reason=".", by=UserFactory(staff=True), at=timezone.now()
            ),
            "en pause",
        ),
        (
            lambda draw, worker: suspend(
                partner=draw.performance.event.venue,
                reason=".",
                by=UserFactory(staff=True),
                at=timezone.now(),
            ),
            "ne prend pas de réservation",
        ),
        (lambda draw, worker: Event.objects.update(state="withdrawn"), "n'est plus proposé"),
        (lambda draw, worker: Performance.objects.update(cancelled_at=timezone.now()), "annulée"),
    ],
)
def test_request_is_refused_where_a_booking_would_be(draw, spoil, said):
    worker = a_worker()
    spoil(draw, worker)
    performance = Performance.objects.with_place().get(pk=draw.performance_id)
    draw.performance = performance
    with pytest.raises(DomainError, match=said):
        a_request(draw, by=User.objects.get(pk=worker.pk))
    assert not DrawRequest.objects.exists()


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (
            lambda draw, staff: suspend(
                partner=Structure.objects.get(), reason=".", by=staff, at=timezone.now()
            ),
            "en pause",
        ),
        (lambda draw, staff: Performance.objects.update(cancelled_at=timezone.now()), "annulée"),
        (
            lambda draw, staff: draws.lift_draw(draw=draw, by=staff, at=timezone.now()),
            "réservez-la directement",
        ),
        (lambda draw, staff: Draw.objects.update(closes_at=timezone.now()), "tirage équitable"),
    ],
)
def test_request_is_refused_for_what_changed_while_its_form_was_open(draw, meanwhile, said):
    worker, staff = a_worker(), UserFactory(staff=True)
    read = Performance.objects.with_place().get(pk=draw.performance_id)
    assert not worker.own_structure.is_suspended  # so the form was shown
    meanwhile(draw, staff)
    with pytest.raises(DomainError, match=said):
        draws.ask(
            performance=read, participant=Participant(given_name="Zélie", family_name="Nouvelle"), confirmed=True,
            key=uuid4(), by=worker, at=timezone.now(),
        )  # fmt: skip
    assert not DrawRequest.objects.exists() and not Participant.objects.exists()


def test_agreement_must_be_in_force_on_the_day_of_asking_and_of_drawing(date):
    now = timezone.now()
    draw = a_draw(performance=date, closes_in=7 * DAY)
    worker, today = a_worker(), timezone.localdate()
    Agreement.objects.update(ends_on=today + DAY)
    AgreementFactory(structure=worker.structure, starts_on=today + 9 * DAY, ends_on=today + 300 * DAY)
    asked = a_request(draw, by=worker, at=timezone.now())
    with pytest.raises(DomainError, match="convention"):
        a_request(draw, by=worker, at=now + 5 * DAY)
    hold(draw)
    asked.refresh_from_db()
    assert asked.outcome == DrawRequest.Outcome.SET_ASIDE and "convention" in asked.reason


@pytest.mark.parametrize(("capacity", "words"), [(1, "a 1 place en tout"), (2, "a 2 places en tout")])
def test_party_larger_than_the_date_is_told_how_many_seats_there_are(date, capacity, words):
    Performance.objects.filter(pk=date.pk).update(capacity=capacity, seats_left=capacity)
    draw = a_draw(performance=Performance.objects.get(pk=date.pk))
    with pytest.raises(DomainError, match=words):
        a_request(draw, companions=capacity)
    assert a_request(draw, companions=capacity - 1)


def test_refusals_of_the_form_stand_by_their_field(draw):
    worker = a_worker()
    person = a_request(draw, by=worker, guests=1).participant
    for asked, field in (({"participant": person}, "participant"), ({"guests": 1}, "party")):
        with pytest.raises(DomainError) as refusal:
            a_request(draw, by=worker, **asked)
        assert refusal.value.field == field


def test_request_is_refused_before_the_conditions_of_use_are_accepted(draw):
    worker = a_worker()
    TermsOfUse.objects.create(version="9", text="Neuves.", published_at=timezone.now())
    with pytest.raises(DomainError, match="conditions"):
        a_request(draw, by=worker)
    assert not DrawRequest.objects.exists()


def test_request_keeps_who_asked_when_and_its_people_in_order(draw):
    worker, key, at = a_worker(), uuid4(), timezone.now()
    request = a_request(draw, by=worker, guests=2, companions=1, key=key, at=at)
    assert (request.requested_by, request.requested_at, request.key) == (worker, at, key)
    assert request.person_ref == request.participant.person_ref
    people = request.guests.order_by("position")
    assert [one.full_name for one in people] == [
        "Ondine0 Quatremarre", "Ondine1 Quatremarre", "Barnabé0 Accompagne",
    ]  # fmt: skip


def test_requests_of_one_structure_share_its_code_and_each_has_its_own(draw):
    worker = a_worker()
    first, second, other = a_request(draw, by=worker), a_request(draw, by=worker), a_request(draw)
    assert first.structure_code == second.structure_code != other.structure_code
    assert re.fullmatch("[0-9a-f]{12}", first.structure_code)
    assert len({one.public_id for one in (first, second, other)}) == 3


def test_request_is_taken_back_until_they_close_and_may_be_made_again(draw):
    worker = a_worker()
    person = ParticipantFactory(structure=worker.structure)
    request = a_request(draw, by=worker, participant=person, guests=1)
    draws.take_back(request=request, by=worker, at=draw.closes_at - timedelta(seconds=1))
    assert not DrawRequest.objects.exists() and not DrawGuest.objects.exists()
    assert AuditEntry.objects.filter(verb="demande retirée").count() == 1
    with pytest.raises(DomainError, match="déjà retirée"):
        draws.take_back(request=request, by=worker, at=timezone.now())
    again = a_request(draw, by=worker, participant=person)
    with pytest.raises(DomainError, match="ne se retire plus"):
        draws.take_back(request=again, by=worker, at=draw.closes_at)


# --- Drawing ----------------------------------------------------------------------------------------------


def test_nothing_is_drawn_before_the_closing_time(draw):
    a_request(draw)
    assert not hold(draw, at=draw.closes_at - timedelta(seconds=1))
    assert not Booking.objects.exists()


def test_winners_are_booked_told_and_traced_as_by_hand(draw):
    worker = a_worker()
    request = a_request(draw, by=worker, guests=1, companions=1)
    assert hold(draw)
    request.refresh_from_db()
    booking = request.booking
    assert request.is_served and request.rank == 1
    assert (
        request.reason
        == "Votre groupe de 3 venait en premier. À son tour, il restait 6 places : elles suffisaient."
    )
    assert (booking.structure, booking.booked_by, booking.created_at) == (
        worker.structure, worker, draw.closes_at,
    )  # fmt: skip
    assert [(paper.kind, paper.given_name) for paper in booking.invitations.all()] == [
        ("participant", request.participant.given_name), ("guest", "Ondine0"), ("companion", "Barnabé0"),
    ]  # fmt: skip
    mail = OutboxMessage.objects.get()
    assert mail.recipient == worker.email and "C’est réservé" in mail.subject
    assert "Le tirage équitable a donné des places" in mail.text
    assert not DrawGuest.objects.exists()  # their names stand on the invitations
    assert draw.performance.seats_left == 6
    assert Performance.objects.get(pk=draw.performance_id).seats_left == 3
    assert sound()


def test_who_went_out_least_gets_the_seats_and_the_other_reads_why(draw):
    worker = a_worker()
    rare, often = (ParticipantFactory(structure=worker.structure) for _ in range(2))
    outings_of(often, worker, 2)
    other = ParticipantFactory(structure=worker.structure)
    lost = a_request(draw, by=worker, participant=often, guests=3)
    won = a_request(draw, by=worker, participant=rare, companions=2)
    small = a_request(draw, by=worker, participant=other)
    hold(draw)
    for request in (won, lost, small):
        request.refresh_from_db()
    assert won.is_served and small.is_served and not lost.is_served
    assert lost.outcome == DrawRequest.Outcome.NOT_SERVED
    assert lost.reason == (
        "Votre groupe de 4 venait après 2 demandes de personnes qui sont moins sorties cette saison. "
        "À son tour, il restait 2 places, et il en fallait 4."
    )
    assert lost.guests.count() == 3  # nothing of it is lost
    mail = OutboxMessage.objects.get(effect=f"draw-without-seats {lost.pk}")
    assert mail.recipient == worker.email and lost.reason in mail.text
    assert "Tirage sans places" in mail.subject
    assert often.given_name not in mail.text + mail.html and "Ondine" not in mail.text + mail.html
    assert sound()


def test_cancelled_and_excused_outings_and_those_of_another_season_do_not_count(draw):
    worker = a_worker()
    person, rival = (ParticipantFactory(structure=worker.structure) for _ in range(2))
    outings_of(rival, worker, 1)
    outings_of(person, worker, 3)
    first, second, third = Booking.objects.filter(participant=person)
    cancel_booking(booking=first, by="essai", at=timezone.now())
    excuse(invitation=second.invitations.get(), by=worker, at=second.performance.starts_at)
    Performance.objects.filter(pk=third.performance_id).update(starts_at=timezone.now() - 400 * DAY)
    a_request(draw, by=worker, participant=person)
    a_request(draw, by=worker, participant=rival)
    hold(draw)
    draw.refresh_from_db()
    assert {line["outings"] for line in draw.record["requests"]} == {0, 1}
    mine = DrawRequest.objects.get(participant=person).public_id
    assert next(line for line in draw.record["requests"] if line["id"] == mine)["outings"] == 0


def test_structure_served_least_goes_first_among_people_who_went_out_alike(draw):
    served, other = a_worker(), a_worker()
    a_booking(by=served, guests=4)
    lost, won = a_request(draw, by=served, guests=3), a_request(draw, by=other, guests=3)
    hold(draw)
    won.refresh_from_db()
    lost.refresh_from_db()
    assert won.is_served and not lost.is_served
    assert "1 demande d'une structure qui a eu moins de places cette saison" in lost.reason
    draw.refresh_from_db()
    assert sorted(draw.record["structures"].values()) == [0, 5]


def test_drawing_twice_does_nothing_the_second_time(draw):
    a_request(draw)
    assert hold(draw)
    draw.refresh_from_db()
    before = (draw.record, Booking.objects.count(), OutboxMessage.objects.count())
    assert not hold(draw, at=draw.closes_at + timedelta(hours=1))
    draw.refresh_from_db()
    assert before == (draw.record, Booking.objects.count(), OutboxMessage.objects.count())


def test_drawing_killed_half_way_leaves_nothing_and_is_done_again_the_same(draw, monkeypatch):
    for guests in (0, 1, 3):
        a_request(draw, guests=guests)
    made = []

    def fail_at_the_second(**about):
        made.append(about)
        if len(made) == 2:
            raise KeyboardInterrupt
        return book_drawn(**about)

    book_drawn = sharing.book_drawn
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(sharing, "book_drawn", fail_at_the_second)
        hold(draw)
    assert not Booking.objects.exists() and not OutboxMessage.objects.exists()
    assert DrawRequest.objects.filter(outcome="waiting").count() == 3
    assert sound()
    assert hold(draw)
    assert DrawRequest.objects.filter(outcome="waiting").count() == 0
    assert sound()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda draw, request: Agreement.objects.filter(structure=request.structure).delete(), "convention"),
        (
            lambda draw, request: suspend(
                partner=request.structure, reason=".", by=UserFactory(staff=True), at=timezone.now()
            ),
            "en pause",
        ),
        (lambda draw, request: request.participant.delete(), "n'est plus sur votre liste"),
        (lambda draw, request: Event.objects.update(state="withdrawn"), "n'est plus proposé"),
        (
            lambda draw, request: suspend(
                partner=draw.performance.event.venue,
                reason=".",
                by=UserFactory(staff=True),
                at=timezone.now(),
            ),
            "ne prend pas de réservation",
        ),
        (
            lambda draw, request: Participant.objects.filter(pk=request.participant_id).update(
                given_name="Ondine0", family_name="Quatremarre"
            ),
            "inscrite deux fois",
        ),
    ],
)
def test_request_that_could_not_be_booked_is_set_aside_and_told_so(draw, spoil, said):
    request = a_request(draw, guests=1)
    spoil(draw, request)
    assert hold(draw)
    request.refresh_from_db()
    assert request.outcome == DrawRequest.Outcome.SET_ASIDE and said in request.reason
    assert request.rank is None and not Booking.objects.exists()
    assert OutboxMessage.objects.filter(effect=f"draw-without-seats {request.pk}").exists()
    draw.refresh_from_db()
    assert sharing.verify(draw=draw, record=draw.record) == []
    assert sound()


def test_structure_set_aside_keeps_no_seat_from_others(draw):
    gone, here = a_request(draw, guests=4), a_request(draw, guests=4)
    Agreement.objects.filter(structure=gone.structure).update(ends_on=timezone.localdate())
    hold(draw)
    here.refresh_from_db()
    assert here.is_served


def test_cancelled_date_ends_its_draw_at_once_and_everybody_is_told(draw, desk):
    request = a_request(draw)
    cancel_performance(performance=draw.performance, by=desk, at=timezone.now())
    tasks_draws.sweep_draws()
    request.refresh_from_db()
    assert request.outcome == DrawRequest.Outcome.SET_ASIDE
    assert "annulée par le lieu" in request.reason
    notice = request.notices.get()
    mail = OutboxMessage.objects.get(effect=notice.mail)
    assert notice.change.cancelled and "personne n’attend plus" in mail.text
    assert not OutboxMessage.objects.filter(effect=f"draw-without-seats {request.pk}").exists()
    assert sound()


def test_draw_so_late_that_nobody_can_book_any_more_serves_nobody_and_says_so(draw):
    request = a_request(draw)
    assert hold(draw, at=draw.performance.starts_at + DAY)
    request.refresh_from_db()
    assert request.outcome == DrawRequest.Outcome.SET_ASIDE and "passée" in request.reason
    assert sound()


def test_seats_cut_and_given_meanwhile_are_what_is_shared(draw, desk):
    a_request(draw, guests=3)
    offers.set_capacity(performance=draw.performance, capacity=3, by=desk, at=timezone.now())
    hold(draw)
    draw.refresh_from_db()
    assert draw.record["seats"] == 3 and not Booking.objects.exists()
    assert sound()


def test_colleague_who_left_is_replaced_by_whoever_answers_for_the_structure(draw):
    worker = a_worker()
    lead = UserFactory(lead=True, structure=worker.structure)
    request = a_request(draw, by=worker)
    User.objects.filter(pk=worker.pk).update(structure=a_worker().structure)
    hold(draw)
    request.refresh_from_db()
    assert request.booking.booked_by == lead and request.booking.structure == lead.structure
    assert sound()


def test_request_of_a_structure_without_an_open_account_is_set_aside(draw):
    worker = a_worker()
    closed = UserFactory(lead=True, structure=worker.structure, is_active=False)
    request = a_request(draw, by=worker)
    User.objects.filter(pk=worker.pk).update(structure=a_worker().structure)
    hold(draw)
    request.refresh_from_db()
    assert "plus de compte ouvert" in request.reason and not Booking.objects.exists()
    assert closed.structure_id == request.structure_id
    assert sound()


def test_who_answers_first_for_the_structure_books_for_a_colleague_who_left(draw):
    worker = a_worker()
    UserFactory(structure=worker.structure)
    lead = UserFactory(lead=True, structure=worker.structure)
    request = a_request(draw, by=worker)
    User.objects.filter(pk=worker.pk).update(structure=a_worker().structure)
    hold(draw)
    request.refresh_from_db()
    assert request.booking.booked_by == lead


def test_person_who_has_seats_of_the_date_already_gets_no_others(draw):
    """It can't come about; if it did, nobody would be booked twice and nobody else would go short."""
    worker = a_worker()
    request = a_request(draw, by=worker)
    elsewhere = a_booking(by=worker, participant=request.participant)
    elsewhere.invitations.update(performance=draw.performance)
    Booking.objects.filter(pk=elsewhere.pk).update(performance=draw.performance)
    other = a_request(draw, guests=5)
    hold(draw)
    request.refresh_from_db()
    other.refresh_from_db()
    assert request.outcome == DrawRequest.Outcome.SET_ASIDE and "déjà une réservation" in request.reason
    assert other.is_served


def test_record_says_which_draw_it_was_and_when(draw):
    at = draw.closes_at + timedelta(minutes=2)
    a_request(draw, guests=1)
    hold(draw, at=at)
    draw.refresh_from_db()
    assert draw.drawn_at == at
    assert {
        **draw.record,
        "requests": len(draw.record["requests"]),
        "structures": len(draw.record["structures"]),
    } == {
        "algorithm": fairness.ALGORITHM,
        "draw": str(draw.pk),
        "date": draw.performance.starts_at.isoformat(),
        "opened_at": draw.opened_at.isoformat(),
        "closes_at": draw.closes_at.isoformat(),
        "drawn_at": at.isoformat(),
        "commitment": draw.commitment,
        "seed": draw.seed,
        "seats": 6,
        "limits": {},
        "structures": 1,
        "requests": 1,
    }


def test_outings_count_from_the_first_to_the_last_day_of_the_season(draw):
    season = Season.of(draw.performance.day)
    worker = a_worker()
    people = [ParticipantFactory(structure=worker.structure) for _ in range(4)]
    second = timedelta(seconds=1)
    begins, ends = start_of(season.starts_on), start_of(season.next.starts_on)
    for person, starts_at in zip(people, (begins - second, begins, ends - second, ends), strict=True):
        booking = a_booking(by=worker, participant=person)
        Performance.objects.filter(pk=booking.performance_id).update(starts_at=starts_at)
        a_request(draw, by=worker, participant=person)
    hold(draw)
    draw.refresh_from_db()
    published = {line["id"]: line["outings"] for line in draw.record["requests"]}
    asked = [DrawRequest.objects.get(participant=person).public_id for person in people]
    assert [published[public_id] for public_id in asked] == [0, 1, 1, 0]
    assert list(draw.record["structures"].values()) == [2]


def test_seats_of_guests_count_for_the_structure_and_not_for_the_person(draw):
    worker = a_worker()
    person = ParticipantFactory(structure=worker.structure)
    a_booking(by=worker, participant=person, guests=2, companions=1)
    a_request(draw, by=worker, participant=person)
    hold(draw)
    draw.refresh_from_db()
    assert [line["outings"] for line in draw.record["requests"]] == [1]
    assert list(draw.record["structures"].values()) == [4]


def test_a_single_seat_is_drawn_like_any_other(date):
    Performance.objects.filter(pk=date.pk).update(capacity=1, seats_left=1)
    draw = a_draw(performance=Performance.objects.get(pk=date.pk))
    asked = [a_request(draw) for _ in range(2)]
    hold(draw)
    outcomes = sorted(DrawRequest.objects.get(pk=one.pk).outcome for one in asked)
    assert outcomes == [DrawRequest.Outcome.NOT_SERVED, DrawRequest.Outcome.SERVED]
    assert sound()


def test_draw_nobody_asked_for_opens_the_date_to_everybody(draw):
    assert hold(draw)
    draw.refresh_from_db()
    assert draw.record["requests"] == [] and sharing.verify(draw=draw, record=draw.record) == []
    a_booking(performance=Performance.objects.get(pk=draw.performance_id), at=draw.closes_at)
    assert sound()


def test_sweeper_draws_what_is_due_and_nothing_else(time_machine, draw):
    request = a_request(draw)
    other = a_draw(
        closes_in=timedelta(days=6), performance=PerformanceFactory(starts_at=timezone.now() + 10 * DAY)
    )
    time_machine.move_to(draw.closes_at + timedelta(seconds=1))
    tasks_draws.sweep_draws()
    request.refresh_from_db()
    other.refresh_from_db()
    assert request.is_served and other.drawn_at is None
    assert sound()


# --- Quotas and the waiting list (C3, D5) ---------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["date", "event", "period"])
def test_draw_gives_no_structure_more_than_its_quota_and_can_be_checked(draw, scope):
    event = draw.performance.event
    worker, other = a_worker(), a_worker()
    asked = [a_request(draw, by=worker, companions=1) for _ in range(2)]
    alone = a_request(draw, by=other)
    match scope:
        case "date":
            QuotaFactory(of_date=True, performance=draw.performance, seats=3)
        case "event":
            QuotaFactory(event=event, seats=3)
        case _:
            QuotaFactory(of_period=True, venue=event.venue, seats=3)
    assert hold(draw)
    for request in (*asked, alone):
        request.refresh_from_db()
    [lost] = [one for one in asked if not one.is_served]
    assert alone.is_served and lost.outcome == DrawRequest.Outcome.NOT_SERVED
    assert "pour la vôtre il n'en restait que 1, et il en fallait 2" in lost.reason
    draw.refresh_from_db()
    assert set(draw.record["limits"].values()) == {3}
    call_command("verify_draw", str(draw.pk))
    assert fairness.check({**draw.record, "limits": {}})  # without the quota the rule gives something else
    assert draws_again(draw.record) == {alone.public_id, *(one.public_id for one in asked if one.is_served)}
    assert sound()


def test_draw_counts_what_the_structure_holds_elsewhere_of_the_same_quota(draw):
    worker = a_worker()
    lost = a_request(draw, by=worker, guests=1)
    a_booking(by=worker, guests=1, performance=PerformanceFactory(event=draw.performance.event))
    QuotaFactory(event=draw.performance.event, seats=2)
    assert hold(draw)
    lost.refresh_from_db()
    assert not lost.is_served and "la vôtre les avait déjà toutes" in lost.reason
    assert sound()


def test_ask_is_refused_to_a_party_beyond_the_quota(draw):
    QuotaFactory(of_date=True, performance=draw.performance, seats=2)
    with pytest.raises(DomainError, match="au plus 2 places par structure pour cette séance"):
        a_request(draw, guests=2)
    assert a_request(draw, guests=1)


def test_ask_counts_what_the_structure_holds_of_the_quota_already(draw):
    worker = a_worker()
    a_booking(by=worker, performance=PerformanceFactory(event=draw.performance.event))
    QuotaFactory(event=draw.performance.event, seats=2)
    with pytest.raises(DomainError, match="il vous en reste 1"):
        a_request(draw, by=worker, guests=1)
    assert a_request(draw, by=worker)


def test_nobody_waits_for_a_date_before_it_is_drawn(draw):
    for at, said in ((timezone.now(), "faites une demande"), (draw.closes_at, "le tirage équitable se fait")):
        with pytest.raises(DomainError, match=said):
            a_waiting_party(performance=draw.performance, at=at)
    assert not WaitlistEntry.objects.exists() and sound()


def test_seats_of_a_date_are_neither_held_nor_taken_before_it_is_drawn(draw):
    """Whatever else went wrong: the row itself says no."""
    date, at = draw.performance, timezone.now()
    Performance.objects.filter(pk=date.pk).update(parties_waiting=1)
    assert not offers.hold_seats(performance=date, seats=1, parties=1, at=at)
    assert not offers.take_seats(performance=date, seats=1, at=at, past_queue=True)
    assert not offers.use_held_seats(performance=date, seats=0, at=at)
    WaitlistEntryFactory(performance=date, participant__structure=a_worker().structure)
    assert promotion.tend(performance=date, at=at) == []


def test_open_draw_is_refused_while_parties_wait(date, desk):
    booking = a_booking(performance=date, guests=5)
    entry = a_waiting_party(performance=date)
    Agreement.objects.filter(structure=entry.structure).delete()  # nobody can be offered what comes free
    cancel_booking(booking=booking, by="essai", at=timezone.now())
    with pytest.raises(DomainError, match="Groupes en liste d'attente pour cette séance : 1"):
        a_draw(performance=Performance.objects.get(pk=date.pk))
    assert sound()


def test_party_without_seats_waits_afterwards_and_is_served_in_turn(draw):
    first = a_request(draw, guests=5)
    worker = a_worker()
    person = ParticipantFactory(structure=worker.structure)
    outings_of(person, worker, 1)
    lost = a_request(draw, by=worker, participant=person)
    hold(draw)
    for request in (first, lost):
        request.refresh_from_db()
    assert first.is_served and not lost.is_served
    later = draw.closes_at + timedelta(minutes=1)
    date = Performance.objects.get(pk=draw.performance_id)
    entry = a_waiting_party(performance=date, by=worker, person=person, at=later)
    cancel_booking(booking=first.booking, by="essai", at=later)
    entry.refresh_from_db()
    assert entry.is_offered
    assert waitlist.confirm(entry=entry, by=worker, at=later)
    assert sound()


# --- The reason, in words -------------------------------------------------------------------------------------


def turn(*, seats=4, left=2, served=False, fewer=0, less=0, lot=0, allowed=None):
    return fairness.Turn(
        request=fairness.Request("x", "a", seats, 0), rank=1 + fewer + less + lot, served=served,
        seats_left=left, fewer_outings=fewer, less_served=less, by_lot=lot, allowed=allowed,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("met", "said"),
    [
        (
            turn(fewer=12, left=0),
            "Votre groupe de 4 venait après 12 demandes de personnes qui sont moins sorties cette saison. "
            "À son tour, il ne restait plus de place.",
        ),
        (
            turn(fewer=2, less=3, lot=1, left=1),
            "Votre groupe de 4 venait après 2 demandes de personnes qui sont moins sorties cette saison, 3 demandes "
            "de structures qui ont eu moins de places cette saison et 1 demande que le sort a placée avant. "
            "À son tour, il restait 1 place, et il en fallait 4.",
        ),
        (
            turn(seats=1, served=True, left=1, lot=5),
            "Votre demande pour une personne venait après 5 demandes que le sort a placées avant. "
            "À son tour, il restait 1 place : elle suffisait.",
        ),
        (
            turn(left=6, allowed=2),
            "Votre groupe de 4 venait en premier. À son tour, il restait 6 places, mais le lieu limite les places par "
            "structure : pour la vôtre il n'en restait que 2, et il en fallait 4.",
        ),
        (
            turn(seats=1, left=6, lot=1, allowed=0),
            "Votre demande pour une personne venait après 1 demande que le sort a placée avant. À son tour, il restait "
            "6 places, mais le lieu limite les places par structure, et la vôtre les avait déjà toutes.",
        ),
        (
            turn(left=4, allowed=3),
            "Votre groupe de 4 venait en premier. À son tour, il restait 4 places, mais le lieu limite les places par "
            "structure : pour la vôtre il n'en restait que 3, et il en fallait 4.",
        ),
        (
            turn(seats=2, left=2, served=True),
            "Votre groupe de 2 venait en premier. À son tour, il restait 2 places : elles suffisaient.",
        ),
        (
            turn(left=2, allowed=1),
            "Votre groupe de 4 venait en premier. À son tour, il restait 2 places, et il en fallait 4.",
        ),
    ],
)
def test_reason_is_a_plain_sentence(met, said):
    assert sharing.explain(met) == said


# --- Checking again -------------------------------------------------------------------------------------------


@pytest.fixture
def held(draw):
    """A draw that was held among many, who don't all fit."""
    workers = [a_worker() for _ in range(3)]
    for number in range(9):
        worker = workers[number % 3]
        person = ParticipantFactory(structure=worker.structure)
        outings_of(person, worker, number % 2)
        a_request(draw, by=worker, participant=person, companions=number % 4)
    hold(draw)
    draw.refresh_from_db()
    assert 0 < DrawRequest.objects.filter(outcome="served").count() < 9
    assert sound()
    return draw


def test_published_data_names_nobody_and_no_structure(held):
    text = json.dumps(held.record, ensure_ascii=False)
    for request in held.requests.select_related("structure", "participant"):
        assert request.public_id in text and request.structure_code in text
        secret = (
            request.structure.name, str(request.structure_id), str(request.person_ref), str(request.pk),
            request.participant.given_name, request.participant.family_name, "Barnabé",
        )  # fmt: skip
        assert not any(word in text for word in secret)


def test_structure_has_another_code_in_every_draw(held):
    worker = held.requests.first().requested_by
    other = a_draw(performance=PerformanceFactory(starts_at=timezone.now() + 10 * DAY))
    assert (
        a_request(other, by=worker).structure_code
        != held.requests.filter(requested_by=worker).first().structure_code
    )


def test_verify_draw_says_that_everything_holds(held, capsys):
    call_command("verify_draw", str(held.pk))
    assert "Tout concorde" in capsys.readouterr().out
    call_command("verify_draw", str(held.performance_id))


def alterations(record):
    """Copies of a record, each altered in one place."""
    for number in range(len(record["requests"])):
        for key, change in (
            ("served", lambda it: not it),
            ("seats", lambda it: it + 1),
            ("outings", lambda it: it + 1),
        ):
            altered = copy.deepcopy(record)
            altered["requests"][number][key] = change(altered["requests"][number][key])
            yield altered
    for key, value in (("seats", 99), ("seed", "0" * 64), ("commitment", "0" * 64), ("structures", {})):
        yield {**copy.deepcopy(record), key: value}


def test_verify_draw_ends_with_1_for_every_altered_copy(held, tmp_path, capsys):
    file = tmp_path / "tirage.json"
    file.write_text(json.dumps(held.record))
    call_command("verify_draw", str(held.pk), file=file)
    for altered in alterations(held.record):
        file.write_text(json.dumps(altered))
        with pytest.raises(SystemExit) as ended:
            call_command("verify_draw", str(held.pk), file=file)
        assert ended.value.code == 1, capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"seed": 3}'])
def test_verify_draw_ends_with_1_for_a_file_that_is_no_draw(held, tmp_path, content):
    file = tmp_path / "tirage.json"
    file.write_text(content)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_draw", str(held.pk), file=file)
    assert ended.value.code == 1


@pytest.mark.parametrize(
    "tamper",
    [
        lambda held: DrawRequest.objects.filter(outcome="served").update(seats=9),
        lambda held: DrawRequest.objects.filter(outcome="served").update(outcome="not_served", booking=None),
        lambda held: DrawRequest.objects.filter(outcome="not_served").delete(),
        lambda held: Draw.objects.update(commitment=fairness.commitment("autre")),
        lambda held: Draw.objects.update(record={**held.record, "seats": 1}),
    ],
)
def test_verify_draw_ends_with_1_for_a_database_that_was_altered(held, tamper):
    tamper(held)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_draw", str(held.pk))
    assert ended.value.code == 1


def test_draw_is_true_while_the_seed_is_the_promised_one_and_the_record_holds(draw):
    assert sharing.is_true(draw)
    promised, draw.commitment = draw.commitment, fairness.commitment("autre")
    assert not sharing.is_true(draw)
    draw.commitment = promised
    a_request(draw)
    hold(draw)
    draw.refresh_from_db()
    assert sharing.is_true(draw)
    draw.record = {**draw.record, "seats": 1, "requests": []}
    assert not sharing.is_true(draw)


def test_verify_says_in_a_sentence_what_differs(held):
    lost = held.requests.filter(outcome="not_served").first()
    DrawRequest.objects.filter(pk=lost.pk).update(seats=9)
    assert sharing.verify(draw=held, record=held.record) == [
        f"La demande {lost.public_id} n'est pas la même dans le portail et dans les données publiées."
    ]
    assert sharing.verify(draw=held, record={**held.record, "date": "hier"}) == [
        "Ce fichier n'est pas celui que le portail publie pour ce tirage."
    ]
    assert "L'empreinte publiée n'est pas celle de l'ouverture du tirage." in sharing.verify(
        draw=held, record=[]
    )


def test_verify_draw_refuses_what_is_not_drawn_or_not_there(draw, tmp_path):
    for arguments, said in (
        ([str(draw.pk)], "pas encore fait"),
        ([str(uuid4())], "n'existe pas"),
        ([str(draw.pk), "--file", str(tmp_path / "nulle-part")], "Impossible de lire"),
    ):
        with pytest.raises(CommandError, match=said) as refusal:
            call_command("verify_draw", *arguments)
        assert refusal.value.returncode == 2


def draws_again(record) -> set[str]:
    """Another hand's implementation, from the published data: what docs/fair-draw.md tells a reader to run."""
    page = (Path(portal.BASE_DIR) / "docs" / "fair-draw.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    assert "invitations" not in code  # nothing of the portal's own
    space = {}
    exec(code, space)
    return space["winners"](json.loads(json.dumps(record)))


def test_lines_of_the_docs_alone_draw_again_and_find_the_same(held):
    record = held.record
    assert draws_again(record) == {line["id"] for line in record["requests"] if line["served"]}
    with pytest.raises(ValueError, match="not the seed"):
        draws_again({**record, "seed": "0" * 64})
    fewer = {**record, "seats": max(line["seats"] for line in record["requests"]) - 1}
    assert draws_again(fewer) != draws_again(record)


def test_worked_example_of_the_docs_is_true():
    page = (Path(portal.BASE_DIR) / "docs" / "fair-draw.md").read_text(encoding="utf-8")
    record = json.loads(re.search(r"```json\n(.*?)```", page, re.DOTALL)[1])
    assert fairness.check(record) == []


def test_booking_by_hand_and_draw_keep_one_person_from_two_bookings(draw):
    """After the draw, whoever got seats can't be booked again; whoever didn't can."""
    worker = a_worker()
    person = ParticipantFactory(structure=worker.structure)
    a_request(draw, by=worker, participant=person)
    hold(draw)
    with pytest.raises(DomainError, match="déjà une réservation"):
        book(
            performance=Performance.objects.get(pk=draw.performance_id), participant=person, confirmed=True,
            key=uuid4(), by=worker, guests=[Guest("A", "B")], companions=[Companion("C", "D", "needed")],
            at=draw.closes_at,
        )  # fmt: skip
    assert Invitation.objects.live().count() == 1
