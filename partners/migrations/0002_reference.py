"""What every installation starts with: fields of work (A2) and a first version of the conditions of use (A4)."""

from datetime import UTC, datetime
from pathlib import Path

from django.db import migrations

SECTORS = ["Social", "Insertion", "Soin", "Handicap", "Médico-social"]
TERMS = Path(__file__).parent.parent / "data" / "terms_1.txt"


def fill(apps, schema_editor):
    sector = apps.get_model("partners", "Sector")
    sector.objects.bulk_create([sector(name=name) for name in SECTORS], ignore_conflicts=True)
    apps.get_model("partners", "TermsOfUse").objects.get_or_create(
        version="1",
        defaults={
            "text": TERMS.read_text(encoding="utf-8").strip(),
            "published_at": datetime(2026, 1, 1, tzinfo=UTC),
        },
    )


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
