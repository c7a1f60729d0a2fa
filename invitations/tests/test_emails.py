"""What bookings say by mail: one action, no name, whatever a title holds (D4, C6, F1)."""

import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from common.delivery import deliver_due
from common.models import OutboxMessage
from invitations import emails
from invitations.tests.factories import a_booking
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def messages(booking) -> dict[str, OutboxMessage]:
    """Every mail that can be written about a booking, by its template."""
    at = timezone.now()
    guest = booking.invitations.get(kind="guest")
    return {
        "made": emails.booking_made(booking=booking, seats=2, at=at),
        "cancelled": emails.booking_cancelled(booking=booking, at=at),
        "invitation": emails.invitation_cancelled(invitation=guest, at=at),
    }


def test_mails_say_which_outing_and_where_to_act(settings):
    settings.BASE_URL = "https://portail.example"
    booking = a_booking(guests=1)
    event = booking.performance.event
    page = "https://portail.example" + reverse("invitations:booking", args=[booking.pk])
    for name, message in messages(booking).items():
        assert event.title in message.subject, name
        for body in (message.text, message.html):
            assert event.title in body, name
            assert event.where in body, name
            assert page in body, name
            assert str(booking) in body, name
        assert message.html.count("<a ") == 1, f"{name}: one action"
        assert re.findall(r"https?://\S+", message.text) == [page], name
        assert "\n\n\n" not in message.text, name


def test_mails_hold_no_name_of_anybody():
    booking = a_booking(guests=1, companions=1)
    names = {part for paper in booking.invitations.all() for part in (paper.given_name, paper.family_name)}
    names |= {booking.structure.name}
    for name, message in messages(booking).items():
        for secret in names:
            assert secret not in message.subject + message.text + message.html, name
        assert not any(paper.number in message.text + message.html for paper in booking.invitations.all())


@pytest.mark.parametrize(
    ("seats", "words"), [(1, "La place est réservée"), (6, "Les 6 places sont réservées")]
)
def test_mail_of_a_booking_counts_the_seats(seats, words):
    message = emails.booking_made(booking=a_booking(), seats=seats, at=timezone.now())
    assert words in message.text and words in message.html


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r", "\x0b", "\u2028"])
def test_mails_survive_a_title_with_headers_in_it(breaks):
    title = f"Le Lac{breaks}Bcc: espion@mail.example{breaks}{breaks}<b>gras</b> & {{{{ booking }}}}"
    booking = a_booking(guests=1, performance=PerformanceFactory(event=EventFactory(title=title)))
    OutboxMessage.objects.all().delete()
    written = messages(booking)
    OutboxMessage.objects.bulk_create(written.values())
    deliver_due(at=timezone.now(), limit=10)
    assert len(mail.outbox) == len(written)
    for sent in mail.outbox:
        assert sent.recipients() == [booking.booked_by.email]
        assert "Bcc" not in sent.message()
        assert "Le Lac Bcc: espion" in sent.subject
        assert "<b>gras" not in sent.alternatives[0].content
        assert "<b>gras</b> & {{ booking }}" in sent.body


def test_mails_load_nothing_from_elsewhere():
    for message in messages(a_booking(guests=1)).values():
        assert not re.search(r"<(img|script|link|iframe|form)\b|url\(|@import", message.html)


def test_forgotten_password_leads_to_a_new_one(client):
    user = UserFactory()
    client.post(reverse("account_reset_password"), {"email": user.email})
    deliver_due(at=timezone.now(), limit=10)
    [sent] = mail.outbox
    assert sent.to == [user.email]
    assert sent.subject == "Choisir un nouveau mot de passe"
    [link] = re.findall(r"https?://\S+/mot-de-passe/cle/\S+", sent.body)
    assert link in sent.alternatives[0].content
    assert client.get(link, follow=True).status_code == 200


def test_mail_for_somebody_who_left_reaches_the_lead_or_the_structure():
    booking = a_booking()
    worker, structure = booking.booked_by, booking.structure
    type(worker).objects.filter(pk=worker.pk).update(is_active=False)
    worker.refresh_from_db()
    assert emails.booking_cancelled(booking=booking, at=booking.created_at).recipient == structure.email
    lead = UserFactory(lead=True, structure=structure)
    assert emails.booking_cancelled(booking=booking, at=booking.created_at).recipient == lead.email
