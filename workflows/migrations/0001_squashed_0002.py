
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from journal.tables import CreateTables


class Migration(migrations.Migration):

    replaces = [
        ('workflows', '0001_executions'),
        ('workflows', '0002_departs'),
    ]

    initial = True

    dependencies = [
        ('viewflow', '0015_task_scheduled'),
    ]

    operations = [
        CreateTables(
            models=[
                migrations.CreateModel(
                    name='Execution',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('etape', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='execution', to='viewflow.task')),
                        ('dans_la_bulle', models.BooleanField(default=False)),
                        ('prochain_essai', models.DateTimeField(default=django.utils.timezone.now, verbose_name='prochain essai')),
                        ('departs', models.PositiveSmallIntegerField(default=0, verbose_name='départs')),
                        ('tentatives', models.PositiveSmallIntegerField(default=0, verbose_name='tentatives qui ont échoué')),
                        ('erreur', models.CharField(blank=True, max_length=200)),
                        ('abandonnee_le', models.DateTimeField(null=True, verbose_name='laissée à une personne le')),
                        ('terminee_le', models.DateTimeField(null=True, verbose_name='terminée le')),
                    ],
                    options={
                        'verbose_name': 'exécution d’une étape',
                        'verbose_name_plural': 'exécutions d’étapes',
                        'indexes': [
                            models.Index(condition=models.Q(('abandonnee_le__isnull', True), ('terminee_le__isnull', True)), fields=['dans_la_bulle', 'prochain_essai'], name='execution_a_balayer'),
                        ],
                    },
                ),
            ],
        ),
    ]
