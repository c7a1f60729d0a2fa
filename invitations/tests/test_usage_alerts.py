"""Staff speak with the structure about what stands out, note it, call back, close (D8)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry
from common.tests.factories import paris
from invitations.models import UsageNote
from invitations.services.usage_alerts import close_alert, note_conversation
from invitations.tests.factories import UsageAlertFactory, UsageNoteFactory
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NOW = paris(2026, 11, 24, 10)
TODAY = NOW.date()


@pytest.fixture
def staff():
    return UserFactory(staff=True)


def note(alert, by, **changed):
    said = {
        "spoken_on": TODAY,
        "spoken_with": "lead",
        "agreed": "La veille, la structure rappelle chacun·e.",
        "look_again_on": TODAY + timedelta(days=14),
    }
    return note_conversation(alert=alert, by=by, at=NOW, **{**said, **changed})


# --- The conversation --------------------------------------------------------------------------------


def test_conversation_is_kept_with_who_when_and_when_to_call_back(staff):
    alert = UsageAlertFactory(unused=True)
    first = note(alert, staff)
    alert.refresh_from_db()
    assert (first.by, first.spoken_with, alert.look_again_on) == (staff, "lead", TODAY + timedelta(days=14))
    note(alert, staff, agreed="Tout va mieux.", look_again_on=None)
    alert.refresh_from_db()
    assert alert.look_again_on is None
    assert alert.notes.count() == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"agreed": "  "}, "agreed"),
        ({"spoken_on": TODAY + timedelta(days=1)}, "spoken_on"),
        ({"look_again_on": TODAY}, "look_again_on"),
        ({"look_again_on": TODAY - timedelta(days=1)}, "look_again_on"),
    ],
)
def test_conversation_that_makes_no_sense_is_refused_and_nothing_is_kept(staff, changed, field):
    alert = UsageAlertFactory(unused=True)
    with pytest.raises(DomainError) as refused:
        note(alert, staff, **changed)
    assert refused.value.field == field
    alert.refresh_from_db()
    assert (alert.look_again_on, alert.notes.count()) == (None, 0)


def test_nothing_is_added_to_a_closed_alert(staff):
    alert = UsageAlertFactory(unused=True)
    close_alert(alert=alert, outcome="Vu ensemble.", by=staff, at=NOW)
    with pytest.raises(DomainError, match="déjà traitée"):
        note(alert, staff)
    with pytest.raises(DomainError, match="déjà traitée"):
        close_alert(alert=alert, outcome="Autre chose.", by=staff, at=NOW)
    with pytest.raises(DomainError, match="Écrivez la suite"):
        close_alert(alert=UsageAlertFactory(), outcome=" ", by=staff, at=NOW)
    assert UsageNote.objects.count() == 0


def test_what_was_said_is_never_changed_nor_taken_away():
    said = UsageNoteFactory()
    for act in (
        said.save,
        said.delete,
        UsageNote.objects.all().delete,
        lambda: UsageNote.objects.update(agreed=""),
    ):
        with pytest.raises(TypeError):
            act()
    assert UsageNote.objects.get().agreed == said.agreed


def test_trail_tells_of_the_conversation_without_its_words(staff):
    alert = UsageAlertFactory(unused=True)
    note(alert, staff, agreed="Mots de la conversation")
    close_alert(alert=alert, outcome="Mots de la fin", by=staff, at=NOW)
    written = list(AuditEntry.objects.values_list("verb", "details"))
    assert {verb for verb, _ in written} == {"échange sur l'usage noté", "alerte d'usage traitée"}
    assert "Mots" not in str(written)


def test_one_open_alert_of_a_kind_for_a_structure():
    alert = UsageAlertFactory(heavy=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        UsageAlertFactory(heavy=True, structure=alert.structure)
    with pytest.raises(IntegrityError), transaction.atomic():
        UsageAlertFactory(heavy=True, person_ref=alert.pk)
    UsageAlertFactory(unused=True, structure=alert.structure)


# --- What it says ------------------------------------------------------------------------------------


def test_sentence_says_what_was_seen_and_beside_what():
    assert UsageAlertFactory.build(unused=True).sentence == (
        "38\u00a0% des places non utilisées en 60 jours (12 sur 32)\u00a0; "
        "d'ordinaire 10\u00a0%\u00a0; médiane du réseau 8\u00a0%"
    )
    assert UsageAlertFactory.build(heavy=True).sentence == (
        "96 places en 60 jours\u00a0; d'ordinaire 40\u00a0; médiane du réseau 30"
    )
    assert UsageAlertFactory.build(heavy=True, usual=None, median=None).sentence == (
        "96 places en 60 jours\u00a0; pas encore de comparaison avec avant\u00a0; pas encore de médiane du réseau"
    )
    assert UsageAlertFactory.build(since=TODAY).sentence == (
        "3 sorties en 7 jours pour une même personne, à partir du 24 novembre 2026"
    )


# --- Staff's page --------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, staff):
    """Staff's browser."""
    client.force_login(staff)
    return client


def page_of(alert):
    return reverse("admin:invitations_usagealert_change", args=[alert.pk])


def save(desk, alert, *, outcome="", note=None, **forged):
    lines = {
        "notes-TOTAL_FORMS": "1",
        "notes-INITIAL_FORMS": "0",
        "notes-0-spoken_on": str(timezone.localdate()),
    }
    lines |= {f"notes-0-{name}": value for name, value in (note or {}).items()}
    return desk.post(page_of(alert), {"outcome": outcome, **lines, **forged})


def test_list_begins_with_what_needs_staff_today(desk):
    today = timezone.localdate()
    closed = UsageAlertFactory(closed_at=timezone.now(), outcome="Vu.")
    later, due, overdue = (
        UsageNoteFactory(alert=UsageAlertFactory(), look_again_on=today + timedelta(days=days)).alert
        for days in (3, 0, -3)
    )
    spoken_of = UsageNoteFactory(alert=UsageAlertFactory()).alert
    fresh = UsageAlertFactory(unused=True)
    shown = list(desk.get(reverse("admin:invitations_usagealert_changelist")).context["cl"].result_list)
    assert shown == [overdue, due, fresh, later, spoken_of, closed]
    for asked, expected in {"rappel": 2, "appel": 1, "ouvertes": 5, "closes": 1}.items():
        answer = desk.get(reverse("admin:invitations_usagealert_changelist"), {"suite": asked})
        assert answer.context["cl"].result_count == expected
    assert "38" in desk.get(reverse("admin:invitations_usagealert_changelist")).text


def test_staff_note_a_conversation_on_the_alerts_page(desk, staff):
    alert = UsageAlertFactory(unused=True)
    soon = timezone.localdate() + timedelta(days=10)
    save(
        desk,
        alert,
        note={"spoken_with": "worker", "agreed": "On rappelle la veille.", "look_again_on": str(soon)},
    )
    kept = alert.notes.get()
    assert (kept.by, kept.spoken_with, kept.look_again_on) == (staff, "worker", soon)
    alert.refresh_from_db()
    assert (alert.closed_at, alert.look_again_on) == (None, soon)
    assert "On rappelle la veille." in desk.get(page_of(alert)).text


def test_refused_conversation_says_why_and_keeps_what_was_typed(desk):
    alert = UsageAlertFactory(unused=True)
    typed = {
        "spoken_with": "lead",
        "agreed": "On rappelle la veille.",
        "look_again_on": str(timezone.localdate()),
    }
    answer = save(desk, alert, note=typed)
    assert "Choisissez un jour à venir" in answer.text
    assert "On rappelle la veille." in answer.text
    assert alert.notes.count() == 0


def test_alert_is_closed_once_with_what_came_of_it(desk, staff):
    alert = UsageAlertFactory(unused=True)
    said = {"spoken_with": "lead", "agreed": "C'était une fête annulée."}
    save(desk, alert, outcome="Vu avec la structure.", note=said, count="1", look_again_on="2026-12-01")
    alert.refresh_from_db()
    assert (alert.outcome, alert.closed_by, alert.count) == ("Vu avec la structure.", staff, 12)
    assert alert.closed_at and alert.notes.count() == 1
    save(desk, alert, outcome="Autre chose encore")
    alert.refresh_from_db()
    assert alert.outcome == "Vu avec la structure."


def test_alert_stays_open_without_an_outcome(desk):
    alert = UsageAlertFactory()
    assert save(desk, alert).status_code == 302
    for text, sentence in (("x" * 301, "300"), ("a\x00b", "nul")):
        answer = save(desk, alert, outcome=text)
        assert sentence in answer.context["adminform"].form.errors["outcome"].as_text()
    alert.refresh_from_db()
    assert alert.closed_at is None


def test_what_was_said_can_not_be_changed_by_a_forged_form(desk):
    said = UsageNoteFactory(alert=UsageAlertFactory(unused=True))
    forged = {
        "notes-INITIAL_FORMS": "1",
        "notes-0-id": str(said.pk),
        "notes-0-agreed": "Tout autre chose",
        "notes-0-DELETE": "on",
    }
    save(desk, said.alert, **forged)
    assert UsageNote.objects.get().agreed == said.agreed


def test_daily_work_needs_the_rights_of_the_teams_group_only(client):
    colleague = UserFactory(staff=True, is_superuser=False)
    colleague.groups.add(Group.objects.get(name="Équipe"))
    client.force_login(colleague)
    alert = UsageAlertFactory(unused=True)
    save(client, alert, note={"spoken_with": "lead", "agreed": "On rappelle la veille."}, outcome="Vu.")
    alert.refresh_from_db()
    assert alert.closed_by == alert.notes.get().by == colleague
