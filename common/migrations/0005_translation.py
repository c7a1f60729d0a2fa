from django.db import migrations, models

LANGUAGES = ["en", "ar", "uk", "fa-AF", "es", "pt", "tr", "ti"]


def wait_for_readers(apps, schema_editor):
    """Every language waits to be read by somebody who speaks it; the group « Équipe » writes down that it was."""
    rows = apps.get_model("common", "Translation").objects
    for language in LANGUAGES:
        rows.get_or_create(language=language)
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="common", model="translation"
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Équipe")
    for action in ("view", "change"):
        right, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=kind,
            codename=f"{action}_translation",
            defaults={"name": f"Can {action} translation"},
        )
        group.permissions.add(right)


class Migration(migrations.Migration):

    dependencies = [
        ('common', '0004_attempts'),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name='Translation',
            fields=[
                ('language', models.CharField(max_length=12, primary_key=True, serialize=False, verbose_name='langue')),
                ('corrections', models.JSONField(blank=True, default=dict, verbose_name='phrases corrigées')),
                ('confirmed', models.JSONField(blank=True, default=dict, verbose_name='phrases relues')),
                ('speaker', models.CharField(blank=True, max_length=120, verbose_name='relu par')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='relu le')),
            ],
            options={
                'verbose_name': 'traduction',
                'verbose_name_plural': 'traductions',
                'ordering': ['language'],
            },
        ),
        migrations.RunPython(wait_for_readers, migrations.RunPython.noop),
    ]
