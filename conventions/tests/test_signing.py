"""From a draft to two identical originals, by the secret link and its code; every refusal (B2)."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from django.urls import reverse
from pypdf import PdfReader

from common.errors import DomainError, TooManyAttempts
from common.models import AuditEntry, OutboxMessage
from conventions.models import AccessRenewal, Agreement, AgreementDocument, SignatureCode, SignatureLink
from conventions.services import countersigning, signing
from conventions.services.agreements import draft_agreement
from conventions.services.proof import verify
from conventions.tests.signatures import (
    ADDRESS,
    SIGNER,
    a_draft,
    a_partner_signed,
    a_sent,
    a_signed,
    code_of,
    mails,
    the_link,
    token_of,
)
from partners.seasons import Season
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
State = Agreement.State


@pytest.fixture(autouse=True)
def clock():
    """Pages read the clock; the services are told the moment."""
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def team():
    return UserFactory(staff=True)


def page(name, token, *args):
    return reverse(f"conventions:{name}", args=[token, *args])


def sent_token():
    return token_of(mails("agreement-link")[-1])


def words_of(agreement, kind):
    content = bytes(agreement.documents.get(kind=kind).content)
    return " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(BytesIO(content)).pages).split())


# --- The draft ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "season", "starts", "ends", "from_signature"),
    [
        (NOW, 2026, date(2026, 11, 22), date(2027, 9, 30), True),
        (NOW, 2027, date(2027, 10, 1), date(2028, 9, 30), False),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), 2027, date(2028, 2, 29), date(2028, 9, 30), True),  # leap day
        (datetime(2027, 9, 30, 21, 59, tzinfo=UTC), 2026, date(2027, 9, 30), date(2027, 9, 30), True),
        (datetime(2027, 9, 30, 22, 0, tzinfo=UTC), 2027, date(2027, 10, 1), date(2028, 9, 30), True),
        (datetime(2027, 3, 28, 1, 30, tzinfo=UTC), 2026, date(2027, 3, 28), date(2027, 9, 30), True),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 2026, date(2026, 10, 25), date(2027, 9, 30), True),
    ],
)
def test_draft_runs_for_the_season_or_from_its_signature(at, season, starts, ends, from_signature):
    agreement = a_draft(at=at, season=Season(season))
    assert (agreement.starts_on, agreement.ends_on) == (starts, ends)
    assert agreement.from_signature is from_signature
    assert agreement.state == State.DRAFT
    assert agreement.text.kind == "structure"


def test_draft_of_a_season_that_is_over_or_under_way_already_is_refused(team):
    with pytest.raises(DomainError, match="est finie"):
        a_draft(at=NOW, season=Season(2025))
    agreement = a_draft(at=NOW)
    with pytest.raises(DomainError, match="a déjà une convention"):
        a_draft(at=NOW, partner=agreement.structure)
    countersigning.withdraw(agreement=agreement, by=team, at=NOW)
    assert a_draft(at=NOW, partner=agreement.structure).state == State.DRAFT


def test_draft_of_several_years_and_of_a_venue(team):
    venue = VenueFactory(**SIGNER)
    agreement = draft_agreement(
        partner=venue, season=Season(2027), by=team, at=NOW, ends_on=date(2030, 9, 30)
    )
    signing.send_for_signature(agreement=agreement, by=team, at=NOW)
    assert agreement.text.kind == "venue"
    said = words_of(agreement, "frozen")
    assert "plusieurs saisons, du 1er octobre 2027 au 30 septembre 2030" in said
    assert "2027-2030" in said


# --- Sending ------------------------------------------------------------------------------------------


def test_sending_freezes_the_words_and_tells_the_representative_alone():
    agreement = a_sent(at=NOW)
    assert agreement.state == State.SENT
    assert [mail.recipient for mail in OutboxMessage.objects.all()] == [SIGNER["representative_email"]]
    said = words_of(agreement, "frozen")
    for words in (
        "Article 1. Objet",
        "Annexe. Données personnelles",
        "le jour où la seconde des deux parties la signe",
        "30 septembre 2027",
        SIGNER["representative_name"],
        agreement.structure.name.replace("'", "’")[:10],
    ):
        assert words in said
    structure = agreement.structure
    structure.name = structure.representative_name = "Tout autre"
    structure.save()
    frozen = agreement.documents.get()
    assert "Tout autre" not in str(frozen.words)
    assert agreement.representative_name == SIGNER["representative_name"]


@pytest.mark.parametrize("missing", ["representative_name", "representative_email"])
def test_sending_without_somebody_to_sign_is_refused(team, missing):
    agreement = a_draft(at=NOW, partner=StructureFactory(**{**SIGNER, missing: ""}))
    with pytest.raises(DomainError, match="qui signe"):
        signing.send_for_signature(agreement=agreement, by=team, at=NOW)
    assert not SignatureLink.objects.exists() and not AgreementDocument.objects.exists()


def test_sending_twice_or_without_a_text_or_too_late_is_refused(team):
    agreement = a_sent(at=NOW)
    with pytest.raises(DomainError, match="n'est plus un brouillon"):
        signing.send_for_signature(agreement=agreement, by=team, at=NOW)
    draft = a_draft(at=NOW)
    with pytest.raises(DomainError, match="déjà finie"):
        signing.send_for_signature(agreement=draft, by=team, at=NOW + timedelta(days=400))
    draft.text = None
    with pytest.raises(DomainError, match="le texte"):
        signing.send_for_signature(agreement=draft, by=team, at=NOW)


def test_only_the_hash_of_the_link_is_kept():
    agreement = a_sent(at=NOW)
    token = sent_token()
    assert token not in str(list(SignatureLink.objects.values()))
    assert the_link(agreement).sent_to == SIGNER["representative_email"]


# --- Signing ------------------------------------------------------------------------------------------


def test_representative_signs_by_the_link_and_both_parties_get_identical_bytes(client, team):
    agreement = a_sent(at=NOW)
    token = sent_token()
    read = client.get(page("signature", token))
    assert "Article 1." in read.text and SIGNER["representative_email"] not in read.text
    assert "a•••••@tilleuls.example" in read.text
    who = {"name": "armelle  QUATREMARRE", "capacity": "directrice générale", "consent": "on"}
    assert client.post(page("signature", token), who).url == page("signature_code", token)
    code = code_of(mails("agreement-code")[0])
    assert client.post(page("signature_code", token), {"code": f" {code[:3]} {code[3:]} "}).status_code == 302
    agreement.refresh_from_db()
    assert agreement.state == State.PARTNER_SIGNED and agreement.signed_on is None
    assert agreement.signatory_capacity == "directrice générale"
    assert "Merci, c’est signé" in client.get(page("signature", token)).text

    countersigning.countersign(agreement=agreement, by=team, at=NOW)
    assert agreement.signed_on == agreement.starts_on == date(2026, 11, 22)
    lead = UserFactory(lead=True, structure=agreement.structure)
    by_link = client.get(page("signature_document", token, "original"))
    client.force_login(lead)
    theirs = client.get(reverse("conventions:agreement_document", args=[agreement.pk, "original"]))
    client.force_login(team)
    ours = client.get(reverse("admin:conventions_agreement_document", args=[agreement.pk, "original"]))
    assert by_link.content == theirs.content == ours.content
    assert theirs["Content-Type"] == "application/pdf" and theirs["X-Content-Type-Options"] == "nosniff"
    assert verify().sound
    frozen = agreement.documents.get(kind="frozen")
    said = words_of(agreement, "original")
    assert frozen.sha256 in said.replace(" ", "")
    assert "prend effet le 22 novembre 2026 et court jusqu’au 30 septembre 2027" in said


def test_agreement_opens_booking_from_its_countersignature_and_not_before(team):
    agreement = a_partner_signed(at=NOW)
    day = date(2026, 12, 1)
    ask = {"structure": agreement.structure, "day": day, "on": NOW.date()}
    assert "pas en vigueur" in Agreement.objects.obstacle_to_book(**ask)
    countersigning.countersign(agreement=agreement, by=team, at=NOW)
    assert Agreement.objects.obstacle_to_book(**ask) == ""


def test_both_hear_that_it_is_signed_with_its_fingerprint(settings):
    agreement = a_signed(at=NOW)
    original = agreement.documents.get(kind="original")
    told = OutboxMessage.objects.filter(effect__startswith="agreement-completed")
    assert {mail.recipient for mail in told} == {
        SIGNER["representative_email"],
        settings.PORTAL_CONTACT_EMAIL,
    }
    assert all(original.sha256 in mail.text for mail in told)


def test_looking_ten_times_consumes_nothing_and_sends_nothing(client):
    agreement = a_sent(at=NOW)
    token = sent_token()
    names = ["signature", "signature_code", "signature_refuse", "signature_other"]
    before = OutboxMessage.objects.count(), AuditEntry.objects.count(), verify().head
    for _ in range(10):
        for name in names:
            assert client.get(page(name, token)).status_code == 200
        assert client.get(page("signature_renew", token)).status_code == 405
        assert client.head(page("signature", token)).status_code == 200
        assert client.get(page("signature_document", token, "convention")).status_code == 200
    agreement.refresh_from_db()
    assert agreement.state == State.SENT and not SignatureCode.objects.exists()
    assert before == (OutboxMessage.objects.count(), AuditEntry.objects.count(), verify().head)


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 410), (1, 410)])
def test_link_serves_until_its_last_second(client, clock, settings, seconds, status):
    a_sent(at=NOW)
    token = sent_token()
    clock.move_to(NOW + timedelta(days=settings.SIGNATURE_LINK_DAYS, seconds=seconds))
    assert client.get(page("signature", token)).status_code == status
    name = SIGNER["representative_name"]
    client.post(page("signature", token), {"name": name, "capacity": "directrice", "consent": "on"})
    assert SignatureCode.objects.exists() is (status == 200)


def test_expired_link_sends_a_fresh_one_to_the_representative_alone(client, clock, settings):
    a_sent(at=NOW)
    token = sent_token()
    clock.move_to(NOW + timedelta(days=settings.SIGNATURE_LINK_DAYS))
    assert "Recevoir un nouveau lien" in client.get(page("signature", token)).text
    client.post(page("signature_renew", token))
    fresh = OutboxMessage.objects.order_by("created_at").last()
    assert fresh.recipient == SIGNER["representative_email"]
    assert client.get(page("signature", token_of(fresh.text))).status_code == 200
    assert client.get(page("signature", token)).status_code == 410


def test_link_that_never_was_is_404(client):
    for name in ("signature", "signature_code", "signature_refuse", "signature_other"):
        assert client.get(page(name, "A" * 22)).status_code == 404
    assert client.post(page("signature_renew", "A" * 22)).status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"consent": ""}, "Cochez cette phrase"),
        ({"name": "Quelqu'un d'autre"}, "Je ne suis pas cette personne"),
        ({"name": ""}, "obligatoire"),
        ({"capacity": "x" * 81}, "80"),
        ({"name": "Armelle\x00Quatremarre"}, "nul"),
    ],
)
def test_form_that_is_not_filled_in_sends_no_code_and_keeps_what_was_typed(client, typed, sentence):
    a_sent(at=NOW)
    who = {"name": SIGNER["representative_name"], "capacity": "Gérante", "consent": "on", **typed}
    answer = client.post(page("signature", sent_token()), who)
    assert sentence in answer.text.replace("&#x27;", "'")
    assert typed.get("capacity", "Gérante") in answer.text
    assert not SignatureCode.objects.exists()


def ask_code(agreement, at=NOW):
    who = {"name": agreement.representative_name, "capacity": "directrice", "address": ADDRESS}
    code = signing.send_code(link=the_link(agreement), at=at, **who)
    return code_of(OutboxMessage.objects.get(effect=f"agreement-code {code.pk}").text)


def sign(agreement, typed, at=NOW):
    return signing.sign(link=the_link(agreement), typed=typed, address=ADDRESS, at=at)


@pytest.mark.parametrize(("seconds", "signs"), [(-1, True), (0, False), (1, False)])
def test_code_serves_until_its_last_second(settings, seconds, signs):
    agreement = a_sent(at=NOW)
    code = ask_code(agreement)
    at = NOW + timedelta(minutes=settings.SIGNATURE_CODE_MINUTES, seconds=seconds)
    if signs:
        assert sign(agreement, code, at).state == State.PARTNER_SIGNED
    else:
        with pytest.raises(DomainError, match="n'est pas le bon, ou il a expiré"):
            sign(agreement, code, at)


def test_wrong_former_and_anothers_code_get_the_same_words():
    agreement, other = a_sent(at=NOW), a_sent(at=NOW)
    sentences = set()
    with pytest.raises(DomainError) as before_any:
        sign(agreement, "123456")
    former = ask_code(agreement)
    last, others = ask_code(agreement, NOW + timedelta(seconds=1)), ask_code(other)
    wrong = next(code for code in ("000000", "111111", "222222") if code not in {former, last, others})
    for typed in {wrong, former, others} - {last}:
        with pytest.raises(DomainError) as refused:
            sign(agreement, typed)
        sentences.add(refused.value.sentence)
    assert sentences == {before_any.value.sentence}


def test_guessing_the_code_is_slowed_down_and_the_right_one_waits_too(settings):
    agreement = a_sent(at=NOW)
    code = ask_code(agreement)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(settings.SIGNATURE_ATTEMPTS):
        with pytest.raises(DomainError):
            sign(agreement, wrong)
    with pytest.raises(TooManyAttempts):
        sign(agreement, code)
    later = NOW + timedelta(minutes=settings.SIGNATURE_ATTEMPTS_MINUTES)
    assert sign(agreement, ask_code(agreement, later), later).state == State.PARTNER_SIGNED


def test_codes_and_links_are_not_mailed_without_end(settings):
    agreement = a_sent(at=NOW)
    for _ in range(settings.SIGNATURE_CODES_HOURLY):
        ask_code(agreement)
    with pytest.raises(TooManyAttempts):
        ask_code(agreement)
    for _ in range(settings.SIGNATURE_LINKS_HOURLY):
        signing.renew_link(agreement=agreement, by="essai", at=NOW)
    with pytest.raises(TooManyAttempts):
        signing.renew_link(agreement=agreement, by="essai", at=NOW)


def test_signed_once_the_link_says_so_and_signs_no_more(client):
    agreement = a_partner_signed(at=NOW)
    with pytest.raises(DomainError, match="déjà signée"):
        ask_code(agreement)
    with pytest.raises(DomainError, match="déjà signée"):
        sign(agreement, "123456")
    for name in ("signature", "signature_code", "signature_refuse", "signature_other"):
        assert "Merci, c’est signé" in client.get(page(name, sent_token())).text
    assert agreement.evidence.filter(kind="signed").count() == 1


def test_code_and_digits_stand_nowhere_in_clear():
    agreement = a_sent(at=NOW)
    code = ask_code(agreement)
    shown = OutboxMessage.objects.values("subject", "effect", "recipient")  # what staff see of a mail
    kept = [SignatureCode.objects.values(), agreement.evidence.values(), AuditEntry.objects.values(), shown]
    assert all(code not in str(list(rows)) for rows in kept)


# --- Not signing --------------------------------------------------------------------------------------


def test_refusing_needs_a_reason_and_reaches_the_team(client, settings):
    agreement = a_sent(at=NOW)
    token = sent_token()
    assert "obligatoire" in client.post(page("signature_refuse", token), {"reason": " "}).text
    client.post(page("signature_refuse", token), {"reason": "L'article 4 ne nous va pas."})
    agreement.refresh_from_db()
    assert agreement.state == State.REFUSED
    told = OutboxMessage.objects.get(effect__startswith="agreement-refused")
    assert told.recipient == settings.PORTAL_CONTACT_EMAIL and "article 4" in told.text
    with pytest.raises(DomainError, match="refusée"):
        ask_code(agreement)


def test_somebody_else_signs_only_after_the_team_has_looked(client, team):
    agreement = a_sent(at=NOW)
    token = sent_token()
    other = {"name": "Basile Ondenoir", "capacity": "directeur", "email": "basile@tilleuls.example"}
    client.post(page("signature_other", token), other)
    agreement.refresh_from_db()
    assert agreement.state == State.RETURNED
    assert not OutboxMessage.objects.filter(recipient=other["email"]).exists()
    fresh = countersigning.change_signatory(agreement=agreement, by=team, at=NOW, **other)
    agreement.refresh_from_db()
    assert (agreement.state, fresh.state) == (State.WITHDRAWN, State.SENT)
    assert "Basile Ondenoir" in words_of(fresh, "frozen")
    assert token_of(OutboxMessage.objects.get(recipient=other["email"]).text)
    fresh.structure.refresh_from_db()
    assert fresh.structure.representative_email == other["email"]
    assert "retirée" in client.get(page("signature", token)).text
    assert verify().sound


def test_withdrawn_agreement_is_signed_no_more_and_its_link_says_so(client, team):
    agreement = a_sent(at=NOW)
    token = sent_token()
    code = ask_code(agreement)
    countersigning.withdraw(agreement=agreement, by=team, at=NOW)
    with pytest.raises(DomainError, match="retirée"):
        sign(agreement, code)
    with pytest.raises(DomainError, match="déjà retirée"):
        countersigning.withdraw(agreement=agreement, by=team, at=NOW)
    assert "retirée" in client.get(page("signature", token)).text
    assert client.get(page("signature_document", token, "convention")).status_code == 404


# --- Countersigning -----------------------------------------------------------------------------------


def test_countersigning_before_the_partner_or_twice_is_refused(team):
    agreement = a_sent(at=NOW)
    with pytest.raises(DomainError, match="n'attend pas"):
        countersigning.countersign(agreement=agreement, by=team, at=NOW)
    signed = a_partner_signed(at=NOW)
    again = Agreement.objects.get(pk=signed.pk)
    countersigning.countersign(agreement=signed, by=team, at=NOW)
    with pytest.raises(DomainError, match="vient d'être contresignée"):
        countersigning.countersign(agreement=again, by=team, at=NOW)
    assert signed.documents.filter(kind="original").count() == 1


def test_countersigning_after_the_term_is_refused(team):
    agreement = a_partner_signed(at=NOW)
    with pytest.raises(DomainError, match="a fini le 30 septembre 2027"):
        countersigning.countersign(agreement=agreement, by=team, at=datetime(2027, 9, 30, 22, tzinfo=UTC))
    last = datetime(2027, 9, 30, 21, 59, tzinfo=UTC)
    countersigning.countersign(agreement=agreement, by=team, at=last)
    assert agreement.starts_on == agreement.ends_on == date(2027, 9, 30)


def test_president_and_account_are_recorded(team, settings):
    agreement = a_partner_signed(at=NOW)
    countersigning.countersign(agreement=agreement, by=team, at=NOW)
    assert agreement.president_name == settings.PORTAL_PRESIDENT
    assert agreement.countersigned_by == team
    assert settings.PORTAL_PRESIDENT in words_of(agreement, "original")


# --- The partner's pages ------------------------------------------------------------------------------


def test_partner_sees_where_its_agreement_stands_and_has_the_link_sent_again(client):
    agreement = a_sent(at=NOW)
    client.force_login(UserFactory(structure=agreement.structure))
    shown = client.get(reverse("conventions:partnership"))
    assert "À signer" in shown.text and SIGNER["representative_email"] in shown.text
    client.post(reverse("conventions:agreement_link", args=[agreement.pk]))
    assert len(mails("agreement-link")) == 2
    assert agreement.links.count() == 2


def test_stranger_finds_nothing_of_anothers_agreement(client):
    agreement = a_signed(at=NOW)
    client.force_login(UserFactory(structure=StructureFactory()))
    for name in ("convention", "original", "papier", "autre"):
        address = reverse("conventions:agreement_document", args=[agreement.pk, name])
        assert client.get(address).status_code == 404
    assert client.post(reverse("conventions:agreement_link", args=[agreement.pk])).status_code == 404
    assert agreement.structure.name not in client.get(reverse("conventions:partnership")).text


def test_structure_countersigned_late_gets_its_links_at_once(team, django_capture_on_commit_callbacks):
    late = StructureFactory(**SIGNER)
    UserFactory(structure=late, password_chosen_at=NOW - timedelta(days=400))
    agreement = a_partner_signed(at=NOW, partner=late)
    with django_capture_on_commit_callbacks(execute=True):
        countersigning.countersign(agreement=agreement, by=team, at=NOW)
    assert mails("access-link")
    assert AccessRenewal.objects.opened().filter(structure=late).exists()
