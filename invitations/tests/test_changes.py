"""A change of a date reaches everyone who booked, once, with what to tell people (C6)."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from common.dates import local_day, start_of
from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from invitations.invariants import audit
from invitations.models import Booking, ChangeNotice, DateChange, PartyDocument, WaitlistEntry
from invitations.services import changes
from invitations.services.booking import cancel_booking, cancel_performance
from invitations.services.papers import print_party
from invitations.tests.factories import (
    a_booking,
    a_draw,
    a_full_date,
    a_group,
    a_move,
    a_request,
    a_waiting_party,
    a_worker,
)
from offers import services as offers
from offers.models import Event, Performance
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners.models import Venue
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def told(effect="dates-changed"):
    return OutboxMessage.objects.filter(effect__startswith=effect)


def change_event(event: Event, **said) -> Event:
    for name, value in said.items():
        setattr(event, name, value)
    return offers.update_event(
        event=event, by=UserFactory(venue_desk=True, venue=event.venue), at=timezone.now()
    )


def evening(days: int) -> datetime:
    """Eight in the evening, in so many days and within this season as far as can be."""
    return start_of(timezone.localdate() + timedelta(days=days)) + timedelta(hours=20)


def test_moved_date_is_told_to_whoever_booked_before_and_to_nobody_who_books_after():
    date = PerformanceFactory(starts_at=evening(5))
    before, elsewhere = a_booking(performance=date), a_booking()
    a_move(date, word="Une tempête est annoncée.")
    after = a_booking(performance=Performance.objects.with_place().get(pk=date.pk))
    notice = ChangeNotice.objects.get()
    assert (notice.booking, notice.structure, notice.seats) == (before, before.structure, 1)
    assert notice.change.word == "Une tempête est annoncée."
    [mail] = told()
    assert mail.recipient == before.booked_by.email and notice.mail == mail.effect
    assert not after.notices.exists() and not elsewhere.notices.exists()
    assert changes.sweep(at=timezone.now()) == 0 and told().count() == 1
    assert not audit().violations


def test_mail_says_before_and_after_what_to_tell_and_that_the_paper_is_old():
    date = PerformanceFactory(starts_at=evening(5))
    booking = a_booking(performance=date, guests=1)
    a_move(date, by=timedelta(hours=1))
    [mail] = told()
    assert mail.subject.startswith("À dire, changement")
    for body in (mail.text, mail.html):
        assert "à 20\u202fh" in body or "20\u00a0h" in body
        assert "21\u00a0h" in body
        assert "dites-le-moi" in body and "imprimez-en de nouvelles" in body
        assert not any(paper.given_name in body for paper in booking.invitations.all())
        assert booking.structure.name not in body


def test_one_mail_for_all_that_one_worker_booked():
    worker, date = a_worker(), PerformanceFactory(starts_at=evening(5), capacity=20)
    for _ in range(3):
        a_booking(by=worker, performance=date)
    other = PerformanceFactory(event=date.event, starts_at=evening(6))
    a_booking(by=worker, performance=other)
    change_event(date.event, door_conditions="Venir une heure avant, avec une pièce d’identité.")
    [mail] = told()
    assert "2 dates" in mail.subject and ChangeNotice.objects.count() == 4
    assert "aux 3 groupes que vous avez inscrits" in mail.text
    assert DateChange.objects.count() == 2


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ({"place_name": "Salle des fêtes", "place_city": "Bron"}, "Lieu"),
        ({"door_conditions": "Venir une heure avant."}, "À l’entrée"),
        ({"contact": "Accueil, 01 99 00 12 34"}, "Contact"),
        ({"age_min": 12}, "Âge"),
        ({"wheelchair": False}, "Accessibilité"),
    ],
)
def test_what_keeps_somebody_from_going_well_is_told(said, label):
    date = PerformanceFactory(event__wheelchair=True)
    booking = a_booking(performance=date)
    change_event(date.event, **said)
    assert [one.label for one in booking.notices.get().differences] == [label]


@pytest.mark.parametrize(
    "said",
    [
        {"title": "La nuit des lanternes"},
        {"description": "Un conte, sans paroles."},
        {"door_conditions": "venir a l'heure !"},
        {"age_min": 6},
        {"sign_language": True},
        {"purchase_info": "12 €"},
        {"duration_minutes": 90},
    ],
)
def test_what_changes_nothing_for_who_goes_is_not_told(said):
    date = PerformanceFactory(event__door_conditions="Venir à l’heure.", event__age_min=8)
    a_booking(performance=date)
    change_event(date.event, **said)
    assert not DateChange.objects.exists() and not told().exists()


def test_address_of_the_venue_counts():
    booking = a_booking()
    venue = booking.performance.event.venue
    Venue.objects.filter(pk=venue.pk).update(address="1 quai Neuf")
    offers.follow_venue(venue)
    [one] = booking.notices.get().differences
    assert "12 quai des Saules" in one.before and "1 quai Neuf" in one.after


def test_papers_printed_before_are_to_be_printed_again_and_large_ones_drawn_anew():
    date = PerformanceFactory(capacity=20)
    small, large = a_booking(performance=date), a_booking(performance=date, guests=6)
    print_party(booking=small, at=timezone.now())
    PartyDocument.objects.filter(booking=large).update(asked_at=timezone.now() - timedelta(hours=1))
    asked = PartyDocument.objects.get(booking=large).asked_at
    a_move(date)
    small.refresh_from_db()
    assert small.printed_at is None
    assert PartyDocument.objects.get(booking=large).asked_at > asked
    assert small.notices.get().paper_is_old


def test_higher_age_leaves_papers_as_they_are():
    booking = a_booking()
    print_party(booking=booking, at=timezone.now())
    change_event(booking.performance.event, age_min=12)
    booking.refresh_from_db()
    assert booking.printed_at and not booking.notices.get().paper_is_old


def test_group_waiting_list_and_draw_are_told_too():
    date = a_full_date(seats=2, starts_at=evening(9))
    waiting = a_waiting_party(performance=date, guests=1)
    a_move(date)
    assert waiting.notices.get().seats == 2 and not waiting.notices.get().goes
    group = a_group(seats=6, named=2)
    a_move(group.performance)
    assert group.notices.get().seats == 6
    assert not ChangeNotice.objects.filter(booking__group=group).exists()
    draw = a_draw()
    request = a_request(draw, guests=2)
    a_move(draw.performance)
    assert request.notices.get().seats == 3
    assert {mail.recipient for mail in told()} >= {
        waiting.joined_by.email,
        group.booked_by.email,
        request.requested_by.email,
    }


def test_second_change_before_it_was_told_is_one_thing_to_say():
    date = PerformanceFactory(starts_at=evening(5))
    booking = a_booking(performance=date)
    a_move(date, by=timedelta(hours=1))
    a_move(date, by=timedelta(hours=1))
    notice = booking.notices.get()
    [one] = notice.differences
    assert "20\u00a0h" in one.before and "22\u00a0h" in one.after
    assert told().count() == 2 and DateChange.objects.count() == 2


def test_date_moved_back_before_it_was_told_leaves_nothing_to_say():
    date = PerformanceFactory(starts_at=evening(5))
    booking = a_booking(performance=date)
    a_move(date, by=timedelta(hours=1))
    a_move(date, by=-timedelta(hours=1))
    notice = booking.notices.get()
    assert notice.told_at and notice.told_by is None
    assert "il n’y a rien à leur dire" in told().order_by("-created_at").first().text


def test_change_after_it_was_told_is_said_again():
    booking = a_booking()
    a_move(booking.performance)
    changes.tell(notice=booking.notices.get(), by=booking.booked_by, at=timezone.now())
    a_move(booking.performance)
    assert booking.notices.count() == 2 and booking.notices.untold().count() == 1


def test_telling_is_noted_once_and_can_be_taken_back():
    booking = a_booking()
    a_move(booking.performance)
    notice, now = booking.notices.get(), timezone.now()
    changes.tell(notice=notice, by=booking.booked_by, at=now)
    with pytest.raises(DomainError, match="déjà noté"):
        changes.tell(notice=notice, by=booking.booked_by, at=now)
    change = DateChange.objects.with_figures().get()
    assert (change.people, change.know) == (1, 1)
    changes.take_back(notice=notice, by=booking.booked_by, at=now)
    notice.refresh_from_db()
    assert (notice.told_at, notice.told_by) == (None, None)
    verbs = AuditEntry.objects.filter(subject__endswith=str(notice.pk)).order_by("at")
    assert set(verbs.values_list("verb", flat=True)) == {"changement dit", "changement à redire"}


def test_older_change_is_not_taken_back_beside_a_newer_one():
    booking = a_booking()
    a_move(booking.performance)
    first = booking.notices.get()
    changes.tell(notice=first, by=booking.booked_by, at=timezone.now())
    a_move(booking.performance)
    with pytest.raises(DomainError, match="plus récent"):
        changes.take_back(notice=first, by=booking.booked_by, at=timezone.now())


def test_cancelled_date_takes_the_place_of_a_change_still_to_tell():
    date = PerformanceFactory(starts_at=evening(5))
    booking = a_booking(performance=date)
    a_move(date)
    cancel_performance(performance=date, by="essai", at=timezone.now(), word="Une panne.")
    notice = booking.notices.get()
    assert notice.change.cancelled and notice.known_at == evening(5)
    [mail] = told().filter(subject__startswith="À prévenir, annulation")
    assert "vous n’y êtes pour rien" in mail.text and "Une panne." in mail.html
    assert not audit().violations


def test_party_that_gave_up_by_itself_is_nothing_to_tell():
    booking = a_booking()
    a_move(booking.performance)
    at = timezone.now()
    assert ChangeNotice.objects.to_tell(at=at).exists()
    cancel_booking(booking=booking, by=booking.booked_by, at=at)
    assert not ChangeNotice.objects.to_tell(at=at).exists()


def test_booking_under_way_while_the_date_moved_is_told_by_the_sweep():
    booking = a_booking()
    known = Booking.objects.get(pk=booking.pk).told
    moved = a_move(booking.performance)
    late = a_booking(performance=Performance.objects.with_place().get(pk=moved.pk))
    Booking.objects.filter(pk=late.pk).update(told=known)  # it had read the date before
    assert changes.sweep(at=timezone.now()) == 1
    assert late.notices.count() == 1
    assert changes.sweep(at=timezone.now()) == 0


def test_booking_made_before_the_portal_kept_what_it_told_is_told_of_what_comes():
    booking = a_booking()
    Booking.objects.update(told="")
    assert changes.sweep(at=timezone.now()) == 0
    a_move(booking.performance)
    assert booking.notices.exists()


def test_date_that_has_begun_concerns_nobody_any_more():
    booking = a_booking()
    Event.objects.update(door_conditions="Autre chose.")
    assert changes.announce(dates=Q(), at=booking.performance.starts_at) == 0


def test_reminder_the_day_before_comes_once_and_never_at_night():
    date = PerformanceFactory(starts_at=evening(5))
    booking = a_booking(performance=date)
    a_move(date)
    eve = start_of(local_day(evening(5)))
    assert changes.remind(at=eve + timedelta(hours=6)) == 0
    assert changes.remind(at=eve + timedelta(hours=settings.CHANGE_REMINDER_FROM)) == 1
    assert changes.remind(at=eve + timedelta(hours=12)) == 0
    [mail] = told("still-to-tell")
    assert mail.recipient == booking.booked_by.email and mail.subject.startswith("Encore à dire")


def test_nobody_is_reminded_of_what_is_told_or_was_announced_just_now():
    date = PerformanceFactory(starts_at=evening(5))
    booking = a_booking(performance=date)
    morning = evening(4) - timedelta(hours=9)
    a_move(date, by=timedelta(hours=1), at=morning)
    assert changes.remind(at=morning + timedelta(hours=1)) == 0
    changes.tell(notice=booking.notices.get(), by=booking.booked_by, at=morning)
    assert changes.remind(at=morning + timedelta(hours=6)) == 0


@pytest.mark.parametrize(
    ("moments", "sentence"),
    [
        ({"starts_at": -timedelta(days=30)}, "déjà passée"),
        ({"ends_at": -timedelta(hours=1)}, "avant le début"),
        ({"booking_deadline": timedelta(days=9)}, "vient après la séance"),
        ({"starts_at": timedelta(days=370)}, "autre saison"),
    ],
)
def test_move_that_can_not_be_changes_nothing(moments, sentence):
    date = PerformanceFactory()
    a_booking(performance=date)
    typed = {"starts_at": date.starts_at} | {name: date.starts_at + by for name, by in moments.items()}
    with pytest.raises(DomainError, match=sentence):
        changes.move_date(performance=date, by="essai", at=timezone.now(), **typed)
    assert Performance.objects.get(pk=date.pk).starts_at == date.starts_at
    assert not DateChange.objects.exists()


def test_date_is_not_moved_onto_another_nor_once_cancelled_begun_or_entered():
    date, now = PerformanceFactory(), timezone.now()
    twin = PerformanceFactory(event=date.event, starts_at=date.starts_at + timedelta(days=1))
    with pytest.raises(DomainError, match="déjà une séance"):
        a_move(date)
    with pytest.raises(DomainError, match="ne se déplace plus"):
        a_move(date, at=date.starts_at)
    a_booking(performance=twin).invitations.update(status="attended", admitted_at=now)
    with pytest.raises(DomainError, match="déjà entrées"):
        a_move(twin)
    Performance.objects.update(cancelled_at=now)
    with pytest.raises(DomainError, match="ne se déplace plus"):
        a_move(date)


def test_date_of_an_open_draw_stays_after_its_requests():
    draw = a_draw()
    with pytest.raises(DomainError, match="tirage équitable"):
        a_move(draw.performance, by=-timedelta(days=8))


def test_date_that_comes_sooner_brings_names_and_answers_forward():
    group = a_group(seats=3)
    a_move(group.performance, by=-timedelta(days=9))
    group.refresh_from_db()
    assert group.names_by == Performance.objects.get(pk=group.performance_id).closes_at
    date = PerformanceFactory(starts_at=timezone.now() + timedelta(days=20), capacity=1)
    booked = a_booking(performance=date)
    waiting = a_waiting_party(performance=date)
    cancel_booking(booking=booked, by=booked.booked_by, at=timezone.now())
    a_move(date, by=-timedelta(days=19))
    entry = WaitlistEntry.objects.get(pk=waiting.pk)
    assert entry.answer_by == Performance.objects.get(pk=date.pk).closes_at
    assert not audit().violations


def test_date_moved_into_a_period_breaks_no_quota_of_it_afterwards():
    worker, date = a_worker(), PerformanceFactory(starts_at=evening(5))
    day = local_day(evening(6))
    QuotaFactory(of_period=True, venue=date.event.venue, seats=2, starts_on=day, ends_on=day)
    a_booking(by=worker, performance=date, guests=2)
    a_move(date)
    assert not audit().violations
