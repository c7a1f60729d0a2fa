"""One-time links, which staff may look at (A4)."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


def let_staff_look(apps, schema_editor):
    """Django makes rights only after all migrations: the one that the group « Équipe » holds is made now."""
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="partners", model="accesslink"
    )
    right, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename="view_accesslink", defaults={"name": "Can view lien d'accès"}
    )
    for group in apps.get_model("auth", "Group").objects.filter(name="Équipe"):
        group.permissions.add(right)


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0005_from_contact_to_renewal'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessLink',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('purpose', models.CharField(choices=[('first', 'premier accès'), ('renewal', 'renouvellement de la saison'), ('help', 'nouveau lien demandé')], max_length=10, verbose_name='objet')),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(verbose_name='envoyé le')),
                ('expires_at', models.DateTimeField(verbose_name="valable jusqu'au")),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='utilisé le')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='remplacé le')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='access_links', to=settings.AUTH_USER_MODEL, verbose_name='compte')),
            ],
            options={
                'verbose_name': "lien d'accès",
                'verbose_name_plural': "liens d'accès",
                'ordering': ['-created_at'],
            },
        ),
        migrations.RunPython(let_staff_look, migrations.RunPython.noop),
    ]
