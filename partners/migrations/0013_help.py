"""Pages of help that the team writes, with a first text for each, and the questions people ask (C12)."""

from pathlib import Path

import common.crypto
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


TEXTS = Path(__file__).parent.parent / "data" / "help"
RIGHTS = {"helppage": ["view", "add", "change", "delete"], "question": ["view", "change"]}


def write(apps, schema_editor):
    """A first text for each page, from `data/help`: its title, whom it is for, an empty line, the text."""
    pages = apps.get_model("partners", "HelpPage").objects
    for rank, file in enumerate(sorted(TEXTS.glob("*.md")), start=1):
        title, readers, _, body = file.read_text(encoding="utf-8").split("\n", 3)
        slug = file.stem.split("-", 1)[1]
        pages.get_or_create(
            slug=slug, defaults={"title": title, "readers": readers, "position": rank * 10, "body": body.strip()}
        )


def let_staff_work(apps, schema_editor):
    """Django makes rights only after all migrations: those that the group « Équipe » holds are made now."""
    rights = apps.get_model("auth", "Permission").objects
    for model, actions in RIGHTS.items():
        kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
            app_label="partners", model=model
        )
        for action in actions:
            right, _ = rights.get_or_create(
                content_type=kind, codename=f"{action}_{model}", defaults={"name": f"Can {action} {model}"}
            )
            for group in apps.get_model("auth", "Group").objects.filter(name="Équipe"):
                group.permissions.add(right)


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0012_structure_limit'),
    ]

    operations = [
        migrations.CreateModel(
            name='HelpPage',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('slug', models.SlugField(help_text="Fin de l'adresse : /aide/…/", max_length=60, unique=True, verbose_name='adresse')),
                ('title', models.CharField(max_length=120, verbose_name='titre')),
                ('readers', models.CharField(choices=[('everybody', 'tout le monde'), ('visitors', 'personnes accompagnées'), ('structures', 'structures'), ('venues', 'lieux')], default='everybody', max_length=12, verbose_name='pour')),
                ('position', models.PositiveSmallIntegerField(default=100, verbose_name='rang')),
                ('body', models.TextField(help_text="Une ligne vide fait un paragraphe. « ## » devant un titre, « - » devant chaque ligne d'une liste, **deux étoiles** autour de ce qui compte, [des mots](une adresse) pour un lien.", max_length=20000, verbose_name='texte')),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='modifiée le')),
            ],
            options={
                'verbose_name': "page d'aide",
                'verbose_name_plural': "pages d'aide",
                'ordering': ['position', 'title'],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('name', common.crypto.EncryptedTextField(blank=True, max_length=120, verbose_name='nom')),
                ('email', common.crypto.EncryptedTextField(max_length=254, verbose_name='e-mail')),
                ('text', common.crypto.EncryptedTextField(max_length=4000, verbose_name='question')),
                ('page', models.CharField(blank=True, max_length=200, verbose_name='depuis la page')),
                ('asked_at', models.DateTimeField(verbose_name='posée le')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='répondu le')),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='compte')),
                ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='par')),
            ],
            options={
                'verbose_name': 'question',
                'ordering': ['-asked_at'],
            },
        ),
        migrations.RunPython(write, migrations.RunPython.noop),
        migrations.RunPython(let_staff_work, migrations.RunPython.noop),
    ]
