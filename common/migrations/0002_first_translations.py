"""Every language waits to be read by somebody who speaks it (A6, D2)."""

from django.db import migrations

LANGUAGES = ["en", "ar", "uk", "fa-AF", "es", "pt", "tr", "ti"]


def wait_for_readers(apps, schema_editor):
    rows = apps.get_model("common", "Translation")
    rows.objects.bulk_create(rows(language=language) for language in LANGUAGES)


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]
    operations = [migrations.RunPython(wait_for_readers, migrations.RunPython.noop)]
