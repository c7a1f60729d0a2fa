"""From received to active, and everything that leaves the way (A1, A3)."""

from datetime import date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from common.dates import months_before
from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from conventions.models import Agreement, Candidacy
from conventions.services import candidacies as services
from conventions.services.countersigning import change_signatory
from conventions.tests.factories import AgreementFactory, CandidacyFactory, State, a_candidacy, sign
from partners.models import AccessLink, Sector, Structure, User, Venue
from partners.seasons import Season
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Europe/Paris"))
LEGAL = {
    ("received", "meeting"), ("received", "set_aside"), ("received", "refused"), ("received", "withdrawn"),
    ("meeting", "meeting"), ("meeting", "feasible"), ("meeting", "set_aside"), ("meeting", "refused"),
    ("meeting", "withdrawn"), ("feasible", "agreement"), ("feasible", "refused"), ("feasible", "withdrawn"),
    ("agreement", "agreement"), ("agreement", "account"), ("agreement", "refused"), ("agreement", "withdrawn"),
    ("account", "trained"), ("trained", "active"),
    ("set_aside", "received"), ("set_aside", "refused"), ("set_aside", "withdrawn"),
}  # fmt: skip


@pytest.fixture
def staff():
    return UserFactory(staff=True)


def mails(candidacy) -> list[str]:
    return list(
        OutboxMessage.objects.filter(recipient=candidacy.lead_email).values_list("subject", flat=True)
    )


@pytest.mark.parametrize(("start", "end"), list(product(State, State)))
def test_candidacy_moves_along_its_way_and_nowhere_else(start, end):
    candidacy = Candidacy(state=start)
    if (start, end) in LEGAL:
        candidacy.move_to(end, at=NOW)
        assert (candidacy.state, candidacy.state_since) == (end, date(2026, 11, 24))
    else:
        with pytest.raises(DomainError, match="relisez la page"):
            candidacy.move_to(end, at=NOW)
        assert candidacy.state == start


def test_candidacy_becomes_an_active_structure_and_nothing_is_typed_twice(staff):
    candidacy = a_candidacy(State.ACTIVE, by=staff)
    structure = candidacy.structure
    for name in [*services.SHARED, *services.OF_STRUCTURE]:
        if name != "id":
            assert getattr(structure, name) == getattr(candidacy, name), name
    assert candidacy.agreement.partner == structure
    assert (candidacy.account.role, candidacy.account.structure) == (User.Role.LEAD, structure)
    assert (candidacy.account.email, candidacy.account.display_name) == (
        candidacy.lead_email,
        candidacy.lead_name,
    )
    assert (candidacy.trainer, candidacy.training_minutes) == (staff, 12)
    assert (candidacy.next_step, candidacy.next_on) == ("", None)
    assert AccessLink.objects.filter(user=candidacy.account).count() == 1
    trail = AuditEntry.objects.filter(subject=f"conventions.candidacy {candidacy.pk}")
    assert {entry.details["état"] for entry in trail} == {
        "meeting", "feasible", "agreement", "account", "trained", "active",
    }  # fmt: skip


def test_venue_becomes_active_with_an_account_of_its_own(staff):
    candidacy = a_candidacy(State.ACTIVE, by=staff, of_venue=True)
    assert candidacy.venue.kind == Venue.Kind.SPORT
    assert candidacy.venue.slug.startswith("palais-des-ormes")
    assert (candidacy.account.role, candidacy.account.venue) == (User.Role.VENUE, candidacy.venue)


def test_structure_keeps_its_sectors(staff):
    candidacy = a_candidacy(State.MEETING, by=staff)
    sector = Sector.objects.create(name="Essai")
    candidacy.sectors.add(sector)
    made = services.find_feasible(candidacy=candidacy, reason="Oui.", by=staff, at=timezone.now())
    assert list(made.structure.sectors.all()) == [sector]


@pytest.mark.parametrize("name", ["Palais", "…"])
def test_venue_of_a_known_name_gets_an_address_of_its_own(staff, name):
    VenueFactory(name=name, slug="palais")
    candidacy = a_candidacy(State.FEASIBLE, by=staff, of_venue=True, name=name)
    assert candidacy.venue.slug not in {"", "palais"}


def test_meeting_is_told_by_mail_and_told_again_when_it_moves(staff):
    candidacy = a_candidacy(State.MEETING, by=staff)
    moved = timezone.now() + timedelta(days=5)
    services.plan_meeting(
        candidacy=candidacy, meeting_at=moved, place="En visio", people="Camille", by=staff,
        at=timezone.now() + timedelta(seconds=1),
    )  # fmt: skip
    candidacy.refresh_from_db()
    assert (candidacy.meeting_place, candidacy.next_on) == ("En visio", timezone.localdate(moved))
    assert len(mails(candidacy)) == 2


def test_meeting_that_was_is_noted_without_a_mail(staff):
    candidacy = CandidacyFactory()
    services.plan_meeting(
        candidacy=candidacy,
        meeting_at=NOW - timedelta(days=1),
        place="Ici",
        people="Camille",
        by=staff,
        at=NOW,
    )
    assert mails(candidacy) == []


def test_structure_joins_for_a_reason_and_a_venue_needs_none(staff):
    with pytest.raises(DomainError, match="pourquoi") as refusal:
        services.find_feasible(candidacy=a_candidacy(State.MEETING), reason=" ", by=staff, at=NOW)
    assert refusal.value.field == "reason"
    assert not Structure.objects.exists()
    made = services.find_feasible(
        candidacy=a_candidacy(State.MEETING, of_venue=True), reason="", by=staff, at=NOW
    )
    assert made.eligible


def test_eligibility_is_recorded_with_what_the_meeting_showed(staff):
    candidacy = a_candidacy(State.MEETING)
    made = services.find_feasible(
        candidacy=candidacy, reason="Suivi réel.", low_income=False, individual=True, by=staff, at=NOW
    )
    assert (made.eligible, made.eligibility_reason) == (True, "Suivi réel.")
    assert (made.low_income, made.individual) == (False, True)


def test_candidacy_joins_an_existing_record_and_fills_only_its_gaps(staff):
    known = StructureFactory(name="Nom d'usage", email="", representative_name="")
    candidacy = a_candidacy(State.MEETING)
    made = services.find_feasible(candidacy=candidacy, reason="Oui.", partner=known, by=staff, at=NOW)
    known.refresh_from_db()
    assert made.structure == known and Structure.objects.count() == 1
    assert (known.name, known.address) == ("Nom d'usage", "3 rue des Tilleuls")
    assert (known.email, known.representative_name) == (candidacy.email, candidacy.representative_name)


def test_candidacy_does_not_join_a_record_of_another_kind(staff):
    with pytest.raises(DomainError, match="même sorte"):
        services.find_feasible(
            candidacy=a_candidacy(State.MEETING), reason="Oui.", partner=VenueFactory(), by=staff, at=NOW
        )


def test_partner_with_an_agreement_in_force_keeps_it(staff):
    agreement = AgreementFactory()
    candidacy = a_candidacy(State.MEETING)
    services.find_feasible(
        candidacy=candidacy, reason="Oui.", partner=agreement.structure, by=staff, at=timezone.now()
    )
    made = services.prepare_agreement(
        candidacy=candidacy, season=Season.of(timezone.localdate()), by=staff, at=timezone.now()
    )
    assert made.agreement == agreement and Agreement.objects.count() == 1


def test_agreement_under_way_is_not_prepared_twice_and_one_that_fell_through_is(staff):
    candidacy = a_candidacy(State.AGREEMENT, by=staff)
    season = Season.of(timezone.localdate())
    with pytest.raises(DomainError, match="déjà préparée"):
        services.prepare_agreement(candidacy=candidacy, season=season, by=staff, at=timezone.now())
    first = candidacy.agreement
    Agreement.objects.filter(pk=first.pk).update(refused_at=timezone.now())
    again = services.prepare_agreement(candidacy=candidacy, season=season, by=staff, at=timezone.now())
    assert again.agreement != first


def test_agreement_for_another_signatory_takes_the_place_of_the_first(staff):
    candidacy = a_candidacy(State.AGREEMENT, by=staff)
    sent = services.send_agreement(candidacy=candidacy, by=staff, at=timezone.now())
    fresh = change_signatory(
        agreement=sent.agreement, name="Odile Autre", capacity="Présidente", email="odile@ormes.example", by=staff,
        at=timezone.now(),
    )  # fmt: skip
    candidacy.refresh_from_db()
    assert (candidacy.current_agreement, candidacy.agreement_missing) == (fresh, False)
    Agreement.objects.filter(pk=fresh.pk).update(signed_on=timezone.localdate())
    assert list(Candidacy.objects.account_due(on=timezone.localdate())) == [candidacy]
    opened = services.open_account(candidacy=candidacy, by=staff, at=timezone.now())
    assert opened.agreement == fresh


def test_agreement_of_former_years_opens_no_account(staff):
    former = AgreementFactory(
        starts_on=date(2020, 10, 1), ends_on=date(2021, 9, 30), signed_on=date(2020, 9, 1)
    )
    candidacy = a_candidacy(State.MEETING, by=staff)
    services.find_feasible(
        candidacy=candidacy, reason="Oui.", partner=former.structure, by=staff, at=timezone.now()
    )
    made = services.prepare_agreement(
        candidacy=candidacy, season=Season.of(timezone.localdate()), by=staff, at=timezone.now()
    )
    assert made.agreement != former and not made.signed(on=timezone.localdate())
    assert not Candidacy.objects.account_due(on=timezone.localdate()).exists()


def test_agreement_is_sent_once(staff):
    candidacy = a_candidacy(State.AGREEMENT, by=staff)
    sent = services.send_agreement(candidacy=candidacy, by=staff, at=timezone.now())
    assert sent.agreement.state == Agreement.State.SENT
    with pytest.raises(DomainError, match="déjà partie"):
        services.send_agreement(candidacy=candidacy, by=staff, at=timezone.now())


def test_agreement_is_not_sent_before_it_is_prepared(staff):
    with pytest.raises(DomainError, match="à préparer"):
        services.send_agreement(candidacy=a_candidacy(State.FEASIBLE), by=staff, at=NOW)


def test_account_waits_for_the_signature(staff):
    candidacy = a_candidacy(State.AGREEMENT, by=staff)
    with pytest.raises(DomainError, match="pas encore signée"):
        services.open_account(candidacy=candidacy, by=staff, at=timezone.now())
    assert not User.objects.filter(email=candidacy.lead_email).exists()
    assert list(Candidacy.objects.account_due(on=timezone.localdate())) == []
    sign(candidacy)
    assert list(Candidacy.objects.account_due(on=timezone.localdate())) == [candidacy]


def test_account_of_the_same_person_serves_again(staff):
    candidacy = a_candidacy(State.AGREEMENT, by=staff)
    own = UserFactory(lead=True, structure=candidacy.structure, email=candidacy.lead_email)
    opened = services.open_account(candidacy=sign(candidacy), by=staff, at=timezone.now())
    assert opened.account == own


def test_address_with_an_account_elsewhere_is_refused(staff):
    candidacy = a_candidacy(State.AGREEMENT, by=staff)
    UserFactory(email=candidacy.lead_email)
    with pytest.raises(DomainError, match="compte ailleurs"):
        services.open_account(candidacy=sign(candidacy), by=staff, at=timezone.now())


def test_second_lead_of_a_structure_is_refused(staff):
    candidacy = a_candidacy(State.AGREEMENT, by=staff)
    UserFactory(lead=True, structure=candidacy.structure)
    with pytest.raises(DomainError, match="déjà un·e référent·e"):
        services.open_account(candidacy=sign(candidacy), by=staff, at=timezone.now())
    candidacy.refresh_from_db()
    assert candidacy.state == State.AGREEMENT


def test_training_to_come_is_refused(staff):
    candidacy = a_candidacy(State.ACCOUNT, by=staff)
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(DomainError, match="à venir"):
        services.record_training(
            candidacy=candidacy, trained_on=tomorrow, trainer=staff, minutes=10, by=staff, at=timezone.now()
        )


@pytest.mark.parametrize(
    "state", [State.RECEIVED, State.MEETING, State.FEASIBLE, State.AGREEMENT, State.SET_ASIDE]
)
def test_refusal_keeps_a_letter_and_tells_the_reason(staff, state):
    candidacy = a_candidacy(state, by=staff)
    refused = services.refuse(
        candidacy=candidacy, reason="Le public n'est pas celui du dispositif.", ineligible=True, by=staff,
        at=timezone.now(),
    )  # fmt: skip
    assert bytes(refused.letter).startswith(b"%PDF")
    assert refused.eligible is False
    mail = OutboxMessage.objects.get(effect__startswith=f"candidacy {candidacy.pk} refused")
    assert "Le public n'est pas celui du dispositif." in mail.text and "Le public" in mail.html
    assert mail.recipient == candidacy.lead_email


def test_refusal_of_another_kind_leaves_eligibility_open(staff):
    refused = services.refuse(
        candidacy=CandidacyFactory(), reason="Plus tard.", ineligible=False, by=staff, at=NOW
    )
    assert refused.eligible is None


@pytest.mark.parametrize("verb", [services.refuse, services.set_aside])
def test_refusing_and_setting_aside_take_a_reason(staff, verb):
    more = {"ineligible": False} if verb is services.refuse else {"call_on": None}
    candidacy = CandidacyFactory()
    with pytest.raises(DomainError, match="motif"):
        verb(candidacy=candidacy, reason="  ", by=staff, at=NOW, **more)
    candidacy.refresh_from_db()
    assert candidacy.state == State.RECEIVED and mails(candidacy) == []


@pytest.mark.parametrize("verb", ["refuse", "withdraw"])
def test_signed_agreement_is_not_left_through_the_candidacy(staff, verb):
    candidacy = sign(a_candidacy(State.AGREEMENT, by=staff))
    more = {"ineligible": False} if verb == "refuse" else {}
    with pytest.raises(DomainError, match="est signée"):
        getattr(services, verb)(candidacy=candidacy, reason="Trop tard.", by=staff, at=timezone.now(), **more)


def test_withdrawal_takes_the_unsigned_agreement_back(staff):
    candidacy = a_candidacy(State.AGREEMENT, by=staff)
    withdrawn = services.withdraw(candidacy=candidacy, reason="Fermeture.", by=staff, at=timezone.now())
    withdrawn.agreement.refresh_from_db()
    assert withdrawn.agreement.state == Agreement.State.WITHDRAWN
    assert (withdrawn.state, withdrawn.closing_reason) == (State.WITHDRAWN, "Fermeture.")


def test_set_aside_one_comes_back(staff):
    call_on = date(2027, 1, 15)
    candidacy = CandidacyFactory()
    aside = services.set_aside(
        candidacy=candidacy, reason="Faute de moyens.", call_on=call_on, by=staff, at=NOW
    )
    assert (aside.state, aside.next_on) == (State.SET_ASIDE, call_on)
    assert "Faute de moyens." in OutboxMessage.objects.get(recipient=candidacy.lead_email).text
    assert list(Candidacy.objects.late(on=date(2027, 1, 16))) == [candidacy]
    back = services.take_up_again(candidacy=candidacy, by=staff, at=NOW)
    assert (back.state, back.closing_reason) == (State.RECEIVED, "")


@pytest.mark.parametrize(
    ("on", "days"), [(date(2026, 12, 1), 0), (date(2026, 12, 2), 1), (date(2026, 12, 9), 8)]
)
def test_step_is_late_from_the_day_after(on, days):
    candidacy = CandidacyFactory(next_on=date(2026, 12, 1))
    assert candidacy.days_late(on=on) == days
    assert list(Candidacy.objects.late(on=on)) == ([candidacy] if days else [])


def test_ended_candidacy_is_never_late():
    candidacy = CandidacyFactory(state=State.WITHDRAWN, next_on=date(2020, 1, 1))
    assert candidacy.days_late(on=date(2026, 1, 1)) == 0


def test_whoever_takes_the_first_step_follows_it(staff):
    candidacy = a_candidacy(State.MEETING, by=staff)
    services.find_feasible(candidacy=candidacy, reason="Oui.", by=UserFactory(staff=True), at=timezone.now())
    candidacy.refresh_from_db()
    assert candidacy.follower == staff


@pytest.mark.parametrize(
    "impossible",
    [
        {"state": State.FEASIBLE},
        {"state": State.REFUSED},
        {"state": State.ACTIVE, "with_structure": True},
        {"of_venue": True, "with_structure": True},
    ],
)
def test_impossible_candidacy_is_refused_by_the_database(impossible):
    structure = StructureFactory() if impossible.pop("with_structure", False) else None
    with pytest.raises(IntegrityError), transaction.atomic():
        CandidacyFactory(structure=structure, **impossible)


def test_no_free_text_stands_in_the_trail(staff):
    services.refuse(candidacy=CandidacyFactory(), reason="Canarizelle", ineligible=True, by=staff, at=NOW)
    assert "Canarizelle" not in str(list(AuditEntry.objects.values()))


# --- The same organisation twice ------------------------------------------------------------------


def test_same_name_and_postcode_are_seen_whatever_the_writing():
    partner = StructureFactory(name="C.C.A.S. de l'Étang", postcode="69100")
    StructureFactory(name="CCAS de l'Étang", postcode="69800")
    other = CandidacyFactory(name="ccas de l’etang", postcode="69100")
    found = services.alike(CandidacyFactory(name="CCAS DE L'ÉTANG", postcode="69100"))
    assert (found.same, found.others, found.candidacies) == ([partner], [], [other])


@pytest.mark.parametrize("column", ["email", "representative_email", "lead_email"])
def test_same_address_is_seen_on_records_accounts_and_candidacies(column):
    mail = "bonjour@ormes.example"
    partner = StructureFactory(email=mail.upper(), postcode="01000")
    account = UserFactory(email=mail)
    other = CandidacyFactory(representative_email=mail, postcode="01000")
    found = services.alike(CandidacyFactory(**{column: mail}))
    assert set(found.others) == {partner, account.structure}
    assert found.candidacies == [other]


def test_nobody_alike_is_nobody():
    assert not services.alike(CandidacyFactory(email="", representative_email="", lead_email=""))


def test_own_record_is_no_hint(staff):
    assert not services.alike(a_candidacy(State.FEASIBLE, by=staff))


# --- Forgetting -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "months", "before"),
    [
        (date(2026, 11, 22), 12, date(2025, 11, 22)),
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 12, 31), 12, date(2025, 12, 31)),
        (date(2026, 12, 31), 1, date(2026, 11, 30)),
    ],
)
def test_months_before_a_day(on, months, before):
    assert months_before(on, months) == before


@pytest.mark.parametrize("state", [State.REFUSED, State.WITHDRAWN])
def test_old_refused_or_withdrawn_candidacy_is_erased_and_still_counted(staff, state, settings):
    candidacy = a_candidacy(state, by=staff, website="https://ormes.example")
    candidacy.notes = "Une note."
    candidacy.save()
    since = candidacy.state_since
    last = since.replace(year=since.year + 1)
    at = datetime(last.year, last.month, last.day, 12, tzinfo=ZoneInfo("Europe/Paris"))
    assert services.forget_old(at=at) == 0
    assert services.forget_old(at=at + timedelta(days=1)) == 1
    assert services.forget_old(at=at + timedelta(days=2)) == 0
    kept = Candidacy.objects.get()
    assert (kept.state, kept.type, kept.commune, kept.state_since) == (
        state,
        "CHRS",
        candidacy.commune,
        since,
    )
    assert str(kept) == "Candidature effacée"
    written = str(Candidacy.objects.values().get()) + str(list(OutboxMessage.objects.values()))
    for word in ("Ormes", "ormes", "Verdeil", "Castelbois", "+334", "Une note", "%PDF"):
        assert word not in written


@pytest.mark.parametrize("state", [State.RECEIVED, State.SET_ASIDE, State.ACTIVE])
def test_candidacy_under_way_set_aside_or_active_is_kept(staff, state):
    a_candidacy(state, by=staff)
    assert services.forget_old(at=timezone.now() + timedelta(days=5000)) == 0


def test_record_that_never_was_a_partner_goes_with_its_candidacy(staff):
    candidacy = a_candidacy(State.FEASIBLE, by=staff)
    services.withdraw(candidacy=candidacy, reason="", by=staff, at=timezone.now())
    services.forget_old(at=timezone.now() + timedelta(days=5000))
    assert not Structure.objects.filter(pk=candidacy.structure_id).exists()


def test_record_that_staff_had_or_that_has_a_past_stays(staff):
    known = StructureFactory()
    joined = a_candidacy(State.MEETING, by=staff)
    services.find_feasible(candidacy=joined, reason="Oui.", partner=known, by=staff, at=timezone.now())
    drafted = a_candidacy(State.AGREEMENT, by=staff)
    for candidacy in (joined, drafted):
        services.withdraw(candidacy=candidacy, reason="", by=staff, at=timezone.now())
    services.forget_old(at=timezone.now() + timedelta(days=5000))
    assert set(Structure.objects.all()) == {known, drafted.structure}
