"""Several outings printed at once (D2, D12)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from common.errors import DomainError
from invitations.models import Booking, Invitation, PrintRun
from invitations.services import drawing, printing
from invitations.services.booking import cancel_booking, cancel_invitation
from invitations.tasks import sweep_documents
from invitations.tests.factories import ParticipantFactory, a_booking, a_worker
from offers.tests.factories import PerformanceFactory

pytestmark = pytest.mark.django_db
PAGE = "invitations:print_several"


@pytest.fixture
def worker(client):
    """Signed in."""
    worker = a_worker()
    client.force_login(worker)
    return worker


def booked(worker, name, *, days, guests=0):
    """An outing of somebody called `name`, `days` from now."""
    return a_booking(
        by=worker,
        performance=PerformanceFactory(starts_at=timezone.now() + timedelta(days=days)),
        participant=ParticipantFactory(structure=worker.structure, given_name=name),
        guests=guests,
    )


def post(client, *bookings):
    return client.post(reverse(PAGE), {"outing": [booking.pk for booking in bookings]})


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def test_outings_ticked_are_one_pdf_soonest_first_and_noted_as_printed(client, worker):
    later, sooner, other = (
        booked(worker, name, days=days) for name, days in (("Ondine", 6), ("Basile", 4), ("Zélie", 5))
    )
    answer = client.get(post(client, later, sooner).url)
    assert answer["Content-Type"] == "application/pdf"
    first, second = pages_of(answer.content)
    assert "Basile" in first and "Ondine" in second
    assert set(Booking.objects.exclude(printed_at=None)) == {later, sooner}
    assert set(Booking.objects.filter(printed_at=None)) == {other}


def test_page_ticks_what_is_not_printed_yet_and_lists_it_first(client, worker):
    printed, fresh = booked(worker, "Ondine", days=4), booked(worker, "Basile", days=6)
    cancel_booking(booking=booked(worker, "Zélie", days=5), by=worker, at=timezone.now())
    client.get(reverse("invitations:booking_pdf", args=[printed.pk]))
    page = client.get(reverse(PAGE)).content.decode()
    boxes = [line for line in page.splitlines() if 'name="outing"' in line]
    assert [(str(fresh.pk) in boxes[0], "checked" in boxes[0])] == [(True, True)]
    assert [(str(printed.pk) in boxes[1], "checked" in boxes[1])] == [(True, False)]
    assert len(boxes) == 2 and "Zélie" not in page


def test_outing_of_another_structure_is_not_there(client, worker):
    mine, theirs = booked(worker, "Ondine", days=4), a_booking()
    assert post(client, mine, theirs).status_code == 404
    assert client.post(reverse(PAGE), {"outing": "n’importe quoi"}).status_code == 404
    assert not PrintRun.objects.exists()


def test_nothing_ticked_is_refused(client, worker):
    answer = post(client)
    assert answer.status_code == 409 and "Cochez au moins une sortie" in answer.content.decode()


def test_outings_cancelled_or_past_are_left_out_and_alone_refused(worker):
    now = timezone.now()
    going, gone = booked(worker, "Ondine", days=4), booked(worker, "Basile", days=4)
    cancel_booking(booking=gone, by=worker, at=now)
    gone.refresh_from_db()
    run = printing.start(structure=worker.structure, bookings=[going, gone], at=now)
    assert run.bookings == [str(going.pk)]
    with pytest.raises(DomainError, match="plus rien à imprimer"):
        printing.start(structure=worker.structure, bookings=[gone], at=now)
    with pytest.raises(DomainError, match="plus rien à imprimer"):
        printing.start(structure=worker.structure, bookings=[going], at=now + timedelta(days=5))


def test_too_many_outings_are_refused(worker, settings):
    settings.PRINT_RUN_MAX = 1
    both = [booked(worker, name, days=4) for name in ("Ondine", "Basile")]
    with pytest.raises(DomainError, match="1 sorties au plus"):
        printing.start(structure=worker.structure, bookings=both, at=timezone.now())


def test_many_papers_are_drawn_in_the_background(client, worker):
    both = [booked(worker, name, days=4, guests=3) for name in ("Ondine", "Basile")]
    answer = post(client, *both)  # on_commit never comes in a test: as if the task were lost
    run = PrintRun.objects.get()
    assert answer.url == run.get_absolute_url()
    assert "encore quelques secondes" in client.get(answer.url).content.decode()
    pdf = reverse("invitations:print_run_pdf", args=[run.pk])
    assert client.get(pdf).url == answer.url
    assert not Booking.objects.exclude(printed_at=None).exists()
    sweep_documents()
    assert "Les invitations sont prêtes" in client.get(answer.url).content.decode()
    assert len(pages_of(client.get(pdf).content)) == 8
    assert not Booking.objects.filter(printed_at=None).exists()


def test_who_cancelled_or_changed_name_meanwhile_is_not_printed_as_before(client, worker):
    first, second = booked(worker, "Ondine", days=4, guests=1), booked(worker, "Basile", days=5)
    pdf = post(client, first, second).url
    assert len(pages_of(client.get(pdf).content)) == 3
    cancel_invitation(invitation=first.invitations.last(), by="visiteur", at=timezone.now())
    assert len(pages_of(client.get(pdf).content)) == 2
    one = second.invitations.get()
    one.given_name = "Bérénice"
    one.save()
    assert "Bérénice" in pages_of(client.get(pdf).content)[1]
    for booking in (first, second):
        cancel_booking(booking=booking, by=worker, at=timezone.now())
    assert client.get(pdf).status_code == 409


def test_run_whose_people_all_cancelled_is_not_due_for_ever(worker):
    booking = booked(worker, "Ondine", days=4, guests=settings.PDF_INLINE_MAX)
    run = printing.start(structure=worker.structure, bookings=[booking], at=timezone.now())
    cancel_booking(booking=booking, by=worker, at=timezone.now())
    drawing.draw_run(run=run, at=timezone.now())
    assert not PrintRun.objects.due().exists()


def test_runs_are_thrown_away_after_a_short_while(worker):
    now = timezone.now()
    printing.start(structure=worker.structure, bookings=[booked(worker, "Ondine", days=4)], at=now)
    drawing.drop_old(at=now + timedelta(days=settings.PDF_KEPT_DAYS))
    assert PrintRun.objects.exists()
    drawing.drop_old(at=now + timedelta(days=settings.PDF_KEPT_DAYS, minutes=1))
    assert not PrintRun.objects.exists()


def test_pages_ask_the_same_number_of_queries_whatever_their_length(client, worker):
    booked(worker, "Ondine", days=4)
    client.get(reverse(PAGE))
    counts = []
    for more in (1, 6):
        for number in range(more):
            booked(worker, f"Basile{number}", days=4, guests=1)
        post(client, *Booking.objects.all())
        run = PrintRun.objects.order_by("-asked_at").first()
        for address in (reverse(PAGE), run.get_absolute_url()):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert Invitation.objects.live().count() == 15
