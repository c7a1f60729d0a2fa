"""The season's report, made in the background; reviews of one page; nothing in them that may not be shown (E4)."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from common.dates import start_of
from common.errors import DomainError
from evaluations import reports as told
from evaluations.documents import report_pdf, review_pdf
from evaluations.models import ControlNight, SeasonReport
from evaluations.services import report_making, reports
from evaluations.spread import Spread
from evaluations.tasks.reports import make_report, sweep_reports
from evaluations.tests.factories import OpinionFactory, OpinionReportFactory, a_member, an_evening, counted
from offers.tests.factories import EventFactory
from partners.models import Commune
from partners.seasons import Season
from partners.tests.factories import UserFactory, VenueFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def staff():
    return UserFactory(staff=True)


def read(content) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))


def this_season():
    return Season.of(timezone.localdate())


def report_now(**more):
    return told.report_of(this_season(), on=timezone.localdate(), **more)


# --- What they say ---------------------------------------------------------------------------------------


@pytest.mark.once
def test_report_says_the_figures_the_territory_the_share_and_the_words(now):
    bron = Commune.objects.get(name="Bron")
    house, venue = a_member(commune=bron), VenueFactory(commune=bron)
    booking = an_evening(venue, at=now - timedelta(minutes=9), seats=40, attended=23, no_show=8)
    type(booking).objects.filter(pk=booking.pk).update(structure=house)
    a_member(commune=Commune.objects.get(name="Givors"))
    counted(this_season(), at=now)
    ControlNight.objects.create(
        on=timezone.localdate(),
        made_at=now,
        season_year=this_season().year,
        people=Spread.of(range(30)).stored,
    )
    OpinionFactory(text="J'ai ri aux éclats.", event=EventFactory(venue=venue))
    steps = []
    content = report_pdf(report_now(progress=lambda done, of: steps.append((done, of))))
    assert steps == [(0, 4), (1, 4), (2, 4), (3, 4)]
    words = read(content)
    for said in (
        f"Saison {this_season()}",
        "40 places données",
        "31 places réservées",
        "23 personnes venues",
    ):
        assert said.replace(" ", "") in words.replace(" ", "")
    for said in ("Bron", "Givors", "J'ai ri aux éclats.", "0,34", "Comment c’est compté"):
        assert said in words
    reader = PdfReader(BytesIO(content))
    assert reader.trailer["/Root"]["/Lang"] == "fr" and reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.metadata.title == f"Rapport d’activité, saison {this_season()}"


def test_small_numbers_stay_hidden_in_report_and_review(now):
    booking = an_evening(VenueFactory(), at=now - timedelta(minutes=9), seats=777, attended=3)
    counted(this_season(), at=now)
    report = report_now()
    assert report.whole.booked is None and report.whole.people is None
    review = told.review_of(booking.structure, this_season(), on=timezone.localdate())
    assert review.whole is None or review.whole.booked is None
    assert "–" in read(review_pdf(review)) or review.whole is None


def test_only_published_and_unreported_words_are_quoted_french_ones_first(now):
    venue = VenueFactory()
    event = EventFactory(venue=venue)
    OpinionFactory(waiting=True, event=event, text="À lire")
    OpinionFactory(state="hidden", event=event, text="Masqué")
    OpinionReportFactory(opinion=OpinionFactory(event=event, text="Signalé"))
    OpinionReportFactory(opinion=OpinionFactory(event=event, text="Lavé de tout soupçon"), settled_at=now)
    OpinionFactory(event=event, text="x" * (told.VOICE_MAX + 1))
    OpinionFactory(event=event, language="ar", text="شكرا", published_at=now)
    OpinionFactory(event=event, text="D'une autre saison", published_at=now - timedelta(days=800))
    OpinionFactory(text="D'un autre lieu")
    said = [voice.text for voice in report_now().voices]
    assert set(said) == {"Lavé de tout soupçon", "شكرا", "D'un autre lieu"} and said[-1] == "شكرا"
    here = told.review_of(venue, this_season(), on=timezone.localdate()).voices
    assert [voice.text for voice in here] == ["Lavé de tout soupçon", "شكرا"]
    assert here[1].direction == "rtl"


@pytest.mark.once
def test_review_is_one_page_for_a_venue_and_a_structure_with_or_without_figures(now):
    at = start_of(this_season().starts_on) + timedelta(hours=20)
    venue, house = VenueFactory(name="Le théâtre au nom si long " * 5), a_member()
    booking = an_evening(venue, at=at, seats=20, attended=9)
    type(booking).objects.filter(pk=booking.pk).update(structure=house)
    for _ in range(3):
        OpinionFactory(event=EventFactory(venue=venue), text="On a ri. " * 40)
    counted(this_season(), at=at + timedelta(days=1))
    for partner in (venue, house, VenueFactory(), a_member()):
        content = review_pdf(told.review_of(partner, this_season(), on=timezone.localdate()))
        reader = PdfReader(BytesIO(content))
        assert len(reader.pages) == 1 and reader.trailer["/Root"]["/Lang"] == "fr"
    assert "Rien n’est encore compté" in read(content)


# --- Made in the background --------------------------------------------------------------------------------


def test_report_is_asked_for_once_made_and_replaced_by_the_next(now, staff, monkeypatch):
    monkeypatch.setattr(report_making, "report_pdf", lambda report: str(report.season).encode())
    first = reports.ask(season=this_season(), by=staff, at=now)
    assert reports.ask(season=this_season(), by=staff, at=now) == first
    make_report(str(first.pk))
    first.refresh_from_db()
    assert (
        first.made_at
        and first.done == first.parts == 4
        and bytes(first.content) == str(first.season).encode()
    )
    make_report(str(first.pk))  # twice does nothing twice
    second = reports.ask(season=this_season(), by=staff, at=now)
    assert set(SeasonReport.objects.all()) == {
        first,
        second,
    }  # the old one is read until the new one is there
    sweep_reports()
    assert SeasonReport.objects.get() == second


def test_report_at_which_nobody_works_is_taken_up_again_and_given_up_at_last(now, staff, settings):
    settings.REPORT_TRIES = 2
    report = reports.ask(season=this_season(), by=staff, at=now)
    row = SeasonReport.objects.filter(pk=report.pk)
    row.update(worked_at=now, tries=1)
    assert not report_making.make(report, clock=lambda: now)  # somebody else is at it
    row.update(tries=2)
    later = now + timedelta(seconds=settings.REPORT_IDLE_SECONDS)
    assert not report_making.make(report, clock=lambda: later)
    report.refresh_from_db()
    assert report.failed_at == later and not report.is_under_way
    reports.ask(season=this_season(), by=staff, at=later)
    assert SeasonReport.objects.get().is_under_way


def test_season_to_come_has_no_report(now, staff):
    with pytest.raises(DomainError, match="n'a pas commencé"):
        reports.ask(season=this_season().next, by=staff, at=now)


# --- Pages -------------------------------------------------------------------------------------------------


def test_team_asks_watches_and_reads_the_report(
    client, staff, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(report_making, "report_pdf", lambda report: b"%PDF-1.7 rapport")
    client.force_login(staff)
    page = reverse("evaluations:reports")
    assert "Pas encore fait" in client.get(page).text
    year = this_season().year
    client.post(reverse("evaluations:report_ask", args=[year]))
    assert "En préparation" in client.get(page).text
    SeasonReport.objects.update(failed_at=timezone.now())
    assert "pas pu être fait" in client.get(page).text
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("evaluations:report_ask", args=[year]))
    report = SeasonReport.objects.get()
    document = reverse("evaluations:report_document", args=[report.pk])
    assert document in client.get(page).text
    assert client.get(document).content == b"%PDF-1.7 rapport"
    assert (
        "n&#x27;a pas commencé"
        in client.post(reverse("evaluations:report_ask", args=[year + 1]), follow=True).text
    )
    assert client.post(reverse("evaluations:report_ask", args=[1066])).status_code == 404


def test_team_finds_reviews_of_partners_by_name(client, staff):
    client.force_login(staff)
    venue = VenueFactory(name="L'Écluse")
    page = reverse("evaluations:reports")
    link = reverse("evaluations:review", args=["lieux", venue.pk, this_season().year])
    assert link in client.get(page, {"q": "ecluse"}).text
    assert "Personne ne s’appelle ainsi" in client.get(page, {"q": "\x00zzz"}).text
    assert client.get(link)["Content-Type"] == "application/pdf"
    for kind, pk in (("structures", venue.pk), ("autres", venue.pk)):
        answer = client.get(reverse("evaluations:review", args=[kind, pk, this_season().year]))
        assert answer.status_code == 404


def test_partner_reads_its_own_review(client):
    desk = UserFactory(venue_desk=True)
    client.force_login(desk)
    page, last = reverse("evaluations:own_review"), this_season().previous
    assert page in client.get(reverse("conventions:partnership")).text
    now, before = client.get(page), client.get(page, {"saison": str(last)})
    assert desk.venue.name in read(now.content) and f"bilan {this_season()}" in read(now.content)
    assert f"bilan {last}" in read(before.content)
    assert client.get(page, {"saison": "n’importe\x00quoi"}).content == now.content


def test_staff_without_the_right_ask_for_nothing(client):
    account = UserFactory(staff=True, is_superuser=False)
    client.force_login(account)
    page, ask = reverse("evaluations:reports"), reverse("evaluations:report_ask", args=[this_season().year])
    assert client.get(page).status_code == client.post(ask).status_code == 403
    account.user_permissions.add(Permission.objects.get(codename="view_seasonreport"))
    assert "Faire le rapport" not in client.get(page).text
    assert client.post(ask).status_code == 403 and not SeasonReport.objects.exists()
