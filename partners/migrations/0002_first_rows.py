"""What every installation starts with: fields of work (A2), the communes of the default territory and where they lie
(A12, A7; another one is loaded by `manage.py load_territory`), conditions of use (A4), pages of help (C12)."""

import csv
from datetime import UTC, datetime
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).parent.parent / "data"
SECTORS = ["Social", "Insertion", "Soin", "Handicap", "Médico-social"]


def fill(apps, schema_editor):
    sectors = apps.get_model("partners", "Sector")
    sectors.objects.bulk_create([sectors(name=name) for name in SECTORS])
    apps.get_model("partners", "TermsOfUse").objects.create(
        version="1",
        text=(DATA / "terms_1.txt").read_text(encoding="utf-8").strip(),
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def load(apps, schema_editor):
    communes = apps.get_model("partners", "Commune")
    with (DATA / "communes.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        for where in ("latitude", "longitude"):
            row[where] = float(row[where]) if row[where] else None
    communes.objects.bulk_create(communes(**row) for row in rows)


def write(apps, schema_editor):
    """A first text for each page, from `data/help`: its title, whom it is for, an empty line, the text."""
    pages = apps.get_model("partners", "HelpPage").objects
    for rank, file in enumerate(sorted((DATA / "help").glob("*.md")), start=1):
        title, readers, _, body = file.read_text(encoding="utf-8").split("\n", 3)
        slug = file.stem.split("-", 1)[1]
        pages.create(slug=slug, title=title, readers=readers, position=rank * 10, body=body.strip())


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial")]
    operations = [migrations.RunPython(act, migrations.RunPython.noop) for act in (fill, load, write)]
