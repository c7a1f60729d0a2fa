"""`manage.py import_programme`: what it says and how it ends (C2)."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from offers.models import Event
from partners.tests.factories import VenueFactory

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parent / "data"


@pytest.fixture
def run():
    VenueFactory(slug="saules")

    def run(file, *, venue="saules", **options):
        out, err, code = StringIO(), StringIO(), 0
        try:
            call_command("import_programme", str(file), venue=venue, stdout=out, stderr=err, **options)
        except SystemExit as end:
            code = end.code
        return code, out.getvalue(), err.getvalue()

    return run


def test_the_command_loads_a_file_and_sums_up_in_french(run):
    code, said, _ = run(DATA / "ods_v21.json")
    assert code == 0
    assert "3 événements en plus, 0 mis à jour, 0 sans changement ; 4 dates dans le fichier." in said
    assert "ligne 2 : Uniquement en ligne" in said
    assert Event.objects.count() == 3


def test_the_command_answers_in_json(run):
    code, said, _ = run(DATA / "ods_v21.json", json=True)
    answer = json.loads(said)
    assert code == 0
    assert list(answer) == ["created", "updated", "unchanged", "performances", "skipped", "errors"]
    assert (answer["created"], answer["performances"], answer["errors"]) == (3, 4, [])
    assert [entry["row"] for entry in answer["skipped"]] == [2, 3]
    assert set(answer["skipped"][0]) == {"row", "reason"}


def test_the_command_refuses_errors_and_writes_nothing(run, tmp_path):
    file = tmp_path / "saison.csv"
    file.write_text("titre;date\nBal;08/01/2027 20h\n;bientôt\n")
    code, said, _ = run(file, json=True)
    answer = json.loads(said)
    assert code == 1 and answer["created"] == 0
    assert set(answer["errors"][0]) == {"row", "field", "message"} and answer["errors"][0]["row"] == 3
    assert not Event.objects.exists()
    code, said, _ = run(file)
    assert code == 1 and "rien n'a été écrit" in said and "ligne 3, date" in said


def test_the_command_cannot_read_some_files_and_says_why(run, tmp_path):
    binary = tmp_path / "saison.csv"
    binary.write_bytes(b"\x00\x01\x02")
    for file, venue, says in (
        (tmp_path / "absent.csv", "saules", "Impossible d'ouvrir"),
        (tmp_path, "saules", "Impossible d'ouvrir"),
        (binary, "saules", "pas un texte"),
        (DATA / "programme.csv", "ailleurs", "ailleurs"),
    ):
        code, said, refusal = run(file, venue=venue)
        assert (code, said) == (2, "") and says in refusal


def test_a_dry_run_says_what_would_be_done(run):
    code, said, _ = run(DATA / "programme.csv", dry_run=True)
    assert code == 0 and said.startswith("À blanc") and "2 événements en plus" in said
    assert not Event.objects.exists()


def test_a_format_can_be_forced(run):
    code, _, refusal = run(DATA / "programme.csv", format="openagenda")
    assert code == 2 and "JSON" in refusal


def test_dates_gone_from_the_file_are_mentioned(run, tmp_path):
    file = tmp_path / "saison.csv"
    for day in ("08/01/2097", "09/01/2097"):
        file.write_text(f"titre;date\nBal;{day} 20h\n")
        code, said, _ = run(file)
    assert code == 0 and "1 date à venir" in said
