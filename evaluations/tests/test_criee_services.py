"""La Criée: nothing is read before the team read it, everything can be taken back (E3)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from common.codes import new_token
from common.errors import DomainError, TooManyAttempts
from common.models import AuditEntry, OutboxMessage
from evaluations.models import Charter, Opinion, Reason
from evaluations.services import criee
from evaluations.services.criee import hints_in
from evaluations.tests.factories import OpinionFactory, OpinionReportFactory
from invitations.tests.factories import ParticipantFactory
from offers.tests.factories import EventFactory
from partners.models import User
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
AT = datetime(2026, 11, 24, 9, tzinfo=PARIS)
State = Opinion.State


def give(*, text="J'ai adoré.", token="", account=None, address="203.0.113.7", at=AT, **said):
    return criee.give(
        opinion=Opinion(text=text, **said),
        token=token or new_token(),
        account=account,
        address=address,
        at=at,
    )


def report(opinion, address="203.0.113.7", **more):
    return criee.report(opinion=opinion, reason=Reason.HURTS, account=None, address=address, at=AT, **more)


@pytest.fixture
def staff():
    return UserFactory(staff=True)


# --- Coming in ------------------------------------------------------------------------------------


def test_opinion_waits_with_its_subject_its_charter_and_no_author():
    event = EventFactory()
    kept = give(event=event, language="ar", pseudonym="  Une\nvoisine ", stance="not")

    assert kept.state == State.WAITING and kept not in Opinion.objects.published()
    assert (kept.venue, kept.kind, kept.language, kept.stance) == (event.venue, event.kind, "ar", "not")
    assert kept.charter == Charter.objects.current(at=AT)
    assert kept.pseudonym == "Une voisine" and kept.structure is None and kept.speaks_for is None
    assert "avis reçu" in AuditEntry.objects.values_list("verb", flat=True)


def test_words_and_secret_are_not_readable_in_the_database():
    token = new_token()
    give(text="Un mot bien reconnaissable", token=token, pseudonym="Reconnaissable")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM evaluations_opinion")
        stored = str(cursor.fetchall())
    assert "reconnaissable" not in stored.lower() and token not in stored
    assert criee.find(token).text == "Un mot bien reconnaissable"


def test_sent_twice_is_kept_once():
    token = new_token()
    assert give(token=token) == give(token=token)


def test_structure_passes_on_words_and_only_the_team_knows_which():
    worker = UserFactory()
    ParticipantFactory(structure=worker.structure, given_name="Zoé-Lou", family_name="Ba")
    kept = give(account=worker, text="Zoé Lou a aimé, appelez le 04.65.71.00.12")

    assert kept.structure == worker.structure
    assert kept.hints == ["name", "phone"]
    assert "Zoé" not in str(AuditEntry.objects.values())


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("J'ai vu 3 films en 2026.", []),
        ("Appelez +33 4 65 71 00 12", ["phone"]),
        ("écrire à a.b@portail.example", ["email"]),
        ("WWW.exemple.example", ["link"]),
        ("Prosper a ri", ["name"]),
        ("La prospérité, c'est bien", []),
        ("Ba, c'est le nom", []),
    ],
)
def test_moderators_are_told_what_to_look_at_twice(text, hints):
    people = [ParticipantFactory.build(given_name="Prosper", family_name="Ba", structure=None)]
    assert hints_in(text, people=people) == hints


def test_venue_answers_in_its_own_name_and_gives_no_opinion():
    opinion, desk = OpinionFactory(), UserFactory(venue_desk=True)
    kept = give(answers_to=opinion, account=desk)

    assert kept.speaks_for == desk.venue and kept.state == State.WAITING
    with pytest.raises(DomainError, match="Un lieu répond"):
        give(account=desk)


def test_nobody_answers_what_is_not_published():
    with pytest.raises(DomainError, match="ne sont plus publiés"):
        give(answers_to=OpinionFactory(waiting=True))


def test_flood_from_one_network_or_from_everywhere_is_slowed(settings):
    settings.CRIEE_SENT, settings.CRIEE_SENT_ALL = 2, 3
    for address in ("203.0.113.7", "203.0.113.7"):
        give(address=address)
    with pytest.raises(TooManyAttempts, match="rien n’est perdu"):
        give()
    give(address="203.0.113.8")
    with pytest.raises(TooManyAttempts):
        give(address="203.0.113.9")
    give(address="203.0.113.9", at=AT + timedelta(hours=2))
    assert Opinion.objects.count() == 4


def test_without_a_charter_nobody_speaks():
    Charter.objects.all().delete()
    with pytest.raises(DomainError, match="charte"):
        give()


# --- Judging --------------------------------------------------------------------------------------


def test_published_is_read_by_everybody_and_its_venue_hears_once(staff):
    event = EventFactory()
    desk = UserFactory(venue_desk=True, venue=event.venue)
    UserFactory(venue_desk=True, venue=event.venue, is_active=False)
    opinion = give(event=event)
    for _ in range(2):
        criee.publish(opinion=opinion, by=staff, at=AT)

    opinion.refresh_from_db()
    assert (opinion.state, opinion.decided_by, opinion.published_at) == (State.PUBLISHED, staff, AT)
    assert OutboxMessage.objects.get().recipient == desk.email


def test_answer_and_words_on_nothing_in_particular_send_no_mail(staff):
    event = EventFactory()
    UserFactory(venue_desk=True, venue=event.venue)
    for kept in (give(), give(answers_to=OpinionFactory(event=event))):
        criee.publish(opinion=kept, by=staff, at=AT)
    assert not OutboxMessage.objects.exists()


def test_refusal_says_why_and_can_come_after_publication(staff):
    opinion = OpinionFactory()
    with pytest.raises(DomainError, match="Écrivez la raison"):
        criee.refuse(opinion=opinion, reason=Reason.OTHER, words=" ", by=staff, at=AT)
    criee.refuse(opinion=opinion, reason=Reason.NAMES, words="Sans le prénom.", by=staff, at=AT)

    assert opinion not in Opinion.objects.published()
    found = criee.find(opinion.token)
    assert (found.refusal, found.refusal_words) == ("names", "Sans le prénom.")
    assert found.said_refusal == "On peut reconnaître quelqu’un"


def test_author_takes_words_back_whatever_their_state_and_they_are_erased(staff):
    for state in (State.WAITING, State.PUBLISHED):
        opinion = OpinionFactory(waiting=True, pseudonym="Une voisine")
        if state == State.PUBLISHED:
            criee.publish(opinion=opinion, by=staff, at=AT)
        for _ in range(2):
            criee.withdraw(opinion=opinion, at=AT)
        opinion.refresh_from_db()
        assert (opinion.state, opinion.text, opinion.pseudonym) == (State.WITHDRAWN, "", "")
        with pytest.raises(DomainError, match="effacés"):
            criee.publish(opinion=opinion, by=staff, at=AT)
        with pytest.raises(DomainError, match="déjà retiré"):
            criee.refuse(opinion=opinion, reason=Reason.ADVERT, by=staff, at=AT)


@pytest.mark.parametrize(
    "impossible",
    [
        {"state": State.PUBLISHED, "published_at": None},
        {"state": State.PUBLISHED, "decided_at": None},
        {"state": State.REFUSED, "refusal": ""},
        {"state": State.WITHDRAWN, "withdrawn_at": AT},
    ],
)
def test_database_refuses_words_shown_unread_refused_without_reason_or_withdrawn_and_kept(impossible):
    with pytest.raises(IntegrityError), transaction.atomic():
        OpinionFactory(**impossible)


# --- Reporting ------------------------------------------------------------------------------------


def test_reports_bring_words_back_to_the_queue_and_the_third_hides_them(settings):
    settings.CRIEE_REPORTS_HIDE = 3
    opinion = OpinionFactory()
    for address in ("203.0.113.1", "203.0.113.1", "203.0.113.2"):
        report(opinion, address)
    assert opinion in Opinion.objects.reported() and opinion in Opinion.objects.published()
    report(opinion, "203.0.113.3", words="Cela blesse.")
    assert opinion in Opinion.objects.to_judge() and opinion not in Opinion.objects.published()
    with pytest.raises(DomainError, match="ne sont plus publiés"):
        report(opinion, "203.0.113.4")


def test_crowd_does_not_hide_what_the_team_read_again(settings, staff):
    settings.CRIEE_REPORTS_HIDE = 1
    opinion = OpinionFactory()
    report(opinion, "203.0.113.1")
    criee.publish(opinion=opinion, by=staff, at=AT)
    assert opinion not in Opinion.objects.to_judge()
    for number in range(2, 5):
        report(opinion, f"203.0.113.{number}")
    assert opinion in Opinion.objects.published() and opinion in Opinion.objects.reported()


def test_reports_are_slowed_and_name_no_network(settings):
    settings.CRIEE_REPORTS = 1
    opinion = OpinionFactory()
    report(opinion)
    with pytest.raises(TooManyAttempts):
        report(OpinionFactory())
    assert "203.0.113.7" not in str(list(opinion.reports.values()))


# --- By themselves --------------------------------------------------------------------------------


def test_team_is_told_once_a_day_and_only_where_something_waits():
    assert not criee.tell_team(at=AT)
    OpinionFactory(waiting=True, text="Un secret", created_at=AT - timedelta(days=3))
    OpinionReportFactory()
    assert not criee.tell_team(at=AT.replace(hour=7))
    assert criee.tell_team(at=AT) and criee.tell_team(at=AT.replace(hour=23, minute=50))
    [told] = OutboxMessage.objects.all()
    assert "1 avis attend d’être lu, le plus ancien depuis 3 jours." in told.text
    assert "1 avis publié est signalé." in told.text and "Un secret" not in told.text + told.html
    criee.tell_team(at=AT + timedelta(days=1))
    assert OutboxMessage.objects.count() == 2


def test_refused_words_are_erased_after_their_time(settings, staff):
    kept, old = OpinionFactory(), OpinionFactory()
    days = settings.CRIEE_REFUSED_KEPT_DAYS
    criee.refuse(opinion=kept, reason=Reason.ADVERT, by=staff, at=AT - timedelta(days=days - 1))
    criee.refuse(opinion=old, reason=Reason.ADVERT, by=staff, at=AT - timedelta(days=days))
    assert criee.forget_refused(at=AT) == 1
    assert criee.find(kept.token).text and not criee.find(old.token).text
    assert criee.forget_refused(at=AT) == 0


def test_account_that_judged_may_go_and_the_judgement_stays(staff):
    opinion = OpinionFactory(waiting=True)
    criee.publish(opinion=opinion, by=staff, at=AT)
    User.objects.filter(pk=staff.pk).delete()
    assert opinion in Opinion.objects.published()
