"""A first charter of la Criée, and the rights of the group « Équipe » on its queue (E3)."""

from datetime import UTC, datetime
from pathlib import Path

from django.db import migrations

CHARTER = Path(__file__).parent.parent / "data" / "charter_1.txt"
RIGHTS = {"opinion": ["view", "change"], "opinionreport": ["view"], "charter": ["view", "add", "change"]}


def write_charter(apps, schema_editor):
    apps.get_model("evaluations", "Charter").objects.get_or_create(
        version="1",
        defaults={
            "text": CHARTER.read_text(encoding="utf-8").strip(),
            "published_at": datetime(2026, 1, 1, tzinfo=UTC),
        },
    )


def let_staff_work(apps, schema_editor):
    """Django makes rights only after all migrations: those that the group « Équipe » holds are made now."""
    kinds = apps.get_model("contenttypes", "ContentType").objects
    rights = apps.get_model("auth", "Permission").objects
    groups = list(apps.get_model("auth", "Group").objects.filter(name="Équipe"))
    for model, actions in RIGHTS.items():
        kind, _ = kinds.get_or_create(app_label="evaluations", model=model)
        for action in actions:
            right, _ = rights.get_or_create(
                content_type=kind, codename=f"{action}_{model}", defaults={"name": f"Can {action} {model}"}
            )
            for group in groups:
                group.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("evaluations", "0002_criee"),
        ("partners", "0004_team_group"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunPython(write_charter, migrations.RunPython.noop),
        migrations.RunPython(let_staff_work, migrations.RunPython.noop),
    ]
