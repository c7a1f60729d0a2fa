"""The agreement texts that every installation starts with (B1)."""

from datetime import UTC, datetime

from django.db import migrations

from conventions.texts import read_text

KINDS = ["structure", "structure_a27", "venue", "framework"]


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


class Migration(migrations.Migration):
    dependencies = [("conventions", "0001_initial")]
    operations = [migrations.RunPython(write_texts, migrations.RunPython.noop)]
