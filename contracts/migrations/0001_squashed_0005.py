import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import contracts.models
from journal.tables import CreateTables


class Migration(migrations.Migration):

    replaces = [
        ('contracts', '0001_initial'),
        ('contracts', '0002_history'),
        ('contracts', '0003_branch_terms'),
        ('contracts', '0004_indemnity_terms'),
        ('contracts', '0005_relances'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0003'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        # `unaccent` itself is only STABLE; naming its dictionary makes the result fixed, as a generated column demands.
        migrations.RunSQL(
            "CREATE FUNCTION vigie_recherche(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS "
            "$$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, $1)) $$",
            "DROP FUNCTION vigie_recherche(text)",
        ),
        CreateTables(
            models=[
                migrations.CreateModel(
                    name='ContratGroupe',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('numero', models.CharField(max_length=40, unique=True, verbose_name='numéro')),
                        ('libelle', models.CharField(max_length=150, verbose_name='libellé')),
                        ('assureur', models.ForeignKey(limit_choices_to={'genre': 'ASSUREUR'}, on_delete=django.db.models.deletion.PROTECT, related_name='contrats_assures', to='accounts.organisme')),
                        ('courtier', models.ForeignKey(blank=True, limit_choices_to={'genre': 'COURTIER'}, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contrats_courtes', to='accounts.organisme')),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField()),
                        ('regime_gestion', models.CharField(choices=[('CAPITALISATION', 'Capitalisation'), ('REPARTITION', 'Répartition')], max_length=20, verbose_name='gestion')),
                        ('delai_declaration_jours', models.PositiveSmallIntegerField(default=120, verbose_name='délai de déclaration, en jours calendaires')),
                        ('dernier_jour_compris', models.BooleanField(default=True, verbose_name='le dernier jour du délai est dans le délai')),
                        ('diviseur', models.CharField(choices=[('360', '360 jours'), ('365', '365 jours'), ('MOIS', 'Jours du mois')], default='360', max_length=4, verbose_name='diviseur journalier')),
                        ('rechutes_apres_terme', models.BooleanField(default=True, verbose_name='couvre les rechutes après son terme')),
                        ('mode_reglement', models.CharField(choices=[('ASSUREUR', 'L’assureur règle'), ('CDG', 'Le CDG règle')], default='ASSUREUR', max_length=10, verbose_name='mode de règlement')),
                        ('depart_contre_visite', models.CharField(choices=[('DEMANDE', 'La demande'), ('EXAMEN', 'L’examen')], default='DEMANDE', max_length=10, verbose_name='les 48 heures de la contre-visite courent depuis')),
                        ('repartition_recours', models.CharField(choices=[('PRORATA', 'Au prorata'), ('ASSUREUR', 'L’assureur d’abord'), ('COLLECTIVITE', 'La collectivité d’abord')], default='PRORATA', max_length=12, verbose_name='répartition d’un recours partiel')),
                        ('decompte_droits', models.CharField(choices=[('calendaire', 'Jours réels'), ('trentieme', 'Mois de trente jours')], default='calendaire', max_length=10, verbose_name='les jours de droits se comptent en')),
                        ('delai_remboursement_jours', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='délai de remboursement promis, en jours calendaires')),
                    ],
                    options={
                        'verbose_name': 'contrat groupe',
                        'verbose_name_plural': 'contrats groupe',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='contrat_dates', violation_error_message='La fin précède le début.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "contracts_contratgroupeevent" ("assureur_id", "courtier_id", "debut", "decompte_droits", "delai_declaration_jours", "delai_remboursement_jours", "depart_contre_visite", "dernier_jour_compris", "diviseur", "fin", "id", "libelle", "mode_reglement", "numero", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rechutes_apres_terme", "regime_gestion", "repartition_recours") VALUES (NEW."assureur_id", NEW."courtier_id", NEW."debut", NEW."decompte_droits", NEW."delai_declaration_jours", NEW."delai_remboursement_jours", NEW."depart_contre_visite", NEW."dernier_jour_compris", NEW."diviseur", NEW."fin", NEW."id", NEW."libelle", NEW."mode_reglement", NEW."numero", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."rechutes_apres_terme", NEW."regime_gestion", NEW."repartition_recours"); RETURN NULL;', hash='ce664d1c852e7840fb12d8d82f2a15b4b78be455', operation='INSERT', pgid='pgtrigger_insert_insert_c3fc8', table='contracts_contratgroupe', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "contracts_contratgroupeevent" ("assureur_id", "courtier_id", "debut", "decompte_droits", "delai_declaration_jours", "delai_remboursement_jours", "depart_contre_visite", "dernier_jour_compris", "diviseur", "fin", "id", "libelle", "mode_reglement", "numero", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rechutes_apres_terme", "regime_gestion", "repartition_recours") VALUES (NEW."assureur_id", NEW."courtier_id", NEW."debut", NEW."decompte_droits", NEW."delai_declaration_jours", NEW."delai_remboursement_jours", NEW."depart_contre_visite", NEW."dernier_jour_compris", NEW."diviseur", NEW."fin", NEW."id", NEW."libelle", NEW."mode_reglement", NEW."numero", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."rechutes_apres_terme", NEW."regime_gestion", NEW."repartition_recours"); RETURN NULL;', hash='7d27208ef8db8902b681c042101c6ed106045cce', operation='UPDATE', pgid='pgtrigger_update_update_b0bce', table='contracts_contratgroupe', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "contracts_contratgroupeevent" ("assureur_id", "courtier_id", "debut", "decompte_droits", "delai_declaration_jours", "delai_remboursement_jours", "depart_contre_visite", "dernier_jour_compris", "diviseur", "fin", "id", "libelle", "mode_reglement", "numero", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rechutes_apres_terme", "regime_gestion", "repartition_recours") VALUES (OLD."assureur_id", OLD."courtier_id", OLD."debut", OLD."decompte_droits", OLD."delai_declaration_jours", OLD."delai_remboursement_jours", OLD."depart_contre_visite", OLD."dernier_jour_compris", OLD."diviseur", OLD."fin", OLD."id", OLD."libelle", OLD."mode_reglement", OLD."numero", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."rechutes_apres_terme", OLD."regime_gestion", OLD."repartition_recours"); RETURN NULL;', hash='b2d0f9abbdcd7d7085b5af6bc83f8ab443fddbcf', operation='DELETE', pgid='pgtrigger_delete_delete_c9a0c', table='contracts_contratgroupe', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Formule',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('contrat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='formules', to='contracts.contratgroupe')),
                        ('code', models.CharField(max_length=20)),
                        ('libelle', models.CharField(max_length=150, verbose_name='libellé')),
                        ('regime', models.CharField(choices=[('CNRACL', 'CNRACL'), ('IRCANTEC', 'IRCANTEC')], max_length=10, verbose_name='régime')),
                    ],
                    options={
                        'verbose_name': 'formule',
                        'constraints': [
                            models.UniqueConstraint(fields=('contrat', 'code'), name='formule_unique'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Adhesion',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('collectivite', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adhesions', to='accounts.collectivite')),
                        ('formule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adhesions', to='contracts.formule')),
                        ('regime', models.CharField(choices=[('CNRACL', 'CNRACL'), ('IRCANTEC', 'IRCANTEC')], max_length=10, verbose_name='régime')),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField(blank=True, null=True)),
                    ],
                    options={
                        'verbose_name': 'adhésion',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='adhesion_dates', violation_error_message='La fin précède le début.'),
                            django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('collectivite', '='), ('regime', '='), (contracts.models.Period(), '&&')], name='adhesion_sans_recouvrement', violation_error_message='Cette collectivité a déjà une adhésion pour ce régime sur ces dates.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "contracts_adhesionevent" ("collectivite_id", "debut", "fin", "formule_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regime") VALUES (NEW."collectivite_id", NEW."debut", NEW."fin", NEW."formule_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."regime"); RETURN NULL;', hash='aa8c68c794e481f50396e2e039d96955cfe87b67', operation='INSERT', pgid='pgtrigger_insert_insert_7651b', table='contracts_adhesion', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "contracts_adhesionevent" ("collectivite_id", "debut", "fin", "formule_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regime") VALUES (NEW."collectivite_id", NEW."debut", NEW."fin", NEW."formule_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."regime"); RETURN NULL;', hash='b6a9b19268b7f781d1a9914d140ddd7bc6c8124d', operation='UPDATE', pgid='pgtrigger_update_update_dfd1c', table='contracts_adhesion', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "contracts_adhesionevent" ("collectivite_id", "debut", "fin", "formule_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regime") VALUES (OLD."collectivite_id", OLD."debut", OLD."fin", OLD."formule_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."regime"); RETURN NULL;', hash='5709adcecfe497b8037494816d67572ea983aa75', operation='DELETE', pgid='pgtrigger_delete_delete_d68b4', table='contracts_adhesion', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='AdhesionEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='contracts.adhesion')),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('id', models.BigIntegerField()),
                        ('collectivite', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.collectivite')),
                        ('formule', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='contracts.formule')),
                        ('regime', models.CharField(choices=[('CNRACL', 'CNRACL'), ('IRCANTEC', 'IRCANTEC')], max_length=10, verbose_name='régime')),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField(blank=True, null=True)),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d8660db4b4fe17780f39362a8114f0fac1720f7e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_427d9', table='contracts_adhesionevent', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Agent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('collectivite', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agents', to='accounts.collectivite')),
                        ('matricule', models.CharField(max_length=30)),
                        ('nom', models.CharField(max_length=80)),
                        ('prenom', models.CharField(max_length=80, verbose_name='prénom')),
                        ('naissance', models.DateField(verbose_name='date de naissance')),
                        ('compte', models.ForeignKey(blank=True, help_text='Quand l’agent a aussi un compte ici : il ne traite jamais son propre dossier.', null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                        ('recherche', models.GeneratedField(db_persist=True, expression=models.Func(models.F('nom'), models.Value(' '), models.F('prenom'), models.Value(' '), models.F('matricule'), arg_joiner=' || ', function='vigie_recherche', template='%(function)s(%(expressions)s)'), output_field=models.TextField())),
                    ],
                    options={
                        'verbose_name': 'agent',
                        'indexes': [
                            django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('recherche'), name='gin_trgm_ops'), name='agent_recherche_trgm'),
                        ],
                        'constraints': [
                            models.UniqueConstraint(fields=('collectivite', 'matricule'), name='agent_unique'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='BaseAssurance',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('adhesion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bases', to='contracts.adhesion')),
                        ('annee', models.PositiveSmallIntegerField(verbose_name='année')),
                        ('nbi', models.BooleanField(default=True, verbose_name='NBI')),
                        ('sft', models.BooleanField(default=False, verbose_name='supplément familial de traitement')),
                        ('indemnite_residence', models.BooleanField(default=False, verbose_name='indemnité de résidence')),
                        ('primes', models.BooleanField(default=False, verbose_name='indemnités accessoires maintenues')),
                        ('charges_patronales', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='charges patronales (% du TIB et de la NBI)')),
                    ],
                    options={
                        'verbose_name': 'base d’assurance',
                        'verbose_name_plural': 'bases d’assurance',
                        'constraints': [
                            models.UniqueConstraint(fields=('adhesion', 'annee'), name='base_unique'),
                            models.CheckConstraint(condition=models.Q(('charges_patronales', 0), models.Q(('charges_patronales__gte', 10), ('charges_patronales__lte', 60)), _connector='OR'), name='base_charges', violation_error_message='Les charges patronales sont un forfait de 10 %% à 60 %%, ou nulles.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "contracts_baseassuranceevent" ("adhesion_id", "annee", "charges_patronales", "id", "indemnite_residence", "nbi", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "primes", "sft") VALUES (NEW."adhesion_id", NEW."annee", NEW."charges_patronales", NEW."id", NEW."indemnite_residence", NEW."nbi", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."primes", NEW."sft"); RETURN NULL;', hash='c05e37fdbae1afc677a94e8e3d8eec4b5647f121', operation='INSERT', pgid='pgtrigger_insert_insert_cb854', table='contracts_baseassurance', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "contracts_baseassuranceevent" ("adhesion_id", "annee", "charges_patronales", "id", "indemnite_residence", "nbi", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "primes", "sft") VALUES (NEW."adhesion_id", NEW."annee", NEW."charges_patronales", NEW."id", NEW."indemnite_residence", NEW."nbi", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."primes", NEW."sft"); RETURN NULL;', hash='b757de5a494302e5a9c33919e786d88f5dde1065', operation='UPDATE', pgid='pgtrigger_update_update_ececc', table='contracts_baseassurance', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "contracts_baseassuranceevent" ("adhesion_id", "annee", "charges_patronales", "id", "indemnite_residence", "nbi", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "primes", "sft") VALUES (OLD."adhesion_id", OLD."annee", OLD."charges_patronales", OLD."id", OLD."indemnite_residence", OLD."nbi", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."primes", OLD."sft"); RETURN NULL;', hash='443030999420a75f52b2828f741a20fb444a5a10', operation='DELETE', pgid='pgtrigger_delete_delete_b0989', table='contracts_baseassurance', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='BaseAssuranceEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='contracts.baseassurance')),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('id', models.BigIntegerField()),
                        ('adhesion', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='contracts.adhesion')),
                        ('annee', models.PositiveSmallIntegerField(verbose_name='année')),
                        ('nbi', models.BooleanField(default=True, verbose_name='NBI')),
                        ('sft', models.BooleanField(default=False, verbose_name='supplément familial de traitement')),
                        ('indemnite_residence', models.BooleanField(default=False, verbose_name='indemnité de résidence')),
                        ('primes', models.BooleanField(default=False, verbose_name='indemnités accessoires maintenues')),
                        ('charges_patronales', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='charges patronales (% du TIB et de la NBI)')),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='11f11675cf0d2bbbbaab8a6534189ae77a3b1ec1', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_afa25', table='contracts_baseassuranceevent', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='CalendrierRelances',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('contrat', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calendriers_relances', to='contracts.contratgroupe')),
                        ('stade', models.CharField(blank=True, max_length=20, verbose_name='stade des pièces (tous, si vide)')),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField(blank=True, null=True)),
                        ('jours', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None, verbose_name='jours ouvrés après la demande')),
                        ('appel', models.PositiveSmallIntegerField(verbose_name='jour ouvré où appeler la collectivité')),
                    ],
                    options={
                        'verbose_name': 'calendrier de relances',
                        'verbose_name_plural': 'calendriers de relances',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='calendrier_dates', violation_error_message='La fin précède le début.'),
                            django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('contrat__isnull', False)), expressions=[('contrat', '='), ('stade', '='), (contracts.models.Period(), '&&')], name='calendrier_du_contrat', violation_error_message='Un autre calendrier vaut déjà pour ce contrat et ce stade sur ces dates.'),
                            django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('contrat__isnull', True)), expressions=[('stade', '='), (contracts.models.Period(), '&&')], name='calendrier_du_cdg', violation_error_message='Un autre calendrier vaut déjà pour ce stade sur ces dates.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "contracts_calendrierrelancesevent" ("appel", "contrat_id", "debut", "fin", "id", "jours", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "stade") VALUES (NEW."appel", NEW."contrat_id", NEW."debut", NEW."fin", NEW."id", NEW."jours", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."stade"); RETURN NULL;', hash='b72b7367ccd0fc04f8567b0e592bb13891ff3e13', operation='INSERT', pgid='pgtrigger_insert_insert_1ea15', table='contracts_calendrierrelances', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "contracts_calendrierrelancesevent" ("appel", "contrat_id", "debut", "fin", "id", "jours", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "stade") VALUES (NEW."appel", NEW."contrat_id", NEW."debut", NEW."fin", NEW."id", NEW."jours", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."stade"); RETURN NULL;', hash='5b19231595413a0b33b2ef246f8ad153fe4d9725', operation='UPDATE', pgid='pgtrigger_update_update_e4f8a', table='contracts_calendrierrelances', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "contracts_calendrierrelancesevent" ("appel", "contrat_id", "debut", "fin", "id", "jours", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "stade") VALUES (OLD."appel", OLD."contrat_id", OLD."debut", OLD."fin", OLD."id", OLD."jours", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."stade"); RETURN NULL;', hash='5ee4e09a53ee825d93467a58e28dc10a27ba5f65', operation='DELETE', pgid='pgtrigger_delete_delete_126d2', table='contracts_calendrierrelances', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='CalendrierRelancesEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='contracts.calendrierrelances')),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('id', models.BigIntegerField()),
                        ('contrat', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='contracts.contratgroupe')),
                        ('stade', models.CharField(blank=True, max_length=20, verbose_name='stade des pièces (tous, si vide)')),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField(blank=True, null=True)),
                        ('jours', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None, verbose_name='jours ouvrés après la demande')),
                        ('appel', models.PositiveSmallIntegerField(verbose_name='jour ouvré où appeler la collectivité')),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='550eb89f1daa8890a3759105c7e16ff86f19f52e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8ec32', table='contracts_calendrierrelancesevent', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='ContratGroupeEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='contracts.contratgroupe')),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('id', models.BigIntegerField()),
                        ('numero', models.CharField(max_length=40, verbose_name='numéro')),
                        ('libelle', models.CharField(max_length=150, verbose_name='libellé')),
                        ('assureur', models.ForeignKey(db_constraint=False, limit_choices_to={'genre': 'ASSUREUR'}, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.organisme')),
                        ('courtier', models.ForeignKey(blank=True, db_constraint=False, limit_choices_to={'genre': 'COURTIER'}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.organisme')),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField()),
                        ('regime_gestion', models.CharField(choices=[('CAPITALISATION', 'Capitalisation'), ('REPARTITION', 'Répartition')], max_length=20, verbose_name='gestion')),
                        ('delai_declaration_jours', models.PositiveSmallIntegerField(default=120, verbose_name='délai de déclaration, en jours calendaires')),
                        ('dernier_jour_compris', models.BooleanField(default=True, verbose_name='le dernier jour du délai est dans le délai')),
                        ('diviseur', models.CharField(choices=[('360', '360 jours'), ('365', '365 jours'), ('MOIS', 'Jours du mois')], default='360', max_length=4, verbose_name='diviseur journalier')),
                        ('rechutes_apres_terme', models.BooleanField(default=True, verbose_name='couvre les rechutes après son terme')),
                        ('mode_reglement', models.CharField(choices=[('ASSUREUR', 'L’assureur règle'), ('CDG', 'Le CDG règle')], default='ASSUREUR', max_length=10, verbose_name='mode de règlement')),
                        ('depart_contre_visite', models.CharField(choices=[('DEMANDE', 'La demande'), ('EXAMEN', 'L’examen')], default='DEMANDE', max_length=10, verbose_name='les 48 heures de la contre-visite courent depuis')),
                        ('repartition_recours', models.CharField(choices=[('PRORATA', 'Au prorata'), ('ASSUREUR', 'L’assureur d’abord'), ('COLLECTIVITE', 'La collectivité d’abord')], default='PRORATA', max_length=12, verbose_name='répartition d’un recours partiel')),
                        ('decompte_droits', models.CharField(choices=[('calendaire', 'Jours réels'), ('trentieme', 'Mois de trente jours')], default='calendaire', max_length=10, verbose_name='les jours de droits se comptent en')),
                        ('delai_remboursement_jours', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='délai de remboursement promis, en jours calendaires')),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='868a2e912503bd77b2711058b256ee64db964baf', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c6431', table='contracts_contratgroupeevent', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='FormuleAnnee',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('formule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='annees', to='contracts.formule')),
                        ('annee', models.PositiveSmallIntegerField(verbose_name='année')),
                        ('natures', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('CMO', 'Maladie ordinaire'), ('CLM', 'Longue maladie'), ('CLD', 'Longue durée'), ('CGM', 'Grave maladie'), ('AS', 'Accident de service'), ('TRJ', 'Accident de trajet'), ('MP', 'Maladie professionnelle'), ('ATC', 'Accident du travail, contractuel'), ('ATI', 'Accident du travail, fonctionnaire IRCANTEC'), ('MAT', 'Maternité'), ('PAT', 'Paternité'), ('ADO', 'Adoption'), ('PATHO', 'Congé pathologique'), ('NAI', 'Congé supplémentaire de naissance'), ('TPT', 'Temps partiel thérapeutique'), ('DORS', 'Disponibilité d’office pour raison de santé'), ('MDT', 'Maintien du demi-traitement'), ('AIT', 'Allocation d’invalidité temporaire'), ('PPR', 'Période de préparation au reclassement'), ('DC', 'Décès'), ('FM', 'Frais médicaux'), ('IG', 'Infirmité de guerre')], max_length=8), size=None, verbose_name='natures couvertes')),
                        ('genre_franchise', models.CharField(choices=[('AUCUNE', 'Aucune'), ('PAR_ARRET_MO', 'Par arrêt, maladie ordinaire seule'), ('PAR_ARRET_TOUTES_IJ', 'Par arrêt, toutes indemnités journalières'), ('CUMULEE', 'Jours cumulés'), ('RELATIVE', 'Relative')], default='AUCUNE', max_length=20, verbose_name='franchise')),
                        ('franchise_jours', models.PositiveSmallIntegerField(default=0, verbose_name='jours de franchise')),
                        ('niveau', models.DecimalField(decimal_places=2, default=1, max_digits=4, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1)], verbose_name='niveau de remboursement (1,00 = 100 %)')),
                        ('niveaux', models.JSONField(blank=True, default=dict, help_text='Par code de nature, de « 0.00 » à « 1.00 ».', verbose_name='niveaux propres à une nature')),
                        ('niveau_ircantec', models.BooleanField(default=False, help_text='S002 en exempte les agents du régime général.', verbose_name='le niveau réduit vaut aussi pour l’IRCANTEC')),
                        ('franchise_carence_comprise', models.BooleanField(default=True, verbose_name='le jour de carence est dans la franchise')),
                        ('franchise_ecart', models.PositiveSmallIntegerField(default=0, help_text='Entre deux arrêts d’un même dossier.', verbose_name='écart, en jours, qui ne rouvre pas de franchise')),
                        ('plafond_jour', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='plafond par jour, en euros')),
                        ('taux', models.DecimalField(decimal_places=2, max_digits=5, validators=[django.core.validators.MinValueValidator(0)], verbose_name='taux de cotisation (%)')),
                    ],
                    options={
                        'verbose_name': 'termes annuels d’une formule',
                        'verbose_name_plural': 'termes annuels des formules',
                        'constraints': [
                            models.UniqueConstraint(fields=('formule', 'annee'), name='formule_annee_unique'),
                            models.CheckConstraint(condition=models.Q(models.Q(('franchise_jours', 0), ('genre_franchise', 'AUCUNE')), models.Q(models.Q(('genre_franchise', 'AUCUNE'), _negated=True), ('franchise_jours__gt', 0)), _connector='OR'), name='formule_annee_franchise', violation_error_message='Une franchise a un nombre de jours ; l’absence de franchise n’en a pas.'),
                            models.CheckConstraint(condition=models.Q(('niveau__gte', 0), ('niveau__lte', 1)), name='formule_annee_niveau', violation_error_message='Le niveau de remboursement est compris entre 0 et 1.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "contracts_formuleanneeevent" ("annee", "formule_id", "franchise_carence_comprise", "franchise_ecart", "franchise_jours", "genre_franchise", "id", "natures", "niveau", "niveau_ircantec", "niveaux", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plafond_jour", "taux") VALUES (NEW."annee", NEW."formule_id", NEW."franchise_carence_comprise", NEW."franchise_ecart", NEW."franchise_jours", NEW."genre_franchise", NEW."id", NEW."natures", NEW."niveau", NEW."niveau_ircantec", NEW."niveaux", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plafond_jour", NEW."taux"); RETURN NULL;', hash='19976b8675bbe33252c9e8f3cb27cce3793c5d90', operation='INSERT', pgid='pgtrigger_insert_insert_a6aa1', table='contracts_formuleannee', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "contracts_formuleanneeevent" ("annee", "formule_id", "franchise_carence_comprise", "franchise_ecart", "franchise_jours", "genre_franchise", "id", "natures", "niveau", "niveau_ircantec", "niveaux", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plafond_jour", "taux") VALUES (NEW."annee", NEW."formule_id", NEW."franchise_carence_comprise", NEW."franchise_ecart", NEW."franchise_jours", NEW."genre_franchise", NEW."id", NEW."natures", NEW."niveau", NEW."niveau_ircantec", NEW."niveaux", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plafond_jour", NEW."taux"); RETURN NULL;', hash='92fd4ccb939e86912aa1514c4faaa6e92095dd36', operation='UPDATE', pgid='pgtrigger_update_update_1bbef', table='contracts_formuleannee', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "contracts_formuleanneeevent" ("annee", "formule_id", "franchise_carence_comprise", "franchise_ecart", "franchise_jours", "genre_franchise", "id", "natures", "niveau", "niveau_ircantec", "niveaux", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plafond_jour", "taux") VALUES (OLD."annee", OLD."formule_id", OLD."franchise_carence_comprise", OLD."franchise_ecart", OLD."franchise_jours", OLD."genre_franchise", OLD."id", OLD."natures", OLD."niveau", OLD."niveau_ircantec", OLD."niveaux", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."plafond_jour", OLD."taux"); RETURN NULL;', hash='86dcd9a4658c9c5da5df4049c376ac0eb0af46f6', operation='DELETE', pgid='pgtrigger_delete_delete_fcc86', table='contracts_formuleannee', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='FormuleAnneeEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='contracts.formuleannee')),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('id', models.BigIntegerField()),
                        ('formule', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='contracts.formule')),
                        ('annee', models.PositiveSmallIntegerField(verbose_name='année')),
                        ('natures', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('CMO', 'Maladie ordinaire'), ('CLM', 'Longue maladie'), ('CLD', 'Longue durée'), ('CGM', 'Grave maladie'), ('AS', 'Accident de service'), ('TRJ', 'Accident de trajet'), ('MP', 'Maladie professionnelle'), ('ATC', 'Accident du travail, contractuel'), ('ATI', 'Accident du travail, fonctionnaire IRCANTEC'), ('MAT', 'Maternité'), ('PAT', 'Paternité'), ('ADO', 'Adoption'), ('PATHO', 'Congé pathologique'), ('NAI', 'Congé supplémentaire de naissance'), ('TPT', 'Temps partiel thérapeutique'), ('DORS', 'Disponibilité d’office pour raison de santé'), ('MDT', 'Maintien du demi-traitement'), ('AIT', 'Allocation d’invalidité temporaire'), ('PPR', 'Période de préparation au reclassement'), ('DC', 'Décès'), ('FM', 'Frais médicaux'), ('IG', 'Infirmité de guerre')], max_length=8), size=None, verbose_name='natures couvertes')),
                        ('genre_franchise', models.CharField(choices=[('AUCUNE', 'Aucune'), ('PAR_ARRET_MO', 'Par arrêt, maladie ordinaire seule'), ('PAR_ARRET_TOUTES_IJ', 'Par arrêt, toutes indemnités journalières'), ('CUMULEE', 'Jours cumulés'), ('RELATIVE', 'Relative')], default='AUCUNE', max_length=20, verbose_name='franchise')),
                        ('franchise_jours', models.PositiveSmallIntegerField(default=0, verbose_name='jours de franchise')),
                        ('niveau', models.DecimalField(decimal_places=2, default=1, max_digits=4, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1)], verbose_name='niveau de remboursement (1,00 = 100 %)')),
                        ('niveaux', models.JSONField(blank=True, default=dict, help_text='Par code de nature, de « 0.00 » à « 1.00 ».', verbose_name='niveaux propres à une nature')),
                        ('niveau_ircantec', models.BooleanField(default=False, help_text='S002 en exempte les agents du régime général.', verbose_name='le niveau réduit vaut aussi pour l’IRCANTEC')),
                        ('franchise_carence_comprise', models.BooleanField(default=True, verbose_name='le jour de carence est dans la franchise')),
                        ('franchise_ecart', models.PositiveSmallIntegerField(default=0, help_text='Entre deux arrêts d’un même dossier.', verbose_name='écart, en jours, qui ne rouvre pas de franchise')),
                        ('plafond_jour', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='plafond par jour, en euros')),
                        ('taux', models.DecimalField(decimal_places=2, max_digits=5, validators=[django.core.validators.MinValueValidator(0)], verbose_name='taux de cotisation (%)')),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='69f35a4346295b7f43ddd6018cc6dcd78195e253', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d8a25', table='contracts_formuleanneeevent', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Remuneration',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remunerations', to='contracts.agent')),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField(blank=True, null=True)),
                        ('tib', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='traitement indiciaire brut')),
                        ('nbi', models.DecimalField(decimal_places=2, default=0, max_digits=10, verbose_name='NBI')),
                        ('sft', models.DecimalField(decimal_places=2, default=0, max_digits=10, verbose_name='supplément familial')),
                        ('indemnite_residence', models.DecimalField(decimal_places=2, default=0, max_digits=10, verbose_name='indemnité de résidence')),
                        ('primes', models.DecimalField(decimal_places=2, default=0, max_digits=10, verbose_name='indemnités accessoires')),
                    ],
                    options={
                        'verbose_name': 'rémunération',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='remuneration_dates', violation_error_message='La fin précède le début.'),
                            django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('agent', '='), (contracts.models.Period(), '&&')], name='remuneration_sans_recouvrement', violation_error_message='Deux rémunérations de cet agent se recouvrent.'),
                            models.CheckConstraint(condition=models.Q(('indemnite_residence__gte', 0), ('nbi__gte', 0), ('primes__gte', 0), ('sft__gte', 0), ('tib__gte', 0)), name='remuneration_positive', violation_error_message='Une rémunération n’est pas négative.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='SituationAgent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='situations', to='contracts.agent')),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField(blank=True, null=True)),
                        ('statut', models.CharField(choices=[('TITULAIRE', 'Titulaire'), ('STAGIAIRE', 'Stagiaire'), ('CONTRACTUEL', 'Contractuel de droit public')], max_length=20)),
                        ('regime', models.CharField(choices=[('CNRACL', 'CNRACL'), ('IRCANTEC', 'IRCANTEC')], max_length=10, verbose_name='régime')),
                        ('heures_hebdomadaires', models.DecimalField(decimal_places=2, default=35, max_digits=4, verbose_name='heures par semaine')),
                    ],
                    options={
                        'verbose_name': 'situation d’agent',
                        'verbose_name_plural': 'situations d’agents',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='situation_dates', violation_error_message='La fin précède le début.'),
                            django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('agent', '='), (contracts.models.Period(), '&&')], name='situation_sans_recouvrement', violation_error_message='Deux situations de cet agent se recouvrent.'),
                        ],
                    },
                ),
            ],
        ),
    ]
