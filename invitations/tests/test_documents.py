"""The invitation on paper: everything that its holder needs, and nothing about who helped (D2, F1)."""

from datetime import UTC, datetime
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader

from invitations.documents import invitations_pdf
from invitations.models import Invitation
from invitations.services.booking import cancel_booking, cancel_invitation
from invitations.services.papers import print_party
from invitations.tests.factories import ParticipantFactory, a_booking, a_worker
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.tests.factories import StructureFactory, VenueFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LONG = "Une phrase assez longue pour remplir la ligne, avec des mots de toutes les tailles. " * 4


def papers_of(booking) -> list[Invitation]:
    return list(booking.invitations.live().select_related("performance__event__venue__commune"))


def pages_of(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]


def tight(text: str) -> str:
    """Without blanks: what pypdf finds between lines depends on their sizes."""
    return "".join(text.split())


def outing(*, structure=None, given_name="Łukasz", family_name="Ştefănescu", guests=0, venue=(), **event):
    """A booking, moved once made to Friday 27 November 2026 at 20:30 in Paris: agreements follow the calendar."""
    worker = a_worker(**({"structure": structure} if structure else {}))
    performance = PerformanceFactory(event=EventFactory(venue=VenueFactory(**dict(venue)), **event))
    person = ParticipantFactory(structure=worker.structure, given_name=given_name, family_name=family_name)
    booking = a_booking(by=worker, performance=performance, participant=person, guests=guests)
    performance.starts_at = datetime(2026, 11, 27, 19, 30, tzinfo=UTC)
    performance.save(update_fields=["starts_at"])
    return booking


def test_invitation_says_what_when_where_and_for_whom():
    booking = outing(title="Le Lac des cygnes", venue={"name": "Théâtre des Saules", "on_foot": "Tout droit"})
    [text] = pages_of(invitations_pdf(papers_of(booking)))
    [invitation] = papers_of(booking)
    for words in (
        "Spectacle",
        "Le Lac des cygnes",
        "vendredi 27 novembre 2026 à 20 h 30",
        "Théâtre des Saules",
        "12 quai des Saules, 69100 Villeurbanne",
        "Tram T9, arrêt Saules",
        "Tout droit",
        "04 65 71 00 12",
        "Łukasz Ştefănescu",
        "Actionneur·se",
        invitation.spoken_number,
        "Bonjour, j'ai une invitation.",
        "Arrivez vers 20 h 10",
        "rien à expliquer",
        "Vous ne pouvez pas la donner ni la vendre",
        "vous n'avez pas à dire pourquoi",
        "déchirez cette feuille",
    ):
        assert tight(words) in tight(text), words


def test_invitation_is_one_page_each_in_order_with_its_own_role_and_number():
    booking = outing(guests=4)
    papers = papers_of(booking)
    pages = pages_of(print_party(booking=booking, at=AT))
    assert len(pages) == 5
    for invitation, text in zip(papers, pages, strict=True):
        assert invitation.full_name in text
        assert invitation.spoken_number in text
        assert invitation.get_kind_display() in text
        assert sum(other.full_name in text for other in papers) == 1


def test_invitation_names_neither_the_structure_nor_its_worker():
    structure = StructureFactory(
        name="Centre d'accueil Fourviere-Confluence", email="accueil@confluence.example"
    )
    booking = outing(structure=structure, guests=1)
    content = invitations_pdf(papers_of(booking))
    everything = " ".join(pages_of(content)) + str(PdfReader(BytesIO(content)).metadata)
    for secret in ("Fourviere", "confluence", booking.booked_by.display_name, booking.booked_by.email):
        assert secret not in everything
    assert "Łukasz" not in str(PdfReader(BytesIO(content)).metadata)


def test_invitation_qr_leads_to_its_page_on_a_one_bit_print():
    booking = outing(guests=2)
    document = pypdfium2.PdfDocument(invitations_pdf(papers_of(booking)))
    for invitation, page in zip(papers_of(booking), document, strict=True):
        printed = page.render(scale=200 / 72).to_pil().convert("L").point(lambda grey: 255 * (grey > 127))
        [code] = zxingcpp.read_barcodes(printed)
        assert code.text == invitation.check_url
        corners = code.position
        assert (corners.top_right.x - corners.top_left.x) / 200 * 25.4 >= 30, "millimetres"


def test_invitation_number_is_14_points_at_least():
    booking = outing(given_name="A" * 80, family_name="B" * 80, title=LONG[:200], door_conditions=LONG[:300])
    [invitation] = papers_of(booking)
    sizes = []

    def note(text, matrix, text_matrix, font, size):
        if invitation.spoken_number[:3] in text:
            sizes.append(size * abs(text_matrix[3]) * abs(matrix[3]))

    PdfReader(BytesIO(invitations_pdf([invitation]))).pages[0].extract_text(visitor_text=note)
    assert sizes and min(sizes) >= 14


@pytest.mark.parametrize("letters", [LONG, "W" * 300], ids=["words", "capitals"])
def test_invitation_stays_one_page_whatever_its_texts(letters):
    booking = outing(
        given_name=letters[:80],
        family_name=letters[40:120],
        title=letters[:200],
        door_conditions=letters[:300],
        contact=letters[:200],
        venue={
            "name": letters[:150],
            "address": letters[:200],
            "transit": letters[:300],
            "on_foot": letters[:300],
            "access_notes": letters[:300],
            "wheelchair": True,
            "hearing_loop": True,
        },
    )
    papers = papers_of(booking)
    [text] = pages_of(invitations_pdf(papers))
    assert "Une question ?" in text.replace("\u00a0", " "), "the last line is still there"
    assert papers[0].spoken_number in text
    if letters == LONG:
        assert text.count(LONG[:150].strip()) >= 6


def test_invitation_shows_no_way_to_the_venue_for_an_event_elsewhere():
    booking = outing(
        place_name="Parc des Berges",
        place_address="Allée du lac",
        place_city="Miribel",
        venue={"on_foot": "Tout droit", "wheelchair": True},
    )
    [text] = pages_of(invitations_pdf(papers_of(booking)))
    assert "Parc des Berges Allée du lac, Miribel" in text
    assert "Tram T9" not in text and "Tout droit" not in text and "fauteuil" not in text


def test_invitation_takes_markup_as_text():
    evil = '<img src="file:///etc/passwd"><script>alert(1)</script>'
    booking = outing(title=evil, given_name="<b>Zo", family_name="é</b>")
    [text] = pages_of(invitations_pdf(papers_of(booking)))
    assert tight(evil) in tight(text)
    assert "<b>Zo é</b>" in text


def test_invitation_of_a_guest_says_that_it_depends_on_the_participant():
    booking = outing(guests=1)
    first, second = pages_of(invitations_pdf(papers_of(booking)))
    assert "Les invitations des personnes qui venaient avec vous s'arrêtent aussi" in first
    assert "Si la personne avec qui vous venez annule" in second


def test_invitation_cancelled_has_no_paper():
    booking = outing(guests=1)
    guest = papers_of(booking)[1]
    cancel_invitation(invitation=guest, by="visiteur", at=AT)
    guest.refresh_from_db()
    with pytest.raises(ValueError):
        invitations_pdf([guest])
    assert len(pages_of(print_party(booking=booking, at=AT))) == 1
    cancel_booking(booking=booking, by="visiteur", at=AT)
    with pytest.raises(ValueError):
        invitations_pdf([])


def test_invitation_without_cancelling_from_paper_does_not_offer_it(settings):
    settings.CANCEL_FROM_PAPER = False
    [text] = pages_of(invitations_pdf(papers_of(outing())))
    assert "Scannez" not in text and "04 65 71 00 00" in text


def test_invitations_read_no_row(django_assert_num_queries):
    papers = papers_of(outing(guests=2))
    with django_assert_num_queries(0):
        invitations_pdf(papers)
