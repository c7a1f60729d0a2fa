"""Names are erased by themselves, and nothing else changes (F2)."""

import json
import logging
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings as portal
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from common.crypto import encrypted_fields
from common.dates import local_day, start_of
from common.models import AuditEntry, Erased, OutboxMessage
from common.tests.factories import paris
from invitations.invariants import audit
from invitations.models import (
    Booking,
    DrawGuest,
    ErasureNight,
    GroupOuting,
    Invitation,
    Participant,
    PartyDocument,
    WaitlistGuest,
)
from invitations.models.erasure import leaves_on, leaving, with_last_outing
from invitations.services import erasure, printing, usage_review
from invitations.services.booking import cancel_booking
from invitations.services.papers import print_party
from invitations.tasks_erasure import erase_names
from invitations.tests.factories import (
    ParticipantFactory,
    a_booking,
    a_draw,
    a_group,
    a_request,
    a_waiting_party,
    a_worker,
    an_outing,
    name,
)
from invitations.use import Period
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import StructureFactory, UserFactory

pytestmark = pytest.mark.django_db

CANARY = "Canarizelle"
SECOND = timedelta(seconds=1)


def canaries() -> list[str]:
    """Every column of every table of ours in which the canary stands, encrypted ones read in clear."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.all():
            for field in model._meta.concrete_fields:
                value = getattr(row, field.attname)
                text = bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
                if CANARY in text:
                    found.append(f"{model._meta.label}.{field.name}")
    return found


def files_with_the_canary() -> list[str]:
    """What the portal wrote beside the database: mails and queue of this installation."""
    return [
        str(path)
        for folder in ("broker", "mail")
        for path in Path(portal.VAR_DIR, folder).rglob("*")
        if path.is_file() and CANARY.encode() in path.read_bytes()
    ]


@pytest.fixture
def outing():
    """One date on which the canary goes in every way: booked with guests, in a group, asked for, waiting, printed."""
    now = timezone.now()
    worker = a_worker()
    date_ = PerformanceFactory(capacity=9, starts_at=now + timedelta(days=10))
    person = ParticipantFactory(structure=worker.structure, given_name=CANARY)
    booked = a_booking(by=worker, performance=date_, participant=person, guests=1, companions=1)
    group = a_group(by=worker, performance=date_, seats=4, label=f"Avec {CANARY}")
    name(group, by=worker, people=1)
    waiting = a_waiting_party(by=worker, performance=date_, guests=4, person=ParticipantFactory(
        structure=worker.structure, given_name=f"{CANARY}2"))  # fmt: skip
    asked = a_request(
        a_draw(performance=PerformanceFactory(starts_at=date_.starts_at)),
        by=worker,
        participant=person,
        guests=1,
    )
    for model in (Invitation, WaitlistGuest, DrawGuest):
        model.objects.update(given_name=CANARY)
    printing.start(structure=worker.structure, bookings=[booked], at=now)
    print_party(booking=booked, at=now)
    PartyDocument.objects.create(booking=booked, asked_at=now, made_at=now, content=CANARY.encode())
    assert waiting.guests.count() == 4 and asked.guests.count() == 1
    return booked


def test_on_day_31_no_name_of_the_outing_is_left_anywhere(outing, caplog):
    caplog.set_level(logging.DEBUG)
    on_lists = ["invitations.Participant.given_name"] * 2
    assert len(canaries()) > 10
    day_31 = start_of(local_day(outing.performance.starts_at) + timedelta(days=31))
    erasure.erase_due(at=day_31 - SECOND)
    assert "invitations.Invitation.given_name" in canaries()
    night = erasure.erase_due(at=day_31)
    assert canaries() == on_lists and files_with_the_canary() == [] and CANARY not in caplog.text
    assert not Booking.objects.exclude(participant=None).exists()
    assert night.ended_at and night.dates == 2 and night.invitations == 4
    assert OutboxMessage.objects.exists()
    # Neither the line nor the draw was tended in all that time: their people are missing, and nothing else.
    assert {one.code for one in audit().violations} <= {
        "waiting_party_is_whole",
        "waiting_request_has_its_people",
    }


@pytest.mark.parametrize(
    ("starts_at", "erased_at"),
    [
        (paris(2026, 11, 22, 20, 30), paris(2026, 12, 23)),
        (paris(2026, 11, 22, 0, 0), paris(2026, 12, 23)),
        (paris(2026, 11, 22, 23, 59, 59), paris(2026, 12, 23)),
        (paris(2026, 10, 1, 20), paris(2026, 11, 1)),  # the clock goes back in between
        (paris(2027, 3, 1, 20), paris(2027, 4, 1)),  # and forward
        (paris(2027, 2, 24, 20), paris(2027, 3, 27)),
        (paris(2027, 2, 25, 20), paris(2027, 3, 28)),  # the very night on which it does
    ],
)
def test_names_of_a_date_last_thirty_whole_days_of_paris(starts_at, erased_at):
    an_outing(StructureFactory(), at=starts_at, attended=1)
    erasure.erase(on=local_day(erased_at - SECOND), at=erased_at - SECOND)
    assert Invitation.objects.named().count() == 1
    erasure.erase(on=local_day(erased_at), at=erased_at)
    assert Invitation.objects.named().count() == 0


@pytest.mark.parametrize(
    ("last", "first_day"),
    [
        (paris(2026, 3, 10, 20, 30), date(2027, 3, 11)),
        (paris(2026, 3, 10, 0, 0), date(2027, 3, 11)),
        (paris(2024, 2, 29, 20), date(2025, 3, 1)),
        (paris(2027, 2, 28, 20), date(2028, 3, 1)),
        (paris(2026, 3, 28, 23, 59, 59), date(2027, 3, 29)),
    ],
)
@pytest.mark.parametrize("went_out", [True, False])
def test_somebody_leaves_the_list_after_twelve_months_without_an_outing(last, first_day, went_out):
    added = last - timedelta(days=300) if went_out else last
    if went_out:
        person = an_outing(StructureFactory(), at=last, attended=1).participant
        Participant.objects.update(created_at=added)
    else:
        person = ParticipantFactory(created_at=added)
    assert leaves_on(with_last_outing(Participant.objects.all()).get()) == first_day
    erasure.erase_due(at=start_of(first_day) - SECOND)
    assert Participant.objects.get() == person
    erasure.erase_due(at=start_of(first_day))
    assert not Participant.objects.exists()
    assert Erased.objects.get().row == person.pk
    assert AuditEntry.objects.get(verb="personne effacée").subject.endswith(str(person.pk))


def test_cancelled_outing_keeps_nobody_on_the_list_and_a_wait_does():
    now = timezone.now()
    gone, waits = a_booking(), a_waiting_party()
    cancel_booking(booking=gone, by=gone.booked_by, at=now)
    Participant.objects.update(created_at=now - timedelta(days=800))
    assert list(leaving(Participant.objects.all(), on=timezone.localdate())) == [gone.participant]
    assert waits.participant


def test_figures_are_the_same_before_and_after_names_are_erased():
    now = timezone.now()
    structures = StructureFactory.create_batch(2)
    for days in (40, 41, 80):
        for structure in structures:
            an_outing(structure, at=now - timedelta(days=days), attended=3, no_show=1, excused=1, cancelled=1)
            an_outing(structure, at=now - timedelta(days=days), said=2, no_show=1, valid=1)

    def figures():
        people = Booking.objects.values_list("person_ref", flat=True)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT status, kind, count(*) FROM invitations_invitation GROUP BY 1, 2 ORDER BY 1, 2"
            )
            counted = cursor.fetchall()
        return counted, sorted(people), usage_review.uses(Period.before(local_day(now)))

    before = figures()
    erasure.erase_due(at=now)
    assert not Invitation.objects.named().exists()
    assert figures() == before


def test_killed_half_way_the_night_goes_on_and_counts_once(monkeypatch, settings):
    settings.ERASURE_DATES = 1
    now = timezone.now()
    for days in (40, 41, 42):
        an_outing(StructureFactory(), at=now - timedelta(days=days), attended=2)
    real, calls = erasure._erase_dates, []

    def killed(dates):
        calls.append(dates)
        done = real(dates)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(erasure, "_erase_dates", killed)
    with pytest.raises(KeyboardInterrupt):
        erasure.erase_due(at=now)
    night = ErasureNight.objects.get()
    assert (night.dates, night.invitations, night.ended_at) == (1, 2, None)
    assert Invitation.objects.named().count() == 4
    night = erasure.erase_due(at=now)
    assert (night.dates, night.invitations, bool(night.ended_at)) == (3, 6, True)
    again = erasure.erase_due(at=now + timedelta(minutes=1))
    assert (again.dates, again.ended_at) == (3, night.ended_at)


def test_missed_night_is_caught_up_and_told_to_staff(client, time_machine):
    client.force_login(UserFactory(staff=True))
    page = reverse("admin:invitations_erasurenight_changelist")
    now = timezone.now()
    assert not erasure.is_late(at=now)
    an_outing(StructureFactory(), at=now - timedelta(days=40), attended=2)
    assert erasure.is_late(at=now)
    text = client.get(page).text
    assert "La dernière nuit n’a rien effacé" in text and "séances 1&nbsp;; noms d’invitations 2" in text
    assert "la nuit n&#x27;a pas eu lieu" in client.get(reverse("admin:index")).text
    erase_names()
    text = client.get(page).text
    assert "La dernière nuit" not in text and "À effacer aujourd’hui&nbsp;: rien." in text
    assert not erasure.is_late(at=now + timedelta(days=1))
    assert erasure.is_late(at=now + timedelta(days=2))


def test_command_tells_what_a_day_would_erase_and_refuses_to_do_it_early(capsys):
    now = timezone.now()
    an_outing(StructureFactory(), at=now - timedelta(days=20), attended=2)
    day = local_day(now) + timedelta(days=20)
    call_command("erase_names", on=day, dry_run=True, json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["dates"], said["invitations"], said["people"], said["dry_run"]) == (1, 2, 0, True)
    with pytest.raises(CommandError, match="n'est pas encore venu") as refused:
        call_command("erase_names", on=day)
    assert refused.value.returncode == 2
    assert Invitation.objects.named().count() == 2 and not ErasureNight.objects.exists()
    call_command("erase_names")
    assert "0 noms d'invitations de 0 séances" in capsys.readouterr().out


def test_page_of_an_erased_outing_says_so(client):
    now = timezone.now()
    worker = a_worker()
    booked = an_outing(worker.structure, at=now - timedelta(days=40), attended=1)
    GroupOuting.objects.create(
        structure=worker.structure, performance=booked.performance, booked_by=worker, key=uuid4(), label="Atelier",
        seats=2, unnamed=0, state="closed", booked_at=now - timedelta(days=60), ended_at=now - timedelta(days=45),
        names_by=now - timedelta(days=45), remind_at=now - timedelta(days=46),
    )  # fmt: skip
    erasure.erase_due(at=now)
    client.force_login(worker)
    assert "Nom effacé" in client.get(reverse("invitations:booking", args=[booked.pk])).text
    listed = client.get(reverse("invitations:bookings"), {"quand": "passees"}).text
    assert "Personne effacée" in listed and "Atelier" not in listed and "Groupe sans nom" in listed


def test_every_column_that_holds_a_name_is_known_to_the_erasure():
    """A new encrypted column fails here until its erasure is written, or it is said why it needs none."""
    erased = {
        "invitations.Participant": {"given_name", "family_name"},
        "invitations.Invitation": {"given_name", "family_name"},
        "invitations.WaitlistGuest": {"given_name", "family_name"},
        "invitations.DrawGuest": {"given_name", "family_name"},
        "invitations.GroupOuting": {"label"},
        "invitations.PartyDocument": {"content"},
        "invitations.PrintRun": {"content"},  # thrown away after two days
    }
    without_people = {"invitations.Draw": {"seed"}}
    found = {
        model._meta.label: {field.name for field in encrypted_fields(model)}
        for model in apps.get_app_config("invitations").get_models()
        if encrypted_fields(model)
    }
    assert found == erased | without_people
