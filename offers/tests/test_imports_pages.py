"""The pages of an import: the file, its columns, its preview, the work in the background (C2)."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from offers import services, tasks
from offers.imports import work
from offers.models import ColumnMapping, Event, Performance, ProgrammeImport, ProgrammeUpload
from offers.tests.workbooks import a_workbook

pytestmark = pytest.mark.django_db

IMPORT = reverse("offers:import_programme")
GOOD = b"titre;date;heure\nLe Bal;24/11/2099;20h30\nLe Bal;25/11/2099;20h30\n"
BAD = b"titre;date;heure\nLe Bal;24/11/2099;20h30\nFanfare;32/11/2099;20h30\n"
ODD = b"Quoi;Le jour J;Bla\nLe Bal;24/11/2099;x\n"
CSV = b"titre;date;heure\nLe Bal;24/11/2099;20h30\n"


@pytest.fixture
def desk(cast):
    return cast.browser("desk")


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def large(settings):
    """Every file is large enough for the background."""
    settings.IMPORT_INLINE_BYTES = 0


def text(response):
    return response.content.decode()


def upload(browser, content, name="saison.csv"):
    return browser.post(IMPORT, {"file": SimpleUploadedFile(name, content)}, follow=True)


def confirm(browser, preview, seats=0):
    return browser.post(preview.redirect_chain[-1][0], {"seats": seats}, follow=True)


def kept(by, now, content=CSV):
    return services.keep_upload(by=by, filename="saison.csv", content=content, at=now)


# --- One file of usual size ---------------------------------------------------------------------------------------


def test_import_shows_what_a_file_holds_then_loads_it_with_the_seats_asked_once(cast, desk):
    preview = upload(desk, GOOD)
    assert preview.context["report"]["created"] == 1
    for said in (
        "saison.csv",
        "24/11/2099 à 20h30",
        "Places offertes pour chaque nouvelle date",
        "« heure »",
    ):
        assert said in text(preview)
    assert not Event.objects.exists()
    answer = confirm(desk, preview, seats=8)
    assert "Votre programme est chargé" in text(answer)
    event = Event.objects.get()
    assert (event.venue, event.performances.count()) == (cast.desk.venue, 2)
    assert {(date.capacity, date.seats_left) for date in event.performances.all()} == {(8, 8)}
    assert not ProgrammeUpload.objects.exists()


def test_a_workbook_is_imported_the_same_way(desk):
    content = a_workbook(["Programme"], ["Titre", "Date", "Places offertes"], ["Bal", "24/11/2099", 5])
    preview = upload(desk, content, "saison.xlsx")
    assert "Places offertes pour chaque" not in text(preview)  # the file says them
    confirm(desk, preview)
    assert Performance.objects.get().capacity == 5


@pytest.mark.parametrize("seats", ["", "-1", "100000", "beaucoup"])
def test_seats_that_cannot_be_are_refused_by_their_field(desk, seats):
    answer = confirm(desk, upload(desk, GOOD), seats=seats)
    assert answer.context["form"].errors["seats"]
    assert not Event.objects.exists()


def test_import_of_a_file_with_an_error_writes_nothing_and_names_the_row(desk):
    preview = upload(desk, BAD)
    page = text(preview)
    assert "Un point empêche l’import" in page
    assert ">3</th>" in page and "32/11/2099" in page
    assert "Importer tout" not in page
    assert "Un point empêche l’import" in text(confirm(desk, preview))
    assert not Event.objects.exists()


def test_import_of_the_same_file_twice_changes_nothing_and_of_a_changed_one_says_what(desk):
    for _ in range(2):
        confirm(desk, upload(desk, b"id;" + GOOD.replace(b"Le Bal", b"7;Le Bal")))
    assert (Event.objects.count(), Performance.objects.count()) == (1, 2)
    again = upload(desk, b"id;" + GOOD.replace(b"Le Bal", b"7;Le Bal"))
    assert "Tout est déjà à jour" in text(again)
    changed = upload(desk, b"id;" + GOOD.replace(b"Le Bal", b"7;Grand Bal"))
    assert "titre : Le Bal → Grand Bal" in text(changed)
    other = desk.get(changed.redirect_chain[-1][0], {"voir": "same"})
    assert other.context["state"] == "same" and ">3</th>" in text(other)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Ce fichier est vide"),
        (b"%PDF-1.7 \x00\x01", "fichier"),
        (b"[{]", "abîmé"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR", "calendrier"),
        (b"PK\x03\x04", "classeur"),
    ],
)
def test_import_refuses_a_file_it_cannot_use_by_the_field(desk, content, sentence):
    answer = upload(desk, content)
    assert sentence in answer.context["form"].errors["file"][0]
    assert not ProgrammeUpload.objects.exists()


def test_import_wants_a_file_and_not_too_large_a_one(desk, settings):
    assert "Choisissez un fichier" in text(desk.post(IMPORT))
    assert "Un point à corriger" not in text(desk.get(IMPORT))
    settings.UPLOAD_MAX_BYTES = 10
    assert "dépasse" in text(upload(desk, GOOD))


def test_import_forgets_a_file_after_a_day_and_keeps_one_per_venue(cast, desk):
    first = upload(desk, GOOD).redirect_chain[0][0]
    second = upload(desk, GOOD).redirect_chain[0][0]
    assert desk.get(first).status_code == 404
    ProgrammeUpload.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert desk.get(second).status_code == 404
    upload(cast.browser("other_desk"), GOOD)
    assert ProgrammeUpload.objects.count() == 1


def test_the_example_to_fill_in_is_read_by_the_portal(desk):
    answer = desk.get(reverse("offers:import_example"))
    preview = upload(desk, answer.content, "modele-programme.csv")
    assert (preview.context["report"]["created"], preview.context["report"]["added"]) == (1, 2)
    assert "Places offertes pour chaque" not in text(preview)


# --- Columns --------------------------------------------------------------------------------------------------------


def choose(browser, page, **columns):
    chosen = {f"column-{rank}": about for about, rank in columns.items()}
    return browser.post(page.redirect_chain[-1][0], chosen, follow=True)


def test_columns_that_say_too_little_are_asked_for_and_remembered_for_the_next_file(cast, desk):
    page = upload(desk, ODD)
    assert page.redirect_chain[-1][0].endswith("/colonnes/")
    assert "Le jour J" in text(page) and "24/11/2099" in text(page)
    assert [field.initial for field in page.context["form"]] == ["", "day", ""]  # by what it says
    preview = choose(desk, page, title=0, day=1)
    assert preview.context["report"]["created"] == 1
    mapping = ColumnMapping.objects.get()
    assert (mapping.venue, mapping.columns) == (cast.desk.venue, {"title": 0, "day": 1})
    again = upload(desk, ODD.replace(b"24/11", b"25/11"))
    assert again.context["report"]["created"] == 1
    elsewhere = upload(cast.browser("other_desk"), ODD)  # each venue has its own
    assert elsewhere.redirect_chain[-1][0].endswith("/colonnes/")


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"title": 0}, "Il manque la date"),
        ({"day": 1}, "Il manque le titre"),
        ({"title": 0, "day": 1, "rien": 2}, "Choisissez"),
    ],
)
def test_columns_that_cannot_be_are_refused_with_what_to_do(desk, columns, sentence):
    answer = choose(desk, upload(desk, ODD), **columns)
    assert sentence in text(answer).replace("Sélectionnez", "Choisissez")
    assert not ColumnMapping.objects.exists()


def test_two_columns_cannot_say_the_same(desk):
    page = upload(desk, ODD).redirect_chain[-1][0]
    answer = desk.post(page, {"column-0": "title", "column-1": "day", "column-2": "title"})
    assert "Deux colonnes disent « Titre »" in text(answer)


def test_columns_that_are_known_are_proposed_and_can_be_changed(desk):
    preview = upload(desk, b"titre;date;genre\nConcert;24/11/2099;Bal\n")
    page = desk.get(preview.redirect_chain[-1][0] + "colonnes/")
    proposed = {field.label: field.initial for field in page.context["form"]}
    assert proposed == {"titre": "title", "date": "day", "genre": "kind"}
    changed = desk.post(page.request["PATH_INFO"], {"column-1": "day", "column-2": "title"}, follow=True)
    assert changed.context["report"]["lines"]["new"][0][1] == "Bal"


def test_columns_are_asked_of_tables_alone(desk, now, cast):
    agenda = [{"uid": 1, "title": "Bal", "timings": [{"begin": "2099-11-24T20:00:00+01:00"}]}]
    preview = upload(desk, json.dumps(agenda).encode(), "agenda.json").redirect_chain[-1][0]
    assert desk.get(f"{preview}colonnes/").url == preview
    with pytest.raises(DomainError, match="pas un tableau"):
        services.choose_columns(upload=ProgrammeUpload.objects.get(), columns={"title": 0, "day": 1}, at=now)


# --- Large files ----------------------------------------------------------------------------------------------------


def test_a_large_file_is_read_and_written_in_the_background(desk, large, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        page = upload(desk, GOOD)
    assert "Nous lisons votre fichier" in text(page)
    address = page.redirect_chain[-1][0]
    preview = desk.get(address)
    assert preview.context["report"]["created"] == 1
    with django_capture_on_commit_callbacks(execute=True):
        page = desk.post(address, {"seats": 3}, follow=True)
    assert "Votre programme s’enregistre" in text(page) and "Regarder où cela en est" in text(page)
    assert desk.get(address, headers={"HX-Request": "true"}).headers["HX-Redirect"] == reverse(
        "offers:programme"
    )
    assert desk.get(address).url == reverse("offers:programme")
    assert set(Performance.objects.values_list("capacity", flat=True)) == {3}
    assert ProgrammeImport.objects.get().pk.hex in address.replace("-", "")


def test_a_large_file_that_cannot_be_used_says_so_on_its_page(
    desk, large, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        page = upload(desk, b"[{]")
    answer = desk.get(page.redirect_chain[-1][0])
    assert "abîmé" in text(answer) and "Importer tout" not in text(answer)


def test_how_far_the_reading_is_shows_on_the_page(desk, large):
    address = upload(desk, GOOD).redirect_chain[-1][0]
    ProgrammeUpload.objects.update(rows=50_000, rows_read=12_000)
    assert "12000 lignes lues sur 50000" in text(desk.get(address)).replace("\u202f", "").replace("\xa0", "")


def test_the_reading_tells_how_far_it_is(by, now, large, monkeypatch):
    monkeypatch.setattr("offers.imports.limits.TOLD_EVERY", 2)
    row = kept(by, now, GOOD)
    work.make_preview(upload=row, clock=lambda: now)
    row.refresh_from_db()
    assert (row.rows_read, row.rows, row.step) == (2, 2, "ready")


@pytest.fixture
def by(cast):
    return cast.desk


def test_the_sweeper_takes_up_what_a_lost_task_left_and_nothing_else(by, now, large, settings):
    row = kept(by, now)
    assert row.at_work
    ProgrammeUpload.objects.update(worked_at=now)
    tasks.sweep_uploads()
    assert ProgrammeUpload.objects.get().step == "reading"  # somebody is at it
    ProgrammeUpload.objects.update(worked_at=now - timedelta(seconds=settings.IMPORT_IDLE_SECONDS + 1))
    tasks.sweep_uploads()
    assert ProgrammeUpload.objects.get().step == "ready"
    ProgrammeUpload.objects.update(step="loading", worked_at=None)
    tasks.sweep_uploads()
    assert Event.objects.count() == 1 and not ProgrammeUpload.objects.exists()
    kept(by, now)
    ProgrammeUpload.objects.update(created_at=now - timedelta(hours=25))
    tasks.sweep_uploads()
    assert not ProgrammeUpload.objects.exists()


def test_a_file_written_twice_is_written_once(by, now):
    row = kept(by, now)
    first = work.write(upload=row, at=now)
    row.pk = first.pk
    assert work.write(upload=row, at=now) == first
    assert ProgrammeImport.objects.count() == 1


def test_a_large_file_refused_when_it_is_written_says_why(by, now, large, settings):
    row = kept(by, now)
    ProgrammeUpload.objects.update(step="loading")
    settings.IMPORT_DATES_MAX = -1
    work.make_programme(upload=row, clock=lambda: now)
    row.refresh_from_db()
    assert row.step == "ready" and "lignes ou dates" in row.report["refusal"]


# --- Services -------------------------------------------------------------------------------------------------------


def test_more_rows_than_are_read_are_refused(by, now, settings):
    settings.IMPORT_DATES_MAX = 2
    with pytest.raises(DomainError, match="plus de 2 lignes"):
        kept(by, now, b"titre;date\n" + b"Bal;1/1/2027\n" * 3)
    assert not ProgrammeUpload.objects.exists()


def test_a_file_that_cannot_be_read_leaves_the_one_before(by, now):
    before = kept(by, now)
    with pytest.raises(DomainError):
        kept(by, now, b"[{]")
    assert ProgrammeUpload.objects.get() == before


def test_a_file_with_an_error_writes_nothing_and_is_kept(by, now):
    row = kept(by, now, CSV + b"Fanfare;99/99/2099;20h\n")
    assert services.confirm_upload(upload=row, by=by, seats=0, at=now) is None
    assert not Event.objects.exists()
    row.refresh_from_db()
    assert row.report["counts"]["errors"] == 1


def test_a_suspended_venue_loads_nothing(by, now):
    row = kept(by, now)
    row.venue.suspended_at = now
    with pytest.raises(DomainError):
        services.confirm_upload(upload=row, by=by, seats=0, at=now)
    with pytest.raises(DomainError, match="entre 0 et"):
        row.venue.suspended_at = None
        services.confirm_upload(upload=row, by=by, seats=-1, at=now)
    assert not Event.objects.exists()


def test_files_nobody_confirmed_are_swept_after_a_day(cast, now):
    kept(cast.desk, now - timedelta(hours=24))
    late = kept(cast.other_desk, now)
    assert list(ProgrammeUpload.objects.all()) == [late]
    assert list(ProgrammeUpload.objects.fresh(at=now)) == [late]
    assert not ProgrammeUpload.objects.of(cast.desk).exists()


def test_a_programme_with_dates_to_decide_about_says_so(desk):
    confirm(desk, upload(desk, GOOD))
    answer = confirm(desk, upload(desk, GOOD.rsplit(b"Le Bal", 1)[0]))
    assert "Ces dates ne sont plus dans votre fichier" in text(answer)
    assert "Des dates ne sont plus dans votre dernier fichier" in text(desk.get(reverse("offers:programme")))
