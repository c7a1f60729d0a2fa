"""La Criée as people meet it: on any phone, in any language, without an account (E3)."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from common.models import OutboxMessage
from evaluations.forms.criee import SIGNER, fresh_token
from evaluations.models import Opinion, OpinionReport
from evaluations.services import criee as services
from evaluations.tests.factories import OpinionFactory, OpinionReportFactory
from offers.models import Event
from offers.tests.factories import EventFactory
from partners.tests.factories import UserFactory, VenueFactory

pytestmark = pytest.mark.django_db
WALL, WRITE = "/criee/", "/criee/ecrire/"
PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ settings.SECRET_KEY }}{% debug %}",
    "]]><svg onload=alert(1)>",
    "&lt;b&gt; &amp; <b>gras</b>",
    "[lien](javascript:alert(1))",
    "\u202eenvers\u2066\x0b\x1f",
]


@pytest.fixture(autouse=True)
def quick_hands(settings):
    settings.CRIEE_SECONDS_MIN = 0


def typed(**more):
    return {
        "stance": "not",
        "kind": "cinema",
        "text": "Trop loin, et le bus s'arrête tôt.",
        "language": "fr",
        "accept": "on",
        "token": fresh_token(),
        **more,
    }


def show(*, on=None, **said):
    """Words of a stranger, published by the team."""
    opinion = OpinionFactory(event=on or EventFactory(), **said)
    return opinion


# --- Giving an opinion ----------------------------------------------------------------------------


def test_stranger_gives_an_opinion_and_takes_it_back(client):
    answer = client.post(WRITE, typed(pseudonym="Une voisine"), follow=True)
    mine = answer.redirect_chain[-1][0]
    assert "Merci" in answer.text and settings.BASE_URL + mine in answer.text
    opinion = Opinion.objects.get()
    assert (opinion.state, opinion.stance, opinion.kind) == ("waiting", "not", "cinema")
    assert opinion.text not in client.get(WALL).text
    assert client.get(opinion.get_absolute_url()).status_code == 404

    services.publish(opinion=opinion, by=UserFactory(staff=True), at=timezone.now())
    assert "Trop loin" in client.get(WALL).text and "sont publiés" in client.get(mine).text
    assert "retirés et effacés" in client.post(mine, follow=True).text
    assert "Trop loin" not in client.get(WALL).text


def test_form_speaks_the_language_of_the_page_and_words_carry_their_own(client):
    client.cookies["language"] = "ar"
    page = client.get(WRITE).text
    assert '<html lang="ar" dir="rtl">' in page and "أرسلوا" in page
    assert '<option value="ar" selected lang="ar">' in page
    client.post(WRITE, typed(language="ti", text="ጽቡቕ ነይሩ"))
    Opinion.objects.update(state="published", published_at=timezone.now(), decided_at=timezone.now())
    assert '<blockquote class="voice__words" lang="ti" dir="ltr">' in client.get(WALL).text
    Opinion.objects.update(language="fa-AF")
    assert 'lang="fa-AF" dir="rtl"' in Client().get(WALL).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text": "  \n "}, "Écrivez quelques mots."),
        ({"text": "\u202e\x01"}, "Écrivez quelques mots."),
        ({"text": "é" * 2001}, "gardez 2000 lettres"),
        ({"text": "é" * 7000}, "gardez 2000 lettres"),
        ({"stance": ""}, "Choisissez une des réponses."),
        ({"stance": "maybe"}, "Choisissez une des réponses."),
        ({"kind": "opera"}, "Choisissez une des réponses."),
        ({"language": "xx"}, "Choisissez une des réponses."),
        ({"accept": ""}, "Cochez la case"),
        ({"pseudonym": "n" * 41}, "gardez 40 lettres"),
        ({"token": "forgé"}, "Rien n’est perdu"),
        ({"token": ""}, "Rien n’est perdu"),
    ],
)
def test_what_cannot_be_kept_gets_a_sentence_and_stays_typed(client, wrong, said):
    page = client.post(WRITE, typed(**wrong))
    assert page.status_code == 200 and said in page.text
    assert not Opinion.objects.exists()
    if "text" not in wrong:
        assert "Trop loin, et le bus s&#x27;arrête tôt." in page.text


def test_page_left_open_too_long_is_sent_again_as_it_stands(client):
    with time_machine.travel(timezone.now() - timedelta(hours=25)):
        late = typed()
    page = client.post(WRITE, late).text
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    assert client.post(WRITE, {**late, "token": token}).status_code == 302


def test_machine_that_is_too_quick_or_fills_what_nobody_sees_changes_nothing(client, settings):
    settings.CRIEE_SECONDS_MIN = 60
    assert "très rapide" in client.post(WRITE, typed()).text
    settings.CRIEE_SECONDS_MIN = 0
    assert client.post(WRITE, typed(website="http://a.example")).url == WALL
    assert not Opinion.objects.exists()


def test_too_many_are_refused_with_what_was_typed(client, settings):
    settings.CRIEE_SENT = 1
    client.post(WRITE, typed())
    page = client.post(WRITE, typed(text="Une seconde fois"))
    assert page.status_code == 429 and "Une seconde fois" in page.text and "dans une heure" in page.text


def test_double_click_is_kept_once_and_leads_to_the_same_page(client):
    sent = typed()
    assert client.post(WRITE, sent).url == client.post(WRITE, sent).url
    assert Opinion.objects.count() == 1


def test_opinion_on_an_event_names_it_and_a_withdrawn_event_is_not_named(client):
    event, gone = EventFactory(), EventFactory(state=Event.State.WITHDRAWN)
    assert event.title in client.get(f"{WRITE}?sur={event.pk}").text
    client.post(f"{WRITE}?sur={event.pk}", {**typed(), "kind": "match"})
    assert Opinion.objects.get().event == event and Opinion.objects.get().kind == event.kind
    for asked in (gone.pk, "pas-un-numero", "\x00"):
        assert gone.title not in client.get(WRITE, {"sur": asked}).text


def test_worker_passes_on_words_and_nothing_public_says_from_where(cast):
    worker = cast.browser("worker")
    page = worker.get(WRITE).text
    assert "Ni son nom" in page and 'name="pseudonym"' not in page
    worker.post(WRITE, typed(text="Il a ri."))
    opinion = Opinion.objects.get()
    assert opinion.structure == cast.worker.structure
    services.publish(opinion=opinion, by=cast.staff, at=timezone.now())
    for browser in (Client(), cast.browser("desk"), cast.browser("stranger")):
        for page in (WALL, opinion.get_absolute_url(), "/criee/avis.rss"):
            seen = browser.get(page).text
            assert "Il a ri." in seen and cast.worker.structure.name not in seen
            assert str(cast.worker.structure.pk) not in seen
    assert "Mots confiés à une structure" in Client().get(WALL).text
    assert (
        cast.worker.structure.name
        in cast.browser("staff").get(reverse("admin:evaluations_opinion_change", args=[opinion.pk])).text
    )


def test_venue_answers_and_follows_its_answer_on_the_opinion_itself(cast):
    opinion = show(on=EventFactory(venue=cast.desk.venue))
    desk, address = cast.browser("desk"), reverse("evaluations:criee_answer", args=[opinion.pk])
    assert desk.get(WRITE).url == WALL
    assert f"au nom de {cast.desk.venue.name}" in desk.get(address).text
    desk.post(address, typed(text="Merci d'être venue."))
    kept = Opinion.objects.get(answers_to=opinion)
    page = opinion.get_absolute_url()
    assert "Votre réponse" in desk.get(page).text
    assert "Merci d" not in Client().get(page).text + cast.browser("other_desk").get(page).text
    services.publish(opinion=kept, by=cast.staff, at=timezone.now())
    assert "Le lieu répond" in Client().get(page).text
    assert "Réponses : 1" in Client().get(WALL).text.replace("\xa0", " ")


# --- The wall -------------------------------------------------------------------------------------


def test_wall_shows_newest_first_narrowed_by_what_is_asked(client):
    concert, film = EventFactory(kind="concert"), EventFactory(kind="cinema")
    old = show(on=concert, text="Premier.", published_at=timezone.now() - timedelta(days=3))
    new = show(on=film, text="Second.", stance="not")
    OpinionFactory(waiting=True, event=film, text="Pas encore lu.")
    OpinionFactory(answers_to=new, text="Une réponse.")

    def read(query=""):
        return [one.text for one in client.get(WALL + query).context["page"]]

    assert read() == ["Second.", "Premier."]
    assert (
        read(f"?sortie={concert.pk}")
        == read(f"?lieu={concert.venue.slug}")
        == read("?type=concert")
        == ["Premier."]
    )
    assert read("?avis=not") == ["Second."]
    assert read("?lieu=nulle-part&sortie=x&type=\x00&page=99") == ["Second.", "Premier."]
    assert old.event.venue.name in client.get(WALL).text
    assert read(f"?sortie={EventFactory().pk}") == []


def test_wall_opinion_and_feed_take_the_same_queries_at_1_and_5(client):
    first = show()
    pages = [WALL, "/criee/avis.rss", first.get_absolute_url(), WRITE]

    def queries():
        counts = []
        for page in pages:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(page).status_code == 200
            counts.append(len(captured))
        return counts

    few = queries()
    for _ in range(4):
        show()
        OpinionFactory(answers_to=first, speaks_for=VenueFactory())
    assert queries() == few
    assert max(few) <= 5


@pytest.mark.parametrize("feed", ["rss", "atom"])
def test_feed_follows_the_wall(client, feed):
    opinion, other = show(text="À la une."), show(text="Ailleurs.")
    seen = client.get(f"/criee/avis.{feed}?sortie={opinion.event_id}")
    assert feed in seen.headers["Content-Type"] and "À la une." in seen.text
    assert opinion.event.title in seen.text and other.text not in seen.text
    assert settings.BASE_URL + opinion.get_absolute_url() in seen.text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_are_shown_as_words_wherever_they_are_read(client, cast, payload):
    event = EventFactory(venue=cast.desk.venue)
    client.post(f"{WRITE}?sur={event.pk}", typed(text=f"avant {payload} après", pseudonym=payload[:40]))
    opinion = Opinion.objects.get()
    staff = cast.browser("staff")
    admin = [
        staff.get(reverse("admin:evaluations_opinion_changelist")),
        staff.get(reverse("admin:evaluations_opinion_change", args=[opinion.pk])),
        staff.get(reverse("admin:evaluations_opinion_refuse", args=[opinion.pk])),
    ]
    services.publish(opinion=opinion, by=cast.staff, at=timezone.now())
    client.post(reverse("evaluations:criee_report", args=[opinion.pk]), {"reason": "hurts", "words": payload})
    admin.append(staff.get(reverse("admin:evaluations_opinion_change", args=[opinion.pk])))
    public = [
        client.get(page) for page in (WALL, opinion.get_absolute_url(), "/criee/avis.rss", "/criee/avis.atom")
    ]
    mail = OutboxMessage.objects.get().html
    for seen in [*(answer.text for answer in (*admin, *public)), mail]:
        assert "avant" in seen
        for unsafe in (
            "<script>alert",
            "<img src=x",
            "<svg onload",
            "<b>gras",
            'href="javascript',
            "\u202e",
            "\x0b",
        ):
            assert unsafe not in seen


# --- Reporting ------------------------------------------------------------------------------------


def test_anybody_reports_and_is_thanked_the_same_twice(client):
    opinion = show()
    address = reverse("evaluations:criee_report", args=[opinion.pk])
    assert "Choisissez une des réponses" in client.post(address, {}).text
    for _ in range(2):
        assert "va relire" in client.post(address, {"reason": "names", "words": "Ma sœur."}, follow=True).text
    assert OpinionReport.objects.get().words == "Ma sœur."
    client.post(address, {"reason": "names", "website": "x"}, REMOTE_ADDR="203.0.113.9")
    assert OpinionReport.objects.count() == 1


def test_reports_too_many_get_a_sentence(client, settings):
    settings.CRIEE_REPORTS = 1
    client.post(reverse("evaluations:criee_report", args=[show().pk]), {"reason": "names"})
    again = client.post(
        reverse("evaluations:criee_report", args=[show().pk]), {"reason": "names", "words": "Ici."}
    )
    assert again.status_code == 429 and "Ici." in again.text


@pytest.mark.parametrize("page", ["criee_opinion", "criee_answer", "criee_report"])
def test_words_that_nobody_may_read_have_no_page(client, page):
    for hidden in (OpinionFactory(waiting=True), OpinionFactory(answers_to=OpinionFactory(waiting=True))):
        if page != "criee_report" or hidden.answers_to is None:
            assert client.get(reverse(f"evaluations:{page}", args=[hidden.pk])).status_code == 404


def test_answers_go_with_their_opinion(client):
    answer = OpinionFactory(answers_to=show())
    address = reverse("evaluations:criee_report", args=[answer.pk])
    assert client.get(address).status_code == 200
    services.withdraw(opinion=answer.answers_to, at=timezone.now())
    assert client.get(address).status_code == 404


def test_unknown_secret_address_is_nowhere(client):
    assert client.get("/criee/suivi/AbCdEfGhIjKlMnOpQrStUv/").status_code == 404


def test_charter_is_read_as_the_team_wrote_it(client):
    page = client.get("/criee/charte/").text
    assert "<h2>Parler</h2>" in page and 'lang="fr"' in page


# --- Staff ----------------------------------------------------------------------------------------


def test_moderator_publishes_refuses_and_is_led_to_the_next(cast):
    staff = cast.browser("staff")
    first = OpinionFactory(waiting=True, hints=["phone"], created_at=timezone.now() - timedelta(days=5))
    second = OpinionReportFactory().opinion
    queue = staff.get(reverse("admin:evaluations_opinion_changelist"), {"suite": "lire"})
    assert queue.context["cl"].result_count == 2
    page = reverse("admin:evaluations_opinion_change", args=[first.pk])
    assert "numéro de téléphone" in staff.get(page).text
    staff.get(reverse("admin:evaluations_opinion_publish", args=[first.pk]))
    assert Opinion.objects.unread().count() == 1
    led = staff.post(reverse("admin:evaluations_opinion_publish", args=[first.pk]))
    assert str(second.pk) in led.url
    refusal = reverse("admin:evaluations_opinion_refuse", args=[second.pk])
    assert "Choisissez la raison." in staff.post(refusal, {}).text
    assert "Écrivez la raison" in staff.post(refusal, {"reason": "other"}).text
    assert staff.post(refusal, {"reason": "hurts"}).url == reverse("admin:evaluations_opinion_changelist")
    assert Opinion.objects.published().get() == first and not Opinion.objects.to_judge().exists()
    assert "Publier" in staff.get(reverse("admin:evaluations_opinion_change", args=[second.pk])).text


def test_only_the_team_with_the_right_to_it_judges(cast):
    opinion = OpinionFactory(waiting=True)
    for action in ("publish", "refuse"):
        address = reverse(f"admin:evaluations_opinion_{action}", args=[opinion.pk])
        for who in ("worker", "desk", "nobody"):
            assert cast.browser(who).post(address).status_code in {302, 403}
        client = Client()
        client.force_login(UserFactory(staff=True, is_superuser=False))
        assert client.post(address).status_code == 403
    assert Opinion.objects.unread().get() == opinion


def test_words_taken_back_meanwhile_are_not_published(cast):
    opinion = OpinionFactory(waiting=True)
    services.withdraw(opinion=opinion, at=timezone.now())
    answer = cast.browser("staff").post(
        reverse("admin:evaluations_opinion_publish", args=[opinion.pk]), follow=True
    )
    assert "ne se publie plus" in answer.text


def test_charter_that_was_accepted_changes_no_more(cast):
    staff = cast.browser("staff")
    page = reverse("admin:evaluations_charter_change", args=[OpinionFactory().charter_id])
    assert '<textarea name="text"' not in staff.get(page).text
    assert '<textarea name="text"' in staff.get(reverse("admin:evaluations_charter_add")).text


# --- Whatever is sent -----------------------------------------------------------------------------

anything = st.text(max_size=60) | st.sampled_from([*PAYLOADS, "é" * 3000, "\x00", "went", "fr"])


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sent=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("stance", "kind", "text", "language", "pseudonym", "accept", "token"), anything
        ),
    )
)
def test_whatever_is_sent_gets_an_answer_and_words_are_not_lost(client, sent):
    page = client.post(WRITE, {"token": SIGNER.sign("A" * 22), **sent})
    assert page.status_code in {200, 302, 429}
    if page.status_code == 200:
        assert "invalid-feedback" in page.text or "alert-danger" in page.text
        assert (
            client.get(WALL, {"sortie": sent.get("text", ""), "lieu": sent.get("kind", "")}).status_code
            == 200
        )
