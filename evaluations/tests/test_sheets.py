"""Evaluation sheets: asked by the team, kept as they are typed, sent, followed up, counted (E2)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from evaluations.models import Questionnaire, Sheet, SheetQuestion
from evaluations.services import sheets as services
from evaluations.tests.factories import a_questionnaire, counted
from invitations.tests.factories import a_worker, an_outing
from offers.tests.factories import PerformanceFactory
from partners.seasons import Season
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
Kind = SheetQuestion.Kind


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.fixture
def worker():
    return a_worker()


@pytest.fixture
def asked(staff):
    """An open questionnaire with a question of each kind."""
    return a_questionnaire(by=staff)


@pytest.fixture
def browser(client, worker):
    client.force_login(worker)
    return client


def question(questionnaire, kind):
    return questionnaire.questions.get(kind=kind)


def typed(questionnaire, **answers):
    """What the form sends, `answers` by kind."""
    return {f"q-{question(questionnaire, kind).pk}": value for kind, value in answers.items()}


def keep(questionnaire, worker, at=None, **answers):
    by_id = {str(question(questionnaire, kind).pk): value for kind, value in answers.items()}
    return services.keep_sheet(questionnaire=questionnaire, answers=by_id, by=worker, at=at or timezone.now())


def send(questionnaire, worker, **answers):
    sheet = keep(questionnaire, worker, **answers)
    services.send_sheet(sheet=sheet, by=worker, at=timezone.now())
    return sheet


def page(questionnaire):
    return reverse("evaluations:sheet", args=[questionnaire.pk])


# --- What the team asks ---------------------------------------------------------------------------------------


def test_questionnaire_without_questions_or_choices_does_not_open(staff):
    empty = Questionnaire.objects.create(title="Vide", season_year=2026)
    with pytest.raises(DomainError, match="aucune question"):
        services.open_questionnaire(questionnaire=empty, by=staff, at=timezone.now())
    SheetQuestion.objects.create(
        questionnaire=empty, label="Lequel ?", kind=Kind.CHOICE, choices="Un seul\nUn seul"
    )
    with pytest.raises(DomainError, match="au moins deux choix"):
        services.open_questionnaire(questionnaire=empty, by=staff, at=timezone.now())


def test_questionnaire_opens_closes_and_opens_again_once_each(staff, asked):
    now = timezone.now()
    with pytest.raises(DomainError, match="déjà ouvert"):
        services.open_questionnaire(questionnaire=asked, by=staff, at=now)
    services.close_questionnaire(questionnaire=asked, by=staff, at=now)
    with pytest.raises(DomainError, match="n'est pas ouvert"):
        services.close_questionnaire(questionnaire=asked, by=staff, at=now)
    services.open_questionnaire(questionnaire=asked, by=staff, at=now)
    verbs = AuditEntry.objects.filter(subject__contains=str(asked.pk)).values_list("verb", flat=True)
    assert sorted(verbs) == ["questionnaire clos", "questionnaire ouvert", "questionnaire ouvert"]


def test_answered_questionnaire_is_frozen_and_another_version_is_made(staff, worker, asked, client):
    client.force_login(UserFactory(staff=True, is_superuser=True))
    admin = reverse("admin:evaluations_questionnaire_change", args=[asked.pk])
    assert 'name="title"' in client.get(admin).text
    keep(asked, worker, text="Bien")
    assert 'name="title"' not in client.get(admin).text
    lines = {f"questions-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}
    assert "changent plus" in client.post(admin, {"title": "Autre", **lines}).text
    asked.refresh_from_db()
    assert asked.title == "Bilan de la saison"
    copy = services.new_version(questionnaire=asked, by=staff, at=timezone.now())
    assert (copy.version, copy.is_open, copy.questions.count()) == (2, False, asked.questions.count())
    assert "version 2" in str(copy)


# --- What a structure answers ---------------------------------------------------------------------------------


def test_sheet_starts_with_the_numbers_that_the_portal_knows(browser, worker, asked):
    at = timezone.now() - timedelta(days=1)
    assert "Pas encore compté" in browser.get(page(asked)).text
    an_outing(worker.structure, at=at, attended=5, no_show=7, cancelled=3)
    an_outing(a_worker().structure, at=at, attended=30)
    season = Season.of(timezone.localdate(at))
    counted(season, at=timezone.now())
    Questionnaire.objects.update(season_year=season.year)
    assert "Le portail en compte 12" in browser.get(page(asked)).text
    question(asked, Kind.NUMBER).delete()
    SheetQuestion.objects.create(questionnaire=asked, label="Combien ?", kind=Kind.NUMBER, known="people")
    assert "trop petit" in browser.get(page(asked)).text  # one person
    Questionnaire.objects.update(event_kind="concert")
    assert "Le portail en compte" not in browser.get(page(asked)).text


def test_questionnaire_of_a_kind_asks_those_who_went_out_so(staff, worker):
    at = timezone.now() - timedelta(days=1)
    season = Season.of(timezone.localdate(at))
    about = a_questionnaire(by=staff, season_year=season.year, event_kind="concert")
    an_outing(
        worker.structure, at=at, performance=PerformanceFactory(starts_at=at, event__kind="concert"), valid=1
    )
    an_outing(
        a_worker().structure,
        at=at,
        performance=PerformanceFactory(starts_at=at, event__kind="visit"),
        valid=1,
    )
    assert list(about.asked(at=timezone.now())) == [worker.structure]
    assert list(a_questionnaire(by=staff, season_year=2005).asked(at=timezone.now())) == []


def test_sheet_is_kept_as_it_is_typed_sent_read_and_corrected(browser, worker, asked):
    sent = typed(asked, text=" Très\u202e <b>bien</b> ", scale="4", choice="Oui", number="12")
    kept = browser.post(page(asked) + "?seul", sent | {"tab": "a", "seen": "0"})
    assert "Gardé" in kept.text and "draft-said" in kept.text and "<form" not in kept.text
    sheet = Sheet.objects.get()
    assert sorted(sheet.answers.values(), key=str) == [12, "4", "Oui", "Très <b>bien</b>"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT typed FROM evaluations_sheet")
        assert "bien" not in cursor.fetchone()[0]
    browser.post(page(asked), sent | {"send": "1", "tab": "a", "seen": "1"})
    read = browser.get(page(asked)).text
    assert "Merci" in read and "&lt;b&gt;bien&lt;/b&gt;" in read and "4 sur 5" in read
    assert "est envoyée" in browser.post(page(asked) + "?seul", sent | {"seen": "2"}).text
    browser.post(reverse("evaluations:sheet_take_back", args=[sheet.pk]))
    assert 'name="send"' in browser.get(page(asked)).text
    verbs = AuditEntry.objects.filter(subject__contains=str(sheet.pk)).values_list("verb", flat=True)
    assert sorted(verbs) == ["fiche commencée", "fiche envoyée", "fiche reprise"]


def test_what_cannot_be_understood_is_told_and_the_rest_is_kept(browser, asked, settings):
    sent = typed(asked, text="Bien", number="beaucoup", choice="Autre", scale="9")
    kept = browser.post(page(asked) + "?seul", sent | {"seen": "0"}).text
    assert "sauf" in kept and list(Sheet.objects.get().answers.values()) == ["Bien"]
    refused = browser.post(page(asked), sent | {"send": "1", "seen": "1"}).text
    assert "nombre entier" in refused and "beaucoup" in refused and not Sheet.objects.get().sent_at
    long = typed(asked, text="a" * (settings.SHEET_TEXT_MAX + 1))
    assert "trop longue" in browser.post(page(asked), long | {"send": "1", "seen": "2"}).text
    assert "Bien" in Sheet.objects.get().answers.values()


def test_two_tabs_never_overwrite_each_other_unawares(browser, asked):
    browser.post(page(asked) + "?seul", typed(asked, text="Un") | {"tab": "a", "seen": "0"})
    browser.post(page(asked) + "?seul", typed(asked, text="Un, deux") | {"tab": "a", "seen": "0"})
    late = typed(asked, text="Autre") | {"tab": "b", "seen": "0"}
    refused = browser.post(page(asked), late | {"keep": "1"}).text
    assert "ailleurs" in refused and "Autre" in refused and "insist" in refused
    assert "Un, deux" in Sheet.objects.get().answers.values()
    browser.post(page(asked), late | {"insist": "1"})
    assert "Autre" in Sheet.objects.get().answers.values()


def test_empty_sheet_is_not_sent_and_a_closed_questionnaire_takes_nothing(browser, worker, staff, asked):
    assert "vide" in browser.post(page(asked), {"send": "1", "seen": "0"}).text
    sheet = keep(asked, worker, text="Bien")
    services.close_questionnaire(questionnaire=asked, by=staff, at=timezone.now())
    with pytest.raises(DomainError, match="clos"):
        keep(asked, worker, text="Mieux")
    asked.refresh_from_db()
    with pytest.raises(DomainError, match="clos"):
        services.send_sheet(sheet=Sheet.objects.get(), by=worker, at=timezone.now())
    assert "n’a pas été envoyée" in browser.get(page(asked)).text
    assert "pas envoyée" in browser.get(reverse("evaluations:sheets")).text
    browser.post(reverse("evaluations:sheet_take_back", args=[sheet.pk]), follow=True)
    assert Sheet.objects.get().answers == sheet.answers


def test_list_shows_what_is_open_to_the_structure(browser, worker, asked):
    address = reverse("evaluations:sheets")
    assert asked.title in browser.get("/").text
    assert "Commencer" in browser.get(address).text
    keep(asked, worker, text="Bien")
    assert "Reprendre" in browser.get(address).text
    send(asked, worker, text="Bien")
    assert "Relire" in browser.get(address).text
    assert asked.title not in browser.get("/").text


def test_list_takes_the_same_queries_for_more_questionnaires(browser, staff, asked):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert asked.title in browser.get(reverse("evaluations:sheets")).text
        return len(queries)

    count()  # what the account's access is worth is found once per session
    alone = count()
    for kind in ("", "concert", ""):
        a_questionnaire(by=staff, event_kind=kind)
    assert count() == alone


def test_sheet_of_another_structure_cannot_be_read(browser, asked):
    theirs = send(asked, a_worker(), text="À nous")
    assert browser.get(reverse("evaluations:sheet_pdf", args=[theirs.pk])).status_code == 404
    assert browser.post(reverse("evaluations:sheet_take_back", args=[theirs.pk])).status_code == 404
    assert "À nous" not in browser.get(page(asked)).text


def test_paper_of_a_sheet(browser, worker, asked):
    sheet = send(asked, worker, text="Une belle année", scale="5")
    paper = browser.get(reverse("evaluations:sheet_pdf", args=[sheet.pk]))
    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF")


# --- Following up ---------------------------------------------------------------------------------------------


def test_follow_up_says_who_sent_who_began_and_who_has_not(staff, asked):
    done, begun, silent = a_worker(), a_worker(), a_worker()
    send(asked, done, text="Bien")
    keep(asked, begun, text="Presque")
    follow = services.follow_up(questionnaire=asked, at=timezone.now())
    assert [sheet.structure for sheet in follow.sent] == [done.structure]
    assert [sheet.structure for sheet in follow.begun] == [begun.structure]
    assert follow.silent == [silent.structure]
    assert follow.to_remind == [begun.structure, silent.structure]


def test_those_who_sent_nothing_are_reminded_seldom(staff, asked, settings):
    done, silent = a_worker(), a_worker()
    lead = UserFactory(structure=silent.structure, role="lead")
    send(asked, done, text="Bien")
    now = timezone.now()
    assert services.remind(questionnaire=asked, by=staff, at=now) == 1
    assert services.remind(questionnaire=asked, by=staff, at=now + timedelta(days=1)) == 0
    [mail] = OutboxMessage.objects.filter(effect__startswith="sheet-awaited")
    assert mail.recipient == lead.email and page(asked) in mail.text
    later = now + timedelta(days=settings.SHEET_REMINDER_DAYS, minutes=1)
    assert services.remind(questionnaire=asked, by=staff, at=later) == 1
    services.close_questionnaire(questionnaire=asked, by=staff, at=later)
    with pytest.raises(DomainError, match="n'est pas ouvert"):
        services.remind(questionnaire=asked, by=staff, at=later)


def test_results_count_what_was_sent_alone(asked):
    send(asked, a_worker(), text="Bien", scale="5", choice="Oui", number=10)
    send(asked, a_worker(), text="", scale="5", choice="Non", number=4)
    keep(asked, a_worker(), text="Brouillon", scale="1")
    by_kind = {one.question.kind: one for one in services.results(asked)}
    assert by_kind["text"].answers == ["Bien"]
    assert by_kind["scale"].counts == [("1", 0), ("2", 0), ("3", 0), ("4", 0), ("5", 2)]
    assert by_kind["choice"].counts == [("Oui", 1), ("Non", 1)]
    assert (by_kind["number"].total, by_kind["number"].middle) == (14, 7)


def test_team_reads_results_and_takes_a_table_whose_cells_do_nothing(client, staff, asked):
    client.force_login(staff)
    address = reverse("evaluations:questionnaire", args=[asked.pk])
    assert "Pas encore de réponse" in client.get(address).text
    send(asked, a_worker(), text="=cmd|' /C calc'!A0", scale="3")
    assert "bars" in client.get(address).text
    table = client.get(reverse("evaluations:questionnaire_table", args=[asked.pk])).content.decode(
        "utf-8-sig"
    )
    assert "'=cmd" in table and table.startswith("structure;")
    client.post(reverse("evaluations:questionnaire_remind", args=[asked.pk]))
    assert client.get(reverse("evaluations:questionnaires")).status_code == 200


def test_follow_up_takes_the_same_queries_for_more_structures(client, staff, asked):
    client.force_login(staff)
    address = reverse("evaluations:questionnaire", args=[asked.pk])

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    send(asked, a_worker(), text="Bien")
    count()
    one = count()
    send(asked, a_worker(), text="Bien")
    a_worker()
    assert count() == one
