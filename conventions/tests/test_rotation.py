"""The yearly renewal over seasons, nights and clocks: each structure once, four reminders, nothing lost (A5, A6)."""

import json
from collections import Counter
from datetime import date, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from common.models import AuditEntry, OutboxMessage
from common.tests.factories import paris
from conventions.models import AccessReminder, AccessRenewal
from conventions.services import rotation
from conventions.tasks.access import renew_access
from conventions.tests.factories import AgreementFactory
from partners.models import AccessLink, VisitorAccess
from partners.seasons import Season
from partners.tests.factories import AccessLinkFactory, StructureFactory, UserFactory

pytestmark = pytest.mark.django_db

LAST_YEAR = paris(2026, 11, 3, 9)
D = date(2027, 10, 1)


def a_house(*, seasons=(2026, 2027), workers=1, signed_on=date(2026, 9, 10), **fields):
    """A structure with a référent·e and workers, whose passwords are last season's."""
    structure = StructureFactory(**fields)
    for year in seasons:
        season = Season(year)
        AgreementFactory(
            structure=structure, starts_on=season.starts_on, ends_on=season.ends_on, signed_on=signed_on
        )
    AccessRenewal.objects.create(structure=structure, season_year=2026, opened_at=LAST_YEAR)
    UserFactory(lead=True, structure=structure, password_chosen_at=LAST_YEAR, created_at=LAST_YEAR)
    UserFactory.create_batch(workers, structure=structure, password_chosen_at=LAST_YEAR)
    return structure


def night(day, hour=3):
    """The run of a night."""
    return rotation.renew(at=paris(day.year, day.month, day.day, hour))


def nights(first, last, *, but=()):
    day = first
    while day <= last:
        if day not in but:
            night(day)
        day += timedelta(days=1)


def sent(effect):
    return OutboxMessage.objects.filter(effect__startswith=effect)


def reminders_of(structure):
    found = AccessReminder.objects.filter(renewal__structure=structure).order_by("-days_before")
    return list(found.values_list("days_before", flat=True))


def renewals():
    """What came after last season's."""
    return AccessRenewal.objects.exclude(season_year=2026)


def opened():
    return renewals().opened()


# --- Reminders ------------------------------------------------------------------------------------------


def test_referent_is_reminded_four_times_over_a_season_change():
    house = a_house()
    nights(D - timedelta(days=40), D + timedelta(days=20))
    assert reminders_of(house) == [30, 14, 7, 1]
    mails = sent("access-reminder")
    assert mails.count() == 4
    assert set(mails.values_list("recipient", flat=True)) == {house.users.get(role="lead").email}


@pytest.mark.parametrize("days_before", [30, 14, 7, 1])
def test_three_nights_missed_are_caught_up_with_a_true_wording(days_before):
    house = a_house()
    missed = [D - timedelta(days=days_before) + timedelta(days=number) for number in range(3)]
    nights(D - timedelta(days=40), D + timedelta(days=20), but=missed)
    assert reminders_of(house) == [30, 14, 7, 1]
    assert opened().count() == 1
    late = sent("access-reminder").get(effect__endswith=f" {days_before}")
    left = days_before - 3
    assert (f"dans {left} jours" if left > 1 else "a commencé") in late.subject


def test_long_outage_passes_over_the_older_reminders():
    house = a_house()
    night(D - timedelta(days=3))
    night(D - timedelta(days=3), hour=4)
    assert reminders_of(house) == [7]
    night(D - timedelta(days=1))
    assert reminders_of(house) == [7, 1]


def test_never_two_reminders_in_one_night_whatever_was_missed():
    house = a_house()
    for day in (D - timedelta(days=31), D - timedelta(days=8), D, D + timedelta(days=40)):
        before = len(reminders_of(house))
        night(day)
        assert len(reminders_of(house)) <= before + 1


def test_first_reminder_leaves_thirty_days_before_and_not_a_day_earlier():
    a_house()
    assert night(D - timedelta(days=31)).reminded == []
    assert len(night(D - timedelta(days=30)).reminded) == 1


def test_reminder_says_what_is_ready_and_what_is_not():
    ready, unsigned = a_house(email="pret@structure.example"), a_house(seasons=[2026])
    AccessRenewal.objects.create(structure=ready, season_year=2027, confirmed_at=LAST_YEAR)
    AgreementFactory(
        structure=unsigned, starts_on=D, ends_on=date(2028, 9, 30), signed_on=None, sent_at=LAST_YEAR
    )
    night(D - timedelta(days=14))
    said = {house: sent(f"access-reminder {house.pk}").get().text for house in (ready, unsigned)}
    assert "signée, rien à faire" in said[ready] and "liste confirmée" in said[ready]
    assert "attend une signature" in said[unsigned] and "confirmez la liste" in said[unsigned]
    assert "dans 14 jours" in sent(f"access-reminder {ready.pk}").get().subject


def test_reminder_goes_to_the_structure_where_nobody_is_referent():
    house = a_house(email="accueil@structure.example")
    house.users.filter(role="lead").update(is_active=False)
    night(D - timedelta(days=7))
    assert sent("access-reminder").get().recipient == "accueil@structure.example"


@pytest.mark.parametrize("seasons", [[], [2025], [2027]])
def test_structure_without_an_agreement_before_the_season_is_not_reminded(seasons):
    house = a_house(seasons=seasons, signed_on=date(2027, 10, 4))
    nights(D - timedelta(days=35), D + timedelta(days=16))
    assert reminders_of(house) == []


# --- Links and codes --------------------------------------------------------------------------------------


def test_season_opens_at_midnight_in_paris_and_not_a_second_earlier():
    a_house()
    assert rotation.renew(at=paris(2027, 9, 30, 23, 59, 59)).opened == []
    done = rotation.renew(at=paris(2027, 10, 1))
    assert (len(done.opened), done.links, done.codes) == (1, 2, 1)


def test_everyone_gets_a_link_once_and_the_structure_a_code():
    house = a_house(workers=2)
    gone = UserFactory(structure=house, is_active=False, password_chosen_at=LAST_YEAR)
    fresh = UserFactory(structure=house, password_chosen_at=paris(2027, 10, 1, 0, 0, 1))
    for hour in (1, 2, 3):
        night(D, hour)
    assert sent("access-link").count() == AccessLink.objects.count() == 3
    assert {link.purpose for link in AccessLink.objects.all()} == {"renewal"}
    assert not AccessLink.objects.filter(user__in=[gone, fresh]).exists()
    access = VisitorAccess.objects.get(structure=house)
    assert access.season_year == 2027
    trace = AuditEntry.objects.get(verb="accès de la saison renouvelés")
    assert trace.details == {"saison": "2027-2028", "liens": 3, "code": True}


def test_last_seasons_code_opens_thirty_days_more():
    house = a_house()
    old = VisitorAccess.draw(structure=house, season=Season(2026))
    old.save()
    night(D)
    assert VisitorAccess.objects.open(on=date(2027, 10, 30)).filter(structure=house).count() == 2
    assert not VisitorAccess.objects.open(on=date(2027, 10, 31)).filter(pk=old.pk).exists()


def test_code_that_is_there_already_stays():
    house = a_house()
    mine = VisitorAccess.draw(structure=house, season=Season(2027))
    mine.save()
    assert night(D).codes == 0
    assert VisitorAccess.objects.get() == mine


def test_structure_that_signs_late_is_renewed_the_night_after():
    house = a_house(seasons=[2026])
    nights(D, D + timedelta(days=40))
    assert not opened().exists()
    AgreementFactory(
        structure=house, starts_on=date(2027, 11, 10), ends_on=date(2028, 9, 30), signed_on=date(2027, 11, 10)
    )
    nights(date(2027, 11, 10), date(2027, 11, 14))
    assert opened().get().opened_at == paris(2027, 11, 10, 3)
    assert sent("access-link").count() == 2


def test_colleague_whose_first_link_is_on_its_way_keeps_it():
    house = a_house(workers=0)
    at = paris(2027, 10, 1, 3)
    new, late = UserFactory.create_batch(2, structure=house, password_chosen_at=None)
    on_its_way = AccessLinkFactory(user=new, created_at=at - timedelta(hours=2))
    AccessLinkFactory(user=late, created_at=at - timedelta(days=9))
    rotation.renew(at=at)
    on_its_way.refresh_from_db()
    assert on_its_way.is_usable(at=at)
    assert AccessLink.objects.usable(at=at).get(user=late).purpose == "first"


def test_every_season_renews_anew_over_leap_years_and_changes_of_clocks():
    house = a_house(seasons=range(2026, 2032))
    nights(date(2027, 8, 25), date(2029, 10, 20))
    assert Counter(opened().values_list("season_year", flat=True)) == {
        2027: 1, 2028: 1, 2029: 1,
    }  # fmt: skip
    assert reminders_of(house) == [30] * 3 + [14] * 3 + [7] * 3 + [1] * 3


def test_run_that_is_killed_half_way_is_taken_up_again(monkeypatch):
    monkeypatch.setattr(rotation, "CHUNK", 2)
    houses = [a_house() for _ in range(5)]
    real, calls = rotation._draw_codes, []

    def die_in_the_second_chunk(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise SystemExit("killed")
        return real(*args, **kwargs)

    monkeypatch.setattr(rotation, "_draw_codes", die_in_the_second_chunk)
    with pytest.raises(SystemExit):
        night(D)
    assert opened().count() == 2
    assert sent("access-link").count() == AccessLink.objects.count() == 4
    night(D, 4)
    assert opened().count() == VisitorAccess.objects.count() == len(houses)
    assert sent("access-link").count() == AccessLink.objects.count() == 10


def test_link_of_the_renewal_lets_its_person_choose(client):
    house = a_house(workers=0)
    with time_machine.travel(paris(2027, 10, 1, 3), tick=False):
        renew_access()
        [address] = [line for line in sent("access-link").get().text.splitlines() if "/acces/" in line]
        path = address.removeprefix("http://127.0.0.1:8000")
        typed = {"password": "trois saules au bord de l'eau", "again": "trois saules au bord de l'eau"}
        assert "gardé" in client.post(path, typed).text
    assert house.users.get().password_chosen_at == paris(2027, 10, 1, 3)


# --- The command --------------------------------------------------------------------------------------------


def command(*args):
    out = StringIO()
    call_command("renew_access", *args, stdout=out)
    return out.getvalue()


@time_machine.travel(paris(2026, 11, 22, 12), tick=False)
def test_dry_run_tells_what_a_day_would_bring_and_writes_nothing():
    house = a_house(workers=2)
    unsigned = a_house(seasons=[2026])
    said = json.loads(command("--on", "2027-10-01", "--dry-run", "--json"))
    assert said["dry_run"] is True and said["season"] == "2027-2028"
    assert said["openings"] == {"count": 1, "structures": [str(house.pk)]}
    assert (said["links"], said["visitor_codes"], said["reminders"]["count"]) == (3, 1, 0)
    assert said["accounts"] == {"open": 0, "grace": 3, "out": 2}
    assert said["falls_out"] == {"accounts": 2, "count": 1, "structures": [str(unsigned.pk)]}
    assert said["unconfirmed"] == 1
    assert not renewals().exists() and not OutboxMessage.objects.exists()
    assert not AuditEntry.objects.exists() and not VisitorAccess.objects.exists()


@time_machine.travel(paris(2026, 11, 22, 12), tick=False)
@pytest.mark.parametrize(
    ("on", "days_before", "openings", "falls_out"),
    [
        ("2027-08-31", None, 0, 0),
        ("2027-09-01", 30, 0, 0),
        ("2027-09-02", None, 0, 0),
        ("2027-09-17", 14, 0, 0),
        ("2027-09-30", 1, 0, 0),
        ("2027-10-01", None, 1, 0),
        ("2027-10-02", None, 0, 0),
        ("2027-10-15", None, 0, 2),
    ],
)
def test_dry_run_supposes_that_the_nights_before_were_run(on, days_before, openings, falls_out):
    a_house()
    said = json.loads(command("--on", on, "--dry-run", "--json"))
    assert said["reminders"]["days_before"] == days_before
    assert said["openings"]["count"] == openings
    assert said["falls_out"]["accounts"] == falls_out


@time_machine.travel(paris(2027, 10, 1, 12), tick=False)
def test_dry_run_and_run_agree():
    a_house(), a_house(workers=3)
    would = json.loads(command("--dry-run", "--json"))
    did = json.loads(command("--json"))
    same = ("reminders", "openings", "links", "visitor_codes")
    assert [would[key] for key in same] == [did[key] for key in same]
    assert did["openings"]["count"] == 2 and did["reminders"]["count"] == 2
    again = json.loads(command("--json"))
    assert (again["openings"]["count"], again["links"], again["reminders"]["count"]) == (0, 0, 0)


@time_machine.travel(paris(2027, 10, 1, 12), tick=False)
def test_command_names_nobody():
    house = a_house()
    for args in (["--dry-run"], ["--dry-run", "--json"], []):
        said = command(*args)
        for account in house.users.all():
            assert account.display_name not in said and account.email not in said


@time_machine.travel(paris(2026, 11, 22, 12), tick=False)
def test_day_to_come_is_only_ever_simulated():
    with pytest.raises(CommandError, match="dry-run") as refusal:
        command("--on", "2027-10-01")
    assert refusal.value.returncode == 2
    assert not renewals().exists()
