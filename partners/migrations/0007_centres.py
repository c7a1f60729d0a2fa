"""Where the communes of the default territory lie (A7), and the right code for food aid.

The official list calls ODC what a département entrusts with accompaniment; food aid and solidarity groceries are ES.
"""

import csv
from pathlib import Path

from django.db import migrations

COMMUNES = Path(__file__).parent.parent / "data" / "communes.csv"


def locate(apps, schema_editor):
    communes = apps.get_model("partners", "Commune").objects
    with COMMUNES.open(encoding="utf-8", newline="") as lines:
        centres = {
            row["code"]: (float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(lines)
            if row["latitude"]
        }
    unknown = list(communes.filter(pk__in=centres, latitude=None, longitude=None))
    for commune in unknown:
        commune.latitude, commune.longitude = centres[commune.pk]
    communes.bulk_update(unknown, ["latitude", "longitude"], batch_size=200)
    apps.get_model("partners", "Structure").objects.filter(type="ODC").update(type="ES")


class Migration(migrations.Migration):
    dependencies = [("partners", "0006_access_links")]
    operations = [migrations.RunPython(locate, migrations.RunPython.noop)]
