"""What became of seats: counted in one place, told only where nobody can be told by it (E4)."""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from common.dates import start_of
from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from evaluations import services
from evaluations.figures import Dimension, Seats, count_season
from evaluations.models import Counting, Tally
from evaluations.services import tallies
from evaluations.tasks.tallies import sweep_countings
from evaluations.tests.factories import an_evening, counted
from invitations.models import Booking
from invitations.services import erasure
from offers.tests.factories import PerformanceFactory
from partners.seasons import Season
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db

SEASON = Season(2024)
OVER = start_of(date(2025, 11, 1))


def evening(day: date, hour: int = 20) -> datetime:
    return start_of(day) + timedelta(hours=hour)


NOVEMBER = evening(date(2024, 11, 12))


def seats_of(count, venue):
    return sum((seats for (one, _, _), seats in count.venues.items() if one == venue.pk), Seats())


def test_seats_given_are_used_lost_or_unknown():
    venue = VenueFactory()
    an_evening(venue, at=NOVEMBER, seats=20, attended=6, no_show=3, excused=1, cancelled=4)
    an_evening(venue, at=NOVEMBER, seats=10, valid=7)
    seats = seats_of(count_season(SEASON, at=OVER), venue)
    assert seats == Seats(given=30, booked=17, used=6, unknown=7)
    assert (seats.empty, seats.absent, seats.lost) == (11, 4, 17)
    assert seats.given == seats.used + seats.lost + seats.unknown


def test_what_a_structure_says_is_known_where_the_desk_noted_nobody():
    venue = VenueFactory()
    an_evening(venue, at=NOVEMBER, seats=30, said=6, no_show=5, excused=1, valid=7)
    seats = seats_of(count_season(SEASON, at=OVER), venue)
    assert seats == Seats(given=30, booked=19, used=6, unknown=7)
    assert (seats.absent, seats.lost) == (6, 17)


def test_dates_to_come_cancelled_or_without_seats_count_for_nothing():
    PerformanceFactory(starts_at=OVER)
    PerformanceFactory(starts_at=NOVEMBER, cancelled_at=NOVEMBER)
    PerformanceFactory(starts_at=NOVEMBER, capacity=0)
    later = an_evening(VenueFactory(), at=NOVEMBER + timedelta(days=2), seats=9, attended=9)
    count = count_season(SEASON, at=NOVEMBER + timedelta(days=1))
    assert (dict(count.months), count.people) == ({}, {})
    count = count_season(SEASON, at=OVER)
    assert count.people == {later.structure_id: 1} and len(count.months) == 1


def test_an_evening_belongs_to_the_month_of_paris():
    venue, midnight = VenueFactory(), start_of(date(2024, 12, 1))
    an_evening(venue, at=midnight - timedelta(minutes=30), seats=5, attended=5)
    an_evening(venue, at=midnight + timedelta(minutes=30), seats=7, attended=7)
    an_evening(venue, at=start_of(SEASON.starts_on) - timedelta(minutes=30), seats=99)
    an_evening(venue, at=start_of(SEASON.next.starts_on) - timedelta(minutes=30), seats=11)
    months = {month: seats.given for month, seats in count_season(SEASON, at=OVER).months.items()}
    assert months == {date(2024, 11, 1): 5, date(2024, 12, 1): 7, date(2025, 9, 1): 11}


def test_counting_takes_the_same_queries_for_more_dates():
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            counted(SEASON, at=OVER)
        return len(captured)

    an_evening(VenueFactory(), at=NOVEMBER, seats=9, attended=9)
    asked()  # the next one also deletes the one before
    one = asked()
    for _ in range(3):
        an_evening(VenueFactory(), at=NOVEMBER, seats=9, attended=9)
    assert asked() == one


def test_what_pages_tell_of_partners_adds_up_to_what_staff_read():
    """One place counts: every table's lines are the season's total, each partner's months its line."""
    venues, structures = [VenueFactory(), VenueFactory()], [StructureFactory(), StructureFactory()]
    days = [date(2024, 11, 5), date(2024, 12, 5), date(2025, 1, 5), date(2025, 2, 5)]
    for day, venue, structure in zip(days, venues * 2, structures * 2, strict=True):
        booking = an_evening(venue, at=evening(day), seats=40, attended=20, no_show=10)
        Booking.objects.filter(pk=booking.pk).update(structure=structure)
    counted(SEASON, at=OVER)
    lines = Tally.objects.current().of(SEASON)
    whole = lines.about(Dimension.WHOLE).whole_season().get()
    assert (whole.given, whole.booked, whole.used, whole.absent, whole.lost) == (160, 120, 80, 40, 80)
    for dimension in Dimension:
        rows = lines.filter(dimension=dimension).whole_season()
        assert [sum(getattr(row, name) for row in rows) for name in ("booked", "used", "absent")] == [
            120,
            80,
            40,
        ]
    for dimension in (Dimension.WHOLE, Dimension.VENUE, Dimension.STRUCTURE):
        for row in lines.filter(dimension=dimension).whole_season():
            assert sum(line.used for line in lines.about(dimension, row.key).by_month()) == row.used


def test_a_structure_counts_once_along_each_table():
    structure = StructureFactory(priority="yes")
    structure.sectors.add(*structure.sectors.model.objects.all()[:2])
    booking = an_evening(VenueFactory(), at=NOVEMBER, seats=40, attended=20)
    Booking.objects.filter(pk=booking.pk).update(structure=structure)
    unknown = an_evening(VenueFactory(), at=NOVEMBER, seats=40, attended=9).structure
    type(unknown).objects.filter(pk=unknown.pk).update(priority="unknown", commune=None)
    counted(SEASON, at=OVER)
    lines = Tally.objects.current().whole_season()
    told = {
        dimension: dict(lines.filter(dimension=dimension).values_list("label", "used"))
        for dimension in Dimension
    }
    assert told[Dimension.PRIORITY] == {"En quartier prioritaire": 20, "On ne sait pas": 9}
    assert told[Dimension.SECTOR] == {"Plusieurs secteurs": 20, "Secteur inconnu": 9}
    assert told[Dimension.COMMUNE]["Commune inconnue"] == 9


def test_figures_stay_after_names_are_erased_and_after_partners_change():
    booking = an_evening(VenueFactory(), at=NOVEMBER, seats=40, attended=20, no_show=5)
    figures = [field.name for field in Tally._meta.concrete_fields if field.name not in {"id", "counting"}]

    def told():
        return sorted(Tally.objects.current().values_list(*figures), key=str)

    counted(SEASON, at=OVER)
    before = told()
    assert erasure.erase_due(at=OVER).invitations
    counted(SEASON, at=OVER)
    assert told() == before
    counted(SEASON, at=start_of(date(2026, 1, 2)))
    booking.structure.name = "Un autre nom"
    booking.structure.priority = "yes"
    booking.structure.save()
    with pytest.raises(DomainError, match="arrêtés"):
        tallies.ask(season=SEASON, at=OVER)
    assert told() == before and SEASON not in tallies.due(at=start_of(date(2026, 2, 1)))


def test_a_night_counts_each_season_once_and_a_final_one_never_again():
    an_evening(VenueFactory(), at=NOVEMBER, seats=9, attended=9)
    assert tallies.due(at=NOVEMBER - timedelta(days=9)) == []
    assert tallies.due(at=OVER) == [SEASON, SEASON.next]
    for season in tallies.due(at=OVER):
        counted(season, at=OVER)
    assert tallies.due(at=OVER + timedelta(hours=23)) == []
    assert tallies.due(at=OVER + timedelta(days=1)) == [SEASON, SEASON.next]
    assert Counting.objects.count() == 2


def test_a_counting_that_died_is_begun_again_and_nobody_works_at_one_twice():
    an_evening(VenueFactory(), at=NOVEMBER, seats=9, attended=9)
    counting = tallies.ask(season=SEASON, at=OVER)
    Tally.objects.create(counting=counting, dimension=Dimension.WHOLE, given=1)
    Counting.objects.update(worked_at=OVER)
    assert not tallies.count(counting, clock=lambda: OVER + timedelta(seconds=60))
    assert not Tally.objects.current().exists()
    assert tallies.count(counting, clock=lambda: OVER + timedelta(seconds=130))
    assert Tally.objects.current().about(Dimension.WHOLE).whole_season().get().given == 9
    assert not tallies.count(counting, clock=lambda: OVER + timedelta(days=1))


def test_asking_twice_is_asking_once_and_leaves_a_trace():
    staff = UserFactory(staff=True)
    first = tallies.ask(season=SEASON, at=OVER, by=staff)
    assert tallies.ask(season=SEASON, at=OVER, by=staff) == first
    assert AuditEntry.objects.filter(verb="chiffres recomptés").count() == 1


def test_page_takes_the_same_queries_for_more_dates(client):
    desk = UserFactory(venue_desk=True)
    client.force_login(desk)

    def asked() -> int:
        counted(SEASON, at=OVER)
        with CaptureQueriesContext(connection) as captured:
            assert (
                client.get(reverse("evaluations:venue_figures"), {"saison": "2024-2025"}).status_code == 200
            )
        return len(captured)

    an_evening(desk.venue, at=NOVEMBER, seats=9, attended=9)
    asked()
    one = asked()
    for month in (1, 2):
        an_evening(desk.venue, at=evening(date(2025, month, 3)), seats=9, attended=9)
    assert asked() == one


def test_venue_reads_its_own_seats_by_season_and_small_numbers_nowhere(client):
    desk = UserFactory(venue_desk=True)
    client.force_login(desk)
    page = reverse("evaluations:venue_figures")
    assert "Pas encore de séance passée" in client.get(page).text
    an_evening(desk.venue, at=NOVEMBER, seats=40, attended=13)
    an_evening(VenueFactory(), at=NOVEMBER, seats=77, attended=70)
    counted(SEASON, at=OVER)
    shown_page = client.get(page, {"saison": "2024-2025"}).text
    assert ">40<" in shown_page and ">13<" in shown_page and ">77<" not in shown_page
    an_evening(desk.venue, at=NOVEMBER, seats=40, attended=1, no_show=3)
    counted(SEASON, at=OVER)
    hidden = client.get(page, {"saison": "2024-2025"}).text
    assert "non montré" in hidden and ">14<" not in hidden and ">17<" in hidden
    assert client.get(page, {"saison": "n’importe\x00quoi"}).status_code == 200


def season_over():
    """The fifteenth day after a season's end, with an evening of it."""
    season = Season.of(timezone.localdate()).previous
    return season, start_of(season.next.starts_on) + timedelta(days=20)


def test_venues_are_thanked_once_after_the_season():
    season, at = season_over()
    desk = UserFactory(venue_desk=True)
    an_evening(desk.venue, at=start_of(season.ends_on) - timedelta(days=40), seats=30, attended=21)
    idle = UserFactory(venue_desk=True)
    PerformanceFactory(event__venue=idle.venue, starts_at=start_of(season.ends_on))
    counted(season, at=at)
    assert services.thank_venues(at=at - timedelta(days=20)) == 0
    assert services.thank_venues(at=at) == 1
    services.thank_venues(at=at + timedelta(days=1))
    assert services.thank_venues(at=at + timedelta(days=90)) == 0
    [mail] = OutboxMessage.objects.filter(effect__startswith="season-thanks")
    assert mail.recipient == desk.email and "Personnes venues : 21" in mail.text


def a_season(cast):
    """Seventy people in two months at the desk's venue, all of the worker's structure."""
    for month, came in ((11, 30), (12, 40)):
        booking = an_evening(cast.desk.venue, at=evening(date(2024, month, 5)), seats=50, attended=came)
        Booking.objects.filter(pk=booking.pk).update(structure=cast.worker.structure)
    counted(SEASON, at=OVER)


def test_team_reads_every_table_and_each_partners_months(cast):
    a_season(cast)
    browser, page = cast.browser("staff"), reverse("evaluations:figures")
    for dimension in Dimension:
        told = browser.get(page, {"saison": "2024-2025", "par": dimension})
        assert told.status_code == 200 and ">70<" in told.text
    line = browser.get(page, {"saison": "2024-2025", "par": "venue", "ligne": cast.desk.venue.pk}).text
    assert ">30<" in line and ">40<" in line and ">100<" in line
    for nothing in ("x", "\x00", str(cast.worker.structure.pk)):
        assert browser.get(page, {"par": "venue", "ligne": nothing}).status_code == 404
    assert "Octobre" not in browser.get(page, {"par": "n’importe\x00", "saison": "2024"}).text


def test_structure_reads_its_own_figures_alone(cast):
    a_season(cast)
    page = reverse("evaluations:structure_figures")
    assert ">70<" in cast.browser("worker").get(page, {"saison": "2024-2025"}).text
    other = cast.browser("stranger").get(page, {"saison": "2024-2025"}).text
    assert "Pas encore de sortie passée" in other


def test_files_say_what_the_page_says_and_no_cell_of_them_acts(cast):
    a_season(cast)
    cast.desk.venue.name = "=HYPERLINK(1)"
    cast.desk.venue.save()
    an_evening(VenueFactory(name="Petit lieu"), at=NOVEMBER, seats=9, attended=3)
    counted(SEASON, at=OVER)
    browser, page = cast.browser("staff"), reverse("evaluations:figures")
    asked = {"saison": "2024-2025", "par": "venue"}
    csv = browser.get(page, {**asked, "fichier": "csv"})
    assert csv["Content-Disposition"] == 'attachment; filename="chiffres-2024-2025-lieu.csv"'
    lines = csv.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Saison;Lieu;Données;Réservées;Utilisées;Perdues;Sans réponse"
    assert lines[1].startswith("2024-2025;'=HYPERLINK(1);100;non montré;")
    assert lines[2].startswith("2024-2025;Petit lieu;9;non montré;")
    assert lines[3].startswith("2024-2025;Toute la saison;109;73;73;36;0")
    xlsx = browser.get(page, {**asked, "fichier": "xlsx"})
    sheet = load_workbook(BytesIO(xlsx.content)).active
    assert [cell.value for cell in sheet[3]][1:4] == ["Petit lieu", 9, "non montré"]
    assert browser.get(page, {**asked, "fichier": "exe"})["Content-Type"].startswith("text/html")


def test_team_has_a_season_counted_again_and_sees_how_far_it_is(cast, django_capture_on_commit_callbacks):
    a_season(cast)
    browser, page = cast.browser("staff"), reverse("evaluations:figures")
    Counting.objects.create(season_year=2024, asked_at=OVER, worked_at=timezone.now(), done=4, steps=13)
    assert "étape 4 sur 13" in browser.get(page, {"saison": "2024-2025"}).text
    Counting.objects.under_way().delete()
    with django_capture_on_commit_callbacks(execute=True):
        asked = browser.post(reverse("evaluations:count_figures"), {"saison": "2024-2025"})
    assert asked.url == f"{page}?saison=2024-2025"
    counting = Counting.objects.get()
    assert counting.asked_by == cast.staff and counting.is_final
    assert "Compter à nouveau" not in browser.get(page, {"saison": "2024-2025"}).text
    browser.post(reverse("evaluations:count_figures"), {"saison": "2024-2025"})
    assert "arrêtés" in browser.get(page).text and Counting.objects.count() == 1


def test_teams_page_takes_the_same_queries_for_more_lines(cast):
    browser, page = cast.browser("staff"), reverse("evaluations:figures")

    def asked() -> int:
        counted(SEASON, at=OVER)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(page, {"saison": "2024-2025", "par": "venue"}).status_code == 200
        return len(captured)

    an_evening(VenueFactory(), at=NOVEMBER, seats=9, attended=9)
    asked()
    one = asked()
    for _ in range(2):
        an_evening(VenueFactory(), at=NOVEMBER, seats=9, attended=9)
    assert asked() == one


def test_the_night_counts_by_itself_and_by_command(capsys):
    an_evening(VenueFactory(), at=timezone.now() - timedelta(days=400), seats=9, attended=9)
    sweep_countings()
    assert Tally.objects.current().filter(dimension=Dimension.VENUE).whole_season().get().used == 9
    call_command("count_figures")
    assert "déjà fait" in capsys.readouterr().out
    call_command("count_figures", season=Season.of(timezone.localdate()).year, json=True)
    assert '"counted": true' in capsys.readouterr().out
    final = Season.of(timezone.localdate() - timedelta(days=400)).year
    Counting.objects.filter(season_year=final).update(is_final=True)
    with pytest.raises(CommandError, match="arrêtés"):
        call_command("count_figures", season=final)
