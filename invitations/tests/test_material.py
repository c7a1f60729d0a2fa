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
from invitations.models import MaterialRequest, NoDocumentMail, VenueDocument
from invitations.services import material
from invitations.services.booking import cancel_booking
from invitations.tests.factories import a_booking, a_document, a_group, a_material_request, a_photo
from offers.tests import factories as offered
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
        assert "ni un PDF ni une image JPEG" in browser.post(page, {"title": "x", "file": bad}).text
    empty = SimpleUploadedFile("vide.pdf", b"", "application/pdf")
    assert "vide" in browser.post(page, {"title": "x", "file": empty}).text
    assert not VenueDocument.objects.exists()
    photo = SimpleUploadedFile("plan.html", a_photo(comment=b"secret"), "text/html")
    browser.post(page, {"title": "Plan d’accès", "file": photo})
    kept = VenueDocument.objects.get()
    assert kept.media_type == "image/jpeg" and b"secret" not in bytes(kept.content)
    assert Image.open(BytesIO(bytes(kept.content))).size == (240, 200)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_picture_of_any_usual_kind_becomes_a_jpeg(format):
    kept = a_document(event=PerformanceFactory().event, content=offered.a_photo((3000, 1000), format))
    assert kept.media_type == "image/jpeg"
    assert Image.open(BytesIO(bytes(kept.content))).size == (2400, 800)


def test_picture_that_is_too_small_says_so(cast):
    with pytest.raises(DomainError, match="trop petite"):
        a_document(event=PerformanceFactory().event, content=offered.a_photo((20, 20)))


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


def test_structure_that_goes_asks_and_the_venue_answers_with_a_document(cast):
    date = PerformanceFactory(event__venue=cast.desk.venue)
    event, desk, worker = date.event, cast.browser("desk"), cast.browser("worker")
    ask = reverse("invitations:material_ask", args=[event.pk])
    assert worker.get(ask).status_code == 404  # nobody goes yet
    booking = a_booking(by=cast.worker, performance=date)
    assert "Demander un document" in worker.get(booking.get_absolute_url()).text
    for _ in range(2):  # sent twice, it is one request
        worker.post(ask, {"wish": "Des photos de la salle"})
    asked = MaterialRequest.objects.get()
    mails = OutboxMessage.objects.filter(effect__startswith="material-asked")
    assert {mail.recipient for mail in mails} == {cast.desk.email}
    assert "Document demandé au lieu" in worker.get(booking.get_absolute_url()).text
    assert "Des photos de la salle" in desk.get("/").text
    material.choose_mail(wanted=False, by=cast.worker, at=timezone.now())
    page = reverse("invitations:event_documents", args=[event.pk])
    photo = SimpleUploadedFile("salle.jpg", a_photo(), "image/jpeg")
    assert "Des photos de la salle" in desk.get(page).text
    desk.post(page, {"title": "La salle", "file": photo, "answers": "on"})
    asked.refresh_from_db()
    assert asked.document == VenueDocument.objects.get() and not MaterialRequest.objects.open().exists()
    assert [mail.recipient for mail in told()] == [
        cast.worker.email
    ]  # asked for: told whatever it said of mails
    for place in (booking.get_absolute_url(), reverse("invitations:documents"), "/"):
        assert "La salle" in worker.get(place).text
    assert "La salle" not in cast.browser("stranger").get(reverse("invitations:documents")).text


def test_document_that_answers_nobody_leaves_requests_open(cast):
    booking = a_booking(by=cast.worker)
    asked = a_material_request(event=booking.performance.event, by=cast.worker)
    sent = {"event": asked.event, "title": "Plan", "content": a_photo(), "at": timezone.now()}
    material.send_document(**sent, by=cast.desk, answers=False)
    assert MaterialRequest.objects.waiting(at=timezone.now()).get() == asked


def test_venue_without_a_document_says_so_once(cast):
    booking = a_booking(by=cast.worker, performance=PerformanceFactory(event__venue=cast.desk.venue))
    asked = a_material_request(event=booking.performance.event, by=cast.worker)
    page, desk = reverse("invitations:material_decline", args=[asked.pk]), cast.browser("desk")
    assert "Écrivez quelques mots" in desk.post(page, {"word": " "}).text
    desk.post(page, {"word": "Appelez-nous plutôt."})
    assert desk.post(page, {"word": "Encore"}).status_code == 404
    mail = OutboxMessage.objects.get(effect__startswith="material-declined")
    assert mail.recipient == cast.worker.email and "Appelez-nous plutôt." in mail.text
    assert "Appelez-nous plutôt." in cast.browser("worker").get(booking.get_absolute_url()).text
    with pytest.raises(DomainError, match="déjà répondu"):
        a_material_request(event=asked.event, by=cast.worker)
    with pytest.raises(DomainError, match="déjà sa réponse"):
        material.decline_material(request=asked, word="Non", by=cast.desk, at=timezone.now())


def test_request_of_a_structure_that_goes_no_longer_waits_for_nobody(cast):
    booking = a_booking(by=cast.worker)
    asked = a_material_request(event=booking.performance.event, by=cast.worker)
    cancel_booking(booking=booking, by=cast.worker, at=timezone.now())
    assert not MaterialRequest.objects.waiting(at=timezone.now()).exists()
    with pytest.raises(DomainError, match="Réservez d'abord"):
        a_material_request(event=asked.event, by=cast.worker)
