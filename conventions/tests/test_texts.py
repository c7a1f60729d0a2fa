"""The words of agreements: what ships, what staff may write, what an agreement pins (B1)."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from common.errors import DomainError
from conventions.documents.agreements import agreement_pdf
from conventions.models import Agreement, AgreementText, Article
from conventions.services.texts import new_version, specimen
from conventions.services.words import PLACES, blocks, check_places, put_together, typeset
from conventions.tests.signatures import SIGNER, a_draft
from partners.tests.factories import StructureFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def text_of(kind):
    return AgreementText.objects.get(kind=kind)


@pytest.mark.parametrize("kind", AgreementText.Kind.values)
def test_texts_that_ship_are_whole_and_leave_no_place_open(kind):
    text = text_of(kind)
    numbers = list(text.articles.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 8
    for words in (text.title, text.preamble, text.annex, *text.articles.values_list("body", flat=True)):
        check_places(words, field="body")
    said = str(specimen(text=text, on=NOW.date()))
    assert "{" not in said.replace("{'", "").replace(": {", "") or "{partenaire}" not in said
    assert "trente jours" in text.annex or kind == "framework"


def test_article_27_variant_is_the_structures_text_and_more():
    base = set(text_of("structure").articles.values_list("heading", flat=True))
    variant = set(text_of("structure_a27").articles.values_list("heading", flat=True))
    assert variant - base == {"Projet culturel partagé", "Tickets, contribution et accompagnement"}
    assert base <= variant


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("Le {nom}", "n'est pas un emplacement connu"),
        ("{{ settings.SECRET_KEY }}", "emplacement"),
        ("{% load x %}", "n'est pas un emplacement connu"),
        ("Une { seule", "accolade"),
        ("{partenaire.users}", "n'est pas un emplacement connu"),
    ],
)
def test_place_that_no_agreement_fills_is_refused(words, sentence):
    with pytest.raises(DomainError, match=sentence):
        check_places(words, field="body")


def test_every_place_is_filled():
    text = AgreementText.objects.create(
        kind="structure", version=2, title="Essai", preamble=" ".join(f"{{{name}}}" for name in PLACES)
    )
    agreement = Agreement(
        structure=StructureFactory(**SIGNER), starts_on=date(2026, 10, 1), ends_on=date(2027, 9, 30)
    )
    said = put_together(agreement=agreement, text=text)["preamble"][0][1]
    assert "{" not in said and SIGNER["representative_name"] in said and "1er octobre 2026" in said


@pytest.mark.parametrize(
    "name",
    ["{siege}", "<script>alert(1)</script>", "- Tiret", "Nom\n\nde deux paragraphes", "🎭 Le Foyer", "ا ب ت"],
)
def test_partners_name_is_only_ever_a_name(name):
    partner = StructureFactory(**SIGNER, name=name)
    agreement = Agreement(structure=partner, starts_on=date(2026, 10, 1), ends_on=date(2027, 9, 30))
    words = put_together(agreement=agreement, text=text_of("structure"))
    assert words["partner"]["name"] == name
    assert PdfReader(BytesIO(agreement_pdf(words=words))).pages


def test_text_is_cut_into_paragraphs_and_lists_and_typeset():
    assert blocks("Un\n\n- deux\n- trois\nquatre") == [
        ["p", "Un"],
        ["ul", ["deux", "trois"]],
        ["p", "quatre"],
    ]
    assert typeset("l'un : « deux » ; trois !") == "l’un\u00a0: «\u00a0deux\u00a0»\u00a0; trois\u00a0!"


def test_new_version_copies_and_is_handed_out_once_published():
    text = text_of("structure")
    fresh = new_version(text=text, by=UserFactory(staff=True), at=NOW)
    assert (fresh.version, fresh.published_at) == (2, None)
    assert fresh.articles.count() == text.articles.count()
    assert a_draft(at=NOW).text == text
    fresh.published_at = NOW
    fresh.save()
    assert a_draft(at=NOW).text == fresh


@pytest.fixture
def desk(client):
    client.force_login(UserFactory(staff=True))
    return client


def page(text, name="change"):
    return reverse(f"admin:conventions_agreementtext_{name}", args=[text.pk])


def typed(text, **changes):
    rows = list(text.articles.order_by("number"))
    form = {
        "kind": text.kind, "version": text.version, "title": text.title, "preamble": text.preamble,
        "annex": text.annex, "published_at_0": "01/01/2026", "published_at_1": "00:00:00",
        "articles-TOTAL_FORMS": len(rows), "articles-INITIAL_FORMS": len(rows),
    }  # fmt: skip
    for number, row in enumerate(rows):
        form |= {
            f"articles-{number}-id": str(row.pk), f"articles-{number}-text": str(text.pk),
            f"articles-{number}-number": row.number, f"articles-{number}-heading": row.heading,
            f"articles-{number}-body": row.body,
        }  # fmt: skip
    return form | changes


def test_staff_write_an_article_and_look_at_the_pdf(desk):
    text = text_of("venue")
    desk.post(page(text), typed(text, **{"articles-0-body": "Tout autre chose."}))
    assert Article.objects.get(text=text, number=1).body == "Tout autre chose."
    answer = desk.get(page(text, "preview"))
    assert answer["Content-Type"] == "application/pdf"
    assert "Spécimen" in PdfReader(BytesIO(answer.content)).pages[0].extract_text()


@pytest.mark.parametrize("field", ["articles-0-body", "preamble", "title", "articles-1-heading"])
def test_unknown_place_is_refused_by_its_field_and_what_was_typed_is_kept(desk, field):
    text = text_of("venue")
    answer = desk.post(page(text), typed(text, **{field: "Le {patron} décide."}))
    assert "n&#x27;est pas un emplacement connu" in answer.text and "{patron} décide" in answer.text
    assert not Article.objects.filter(body__contains="patron").exists()


def test_text_that_an_agreement_uses_changes_no_more(desk):
    text = a_draft(at=NOW).text
    shown = desk.get(page(text))
    assert "Une convention utilise ce texte" in shown.text
    desk.post(page(text), typed(text, title="Autre", **{"articles-0-body": "Autre"}))
    text.refresh_from_db()
    assert text.title != "Autre" and not Article.objects.filter(body="Autre").exists()
    desk.post(page(text, "delete"), {"post": "yes"})
    assert AgreementText.objects.filter(pk=text.pk).exists()
    answer = desk.post(page(text), {"_copy": "1"}, follow=True)
    assert "Voici la version 2" in answer.text
