import common.crypto
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('offers', '0001_initial'),
        ('partners', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Charter',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('version', models.CharField(max_length=20, unique=True, verbose_name='version')),
                ('text', models.TextField(help_text="Titres, listes et liens s'écrivent en Markdown.", max_length=20000, verbose_name='texte')),
                ('published_at', models.DateTimeField(verbose_name='en vigueur depuis')),
            ],
            options={
                'verbose_name': 'charte de la Criée',
                'verbose_name_plural': 'chartes de la Criée',
                'ordering': ['-published_at'],
            },
        ),
        migrations.CreateModel(
            name='Thanks',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='thanks', to='partners.venue', verbose_name='lieu')),
                ('text', models.TextField(max_length=500, verbose_name='mot')),
                ('structure', models.ForeignKey(blank=True, help_text="Vide : l'équipe. Le lieu ne la voit jamais.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='partners.structure', verbose_name='structure')),
                ('written_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='écrit par')),
                ('written_at', models.DateTimeField(editable=False, verbose_name='écrit le')),
                ('shown_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='montré au lieu le')),
                ('set_aside_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='mis de côté le')),
            ],
            options={
                'verbose_name': 'mot de remerciement',
                'verbose_name_plural': 'mots de remerciement',
                'ordering': ['-written_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('shown_at', None), ('set_aside_at', None), _connector='OR'), name='thanks_shown_or_set_aside')],
            },
        ),
        migrations.CreateModel(
            name='Opinion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('answers_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='evaluations.opinion', verbose_name='répond à')),
                ('event', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='opinions', to='offers.event', verbose_name='événement')),
                ('venue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='opinions', to='partners.venue', verbose_name='lieu')),
                ('kind', models.CharField(blank=True, choices=[('show', 'Spectacle'), ('concert', 'Concert'), ('cinema', 'Cinéma'), ('exhibition', 'Exposition'), ('visit', 'Visite guidée'), ('talk', 'Rencontre'), ('workshop', 'Atelier'), ('match', 'Match'), ('other', 'Autre')], max_length=12, verbose_name='sujet')),
                ('stance', models.CharField(choices=[('went', "J'y suis allé·e"), ('not', "Je n'y vais pas"), ('else', 'Autre chose')], default='else', max_length=8, verbose_name='avis')),
                ('language', models.CharField(choices=[('fr', 'français'), ('en', 'anglais'), ('ar', 'arabe'), ('uk', 'ukrainien'), ('fa-AF', 'dari'), ('es', 'espagnol'), ('pt', 'portugais'), ('tr', 'turc'), ('ti', 'tigrinya')], default='fr', max_length=8, verbose_name='langue')),
                ('text', common.crypto.EncryptedTextField(blank=True, max_length=2000, verbose_name='mots')),
                ('pseudonym', common.crypto.EncryptedTextField(blank=True, max_length=40, verbose_name='surnom')),
                ('structure', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='partners.structure', verbose_name='confié à la structure')),
                ('speaks_for', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='partners.venue', verbose_name='au nom du lieu')),
                ('charter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evaluations.charter', verbose_name='charte acceptée')),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('hints', models.JSONField(blank=True, default=list, editable=False, verbose_name='à regarder de près')),
                ('state', models.CharField(choices=[('waiting', 'À lire'), ('published', 'Publié'), ('hidden', 'Masqué, signalé'), ('refused', 'Refusé'), ('withdrawn', 'Retiré par son auteur·rice')], default='waiting', max_length=10, verbose_name='état')),
                ('created_at', models.DateTimeField(verbose_name='reçu le')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='publié le')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='lu le')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lu par')),
                ('refusal', models.CharField(blank=True, choices=[('names', "On peut reconnaître quelqu'un"), ('hurts', 'Des mots blessent, ou la loi les interdit'), ('advert', "C'est de la publicité"), ('subject', 'Cela ne parle ni de culture ni de sport'), ('other', 'Une autre raison')], max_length=8, verbose_name='raison du refus')),
                ('refusal_words', models.TextField(blank=True, max_length=1000, verbose_name='précisions sur le refus')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='retiré le')),
            ],
            options={
                'verbose_name': 'avis de la Criée',
                'verbose_name_plural': 'avis de la Criée',
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['state', '-published_at'], name='evaluations_state_7c95c5_idx'), models.Index(fields=['event', 'state'], name='evaluations_event_i_5eb0e4_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['published', 'hidden']), _negated=True), models.Q(('decided_at__isnull', False), ('published_at__isnull', False)), _connector='OR'), name='opinion_shown_was_read'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), models.Q(('refusal', ''), _negated=True), _connector='OR'), name='opinion_refused_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), models.Q(('pseudonym', ''), ('text', ''), ('withdrawn_at__isnull', False)), _connector='OR'), name='opinion_withdrawn_is_erased'), models.CheckConstraint(condition=models.Q(('structure', None), ('speaks_for', None), _connector='OR'), name='opinion_of_one_voice')],
            },
        ),
        migrations.CreateModel(
            name='OpinionReport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('opinion', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='evaluations.opinion', verbose_name='avis')),
                ('reason', models.CharField(choices=[('names', "On peut reconnaître quelqu'un"), ('hurts', 'Des mots blessent, ou la loi les interdit'), ('advert', "C'est de la publicité"), ('subject', 'Cela ne parle ni de culture ni de sport'), ('other', 'Une autre raison')], max_length=8, verbose_name='raison')),
                ('words', common.crypto.EncryptedTextField(blank=True, max_length=1000, verbose_name='précisions')),
                ('reporter', models.CharField(editable=False, max_length=64)),
                ('reported_at', models.DateTimeField(verbose_name='signalé le')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='traité le')),
            ],
            options={
                'verbose_name': 'signalement',
                'ordering': ['-reported_at'],
                'constraints': [models.UniqueConstraint(fields=('opinion', 'reporter'), name='reported_once_by_each')],
            },
        ),
    ]
