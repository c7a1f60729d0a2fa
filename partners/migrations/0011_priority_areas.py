"""*Quartiers prioritaires*, whose list the team imports (A12)."""

import django.db.models.deletion
from django.db import migrations, models


def let_staff_import(apps, schema_editor):
    """Django makes rights only after all migrations: those that the group « Équipe » holds are made now."""
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="partners", model="priorityarea"
    )
    for action in ("view", "add", "change"):
        right, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=kind, codename=f"{action}_priorityarea", defaults={"name": f"Can {action} quartier"}
        )
        for group in apps.get_model("auth", "Group").objects.filter(name="Équipe"):
            group.permissions.add(right)


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0010_feeds'),
    ]

    operations = [
        migrations.CreateModel(
            name='PriorityArea',
            fields=[
                ('code', models.CharField(max_length=12, primary_key=True, serialize=False, verbose_name='code')),
                ('name', models.CharField(max_length=150, verbose_name='nom')),
                ('communes', models.CharField(blank=True, help_text='Un quartier peut en toucher plusieurs.', max_length=200, verbose_name='communes')),
            ],
            options={
                'verbose_name': 'quartier prioritaire',
                'verbose_name_plural': 'quartiers prioritaires',
                'ordering': ['name', 'code'],
            },
        ),
        migrations.AddField(
            model_name='structure',
            name='priority',
            field=models.CharField(choices=[('unknown', 'on ne sait pas'), ('yes', 'oui'), ('no', 'non')], default='unknown', max_length=8, verbose_name='en quartier prioritaire'),
        ),
        migrations.AddField(
            model_name='structure',
            name='priority_area',
            field=models.ForeignKey(blank=True, help_text='De la liste officielle, si elle est importée.', null=True, on_delete=django.db.models.deletion.PROTECT, to='partners.priorityarea', verbose_name='lequel'),
        ),
        migrations.AddConstraint(
            model_name='structure',
            constraint=models.CheckConstraint(condition=models.Q(('priority_area', None), ('priority', 'yes'), _connector='OR'), name='structure_of_an_area_is_in_one', violation_error_message='Un quartier est choisi : répondez « oui », ou videz le quartier.'),
        ),
        migrations.RunPython(let_staff_import, migrations.RunPython.noop),
    ]
