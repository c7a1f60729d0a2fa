"""Who came: the week's page of a structure, its comments and its reminders (E1)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from common.tests.factories import paris
from evaluations.models import NoAttendanceReminder, OutingComment
from evaluations.services import attendance as services
from evaluations.services.attendance import Said
from evaluations.tasks.attendance import remind_attendance
from evaluations.views.attendance import CHOICES
from invitations.models import Invitation
from invitations.services.attendance import ANSWERS
from invitations.tests.factories import a_worker, an_outing
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
THURSDAY = paris(2026, 11, 19, 20, 30)
MONDAY = paris(2026, 11, 23, 9, 5)
PAGE = reverse("evaluations:attendance")
WEEK = f"{PAGE}?semaine=2026-11-16"


@pytest.fixture(autouse=True)
def on_monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def worker():
    return a_worker()


@pytest.fixture
def browser(client, worker):
    client.force_login(worker)
    return client


def people(party):
    return list(party.invitations.order_by("pk"))


def fields(party, **answers):
    """What the page sends where nobody touched anything, and `answers` by rank."""
    rows = people(party)
    sent = {"lu": " ".join(f"{one.pk}={one.status}" for one in rows)}
    sent |= {f"p-{one.pk}": one.status for one in rows}
    sent |= {f"p-{rows[int(rank[1:])].pk}": answer for rank, answer in answers.items()}
    return sent


def states(party):
    return list(party.invitations.order_by("pk").values_list("status", flat=True))


def kept(page):
    assert page.status_code == 302
    return page


# --- The page ----------------------------------------------------------------------------------------------


def test_week_shows_its_own_structures_people_and_what_the_door_noted(browser, worker):
    an_outing(worker.structure, at=THURSDAY, attended=1, excused=1, cancelled=1, valid=1)
    other = an_outing(a_worker().structure, at=THURSDAY, valid=1)
    page = browser.get(WEEK).text
    assert page.count("<fieldset") == 1 and "noté à l’entrée" in page and "Annulée" in page
    assert "noté par le lieu ou l’équipe" in page
    assert str(people(other)[0].pk) not in page


def test_whoever_the_door_did_not_see_is_proposed_absent_where_it_saw_others(browser, worker):
    seen = an_outing(worker.structure, at=THURSDAY, attended=1, valid=1)
    unseen = an_outing(worker.structure, at=THURSDAY, valid=1)
    page = browser.get(WEEK).text
    assert page.count('value="no_show" data-key="n" checked') == 1
    assert page.count('value="valid" data-key="s" checked') == 1
    unnoted = seen.invitations.get(status="valid")
    kept(browser.post(WEEK, {"lu": f"{unnoted.pk}=valid", f"p-{unnoted.pk}": "no_show"}))
    assert sorted(states(seen)) == ["attended", "no_show"] and states(unseen) == ["valid"]


def test_whole_week_is_saved_with_one_post(browser, worker):
    party = an_outing(worker.structure, at=THURSDAY, valid=3)
    said = kept(browser.post(WEEK, fields(party, _0="attended", _1="excused", _2="no_show"), follow=False))
    assert said.url == WEEK and states(party) == ["attended", "excused", "no_show"]
    page = browser.get(WEEK).text
    assert "3 réponses" in page and "Toutes venues" not in page  # nobody is left to say it of


@pytest.mark.parametrize("whole", [True, False])
def test_all_came_says_so_of_those_who_were_left_alone(browser, worker, whole):
    first = an_outing(worker.structure, at=THURSDAY, valid=2)
    second = an_outing(worker.structure, at=THURSDAY + timedelta(hours=1), valid=1, no_show=1)
    sent = {**fields(first, _1="no_show"), **fields(second), "toutes": str(first.performance_id)}
    if whole:
        sent["toutes"] = "semaine"
    sent["lu"] = fields(first)["lu"] + " " + fields(second)["lu"]
    kept(browser.post(WEEK, sent))
    assert states(first) == ["attended", "no_show"]
    assert sorted(states(second)) == (["attended", "no_show"] if whole else ["no_show", "valid"])


def test_tab_left_open_does_not_undo_what_a_colleague_said(browser, worker):
    party = an_outing(worker.structure, at=THURSDAY, valid=2)
    old = fields(party, _1="excused")
    kept(browser.post(WEEK, fields(party, _0="attended")))
    kept(browser.post(WEEK, old))
    assert states(party) == ["attended", "excused"]


def test_door_that_was_faster_is_told_and_stays(browser, worker):
    party = an_outing(worker.structure, at=THURSDAY, valid=1)
    sent = fields(party, _0="no_show")
    party.invitations.update(status="attended", admitted_at=THURSDAY)
    assert "entre-temps" in browser.post(WEEK, sent, follow=True).text
    assert states(party) == ["attended"]


def test_answer_that_the_page_does_not_offer_is_refused_and_nothing_kept(browser, worker):
    party = an_outing(worker.structure, at=THURSDAY, valid=2)
    page = browser.post(WEEK, fields(party, _0="cancelled", _1="attended"))
    assert page.status_code == 200 and "Choisissez" in page.text and states(party) == ["valid", "valid"]


def test_strangers_people_are_out_of_reach(browser, worker):
    an_outing(worker.structure, at=THURSDAY, valid=1)
    theirs = an_outing(a_worker().structure, at=THURSDAY, valid=1)
    kept(browser.post(WEEK, fields(theirs, _0="attended")))
    assert states(theirs) == ["valid"]


def test_page_opens_on_the_latest_week_that_is_unsaid(browser, worker):
    assert "Pas de sortie passée" in browser.get(PAGE).text
    an_outing(worker.structure, at=THURSDAY, attended=1)
    an_outing(worker.structure, at=THURSDAY - timedelta(days=14), valid=1)
    an_outing(worker.structure, at=THURSDAY - timedelta(days=40), valid=1)
    page = browser.get(PAGE, {"semaine": "n’importe\x00quoi"}).text
    assert 'href="?semaine=2026-11-02" aria-current="page"' in page
    assert "semaine=2026-10-" not in page  # names of that one are erased


def test_week_takes_the_same_queries_for_more_people(browser, worker, django_assert_max_num_queries):
    for _ in range(4):
        an_outing(worker.structure, at=THURSDAY, valid=5)
    browser.get(PAGE)
    with django_assert_max_num_queries(12):
        browser.get(PAGE)


# --- Comments ------------------------------------------------------------------------------------------------


def typed(party, text, version=0):
    return {f"mot-{party.performance_id}": text, f"v-{party.performance_id}": version}


def test_comment_is_kept_as_plain_text_escaped_and_taken_back(browser, worker):
    party = an_outing(worker.structure, at=THURSDAY, attended=1)
    kept(browser.post(WEEK, typed(party, " <b>Beau</b>\u202e moment ")))
    assert OutingComment.objects.get().text == "<b>Beau</b> moment"
    assert "&lt;b&gt;Beau&lt;/b&gt; moment" in browser.get(WEEK).text
    kept(browser.post(WEEK, typed(party, "", version=1)))
    assert not OutingComment.objects.exists()
    assert [
        row.verb for row in AuditEntry.objects.filter(verb__startswith="mot sur").order_by("at", "verb")
    ] == [
        "mot sur la sortie",
        "mot sur la sortie effacé",
    ]


def test_colleagues_comment_is_not_overwritten_and_the_second_save_is(browser, worker):
    party = an_outing(worker.structure, at=THURSDAY, valid=1)
    kept(browser.post(WEEK, typed(party, "Très long.")))
    refused = browser.post(WEEK, {**fields(party, _0="attended"), **typed(party, "Très beau.")})
    assert "« Très long. »" in refused.text and "Très beau." in refused.text and states(party) == ["valid"]
    kept(browser.post(WEEK, typed(party, "Très beau, très long.", version=1)))
    assert OutingComment.objects.get().text == "Très beau, très long."


def test_comment_too_long_comes_back_with_all_that_was_typed(browser, worker, settings):
    party = an_outing(worker.structure, at=THURSDAY, valid=1)
    sent = {
        **fields(party, _0="excused"),
        **typed(party, "a" * (settings.ATTENDANCE_COMMENT_MAX + 1)),
    }
    page = browser.post(WEEK, sent).text
    assert "trop long" in page and 'value="excused" data-key="e" checked' in page
    assert states(party) == ["valid"] and not OutingComment.objects.exists()


def test_staff_erase_a_comment_that_names_somebody(worker):
    party = an_outing(worker.structure, at=THURSDAY, attended=1)
    said = [Said(party.performance, "Avec Ondine", 0)]
    services.save_week(structure=worker.structure, answers={}, comments=said, by=worker, at=MONDAY)
    services.erase_comment(comment=OutingComment.objects.get(), by=UserFactory(staff=True), at=MONDAY)
    assert not OutingComment.objects.exists()


def test_comment_of_another_version_is_refused(worker):
    party = an_outing(worker.structure, at=THURSDAY, attended=1)
    with pytest.raises(DomainError, match="collègue") as refusal:
        services.save_week(
            structure=worker.structure,
            answers={},
            comments=[Said(party.performance, "Bien", 3)],
            by=worker,
            at=MONDAY,
        )
    assert refusal.value.field == str(party.performance_id)


# --- Reminders -------------------------------------------------------------------------------------------------


def mails():
    return OutboxMessage.objects.filter(effect__startswith="attendance")


def test_home_names_outings_of_which_nobody_said_anything(browser, worker):
    assert PAGE not in browser.get(reverse("home")).text
    an_outing(worker.structure, at=THURSDAY, attended=1, valid=4)  # the door saw to it
    assert PAGE not in browser.get(reverse("home")).text
    an_outing(worker.structure, at=THURSDAY, valid=4)
    assert "1 sortie de ces derniers jours" in browser.get(reverse("home")).text
    browser.post(reverse("evaluations:attendance_reminders"), {})
    assert PAGE not in browser.get(reverse("home")).text
    browser.post(reverse("evaluations:attendance_reminders"), {"wanted": "on"})
    assert PAGE in browser.get(reverse("home")).text


def test_one_mail_a_week_asks_the_lead_of_a_structure(worker):
    lead = UserFactory(structure=worker.structure, role="lead")
    for hours in range(2):
        an_outing(worker.structure, at=THURSDAY + timedelta(hours=hours), valid=2)
    an_outing(a_worker().structure, at=THURSDAY, attended=1, valid=3)
    for _ in range(2):
        remind_attendance()
    [mail] = mails()
    assert mail.recipient == lead.email and "2 sorties" in mail.text and "semaine=2026-11-16" in mail.text
    assert "Ondine" not in mail.text + mail.html


@pytest.mark.parametrize(
    ("at", "asked"),
    [
        (paris(2026, 11, 23, 8, 59), 0),
        (paris(2026, 11, 23, 9), 1),
        (paris(2026, 11, 25, 8, 59), 1),  # the turn of Monday was missed
        (paris(2026, 11, 25, 9), 0),
        (paris(2026, 11, 30, 9), 0),  # that outing is of the week before
    ],
)
def test_mail_leaves_on_monday_about_the_week_before(worker, at, asked):
    UserFactory(structure=worker.structure, role="lead")
    an_outing(worker.structure, at=THURSDAY, valid=1)
    assert services.remind(at=at) == mails().count() == asked


def test_structure_that_refused_or_is_suspended_or_answered_gets_no_mail(worker):
    suspended, answered = a_worker(), a_worker()
    for one in (worker, suspended, answered):
        UserFactory(structure=one.structure, role="lead")
    an_outing(worker.structure, at=THURSDAY, valid=1)
    an_outing(suspended.structure, at=THURSDAY, valid=1)
    an_outing(answered.structure, at=THURSDAY, said=1, no_show=1)
    suspended.structure.suspended_at = THURSDAY
    suspended.structure.save()
    for _ in range(2):
        services.choose_reminders(wanted=False, by=worker, at=MONDAY)
    assert NoAttendanceReminder.objects.count() == 1
    assert services.remind(at=MONDAY) == 0


def test_statuses_offered_are_those_of_the_service():
    assert tuple(value for value, *_ in CHOICES) == ANSWERS
    assert Invitation.Status.CANCELLED not in ANSWERS
