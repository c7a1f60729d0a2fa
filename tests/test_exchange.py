"""What a table of partners touches outside its own room: the catalogue follows, and nobody accompanied is in it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from invitations.tests.factories import ParticipantFactory, a_booking, a_worker
from offers.tests.factories import PerformanceFactory

pytestmark = pytest.mark.django_db


def test_catalogue_finds_events_by_the_new_name_of_their_venue(cast):
    desk, venue = cast.browser("staff"), cast.desk.venue
    PerformanceFactory(event__venue=venue, event__title="Le bal")
    file = SimpleUploadedFile("lieux.csv", f"identifiant;nom\n{venue.pk};Halle aux Merles\n".encode())
    preview = desk.post(reverse("admin:partners_venue_import"), {"import_file": file, "format": "0"})
    desk.post(reverse("admin:partners_venue_process_import"), preview.context["confirm_form"].initial)
    found = cast.browser("worker").get(reverse("offers:catalogue"), {"q": "merles"})
    assert "Le bal" in found.text


def test_tables_hold_nobody_accompanied(cast):
    worker = a_worker()
    person = ParticipantFactory(
        structure=worker.structure, given_name="Canarizelle", family_name="Canarizelle"
    )
    a_booking(by=worker, participant=person)
    for model in ("structure", "venue"):
        answer = cast.browser("staff").post(
            reverse(f"admin:partners_{model}_export"), {"format": "1", "resource": "0"}
        )
        assert answer.status_code == 200
        assert b"canarizelle" not in answer.content.lower()
