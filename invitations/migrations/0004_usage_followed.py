import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

RIGHTS = {"usagenote": ["view", "add"], "usagereview": ["view"]}


def give_rights(apps, schema_editor):
    """The team reads figures without a name, and notes what it agrees on with structures."""
    kinds = apps.get_model("contenttypes", "ContentType").objects
    permissions = apps.get_model("auth", "Permission").objects
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Équipe")
    for model, actions in RIGHTS.items():
        kind, _ = kinds.get_or_create(app_label="invitations", model=model)
        for action in actions:
            right, _ = permissions.get_or_create(
                content_type=kind, codename=f"{action}_{model}", defaults={"name": f"Can {action} {model}"}
            )
            group.permissions.add(right)


class Migration(migrations.Migration):

    dependencies = [
        ('invitations', '0003_waitlist'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='usagealert', name='alert_once_per_week'),
        migrations.RenameField(model_name='usagealert', old_name='week_from', new_name='since'),
        migrations.RenameField(model_name='usagealert', old_name='outings', new_name='count'),
        migrations.AddField(
            model_name='usagealert',
            name='days',
            field=models.PositiveSmallIntegerField(default=7, verbose_name='jours'),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name='UsageNote',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('spoken_on', models.DateField(verbose_name='échange du')),
                ('spoken_with', models.CharField(choices=[('lead', 'référent·e'), ('worker', 'une personne habilitée'), ('representative', 'direction ou représentant·e légal·e'), ('other', "quelqu'un d'autre de la structure")], max_length=20, verbose_name='avec')),
                ('agreed', models.TextField(max_length=1000, verbose_name='ce qui a été convenu')),
                ('look_again_on', models.DateField(blank=True, null=True, verbose_name='à rappeler le')),
                ('written_at', models.DateTimeField(verbose_name='noté le')),
            ],
            options={
                'verbose_name': "échange sur l'usage",
                'verbose_name_plural': "échanges sur l'usage",
                'ordering': ['spoken_on', 'written_at'],
            },
        ),
        migrations.CreateModel(
            name='UsageReview',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('on', models.DateField(unique=True, verbose_name='nuit du')),
                ('made_at', models.DateTimeField(verbose_name='fait le')),
                ('first', models.DateField(verbose_name='du')),
                ('last', models.DateField(verbose_name='au')),
                ('structures', models.PositiveIntegerField(default=0, verbose_name='structures regardées')),
                ('taken', models.FloatField(null=True, verbose_name='médiane des places')),
                ('rate', models.FloatField(null=True, verbose_name='médiane de la part non utilisée')),
            ],
            options={
                'verbose_name': "relevé d'usage",
                'verbose_name_plural': "relevés d'usage",
                'ordering': ['-on'],
            },
        ),
        migrations.AlterModelOptions(
            name='usagealert',
            options={'ordering': ['-since'], 'verbose_name': "alerte d'usage", 'verbose_name_plural': "alertes d'usage"},
        ),
        migrations.AddField(
            model_name='usagealert',
            name='closed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='traité par'),
        ),
        migrations.AddField(
            model_name='usagealert',
            name='kind',
            field=models.CharField(choices=[('week', "semaine d'une personne"), ('heavy', 'beaucoup de places'), ('unused', 'places non utilisées')], default='week', max_length=10, verbose_name='sujet'),
        ),
        migrations.AddField(
            model_name='usagealert',
            name='look_again_on',
            field=models.DateField(blank=True, null=True, verbose_name='à rappeler le'),
        ),
        migrations.AddField(
            model_name='usagealert',
            name='median',
            field=models.FloatField(null=True, verbose_name='médiane du réseau'),
        ),
        migrations.AddField(
            model_name='usagealert',
            name='seats',
            field=models.PositiveIntegerField(null=True, verbose_name='sur'),
        ),
        migrations.AddField(
            model_name='usagealert',
            name='usual',
            field=models.FloatField(null=True, verbose_name="d'ordinaire"),
        ),
        migrations.AlterField(
            model_name='usagealert',
            name='count',
            field=models.PositiveIntegerField(verbose_name='nombre'),
        ),
        migrations.AlterField(
            model_name='usagealert',
            name='person_ref',
            field=models.UUIDField(editable=False, null=True, verbose_name='repère de la personne'),
        ),
        migrations.AddConstraint(
            model_name='usagealert',
            constraint=models.UniqueConstraint(fields=('structure', 'person_ref', 'since'), name='alert_once_per_week'),
        ),
        migrations.AddConstraint(
            model_name='usagealert',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None), ('person_ref', None)), fields=('structure', 'kind'), name='alert_open_once_per_kind'),
        ),
        migrations.AddConstraint(
            model_name='usagealert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'week'), ('person_ref__isnull', False)), models.Q(models.Q(('kind', 'week'), _negated=True), ('person_ref', None)), _connector='OR'), name='alert_of_a_week_has_a_person'),
        ),
        migrations.AddField(
            model_name='usagenote',
            name='alert',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='invitations.usagealert', verbose_name='alerte'),
        ),
        migrations.AddField(
            model_name='usagenote',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name="de l'équipe"),
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
