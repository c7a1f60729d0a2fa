"""A programme written into the portal: all or nothing, known again, seats left alone (C2, C3)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.errors import DomainError
from common.models import AuditEntry
from offers.imports import load_programme, parse_programme, prepare_programme
from offers.models import Event, Performance, ProgrammeImport
from offers.tests.factories import EventFactory
from partners.tests.factories import VenueFactory

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
FILES = sorted(path.name for path in DATA.iterdir())
BAL = "id;titre;type;date;fin;description;ville\n7;Bal;danse;2027-01-08 20:00;22:00;On danse.;Lyon\n"


@pytest.fixture
def venue():
    return VenueFactory()


def load(venue, text, **how):
    return load_programme(venue=venue, parsed=parse_programme(text.encode()), at=NOW, **how)


def counts(outcome):
    return outcome.created, outcome.updated, outcome.unchanged, outcome.performances


def everything():
    return list(Event.objects.order_by("pk").values()), list(Performance.objects.order_by("pk").values())


def test_a_programme_arrives_published_searchable_and_without_seats(venue):
    assert counts(load(venue, BAL)) == (1, 0, 0, 1)
    event = venue.events.get()
    assert (event.title, event.kind, event.state, event.city) == ("Bal", "show", "published", "Lyon")
    assert "on danse" in event.search_text
    performance = event.performances.get()
    assert (performance.capacity, performance.seats_left) == (0, 0)
    assert performance.starts_at == datetime(2027, 1, 8, 19, tzinfo=UTC)


def test_an_identifier_that_no_database_takes_still_tells_events_apart(venue):
    slot = {"begin": "2027-01-08T20:00:00+01:00"}
    agenda = json.dumps([{"uid": uid, "title": "Bal", "timings": [slot]} for uid in ("a\0b", "ab", "a\x1bb")])
    assert counts(load(venue, agenda)) == (3, 0, 0, 3)
    assert counts(load(venue, agenda)) == (0, 0, 3, 3)
    assert all(event.source_uid.isprintable() for event in venue.events.all())


@pytest.mark.parametrize("name", FILES)
def test_the_same_file_twice_changes_nothing(venue, name):
    parsed = parse_programme((DATA / name).read_bytes())
    first = load_programme(venue=venue, parsed=parsed, at=NOW)
    before = everything()
    second = load_programme(venue=venue, parsed=parsed, at=NOW + timedelta(days=1))
    assert first.created and counts(second) == (0, 0, first.created, first.performances)
    assert everything() == before


def test_two_venues_may_load_the_same_file():
    for venue in (VenueFactory(), VenueFactory()):
        assert load(venue, BAL).created == 1


def test_a_second_import_changes_only_what_the_file_says_anew(venue):
    load(venue, BAL)
    venue.events.update(door_conditions="Venir tôt", state=Event.State.WITHDRAWN, languages="français")
    assert counts(load(venue, BAL.replace("On danse.", "On valse."))) == (0, 1, 0, 1)
    event = venue.events.get()
    assert (event.description, event.door_conditions, event.languages) == (
        "On valse.",
        "Venir tôt",
        "français",
    )
    assert event.state == Event.State.WITHDRAWN
    assert "on valse" in event.search_text


def test_what_the_file_leaves_empty_stays_as_the_portal_has_it(venue):
    load(venue, BAL)
    assert counts(load(venue, "id;titre;date\n7;Bal;2027-01-08 20:00\n")) == (0, 0, 1, 1)
    assert venue.events.get().description == "On danse."
    assert venue.events.get().performances.get().ends_at == datetime(2027, 1, 8, 21, tzinfo=UTC)


def test_a_kind_chosen_by_hand_outlives_a_guess_but_not_a_statement(venue):
    guessed = "id;titre;date\n7;Atelier;2027-01-08 20:00\n"
    load(venue, guessed)
    venue.events.update(kind=Event.Kind.VISIT)
    load(venue, guessed)
    assert venue.events.get().kind == Event.Kind.VISIT
    load(venue, "id;titre;date;type\n7;Atelier;2027-01-08 20:00;concert\n")
    assert venue.events.get().kind == Event.Kind.CONCERT


def test_a_new_date_is_added_and_seats_of_the_others_are_left_alone(venue):
    load(venue, BAL)
    Performance.objects.update(capacity=10, seats_left=4, booking_deadline=NOW)
    more = BAL.replace("22:00", "23:00") + "7;Bal;danse;2027-01-09 20:00;;;\n"
    assert counts(load(venue, more)) == (0, 1, 0, 2)
    first, second = venue.events.get().performances.all()
    assert (first.capacity, first.seats_left, first.booking_deadline) == (10, 4, NOW)
    assert first.ends_at == datetime(2027, 1, 8, 22, tzinfo=UTC)
    assert (second.capacity, second.seats_left) == (0, 0)


def test_a_date_that_vanished_from_the_file_is_kept_and_counted(venue):
    load(venue, BAL)
    outcome = load(venue, BAL.replace("2027-01-08", "2027-01-09"))
    assert (outcome.updated, len(outcome.missing)) == (1, 1)
    assert venue.events.get().performances.count() == 2


def test_a_date_cancelled_on_the_portal_stays_cancelled(venue):
    load(venue, BAL)
    Performance.objects.update(cancelled_at=NOW)
    assert load(venue, BAL.replace("22:00", "23:00")).unchanged == 1
    assert Performance.objects.get().cancelled_at == NOW


def test_an_event_made_by_hand_is_never_touched(venue):
    EventFactory(venue=venue, title="Bal")
    assert load(venue, BAL).created == 1
    assert venue.events.count() == 2


AGENDA = '[{"uid": 7, "title": "Bal", "status": %d, "timings": [{"begin": "2027-01-08T20:00:00+01:00"}]}]'


def test_an_event_cancelled_before_it_was_known_is_skipped(venue):
    outcome = load(venue, AGENDA % 6)
    assert counts(outcome) == (0, 0, 0, 0) and "rien n'a été ajouté" in outcome.skipped[0].reason
    assert not Event.objects.exists()


def test_an_event_cancelled_once_known_is_reported_and_never_cancelled_silently(venue):
    load(venue, AGENDA % 1)
    before = everything()
    outcome = load(venue, AGENDA % 6)
    assert "annulez-y ses dates" in outcome.skipped[0].reason
    assert everything() == before


def test_one_error_and_nothing_is_written(venue):
    outcome = load(venue, BAL + "8;;;2027-01-08 20:00;;;\n")
    assert counts(outcome) == (0, 0, 0, 0) and outcome.errors[0].row == 3
    assert not Event.objects.exists() and not AuditEntry.objects.exists()


def test_a_dry_run_tells_the_same_and_writes_nothing(venue):
    dry = load(venue, BAL, dry_run=True)
    assert not Event.objects.exists() and not AuditEntry.objects.exists()
    assert load(venue, BAL) == dry


def test_an_import_leaves_one_trace(venue):
    load(venue, BAL)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.details) == (
        "programme importé",
        "portail",
        {"créés": 1, "modifiés": 0, "dates": 1},
    )


def season(description):
    rows = (f"{n};Bal {n};2027-01-08 20:00;{description};Halle {n};Lyon" for n in range(1000))
    return "\n".join(["id;titre;date;description;lieu;ville", *rows])


def test_a_thousand_dates_take_few_statements_new_and_changed(venue):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert load(venue, season("On danse.")).created == 1000
    assert len(queries) <= 60
    with CaptureQueriesContext(connection) as queries:
        assert (
            load(venue, season("On valse.").replace("Halle", "Parc").replace("Lyon", "Bron")).updated == 1000
        )
    assert len(queries) <= 60


def test_seats_that_the_file_gives_are_given_to_new_dates(venue):
    load(venue, "titre;date;places offertes\nBal;2027-01-08 20:00;12\nBal;2027-01-09 20:00;\n")
    assert list(Performance.objects.values_list("capacity", "seats_left")) == [(12, 12), (0, 0)]


def verdicts(outcome):
    return [(verdict.row, verdict.state, verdict.text) for verdict in outcome.verdicts]


TWO = "id;titre;date;places offertes\n7;Bal;2027-01-08 20:00;12\n7;Bal;2027-01-09 20:00;12\n"


def test_each_row_has_its_verdict_and_says_what_changes(venue):
    assert verdicts(load(venue, TWO)) == [(2, "new", "08/01/2027 à 20h00"), (3, "new", "09/01/2027 à 20h00")]
    assert verdicts(load(venue, TWO)) == [(2, "same", ""), (3, "same", "")]
    changed = (
        TWO.replace("7;Bal;2027-01-08 20:00;12", "7;Grand bal;2027-01-08 20:00;10")
        + "7;Bal;2027-01-10 20:00;\n"
    )
    assert verdicts(load(venue, changed, dry_run=True)) == [
        (2, "changed", "titre : Bal → Grand bal ; places : 12 → 10"),
        (3, "same", ""),
        (4, "changed", "en plus : 10/01/2027 à 20h00"),
    ]
    agenda = json.dumps(
        [{"uid": 1, "title": "Jeu", "timings": [{"begin": f"2027-02-0{n}T20:00"} for n in range(1, 6)]}]
    )
    assert verdicts(load(venue, agenda)) == [(1, "new", "5 dates")]


def test_a_long_text_that_changes_is_named_and_not_quoted(venue):
    load(venue, BAL)
    assert verdicts(load(venue, BAL.replace("On danse.", "On danse. " * 20)))[0][2] == "présentation"


def test_seats_of_the_file_follow_and_never_fall_below_what_is_taken(venue):
    load(venue, TWO)
    Performance.objects.filter(starts_at__day=8).update(seats_left=4)
    load(venue, TWO.replace(";12", ";9"))
    assert list(Performance.objects.values_list("capacity", "seats_left")) == [(9, 1), (9, 9)]
    before = everything()
    for dry_run in (True, False):
        outcome = load(venue, TWO.replace(";12", ";7"), dry_run=dry_run)
        [problem] = outcome.errors
        assert problem.row == 2 and "Places déjà réservées pour le 08/01/2027 à 20h00 : 8" in problem.message
        assert everything() == before


def test_seats_asked_once_for_all_are_given_to_new_dates_alone(venue):
    load(venue, BAL)
    load(venue, BAL + "7;Bal;danse;2027-01-09 20:00;;;\n", seats=6)
    assert list(Performance.objects.values_list("capacity", "seats_left")) == [(0, 0), (6, 6)]


def test_what_vanished_is_what_the_same_source_held_the_last_time(venue):
    load(venue, TWO)
    Performance.objects.create(event=venue.events.get(), starts_at=NOW + timedelta(days=200))  # made by hand
    other = "identifiant;titre;date\n8;Jeu;2027-03-01 20:00\n"
    assert not load(venue, other).missing  # a table with other headings says nothing of this one
    one = TWO.rsplit("7;", 1)[0]
    outcome = load(venue, one)
    gone = Performance.objects.get(starts_at=datetime(2027, 1, 9, 19, tzinfo=UTC))
    assert outcome.missing == (gone.pk,) and outcome.record.missing == [gone.pk.hex]
    assert load(venue, one, dry_run=True).missing == (gone.pk,)  # nobody has decided yet: asked again
    ProgrammeImport.objects.update(missing=[])
    assert not load(venue, one).missing
    assert ProgrammeImport.objects.count() == 2


def test_an_event_gone_whole_is_missing_and_one_withdrawn_cancelled_or_past_is_not(venue):
    rows = [f"{n};Bal {n};2027-01-0{n} 20:00\n" for n in range(1, 5)]
    head = "id;titre;date\n"
    load(venue, head + "".join(rows))
    venue.events.filter(title="Bal 2").update(state=Event.State.WITHDRAWN)
    Performance.objects.filter(event__title="Bal 3").update(cancelled_at=NOW)
    Performance.objects.filter(event__title="Bal 4").update(starts_at=NOW - timedelta(days=1))
    [pk] = load(venue, head + "9;Jeu;2027-03-01 20:00\n").missing
    assert Performance.objects.get(pk=pk).event.title == "Bal 1"


def test_two_imports_at_once_write_the_programme_once(venue):
    parsed = parse_programme(TWO.encode())
    plans = [prepare_programme(venue=venue, parsed=parsed, at=NOW) for _ in range(2)]
    plans[0].write(by="test")
    with pytest.raises(DomainError, match="Un autre import"):
        plans[1].write(by="test")
    assert (Event.objects.count(), Performance.objects.count()) == (1, 2)
