import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import accounts.validators
from journal.tables import CreateTables


class Migration(migrations.Migration):

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_sessions_and_history'),
        ('accounts', '0003_sessions_of_two_processes'),
    ]

    initial = True

    dependencies = [
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        CreateTables(
            models=[
                migrations.CreateModel(
                    name='Collectivite',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('siret', models.CharField(max_length=14, unique=True, validators=[accounts.validators.validate_siret], verbose_name='SIRET')),
                        ('nom', models.CharField(max_length=200)),
                        ('departement', models.CharField(help_text='Fixe les jours fériés : 57, 67 et 68 ont les leurs.', max_length=3, verbose_name='département')),
                        ('email', models.EmailField(blank=True, max_length=254, verbose_name='adresse de contact')),
                    ],
                    options={
                        'verbose_name': 'collectivité',
                        'verbose_name_plural': 'collectivités',
                        'ordering': ['nom'],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_collectiviteevent" ("departement", "email", "id", "nom", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "siret") VALUES (NEW."departement", NEW."email", NEW."id", NEW."nom", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."siret"); RETURN NULL;', hash='ebfd7eea0482ec5f8d131ef1b1663c6296bdf93c', operation='INSERT', pgid='pgtrigger_insert_insert_25485', table='accounts_collectivite', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "accounts_collectiviteevent" ("departement", "email", "id", "nom", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "siret") VALUES (NEW."departement", NEW."email", NEW."id", NEW."nom", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."siret"); RETURN NULL;', hash='b2b81e46ec49af2a5bb1fa9d8add0b8952db13be', operation='UPDATE', pgid='pgtrigger_update_update_27292', table='accounts_collectivite', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_collectiviteevent" ("departement", "email", "id", "nom", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "siret") VALUES (OLD."departement", OLD."email", OLD."id", OLD."nom", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."siret"); RETURN NULL;', hash='23d92438e6d0706fb3062817bff50b68c9163a58', operation='DELETE', pgid='pgtrigger_delete_delete_ce949', table='accounts_collectivite', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='CollectiviteEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='accounts.collectivite')),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('id', models.BigIntegerField()),
                        ('siret', models.CharField(max_length=14, validators=[accounts.validators.validate_siret], verbose_name='SIRET')),
                        ('nom', models.CharField(max_length=200)),
                        ('departement', models.CharField(help_text='Fixe les jours fériés : 57, 67 et 68 ont les leurs.', max_length=3, verbose_name='département')),
                        ('email', models.EmailField(blank=True, max_length=254, verbose_name='adresse de contact')),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a991de3dd463566aa96b48cc91ad5ea4280f12de', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_15158', table='accounts_collectiviteevent', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Organisme',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('genre', models.CharField(choices=[('CDG', 'Centre de gestion'), ('ASSUREUR', 'Assureur'), ('COURTIER', 'Courtier')], max_length=20)),
                        ('nom', models.CharField(max_length=200)),
                        ('siret', models.CharField(max_length=14, unique=True, validators=[accounts.validators.validate_siret], verbose_name='SIRET')),
                    ],
                    options={
                        'verbose_name': 'organisme',
                        'ordering': ['nom'],
                    },
                ),
                migrations.CreateModel(
                    name='User',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('password', models.CharField(max_length=128, verbose_name='password')),
                        ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                        ('email', models.EmailField(max_length=254, unique=True, verbose_name='adresse électronique')),
                        ('prenom', models.CharField(max_length=80, verbose_name='prénom')),
                        ('nom', models.CharField(max_length=80)),
                        ('is_active', models.BooleanField(default=True, verbose_name='actif')),
                        ('raccourcis', models.BooleanField(default=True, verbose_name='raccourcis clavier')),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='créé le')),
                    ],
                    options={
                        'verbose_name': 'compte',
                        'ordering': ['nom', 'prenom'],
                    },
                ),
                migrations.CreateModel(
                    name='Habilitation',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='habilitations', to=settings.AUTH_USER_MODEL, verbose_name='compte')),
                        ('role', models.CharField(choices=[('GESTIONNAIRE', 'Gestionnaire'), ('RESPONSABLE', 'Responsable'), ('PAYEUR', 'Payeur'), ('GESTIONNAIRE_BULLE', 'Gestionnaire de bulle'), ('MEDECIN_CONSEIL', 'Médecin conseil'), ('EXPERT', 'Médecin agréé ou expert'), ('PSYCHOLOGUE', 'Psychologue'), ('COLLECTIVITE', 'Collectivité'), ('ASSUREUR', 'Gestionnaire de l’assureur ou du courtier'), ('ADMINISTRATEUR', 'Administrateur technique')], max_length=20, verbose_name='rôle')),
                        ('collectivite', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.collectivite', verbose_name='collectivité')),
                        ('organisme', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.organisme')),
                        ('debut', models.DateField(default=django.utils.timezone.localdate, verbose_name='début')),
                        ('fin', models.DateField(blank=True, null=True)),
                    ],
                    options={
                        'verbose_name': 'habilitation',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(models.Q(('collectivite__isnull', False), ('organisme__isnull', True), ('role', 'COLLECTIVITE')), models.Q(('collectivite__isnull', True), ('organisme__isnull', False), ('role', 'ASSUREUR')), models.Q(models.Q(('role__in', ['COLLECTIVITE', 'ASSUREUR']), _negated=True), ('collectivite__isnull', True), ('organisme__isnull', True)), _connector='OR'), name='habilitation_perimetre', violation_error_message='Ce rôle ne s’exerce pas sur ce périmètre : une collectivité pour « Collectivité », un organisme pour « Assureur », rien pour les autres.'),
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='habilitation_dates', violation_error_message='La fin précède le début.'),
                            models.UniqueConstraint(fields=('user', 'role', 'collectivite', 'organisme', 'debut'), name='habilitation_unique', nulls_distinct=False),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_habilitationevent" ("collectivite_id", "debut", "fin", "id", "organisme_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (NEW."collectivite_id", NEW."debut", NEW."fin", NEW."id", NEW."organisme_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."role", NEW."user_id"); RETURN NULL;', hash='a039225d6a88f3f30a66d939b2aafc04430cf6b5', operation='INSERT', pgid='pgtrigger_insert_insert_9cab1', table='accounts_habilitation', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "accounts_habilitationevent" ("collectivite_id", "debut", "fin", "id", "organisme_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (NEW."collectivite_id", NEW."debut", NEW."fin", NEW."id", NEW."organisme_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."role", NEW."user_id"); RETURN NULL;', hash='a484b921dd9f7e26f924f15912cc8a1730876503', operation='UPDATE', pgid='pgtrigger_update_update_54295', table='accounts_habilitation', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_habilitationevent" ("collectivite_id", "debut", "fin", "id", "organisme_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (OLD."collectivite_id", OLD."debut", OLD."fin", OLD."id", OLD."organisme_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."role", OLD."user_id"); RETURN NULL;', hash='3aafda728deedbf6b644ea1787a6bebc19bbf619', operation='DELETE', pgid='pgtrigger_delete_delete_b2b2b', table='accounts_habilitation', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='HabilitationEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='accounts.habilitation')),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('id', models.BigIntegerField()),
                        ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='compte')),
                        ('role', models.CharField(choices=[('GESTIONNAIRE', 'Gestionnaire'), ('RESPONSABLE', 'Responsable'), ('PAYEUR', 'Payeur'), ('GESTIONNAIRE_BULLE', 'Gestionnaire de bulle'), ('MEDECIN_CONSEIL', 'Médecin conseil'), ('EXPERT', 'Médecin agréé ou expert'), ('PSYCHOLOGUE', 'Psychologue'), ('COLLECTIVITE', 'Collectivité'), ('ASSUREUR', 'Gestionnaire de l’assureur ou du courtier'), ('ADMINISTRATEUR', 'Administrateur technique')], max_length=20, verbose_name='rôle')),
                        ('collectivite', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.collectivite', verbose_name='collectivité')),
                        ('organisme', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.organisme')),
                        ('debut', models.DateField(default=django.utils.timezone.localdate, verbose_name='début')),
                        ('fin', models.DateField(blank=True, null=True)),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='faa6f3988d63e1f081b054af1288553123924d58', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_e4596', table='accounts_habilitationevent', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='JetonApi',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jetons', to=settings.AUTH_USER_MODEL, verbose_name='compte')),
                        ('empreinte', models.CharField(editable=False, max_length=64, unique=True)),
                        ('libelle', models.CharField(max_length=100, verbose_name='libellé')),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='créé le')),
                        ('expire_le', models.DateTimeField(verbose_name='expire le')),
                        ('revoque_le', models.DateTimeField(blank=True, null=True, verbose_name='révoqué le')),
                        ('confirme_le', models.DateTimeField(editable=False, help_text='Pour les actes qui engagent de l’argent, pendant quelques minutes.', null=True, verbose_name='identité confirmée le')),
                    ],
                    options={
                        'verbose_name': 'jeton d’API',
                        'verbose_name_plural': 'jetons d’API',
                    },
                ),
                migrations.CreateModel(
                    name='SessionOuverte',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions_ouvertes', to=settings.AUTH_USER_MODEL, verbose_name='compte')),
                        ('empreinte', models.CharField(editable=False, max_length=40, unique=True)),
                        ('processus', models.CharField(max_length=10)),
                        ('ip', models.GenericIPAddressField(null=True, verbose_name='adresse')),
                        ('navigateur', models.CharField(max_length=200)),
                        ('ouverte_le', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='ouverte le')),
                        ('vue_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='vue le')),
                        ('expire_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='expire le')),
                        ('fermee_le', models.DateTimeField(editable=False, null=True, verbose_name='fermée le')),
                    ],
                    options={
                        'verbose_name': 'session ouverte',
                        'verbose_name_plural': 'sessions ouvertes',
                    },
                ),
            ],
        ),
    ]
