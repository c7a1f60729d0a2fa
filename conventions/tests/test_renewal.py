"""The renewal campaign: prepared, sent and reminded at once, each once, and followed (B4)."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.models import OutboxMessage
from conventions.models import Agreement, AgreementQuerySet
from conventions.services import renewal, signing
from conventions.services.errands import run_errand
from conventions.tasks.signing import sweep_signatures
from conventions.tests.factories import AgreementFactory
from conventions.tests.signatures import SIGNER, a_partner_signed, a_sent, mails
from partners.models import Structure, Venue
from partners.seasons import Season
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 7, 1, 10, 0, tzinfo=UTC)
NEXT = Season(2027)
State = Agreement.State


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def team():
    return UserFactory(staff=True)


def this_season(**partner):
    return AgreementFactory(
        starts_on=date(2026, 10, 1), ends_on=date(2027, 9, 30), signed_on=date(2026, 9, 15), **partner
    )


def ours() -> AgreementQuerySet:
    return renewal.agreements_for(NEXT)


@pytest.mark.parametrize(
    ("on", "season"), [(date(2026, 11, 22), 2026), (date(2027, 5, 3), 2026), (date(2027, 5, 4), 2027)]
)
def test_season_to_prepare_is_the_next_one_once_it_is_near(on, season):
    assert renewal.season_to_prepare(on=on) == Season(season)


def test_everyone_with_an_agreement_this_season_gets_a_draft_once(team):
    one = this_season(structure=StructureFactory(**SIGNER)).structure
    venue = this_season(structure=None, venue=VenueFactory(**SIGNER)).venue
    several = this_season(structure=StructureFactory(**SIGNER))
    Agreement.objects.filter(pk=several.pk).update(ends_on=date(2029, 9, 30))
    StructureFactory()
    assert list(renewal.partners_without(NEXT, Structure)) == [one]
    assert list(renewal.partners_without(NEXT, Venue)) == [venue]
    assert renewal.prepare_renewals(season=NEXT, by=team, at=NOW) == 2
    assert renewal.prepare_renewals(season=NEXT, by=team, at=NOW) == 0
    drafts = Agreement.objects.in_state(State.DRAFT)
    assert {(row.partner, row.text.kind) for row in drafts} == {(one, "structure"), (venue, "venue")}
    assert {(row.starts_on, row.ends_on) for row in drafts} == {(date(2027, 10, 1), date(2028, 9, 30))}


def test_terminated_agreement_is_not_renewed_by_itself(team):
    agreement = this_season(structure=StructureFactory(**SIGNER))
    Agreement.objects.filter(pk=agreement.pk).update(terminated_on=date(2027, 3, 1))
    assert not renewal.partners_without(NEXT, Structure).exists()
    assert renewal.prepare_renewals(season=NEXT, by=team, at=NOW) == 0


def test_refused_agreement_is_prepared_anew_and_a_season_over_is_not(team):
    agreement = this_season(structure=StructureFactory(**SIGNER))
    renewal.prepare_renewals(season=NEXT, by=team, at=NOW)
    ours().update(refused_at=NOW)
    assert renewal.prepare_renewals(season=NEXT, by=team, at=NOW) == 1
    assert agreement.structure.agreements.count() == 3
    with pytest.raises(DomainError, match="est finie"):
        renewal.prepare_renewals(season=Season(2025), by=team, at=NOW)


def test_drafts_are_sent_one_by_one_and_one_that_cannot_be_holds_up_no_other(
    team, django_capture_on_commit_callbacks
):
    for who in (SIGNER, {}, SIGNER):
        this_season(structure=StructureFactory(**who))
    renewal.prepare_renewals(season=NEXT, by=team, at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        assert renewal.ask_to_send(agreements=ours(), by=team, at=NOW) == 3
    assert ours().in_state(State.SENT).count() == 2
    failed = ours().in_state(State.DRAFT).get()
    assert "qui signe" in failed.send_failure and failed.send_asked_at is None
    sweep_signatures()
    assert len(mails("agreement-link")) == 2


def test_errand_run_twice_sends_once(team):
    this_season(structure=StructureFactory(**SIGNER))
    renewal.prepare_renewals(season=NEXT, by=team, at=NOW)
    renewal.ask_to_send(agreements=ours(), by=team, at=NOW)
    [first], [second] = ours(), ours()
    run_errand(agreement=first, at=NOW)
    run_errand(agreement=second, at=NOW)
    assert len(mails("agreement-link")) == 1


@pytest.mark.parametrize(("seconds", "sent"), [(-1, 0), (0, 1)])
def test_reminder_leaves_once_enough_days_have_passed(team, clock, settings, seconds, sent):
    agreement = a_sent(at=NOW, season=NEXT)
    later = NOW + timedelta(days=settings.SIGNATURE_REMINDER_DAYS, seconds=seconds)
    clock.move_to(later)
    assert renewal.ask_to_remind(agreements=ours(), by=team, at=later) == sent
    sweep_signatures()
    assert len(mails("agreement-link")) == 1 + sent
    if sent:
        assert "Rappel" in OutboxMessage.objects.order_by("created_at").last().subject
        assert renewal.ask_to_remind(agreements=ours(), by=team, at=later) == 0
    else:
        with pytest.raises(DomainError, match="moins de"):
            signing.remind(agreement=agreement, by=team, at=later)


def test_campaign_counts_every_state_and_fills_its_bar(team):
    this_season(structure=StructureFactory(**SIGNER))
    a_sent(at=NOW, season=NEXT)
    a_partner_signed(at=NOW, season=NEXT)
    campaign = renewal.follow(NEXT, at=NOW)
    assert {step.state: step.count for step in campaign.steps} == {
        "partner_signed": 1, "sent": 1, "missing": 1,
    }  # fmt: skip
    assert round(sum(step.width for step in campaign.steps), 1) == 100
    assert campaign.total == 3 and campaign.missing == 1


def test_staff_lead_the_campaign_on_its_page(client, team, django_capture_on_commit_callbacks, clock):
    client.force_login(team)
    this_season(structure=StructureFactory(**SIGNER, name="Foyer des Aulnes"))
    page = reverse("admin:conventions_agreement_campaign")
    shown = client.get(page)
    assert "Foyer des Aulnes" in shown.text and "2027-2028" in shown.text
    assert "préparées" in client.post(page, {"act": "prepare"}, follow=True).text
    with django_capture_on_commit_callbacks(execute=False):
        client.post(page, {"act": "send"})
    waiting = client.get(reverse("admin:conventions_agreement_progress"), {"saison": "2027"})
    assert "en cours d’envoi" in waiting.text and "hx-get" in waiting.text
    sweep_signatures()
    assert "hx-get" not in client.get(reverse("admin:conventions_agreement_progress")).text
    assert Agreement.objects.in_state(State.SENT).count() == 1
    assert "Personne à relancer" in client.post(page, {"act": "remind"}, follow=True).text
    for nonsense in ("x", "99999", "-1"):
        assert client.get(page, {"saison": nonsense}).status_code == 200


def test_team_that_may_only_look_leads_no_campaign(client):
    client.force_login(UserFactory(staff=True, is_superuser=False))
    assert client.get(reverse("admin:conventions_agreement_campaign")).status_code == 403
    assert client.post(reverse("admin:conventions_agreement_campaign"), {"act": "send"}).status_code == 403


def test_actions_of_the_list_send_countersign_and_withdraw(client, team):
    client.force_login(team)
    listed = reverse("admin:conventions_agreement_changelist")

    def act(name, agreement):
        return client.post(listed, {"action": name, "_selected_action": [str(agreement.pk)]}, follow=True)

    signed = a_partner_signed(at=timezone.now(), season=NEXT)
    assert "Conventions contresignées : 1" in act("countersign", signed).text
    assert "n&#x27;attend pas de contresignature" in act("countersign", signed).text
    sent = a_sent(at=timezone.now(), season=NEXT)
    assert "Liens envoyés : 1" in act("renew_links", sent).text
    assert "Aucun brouillon" in act("send", sent).text
    assert "Conventions retirées : 1" in act("withdraw", sent).text
    page = reverse("admin:conventions_agreement_change", args=[signed.pk])
    assert "Ce qui fut scellé" in client.get(page).text and "intacte" in client.get(page).text


def test_sent_agreement_is_not_edited_by_hand(client, team):
    client.force_login(team)
    agreement = a_sent(at=timezone.now(), season=NEXT)
    page = reverse("admin:conventions_agreement_change", args=[agreement.pk])
    client.post(page, {"signed_on": "01/07/2027", "by_hand": "on", "signatory_name": "Moi"})
    agreement.refresh_from_db()
    assert agreement.signed_on is None and agreement.signatory_name == ""


def test_day_of_signature_typed_without_saying_it_is_paper_is_refused(client, team):
    client.force_login(team)
    fields = {"structure": str(StructureFactory().pk), "starts_on": "01/10/2026", "ends_on": "30/09/2027"}
    answer = client.post(reverse("admin:conventions_agreement_add"), {**fields, "signed_on": "15/09/2026"})
    assert "Une convention se signe par son lien" in answer.text
    assert not Agreement.objects.exists()
