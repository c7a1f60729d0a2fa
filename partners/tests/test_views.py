from datetime import timedelta
from io import BytesIO
from urllib.parse import urlsplit

import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from common.languages import FRENCH, LANGUAGES
from partners.models import TermsOfUse
from partners.tests.factories import UserFactory, VenueFactory, VisitorAccessFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    user = UserFactory()
    client.force_login(user)
    return user


def said(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


@pytest.mark.parametrize("words", ["theatre", "ÉMILE", "villeurbanne théatre", "quai"])
def test_venue_is_found_without_accents_by_name_place_or_commune(client, worker, words):
    VenueFactory(name="Théâtre Émile", address="12 quai des Saules")
    VenueFactory(name="Salle Mosaïque", address="1 rue Haute", commune=None)
    page = said(client.get(reverse("partners:venues"), {"q": words}))
    assert "Théâtre Émile" in page and "Salle Mosaïque" not in page


def test_venue_not_found_says_what_to_try(client, worker):
    assert "Essayez avec moins de lettres" in said(client.get(reverse("partners:venues"), {"q": "zzz"}))


def test_venue_page_tells_the_way_and_the_companions_price(client, worker):
    venue = VenueFactory(companion_price="5 € pour la personne qui accompagne", wheelchair=True)
    page = said(client.get(reverse("partners:venue", args=[venue.slug])))
    assert "5 € pour la personne" in page and "Tram T9" in page and "Le lieu est accessible" in page


def test_visitor_enters_with_the_code_and_leaves(client):
    access = VisitorAccessFactory()
    page = client.post(reverse("partners:visitor_enter"), {"code": access.spoken_code.lower()}, follow=True)
    assert "Bienvenue" in said(page)
    client.post(reverse("partners:visitor_leave"))
    assert client.get(reverse("offers:catalogue")).status_code == 302


@pytest.mark.parametrize("code", ["", "AAAAAAAAA", "é\x00", "x" * 500])
def test_visitor_with_a_wrong_code_is_told_what_to_do(client, code):
    response = client.post(reverse("partners:visitor_enter"), {"code": code})
    assert response.status_code == 200 and "is-invalid" in said(response)


def test_visitor_who_tries_too_often_waits(client, settings):
    settings.VISITOR_ATTEMPTS = 2
    for _ in range(2):
        client.post(reverse("partners:visitor_enter"), {"code": "AAAAAAAAA"})
    response = client.post(reverse("partners:visitor_enter"), {"code": "AAAAAAAAA"})
    assert response.status_code == 429 and "Trop d’essais" in said(response)


def test_card_is_one_small_page_whose_qr_fills_in_the_code(client, worker):
    answer = client.get(reverse("partners:visitor_card"))
    code = worker.structure.visitor_accesses.get()
    [page] = PdfReader(BytesIO(answer.content)).pages
    assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [148, 105]
    text = page.extract_text()
    assert code.spoken_code in text and worker.structure.name not in text
    with pypdfium2.PdfDocument(answer.content) as drawn:
        [found] = zxingcpp.read_barcodes(drawn[0].render(scale=200 / 72).to_pil())
    scanned = Client()
    form = said(scanned.get(urlsplit(found.text).path + "?" + urlsplit(found.text).query))
    assert f'value="{code.code}"' in form
    assert scanned.get(reverse("offers:catalogue")).status_code == 302  # looking opened nothing
    scanned.post(urlsplit(found.text).path, {"code": code.code})
    assert scanned.get(reverse("offers:catalogue")).status_code == 200


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != FRENCH])
def test_card_says_the_same_on_its_back_in_the_language_asked_for(client, worker, language):
    answer = client.get(reverse("partners:visitor_card"), {"langue": language})
    front, back = PdfReader(BytesIO(answer.content)).pages
    code = worker.structure.visitor_accesses.get().spoken_code

    assert code in front.extract_text() and code in back.extract_text()
    assert "à relire" in back.extract_text() and "à relire" not in front.extract_text()


def test_card_stays_one_page_a_side_whatever_the_portal_is_called(client, worker, settings):
    settings.PORTAL_NAME = "Association des sorties partagées " * 6
    settings.BASE_URL = f"https://{'billetterie-' * 5}partagee.association-culturelle.example"
    content = client.get(reverse("partners:visitor_card"), {"langue": "uk"}).content
    with pypdfium2.PdfDocument(content) as drawn:
        assert len(drawn) == 2
        for page in drawn:
            one_bit = page.render(scale=200 / 72).to_pil().convert("1", dither=0).convert("L")
            [found] = zxingcpp.read_barcodes(one_bit)
            assert found.text.startswith(settings.BASE_URL)


def test_card_in_a_language_that_nobody_offers_is_french_alone(client, worker):
    answer = client.get(reverse("partners:visitor_card"), {"langue": "xx"})

    assert len(PdfReader(BytesIO(answer.content)).pages) == 1


def test_worker_reads_the_code_and_only_the_lead_replaces_it(client, worker):
    page = said(client.get(reverse("partners:visitor_code")))
    assert worker.structure.visitor_accesses.get().spoken_code in page
    assert "Remplacer le code" not in page
    assert client.post(reverse("partners:visitor_code_replace")).status_code == 403
    client.force_login(UserFactory(lead=True, structure=worker.structure))
    client.post(reverse("partners:visitor_code_replace"))
    assert worker.structure.visitor_accesses.filter(revoked_at=None).count() == 1
    assert worker.structure.visitor_accesses.count() == 2


def test_terms_not_ticked_are_not_accepted(client, worker):
    TermsOfUse.objects.create(
        version="2", text="Plus clair.", published_at=timezone.now() - timedelta(hours=1)
    )
    page = said(client.post(reverse("partners:terms"), {"autre": "chose"}))
    assert "Cochez la case" in page and worker.acceptances.count() == 1


def test_home_says_whether_the_terms_are_new_or_have_changed(client, worker):
    TermsOfUse.objects.create(
        version="2", text="Plus clair.", published_at=timezone.now() - timedelta(hours=1)
    )
    assert "ont changé (version 2)" in said(client.get(reverse("home")))
    worker.acceptances.all().delete()
    assert "première réservation" in said(client.get(reverse("home")))


@pytest.mark.parametrize("target", ["https://mechant.example/", "//mechant.example/", "javascript:alert(1)"])
def test_terms_lead_nowhere_else(client, target):
    client.force_login(UserFactory(accepts_terms=False))
    response = client.post(f"{reverse('partners:terms')}?next={target}", {"accept": "on"})
    assert response.url == reverse("home")


@pytest.mark.parametrize("count", [1, 3, 30])
def test_venues_are_listed_in_one_query(client, worker, count, django_assert_num_queries):
    for _ in range(count):
        VenueFactory()
    client.get(reverse("partners:help"))  # what the account's access is worth is found once per session
    session = 0 if settings.REDIS_URL else 1  # Redis keeps it, where there is one
    with django_assert_num_queries(session + 2):  # account, venues
        client.get(reverse("partners:venues"))
