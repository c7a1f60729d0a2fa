"""What visitors and holders of a paper read, in each language: nothing French but what says that it is (A6, D2)."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.languages import FRENCH, LANGUAGES, fingerprint, phrases, preferred
from common.models import Translation
from evaluations.tests.factories import OpinionFactory
from invitations.tests.factories import a_booking
from offers.models import Event
from offers.tests.factories import PerformanceFactory

pytestmark = pytest.mark.django_db
OTHERS = [code for code in LANGUAGES if code != FRENCH]
IN_THEIR_OWN_LETTERS = ["ar", "uk", "fa-AF", "ti"]
VOID = {
    "meta",
    "link",
    "img",
    "input",
    "br",
    "hr",
    "path",
    "circle",
    "rect",
    "line",
    "polyline",
    "polygon",
    "ellipse",
}
SPOKEN = ("aria-label", "alt", "title", "placeholder")
NOT_WORDS = re.compile(r"\S+@\S+|X9A-KNV-MAC|\d+\s?h\s?\d*")


class Words(HTMLParser):
    """The words of a page that claim to be in its own language, seen and read aloud."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.said: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        own = self.own and not (tag != "html" and "lang" in known) and tag not in {"script", "style", "head"}
        own = own and known.get("name") != "city"  # towns are called in French everywhere
        if own:
            self.said += [known[name] for name in SPOKEN if known.get(name)]
        if tag not in VOID:
            self.open.append((tag, own))

    def handle_endtag(self, tag):
        while tag not in VOID and self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.own and data.strip():
            self.said.append(" ".join(data.split()))

    @property
    def own(self) -> bool:
        return self.open[-1][1] if self.open else True


def reads(who: str, code: str, cast=None) -> Client:
    browser = cast.browser(who) if cast else Client()
    browser.cookies[settings.LANGUAGE_COOKIE] = code
    return browser


@pytest.fixture
def pages(cast):
    """Every page that a visitor or the holder of a paper meets, by who opens it."""
    date = PerformanceFactory(
        event__age_min=8,
        event__duration_minutes=95,
        event__languages="français",
        event__wheelchair=True,
        event__door_conditions="Arrivez tôt.",
        event__purchase_info="De 5 à 10 €",
        event__contact="Léo, 04 65 71 00 12",
    )
    PerformanceFactory(event=date.event, starts_at=date.starts_at + timedelta(days=1), seats_left=2)
    paper = a_booking(by=cast.worker, guests=1).invitations.first()
    gone = a_booking(by=cast.worker).invitations.first()
    Client().post(reverse("invitations:check", args=[gone.token]))
    said = OpinionFactory(event=date.event, pseudonym="Une voisine")
    OpinionFactory(answers_to=said, speaks_for=date.event.venue)
    event = [date.event_id]
    return [
        ("nobody", reverse("home")),
        ("nobody", reverse("partners:visitor_enter")),
        ("nobody", reverse("partners:help")),
        ("nobody", reverse("invitations:check", args=[paper.token])),
        ("nobody", reverse("invitations:check", args=[gone.token])),
        ("nobody", "/nulle-part/"),
        ("visitor", reverse("home")),
        ("visitor", reverse("offers:catalogue")),
        (
            "visitor",
            reverse("offers:catalogue") + "?q=123&kind=show&since=2026-12-01&age=7&access=wheelchair&full=on",
        ),
        ("visitor", reverse("offers:catalogue") + "?kind=77&age=999&since=99&access=77"),
        ("visitor", reverse("offers:event", args=event)),
        ("visitor", reverse("invitations:show", args=event)),
        ("visitor", reverse("invitations:bookings")),
        ("nobody", reverse("evaluations:criee")),
        ("nobody", reverse("evaluations:criee") + f"?sortie={date.event_id}"),
        ("nobody", reverse("evaluations:criee_opinion", args=[said.pk])),
        ("visitor", reverse("evaluations:criee_write") + f"?sur={date.event_id}"),
        ("nobody", reverse("evaluations:criee_write")),
        ("nobody", reverse("evaluations:criee_answer", args=[said.pk])),
        ("nobody", reverse("evaluations:criee_report", args=[said.pk])),
        ("nobody", reverse("evaluations:criee_follow", args=[said.token])),
        ("nobody", reverse("evaluations:criee_charter")),
    ]


@pytest.mark.parametrize("code", IN_THEIR_OWN_LETTERS)
def test_every_word_outside_french_parts_is_in_the_letters_of_the_language(cast, pages, code):
    for who, address in pages:
        answer = reads(who, code, cast).get(address)
        for words in Words(answer.text).said:
            assert not re.search("[A-Za-zÀ-ÿ]", NOT_WORDS.sub("", words)), f"{address} : {words}"


@pytest.mark.parametrize("code", [code for code in OTHERS if code not in IN_THEIR_OWN_LETTERS])
def test_no_french_sentence_is_left_on_a_page_in_another_language(cast, pages, code):
    book = phrases(code)
    french = {text for key, text in phrases(FRENCH).items() if text != book[key] and "{" not in text}
    french -= set(book.values())
    for who, address in pages:
        for words in Words(reads(who, code, cast).get(address).text).said:
            assert words not in french, f"{address} : {words}"
            assert not re.search("[éèêàç]", words) or code in {"es", "pt", "tr"}, f"{address} : {words}"


@pytest.mark.parametrize("code", LANGUAGES)
def test_page_says_its_language_its_direction_and_that_it_waits_to_be_read(cast, code):
    page = reads("visitor", code, cast).get(reverse("home")).text
    language = LANGUAGES[code]

    assert f'<html lang="{code}"' in page
    assert (f'<html lang="{code}" dir="rtl">' in page) is (language.direction == "rtl")
    assert ("à relire" in page) is (code != FRENCH)
    assert ("letters" in page) is (code != FRENCH)


def test_page_in_a_language_that_was_read_carries_no_mark(cast):
    book = phrases("tr")
    Translation.objects.filter(language="tr").update(
        confirmed={key: fingerprint(key, text) for key, text in book.items()}
    )
    assert "à relire" not in reads("visitor", "tr", cast).get(reverse("home")).text


def test_titles_and_places_stay_french_and_say_so(cast):
    PerformanceFactory(event__title="Fable d’hiver")
    page = reads("visitor", "ar", cast).get(reverse("home")).text

    assert '<bdi lang="fr">Fable d’hiver</bdi>' in page


# --- The switch --------------------------------------------------------------------------------------


def test_language_chosen_stays(cast):
    browser = cast.browser("visitor")
    answer = browser.post(reverse("partners:choose_language"), {"language": "uk", "next": "/catalogue/?q=a"})

    assert answer.status_code == 302 and answer.url == "/catalogue/?q=a"
    cookie = answer.cookies[settings.LANGUAGE_COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["max-age"] > 300 * 24 * 3600
    assert '<html lang="uk"' in browser.get("/catalogue/").text
    assert '<html lang="uk"' in browser.get("/").text


@pytest.mark.parametrize("address", ["https://ailleurs.example/", "//ailleurs.example/", ""])
def test_switch_leads_nowhere_else(client, address):
    answer = client.post(reverse("partners:choose_language"), {"language": "uk", "next": address})

    assert answer.url == reverse("home")


def test_language_that_nobody_offers_changes_nothing(client):
    answer = client.post(reverse("partners:choose_language"), {"language": "xx"})

    assert not answer.cookies
    client.cookies[settings.LANGUAGE_COOKIE] = "../en"
    assert '<html lang="fr"' in client.get("/").text


def test_whoever_never_chose_reads_the_language_of_the_browser(client):
    assert '<html lang="ti"' in client.get("/", headers={"accept-language": "ti-ER,en;q=0.5"}).text
    assert '<html lang="fr"' in client.get("/", headers={"accept-language": "fr-FR,ar;q=0.5"}).text


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("", "fr"),
        ("pt-BR,en", "pt"),
        ("prs", "fa-AF"),
        ("fa-IR", "fa-AF"),
        ("zh-CN,ar;q=0.4", "ar"),
        ("zh-CN", "fr"),
        ("*", "fr"),
        ("x" * 5000, "fr"),
    ],
)
def test_language_preferred_is_the_first_that_the_portal_speaks(accepted, code):
    assert preferred(accepted) == code


@pytest.mark.parametrize("who", ["worker", "desk"])
def test_accounts_read_french_whatever_was_chosen(cast, who):
    for address in ("/", "/aide/", "/nulle-part/"):
        page = reads(who, "ar", cast).get(address).text
        assert '<html lang="fr"' in page and reverse("partners:choose_language") not in page


def test_pages_that_are_not_for_visitors_stay_french(client):
    client.cookies[settings.LANGUAGE_COOKIE] = "ar"
    page = client.get(reverse("account_login")).text

    assert '<html lang="fr"' in page and "dir=" not in page.split("<body")[0]


def test_pages_take_one_query_more_than_in_french(cast):
    PerformanceFactory.create_batch(3)
    counts = {}
    for code in (FRENCH, *LANGUAGES):
        browser = reads("visitor", code, cast)
        with CaptureQueriesContext(connection) as captured:
            browser.get("/catalogue/")
        counts[code] = len(captured)
    assert {counts[code] for code in OTHERS} == {counts[FRENCH] + 1}


# --- Refusals of a code, in words -----------------------------------------------------------------------


def test_wrong_code_is_refused_in_the_language_chosen(settings):
    browser = reads("nobody", "es")
    settings.VISITOR_ATTEMPTS = 1
    page = browser.post(reverse("partners:visitor_enter"), {"code": "AAA-AAA-AAA"})
    assert phrases("es")["code.wrong"] in page.text
    page = browser.post(reverse("partners:visitor_enter"), {"code": "AAA-AAA-AAA"})
    assert page.status_code == 429 and phrases("es")["code.too_many"] in page.text


def test_kinds_and_accesses_are_called_as_staff_call_them():
    french = phrases(FRENCH)

    assert [french[f"kind.{kind}"] for kind in Event.Kind.values] == Event.Kind.labels
