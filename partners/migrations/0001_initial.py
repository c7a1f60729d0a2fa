import common.crypto
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import partners.reference
import phonenumber_field.modelfields
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Commune',
            fields=[
                ('code', models.CharField(max_length=5, primary_key=True, serialize=False, verbose_name='code INSEE')),
                ('name', models.CharField(max_length=80, verbose_name='nom')),
                ('postcode', models.CharField(max_length=5, verbose_name='code postal')),
                ('department', models.CharField(max_length=3, verbose_name='département')),
                ('intercommunality', models.CharField(blank=True, max_length=120, verbose_name='intercommunalité')),
                ('latitude', models.FloatField(blank=True, null=True, verbose_name='latitude')),
                ('longitude', models.FloatField(blank=True, null=True, verbose_name='longitude')),
            ],
            options={
                'verbose_name': 'commune',
                'ordering': ['name'],
            },
        ),
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
        migrations.CreateModel(
            name='Sector',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='nom')),
            ],
            options={
                'verbose_name': 'secteur',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='TermsOfUse',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('version', models.CharField(max_length=20, unique=True, verbose_name='version')),
                ('text', models.TextField(help_text='Un paragraphe par ligne vide.', verbose_name='texte')),
                ('published_at', models.DateTimeField(verbose_name='en vigueur depuis')),
            ],
            options={
                'verbose_name': "conditions d'utilisation",
                'verbose_name_plural': "conditions d'utilisation",
                'ordering': ['-published_at'],
            },
        ),
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
            name='Structure',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('name', models.CharField(max_length=150, verbose_name='nom')),
                ('address', models.CharField(blank=True, max_length=200, verbose_name='adresse')),
                ('postcode', models.CharField(blank=True, max_length=5, verbose_name='code postal')),
                ('commune', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='partners.commune', verbose_name='commune')),
                ('phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='téléphone')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('website', models.URLField(blank=True, verbose_name='site web')),
                ('representative_name', models.CharField(blank=True, max_length=120, verbose_name='représentant·e légal·e')),
                ('representative_capacity', models.CharField(blank=True, help_text='Directrice, président…', max_length=80, verbose_name='qualité')),
                ('representative_email', models.EmailField(blank=True, help_text='La convention à signer y arrive.', max_length=254, verbose_name='e-mail de qui signe')),
                ('latitude', models.FloatField(blank=True, null=True, verbose_name='latitude')),
                ('longitude', models.FloatField(blank=True, null=True, verbose_name='longitude')),
                ('suspended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='suspendu depuis')),
                ('suspension_reason', models.CharField(blank=True, editable=False, max_length=300, verbose_name='motif de la suspension')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='enregistré le')),
                ('type', models.CharField(choices=partners.reference.structure_types, max_length=20, verbose_name='type')),
                ('legal_status', models.CharField(blank=True, help_text='Association, établissement public, SCOP…', max_length=100, verbose_name='statut juridique')),
                ('people_accompanied', models.PositiveIntegerField(blank=True, help_text='Environ, par an.', null=True, verbose_name='personnes accompagnées')),
                ('priority', models.CharField(choices=[('unknown', 'on ne sait pas'), ('yes', 'oui'), ('no', 'non')], default='unknown', max_length=8, verbose_name='en quartier prioritaire')),
                ('priority_area', models.ForeignKey(blank=True, help_text='De la liste officielle, si elle est importée.', null=True, on_delete=django.db.models.deletion.PROTECT, to='partners.priorityarea', verbose_name='lequel')),
                ('in_public_directory', models.BooleanField(default=True, help_text='Nom, adresse postale et site web.', verbose_name="dans l'annuaire public")),
                ('public_phone', models.BooleanField(default=False, help_text='Seulement si la structure le demande.', verbose_name="téléphone dans l'annuaire public")),
                ('weekly_outings', models.PositiveSmallIntegerField(blank=True, help_text='Sorties par personne en sept jours : au-delà, un rappel, jamais un refus. Vide : aucun.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(30)], verbose_name='repère de la structure')),
                ('sectors', models.ManyToManyField(blank=True, to='partners.sector', verbose_name='secteurs')),
            ],
            options={
                'verbose_name': 'structure',
                'ordering': ['name'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('priority_area', None), ('priority', 'yes'), _connector='OR'), name='structure_of_an_area_is_in_one', violation_error_message='Un quartier est choisi : répondez « oui », ou videz le quartier.')],
            },
        ),
        migrations.CreateModel(
            name='Venue',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('name', models.CharField(max_length=150, verbose_name='nom')),
                ('address', models.CharField(blank=True, max_length=200, verbose_name='adresse')),
                ('postcode', models.CharField(blank=True, max_length=5, verbose_name='code postal')),
                ('commune', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='partners.commune', verbose_name='commune')),
                ('phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='téléphone')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('website', models.URLField(blank=True, verbose_name='site web')),
                ('representative_name', models.CharField(blank=True, max_length=120, verbose_name='représentant·e légal·e')),
                ('representative_capacity', models.CharField(blank=True, help_text='Directrice, président…', max_length=80, verbose_name='qualité')),
                ('representative_email', models.EmailField(blank=True, help_text='La convention à signer y arrive.', max_length=254, verbose_name='e-mail de qui signe')),
                ('latitude', models.FloatField(blank=True, null=True, verbose_name='latitude')),
                ('longitude', models.FloatField(blank=True, null=True, verbose_name='longitude')),
                ('suspended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='suspendu depuis')),
                ('suspension_reason', models.CharField(blank=True, editable=False, max_length=300, verbose_name='motif de la suspension')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='enregistré le')),
                ('slug', models.SlugField(max_length=80, unique=True, verbose_name='adresse dans le portail')),
                ('kind', models.CharField(choices=[('culture', 'Culture'), ('sport', 'Sport')], default='culture', max_length=10, verbose_name='domaine')),
                ('description', models.TextField(blank=True, max_length=2000, verbose_name='présentation')),
                ('transit', models.CharField(blank=True, help_text='Lignes et arrêts, avec les mots des panneaux.', max_length=300, verbose_name='bus, tram, métro')),
                ('on_foot', models.CharField(blank=True, max_length=300, verbose_name="à pied depuis l'arrêt")),
                ('wheelchair', models.BooleanField(default=False, verbose_name='accessible en fauteuil')),
                ('hearing_loop', models.BooleanField(default=False, verbose_name='boucle magnétique')),
                ('access_notes', models.CharField(blank=True, max_length=300, verbose_name="autres précisions d'accès")),
                ('companion_price', models.CharField(blank=True, help_text='Gratuit, 5 €…', max_length=120, verbose_name='tarif des accompagnant·es')),
                ('purchase_info', models.CharField(blank=True, help_text='Pour les personnes qui préfèrent acheter.', max_length=300, verbose_name='acheter une place')),
            ],
            options={
                'verbose_name': 'lieu',
                'verbose_name_plural': 'lieux',
                'ordering': ['name'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail')),
                ('display_name', models.CharField(max_length=120, verbose_name='prénom et nom')),
                ('role', models.CharField(choices=[('lead', 'Référent·e'), ('worker', 'Personne habilitée'), ('venue', 'Lieu'), ('staff', 'Équipe')], max_length=10, verbose_name='rôle')),
                ('structure', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='users', to='partners.structure', verbose_name='structure')),
                ('venue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='users', to='partners.venue', verbose_name='lieu')),
                ('is_active', models.BooleanField(default=True, help_text='Décochez quand la personne part.', verbose_name='compte ouvert')),
                ('is_staff', models.BooleanField(default=False, verbose_name='entre dans la gestion')),
                ('password_chosen_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='mot de passe choisi le')),
                ('sessions_ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='sessions fermées le')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='créé le')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'compte',
                'ordering': ['display_name'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('is_staff', False), ('role__in', ['lead', 'worker']), ('structure__isnull', False), ('venue', None)), models.Q(('is_staff', False), ('role', 'venue'), ('structure', None), ('venue__isnull', False)), models.Q(('role', 'staff'), ('structure', None), ('venue', None)), _connector='OR'), name='user_belongs_where_its_role_says', violation_error_message="Un compte de structure appartient à une structure, un compte de lieu à un lieu, un compte de l'équipe à aucun des deux ; seule l'équipe entre dans la gestion."), models.UniqueConstraint(condition=models.Q(('is_active', True), ('role', 'lead')), fields=('structure',), name='user_one_lead_per_structure', violation_error_message='Cette structure a déjà un·e référent·e.')],
            },
        ),
        migrations.CreateModel(
            name='VisitorAccess',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('structure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='visitor_accesses', to='partners.structure', verbose_name='structure')),
                ('season_year', models.PositiveSmallIntegerField(help_text='Année où la saison commence.', verbose_name='saison')),
                ('code', common.crypto.EncryptedTextField(editable=False, max_length=9, verbose_name='code')),
                ('code_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='créé le')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='retiré le')),
            ],
            options={
                'verbose_name': 'accès visiteur',
                'verbose_name_plural': 'accès visiteur',
                'ordering': ['-season_year'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('structure', 'season_year'), name='visitor_one_open_code_per_season', violation_error_message='Cette structure a déjà un code pour cette saison.')],
            },
        ),
        migrations.CreateModel(
            name='Feed',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('structure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feeds', to='partners.structure', verbose_name='structure')),
                ('kind', models.CharField(choices=[('outings', 'nos sorties (agenda)'), ('programme', 'le programme (nouveautés)')], max_length=10, verbose_name='flux')),
                ('token', common.crypto.EncryptedTextField(editable=False, max_length=22, verbose_name='jeton')),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='créé le')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='fermé le')),
            ],
            options={
                'verbose_name': "flux d'abonnement",
                'verbose_name_plural': "flux d'abonnement",
                'ordering': ['-created_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('structure', 'kind'), name='feed_one_open_per_structure_and_kind', violation_error_message='Cette structure a déjà une adresse pour ce flux.')],
            },
        ),
        migrations.CreateModel(
            name='Suspension',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('structure', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='suspensions', to='partners.structure', verbose_name='structure')),
                ('venue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='suspensions', to='partners.venue', verbose_name='lieu')),
                ('since', models.DateTimeField(verbose_name='depuis')),
                ('until', models.DateTimeField(blank=True, null=True, verbose_name='levée le')),
                ('reason', models.CharField(max_length=300, verbose_name='motif')),
            ],
            options={
                'verbose_name': 'suspension',
                'ordering': ['-since'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('structure__isnull', False), ('venue', None)), models.Q(('structure', None), ('venue__isnull', False)), _connector='OR'), name='suspension_has_one_partner'), models.CheckConstraint(condition=models.Q(('until', None), ('until__gte', models.F('since')), _connector='OR'), name='suspension_is_lifted_after_it_began'), models.UniqueConstraint(condition=models.Q(('until', None)), fields=('structure',), name='suspension_one_open_per_structure'), models.UniqueConstraint(condition=models.Q(('until', None)), fields=('venue',), name='suspension_one_open_per_venue')],
            },
        ),
        migrations.CreateModel(
            name='TermsAcceptance',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='acceptances', to=settings.AUTH_USER_MODEL, verbose_name='compte')),
                ('terms', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='partners.termsofuse', verbose_name='conditions')),
                ('accepted_at', models.DateTimeField(verbose_name='accepté le')),
            ],
            options={
                'verbose_name': 'acceptation des conditions',
                'verbose_name_plural': 'acceptations des conditions',
                'constraints': [models.UniqueConstraint(fields=('user', 'terms'), name='acceptance_once_per_version')],
            },
        ),
        migrations.CreateModel(
            name='AccessLink',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='access_links', to=settings.AUTH_USER_MODEL, verbose_name='compte')),
                ('purpose', models.CharField(choices=[('first', 'premier accès'), ('renewal', 'renouvellement de la saison'), ('help', 'nouveau lien demandé')], max_length=10, verbose_name='objet')),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(verbose_name='envoyé le')),
                ('expires_at', models.DateTimeField(verbose_name="valable jusqu'au")),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='utilisé le')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='remplacé le')),
            ],
            options={
                'verbose_name': "lien d'accès",
                'verbose_name_plural': "liens d'accès",
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('name', common.crypto.EncryptedTextField(blank=True, max_length=120, verbose_name='nom')),
                ('email', common.crypto.EncryptedTextField(max_length=254, verbose_name='e-mail')),
                ('text', common.crypto.EncryptedTextField(max_length=4000, verbose_name='question')),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='compte')),
                ('page', models.CharField(blank=True, max_length=200, verbose_name='depuis la page')),
                ('asked_at', models.DateTimeField(verbose_name='posée le')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='répondu le')),
                ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='par')),
            ],
            options={
                'verbose_name': 'question',
                'ordering': ['-asked_at'],
            },
        ),
    ]
