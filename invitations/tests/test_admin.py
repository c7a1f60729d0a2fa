"""Staff act for a structure that phones, and read names only against a reason (D4, D8, F1, F5)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from invitations.models import Booking, Invitation, Participant
from invitations.services.people import REASON_MAX, read_names
from invitations.tests.factories import ParticipantFactory, a_booking
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

REASON = "Le lieu a perdu sa liste d'accueil."


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.fixture
def desk(client, staff):
    """Staff's browser."""
    client.force_login(staff)
    return client


def act(desk, model, action, *rows):
    return desk.post(
        reverse(f"admin:invitations_{model}_changelist"),
        {"action": action, "_selected_action": [str(row.pk) for row in rows]},
        follow=True,
    )


def seats_left(performance):
    performance.refresh_from_db()
    return performance.seats_left


def soon():
    """A date that starts while staff are still signed in."""
    return PerformanceFactory(starts_at=timezone.now() + timedelta(minutes=5))


def names_page(booking):
    return reverse("admin:invitations_booking_names", args=[booking.pk])


def test_booking_is_cancelled_for_somebody_who_phones(desk, staff):
    booking = a_booking(guests=1)
    assert "1." in act(desk, "booking", "cancel", booking).text
    booking.refresh_from_db()
    assert booking.cancelled_at
    assert seats_left(booking.performance) == 10
    assert AuditEntry.objects.get(verb="réservation annulée").actor == f"compte {staff.pk}"
    assert OutboxMessage.objects.filter(effect=f"booking-cancelled {booking.pk}").exists()
    again = act(desk, "booking", "cancel", booking)
    assert "déjà annulée" in again.text
    assert seats_left(booking.performance) == 10


def test_after_the_start_people_are_excused_and_nothing_is_cancelled(desk):
    booking = a_booking(guests=1, performance=soon())
    assert "commencé" in act(desk, "booking", "excuse", booking).text
    with time_machine.travel(booking.performance.starts_at + timedelta(minutes=1), tick=False):
        assert "commencé" in act(desk, "booking", "cancel", booking).text
        assert "Personnes notées excusées : 2." in act(desk, "booking", "excuse", booking).text
        assert "Personne n&#x27;attend" in act(desk, "booking", "excuse", booking).text
    assert set(booking.invitations.values_list("status", flat=True)) == {Invitation.Status.EXCUSED}
    assert seats_left(booking.performance) == 8


def test_one_guest_is_cancelled_or_excused_alone(desk):
    booking = a_booking(guests=2, performance=soon())
    first, second = booking.invitations.filter(kind=Invitation.Kind.GUEST)
    act(desk, "invitation", "cancel", first)
    assert seats_left(booking.performance) == 8
    with time_machine.travel(booking.performance.starts_at + timedelta(minutes=1), tick=False):
        act(desk, "invitation", "excuse", second)
        assert "déjà notée" in act(desk, "invitation", "excuse", first).text
    assert list(booking.invitations.values_list("status", flat=True)) == ["valid", "cancelled", "excused"]


def test_date_is_cancelled_and_everybody_told(desk):
    booking = a_booking(guests=1)
    answer = desk.post(
        reverse("admin:offers_performance_changelist"),
        {"action": "cancel_dates", "_selected_action": [str(booking.performance_id)]},
        follow=True,
    )
    assert "Séances annulées" in answer.text
    assert not Booking.objects.live().exists()
    assert seats_left(booking.performance) == booking.performance.capacity
    assert OutboxMessage.objects.filter(effect__startswith="dates-changed", recipient=booking.booked_by.email)


def test_event_is_cancelled_after_a_page_that_says_what_ends(desk):
    booking = a_booking(guests=1)
    page, event = reverse("admin:offers_event_changelist"), booking.performance.event
    asked = {"action": "cancel_events", "_selected_action": [str(event.pk)]}
    shown = desk.post(page, asked).text
    assert "1 date à venir, 2 places réservées, 1 sortie et 0 demande en attente" in shown
    assert Booking.objects.live().exists()
    answer = desk.post(page, asked | {"word": "La salle est fermée."}, follow=True)
    assert "Événements annulés" in answer.text and not Booking.objects.live().exists()
    assert booking.notices.get().change.word == "La salle est fermée."


def test_actions_need_the_right_to_change(client):
    helper = UserFactory(staff=True, is_superuser=False)
    views = helper.user_permissions.model.objects.filter(codename__startswith="view_")
    helper.user_permissions.set(views)
    client.force_login(helper)
    booking = a_booking()
    act(client, "booking", "cancel", booking)
    assert Booking.objects.live().exists()
    assert client.post(names_page(booking), {"reason": REASON}).status_code == 403


@pytest.mark.parametrize("model", ["booking", "invitation", "participant", "partydocument"])
def test_rows_that_only_services_write_take_no_form(desk, model):
    booking = a_booking()
    row = {
        "booking": booking,
        "invitation": booking.invitations.first(),
        "participant": booking.participant,
        "partydocument": booking,
    }[model]
    forged = {"given_name": "Autre", "status": "attended", "post": "yes"}
    for page, args in (("add", []), ("change", [row.pk]), ("delete", [row.pk])):
        assert desk.post(reverse(f"admin:invitations_{model}_{page}", args=args), forged).status_code in {
            302,
            403,
        }
    assert Invitation.objects.get().status == Invitation.Status.VALID
    assert Participant.objects.get().given_name != "Autre"


def test_booking_is_found_by_structure_event_and_number_and_never_by_name(desk):
    booking, _ = a_booking(guests=1), a_booking()
    number = booking.invitations.last().spoken_number
    for words in (
        booking.structure.name,
        booking.performance.event.title,
        number,
        number.lower().replace("-", " "),
    ):
        listed = desk.get(reverse("admin:invitations_booking_changelist"), {"q": words})
        assert list(listed.context["cl"].result_list) == [booking], words
    found = desk.get(reverse("admin:invitations_invitation_changelist"), {"q": number})
    assert list(found.context["cl"].result_list) == [booking.invitations.last()]
    for words in (booking.participant.given_name, booking.participant.family_name):
        listed = desk.get(reverse("admin:invitations_booking_changelist"), {"q": words})
        assert listed.context["cl"].result_count == 0


@pytest.mark.parametrize(("state", "found"), [("a-venir", 1), ("passees", 1), ("annulees", 1), ("", 3)])
def test_bookings_are_filtered_by_state(desk, state, found):
    a_booking()
    act(desk, "booking", "cancel", a_booking())
    past = a_booking(performance=soon())
    with time_machine.travel(past.performance.starts_at + timedelta(minutes=1), tick=False):
        listed = desk.get(reverse("admin:invitations_booking_changelist"), {"etat": state} if state else {})
    assert listed.context["cl"].result_count == found


def test_names_show_once_against_a_reason_that_is_kept(desk, staff):
    booking = a_booking(guests=1, companions=1)
    people = [person.full_name for person in booking.invitations.all()]
    first = desk.get(names_page(booking))
    assert not any(name in first.text for name in people)
    answer = desk.post(names_page(booking), {"reason": f"  {REASON} "})
    assert all(name in answer.text for name in people)
    assert "no-store" in answer.headers["Cache-Control"]
    entry = AuditEntry.objects.get(verb="noms lus")
    assert (entry.actor, entry.subject) == (f"compte {staff.pk}", f"invitations.booking {booking.pk}")
    assert entry.details == {"raison": REASON}
    assert not any(name in desk.get(names_page(booking)).text for name in people)


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("", "Écrivez pourquoi"),
        ("   ", "Écrivez pourquoi"),
        ("parce que", "10 caractères"),
        ("x" * (REASON_MAX + 1), str(REASON_MAX)),
        ("un octet\x00 nul ici", "nul"),
        ("Question de Quatremarre au téléphone", "sans nommer personne"),
        ("question de QUATREMARRE, au téléphone", "sans nommer personne"),
    ],
)
def test_names_stay_closed_without_a_reason_that_can_be_kept(desk, reason, sentence):
    booking = a_booking(guests=1)
    answer = desk.post(names_page(booking), {"reason": reason})
    assert sentence in str(answer.context["form"].errors["reason"])
    assert answer.context["names"] is None
    assert booking.invitations.first().given_name not in answer.text
    assert not AuditEntry.objects.filter(verb="noms lus").exists()


def test_names_of_a_booking_that_is_not_there_are_a_404(desk):
    page = reverse("admin:invitations_booking_names", args=["00000000-0000-0000-0000-000000000000"])
    assert desk.get(page).status_code == 404
    assert desk.post(page, {"reason": REASON}).status_code == 404


def test_read_names_gives_the_participant_first_and_refuses_a_short_reason(staff):
    person = ParticipantFactory.build(given_name="Léonie", family_name="Quatremarre", structure=None)
    booking = a_booking(guests=1)
    Invitation.objects.filter(booking=booking, position=0).update(given_name=person.given_name)
    names = read_names(booking=booking, reason=REASON, by=staff, at=timezone.now())
    assert names[0] == "Léonie Quatremarre"
    assert len(names) == 2
    with pytest.raises(DomainError):
        read_names(booking=booking, reason="court", by=staff, at=timezone.now())
    assert AuditEntry.objects.filter(verb="noms lus").count() == 1
