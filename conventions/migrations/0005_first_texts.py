"""The agreement texts that every installation starts with (B1), and the team's rights on what this room added (A4)."""

from datetime import UTC, datetime

from django.db import migrations, models

from conventions.texts import read_text

KINDS = ["structure", "structure_a27", "venue", "framework"]
TEAM = "Équipe"
RIGHTS = {
    "agreementtext": ["view", "add", "change"],
    "article": ["view", "add", "change", "delete"],
    "agreementdocument": ["view"],
    "signaturelink": ["view"],
    "evidenceentry": ["view"],
}


def write_texts(apps, schema_editor):
    texts = apps.get_model("conventions", "AgreementText").objects
    articles = apps.get_model("conventions", "Article")
    for kind in KINDS:
        found = read_text(f"{kind}_1")
        text = texts.create(
            kind=kind,
            version=1,
            title=found["title"],
            preamble=found["preamble"],
            annex=found["annex"],
            published_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        articles.objects.bulk_create(
            articles(text=text, number=number, heading=each["heading"], body=each["body"].strip())
            for number, each in enumerate(found["articles"], 1)
        )


def give_rights(apps, schema_editor):
    """Django makes the rights themselves only after all migrations: those that the group holds are made now."""
    kinds = apps.get_model("contenttypes", "ContentType").objects
    rights = apps.get_model("auth", "Permission").objects
    group = apps.get_model("auth", "Group").objects.filter(name=TEAM).first()
    for model, actions in RIGHTS.items() if group else ():
        kind, _ = kinds.get_or_create(app_label="conventions", model=model)
        for action in actions:
            right, _ = rights.get_or_create(
                content_type=kind, codename=f"{action}_{model}", defaults={"name": f"Can {action} {model}"}
            )
            group.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("conventions", "0004_candidacies"),
        ("partners", "0005_from_contact_to_renewal"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.AddField(
            model_name="agreementtext",
            name="annex",
            field=models.TextField(blank=True, max_length=12000, verbose_name="annexe : données personnelles"),
        ),
        migrations.RunPython(write_texts, migrations.RunPython.noop),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
