"""Secret addresses that calendars follow; staff look at them and close them (C9)."""

import common.crypto
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


def let_staff_close(apps, schema_editor):
    """Django makes rights only after all migrations: those that the group « Équipe » holds are made now."""
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="partners", model="feed"
    )
    for action in ("view", "change"):
        right, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=kind, codename=f"{action}_feed", defaults={"name": f"Can {action} flux"}
        )
        for group in apps.get_model("auth", "Group").objects.filter(name="Équipe"):
            group.permissions.add(right)


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0009_sessions_ended'),
    ]

    operations = [
        migrations.CreateModel(
            name='Feed',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('kind', models.CharField(choices=[('outings', 'nos sorties (agenda)'), ('programme', 'le programme (nouveautés)')], max_length=10, verbose_name='flux')),
                ('token', common.crypto.EncryptedTextField(editable=False, max_length=22, verbose_name='jeton')),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='créé le')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='fermé le')),
                ('structure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feeds', to='partners.structure', verbose_name='structure')),
            ],
            options={
                'verbose_name': "flux d'abonnement",
                'verbose_name_plural': "flux d'abonnement",
                'ordering': ['-created_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('structure', 'kind'), name='feed_one_open_per_structure_and_kind', violation_error_message='Cette structure a déjà une adresse pour ce flux.')],
            },
        ),
        migrations.RunPython(let_staff_close, migrations.RunPython.noop),
    ]
