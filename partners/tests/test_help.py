"""Help that staff write, and questions to the team (C12)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.models import OutboxMessage
from common.text import formatted
from partners.models import HelpPage, Question
from partners.services import close_question, forget_questions
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ASK = reverse("partners:ask")


def titles(browser) -> list[str]:
    return [page.title for page in browser.get(reverse("partners:help")).context["pages"]]


@pytest.mark.parametrize(
    ("who", "first"),
    [
        ("worker", "Je réserve pour une structure"),
        ("desk", "J'accueille dans un lieu"),
        ("visitor", "J'ai un code visiteur"),
        ("nobody", "Devenir partenaire"),
    ],
)
def test_each_finds_their_own_page_first_and_all_the_others_after(cast, who, first):
    found = titles(cast.browser(who))

    assert found[0] == first
    assert len(found) == HelpPage.objects.count() == 6


def test_page_shows_what_staff_wrote_and_nothing_that_acts(client):
    HelpPage.objects.create(
        slug="essai",
        title="Essai",
        body="## Venir\n\n- **tôt**\n\n<script>x()</script> [ici](javascript:x())",
    )

    html = client.get(reverse("partners:help_page", args=["essai"])).content.decode()

    assert "<h2>Venir</h2>" in html and "<strong>tôt</strong>" in html
    assert "<script>x()" not in html and 'href="javascript' not in html


@pytest.mark.parametrize(
    "hostile", ["<img src=x onerror=x()>", "[a](javascript:x())", "<a href='data:x'>a</a>"]
)
def test_formatted_text_holds_no_tag_of_its_writer(hostile):
    html = str(formatted(hostile))

    assert "<img" not in html and "<a href" not in html


def test_question_of_a_worker_reaches_the_team_with_its_page_and_none_of_its_words(cast, settings):
    browser = cast.browser("worker")
    page = browser.get(ASK, headers={"Referer": "http://testserver/sorties/?q=Canari"})
    assert page.context["page"] == "/sorties/"

    answer = browser.post(ASK, {"text": "Où est Canarizelle ?", "page": "/sorties/"})

    assert answer.status_code == 302
    question = Question.objects.get()
    assert (question.account, question.page) == (cast.worker, "/sorties/")
    assert question.email == cast.worker.email
    message = OutboxMessage.objects.get(effect=f"question {question.pk}")
    assert message.recipient == settings.PORTAL_CONTACT_EMAIL
    assert cast.worker.structure.name in message.text and "/sorties/" in message.text
    assert "Canari" not in message.text + message.html + message.subject


def test_question_from_a_secret_address_does_not_carry_the_secret(client):
    client.post(ASK, {"email": "a@portail.example", "text": "?", "page": "/i/ABCDEFGHIJKLMNOPQRSTUV/"})

    assert Question.objects.get().page == "/i/…/"


def test_question_without_an_address_or_words_is_refused_and_kept_on_the_page(client):
    answer = client.post(ASK, {"name": "Ondine", "text": ""})

    assert answer.status_code == 200 and not Question.objects.exists()
    said = answer.content.decode()
    assert "Écrivez votre question" in said and "Écrivez votre e-mail" in said and 'value="Ondine"' in said


def test_machine_that_fills_in_the_hidden_field_is_thanked_and_forgotten(client):
    answer = client.post(
        ASK, {"email": "a@portail.example", "text": "Achetez", "website": "https://x.example"}
    )

    assert answer.status_code == 302
    assert not Question.objects.exists()


def test_sixth_question_within_an_hour_is_refused_with_whom_to_call(client, settings):
    for _ in range(settings.QUESTIONS_AN_HOUR):
        client.post(ASK, {"email": "a@portail.example", "text": "?"})

    answer = client.post(ASK, {"email": "a@portail.example", "text": "?"})

    assert settings.PORTAL_CONTACT_PHONE in answer.content.decode()
    assert Question.objects.count() == settings.QUESTIONS_AN_HOUR


def test_question_is_answered_once_and_forgotten_a_year_after(cast, settings):
    now, staff = timezone.now(), UserFactory(staff=True)
    question = Question.objects.create(email="a@portail.example", text="?", asked_at=now)
    close_question(question=question, by=staff, at=now)

    with pytest.raises(DomainError, match="déjà répondu"):
        close_question(question=question, by=staff, at=now)

    kept = timedelta(days=settings.QUESTION_KEPT_DAYS)
    assert forget_questions(at=now + kept) == 0
    assert forget_questions(at=now + kept + timedelta(seconds=1)) == 1


def test_open_question_is_never_forgotten():
    Question.objects.create(
        email="a@portail.example", text="?", asked_at=timezone.now() - timedelta(days=3000)
    )

    assert forget_questions(at=timezone.now()) == 0
