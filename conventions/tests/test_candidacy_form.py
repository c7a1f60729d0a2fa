"""« Devenir partenaire »: what the public form asks, refuses and keeps, and what it tells nobody (A1, A2, A3)."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from common.models import Attempts, AuditEntry, OutboxMessage
from conventions.forms.candidacies import SIGNER, fresh_token
from conventions.models import Candidacy
from conventions.tests.factories import CandidacyFactory, State
from partners.models import Commune, Sector
from partners.tests.factories import CommuneFactory, StructureFactory

pytestmark = pytest.mark.django_db

STRUCTURE, VENUE = "conventions:structure_candidacy", "conventions:venue_candidacy"
THANKS = "conventions:candidacy_thanks"
BOTH = {
    "name": "Maison des Ormes",
    "address": "5 rue des Ormes",
    "postcode": "69100",
    "town": "villeurbanne",
    "phone": "04 65 71 00 99",
    "email": "Contact@Ormes.example",
    "website": "ormes.example",
    "representative_name": "Solange Verdeil",
    "representative_capacity": "Directrice",
    "representative_email": "direction@ormes.example",
    "lead_name": "Maurin Castelbois",
    "lead_email": "Referent@ormes.example",
    "lead_phone": "+32 4 221 00 00",
}


@pytest.fixture
def commune():
    return CommuneFactory()


def opened(ago: int = 60) -> str:
    """The token of a form that was opened `ago` seconds before now."""
    with time_machine.travel(timezone.now() - timedelta(seconds=ago), tick=False):
        return fresh_token()


def of_structure(**changed) -> dict:
    sector = Sector.objects.get(name="Social").pk
    own = {
        "type": "CHRS", "legal_status": "Association", "sectors": [sector], "people_accompanied": "80",
        "low_income": "on", "individual": "on", "accompaniment": "Un rendez-vous par semaine.",
    }  # fmt: skip
    return {**BOTH, **own, "token": opened(), **changed}


def of_venue(**changed) -> dict:
    own = {
        "domain": "culture", "description": "Une salle de deux cents places.", "seats_offered": "Six par séance.",
        "transit": "Tram T9", "wheelchair": "on", "access_notes": "Entrée par la cour.",
    }  # fmt: skip
    return {**BOTH, **own, "token": opened(), **changed}


@pytest.mark.parametrize("field", ["name", "lead_name"])
@pytest.mark.parametrize(
    "typed", ["Gagné : https://piege.example/x", "WWW.piege.example", "Maurin\nPayez ici"]
)
def test_mail_of_thanks_carries_nobodys_link(client, commune, field, typed):
    page = client.post(reverse(STRUCTURE), of_structure(**{field: typed})).text
    assert "pas d’adresse de site ici" in page.replace("&#x27;", "’")
    assert not OutboxMessage.objects.exists() and not Candidacy.objects.exists()


def test_structure_sends_its_candidacy_and_hears_what_happens_next(client, commune):
    answer = client.post(reverse(STRUCTURE), of_structure())
    assert (answer.status_code, answer.url) == (302, reverse(THANKS))
    kept = Candidacy.objects.get()
    assert (kept.kind, kept.state, kept.commune) == ("structure", State.RECEIVED, commune)
    assert (kept.type, kept.people_accompanied, kept.low_income, kept.individual) == ("CHRS", 80, True, True)
    assert (kept.email, kept.lead_email, kept.website) == (
        "contact@ormes.example", "referent@ormes.example", "https://ormes.example",
    )  # fmt: skip
    assert (kept.phone.as_e164, kept.lead_phone.as_e164) == ("+33465710099", "+3242210000")
    assert [sector.name for sector in kept.sectors.all()] == ["Social"]
    assert kept.next_step and kept.next_on == timezone.localdate() + timedelta(days=7)
    mail = OutboxMessage.objects.get()
    assert mail.recipient == "referent@ormes.example" and "convention" in mail.text
    assert AuditEntry.objects.get().verb == "candidature reçue"
    assert "7 jours" in client.get(reverse(THANKS)).text


def test_venue_sends_its_candidacy(client, commune):
    assert client.post(reverse(VENUE), of_venue()).status_code == 302
    kept = Candidacy.objects.get()
    assert (kept.kind, kept.domain, kept.wheelchair, kept.hearing_loop) == ("venue", "culture", True, False)
    assert (kept.seats_offered, kept.type) == ("Six par séance.", "")


def test_type_that_cannot_be_served_yet_goes_on_the_list_to_call_back(client, commune):
    answer = client.post(reverse(STRUCTURE), of_structure(type="ORG_CHOMAGE"))
    assert answer.url == reverse(THANKS)
    kept = Candidacy.objects.get()
    assert (kept.state, kept.next_on) == (State.SET_ASIDE, None)
    mail = OutboxMessage.objects.get()
    assert "moyens" in mail.text and "reste sur notre liste" in mail.text
    assert kept.closing_reason in mail.text


def test_which_types_wait_is_a_rule_of_the_association(client, commune, settings):
    settings.CANDIDACY_TYPES_WAITING = ()
    client.post(reverse(STRUCTURE), of_structure(type="ORG_CHOMAGE"))
    assert Candidacy.objects.get().state == State.RECEIVED


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Écrivez le nom"),
        ("name", "x" * 151, "150"),
        ("name", "a\x00b", "nul"),
        ("type", "", "Choisissez le type"),
        ("type", "INCONNU", "choix"),
        ("legal_status", "", "statut"),
        ("sectors", [], "secteur"),
        ("sectors", [str(uuid4())], "Choisissez dans la liste"),
        ("people_accompanied", "", "ordre de grandeur"),
        ("people_accompanied", "beaucoup", "nombre"),
        ("people_accompanied", "0", "à partir de 1"),
        ("people_accompanied", "9" * 30, "trop grand"),
        ("accompaniment", "", "deux phrases"),
        ("accompaniment", "x" * 1501, "1500"),
        ("address", "", "adresse"),
        ("postcode", "", "code postal"),
        ("postcode", "69", "cinq chiffres"),
        ("postcode", "６９１００", "cinq chiffres"),
        ("town", "", "commune"),
        ("phone", "12", "numéro"),
        ("phone", "", "numéro"),
        ("email", "ormes", "complète"),
        ("email", "a@b.fr\nBcc: c@d.fr", "complète"),
        ("website", "http://", "adresse"),
        ("representative_name", "", "signera"),
        ("representative_capacity", "", "fonction"),
        ("representative_email", "", "convention"),
        ("lead_name", "", "suivra"),
        ("lead_email", "", "répondons"),
        ("lead_phone", "bonjour", "numéro"),
        ("surname", "Dupont", "robots"),
    ],
)
def test_slip_is_said_by_its_field_and_everything_typed_stays(client, commune, field, typed, sentence):
    answer = client.post(reverse(STRUCTURE), of_structure(**{field: typed}))
    form = answer.context["form"]
    assert sentence in form.errors[field].as_text()
    assert list(form.errors) == [field]
    for name, kept in {**BOTH, field: typed}.items():
        assert form[name].value() == kept
    assert not Candidacy.objects.exists() and not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("field", "sentence"),
    [("domain", "culture ou sport"), ("description", "deux phrases"), ("seats_offered", "vague")],
)
def test_venue_is_asked_what_it_left_out(client, commune, field, sentence):
    answer = client.post(reverse(VENUE), of_venue(**{field: ""}))
    assert sentence in answer.context["form"].errors[field].as_text()


def test_town_outside_the_list_is_taken_as_written(client):
    Commune.objects.all().delete()
    client.post(reverse(STRUCTURE), of_structure(postcode="4000", town="Liège"))
    kept = Candidacy.objects.get()
    assert (kept.commune, kept.town, kept.where) == (None, "Liège", "Liège")


# --- Machines -------------------------------------------------------------------------------------


def test_form_sent_back_at_once_is_asked_to_be_read_again_and_then_passes(client, commune):
    page = client.get(reverse(STRUCTURE))
    token = page.context["form"]["token"].value()
    answer = client.post(reverse(STRUCTURE), of_structure(token=token))
    assert "très rapide" in answer.text and not Candidacy.objects.exists()
    assert answer.context["form"]["token"].value() == token
    with time_machine.travel(timezone.now() + timedelta(seconds=6)):
        assert client.post(reverse(STRUCTURE), of_structure(token=token)).status_code == 302


def test_slips_are_mended_before_haste_is_spoken_of(client, commune):
    answer = client.post(reverse(STRUCTURE), of_structure(name="", token=opened(0)))
    assert list(answer.context["form"].errors) == ["name"]


@pytest.mark.parametrize(
    "forge",
    [
        lambda: "",
        lambda: "faux",
        lambda: str(uuid4()),
        lambda: SIGNER.sign("pas une clé"),
        lambda: fresh_token() + "x",
        lambda: "a\x00b",
    ],
    ids=["none", "a word", "unsigned", "another thing signed", "cut wrong", "a NUL"],
)
def test_form_without_a_true_token_gets_a_new_one(client, commune, forge):
    token = forge()
    answer = client.post(reverse(STRUCTURE), of_structure(token=token))
    assert answer.status_code == 200 and not Candidacy.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(seconds=6)):
        again = of_structure(token=answer.context["form"]["token"].value())
        assert client.post(reverse(STRUCTURE), again).status_code == 302


def test_form_left_open_for_days_is_sent_again_without_loss(client, commune):
    answer = client.post(reverse(STRUCTURE), of_structure(token=opened(60 * 60 * 25)))
    assert "Rien n&#x27;est perdu" in answer.text
    assert answer.context["form"]["name"].value() == "Maison des Ormes"


def test_same_form_sent_twice_is_kept_once(client, commune):
    typed = of_structure()
    assert [client.post(reverse(STRUCTURE), typed).status_code for _ in range(3)] == [302] * 3
    assert Candidacy.objects.count() == OutboxMessage.objects.count() == 1


def test_too_many_from_one_network_are_told_to_wait_and_lose_nothing(client, commune, settings):
    settings.CANDIDACY_ATTEMPTS = 2
    for _ in range(2):
        assert client.post(reverse(STRUCTURE), of_structure()).status_code == 302
    answer = client.post(reverse(STRUCTURE), of_structure())
    assert answer.status_code == 429
    assert "beaucoup de demandes" in answer.text
    assert answer.context["form"]["name"].value() == "Maison des Ormes"
    elsewhere = client.post(reverse(STRUCTURE), of_structure(), REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 302
    assert Candidacy.objects.count() == 3
    assert not Attempts.objects.filter(slot__contains="127.0.0.1").exists()


def test_too_many_from_anywhere_are_told_to_wait(client, commune, settings):
    settings.CANDIDACY_ATTEMPTS_ALL = 2
    codes = [
        client.post(reverse(VENUE), of_venue(), REMOTE_ADDR=f"192.0.2.{number}").status_code
        for number in range(3)
    ]
    assert codes == [302, 302, 429]
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert client.post(reverse(VENUE), of_venue()).status_code == 302


def test_slips_are_not_counted_as_candidacies(client, commune, settings):
    settings.CANDIDACY_ATTEMPTS = 1
    for _ in range(3):
        client.post(reverse(STRUCTURE), of_structure(name=""))
    assert client.post(reverse(STRUCTURE), of_structure()).status_code == 302


# --- What a stranger learns -------------------------------------------------------------------------


def test_answer_is_the_same_for_a_partner_a_candidate_and_a_stranger(client, commune, settings):
    settings.CANDIDACY_ATTEMPTS = 10
    StructureFactory(name="Maison connue", postcode="69100", email="connue@ormes.example")
    CandidacyFactory(name="Maison candidate", postcode="69100")
    answers = []
    for name, mail in [
        ("Maison connue", "connue@ormes.example"), ("Maison candidate", "x@ormes.example"),
        ("Autre", "y@ormes.example"),
    ]:  # fmt: skip
        answer = client.post(reverse(STRUCTURE), of_structure(name=name, email=mail), follow=True)
        answers.append((answer.status_code, answer.redirect_chain, answer.content))
    assert len({str(answer) for answer in answers}) == 1
    assert Candidacy.objects.count() == 4


def test_pages_say_what_becomes_of_the_data_and_ask_nothing_elsewhere(client, commune):
    page = client.get(reverse(STRUCTURE)).text
    assert "effacés au bout de 12 mois" in page
    assert 'autocomplete="off"' in page and "recaptcha" not in page.lower()


@pytest.mark.parametrize("page", ["home", "account_login", "partners:help"])
def test_way_in_is_shown_where_people_look_for_it(client, page):
    assert f'href="{reverse("conventions:candidacy")}"' in client.get(reverse(page)).text


# --- The list of communes ----------------------------------------------------------------------------


def test_communes_are_offered_while_typing(client):
    Commune.objects.all().delete()
    CommuneFactory()
    CommuneFactory(code="69123", name="Lyon", postcode="69001")
    found = client.get(reverse("conventions:communes"), {"town": "LY"}).text
    assert 'value="Lyon"' in found and "Villeurbanne" not in found


@pytest.mark.parametrize("typed", ["", "\x00", "x" * 5000, "'\"%_", "-"])
def test_any_search_of_communes_gets_an_answer(client, typed):
    assert client.get(reverse("conventions:communes"), {"town": typed}).status_code == 200


def test_sector_with_an_endless_number_is_none_of_the_list(client, commune):
    page = client.post(reverse(STRUCTURE), of_structure(sectors=["9" * 30]))
    assert page.status_code == 200 and "Choisissez dans la liste" in page.text
    assert not Candidacy.objects.exists()


# --- Anything at all ----------------------------------------------------------------------------------

ANYTHING = st.text(max_size=60) | st.sampled_from(["\x00", "🎭", "‮abc", "=1+1", "<script>", "9" * 400, "-1"])


@limits(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.dictionaries(
        st.sampled_from(sorted([*BOTH, "type", "sectors", "domain", "token", "surname"])), ANYTHING
    )
)
@pytest.mark.parametrize("page", [STRUCTURE, VENUE])
def test_any_typing_gets_a_page(client, page, data):
    typed = of_structure() if page == STRUCTURE else of_venue()
    assert client.post(reverse(page), {**typed, **data}).status_code in {200, 302, 429}
