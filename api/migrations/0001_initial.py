
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from journal.tables import CreateTables


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTables(
            models=[
                migrations.CreateModel(
                    name='CleIdempotence',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('cle', models.CharField(max_length=100, verbose_name='clé')),
                        ('empreinte', models.CharField(max_length=64, verbose_name='empreinte de la demande')),
                        ('statut', models.PositiveSmallIntegerField(null=True)),
                        ('reponse', models.TextField(blank=True, verbose_name='réponse (JSON)')),
                        ('entetes', models.JSONField(default=dict, verbose_name='en-têtes')),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='créée le')),
                    ],
                    options={
                        'verbose_name': 'clé d’idempotence',
                        'verbose_name_plural': 'clés d’idempotence',
                        'indexes': [
                            models.Index(fields=['cree_le'], name='cle_idempotence_age'),
                        ],
                        'constraints': [
                            models.UniqueConstraint(fields=('user', 'cle'), name='cle_idempotence_unique'),
                        ],
                    },
                ),
            ],
        ),
    ]
