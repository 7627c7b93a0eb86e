
import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from journal.tables import CreateTables


class Migration(migrations.Migration):

    replaces = [
        ('portal', '0001_brouillon'),
        ('portal', '0002_vues_et_consultations'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0003'),
        ('cases', '0001_squashed_0019'),
        ('contracts', '0001_squashed_0005'),
    ]

    operations = [
        CreateTables(
            models=[
                migrations.CreateModel(
                    name='Brouillon',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ('auteur', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('collectivite', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.collectivite', verbose_name='collectivité')),
                        ('agent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contracts.agent')),
                        ('nature', models.CharField(blank=True, choices=[('CMO', 'Maladie ordinaire'), ('CLM', 'Longue maladie'), ('CLD', 'Longue durée'), ('CGM', 'Grave maladie'), ('AS', 'Accident de service'), ('TRJ', 'Accident de trajet'), ('MP', 'Maladie professionnelle'), ('ATC', 'Accident du travail, contractuel'), ('ATI', 'Accident du travail, fonctionnaire IRCANTEC'), ('MAT', 'Maternité'), ('PAT', 'Paternité'), ('ADO', 'Adoption'), ('PATHO', 'Congé pathologique'), ('NAI', 'Congé supplémentaire de naissance'), ('TPT', 'Temps partiel thérapeutique'), ('DORS', 'Disponibilité d’office pour raison de santé'), ('MDT', 'Maintien du demi-traitement'), ('AIT', 'Allocation d’invalidité temporaire'), ('PPR', 'Période de préparation au reclassement'), ('DC', 'Décès'), ('FM', 'Frais médicaux'), ('IG', 'Infirmité de guerre')], max_length=8)),
                        ('survenance', models.DateField(blank=True, null=True, verbose_name='date de survenance')),
                        ('debut', models.DateField(blank=True, null=True, verbose_name='premier jour de l’arrêt')),
                        ('fin', models.DateField(blank=True, null=True, verbose_name='dernier jour de l’arrêt')),
                        ('certificat_du', models.DateField(blank=True, null=True, verbose_name='certificat établi le')),
                        ('quotite', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='quotité travaillée (%)')),
                        ('circonstances', models.TextField(blank=True)),
                        ('tiers_possible', models.BooleanField(blank=True, null=True, verbose_name='un tiers est peut-être responsable')),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='commencé le')),
                        ('modifie_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='modifié le')),
                        ('sinistre', models.OneToOneField(blank=True, help_text='Une fois envoyé : un second envoi retrouve le même dossier.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.sinistre')),
                    ],
                    options={
                        'verbose_name': 'brouillon de déclaration',
                        'verbose_name_plural': 'brouillons de déclaration',
                        'indexes': [
                            models.Index(fields=['auteur', '-modifie_le'], name='brouillon_de_lauteur'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Consultation',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('sinistre', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cases.sinistre')),
                        ('expire_le', models.DateTimeField(verbose_name='expire le')),
                    ],
                    options={
                        'verbose_name': 'consultation en cours',
                        'verbose_name_plural': 'consultations en cours',
                        'constraints': [
                            models.UniqueConstraint(fields=('sinistre', 'user'), name='consultation_unique'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='VueEnregistree',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('proprietaire', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vues_enregistrees', to=settings.AUTH_USER_MODEL, verbose_name='propriétaire')),
                        ('nom', models.CharField(max_length=40)),
                        ('file', models.CharField(max_length=30)),
                        ('parametres', models.JSONField(default=dict, verbose_name='paramètres')),
                        ('partagee', models.BooleanField(default=False, verbose_name='partagée')),
                    ],
                    options={
                        'verbose_name': 'vue enregistrée',
                        'verbose_name_plural': 'vues enregistrées',
                        'constraints': [
                            models.UniqueConstraint(fields=('proprietaire', 'nom'), name='vue_nom_unique'),
                            models.CheckConstraint(condition=models.Q(('nom', ''), _negated=True), name='vue_nommee', violation_error_message='Une vue enregistrée a un nom.'),
                        ],
                    },
                ),
            ],
        ),
    ]
