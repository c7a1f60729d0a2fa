"""`manage.py survey_programmes`: what becomes of every file of a folder (C2)."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

README = """# Files
## tables/ (somebody/tables; MIT)
## events/
| file | source | rows |
|---|---|---|
| bal.csv | owner/name (data/bal.csv) | 1 |
| agenda.json | same (data/agenda.json) | 1 |
| samples/odd (2) | other/samples | 2 |
"""
FILES = {
    "README.md": README,
    "tables/bal.csv": "titre;date\nBal;24/11/2099\n",
    "events/bal.csv": "titre;date\nBal;jamais\n",
    "events/agenda.json": '{"rien": 1}',
    "events/samples/odd/a.ics": "BEGIN:VEVENT\nSUMMARY:Bal|x\nCLASS:PRIVATE\nDTSTART:20990101\nEND:VEVENT\n",
    "events/notes.txt": "rien",
    "other.csv": "a;b\n",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def survey(folder, *options):
    out = StringIO()
    call_command("survey_programmes", str(folder), *options, stdout=out)
    return out.getvalue()


def test_each_file_is_named_by_its_source_and_told_in_one_line(folder):
    lines = survey(folder, "--on", "2026-11-22").splitlines()[2:]
    assert [line.split(": ")[0] for line in lines] == [
        "| owner/name",
        "| owner/name",
        "| other/samples",
        "| other.csv | refused",
        "| somebody/tables",
    ]
    said = "\n".join(lines)
    assert "a.ics | nothing to load: 0 events, 0 dates, 1 left out: Privé" in said
    assert "bal.csv | refused: row 2, date: Nous ne comprenons pas la date" in said
    assert "bal.csv | loads: 1 events, 1 dates" in said
    assert str(folder) not in said


def test_the_table_takes_its_place_in_a_page(folder):
    page = folder / "page.md"
    page.write_text("Avant\n<!-- survey: begin -->\nvieux\n<!-- survey: end -->\nAprès\n", encoding="utf-8")
    assert survey(folder, "--into", str(page), "--only", "tables") == ""
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Avant\n") and text.endswith("Après\n") and "vieux" not in text
    assert "| somebody/tables: bal.csv | loads: 1 events, 1 dates |" in text


def test_a_folder_page_or_day_that_is_none_is_refused(folder):
    page = folder / "page.md"
    page.write_text("Rien", encoding="utf-8")
    for name, options in (("absent", ()), ("", ("--into", str(page))), ("", ("--on", "hier"))):
        with pytest.raises(CommandError):
            survey(folder / name, *options)
