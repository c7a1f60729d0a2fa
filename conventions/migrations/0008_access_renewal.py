"""The yearly renewal of access, and what the team may do with it (A5)."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


RIGHTS = {"accessrenewal": ["view"], "accessreminder": ["view"], "seasonaccess": ["view", "change"]}


def let_staff_work(apps, schema_editor):
    """Django makes rights only after all migrations: those that the group « Équipe » holds are made now."""
    kinds = apps.get_model("contenttypes", "ContentType").objects
    rights = apps.get_model("auth", "Permission").objects
    groups = list(apps.get_model("auth", "Group").objects.filter(name="Équipe"))
    for model, actions in RIGHTS.items():
        kind, _ = kinds.get_or_create(app_label="conventions", model=model)
        for action in actions:
            right, _ = rights.get_or_create(
                content_type=kind, codename=f"{action}_{model}", defaults={"name": f"Can {action} {model}"}
            )
            for group in groups:
                group.permissions.add(right)


class Migration(migrations.Migration):

    dependencies = [
        ('conventions', '0007_breach'),
        ('partners', '0008_suspension'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SeasonAccess',
            fields=[
            ],
            options={
                'verbose_name': 'accès de la saison',
                'verbose_name_plural': 'accès de la saison',
                'ordering': ['name'],
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('partners.structure',),
        ),
        migrations.CreateModel(
            name='AccessRenewal',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('season_year', models.PositiveSmallIntegerField(help_text='Année où la saison commence.', verbose_name='saison')),
                ('opened_at', models.DateTimeField(blank=True, null=True, verbose_name='accès renouvelés le')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='liste confirmée le')),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='par')),
                ('structure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='renewals', to='partners.structure', verbose_name='structure')),
            ],
            options={
                'verbose_name': "renouvellement d'accès",
                'verbose_name_plural': "renouvellements d'accès",
                'ordering': ['-season_year'],
            },
        ),
        migrations.CreateModel(
            name='AccessReminder',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('days_before', models.PositiveSmallIntegerField(verbose_name='jours avant la saison')),
                ('sent_at', models.DateTimeField(verbose_name='envoyé le')),
                ('renewal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='conventions.accessrenewal', verbose_name='renouvellement')),
            ],
            options={
                'verbose_name': 'rappel',
                'ordering': ['-sent_at'],
            },
        ),
        migrations.AddConstraint(
            model_name='accessrenewal',
            constraint=models.UniqueConstraint(fields=('structure', 'season_year'), name='renewal_once_per_season'),
        ),
        migrations.AddConstraint(
            model_name='accessreminder',
            constraint=models.UniqueConstraint(fields=('renewal', 'days_before'), name='reminder_once'),
        ),
        migrations.RunPython(let_staff_work, migrations.RunPython.noop),
    ]
