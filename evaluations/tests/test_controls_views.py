"""The team's pages of controls: what they list, note, and refuse (E5)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from evaluations.models import ControlNight, Finding, Outcome
from evaluations.services import control_night
from evaluations.spread import Spread
from evaluations.tests.factories import FindingFactory
from invitations.tests.factories import UsageAlertFactory, UsageNoteFactory
from partners.tests.factories import UserFactory, VenueFactory

pytestmark = pytest.mark.django_db

LIST = reverse("evaluations:controls")


@pytest.fixture
def staff(client):
    account = UserFactory(staff=True)
    client.force_login(account)
    return account


def test_list_joins_alerts_of_use_and_findings_and_says_what_came_of_them(client, staff):
    alert = UsageAlertFactory(unused=True)
    due = UsageNoteFactory(alert=UsageAlertFactory(heavy=True), due=True)
    finding = FindingFactory()
    page = client.get(LIST)
    lines = [(line.partner, line.sentence) for line in page.context["lines"]]
    assert lines[0][0] == due.alert.structure  # staff meant to call back today
    assert {(alert.structure, alert.sentence), (finding.venue, finding.sentence)} == set(lines[1:])
    assert reverse("admin:invitations_usagealert_change", args=[alert.pk]) in page.text
    numbers = {one.slug: number for one, number in page.context["subjects"]}
    assert numbers == {"absences": 1, "usage": 1, "dormantes": 0, "places": 1, "accueil": 0}
    client.post(
        reverse("evaluations:finding", args=[finding.pk]), {"kind": "nothing", "on": timezone.localdate()}
    )
    assert finding.venue not in [line.partner for line in client.get(LIST).context["lines"]]
    [done] = client.get(LIST, {"suite": "traites"}).context["lines"]
    assert done.outcome == "Rien d'anormal"


def test_list_narrows_by_subject_and_season_and_takes_whatever_is_typed(client, staff):
    FindingFactory(seen_at=timezone.now() - timedelta(days=800))
    UsageAlertFactory()
    for asked, left in (
        ({"sujet": "places"}, 1),  # open, however old
        ({"sujet": "usage"}, 1),
        ({"sujet": "dormantes"}, 0),
        ({"saison": "1999-2000", "sujet": "n’importe\x00quoi", "suite": "?", "page": "x"}, 2),
    ):
        assert len(client.get(LIST, asked).context["lines"]) == left
    other = client.get(LIST).context["seasons"][1]
    assert "Rien n’attend" in client.get(LIST, {"saison": str(other)}).text


def test_list_takes_the_same_queries_for_more_rows(client, staff):
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    def one_more():
        UsageNoteFactory(alert=UsageAlertFactory(unused=True))
        Outcome.objects.create(
            finding=FindingFactory(), kind="follow", words="Plus tard.", on=timezone.localdate(),
            look_again_on=timezone.localdate(), by=staff, written_at=timezone.now(),
        )  # fmt: skip

    one_more()
    asked()
    few = asked()
    one_more()
    assert asked() == few


def test_refused_outcome_keeps_what_was_typed(client, staff):
    finding = FindingFactory()
    page = reverse("evaluations:finding", args=[finding.pk])
    answer = client.post(page, {"kind": "follow", "words": "On rappelle lundi.", "on": timezone.localdate()})
    assert "Choisissez un jour à venir" in answer.text and "On rappelle lundi." in answer.text
    assert "Choisissez une suite" in client.post(page, {}).text
    assert not Outcome.objects.exists()


def test_closed_finding_is_read_and_no_longer_answered(client, staff):
    finding = FindingFactory(closed_at=timezone.now())
    page = reverse("evaluations:finding", args=[finding.pk])
    assert "De retour à l’ordinaire" in client.get(page).text
    client.post(page, {"kind": "looked", "on": timezone.localdate()})
    assert not Outcome.objects.exists() and "Noter une suite" not in client.get(page).text


def test_welcome_is_told_in_the_page_and_escaped(client, staff):
    venue = VenueFactory()
    page = reverse("evaluations:welcome")
    assert f'value="{venue.pk}" selected' in client.get(page, {"lieu": venue.pk}).text
    assert "Choisissez un lieu" in client.post(page, {"words": "Refusé."}).text
    answer = client.post(page, {"venue": venue.pk, "words": "<b>Refusée</b> à l'entrée."}, follow=True)
    assert "&lt;b&gt;Refusée" in answer.text and Finding.objects.get().told_by == staff


def test_staff_without_the_right_read_nothing_or_note_nothing(client):
    account = UserFactory(staff=True, is_superuser=False)
    client.force_login(account)
    finding = reverse("evaluations:finding", args=[FindingFactory().pk])
    pages = [LIST, finding, reverse("evaluations:welcome"), reverse("evaluations:fairness")]
    assert {client.get(page).status_code for page in pages} == {403}
    account.user_permissions.add(Permission.objects.get(codename="view_finding"))
    assert "Noter une suite" not in client.get(finding).text
    client.post(finding, {"kind": "looked", "on": timezone.localdate()})
    assert not Outcome.objects.exists()


def test_fairness_is_said_in_words_or_not_at_all(client, staff):
    page = reverse("evaluations:fairness")
    assert "Pas encore compté" in client.get(page).text
    control_night.review(at=timezone.now())
    assert "Trop peu pour comparer" in client.get(page).text
    ControlNight.objects.update(people=Spread.of([*[1, 2, 3] * 10, 2, 2]).stored)
    shown = client.get(page).text
    assert (
        "Environ 30 personnes" in shown
        and "32 personnes" not in shown
        and "Si tout le monde avait reçu autant" in shown
    )
