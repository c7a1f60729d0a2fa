import common.crypto
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('effect', models.CharField(max_length=120, unique=True, verbose_name='effet')),
                ('recipient', models.EmailField(max_length=254, verbose_name='destinataire')),
                ('subject', models.CharField(max_length=200, verbose_name='objet')),
                ('text', common.crypto.EncryptedTextField(verbose_name='texte')),
                ('html', common.crypto.EncryptedTextField(blank=True, verbose_name='texte mis en forme')),
                ('created_at', models.DateTimeField(verbose_name='écrit le')),
                ('next_try_at', models.DateTimeField(verbose_name='prochain essai')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='essais')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='envoyé le')),
                ('set_aside_at', models.DateTimeField(blank=True, null=True, verbose_name='mis de côté le')),
                ('failure', models.CharField(blank=True, max_length=200, verbose_name='dernier échec')),
            ],
            options={
                'verbose_name': 'mail',
                'verbose_name_plural': 'mails',
                'ordering': ['-created_at'],
                'indexes': [models.Index(models.F('next_try_at'), condition=models.Q(('sent_at', None), ('set_aside_at', None)), name='outbox_due')],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('at', models.DateTimeField(verbose_name='quand')),
                ('actor', models.CharField(help_text='Compte, « portail » ou « porteur·se du papier ».', max_length=60, verbose_name='par')),
                ('verb', models.CharField(max_length=60, verbose_name='action')),
                ('subject', models.CharField(help_text='Genre et identifiant de la fiche.', max_length=80, verbose_name='sur')),
                ('details', models.JSONField(blank=True, default=dict, verbose_name='précisions')),
            ],
            options={
                'verbose_name': 'trace',
                'verbose_name_plural': 'journal des actions',
                'ordering': ['-at'],
                'indexes': [models.Index(fields=['subject'], name='common_audi_subject_a5efa6_idx'), models.Index(fields=['-at'], name='common_audi_at_fc8ea3_idx')],
            },
        ),
        migrations.CreateModel(
            name='Erased',
            fields=[
                ('row', models.UUIDField(primary_key=True, serialize=False, verbose_name='identifiant de la fiche')),
                ('model', models.CharField(max_length=60, verbose_name='genre de fiche')),
                ('at', models.DateTimeField(verbose_name='effacé le')),
            ],
            options={
                'verbose_name': 'effacement à tenir',
                'verbose_name_plural': 'effacements à tenir',
                'ordering': ['-at', 'row'],
            },
        ),
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('key', models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name='clé')),
                ('value', models.CharField(max_length=200, verbose_name='valeur')),
            ],
            options={
                'verbose_name': "marque de l'installation",
                'verbose_name_plural': "marques de l'installation",
            },
        ),
        migrations.CreateModel(
            name='Attempts',
            fields=[
                ('slot', models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name='quoi et qui')),
                ('count', models.PositiveIntegerField(verbose_name='essais')),
                ('until', models.DateTimeField(db_index=True, verbose_name='oublié à')),
            ],
            options={
                'verbose_name': 'essais récents',
                'verbose_name_plural': 'essais récents',
            },
        ),
        migrations.CreateModel(
            name='Translation',
            fields=[
                ('language', models.CharField(max_length=12, primary_key=True, serialize=False, verbose_name='langue')),
                ('corrections', models.JSONField(blank=True, default=dict, verbose_name='phrases corrigées')),
                ('confirmed', models.JSONField(blank=True, default=dict, verbose_name='phrases relues')),
                ('speaker', models.CharField(blank=True, max_length=120, verbose_name='relu par')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='relu le')),
            ],
            options={
                'verbose_name': 'traduction',
                'verbose_name_plural': 'traductions',
                'ordering': ['language'],
            },
        ),
    ]
