"""Venues' documents reach the structures that booked, checked, and nobody else (C8)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from common.errors import DomainError
from common.models import OutboxMessage
from invitations.models import NoDocumentMail, VenueDocument
from invitations.services.booking import cancel_booking
from invitations.tests.factories import a_booking, a_document, a_group, a_photo
from offers.tests.factories import PerformanceFactory

pytestmark = pytest.mark.django_db


def told():
    return OutboxMessage.objects.filter(effect__startswith="document-sent")


def opened(browser, document):
    return browser.get(reverse("invitations:document", args=[document.pk]))


def test_document_reaches_who_booked_once_and_nobody_else(cast):
    date = PerformanceFactory(capacity=20, event__venue=cast.desk.venue)
    for _ in range(2):
        a_booking(by=cast.worker, performance=date)
    later = PerformanceFactory(event=date.event, capacity=20, starts_at=timezone.now() + timedelta(days=12))
    group = a_group(performance=later)
    document = a_document(event=date.event)
    assert {mail.recipient for mail in told()} == {cast.worker.email, group.booked_by.email}
    answer = opened(cast.browser("lead"), document)
    assert answer["Content-Disposition"] == 'attachment; filename="dossier.jpg"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert opened(cast.browser("desk"), document).status_code == 200
    for who in ("stranger", "other_desk"):
        assert opened(cast.browser(who), document).status_code == 404
    assert "Dossier" not in cast.browser("stranger").get(reverse("invitations:documents")).text


def test_structure_that_cancelled_reads_it_no_longer(cast):
    booking = a_booking(by=cast.worker)
    document = a_document(event=booking.performance.event)
    cancel_booking(booking=booking, by=cast.worker, at=timezone.now())
    assert opened(cast.browser("worker"), document).status_code == 404


def test_structure_that_wants_no_mail_finds_it_all_the_same(cast):
    booking, page = a_booking(by=cast.worker), reverse("invitations:documents")
    browser = cast.browser("worker")
    browser.post(page, {})
    browser.post(page, {})
    assert NoDocumentMail.objects.get().structure == cast.worker.structure
    a_document(event=booking.performance.event)
    assert not told().exists() and "Dossier" in browser.get(page).text
    browser.post(page, {"mail": "on"})
    a_document(event=booking.performance.event)
    assert told().count() == 1


def test_file_is_known_by_its_content_and_a_picture_drawn_anew(cast):
    date = PerformanceFactory(event__venue=cast.desk.venue)
    page, browser = reverse("invitations:event_documents", args=[date.event_id]), cast.browser("desk")
    for content in (b"<script>alert(1)</script>", b"%PDF-1.4 pas fini", b"\xff\xd8\xff\x00", b"<svg/>"):
        bad = SimpleUploadedFile("dossier.pdf", content, "application/pdf")
        assert "ni un PDF ni une photo JPEG" in browser.post(page, {"title": "x", "file": bad}).text
    empty = SimpleUploadedFile("vide.pdf", b"", "application/pdf")
    assert "vide" in browser.post(page, {"title": "x", "file": empty}).text
    assert not VenueDocument.objects.exists()
    photo = SimpleUploadedFile("plan.html", a_photo(comment=b"secret"), "text/html")
    browser.post(page, {"title": "Plan d’accès", "file": photo})
    kept = VenueDocument.objects.get()
    assert kept.media_type == "image/jpeg" and b"secret" not in bytes(kept.content)
    assert Image.open(BytesIO(bytes(kept.content))).size == (40, 30)


def test_large_file_and_one_too_many_are_refused(settings):
    event = PerformanceFactory().event
    settings.SCAN_MAX_BYTES = 10
    with pytest.raises(DomainError, match="Mo"):
        a_document(event=event)
    settings.SCAN_MAX_BYTES = 5_000_000
    settings.DOCUMENTS_MAX = 1
    a_document(event=event)
    with pytest.raises(DomainError, match="au plus"):
        a_document(event=event)


def test_venue_takes_a_document_back(cast):
    booking = a_booking(by=cast.worker, performance=PerformanceFactory(event__venue=cast.desk.venue))
    document = a_document(event=booking.performance.event)
    cast.browser("desk").post(reverse("invitations:document_withdraw", args=[document.pk]))
    assert opened(cast.browser("worker"), document).status_code == 404
