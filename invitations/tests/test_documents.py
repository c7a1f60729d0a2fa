"""The invitation on paper: everything that its holder needs, and nothing about who helped (D2, F1)."""

import os
from datetime import UTC, datetime
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from fontTools.ttLib import TTFont
from PIL import Image
from pypdf import PdfReader

from common import pdf
from common.languages import LANGUAGES, phrases, review
from invitations.documents import door_list_pdf, invitations_pdf
from invitations.models import Invitation
from invitations.services.booking import cancel_booking, cancel_invitation
from invitations.services.papers import print_party
from invitations.tests.factories import ParticipantFactory, a_booking, a_group, a_worker
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.tests.factories import StructureFactory, VenueFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FULL = os.environ.get("PORTAIL_DRILLS") == "full"
LONG = "Une phrase assez longue pour remplir la ligne, avec des mots de toutes les tailles. " * 4


def papers_of(booking) -> list[Invitation]:
    return list(booking.invitations.live().for_paper())


def pages_of(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]


def tight(text: str) -> str:
    """Without blanks: what pypdf finds between lines depends on their sizes."""
    return "".join(text.split())


def lowest_of(page: pypdfium2.PdfPage) -> float:
    """How far above the foot of the page its lowest letter stands, in points."""
    text = page.get_textpage()
    return min(text.get_charbox(index)[1] for index in range(text.count_chars()))


def spoken_in(content: bytes, page: int) -> dict[str, str]:
    """What stands in each language on a page, by its tags, in reading order."""
    reader = PdfReader(BytesIO(content))
    root = reader.trailer["/Root"]
    here, said = reader.pages[page], {}
    texts = marked_texts(here)

    def walk(element, lang):
        lang = element.get("/Lang", lang)
        for kid in element["/K"]:
            if isinstance(kid, int):
                said[lang] = said.get(lang, "") + " " + texts[kid]
            elif kid.get_object()["/Pg"] == here:
                walk(kid.get_object(), lang)

    walk(root["/StructTreeRoot"]["/K"][0].get_object(), root["/Lang"])
    return {lang: " ".join(words.split()) for lang, words in said.items()}


def marked_texts(page) -> dict[int, str]:
    """The text of each marked piece of a page, by its number."""
    texts, marks = {}, []

    def note(operator, operands, cm, tm):
        if operator == b"BDC":
            marks.append(operands[1]["/MCID"])
        elif operator == b"BMC":
            marks.append(None)
        elif operator == b"EMC":
            marks.pop()

    def hear(text, cm, tm, font, size):
        if marks and marks[-1] is not None:
            texts[marks[-1]] = texts.get(marks[-1], "") + text

    page.extract_text(visitor_operand_before=note, visitor_text=hear)
    return texts


def printed(page: pypdfium2.PdfPage) -> Image.Image:
    """The page as a printer at 200 dots an inch puts it on paper, black or white."""
    return page.render(scale=200 / 72).to_pil().convert("L").point(lambda grey: 255 * (grey > 127))


def read_on(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def fonts_of(content: bytes) -> set[str]:
    fonts = (page["/Resources"]["/Font"].values() for page in PdfReader(BytesIO(content)).pages)
    return {font.get_object()["/BaseFont"] for some in fonts for font in some}


def outing(
    *,
    structure=None,
    given_name="Łukasz",
    family_name="Ştefănescu",
    language="fr",
    guests=0,
    venue=(),
    **event,
):
    """A booking, moved once made to Friday 27 November 2026 at 20:30 in Paris: agreements follow the calendar."""
    worker = a_worker(**({"structure": structure} if structure else {}))
    performance = PerformanceFactory(event=EventFactory(venue=VenueFactory(**dict(venue)), **event))
    person = ParticipantFactory(
        structure=worker.structure, given_name=given_name, family_name=family_name, language=language
    )
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
        "Bonjour, j’ai une invitation.",
        "Arrivez vers 20 h 10",
        "rien à expliquer",
        "Vous ne pouvez pas la donner ni la vendre",
        "vous n’avez pas à dire pourquoi",
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
        [code] = zxingcpp.read_barcodes(printed(page))
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


@pytest.mark.parametrize(
    ("letters", "language"),
    [*((LONG, code) for code in LANGUAGES), ("W" * 300, "fr"), ("W" * 300, "ar"), ("W" * 300, "ti")],
)
def test_invitation_is_one_page_a_language_whatever_its_texts(letters, language):
    booking = outing(
        language=language,
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
    content = invitations_pdf(papers)
    pages = pages_of(content)
    assert len(pages) == len({"fr", language})
    for page, text in zip(pypdfium2.PdfDocument(content), pages, strict=True):
        assert settings.PORTAL_CONTACT_EMAIL in text, "the last line is still there"
        assert lowest_of(page) > 0
        assert papers[0].spoken_number in text
        if letters == LONG:
            assert tight(text).count(tight(LONG[:150])) >= 6


@pytest.mark.drill
@pytest.mark.parametrize("language", LANGUAGES if FULL else ("fr", "ar", "ti"))
def test_invitation_is_cut_rather_than_missing(language, settings):
    """Everything at its longest, in the widest letters, and an association that says too much of itself."""
    settings.PORTAL_ASSOCIATION = "W" * 3000
    booking = outing(
        language=language,
        given_name="W" * 80,
        family_name="W" * 80,
        title="W" * 200,
        door_conditions="W" * 300,
        contact="W" * 200,
        duration_minutes=90,
        venue={
            "name": "W" * 150,
            "address": "W" * 200,
            "transit": "W" * 300,
            "on_foot": "W" * 300,
            "access_notes": "W" * 300,
            "wheelchair": True,
            "hearing_loop": True,
        },
    )
    [invitation] = papers_of(booking)
    content = invitations_pdf([invitation])
    pages = pages_of(content)
    assert len(pages) == len({"fr", language})
    for page, text in zip(pypdfium2.PdfDocument(content), pages, strict=True):
        assert page.get_size() == pytest.approx((595.28, 841.89), abs=0.1)
        assert invitation.spoken_number in text and "…" in text
        assert lowest_of(page) > 0
        assert read_on(printed(page)) == [invitation.check_url]


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
    assert "Les invitations des personnes qui venaient avec vous s’arrêtent aussi" in first
    assert "Si la personne avec qui vous venez annule" in second


def test_invitations_of_a_group_say_of_nobody_that_they_end_with_another():
    group = a_group(named=2, companions=1)
    pages = pages_of(invitations_pdf(list(Invitation.objects.of_group(group).for_paper())))
    assert len(pages) == 3
    for page in pages:
        assert "s’arrêtent aussi" not in page
        assert "Si la personne avec qui vous venez annule" not in page


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


# --- The second page, in the person's language ------------------------------------------------------

NAMES = {
    "ar": ("محمّد", "عبد الرحمن"),
    "uk": ("Ґалина", "Їжакевич"),
    "fa-AF": ("پژمان", "گلچین"),
    "ti": ("ሰላም", "ተስፋይ"),
    "tr": ("Işıl", "Şğüöç"),
}


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "fr"])
def test_second_page_speaks_the_person_s_language_and_says_so(language):
    given_name, family_name = NAMES.get(language, ("José", "Núñez"))
    booking = outing(
        title="Le Lac des cygnes", language=language, given_name=given_name, family_name=family_name, guests=1
    )
    content, book = invitations_pdf(papers_of(booking)), phrases(language)

    assert len(PdfReader(BytesIO(content)).pages) == 4, "two for the person, two for the guest"
    french, other = spoken_in(content, 0), spoken_in(content, 1)
    assert set(french) == {"fr"} and set(other) == {"fr", language}
    assert "Le Lac des cygnes" in other["fr"] and "Tram T9" in other["fr"]
    if book.language.direction == "ltr":  # what is read from the right comes back in another order
        for key in ("paper.is_for", "paper.at_door", "paper.cannot_come", "review.mark", "role.participant"):
            assert tight(book[key]) in tight(other[language]), key
        order = [
            tight(other[language]).index(tight(book[key]))
            for key in ("paper.is_for", "paper.coming", "paper.tear")
        ]
        assert order == sorted(order)
    for font in fonts_of(content):
        assert "Noto" in font or "Bricolage" in font, f"{font} is not ours"


@pytest.mark.parametrize("language", LANGUAGES)
def test_fonts_hold_every_letter_of_a_language(language):
    book = phrases(language)
    letters = {letter for text in book.values() for letter in text} | set("".join(NAMES.get(language, ())))
    held = set()
    for file in (settings.BASE_DIR / "static/vendor/fonts").glob("noto-sans*/*-400-normal.woff2"):
        with TTFont(file, lazy=True) as font:
            held |= {chr(code) for code in font.getBestCmap()}
    assert {letter for letter in letters if letter not in held and letter.isprintable()} == set()


def test_second_page_is_marked_until_somebody_has_read_it():
    booking = outing(language="es")
    mark = tight(phrases("es")["review.mark"])
    assert mark in tight(pages_of(invitations_pdf(papers_of(booking)))[1])
    written = dict(phrases("es"))
    review(language="es", wordings=written, read=list(written), speaker="une interprète", by="équipe", at=AT)
    assert mark not in tight(pages_of(invitations_pdf(papers_of(booking)))[1])


def test_papers_of_several_dates_make_one_document():
    first, second = outing(title="Le Lac des cygnes", guests=1), outing(title="La Bayadère", language="en")
    pages = pages_of(invitations_pdf([*papers_of(first), *papers_of(second)]))
    assert [("cygnes" in text, "Bayad" in text) for text in pages] == [(True, False)] * 2 + [
        (False, True)
    ] * 2


def test_party_shares_what_its_papers_have_in_common():
    one, ten = outing(), outing(guests=9)
    alone, together = (len(invitations_pdf(papers_of(booking))) for booking in (one, ten))
    assert together - alone < 9 * 4_000, "bytes"


def test_paper_is_the_same_whether_its_outing_was_printed_before():
    [invitation] = papers_of(outing(title="Le Lac des cygnes", language="ar"))
    pdf._laid_out.clear()
    first = invitations_pdf([invitation])
    assert invitations_pdf([invitation]) == first
    invitation.performance.event.title = "La Bayadère"
    assert all("Bayad" in text and "cygnes" not in text for text in pages_of(invitations_pdf([invitation])))


def test_no_name_number_or_square_stays_in_memory():
    [invitation] = papers_of(outing(given_name="Canarizelle"))
    invitations_pdf([invitation])
    kept = str(list(pdf._laid_out))
    assert invitation.performance.event.title in kept
    assert not any(secret in kept for secret in ("Canarizelle", invitation.spoken_number, "data:image"))


def test_few_outings_stay_in_memory():
    booking = outing()
    [invitation] = papers_of(booking)
    for number in range(pdf.LAID_OUT_MAX):
        invitation.performance.event.title = f"Sortie {number}"
        invitations_pdf([invitation])
    assert len(pdf._laid_out) == pdf.LAID_OUT_MAX


@pytest.mark.drill
@pytest.mark.parametrize("number", range(100 if FULL else 9))
def test_qr_is_read_from_a_one_bit_print_whatever_the_texts(number):
    """A hundred papers, by `./portail drills`: every language in turn, with long names and titles."""
    language = list(LANGUAGES)[number % len(LANGUAGES)]
    booking = outing(
        language=language,
        given_name=LONG[number : number + 40],
        family_name=LONG[number + 7 : number + 60],
        title=LONG[number : number + 40 + number],
        venue={"name": LONG[:60], "on_foot": LONG[:150]},
    )
    [invitation] = papers_of(booking)
    for page in pypdfium2.PdfDocument(invitations_pdf([invitation])):
        assert read_on(printed(page)) == [invitation.check_url]


def test_door_list_holds_each_party_together_with_a_box_for_each(settings):
    booking = a_booking(guests=1)
    party = list(booking.invitations.select_related("booking__structure"))
    content = door_list_pdf(performance=booking.performance, parties=[party], entered=0, at=AT)
    [page] = pages_of(content)
    assert "2 personnes attendues" in page and booking.performance.event.title in page
    places = [page.index(person.family_name.upper()) for person in party]
    assert places == sorted(places) and all(person.spoken_number in page for person in party)
    assert booking.structure.name not in page  # nobody at the door needs to know through whom (F1)
    assert PdfReader(BytesIO(content)).metadata.title.startswith("Liste d'accueil")


def test_door_list_of_nobody_says_so():
    [page] = pages_of(door_list_pdf(performance=PerformanceFactory(), parties=[], entered=0, at=AT))
    assert "Personne n’est attendu" in page
