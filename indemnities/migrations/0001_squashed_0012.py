import django.contrib.postgres.constraints
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import django_fsm
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import contracts.models
from journal.tables import CreateTables


class Migration(migrations.Migration):

    replaces = [
        ('indemnities', '0001_initial'),
        ('indemnities', '0002_numero'),
        ('indemnities', '0003_frozen_for_good'),
        ('indemnities', '0004_honoraires'),
        ('indemnities', '0005_recours'),
        ('indemnities', '0006_lines'),
        ('indemnities', '0007_constats'),
        ('indemnities', '0008_virements'),
        ('indemnities', '0009_facts'),
        ('indemnities', '0010_frais'),
        ('indemnities', '0011_fichiers'),
        ('indemnities', '0012_comptes_repris'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0003'),
        ('cases', '0001_squashed_0019'),
        ('contracts', '0001_squashed_0005'),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE bordereau_numero_seq", "DROP SEQUENCE bordereau_numero_seq"),
        migrations.RunSQL("CREATE SEQUENCE remise_numero_seq", "DROP SEQUENCE remise_numero_seq"),
        migrations.RunSQL("CREATE SEQUENCE prise_en_charge_numero_seq", "DROP SEQUENCE prise_en_charge_numero_seq"),
        CreateTables(
            models=[
                migrations.CreateModel(
                    name='ArretConnu',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='arrets_connus', to='contracts.agent')),
                        ('nature', models.CharField(choices=[('CMO', 'Maladie ordinaire'), ('CLM', 'Longue maladie'), ('CLD', 'Longue durée'), ('CGM', 'Grave maladie'), ('AS', 'Accident de service'), ('TRJ', 'Accident de trajet'), ('MP', 'Maladie professionnelle'), ('ATC', 'Accident du travail, contractuel'), ('ATI', 'Accident du travail, fonctionnaire IRCANTEC'), ('MAT', 'Maternité'), ('PAT', 'Paternité'), ('ADO', 'Adoption'), ('PATHO', 'Congé pathologique'), ('NAI', 'Congé supplémentaire de naissance'), ('TPT', 'Temps partiel thérapeutique'), ('DORS', 'Disponibilité d’office pour raison de santé'), ('MDT', 'Maintien du demi-traitement'), ('PPR', 'Période de préparation au reclassement'), ('IG', 'Infirmité de guerre')], max_length=8)),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField()),
                        ('certificat_du', models.DateField(verbose_name='certificat établi le')),
                        ('dispense', models.CharField(blank=True, choices=[('MEME_CAUSE', 'Même cause, reprise de 48 heures au plus'), ('LEGALE', 'Dispense prévue par la loi (l’employeur en garde le motif)')], max_length=12, verbose_name='dispense de carence')),
                        ('origine', models.CharField(choices=[('SAISI', 'Saisi'), ('IMPORTE', 'Importé')], max_length=8)),
                        ('saisi_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('saisi_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='saisi le')),
                        ('annule_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('annule_le', models.DateTimeField(null=True, verbose_name='annulé le')),
                        ('motif_annulation', models.CharField(blank=True, max_length=200, verbose_name='pourquoi il est annulé')),
                    ],
                    options={
                        'verbose_name': 'arrêt connu',
                        'verbose_name_plural': 'arrêts connus',
                        'indexes': [
                            models.Index(condition=models.Q(('annule_le__isnull', True)), fields=['agent', 'debut'], name='arret_connu_par_agent'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='arret_connu_dates', violation_error_message='La fin précède le début.'),
                            django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('annule_le__isnull', True), models.Q(('nature', 'TPT'), _negated=True)), expressions=[('agent', '='), (contracts.models.Period(), '&&')], name='arret_connu_sans_recouvrement', violation_error_message='Cette période recouvre un autre arrêt connu de l’agent.'),
                            models.CheckConstraint(condition=models.Q(('nature__in', ['ADO', 'AS', 'ATC', 'ATI', 'CGM', 'CLD', 'CLM', 'CMO', 'DORS', 'IG', 'MAT', 'MDT', 'MP', 'NAI', 'PAT', 'PATHO', 'PPR', 'TPT', 'TRJ'])), name='arret_connu_nature', violation_error_message='Cette nature n’a pas d’arrêt.'),
                            models.CheckConstraint(condition=models.Q(('dispense', ''), ('nature', 'CMO'), _connector='OR'), name='arret_connu_dispense_cmo', violation_error_message='Seule une maladie ordinaire a un jour de carence.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('annule_le__isnull', True), ('annule_par__isnull', True), ('motif_annulation', '')), models.Q(('annule_le__isnull', False), ('annule_par__isnull', False), models.Q(('motif_annulation', ''), _negated=True)), _connector='OR'), name='arret_connu_annulation', violation_error_message='Une annulation a son auteur, sa date et son motif.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='arret_connu_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."agent_id" IS DISTINCT FROM (NEW."agent_id") OR OLD."certificat_du" IS DISTINCT FROM (NEW."certificat_du") OR OLD."debut" IS DISTINCT FROM (NEW."debut") OR OLD."dispense" IS DISTINCT FROM (NEW."dispense") OR OLD."fin" IS DISTINCT FROM (NEW."fin") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."nature" IS DISTINCT FROM (NEW."nature") OR OLD."origine" IS DISTINCT FROM (NEW."origine") OR OLD."saisi_le" IS DISTINCT FROM (NEW."saisi_le") OR OLD."saisi_par_id" IS DISTINCT FROM (NEW."saisi_par_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='f8171cfc68d2d3653369f630d7cb50434d742e27', operation='UPDATE', pgid='pgtrigger_arret_connu_fige_f984e', table='indemnities_arretconnu', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='arret_connu_annule_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."annule_le" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='9a89ad579dc63ade13f3700b4109137e032a7ef3', operation='UPDATE', pgid='pgtrigger_arret_connu_annule_fige_d9301', table='indemnities_arretconnu', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='arret_connu_garde', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='49468f378df2eace7217fef22c5cb517dccc27ea', operation='DELETE', pgid='pgtrigger_arret_connu_garde_c218b', table='indemnities_arretconnu', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Bordereau',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('numero', models.CharField(editable=False, max_length=20, unique=True, verbose_name='numéro')),
                        ('collectivite', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bordereaux', to='accounts.collectivite')),
                        ('contrat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bordereaux', to='contracts.contratgroupe')),
                        ('cree_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='composé le')),
                        ('total', models.DecimalField(decimal_places=2, max_digits=12)),
                        ('empreinte', models.CharField(max_length=64, verbose_name='empreinte des lignes')),
                        ('etat', models.CharField(choices=[('TRANSMIS', 'Transmis'), ('REGLE', 'Réglé'), ('REJETE', 'Rejeté')], default='TRANSMIS', max_length=10, verbose_name='état')),
                        ('regle_le', models.DateField(blank=True, null=True, verbose_name='réglé le')),
                        ('reference', models.CharField(blank=True, max_length=60, verbose_name='référence du règlement')),
                    ],
                    options={
                        'verbose_name': 'bordereau',
                        'verbose_name_plural': 'bordereaux',
                        'indexes': [
                            models.Index(fields=['collectivite', '-id'], name='bordereau_par_collectivite'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(models.Q(('etat', 'REGLE'), _negated=True), models.Q(('regle_le__isnull', False), models.Q(('reference', ''), _negated=True)), _connector='OR'), name='bordereau_regle_date', violation_error_message='Un bordereau réglé a une date et une référence.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='bordereau_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."collectivite_id" IS DISTINCT FROM (NEW."collectivite_id") OR OLD."contrat_id" IS DISTINCT FROM (NEW."contrat_id") OR OLD."cree_le" IS DISTINCT FROM (NEW."cree_le") OR OLD."cree_par_id" IS DISTINCT FROM (NEW."cree_par_id") OR OLD."empreinte" IS DISTINCT FROM (NEW."empreinte") OR OLD."numero" IS DISTINCT FROM (NEW."numero") OR OLD."total" IS DISTINCT FROM (NEW."total"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='2f9608592974d5adfd79a2b02fc99b64af2de4ee', operation='UPDATE', pgid='pgtrigger_bordereau_fige_dfbd5', table='indemnities_bordereau', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='bordereau_garde', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='0c4b7ee6adbfdf522d5a14adca6ea2f33fcb3f73', operation='DELETE', pgid='pgtrigger_bordereau_garde_64f71', table='indemnities_bordereau', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='CompteBancaire',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('collectivite', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='comptes', to='accounts.collectivite')),
                        ('titulaire', models.CharField(max_length=70)),
                        ('iban', models.CharField(max_length=34, verbose_name='IBAN')),
                        ('bic', models.CharField(blank=True, max_length=11, verbose_name='BIC')),
                        ('rue', models.CharField(blank=True, max_length=70)),
                        ('code_postal', models.CharField(blank=True, max_length=16, verbose_name='code postal')),
                        ('ville', models.CharField(blank=True, max_length=35)),
                        ('pays', models.CharField(blank=True, max_length=2)),
                        ('etat', models.CharField(choices=[('SAISI', 'À confirmer'), ('EN_VIGUEUR', 'En vigueur'), ('REMPLACE', 'Remplacé'), ('ECARTE', 'Écarté')], default='SAISI', max_length=10, verbose_name='état')),
                        ('saisi_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('saisi_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='saisi le')),
                        ('confirme_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('confirme_le', models.DateTimeField(blank=True, null=True, verbose_name='confirmé le')),
                        ('fini_le', models.DateTimeField(blank=True, null=True, verbose_name='remplacé ou écarté le')),
                        ('motif', models.CharField(blank=True, max_length=200, verbose_name='écarté parce que')),
                    ],
                    options={
                        'verbose_name': 'compte bancaire',
                        'verbose_name_plural': 'comptes bancaires',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('etat__in', ['SAISI', 'ECARTE']), models.Q(('confirme_le__isnull', False), ('confirme_par__isnull', False), ('saisi_par__isnull', False), models.Q(('confirme_par', models.F('saisi_par')), _negated=True)), _connector='OR'), name='compte_deux_personnes', violation_error_message='Un compte en vigueur a été saisi par une personne et confirmé par une autre.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('code_postal', ''), ('pays', ''), ('rue', ''), ('ville', '')), models.Q(models.Q(('ville', ''), _negated=True), models.Q(('pays', ''), _negated=True)), _connector='OR'), name='compte_adresse_structuree', violation_error_message='Une adresse a au moins une ville et un pays.'),
                            models.UniqueConstraint(condition=models.Q(('etat', 'EN_VIGUEUR')), fields=('collectivite',), name='compte_un_en_vigueur', nulls_distinct=False, violation_error_message='Un autre compte est déjà en vigueur.'),
                            models.UniqueConstraint(condition=models.Q(('etat', 'SAISI')), fields=('collectivite',), name='compte_un_a_confirmer', nulls_distinct=False, violation_error_message='Un autre compte attend déjà d’être confirmé.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='compte_passages', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."etat", \':\', NEW."etat") = ANY(\'{SAISI:EN_VIGUEUR,SAISI:ECARTE,EN_VIGUEUR:REMPLACE}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."etat" IS DISTINCT FROM NEW."etat") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "etat" from "%" to "%" on table %\', OLD."etat", NEW."etat", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='5aefc2e9c575574a9b32b19db73080ea793121b7', operation='UPDATE', pgid='pgtrigger_compte_passages_69f0c', table='indemnities_comptebancaire', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='compte_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."bic" IS DISTINCT FROM (NEW."bic") OR OLD."code_postal" IS DISTINCT FROM (NEW."code_postal") OR OLD."collectivite_id" IS DISTINCT FROM (NEW."collectivite_id") OR OLD."iban" IS DISTINCT FROM (NEW."iban") OR OLD."pays" IS DISTINCT FROM (NEW."pays") OR OLD."rue" IS DISTINCT FROM (NEW."rue") OR OLD."saisi_le" IS DISTINCT FROM (NEW."saisi_le") OR OLD."titulaire" IS DISTINCT FROM (NEW."titulaire") OR OLD."ville" IS DISTINCT FROM (NEW."ville"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='7a56bb3198244b50a29b0bbabaa091d412c59acd', operation='UPDATE', pgid='pgtrigger_compte_fige_f3216', table='indemnities_comptebancaire', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='compte_saisi_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."saisi_par_id" IS DISTINCT FROM (NEW."saisi_par_id") AND OLD."saisi_par_id" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='8e224abfd606e3c823b6f0d60364408ce587320d', operation='UPDATE', pgid='pgtrigger_compte_saisi_fige_16bda', table='indemnities_comptebancaire', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='compte_confirme_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."confirme_par_id" IS NOT NULL AND (OLD."confirme_par_id" IS DISTINCT FROM (NEW."confirme_par_id") OR OLD."confirme_le" IS DISTINCT FROM (NEW."confirme_le")))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='005716cd8b1dcccfad2ace6185fbbd8b28f1ce82', operation='UPDATE', pgid='pgtrigger_compte_confirme_fige_0d0ac', table='indemnities_comptebancaire', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='compte_garde', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='9eae25542bab7559b7e01a7c32f567126d103f03', operation='DELETE', pgid='pgtrigger_compte_garde_e0f08', table='indemnities_comptebancaire', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Decompte',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('genre', models.CharField(choices=[('IJ', 'Indemnités journalières'), ('FRAIS', 'Frais médicaux'), ('CAPITAL', 'Capital décès')], default='IJ', max_length=8)),
                        ('origine', models.CharField(choices=[('CALCULE', 'Calculé'), ('SAISI', 'Saisi à la main')], default='SAISI', max_length=8)),
                        ('sinistre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decomptes', to='cases.sinistre')),
                        ('arret', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decomptes', to='cases.arret')),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField()),
                        ('montant', models.DecimalField(decimal_places=2, max_digits=10)),
                        ('du', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True, verbose_name='dû pour la période')),
                        ('deja', models.DecimalField(decimal_places=2, default=0, max_digits=10, verbose_name='déjà décompté')),
                        ('explication', models.TextField(verbose_name='d’où vient ce montant')),
                        ('corrige', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='indemnities.decompte')),
                        ('etat', django_fsm.FSMField(choices=[('CALCULE', 'Calculé'), ('APPROUVE', 'Approuvé'), ('TRANSMIS', 'Transmis'), ('REGLE', 'Réglé'), ('REJETE', 'Rejeté')], default='CALCULE', max_length=10, protected=True, verbose_name='état')),
                        ('calcule_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('calcule_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='calculé le')),
                        ('approuve_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('approuve_le', models.DateTimeField(blank=True, null=True, verbose_name='approuvé le')),
                        ('bordereau', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decomptes', to='indemnities.bordereau')),
                        ('motif_rejet', models.CharField(blank=True, max_length=200, verbose_name='motif de rejet')),
                        ('facture', models.PositiveBigIntegerField(editable=False, null=True, verbose_name='facture')),
                    ],
                    options={
                        'verbose_name': 'décompte',
                        'indexes': [
                            models.Index(fields=['sinistre', 'debut'], name='decompte_par_sinistre'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='decompte_dates', violation_error_message='La fin précède le début.'),
                            django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('corrige__isnull', True), ('genre', 'IJ'), models.Q(('etat', 'REJETE'), _negated=True)), expressions=[('sinistre', '='), (contracts.models.Period(), '&&')], name='decompte_periode_payee_une_fois', violation_error_message='Un décompte de ce dossier couvre déjà une partie de cette période.'),
                            models.UniqueConstraint(condition=models.Q(('corrige__isnull', True), models.Q(('etat', 'REJETE'), _negated=True)), fields=('facture',), name='decompte_facture_payee_une_fois', violation_error_message='Cette facture a déjà son décompte.'),
                            models.UniqueConstraint(condition=models.Q(('corrige__isnull', True), ('genre', 'CAPITAL'), models.Q(('etat', 'REJETE'), _negated=True)), fields=('sinistre', 'debut'), name='decompte_capital_paye_une_fois', violation_error_message='Ce versement du capital décès a déjà son décompte.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('facture__isnull', False), ('genre', 'FRAIS')), models.Q(models.Q(('genre', 'FRAIS'), _negated=True), ('facture__isnull', True)), _connector='OR'), name='decompte_facture_des_frais', violation_error_message='Un décompte de frais médicaux paie une facture, et lui seul.'),
                            models.CheckConstraint(condition=models.Q(('etat__in', ['CALCULE', 'REJETE']), models.Q(('approuve_le__isnull', False), ('approuve_par__isnull', False)), _connector='OR'), name='decompte_deux_personnes', violation_error_message='Un décompte approuvé a un approbateur.'),
                            models.CheckConstraint(condition=models.Q(('approuve_par__isnull', True), models.Q(('approuve_par', models.F('calcule_par')), _negated=True), _connector='OR'), name='decompte_approbateur_distinct', violation_error_message='La personne qui a saisi un décompte ne l’approuve pas.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('etat__in', ['TRANSMIS', 'REGLE']), _negated=True), ('bordereau__isnull', False), _connector='OR'), name='decompte_transmis_par_bordereau', violation_error_message='Un décompte transmis appartient à un bordereau.'),
                            models.CheckConstraint(condition=models.Q(('corrige__isnull', False), ('montant__gte', 0), _connector='OR'), name='decompte_initial_positif', violation_error_message='Seule une correction peut être négative.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('deja', 0), ('du__isnull', True), ('origine', 'SAISI')), models.Q(('du__isnull', False), ('montant', django.db.models.expressions.CombinedExpression(models.F('du'), '-', models.F('deja'))), ('origine', 'CALCULE')), _connector='OR'), name='decompte_calcule_juste', violation_error_message='Un décompte calculé est ce que donnent ses lignes, moins ce qui est déjà décompté.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('etat', 'REJETE'), _negated=True), models.Q(('motif_rejet', ''), _negated=True), _connector='OR'), name='decompte_rejete_motive', violation_error_message='Un décompte rejeté a un motif.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='decompte_passages', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."etat", \':\', NEW."etat") = ANY(\'{APPROUVE:REJETE,APPROUVE:TRANSMIS,CALCULE:APPROUVE,CALCULE:REJETE,REGLE:REJETE,TRANSMIS:REGLE,TRANSMIS:REJETE}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."etat" IS DISTINCT FROM NEW."etat") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "etat" from "%" to "%" on table %\', OLD."etat", NEW."etat", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='3ce0cd31fc19c8a25857b4637cd41dffa664099b', operation='UPDATE', pgid='pgtrigger_decompte_passages_f2ba3', table='indemnities_decompte', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='decompte_montant_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."calcule_par_id" IS DISTINCT FROM (NEW."calcule_par_id") OR OLD."corrige_id" IS DISTINCT FROM (NEW."corrige_id") OR OLD."debut" IS DISTINCT FROM (NEW."debut") OR OLD."deja" IS DISTINCT FROM (NEW."deja") OR OLD."du" IS DISTINCT FROM (NEW."du") OR OLD."facture" IS DISTINCT FROM (NEW."facture") OR OLD."fin" IS DISTINCT FROM (NEW."fin") OR OLD."genre" IS DISTINCT FROM (NEW."genre") OR OLD."montant" IS DISTINCT FROM (NEW."montant") OR OLD."origine" IS DISTINCT FROM (NEW."origine") OR OLD."sinistre_id" IS DISTINCT FROM (NEW."sinistre_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='ebadf7d62c8d640da21f93464939082e28e5817b', operation='UPDATE', pgid='pgtrigger_decompte_montant_fige_1680d', table='indemnities_decompte', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='decompte_signe_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."approuve_par_id" IS DISTINCT FROM (NEW."approuve_par_id") AND OLD."approuve_par_id" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='5e2d19ae085d3695895d4989e01945334ca0ceb1', operation='UPDATE', pgid='pgtrigger_decompte_signe_fige_44f9f', table='indemnities_decompte', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='decompte_envoye_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."bordereau_id" IS DISTINCT FROM (NEW."bordereau_id") AND OLD."bordereau_id" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='08a86621a8b0b8d17584106e9fd92763576b91f4', operation='UPDATE', pgid='pgtrigger_decompte_envoye_fige_cfbfb', table='indemnities_decompte', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='decompte_garde', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='08bdf1bc73dc99c39af1418285ebe484c4eaacc2', operation='DELETE', pgid='pgtrigger_decompte_garde_e6cdc', table='indemnities_decompte', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='decompte_somme_des_lignes', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."origine" = \'CALCULE\')', constraint='CONSTRAINT', func="\n    IF (SELECT d.du IS DISTINCT FROM (SELECT coalesce(sum(l.montant), 0) FROM indemnities_lignedecompte l WHERE l.decompte_id = d.id)\n        FROM indemnities_decompte d WHERE d.id = NEW.id) THEN\n        RAISE EXCEPTION 'décompte % : le dû n''est pas la somme des lignes', NEW.id USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='bcf46ea581505cd49a398b81c975cf080759f05f', operation='INSERT', pgid='pgtrigger_decompte_somme_des_lignes_58b1a', table='indemnities_decompte', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='RecoursTiers',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('branche', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='recours', to='cases.branche')),
                        ('sinistre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recours', to='cases.sinistre')),
                        ('exercice', models.PositiveSmallIntegerField(verbose_name='année de survenance, à laquelle les recouvrements reviennent')),
                        ('etat', models.CharField(choices=[('DETECTE', 'Détecté'), ('SANS_TIERS', 'Sans tiers responsable'), ('QUALIFIE', 'Tiers responsable'), ('IDENTIFIE', 'Tiers identifié'), ('CHIFFRE', 'Chiffré'), ('RECLAME', 'Réclamé'), ('OFFERT', 'Offre reçue'), ('OFFRE_REFUSEE', 'Offre refusée'), ('ACCORD', 'Accord amiable'), ('ASSIGNE', 'Assigné en justice'), ('JUGE', 'Jugé'), ('DEBOUTE', 'Débouté'), ('PARTIEL', 'Encaissé en partie'), ('ENCAISSE', 'Encaissé et réparti'), ('ABANDONNE', 'Abandonné'), ('PRESCRIT', 'Prescrit')], default='DETECTE', max_length=15, verbose_name='état')),
                        ('constat', models.TextField(blank=True, verbose_name='pourquoi un tiers est, ou n’est pas, responsable')),
                        ('tiers_nom', models.CharField(blank=True, max_length=150, verbose_name='nom du tiers')),
                        ('tiers_qualite', models.CharField(choices=[('PARTICULIER', 'Un particulier'), ('ENTREPRISE', 'Une entreprise, une association'), ('PERSONNE_PUBLIQUE', 'Une personne publique'), ('FGTI', 'Fonds de garantie (FGTI, FGAO)'), ('INCONNU', 'Pas encore identifié')], default='INCONNU', max_length=20, verbose_name='qualité')),
                        ('tiers_adresse', models.TextField(blank=True, verbose_name='adresse')),
                        ('vehicule', models.BooleanField(help_text='Loi 85-677, art. 1.', null=True, verbose_name='un véhicule à moteur est impliqué')),
                        ('assureur_nom', models.CharField(blank=True, max_length=150, verbose_name='assureur du tiers')),
                        ('reference', models.CharField(blank=True, max_length=60, verbose_name='référence chez le tiers ou son assureur')),
                        ('mandat', models.CharField(blank=True, choices=[('COMMUN', 'Pour l’assureur et la collectivité'), ('COLLECTIVITE', 'Pour la collectivité seule (l’assureur agit de son côté)')], max_length=15, verbose_name='agit')),
                        ('mandat_du', models.DateField(null=True, verbose_name='mandat ou convention du')),
                        ('voie', models.CharField(choices=[('AMIABLE', 'Amiable'), ('JUDICIAIRE', 'Judiciaire')], default='AMIABLE', max_length=12)),
                        ('reclame_le', models.DateField(null=True, verbose_name='réclamation adressée le')),
                        ('accord_le', models.DateField(null=True, verbose_name='accord du')),
                        ('assigne_le', models.DateField(null=True, verbose_name='assignation du')),
                        ('juge_le', models.DateField(null=True, verbose_name='jugement du')),
                        ('juridiction', models.CharField(blank=True, max_length=150)),
                        ('alerte_vue_le', models.DateField(null=True, verbose_name='dernière alerte de prescription vue le')),
                        ('motif_abandon', models.CharField(blank=True, choices=[('INSOLVABLE', 'Tiers insolvable ou non assuré'), ('INTROUVABLE', 'Tiers introuvable'), ('NON_ETABLI', 'Responsabilité non établie'), ('MONTANT', 'Montant trop faible pour agir'), ('PRESCRIT', 'Prescription acquise'), ('ERREUR', 'Recours ouvert par erreur')], max_length=15, verbose_name='abandonné parce que')),
                    ],
                    options={
                        'verbose_name': 'recours contre tiers',
                        'verbose_name_plural': 'recours contre tiers',
                        'indexes': [
                            models.Index(fields=['sinistre', '-id'], name='recours_par_sinistre'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(models.Q(('mandat', 'COMMUN'), _negated=True), ('mandat_du__isnull', False), _connector='OR'), name='recours_mandat_date', violation_error_message='Un mandat commun est daté.'),
                            models.CheckConstraint(condition=models.Q(('assigne_le__isnull', True), ('voie', 'JUDICIAIRE'), _connector='OR'), name='recours_assigne_judiciaire', violation_error_message='Une assignation met le recours dans la voie judiciaire.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('etat__in', ['ABANDONNE', 'PRESCRIT']), _negated=True), models.Q(('motif_abandon', ''), _negated=True), _connector='OR'), name='recours_abandon_motive', violation_error_message='Un recours abandonné a un motif.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('etat__in', ['JUGE', 'DEBOUTE']), _negated=True), ('juge_le__isnull', False), _connector='OR'), name='recours_juge_date', violation_error_message='Un jugement est daté.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='EncaissementRecours',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('recours', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='encaissements', to='indemnities.recourstiers')),
                        ('recu_le', models.DateField(verbose_name='reçu le')),
                        ('montant', models.DecimalField(decimal_places=2, max_digits=10)),
                        ('poste', models.CharField(blank=True, choices=[('TRAITEMENTS', 'Traitements et primes maintenus'), ('CHARGES_PATRONALES', 'Charges patronales'), ('FRANCHISE', 'Franchise'), ('FRAIS_MEDICAUX', 'Frais médicaux'), ('CAPITAL_DECES', 'Capital décès'), ('FRAIS_FUNERAIRES', 'Frais funéraires')], max_length=20, verbose_name='pour le poste')),
                        ('reference', models.CharField(max_length=60, verbose_name='référence du paiement')),
                        ('annule', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='annulation', to='indemnities.encaissementrecours')),
                        ('motif', models.CharField(blank=True, max_length=200, verbose_name='pourquoi l’annuler')),
                        ('saisi_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('saisi_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='saisi le')),
                    ],
                    options={
                        'verbose_name': 'encaissement de recours',
                        'verbose_name_plural': 'encaissements de recours',
                        'indexes': [
                            models.Index(fields=['recours', 'id'], name='encaissement_par_recours'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(models.Q(('annule__isnull', True), ('montant__gt', 0)), models.Q(('annule__isnull', False), ('montant__lt', 0), models.Q(('motif', ''), _negated=True)), _connector='OR'), name='encaissement_signe', violation_error_message='Un encaissement est positif ; seule une annulation, motivée, est négative.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='encaissement_garde', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3f7d57a33be080dd70a5129feb72e3e90a9a8754', operation='UPDATE OR DELETE', pgid='pgtrigger_encaissement_garde_b1ee2', table='indemnities_encaissementrecours', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='FaitsDroits',
                    fields=[
                        ('sinistre', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='faits_droits', serialize=False, to='cases.sinistre')),
                        ('dispense', models.CharField(blank=True, choices=[('MEME_CAUSE', 'Même cause, reprise de 48 heures au plus'), ('LEGALE', 'Dispense prévue par la loi (l’employeur en garde le motif)')], max_length=12, verbose_name='dispense de jour de carence')),
                        ('naissance', models.DateField(blank=True, null=True, verbose_name='naissance ou arrivée de l’enfant')),
                        ('rang', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20)], verbose_name='rang de l’enfant')),
                        ('enfants', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(9)], verbose_name='enfants nés ou arrivés ensemble')),
                        ('a_charge', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20)], verbose_name='enfants à charge ensuite')),
                        ('partage', models.BooleanField(default=False, verbose_name='congé d’adoption partagé entre les parents')),
                        ('postnatal', models.BooleanField(default=False, verbose_name='congé pathologique après la naissance')),
                        ('groupe', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3)], verbose_name='groupe d’invalidité')),
                        ('quatrieme_annee', models.BooleanField(default=False, verbose_name='quatrième année de disponibilité accordée')),
                        ('refus_debut', models.DateField(blank=True, null=True, verbose_name='refusé du')),
                        ('refus_fin', models.DateField(blank=True, null=True, verbose_name='au')),
                        ('saisis_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('saisis_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='saisis le')),
                    ],
                    options={
                        'verbose_name': 'faits d’un droit',
                        'verbose_name_plural': 'faits d’un droit',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(models.Q(('refus_debut__isnull', True), ('refus_fin__isnull', True)), models.Q(('refus_debut__isnull', False), ('refus_fin__gte', models.F('refus_debut'))), _connector='OR'), name='faits_droits_refus', violation_error_message='Les jours refusés ont un début et une fin, dans cet ordre.'),
                            models.CheckConstraint(condition=models.Q(('a_charge__gte', 1), ('enfants__gte', 1), ('groupe__gte', 1), ('groupe__lte', 3), ('rang__gte', 1)), name='faits_droits_nombres', violation_error_message='Un rang et un nombre d’enfants commencent à 1 ; un groupe d’invalidité va de 1 à 3.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='faits_droits_garde', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='dc0a8cd605234b4d4ec79b2db03e94e75c7448df', operation='DELETE', pgid='pgtrigger_faits_droits_garde_4a210', table='indemnities_faitsdroits', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='FichierBordereau',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('bordereau', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fichiers', to='indemnities.bordereau')),
                        ('genre', models.CharField(choices=[('PDF', 'PDF'), ('CSV', 'CSV')], max_length=4)),
                        ('sha256', models.CharField(max_length=64, verbose_name='empreinte du fichier (SHA-256)')),
                        ('taille', models.PositiveIntegerField(verbose_name='taille en octets')),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='écrit le')),
                    ],
                    options={
                        'verbose_name': 'fichier de bordereau',
                        'verbose_name_plural': 'fichiers de bordereaux',
                        'constraints': [
                            models.UniqueConstraint(fields=('bordereau', 'genre'), name='fichier_bordereau_unique', violation_error_message='Ce bordereau a déjà ce fichier.'),
                            models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='fichier_bordereau_empreinte', violation_error_message='L’empreinte est un SHA-256.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='fichier_bordereau_fige', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='db335eb4d38faf7190047517df4e9703cba93919', operation='UPDATE OR DELETE', pgid='pgtrigger_fichier_bordereau_fige_cda14', table='indemnities_fichierbordereau', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='PriseEnCharge',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('numero', models.CharField(editable=False, max_length=20, unique=True, verbose_name='numéro')),
                        ('sinistre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prises_en_charge', to='cases.sinistre')),
                        ('episode', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prises_en_charge', to='cases.episode')),
                        ('debut', models.DateField(verbose_name='valable du')),
                        ('fin', models.DateField(verbose_name='au')),
                        ('donnee_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('donnee_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='donnée le')),
                        ('retiree_au', models.DateField(null=True, verbose_name='ne vaut plus à compter du')),
                        ('motif_retrait', models.CharField(blank=True, max_length=200, verbose_name='retirée parce que')),
                    ],
                    options={
                        'verbose_name': 'prise en charge provisoire',
                        'verbose_name_plural': 'prises en charge provisoires',
                        'indexes': [
                            models.Index(fields=['sinistre', 'debut'], name='prise_en_charge_par_sinistre'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='prise_en_charge_dates', violation_error_message='La fin précède le début.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('motif_retrait', ''), ('retiree_au__isnull', True)), models.Q(('retiree_au__isnull', False), models.Q(('motif_retrait', ''), _negated=True)), _connector='OR'), name='prise_en_charge_retrait_motive', violation_error_message='Une prise en charge retirée a une date et un motif.'),
                            models.CheckConstraint(condition=models.Q(('retiree_au__isnull', True), ('retiree_au__gte', models.F('debut')), _connector='OR'), name='prise_en_charge_retrait_apres_debut', violation_error_message='Le retrait ne précède pas le premier jour.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='prise_en_charge_figee', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."debut" IS DISTINCT FROM (NEW."debut") OR OLD."donnee_le" IS DISTINCT FROM (NEW."donnee_le") OR OLD."donnee_par_id" IS DISTINCT FROM (NEW."donnee_par_id") OR OLD."episode_id" IS DISTINCT FROM (NEW."episode_id") OR OLD."fin" IS DISTINCT FROM (NEW."fin") OR OLD."numero" IS DISTINCT FROM (NEW."numero") OR OLD."sinistre_id" IS DISTINCT FROM (NEW."sinistre_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='9bf1c6c2b98454fea586d0d1cbd30eb46876fa51', operation='UPDATE', pgid='pgtrigger_prise_en_charge_figee_f241c', table='indemnities_priseencharge', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='prise_en_charge_garde', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='83ae3803cf9b5fdd707f4d7f54be6bdc00080f90', operation='DELETE', pgid='pgtrigger_prise_en_charge_garde_3bacb', table='indemnities_priseencharge', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Frais',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('decompte', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='frais', to='indemnities.decompte')),
                        ('extrait', models.PositiveBigIntegerField()),
                        ('facture_du', models.DateField(verbose_name='facture du')),
                        ('total', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='montant de la facture')),
                        ('tiers_payant', models.BooleanField(verbose_name='payée au praticien')),
                        ('prise_en_charge', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='frais', to='indemnities.priseencharge')),
                        ('alerte_assumee', models.CharField(blank=True, max_length=300, verbose_name='payée malgré l’alerte parce que')),
                    ],
                    options={
                        'verbose_name': 'frais médicaux d’un décompte',
                        'verbose_name_plural': 'frais médicaux des décomptes',
                        'indexes': [
                            models.Index(fields=['facture_du', 'total'], name='frais_double'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('total__gt', 0)), name='frais_positifs', violation_error_message='Le montant est positif.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='frais_figes', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='bd815cbb570d9463816faac0cdbcc4e796f71560', operation='UPDATE OR DELETE', pgid='pgtrigger_frais_figes_1f43a', table='indemnities_frais', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Honoraire',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('sinistre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='honoraires', to='cases.sinistre')),
                        ('branche', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='honoraires', to='cases.branche')),
                        ('medecin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.medecinagree')),
                        ('reference', models.CharField(max_length=60, verbose_name='référence de la facture')),
                        ('facture_du', models.DateField(verbose_name='facture du')),
                        ('montant', models.DecimalField(decimal_places=2, max_digits=8)),
                        ('charge', models.CharField(choices=[('COLLECTIVITE', 'La collectivité'), ('ASSUREUR', 'L’assureur')], max_length=12, verbose_name='à la charge de')),
                        ('saisi_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('saisi_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='saisi le')),
                    ],
                    options={
                        'verbose_name': 'honoraires',
                        'verbose_name_plural': 'honoraires',
                        'indexes': [
                            models.Index(fields=['sinistre', '-id'], name='honoraire_par_sinistre'),
                        ],
                        'constraints': [
                            models.UniqueConstraint(fields=('medecin', 'reference'), name='honoraire_facture_unique', violation_error_message='Cette facture est déjà saisie.'),
                            models.CheckConstraint(condition=models.Q(('montant__gt', 0)), name='honoraire_positif', violation_error_message='Le montant est positif.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='LigneDecompte',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('decompte', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lignes', to='indemnities.decompte')),
                        ('rang', models.PositiveSmallIntegerField()),
                        ('nature', models.CharField(max_length=8)),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField()),
                        ('jours', models.PositiveIntegerField()),
                        ('sort', models.CharField(max_length=12)),
                        ('fraction', models.CharField(max_length=12, verbose_name='fraction du traitement')),
                        ('montant', models.DecimalField(decimal_places=2, max_digits=10)),
                        ('trace', models.JSONField()),
                    ],
                    options={
                        'verbose_name': 'ligne de décompte',
                        'verbose_name_plural': 'lignes de décompte',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='ligne_decompte_dates', violation_error_message='La fin précède le début.'),
                            models.UniqueConstraint(fields=('decompte', 'rang'), name='ligne_decompte_rang'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='ligne_decompte_figee', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ef7b55552031ec0a5e04d40f7f08abe196673392', operation='UPDATE OR DELETE', pgid='pgtrigger_ligne_decompte_figee_ad3dc', table='indemnities_lignedecompte', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='ligne_decompte_somme', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n    IF (SELECT d.du IS DISTINCT FROM (SELECT coalesce(sum(l.montant), 0) FROM indemnities_lignedecompte l WHERE l.decompte_id = d.id)\n        FROM indemnities_decompte d WHERE d.id = NEW.decompte_id) THEN\n        RAISE EXCEPTION 'décompte % : le dû n''est pas la somme des lignes', NEW.decompte_id USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='bd4a8678e60e03ae5227076c7152391ba92e54f2', operation='INSERT', pgid='pgtrigger_ligne_decompte_somme_af8fe', table='indemnities_lignedecompte', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='MontantConstate',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('sinistre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='montants_constates', to='cases.sinistre')),
                        ('genre', models.CharField(choices=[('CPAM', 'Décompte de la CPAM'), ('PAIE', 'Paie maintenue')], max_length=4)),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField()),
                        ('montant', models.DecimalField(decimal_places=2, max_digits=10)),
                        ('reference', models.CharField(max_length=60, verbose_name='référence du décompte ou du bulletin')),
                        ('origine', models.CharField(choices=[('SAISI', 'Saisi'), ('IMPORTE', 'Importé')], max_length=8)),
                        ('saisi_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('saisi_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='saisi le')),
                        ('annule_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('annule_le', models.DateTimeField(null=True, verbose_name='annulé le')),
                        ('motif_annulation', models.CharField(blank=True, max_length=200, verbose_name='pourquoi il est annulé')),
                    ],
                    options={
                        'verbose_name': 'montant constaté',
                        'verbose_name_plural': 'montants constatés',
                        'indexes': [
                            models.Index(fields=['sinistre', 'debut'], name='montant_constate_par_sinistre'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='montant_constate_dates', violation_error_message='La fin précède le début.'),
                            django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('annule_le__isnull', True)), expressions=[('sinistre', '='), ('genre', '='), (contracts.models.Period(), '&&')], name='montant_constate_sans_recouvrement', violation_error_message='Un autre montant de ce dossier couvre déjà une partie de cette période.'),
                            models.CheckConstraint(condition=models.Q(('montant__gte', 0)), name='montant_constate_positif', violation_error_message='Le montant n’est pas négatif.'),
                            models.CheckConstraint(condition=models.Q(('reference', ''), _negated=True), name='montant_constate_reference', violation_error_message='Donnez la référence du décompte ou du bulletin.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('annule_le__isnull', True), ('annule_par__isnull', True), ('motif_annulation', '')), models.Q(('annule_le__isnull', False), ('annule_par__isnull', False), models.Q(('motif_annulation', ''), _negated=True)), _connector='OR'), name='montant_constate_annulation', violation_error_message='Une annulation a son auteur, sa date et son motif.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='montant_constate_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."debut" IS DISTINCT FROM (NEW."debut") OR OLD."fin" IS DISTINCT FROM (NEW."fin") OR OLD."genre" IS DISTINCT FROM (NEW."genre") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."montant" IS DISTINCT FROM (NEW."montant") OR OLD."origine" IS DISTINCT FROM (NEW."origine") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."saisi_le" IS DISTINCT FROM (NEW."saisi_le") OR OLD."saisi_par_id" IS DISTINCT FROM (NEW."saisi_par_id") OR OLD."sinistre_id" IS DISTINCT FROM (NEW."sinistre_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='8358323a6eb0de6df26434433a0c39f4481f71a5', operation='UPDATE', pgid='pgtrigger_montant_constate_fige_b7b6b', table='indemnities_montantconstate', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='montant_constate_annule_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."annule_le" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='876872c8672e89791890b064359896514dfe5cb3', operation='UPDATE', pgid='pgtrigger_montant_constate_annule_fige_c26ce', table='indemnities_montantconstate', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='montant_constate_garde', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='3218bbe12df3de21199f0f89000a32fd4a957f8f', operation='DELETE', pgid='pgtrigger_montant_constate_garde_6395a', table='indemnities_montantconstate', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='MontantRecours',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('recours', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='montants', to='indemnities.recourstiers')),
                        ('sorte', models.CharField(choices=[('DEPENSE', 'Dépense déclarée par l’employeur'), ('PROPOSE', 'Proposé par le chiffrage'), ('RECLAME', 'Réclamé'), ('OFFERT', 'Offert'), ('ACCORDE', 'Accordé ou jugé')], max_length=10)),
                        ('poste', models.CharField(choices=[('TRAITEMENTS', 'Traitements et primes maintenus'), ('CHARGES_PATRONALES', 'Charges patronales'), ('FRANCHISE', 'Franchise'), ('FRAIS_MEDICAUX', 'Frais médicaux'), ('CAPITAL_DECES', 'Capital décès'), ('FRAIS_FUNERAIRES', 'Frais funéraires')], max_length=20)),
                        ('beneficiaire', models.CharField(choices=[('ASSUREUR', 'L’assureur'), ('COLLECTIVITE', 'La collectivité')], max_length=15, verbose_name='bénéficiaire')),
                        ('montant', models.DecimalField(decimal_places=2, max_digits=10)),
                        ('explication', models.CharField(blank=True, max_length=500, verbose_name='d’où vient ce montant')),
                        ('saisi_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('saisi_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='saisi le')),
                    ],
                    options={
                        'verbose_name': 'montant de recours',
                        'verbose_name_plural': 'montants de recours',
                        'indexes': [
                            models.Index(fields=['recours', 'sorte', 'poste', 'beneficiaire', '-id'], name='montant_recours_dernier'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('montant__gte', 0)), name='montant_recours_positif', violation_error_message='Un montant n’est pas négatif.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='montant_recours_garde', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='59dda1aed5ac8b5139356297a6f811a1d942f70f', operation='UPDATE OR DELETE', pgid='pgtrigger_montant_recours_garde_73714', table='indemnities_montantrecours', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='PartRecours',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('encaissement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='indemnities.encaissementrecours')),
                        ('poste', models.CharField(choices=[('TRAITEMENTS', 'Traitements et primes maintenus'), ('CHARGES_PATRONALES', 'Charges patronales'), ('FRANCHISE', 'Franchise'), ('FRAIS_MEDICAUX', 'Frais médicaux'), ('CAPITAL_DECES', 'Capital décès'), ('FRAIS_FUNERAIRES', 'Frais funéraires')], max_length=20)),
                        ('beneficiaire', models.CharField(choices=[('ASSUREUR', 'L’assureur'), ('COLLECTIVITE', 'La collectivité')], max_length=15, verbose_name='bénéficiaire')),
                        ('montant', models.DecimalField(decimal_places=2, max_digits=10)),
                    ],
                    options={
                        'verbose_name': 'part de recours',
                        'verbose_name_plural': 'parts de recours',
                        'constraints': [
                            models.UniqueConstraint(fields=('encaissement', 'poste', 'beneficiaire'), name='part_recours_unique', violation_error_message='Cet encaissement est déjà réparti.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='part_recours_gardee', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='4e10cfe6290f1c6b8409f2ab371f6f3a9a041737', operation='UPDATE OR DELETE', pgid='pgtrigger_part_recours_gardee_f4b36', table='indemnities_partrecours', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Remise',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('numero', models.CharField(editable=False, max_length=20, unique=True, verbose_name='numéro')),
                        ('compte', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='indemnities.comptebancaire', verbose_name='compte débité')),
                        ('execution', models.DateField(verbose_name='à exécuter le')),
                        ('nombre', models.PositiveIntegerField(verbose_name='nombre de virements')),
                        ('total', models.DecimalField(decimal_places=2, max_digits=12)),
                        ('alertes_assumees', models.CharField(blank=True, max_length=500, verbose_name='pourquoi continuer malgré les alertes')),
                        ('etat', models.CharField(choices=[('BROUILLON', 'À signer'), ('SIGNEE', 'Signée'), ('EMISE', 'Émise'), ('REGLEE', 'Réglée'), ('PARTIELLE', 'Revenue en partie'), ('REJETEE', 'Rejetée'), ('ABANDONNEE', 'Abandonnée')], default='BROUILLON', max_length=10, verbose_name='état')),
                        ('cree_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='composée le')),
                        ('signe_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('signe_le', models.DateTimeField(blank=True, null=True, verbose_name='signée le')),
                        ('sha256', models.CharField(blank=True, max_length=64, verbose_name='empreinte du fichier')),
                        ('taille', models.PositiveIntegerField(blank=True, null=True, verbose_name='octets')),
                        ('ecrit_le', models.DateTimeField(blank=True, null=True, verbose_name='fichier gardé le')),
                        ('emis_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('emis_le', models.DateTimeField(blank=True, null=True, verbose_name='émise le')),
                        ('motif_abandon', models.CharField(blank=True, max_length=200, verbose_name='abandonnée parce que')),
                    ],
                    options={
                        'verbose_name': 'remise',
                        'indexes': [
                            models.Index(condition=models.Q(('ecrit_le__isnull', True), ('etat', 'SIGNEE')), fields=['id'], name='remise_sans_fichier'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('etat__in', ['BROUILLON', 'ABANDONNEE']), models.Q(('signe_le__isnull', False), ('signe_par__isnull', False), ('taille__isnull', False), models.Q(('sha256', ''), _negated=True), models.Q(('signe_par', models.F('cree_par')), _negated=True)), _connector='OR'), name='remise_deux_personnes', violation_error_message='Une remise est signée par une autre personne que celle qui l’a composée.'),
                            models.CheckConstraint(condition=models.Q(('etat__in', ['BROUILLON', 'SIGNEE', 'ABANDONNEE']), models.Q(('ecrit_le__isnull', False), ('emis_le__isnull', False), ('emis_par__isnull', False)), _connector='OR'), name='remise_emise_par', violation_error_message='Une remise émise dit qui a pris son fichier, et quand.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('etat', 'ABANDONNEE'), _negated=True), models.Q(('motif_abandon', ''), _negated=True), _connector='OR'), name='remise_abandon_motive', violation_error_message='Une remise abandonnée a un motif.'),
                            models.CheckConstraint(condition=models.Q(('nombre__gt', 0), ('total__gt', 0)), name='remise_positive', violation_error_message='Une remise a au moins un virement.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='remise_passages', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."etat", \':\', NEW."etat") = ANY(\'{BROUILLON:SIGNEE,BROUILLON:ABANDONNEE,SIGNEE:ABANDONNEE,SIGNEE:EMISE,EMISE:REGLEE,EMISE:PARTIELLE,EMISE:REJETEE,REGLEE:PARTIELLE,REGLEE:REJETEE,PARTIELLE:REGLEE,PARTIELLE:REJETEE}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."etat" IS DISTINCT FROM NEW."etat") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "etat" from "%" to "%" on table %\', OLD."etat", NEW."etat", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='f46e66b18e9fb1446d805aa59edab46a7b408876', operation='UPDATE', pgid='pgtrigger_remise_passages_e5151', table='indemnities_remise', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='remise_figee', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."compte_id" IS DISTINCT FROM (NEW."compte_id") OR OLD."cree_le" IS DISTINCT FROM (NEW."cree_le") OR OLD."cree_par_id" IS DISTINCT FROM (NEW."cree_par_id") OR OLD."execution" IS DISTINCT FROM (NEW."execution") OR OLD."nombre" IS DISTINCT FROM (NEW."nombre") OR OLD."numero" IS DISTINCT FROM (NEW."numero") OR OLD."total" IS DISTINCT FROM (NEW."total"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='7e72881d6d7999cf19e1a81b76b4ad18688e0233', operation='UPDATE', pgid='pgtrigger_remise_figee_efda5', table='indemnities_remise', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='remise_signee_figee', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."signe_par_id" IS NOT NULL AND (OLD."signe_par_id" IS DISTINCT FROM (NEW."signe_par_id") OR OLD."signe_le" IS DISTINCT FROM (NEW."signe_le") OR OLD."sha256" IS DISTINCT FROM (NEW."sha256") OR OLD."taille" IS DISTINCT FROM (NEW."taille") OR OLD."alertes_assumees" IS DISTINCT FROM (NEW."alertes_assumees")))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='bc1cc291d43b4d34d1ef58d3ac416667c9dd88cd', operation='UPDATE', pgid='pgtrigger_remise_signee_figee_8ad07', table='indemnities_remise', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='remise_garde', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='523e7beee4e09972d8a1519abf6f741ce83a3884', operation='DELETE', pgid='pgtrigger_remise_garde_ccfe3', table='indemnities_remise', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='RetourPaiement',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('genre', models.CharField(choices=[('PAIN002', 'Compte rendu de la banque (pain.002)'), ('CAMT053', 'Relevé de compte (camt.053)'), ('AVIS', 'Avis de règlement de l’assureur (CSV)')], max_length=10)),
                        ('message', models.CharField(blank=True, max_length=60, verbose_name='référence du message')),
                        ('sha256', models.CharField(max_length=64, unique=True, verbose_name='empreinte')),
                        ('taille', models.PositiveIntegerField(verbose_name='octets')),
                        ('importe_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('importe_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='importé le')),
                        ('lignes', models.JSONField(default=list)),
                        ('traite_le', models.DateTimeField(blank=True, null=True, verbose_name='traité en entier le')),
                    ],
                    options={
                        'verbose_name': 'retour de paiement',
                        'verbose_name_plural': 'retours de paiement',
                        'indexes': [
                            models.Index(condition=models.Q(('traite_le__isnull', True)), fields=['id'], name='retour_a_traiter'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='retour_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."genre" IS DISTINCT FROM (NEW."genre") OR OLD."importe_le" IS DISTINCT FROM (NEW."importe_le") OR OLD."importe_par_id" IS DISTINCT FROM (NEW."importe_par_id") OR OLD."message" IS DISTINCT FROM (NEW."message") OR OLD."sha256" IS DISTINCT FROM (NEW."sha256") OR OLD."taille" IS DISTINCT FROM (NEW."taille"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='67d066ef1d6bee04ae7fadbc2625d34c5ccd6188', operation='UPDATE', pgid='pgtrigger_retour_fige_284aa', table='indemnities_retourpaiement', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='retour_traite_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."traite_le" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='027bede23e8e22dd5a21cda51339dae30995db22', operation='UPDATE', pgid='pgtrigger_retour_traite_fige_b8f7c', table='indemnities_retourpaiement', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='retour_garde', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='75d38832f1dec4f91d00a657195c22bbd3635708', operation='DELETE', pgid='pgtrigger_retour_garde_6168d', table='indemnities_retourpaiement', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Virement',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('remise', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='virements', to='indemnities.remise')),
                        ('bordereau', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='virements', to='indemnities.bordereau')),
                        ('compte', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='indemnities.comptebancaire', verbose_name='compte crédité')),
                        ('essai', models.PositiveSmallIntegerField()),
                        ('reference', models.CharField(max_length=35, unique=True, verbose_name='référence de bout en bout')),
                        ('montant', models.DecimalField(decimal_places=2, max_digits=11)),
                        ('libelle', models.CharField(max_length=140, verbose_name='libellé')),
                        ('etat', models.CharField(choices=[('PREVU', 'Prévu'), ('EMIS', 'Émis'), ('EXECUTE', 'Exécuté'), ('REJETE', 'Rejeté'), ('ABANDONNE', 'Abandonné')], default='PREVU', max_length=10, verbose_name='état')),
                        ('execute_le', models.DateField(blank=True, null=True, verbose_name='exécuté le')),
                        ('code_rejet', models.CharField(blank=True, max_length=10, verbose_name='code du rejet')),
                        ('motif_rejet', models.CharField(blank=True, max_length=200, verbose_name='motif du rejet')),
                    ],
                    options={
                        'verbose_name': 'virement',
                        'constraints': [
                            models.UniqueConstraint(condition=models.Q(('etat__in', ('PREVU', 'EMIS', 'EXECUTE'))), fields=('bordereau',), name='virement_bordereau_paye_une_fois', violation_error_message='Ce bordereau a déjà son virement.'),
                            models.UniqueConstraint(fields=('bordereau', 'essai'), name='virement_essai_unique'),
                            models.CheckConstraint(condition=models.Q(('montant__gt', 0)), name='virement_positif', violation_error_message='Un virement est positif.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('etat', 'EXECUTE'), _negated=True), ('execute_le__isnull', False), _connector='OR'), name='virement_execute_date', violation_error_message='Un virement exécuté a une date.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('etat', 'REJETE'), _negated=True), models.Q(('motif_rejet', ''), _negated=True), _connector='OR'), name='virement_rejet_motive', violation_error_message='Un virement rejeté a un motif.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='virement_passages', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."etat", \':\', NEW."etat") = ANY(\'{PREVU:EMIS,PREVU:ABANDONNE,EMIS:EXECUTE,EMIS:REJETE,EXECUTE:REJETE}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."etat" IS DISTINCT FROM NEW."etat") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "etat" from "%" to "%" on table %\', OLD."etat", NEW."etat", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='4853db0abd54d01436c221ec8affa650a2acc80d', operation='UPDATE', pgid='pgtrigger_virement_passages_70581', table='indemnities_virement', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='virement_fige', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."bordereau_id" IS DISTINCT FROM (NEW."bordereau_id") OR OLD."compte_id" IS DISTINCT FROM (NEW."compte_id") OR OLD."essai" IS DISTINCT FROM (NEW."essai") OR OLD."libelle" IS DISTINCT FROM (NEW."libelle") OR OLD."montant" IS DISTINCT FROM (NEW."montant") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."remise_id" IS DISTINCT FROM (NEW."remise_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='8d81489e2f7d00c02ae73d645702807c91a9fdb3', operation='UPDATE', pgid='pgtrigger_virement_fige_9a369', table='indemnities_virement', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='virement_payeur_cdg', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF NOT EXISTS (SELECT 1 FROM indemnities_bordereau b JOIN contracts_contratgroupe c ON c.id = b.contrat_id\n                   WHERE b.id = NEW.bordereau_id AND c.mode_reglement = 'CDG') THEN\n        RAISE EXCEPTION 'bordereau % : son contrat est réglé par l''assureur', NEW.bordereau_id USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='838921a184e29a8b0cfba76dd7690a1af0fb8992', operation='INSERT', pgid='pgtrigger_virement_payeur_cdg_d917f', table='indemnities_virement', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='virement_garde', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='29f83105f25dc321b5e2394fe8a5e3318c8e44fa', operation='DELETE', pgid='pgtrigger_virement_garde_2c330', table='indemnities_virement', when='BEFORE')),
                        ],
                    },
                ),
            ],
        ),
    ]
