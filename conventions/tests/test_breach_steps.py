"""The breach procedure: its one table of steps, its delays in Paris days, and no other path (B5)."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, models, transaction

from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from common.tests.factories import paris
from conventions.models import Agreement, Breach, BreachLetter, EvidenceEntry
from conventions.models.breaches import OPEN, STEPS, Side, State
from conventions.services import breaches as services
from conventions.tasks.breaches import terminate_due
from conventions.tests.factories import AgreementFactory, a_breach, answering
from partners.models import Suspension, User
from partners.services import suspend
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory, VisitorAccessFactory

pytestmark = pytest.mark.django_db
NOTICED = paris(2027, 3, 1, 10)
WORDS = "Une erreur de notre part, corrigée depuis."


@pytest.fixture
def staff():
    return UserFactory(staff=True)


TERM = {"starts_on": date(2026, 10, 1), "ends_on": date(2028, 9, 30), "signed_on": date(2026, 9, 1)}
both = pytest.mark.parametrize("agreement", ["structure", "venue"], indirect=True)


@pytest.fixture
def agreement(request):
    """An agreement in force in 2027: a structure's, or a venue's for a test marked `both`."""
    if getattr(request, "param", "") == "venue":
        return AgreementFactory(structure=None, venue=VenueFactory(), **TERM)
    return AgreementFactory(**TERM)


@pytest.fixture
def lead(agreement):
    return answering(agreement.partner)


def days(number, hour=10) -> datetime:
    """`number` days after the notice, by the clocks of Paris."""
    day = NOTICED.date() + timedelta(days=number)
    return paris(day.year, day.month, day.day, hour)


def fresh(breach) -> Breach:
    return Breach.objects.get(pk=breach.pk)


def brought_to(state, agreement, by) -> Breach:
    """A procedure that `by` noticed on 1 March and brought to `state` in the shortest time."""
    breach = a_breach(agreement=agreement, by=by, at=NOTICED)
    other = UserFactory(staff=True) if breach.notifier == Side.PARTNER else answering_again(agreement.partner)
    if state == State.EXPLAINED:
        services.explain(breach=breach, words=WORDS, by=other, at=days(3))
    if state in {State.LETTER_SENT, State.PRESENTED, State.TERMINATED}:
        services.prepare_letter(breach=fresh(breach), by=by, at=days(16))
        services.send_letter(
            breach=fresh(breach), sent_on=days(16).date(), tracking_number="1A 234 567 890", by=by, at=days(16)
        )  # fmt: skip
    if state in {State.PRESENTED, State.TERMINATED}:
        services.present_letter(breach=fresh(breach), presented_on=days(18).date(), by=by, at=days(19))
    if state == State.TERMINATED:
        services.terminate(breach=fresh(breach), by=by, at=days(33))
    if state == State.REINSTATED:
        services.drop(breach=fresh(breach), by=by, at=days(2))
    return fresh(breach)


def answering_again(partner):
    """Who answers for the partner already, or somebody new."""
    return partner.users.exclude(role=User.Role.WORKER).first() or answering(partner)


def acts(by):
    """What `by` could try with a procedure, each step of the table by its service."""
    late = days(400)
    return {
        "explain": lambda breach: services.explain(breach=breach, words=WORDS, by=by, at=late),
        "prepare": lambda breach: services.prepare_letter(breach=breach, by=by, at=late),
        "send": lambda breach: services.send_letter(
            breach=breach, sent_on=days(20).date(), tracking_number="1A", by=by, at=late
        ),
        "present": lambda breach: services.present_letter(
            breach=breach, presented_on=days(20).date(), by=by, at=late
        ),
        "terminate": lambda breach: services.terminate(breach=breach, by=by, at=late),
        "offer": lambda breach: services.offer(breach=breach, words=WORDS, by=by, at=late),
        "accept": lambda breach: services.accept(breach=breach, seen=breach.offer_mark, by=by, at=late),
        "reinstate": lambda breach: services.reinstate(breach=breach, words=WORDS, by=by, at=late),
        "drop": lambda breach: services.drop(breach=breach, by=by, at=late),
    }


# --- No other path ----------------------------------------------------------------------------------

# What the team may do where it noticed, and what the partner may; then the same where the partner noticed.
MAY = {
    ("association", "staff"): {
        State.NOTICED: {"explain", "prepare", "offer", "reinstate", "drop"},  # explain: what came by post
        State.EXPLAINED: {"prepare", "offer", "reinstate", "drop"},
        State.LETTER_SENT: {"present", "offer", "reinstate", "drop"},
        State.PRESENTED: {"terminate", "offer", "reinstate", "drop"},
    },
    ("association", "lead"): {
        State.NOTICED: {"explain", "offer"},
        State.EXPLAINED: {"offer"},
        State.LETTER_SENT: {"offer"},
        State.PRESENTED: {"offer"},
    },
    ("partner", "staff"): {
        State.NOTICED: {"explain", "offer", "reinstate"},
        State.EXPLAINED: {"offer", "reinstate"},
        State.LETTER_SENT: {"offer", "reinstate"},
        State.PRESENTED: {"offer", "reinstate"},
    },
    ("partner", "lead"): {
        State.NOTICED: {"prepare", "offer", "drop"},
        State.EXPLAINED: {"prepare", "offer", "drop"},
        State.LETTER_SENT: {"present", "offer", "drop"},
        State.PRESENTED: {"terminate", "offer", "drop"},
    },
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize(("notifier", "who"), list(MAY))
def test_each_party_takes_its_own_steps_and_no_other(notifier, who, state, agreement, lead, staff):
    breach = brought_to(state, agreement, {"association": staff, "partner": lead}[notifier])
    assert (breach.state, breach.notifier) == (state, notifier)
    person = {"staff": staff, "lead": lead}[who]
    User.objects.filter(pk=person.pk).update(is_active=True)
    legal = MAY[notifier, who].get(state, set())
    side = breach.side_of(person)
    assert {step.name for step in breach.legal_steps(side=side, on=days(400).date())} == legal
    for name, act in acts(person).items():
        if name in legal:
            with transaction.atomic():
                act(fresh(breach))
                transaction.set_rollback(True)
        else:
            with pytest.raises(DomainError):
                act(fresh(breach))
        assert fresh(breach).state == state


def test_states_and_transitions_are_those_of_the_agreement():
    paths = {(source, step.target) for step in STEPS.values() if step.target for source in step.sources}
    assert paths == {
        (State.NOTICED, State.EXPLAINED), (State.NOTICED, State.LETTER_SENT),
        (State.EXPLAINED, State.LETTER_SENT), (State.LETTER_SENT, State.PRESENTED),
        (State.PRESENTED, State.TERMINATED), *((state, State.REINSTATED) for state in OPEN),
    }  # fmt: skip


@pytest.mark.parametrize("trait", [{}, {"venue_desk": True}, {"lead": True}])
def test_strangers_and_workers_take_no_step(trait, staff):
    breach = a_breach(by=staff)
    trait = trait or {"structure": breach.partner}  # a worker of the very structure
    stranger = UserFactory(**trait)
    assert breach.side_of(stranger) is None and breach.legal_steps(side=None, on=days(400).date()) == []
    for act in acts(stranger).values():
        with pytest.raises(DomainError):
            act(breach)
    with pytest.raises(DomainError, match="n'est pas celle de votre"):
        a_breach(agreement=AgreementFactory(structure=breach.partner), by=stranger)


def test_state_moves_by_steps_alone(staff):
    breach = a_breach(by=staff)
    breach.state = State.TERMINATED
    with pytest.raises(TypeError):
        breach.save()
    with pytest.raises(TypeError):
        Breach.objects.update(state=State.TERMINATED)
    with pytest.raises(TypeError):
        Breach.objects.bulk_update([breach], ["state"])
    with pytest.raises(TypeError):
        Breach.objects.all().delete()
    with pytest.raises(TypeError):
        breach.delete()
    with pytest.raises(TypeError):
        Breach.objects.create(
            agreement=AgreementFactory(), notifier="association", grounds="…", state=State.REINSTATED,
            noticed_on=NOTICED.date(), explain_by=NOTICED.date(), reinstated_on=NOTICED.date(),
        )  # fmt: skip
    letter = breach.letters.get()
    for forbidden in (letter.save, letter.delete, BreachLetter.objects.all().delete):
        with pytest.raises(TypeError):
            forbidden()
    assert fresh(breach).state == State.NOTICED


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "explained"},
        {"state": "letter_sent"},
        {"state": "presented", "presented_on": date(2027, 4, 1)},
        {"state": "terminated"},
        {"state": "reinstated"},
        {"state": "reinstated", "reinstated_on": date(2027, 2, 1)},
        {"explained_on": date(2027, 3, 2)},
        {"state": "explained", "explained_on": date(2027, 2, 28)},
        {"state": "letter_sent", "letter_sent_on": date(2027, 3, 16), "tracking_number": "1A"},
        {"state": "letter_sent", "letter_sent_on": date(2027, 3, 17)},
        {"tracking_number": "1A"},
        {"offered_by": "partner"},
        {"explain_by": date(2027, 2, 1)},
    ],
)
def test_database_refuses_a_state_without_its_dates_and_dates_out_of_order(columns, staff):
    breach = a_breach(by=staff, agreement=AgreementFactory(**TERM), at=NOTICED)
    with pytest.raises(IntegrityError), transaction.atomic():
        models.QuerySet(Breach).filter(pk=breach.pk).update(**columns)


def test_of_two_steps_at_once_one_is_taken(agreement, staff):
    breach = a_breach(agreement=agreement, by=staff, at=NOTICED)
    first, second = fresh(breach), fresh(breach)
    services.drop(breach=first, by=staff, at=days(1))
    with pytest.raises(DomainError, match="vient d'avancer"):
        services.reinstate(breach=second, words=WORDS, by=staff, at=days(1))
    assert breach.letters.count() == 2


@both
def test_one_open_procedure_for_an_agreement(agreement, lead, staff):
    breach = a_breach(agreement=agreement, by=staff, at=NOTICED)
    for by in (staff, lead):
        with pytest.raises(DomainError, match="déjà ouverte"):
            a_breach(agreement=agreement, by=by, at=days(1))
    services.drop(breach=breach, by=staff, at=days(1))
    assert a_breach(agreement=agreement, by=lead, at=days(2)).notifier == Side.PARTNER
    with pytest.raises(IntegrityError), transaction.atomic():
        Breach.objects.open_case(agreement=agreement, notifier="association", grounds="…", on=NOTICED.date())


# --- Delays, by the days of Paris -----------------------------------------------------------------------

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("noticed", "last_day"),
    [
        (paris(2027, 3, 20, 23, 59), date(2027, 4, 4)),  # the night of summer time lies between
        (paris(2027, 3, 13, 0, 0), date(2027, 3, 28)),  # …and is the last
        (paris(2027, 10, 16, 12), date(2027, 10, 31)),  # the night of winter time is the last
        (paris(2028, 2, 14, 8), date(2028, 2, 29)),  # a leap day
        (paris(2028, 2, 20, 8), date(2028, 3, 6)),
        (
            paris(2026, 12, 24, 23, 30),
            date(2027, 1, 8),
        ),  # already Christmas by UTC + 1, still the 24th in Paris
    ],
)
def test_explanations_are_in_time_until_the_last_second_of_the_fifteenth_day(noticed, last_day, staff):
    agreement = AgreementFactory(**TERM)
    lead = answering(agreement.partner)
    midnight = paris(*(last_day + timedelta(days=1)).timetuple()[:3])
    for moment, late in ((midnight - SECOND, False), (midnight + SECOND, True)):
        breach = a_breach(agreement=agreement, by=staff, at=noticed)
        assert breach.explain_by == last_day
        with pytest.raises(DomainError, match="possible à partir du"):
            services.prepare_letter(breach=breach, by=staff, at=midnight - SECOND)
        with transaction.atomic():
            services.prepare_letter(breach=breach, by=staff, at=midnight + SECOND)
            transaction.set_rollback(True)
        services.explain(breach=fresh(breach), words=WORDS, by=lead, at=moment)
        assert fresh(breach).is_late is late
        entry = AuditEntry.objects.get(subject__endswith=str(breach.pk), verb="explications reçues")
        assert entry.details["hors_délai"] is late
        services.drop(breach=fresh(breach), by=staff, at=midnight + SECOND)


@pytest.mark.parametrize(
    ("presented", "ends"),
    [
        (date(2027, 3, 13), date(2027, 3, 28)),  # summer time begins that night
        (date(2027, 10, 16), date(2027, 10, 31)),  # winter time
        (date(2028, 2, 14), date(2028, 2, 29)),  # a leap day
        (date(2027, 12, 20), date(2028, 1, 4)),
    ],
)
def test_agreement_ends_on_the_fifteenth_day_after_the_presentation_and_not_a_second_before(
    presented, ends, staff
):
    agreement = AgreementFactory(**TERM)
    sent = presented - timedelta(days=2)
    noticed = paris(*(sent - timedelta(days=16)).timetuple()[:3], 9)
    breach = a_breach(agreement=agreement, by=staff, at=noticed)
    services.prepare_letter(breach=fresh(breach), by=staff, at=paris(*sent.timetuple()[:3], 9))
    services.send_letter(
        breach=fresh(breach), sent_on=sent, tracking_number="1A", by=staff, at=paris(*sent.timetuple()[:3], 9)
    )  # fmt: skip
    services.present_letter(
        breach=fresh(breach), presented_on=presented, by=staff, at=paris(*presented.timetuple()[:3], 9)
    )  # fmt: skip
    midnight = paris(*ends.timetuple()[:3])
    assert services.terminate_due(at=midnight - SECOND) == 0
    with pytest.raises(DomainError, match=f"à partir du {ends:%d/%m/%Y}"):
        services.terminate(breach=fresh(breach), by=staff, at=midnight - SECOND)
    assert services.terminate_due(at=midnight + SECOND) == 1
    assert fresh(breach).state == State.TERMINATED
    assert Agreement.objects.get(pk=agreement.pk).terminated_on == ends


def test_days_of_the_registered_letter_must_be_possible(agreement, staff):
    breach = a_breach(agreement=agreement, by=staff, at=NOTICED)
    services.prepare_letter(breach=fresh(breach), by=staff, at=days(20))
    send = {"breach": fresh(breach), "by": staff, "at": days(20)}
    for wrong in (days(15), days(21)):
        with pytest.raises(DomainError, match="vérifiez la date") as refused:
            services.send_letter(sent_on=wrong.date(), tracking_number="1A", **send)
        assert refused.value.field == "sent_on"
    with pytest.raises(DomainError, match="numéro de suivi") as refused:
        services.send_letter(sent_on=days(18).date(), tracking_number="  ", **send)
    assert refused.value.field == "tracking_number"
    services.send_letter(sent_on=days(18).date(), tracking_number=" 1a 23 ", **send)
    assert fresh(breach).tracking_number == "1A23"
    for wrong in (days(17), days(21)):
        with pytest.raises(DomainError, match="vérifiez la date"):
            services.present_letter(breach=fresh(breach), presented_on=wrong.date(), by=staff, at=days(20))


def test_letter_is_prepared_once_before_it_is_sent(agreement, staff):
    breach = a_breach(agreement=agreement, by=staff, at=NOTICED)
    with pytest.raises(DomainError, match="Préparez d'abord"):
        services.send_letter(
            breach=breach, sent_on=days(16).date(), tracking_number="1A", by=staff, at=days(16)
        )  # fmt: skip
    services.prepare_letter(breach=fresh(breach), by=staff, at=days(16))
    with pytest.raises(DomainError, match="déjà prête"):
        services.prepare_letter(breach=fresh(breach), by=staff, at=days(17))


# --- What follows ---------------------------------------------------------------------------------------


@both
def test_notice_suspends_at_once_writes_the_letter_and_tells_the_other_party(agreement, lead, staff):
    partner = agreement.partner
    type(partner).objects.filter(pk=partner.pk).update(representative_email="direction@structure.example")
    breach = a_breach(agreement=Agreement.objects.get(pk=agreement.pk), by=staff, at=NOTICED)
    partner.refresh_from_db()
    assert partner.is_suspended and "1" in partner.suspension_reason
    letter = breach.letters.get()
    assert (
        bytes(letter.content).startswith(b"%PDF")
        and letter.kind == "notice"
        and letter.sender == "association"
    )
    assert {mail.recipient for mail in OutboxMessage.objects.all()} == {
        lead.email,
        "direction@structure.example",
    }
    assert all("revendues" not in mail.text for mail in OutboxMessage.objects.all())
    entry = AuditEntry.objects.get(subject__endswith=str(breach.pk))
    assert entry.verb == "manquement signalé" and "revendues" not in str(entry.details)


@both
def test_partner_notices_the_association_and_pursues_to_the_end(agreement, lead, staff):
    breach = brought_to(State.TERMINATED, agreement, lead)
    letters = {letter.kind: letter.sender for letter in breach.letters.all()}
    assert letters == {"notice": "partner", "termination": "partner"}
    told = OutboxMessage.objects.filter(recipient="equipe@portail.example")
    assert told.count() == 4  # noticed, letter sent, presented, terminated
    assert breach.agreement.terminated_on == days(33).date()


@both
def test_termination_closes_accounts_and_codes_and_leaves_its_evidence(agreement, lead, staff):
    partner = agreement.partner
    codes = [VisitorAccessFactory(structure=partner)] if agreement.structure else []
    breach = brought_to(State.TERMINATED, agreement, staff)
    lead.refresh_from_db()
    assert not lead.is_active
    for code in codes:
        code.refresh_from_db()
        assert code.revoked_at == days(33)
    partner.refresh_from_db()
    assert partner.is_suspended  # a venue's dates stay out of the catalogue
    assert not Agreement.objects.in_force(on=days(33).date()).exists()
    assert EvidenceEntry.objects.get(agreement=agreement).kind == "terminated"
    assert services.terminate_due(at=days(40)) == 0 and EvidenceEntry.objects.count() == 1
    assert fresh(breach).state == State.TERMINATED


def test_termination_of_one_of_two_agreements_leaves_the_partner_its_accounts(lead, agreement, staff):
    own = {"structure": agreement.structure, "venue": agreement.venue}
    term = {"starts_on": date(2026, 10, 1), "ends_on": date(2029, 9, 30), "signed_on": date(2026, 9, 1)}
    AgreementFactory(**own, **term)
    brought_to(State.TERMINATED, agreement, staff)
    lead.refresh_from_db()
    agreement.partner.refresh_from_db()
    assert lead.is_active and not agreement.partner.is_suspended


def test_nightly_task_terminates_what_is_due(agreement, staff, time_machine):
    breach = brought_to(State.PRESENTED, agreement, staff)
    time_machine.move_to(days(33, hour=0))
    terminate_due()
    terminate_due()
    assert fresh(breach).state == State.TERMINATED
    trace = AuditEntry.objects.get(subject__endswith=str(breach.pk), verb="convention résiliée")
    assert trace.actor == "portail"


@pytest.mark.parametrize("state", sorted(OPEN))
def test_agreement_to_resume_is_possible_at_every_step_and_lifts_the_suspension(
    state, agreement, lead, staff
):
    breach = brought_to(state, agreement, staff)
    services.offer(breach=breach, words="Une formation ensemble en avril.", by=lead, at=days(20))
    assert Breach.objects.waiting_for_team(on=days(20).date()).get() == breach
    with pytest.raises(DomainError, match="pas fait de proposition"):
        services.accept(
            breach=fresh(breach), seen=fresh(breach).offer_mark, by=lead, at=days(20)
        )  # nobody accepts their own
    services.accept(breach=fresh(breach), seen=fresh(breach).offer_mark, by=staff, at=days(20))
    breach = fresh(breach)
    assert (breach.state, breach.understanding) == (State.REINSTATED, "Une formation ensemble en avril.")
    agreement.partner.refresh_from_db()
    assert not agreement.partner.is_suspended and Suspension.objects.get().until == days(20)
    assert Agreement.objects.get(pk=agreement.pk).terminated_on is None
    assert "reinstatement" in {letter.kind for letter in breach.letters.all()}


@both
def test_suspension_is_held_while_a_procedure_is_open(agreement, staff):
    own = {"structure": agreement.structure, "venue": agreement.venue}
    term = {"starts_on": date(2026, 10, 1), "ends_on": date(2029, 9, 30), "signed_on": date(2026, 9, 1)}
    first = a_breach(agreement=agreement, by=staff, at=NOTICED)
    second = a_breach(agreement=AgreementFactory(**own, **term), by=staff, at=NOTICED)
    with pytest.raises(DomainError, match="procédure de manquement est ouverte"):
        services.lift(partner=agreement.partner, by=staff, at=days(1))
    services.drop(breach=first, by=staff, at=days(1))
    agreement.partner.refresh_from_db()
    assert agreement.partner.is_suspended
    services.drop(breach=second, by=staff, at=days(1))
    agreement.partner.refresh_from_db()
    assert not agreement.partner.is_suspended


def test_partner_suspended_by_hand_before_the_notice_keeps_that_suspension_until_both_agree(agreement, staff):
    suspend(partner=agreement.partner, reason="Par prudence.", by=staff, at=NOTICED)
    breach = a_breach(agreement=agreement, by=staff, at=days(1))
    assert Suspension.objects.get().reason == "Par prudence."
    services.reinstate(breach=breach, words=WORDS, by=staff, at=days(2))
    assert Suspension.objects.open().count() == 0


@both
def test_partner_suspended_by_hand_frees_itself_neither_by_dropping_its_notice_nor_by_ending_an_agreement(
    agreement, lead, staff
):
    suspend(partner=agreement.partner, reason="Par prudence.", by=staff, at=NOTICED)
    own = {"structure": agreement.structure, "venue": agreement.venue}
    other = AgreementFactory(**own, **{**TERM, "ends_on": date(2029, 9, 30)})
    breach = a_breach(agreement=other, by=lead, at=days(1))
    assert "drop" not in {step.name for step in breach.legal_steps(side=Side.PARTNER, on=days(2).date())}
    with pytest.raises(DomainError, match="déjà suspendu avant"):
        services.drop(breach=breach, by=lead, at=days(2))
    brought_to(State.TERMINATED, agreement, lead)
    agreement.partner.refresh_from_db()
    assert agreement.partner.is_suspended
    assert Suspension.objects.open().get().reason == "Par prudence."
    services.offer(breach=fresh(breach), words=WORDS, by=lead, at=days(34))
    services.accept(breach=fresh(breach), seen=fresh(breach).offer_mark, by=staff, at=days(34))
    assert Suspension.objects.open().count() == 0


@both
def test_partner_that_drops_its_own_notice_is_no_longer_suspended(agreement, lead):
    breach = a_breach(agreement=agreement, by=lead, at=NOTICED)
    services.drop(breach=breach, by=lead, at=days(1))
    agreement.partner.refresh_from_db()
    assert not agreement.partner.is_suspended


def test_explanations_by_post_count_from_the_day_they_came(agreement, lead, staff):
    breach = a_breach(agreement=agreement, by=staff, at=NOTICED)
    for wrong in (days(-1), days(18)):
        with pytest.raises(DomainError, match="entre le"):
            services.explain(
                breach=fresh(breach), words=WORDS, by=staff, at=days(17), received_on=wrong.date()
            )  # fmt: skip
    services.explain(breach=fresh(breach), words=WORDS, by=staff, at=days(17), received_on=days(15).date())
    assert fresh(breach).explained_on == days(15).date() and not fresh(breach).is_late


def test_nobody_dates_their_own_explanations(agreement, lead, staff):
    breach = a_breach(agreement=agreement, by=staff, at=NOTICED)
    services.explain(breach=breach, words=WORDS, by=lead, at=days(17), received_on=days(2).date())
    assert fresh(breach).explained_on == days(17).date() and fresh(breach).is_late


@pytest.mark.parametrize("field", [{"grounds": "  "}])
def test_notice_needs_words_and_an_agreement_in_force(field, staff):
    with pytest.raises(DomainError, match="Écrivez ce qui s'est passé"):
        a_breach(by=staff, **field)
    with pytest.raises(DomainError, match="pas en vigueur") as refused:
        a_breach(by=staff, agreement=AgreementFactory(unsigned=True))
    assert refused.value.field == "agreement"
    structure = StructureFactory()
    assert not Breach.objects.exists() and not structure.is_suspended


def test_each_act_is_told_once_and_never_with_its_words(agreement, lead, staff):
    breach = brought_to(State.EXPLAINED, agreement, staff)
    services.offer(breach=breach, words=WORDS, by=staff, at=days(4))
    services.offer(breach=fresh(breach), words=WORDS, by=staff, at=days(5))
    services.reinstate(breach=fresh(breach), words=WORDS, by=staff, at=days(6))
    effects = [mail.effect.split()[0] for mail in OutboxMessage.objects.order_by("created_at")]
    assert effects[:4] == ["breach-noticed", "breach-explained", "breach-offered", "breach-offered"]
    assert sorted(effects[4:]) == ["breach-reinstated"] * 2
    assert not any(WORDS in mail.text + mail.html for mail in OutboxMessage.objects.all())
