import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('partners', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('name', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='nom')),
                ('whole', models.BinaryField(verbose_name='entière')),
                ('page', models.BinaryField(verbose_name='pour la page')),
                ('card', models.BinaryField(verbose_name='pour le programme')),
                ('width', models.PositiveIntegerField(verbose_name='largeur')),
                ('height', models.PositiveIntegerField(verbose_name='hauteur')),
                ('focus_x', models.PositiveSmallIntegerField(verbose_name='point à garder, de gauche à droite')),
                ('focus_y', models.PositiveSmallIntegerField(verbose_name='point à garder, de haut en bas')),
                ('created_at', models.DateTimeField(verbose_name='déposée le')),
            ],
            options={
                'verbose_name': 'image',
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='ProgrammeUpload',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.venue', verbose_name='lieu')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='déposé par')),
                ('filename', models.CharField(max_length=200, verbose_name='nom du fichier')),
                ('content', models.BinaryField(verbose_name='contenu')),
                ('created_at', models.DateTimeField(verbose_name='déposé le')),
                ('step', models.CharField(choices=[('reading', 'Lecture en cours'), ('ready', 'À vérifier'), ('loading', 'Enregistrement en cours')], default='reading', max_length=8, verbose_name='étape')),
                ('columns', models.JSONField(blank=True, editable=False, null=True, verbose_name='colonnes')),
                ('seats', models.PositiveIntegerField(default=0, verbose_name='places par nouvelle date')),
                ('rows', models.PositiveIntegerField(default=0, verbose_name='lignes')),
                ('rows_read', models.PositiveIntegerField(default=0, verbose_name='lignes lues')),
                ('worked_at', models.DateTimeField(blank=True, null=True, verbose_name='dernier travail')),
                ('report', models.JSONField(blank=True, editable=False, null=True, verbose_name='aperçu')),
            ],
            options={
                'verbose_name': 'fichier de programme',
                'verbose_name_plural': 'fichiers de programme',
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='ColumnMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.venue', verbose_name='lieu')),
                ('signature', models.CharField(editable=False, max_length=64, verbose_name='empreinte des titres')),
                ('columns', models.JSONField(help_text='Ce que dit chaque colonne, et son rang.', verbose_name='colonnes')),
                ('chosen_at', models.DateTimeField(verbose_name='choisi le')),
            ],
            options={
                'verbose_name': 'lecture des colonnes',
                'verbose_name_plural': 'lectures des colonnes',
                'ordering': ['-chosen_at'],
                'constraints': [models.UniqueConstraint(fields=('venue', 'signature'), name='columns_chosen_once')],
            },
        ),
        migrations.CreateModel(
            name='ProgrammeImport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.venue', verbose_name='lieu')),
                ('source', models.CharField(max_length=20, verbose_name='forme')),
                ('origin', models.CharField(blank=True, max_length=64, verbose_name='provenance')),
                ('done_at', models.DateTimeField(verbose_name='importé le')),
                ('created', models.PositiveIntegerField(default=0, verbose_name='événements créés')),
                ('updated', models.PositiveIntegerField(default=0, verbose_name='événements changés')),
                ('dates', models.JSONField(default=list, editable=False, verbose_name='dates du fichier')),
                ('missing', models.JSONField(default=list, editable=False, verbose_name='dates disparues')),
            ],
            options={
                'verbose_name': 'programme importé',
                'verbose_name_plural': 'programmes importés',
                'ordering': ['-done_at'],
                'indexes': [models.Index(fields=['venue', 'source', 'origin'], name='offers_prog_venue_i_8600c8_idx')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('picture', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='offers.picture', verbose_name='image')),
                ('picture_alt', models.CharField(blank=True, editable=False, max_length=200, verbose_name="description de l'image")),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='partners.venue', verbose_name='lieu')),
                ('title', models.CharField(max_length=200, verbose_name='titre')),
                ('kind', models.CharField(choices=[('show', 'Spectacle'), ('concert', 'Concert'), ('cinema', 'Cinéma'), ('exhibition', 'Exposition'), ('visit', 'Visite guidée'), ('talk', 'Rencontre'), ('workshop', 'Atelier'), ('match', 'Match'), ('other', 'Autre')], default='other', max_length=12, verbose_name='type')),
                ('state', models.CharField(choices=[('draft', 'Brouillon'), ('published', 'Publié'), ('withdrawn', 'Retiré')], default='published', max_length=10, verbose_name='état')),
                ('description', models.TextField(blank=True, max_length=20000, verbose_name='présentation')),
                ('age_min', models.PositiveSmallIntegerField(blank=True, help_text='Âge, en années.', null=True, verbose_name='à partir de')),
                ('duration_minutes', models.PositiveSmallIntegerField(blank=True, help_text='En minutes.', null=True, verbose_name='durée')),
                ('languages', models.CharField(blank=True, help_text="Celles qu'on y parle, ou « sans paroles ».", max_length=100, verbose_name='langues')),
                ('wheelchair', models.BooleanField(default=False, verbose_name='accessible en fauteuil')),
                ('hearing_loop', models.BooleanField(default=False, verbose_name='boucle magnétique')),
                ('sign_language', models.BooleanField(default=False, verbose_name='langue des signes')),
                ('audio_description', models.BooleanField(default=False, verbose_name='audiodescription')),
                ('relaxed', models.BooleanField(default=False, help_text='On peut bouger, sortir, parler.', verbose_name='séance détendue')),
                ('door_conditions', models.CharField(blank=True, help_text="Venir 20 minutes avant, présenter l'invitation…", max_length=300, verbose_name="à l'entrée")),
                ('contact', models.CharField(blank=True, help_text='Qui appeler le jour même.', max_length=200, verbose_name='contact')),
                ('purchase_url', models.URLField(blank=True, max_length=500, verbose_name='billetterie en ligne')),
                ('purchase_info', models.CharField(blank=True, help_text='Prix, guichet : pour qui préfère acheter.', max_length=500, verbose_name='acheter une place')),
                ('place_name', models.CharField(blank=True, help_text="Si ce n'est pas à l'adresse du lieu.", max_length=200, verbose_name='salle ou site')),
                ('place_address', models.CharField(blank=True, max_length=250, verbose_name='adresse du site')),
                ('place_postcode', models.CharField(blank=True, max_length=10, verbose_name='code postal du site')),
                ('place_city', models.CharField(blank=True, max_length=100, verbose_name='commune du site')),
                ('source', models.CharField(blank=True, editable=False, max_length=20, verbose_name='importé de')),
                ('source_uid', models.CharField(blank=True, editable=False, max_length=250)),
                ('search_text', models.TextField(blank=True, editable=False)),
                ('city', models.CharField(blank=True, editable=False, max_length=100, verbose_name='commune')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='créé le')),
            ],
            options={
                'verbose_name': 'événement',
                'ordering': ['title'],
                'indexes': [models.Index(fields=['venue', 'state'], name='offers_even_venue_i_70a2cd_idx')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('source_uid', ''), _negated=True), fields=('venue', 'source', 'source_uid'), name='event_imported_once')],
            },
        ),
        migrations.CreateModel(
            name='EventDraft',
            fields=[
                ('picture', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='offers.picture', verbose_name='image')),
                ('picture_alt', models.CharField(blank=True, editable=False, max_length=200, verbose_name="description de l'image")),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='partners.venue', verbose_name='lieu')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='écrit par')),
                ('typed', models.TextField(help_text="Comme le formulaire l'envoie.", verbose_name='saisie')),
                ('tab', models.CharField(blank=True, max_length=32, verbose_name='onglet')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('saved_at', models.DateTimeField(verbose_name='gardé le')),
            ],
            options={
                'verbose_name': 'brouillon',
                'ordering': ['-saved_at'],
                'indexes': [models.Index(fields=['venue', 'saved_at'], name='offers_even_venue_i_009869_idx')],
            },
        ),
        migrations.CreateModel(
            name='Performance',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='performances', to='offers.event', verbose_name='événement')),
                ('starts_at', models.DateTimeField(verbose_name='début')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='fin')),
                ('capacity', models.PositiveIntegerField(default=0, verbose_name='places données')),
                ('seats_left', models.PositiveIntegerField(default=0, editable=False, verbose_name='places libres')),
                ('seats_held', models.PositiveIntegerField(default=0, editable=False, help_text="Proposées à la liste d'attente, ou sans nom encore dans un groupe.", verbose_name='places retenues')),
                ('parties_waiting', models.PositiveIntegerField(default=0, editable=False, verbose_name='groupes en attente')),
                ('booking_deadline', models.DateTimeField(blank=True, help_text="Vide : jusqu'au début.", null=True, verbose_name='réserver avant')),
                ('cancelled_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='annulée le')),
                ('moved_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='déplacée le')),
                ('draw_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name="demandes jusqu'au")),
                ('drawn_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='tiré le')),
            ],
            options={
                'verbose_name': 'séance',
                'ordering': ['starts_at'],
                'indexes': [models.Index(fields=['starts_at'], name='offers_perf_starts__347a6f_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('seats_left__gte', 0), ('seats_left__lte', django.db.models.expressions.CombinedExpression(models.F('capacity'), '-', models.F('seats_held')))), name='performance_never_oversold', violation_error_message='Il y a plus de places prises que de places données.'), models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='performance_starts_before_it_ends', violation_error_message='La séance finit avant de commencer : vérifiez les heures.'), models.CheckConstraint(condition=models.Q(('drawn_at', None), ('draw_until__isnull', False), _connector='OR'), name='performance_drawn_was_to_be_drawn', violation_error_message="Cette séance n'attendait pas de tirage."), models.UniqueConstraint(fields=('event', 'starts_at'), name='performance_once_per_start', violation_error_message='Cet événement a déjà une séance à cette heure.')],
            },
        ),
        migrations.CreateModel(
            name='Quota',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='quotas', to='partners.venue', verbose_name='lieu')),
                ('event', models.ForeignKey(blank=True, help_text='Pour toutes ses dates ensemble.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='quotas', to='offers.event', verbose_name='événement')),
                ('performance', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='quotas', to='offers.performance', verbose_name='séance')),
                ('starts_on', models.DateField(blank=True, help_text='Toutes les séances du lieu.', null=True, verbose_name='du')),
                ('ends_on', models.DateField(blank=True, help_text='Compris.', null=True, verbose_name='au')),
                ('seats', models.PositiveIntegerField(verbose_name='places par structure')),
                ('since', models.DateTimeField(editable=False, verbose_name='depuis')),
                ('until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name="jusqu'à")),
            ],
            options={
                'verbose_name': 'quota',
                'ordering': ['-since'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ends_on', None), ('event', None), ('performance__isnull', False), ('starts_on', None)), models.Q(('ends_on', None), ('event__isnull', False), ('performance', None), ('starts_on', None)), models.Q(('ends_on__gte', models.F('starts_on')), ('event', None), ('performance', None), ('starts_on__isnull', False)), _connector='OR'), name='quota_has_one_scope', violation_error_message='Choisissez une séance, ou un événement, ou une période de tout le lieu : un seul des trois.'), models.CheckConstraint(condition=models.Q(('seats__gte', 1)), name='quota_gives_a_seat', violation_error_message='Un quota laisse au moins une place à chaque structure.'), models.UniqueConstraint(condition=models.Q(('until', None)), fields=('performance',), name='quota_one_open_per_date'), models.UniqueConstraint(condition=models.Q(('until', None)), fields=('event',), name='quota_one_open_per_event'), models.UniqueConstraint(condition=models.Q(('until', None)), fields=('venue', 'starts_on', 'ends_on'), name='quota_one_open_per_period')],
            },
        ),
    ]
