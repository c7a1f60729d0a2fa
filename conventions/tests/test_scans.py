"""The paper route: only a real scan is kept, served as a download; then countersigned as any other (B2)."""

import re
import zlib
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from common.errors import DomainError
from conventions.forms.signing import ScanForm
from conventions.models import Agreement
from conventions.services import countersigning
from conventions.services.proof import verify
from conventions.services.scans import checked_scan
from conventions.tests.signatures import SIGNER, a_draft, a_partner_signed, a_sent
from partners.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TODAY = NOW.date()
State = Agreement.State


def a_pdf(change=lambda writer: None) -> bytes:
    writer, kept = PdfWriter(), BytesIO()
    writer.add_blank_page(200, 200)
    change(writer)
    writer.write(kept)
    return kept.getvalue()


def a_jpeg(size=(60, 80), **saved) -> bytes:
    kept = BytesIO()
    Image.new("RGB", size, "white").save(kept, "JPEG", **saved)
    return kept.getvalue()


def a_png() -> bytes:
    kept = BytesIO()
    Image.new("RGB", (9, 9)).save(kept, "PNG")
    return kept.getvalue()


def scan(agreement, content=None, *, signed_on=TODAY, by=None, at=NOW):
    return countersigning.keep_scan(
        agreement=agreement, content=content or a_pdf(), name="Armelle Quatremarre", capacity="directrice",
        signed_on=signed_on, by=by or UserFactory(lead=True, structure=agreement.structure), at=at,
    )  # fmt: skip


def acting(writer):
    program = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert(1)")}
    action = DictionaryObject({NameObject(name): value for name, value in program.items()})
    writer.root_object[NameObject("/OpenAction")] = action


def a_bare_pdf(objects: bytes) -> bytes:
    """A PDF of these bytes, with its table of objects where it says."""
    body = b"%PDF-1.5\n" + objects + b"\n"
    return body + b"xref\n0 1\ntrailer<</Size 1>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


PROGRAM = b"<</S/JavaScript/JS(app.alert(1))>>"
PACKED = zlib.compress(b"5 0 " + PROGRAM)


BAD = {
    "text": b"Bonjour",
    "png": a_png(),
    "html": b"<html><script>alert(1)</script></html>",
    "pdf of words only": b"%PDF-1.4 bonjour",
    "cut pdf": a_pdf()[:-200],
    "pdf after something": b"MZ" + a_pdf(),
    "pdf then zip": a_pdf() + b"PK\x03\x04" + b"x" * 50,
    "pdf with a program": a_pdf(acting),
    "pdf with a file": a_pdf(lambda writer: writer.add_attachment("a.exe", b"MZ")),
    "pdf with a password": a_pdf(lambda writer: writer.encrypt("secret", algorithm="RC4-128")),
    "pdf with a program under another spelling": a_bare_pdf(b"1 0 obj<</S/J#61vaScript/J#53(x)>>endobj"),
    "pdf with a program between comments": a_bare_pdf(b"%stream\n1 0 obj" + PROGRAM + b"endobj %endstream"),
    "pdf with a form that acts": a_bare_pdf(b"1 0 obj<</AcroForm<</XFA [(a) 5 0 R]>>>>endobj"),
    "pdf with a packed program": a_bare_pdf(
        b"4 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>stream\n" + PACKED + b"\nendstream endobj"
    ),
    "pdf with a packed bomb": a_bare_pdf(
        b"4 0 obj<</Type/ObjStm>>stream\n"
        + zlib.compress(b"5 0 " + b" " * 60_000_000)
        + b"\nendstream endobj"
    ),
    "jpeg of three bytes": b"\xff\xd8\xff",
    "cut jpeg": a_jpeg((900, 900), quality=95)[:400],
    "png called jpeg": b"\xff\xd8\xff" + a_png(),
    "zlib bomb": b"%PDF-1.4\n" + zlib.compress(b"0" * 1_000_000),
}


def test_page_too_heavy_is_refused_before_it_is_read(settings):
    class Unread(SimpleUploadedFile):
        def read(self, *args):
            raise AssertionError("read into memory")

    heavy = Unread("page.pdf", b"%PDF-1.4")
    heavy.size = settings.SCAN_MAX_BYTES + 1
    form = ScanForm({"name": "Armelle", "capacity": "directrice", "signed_on": "22/11/2026"}, {"scan": heavy})
    assert "dépasse 5 Mo" in form.errors["scan"][0]


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_file_that_is_no_scan_is_refused_in_a_sentence_and_nothing_changes(content):
    agreement = a_sent(at=NOW)
    with pytest.raises(DomainError) as refused:
        scan(agreement, content)
    assert (
        refused.value.field == "scan"
        and refused.value.sentence.endswith("puis déposez la page numérisée.")
        or ("déposez ce fichier-là" in refused.value.sentence)
    )
    agreement.refresh_from_db()
    assert agreement.state == State.SENT and agreement.documents.count() == 1


def test_file_too_heavy_or_picture_too_large_is_refused(settings):
    with pytest.raises(DomainError, match="dépasse 5 Mo"):
        checked_scan(b"%PDF-1.4" + b"0" * settings.SCAN_MAX_BYTES)
    settings.SCAN_MAX_PIXELS = 1_000
    with pytest.raises(DomainError, match="trop grande"):
        checked_scan(a_jpeg())


def test_photo_is_drawn_anew_without_what_the_phone_wrote_in_it():
    exif = Image.Exif()
    exif[0x010F] = "Téléphone de Zélie"
    content = a_jpeg(exif=exif, comment=b"Zelie") + b"PK\x03\x04 et la suite"
    kept, media_type = checked_scan(content)
    assert media_type == "image/jpeg"
    assert b"lie" not in kept and b"PK\x03\x04" not in kept
    assert Image.open(BytesIO(kept)).size == (60, 80)


def test_paper_is_countersigned_and_both_documents_are_kept():
    agreement = scan(a_sent(at=NOW))
    assert (agreement.state, agreement.route) == (State.PARTNER_SIGNED, Agreement.Route.PAPER)
    countersigning.countersign(agreement=agreement, by=UserFactory(staff=True), at=NOW)
    assert agreement.state == State.SIGNED
    assert {row.kind for row in agreement.documents.all()} == {"frozen", "scan", "original"}
    assert verify().sound


def test_another_file_replaces_the_first_until_the_association_countersigns():
    agreement = scan(a_sent(at=NOW))
    worker = UserFactory(structure=agreement.structure)
    first = agreement.documents.get(kind="scan").sha256
    agreement = scan(agreement, a_jpeg(), by=worker)
    assert agreement.documents.get(kind="scan").sha256 != first
    assert verify().sound
    countersigning.countersign(agreement=agreement, by=UserFactory(staff=True), at=NOW)
    with pytest.raises(DomainError, match="n'attend pas"):
        scan(agreement, by=worker)


def test_pages_on_paper_are_not_countersigned_from_the_list(client):
    agreement = scan(a_sent(at=NOW))
    client.force_login(UserFactory(staff=True))
    chosen = {"action": "countersign", "_selected_action": [str(agreement.pk)]}
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        answer = client.post(reverse("admin:conventions_agreement_changelist"), chosen, follow=True)
    assert "regardez la page signée" in answer.text
    agreement.refresh_from_db()
    assert agreement.state == State.PARTNER_SIGNED


def test_page_that_nobody_looked_at_is_not_countersigned(client):
    agreement = scan(a_sent(at=NOW))
    client.force_login(UserFactory(staff=True))
    page = reverse("admin:conventions_agreement_change", args=[agreement.pk])
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        seen = re.search(r'name="seen" value="([^"]+)"', client.get(page).text)[1]
        hasty = UserFactory(structure=agreement.structure)
        scan(agreement, a_jpeg(), by=hasty, at=NOW + timedelta(minutes=30))
        press = {"_countersign": "Contresigner", "seen": seen}
        assert "Une autre page signée" in client.post(page, press, follow=True).text
        agreement.refresh_from_db()
        assert agreement.state == State.PARTNER_SIGNED
        press["seen"] = re.search(r'name="seen" value="([^"]+)"', client.get(page).text)[1]
        client.post(page, press)
    agreement.refresh_from_db()
    assert agreement.state == State.SIGNED


@pytest.mark.parametrize("make", [a_draft, a_partner_signed])
def test_paper_for_what_is_not_sent_or_is_signed_already_is_refused(make):
    with pytest.raises(DomainError, match="n'attend pas de signature sur papier"):
        scan(make(at=NOW))


@pytest.mark.parametrize(
    ("day", "sentence"), [(date(2026, 11, 23), "à venir"), (date(2026, 11, 21), "pas pu être signée")]
)
def test_day_of_the_signature_lies_between_the_sending_and_today(day, sentence):
    agreement = a_sent(at=NOW)
    with pytest.raises(DomainError, match=sentence) as refused:
        scan(agreement, signed_on=day)
    assert refused.value.field == "signed_on"


@pytest.fixture
def lead(client):
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        agreement = a_sent(at=NOW)
        client.force_login(UserFactory(lead=True, structure=agreement.structure))
        yield agreement


def handed_in(client, agreement, content, name="convention.pdf"):
    page = reverse("conventions:agreement_paper", args=[agreement.pk])
    who = {"name": SIGNER["representative_name"], "capacity": "directrice", "signed_on": "2026-11-22"}
    return client.post(page, {**who, "scan": SimpleUploadedFile(name, content)})


def test_partner_hands_the_page_in_and_it_is_only_ever_downloaded(client, lead):
    assert handed_in(client, lead, a_pdf()).status_code == 302
    served = client.get(reverse("conventions:agreement_document", args=[lead.pk, "papier"]))
    assert served["Content-Disposition"].startswith("attachment")
    assert served["X-Content-Type-Options"] == "nosniff"
    assert served.content == a_pdf()


def test_refused_file_keeps_what_was_typed(client, lead):
    answer = handed_in(client, lead, BAD["pdf with a program"])
    assert "contient un programme" in answer.text and SIGNER["representative_name"] in answer.text
    assert "fichier est vide" in handed_in(client, lead, b"").text


def test_staff_hand_in_what_came_by_post(client):
    with time_machine.travel(NOW, tick=False):
        agreement = a_sent(at=NOW)
        client.force_login(UserFactory(staff=True))
        page = reverse("admin:conventions_agreement_scan", args=[agreement.pk])
        assert client.get(page).status_code == 200
        who = {"name": "Armelle Quatremarre", "capacity": "directrice", "signed_on": "22/11/2026"}
        client.post(page, {**who, "scan": SimpleUploadedFile("a.jpg", a_jpeg())})
    agreement.refresh_from_db()
    assert agreement.state == State.PARTNER_SIGNED
