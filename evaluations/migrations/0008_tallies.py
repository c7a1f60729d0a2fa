import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.team import team_may


class Migration(migrations.Migration):
    dependencies = [
        ("evaluations", "0007_attendance_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Counting",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="identifiant",
                    ),
                ),
                (
                    "season_year",
                    models.PositiveSmallIntegerField(
                        help_text="Année où la saison commence.", verbose_name="saison"
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="demandé le")),
                ("worked_at", models.DateTimeField(blank=True, null=True, verbose_name="dernier travail")),
                ("done", models.PositiveSmallIntegerField(default=0, verbose_name="étapes faites")),
                ("steps", models.PositiveSmallIntegerField(default=0, verbose_name="étapes")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="compté le")),
                ("is_current", models.BooleanField(default=False, verbose_name="montré")),
                (
                    "is_final",
                    models.BooleanField(
                        default=False, help_text="La saison n'est plus comptée.", verbose_name="arrêté"
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Vide : la nuit.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="demandé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "décompte",
                "ordering": ["-season_year", "-asked_at"],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "dimension",
                    models.CharField(
                        choices=[
                            ("whole", "mois"),
                            ("kind", "type d'événement"),
                            ("venue", "lieu"),
                            ("venue_commune", "commune du lieu"),
                            ("structure", "structure"),
                            ("commune", "commune de la structure"),
                            ("priority", "quartier prioritaire"),
                            ("sector", "secteur"),
                        ],
                        max_length=16,
                        verbose_name="tableau",
                    ),
                ),
                ("key", models.CharField(blank=True, max_length=40, verbose_name="ligne")),
                ("label", models.CharField(blank=True, max_length=200, verbose_name="nom")),
                ("month", models.DateField(blank=True, null=True, verbose_name="mois")),
                ("given", models.PositiveIntegerField(null=True, verbose_name="places données")),
                ("booked", models.PositiveIntegerField(null=True, verbose_name="places réservées")),
                ("used", models.PositiveIntegerField(null=True, verbose_name="places utilisées")),
                ("absent", models.PositiveIntegerField(null=True, verbose_name="personnes non venues")),
                ("unknown", models.PositiveIntegerField(null=True, verbose_name="sans réponse")),
                ("lost", models.PositiveIntegerField(null=True, verbose_name="places perdues")),
                ("people", models.PositiveIntegerField(null=True, verbose_name="personnes différentes")),
                (
                    "counting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tallies",
                        to="evaluations.counting",
                        verbose_name="décompte",
                    ),
                ),
            ],
            options={
                "verbose_name": "chiffre",
                "ordering": ["label", "month"],
            },
        ),
        migrations.AddConstraint(
            model_name="counting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_current", True)),
                fields=("season_year",),
                name="counting_one_shown_per_season",
            ),
        ),
        migrations.AddConstraint(
            model_name="counting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at", None)),
                fields=("season_year",),
                name="counting_one_under_way_per_season",
            ),
        ),
        migrations.AddConstraint(
            model_name="counting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("finished_at__isnull", False),
                    models.Q(("is_current", False), ("is_final", False)),
                    _connector="OR",
                ),
                name="counting_shown_once_finished",
            ),
        ),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(fields=["dimension", "key"], name="evaluations_dimensi_366b3f_idx"),
        ),
        migrations.AddConstraint(
            model_name="tally",
            constraint=models.UniqueConstraint(
                condition=models.Q(("month__isnull", False)),
                fields=("counting", "dimension", "key", "month"),
                name="tally_once_per_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="tally",
            constraint=models.UniqueConstraint(
                condition=models.Q(("month", None)),
                fields=("counting", "dimension", "key"),
                name="tally_once_per_season",
            ),
        ),
        team_may("evaluations", {"counting": ["view", "change"], "tally": ["view"]}),
    ]
