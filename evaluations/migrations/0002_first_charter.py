"""The first charter of la Criée (E3)."""

from datetime import UTC, datetime
from pathlib import Path

from django.db import migrations

CHARTER = Path(__file__).parent.parent / "data" / "charter_1.txt"


def write_charter(apps, schema_editor):
    apps.get_model("evaluations", "Charter").objects.create(
        version="1",
        text=CHARTER.read_text(encoding="utf-8").strip(),
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0001_initial")]
    operations = [migrations.RunPython(write_charter, migrations.RunPython.noop)]
