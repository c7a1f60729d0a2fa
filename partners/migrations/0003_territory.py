"""The communes of the default territory (A12); another one is loaded by `manage.py load_territory`."""

import csv
from pathlib import Path

from django.db import migrations

COLUMNS = ["code", "name", "postcode", "department", "intercommunality"]  # centres come later
COMMUNES = Path(__file__).parent.parent / "data" / "communes.csv"


def load(apps, schema_editor):
    commune = apps.get_model("partners", "Commune")
    with COMMUNES.open(encoding="utf-8", newline="") as lines:
        rows = ({column: row[column] for column in COLUMNS} for row in csv.DictReader(lines))
        commune.objects.bulk_create((commune(**row) for row in rows), ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("partners", "0002_reference")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
