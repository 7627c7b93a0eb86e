import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import documents.models.depots
from journal.tables import CreateTables


class Migration(migrations.Migration):

    replaces = [
        ('documents', '0001_initial'),
        ('documents', '0002_published_key'),
        ('documents', '0003_history'),
        ('documents', '0004_lists_versions_previews_and_doors'),
        ('documents', '0005_published_lists_stay'),
        ('documents', '0006_relances'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0003'),
        ('cases', '0001_squashed_0019'),
        ('contracts', '0001_squashed_0005'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        CreateTables(
            models=[
                migrations.CreateModel(
                    name='ListePieces',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('contrat', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='listes_pieces', to='contracts.contratgroupe')),
                        ('version', models.PositiveIntegerField()),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField(blank=True, null=True)),
                        ('libelle', models.CharField(max_length=150, verbose_name='libellé')),
                        ('publiee_le', models.DateTimeField(blank=True, null=True, verbose_name='publiée le')),
                        ('publiee_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'liste de pièces',
                        'verbose_name_plural': 'listes de pièces',
                        'constraints': [
                            models.UniqueConstraint(fields=('contrat', 'version'), name='liste_version', nulls_distinct=False),
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='liste_dates', violation_error_message='La fin précède le début.'),
                            models.UniqueConstraint(condition=models.Q(('publiee_le__isnull', True)), fields=('contrat',), name='liste_un_brouillon', nulls_distinct=False, violation_error_message='Un brouillon de liste est déjà en cours.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='liste_publiee', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."publiee_le" IS NOT NULL)', func="\n                    IF (NEW.publiee_le, NEW.contrat_id, NEW.version, NEW.debut, NEW.libelle)\n                       IS DISTINCT FROM (OLD.publiee_le, OLD.contrat_id, OLD.version, OLD.debut, OLD.libelle) THEN\n                        RAISE EXCEPTION 'Une liste publiée ne change plus, sinon de dernier jour.';\n                    END IF;\n                    RETURN NEW;\n                ", hash='100d6a47eb60525c58376b943e60d0de36c159b0', operation='UPDATE', pgid='pgtrigger_liste_publiee_0c858', table='documents_listepieces', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "documents_listepiecesevent" ("contrat_id", "debut", "fin", "id", "libelle", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publiee_le", "publiee_par_id", "version") VALUES (NEW."contrat_id", NEW."debut", NEW."fin", NEW."id", NEW."libelle", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."publiee_le", NEW."publiee_par_id", NEW."version"); RETURN NULL;', hash='729f0b37914cfe6f226a19db417418f4cbd8a683', operation='INSERT', pgid='pgtrigger_insert_insert_40e98', table='documents_listepieces', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "documents_listepiecesevent" ("contrat_id", "debut", "fin", "id", "libelle", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publiee_le", "publiee_par_id", "version") VALUES (NEW."contrat_id", NEW."debut", NEW."fin", NEW."id", NEW."libelle", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."publiee_le", NEW."publiee_par_id", NEW."version"); RETURN NULL;', hash='fcd03eb2e5825ba5a43da1374330c656338a8884', operation='UPDATE', pgid='pgtrigger_update_update_c602b', table='documents_listepieces', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "documents_listepiecesevent" ("contrat_id", "debut", "fin", "id", "libelle", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publiee_le", "publiee_par_id", "version") VALUES (OLD."contrat_id", OLD."debut", OLD."fin", OLD."id", OLD."libelle", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."publiee_le", OLD."publiee_par_id", OLD."version"); RETURN NULL;', hash='981688ef848b1f07c16109dfe116cc70d3aef404', operation='DELETE', pgid='pgtrigger_delete_delete_7b939', table='documents_listepieces', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Exigence',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('liste', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exigences', to='documents.listepieces')),
                        ('code', models.SlugField(max_length=40)),
                        ('libelle', models.CharField(max_length=200, verbose_name='libellé')),
                        ('aide', models.TextField(blank=True, verbose_name='à quoi ressemble le document, ce qui en tient lieu')),
                        ('a_ne_pas_envoyer', models.TextField(blank=True, verbose_name='ce qu’il ne faut pas envoyer')),
                        ('natures', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('CMO', 'Maladie ordinaire'), ('CLM', 'Longue maladie'), ('CLD', 'Longue durée'), ('CGM', 'Grave maladie'), ('AS', 'Accident de service'), ('TRJ', 'Accident de trajet'), ('MP', 'Maladie professionnelle'), ('ATC', 'Accident du travail, contractuel'), ('ATI', 'Accident du travail, fonctionnaire IRCANTEC'), ('MAT', 'Maternité'), ('PAT', 'Paternité'), ('ADO', 'Adoption'), ('PATHO', 'Congé pathologique'), ('NAI', 'Congé supplémentaire de naissance'), ('TPT', 'Temps partiel thérapeutique'), ('DORS', 'Disponibilité d’office pour raison de santé'), ('MDT', 'Maintien du demi-traitement'), ('AIT', 'Allocation d’invalidité temporaire'), ('PPR', 'Période de préparation au reclassement'), ('DC', 'Décès'), ('FM', 'Frais médicaux'), ('IG', 'Infirmité de guerre')], max_length=8), size=None)),
                        ('regimes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('CNRACL', 'CNRACL'), ('IRCANTEC', 'IRCANTEC')], max_length=10), size=None)),
                        ('stade', models.CharField(choices=[('DECLARATION', 'Déclaration'), ('PROLONGATION', 'Prolongation'), ('VALIDATION', 'Validation'), ('REMBOURSEMENT', 'Remboursement'), ('RECHUTE', 'Rechute'), ('CLOTURE', 'Clôture'), ('FRAIS', 'Frais médicaux'), ('DECES', 'Décès'), ('RECOURS', 'Recours contre tiers')], max_length=20)),
                        ('condition', models.CharField(choices=[('TOUJOURS', 'Toujours'), ('CMO_6_MOIS', 'Maladie ordinaire de plus de six mois consécutifs'), ('CMO_12_MOIS', 'Maladie ordinaire de douze mois'), ('DEMI_TRAITEMENT', 'Congé passé à demi-traitement'), ('TPT_3_MOIS', 'Temps partiel thérapeutique de plus de trois mois'), ('CONSEIL_MEDICAL', 'Avis du conseil médical obligatoire'), ('ENQUETE', 'Enquête administrative menée'), ('TIERS', 'Un tiers est peut-être responsable'), ('AVANCE_DES_FRAIS', 'Frais avancés (sans tiers payant)'), ('SUBROGATION', 'Subrogation de l’employeur'), ('CONJOINT', 'Agent marié'), ('PACS', 'Agent pacsé'), ('DEVOUEMENT', 'Décès à la suite d’un acte de dévouement'), ('RIB_INCONNU', 'La collectivité n’a pas encore de RIB conforme au CDG'), ('SI_LE_CAS', 'Seulement si le dossier l’appelle (jamais requise d’office)')], default='TOUJOURS', max_length=20)),
                        ('alternatives', models.JSONField(blank=True, default=list, help_text='[{« code », « libelle », « regimes » facultatif}]', verbose_name='documents dont un seul suffit')),
                        ('visibilite', models.CharField(choices=[('A', 'Administrative'), ('AS', 'Administrative sensible'), ('M', 'Médicale')], max_length=2, verbose_name='visibilité')),
                        ('requise', models.BooleanField(default=True)),
                        ('par_periode', models.BooleanField(default=False, verbose_name='une par arrêt')),
                        ('ordre', models.PositiveSmallIntegerField(default=100)),
                    ],
                    options={
                        'verbose_name': 'exigence de pièce',
                        'verbose_name_plural': 'exigences de pièces',
                        'ordering': ['ordre', 'pk'],
                        'constraints': [
                            models.UniqueConstraint(fields=('liste', 'code', 'stade'), name='exigence_unique'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='exigence_publiee', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF EXISTS (\n                        SELECT 1 FROM documents_listepieces l\n                        WHERE l.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.liste_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.liste_id END)\n                          AND l.publiee_le IS NOT NULL\n                    ) THEN\n                        RAISE EXCEPTION 'Une liste publiée ne change plus : des dossiers s’y tiennent.';\n                    END IF;\n                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n                    RETURN NEW;\n                ", hash='15e90a05d134205fa038531be60f55ef57ca92c0', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_exigence_publiee_a8d54', table='documents_exigence', when='BEFORE')),
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "documents_exigenceevent" ("a_ne_pas_envoyer", "aide", "alternatives", "code", "condition", "id", "libelle", "liste_id", "natures", "ordre", "par_periode", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regimes", "requise", "stade", "visibilite") VALUES (NEW."a_ne_pas_envoyer", NEW."aide", NEW."alternatives", NEW."code", NEW."condition", NEW."id", NEW."libelle", NEW."liste_id", NEW."natures", NEW."ordre", NEW."par_periode", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."regimes", NEW."requise", NEW."stade", NEW."visibilite"); RETURN NULL;', hash='269750de17bddaa83051abc5f28c38999e460953', operation='INSERT', pgid='pgtrigger_insert_insert_7d292', table='documents_exigence', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "documents_exigenceevent" ("a_ne_pas_envoyer", "aide", "alternatives", "code", "condition", "id", "libelle", "liste_id", "natures", "ordre", "par_periode", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regimes", "requise", "stade", "visibilite") VALUES (NEW."a_ne_pas_envoyer", NEW."aide", NEW."alternatives", NEW."code", NEW."condition", NEW."id", NEW."libelle", NEW."liste_id", NEW."natures", NEW."ordre", NEW."par_periode", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."regimes", NEW."requise", NEW."stade", NEW."visibilite"); RETURN NULL;', hash='4399b284195911b77db160676e7127b37bf4b50f', operation='UPDATE', pgid='pgtrigger_update_update_bed3a', table='documents_exigence', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "documents_exigenceevent" ("a_ne_pas_envoyer", "aide", "alternatives", "code", "condition", "id", "libelle", "liste_id", "natures", "ordre", "par_periode", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regimes", "requise", "stade", "visibilite") VALUES (OLD."a_ne_pas_envoyer", OLD."aide", OLD."alternatives", OLD."code", OLD."condition", OLD."id", OLD."libelle", OLD."liste_id", OLD."natures", OLD."ordre", OLD."par_periode", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."regimes", OLD."requise", OLD."stade", OLD."visibilite"); RETURN NULL;', hash='c0a821e87575b35bf6a64aea67957a9d601accaf', operation='DELETE', pgid='pgtrigger_delete_delete_c05da', table='documents_exigence', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Piece',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('sinistre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pieces', to='cases.sinistre')),
                        ('arret', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='pieces', to='cases.arret')),
                        ('exigence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.exigence')),
                        ('code', models.SlugField(max_length=40)),
                        ('libelle', models.CharField(max_length=200, verbose_name='libellé')),
                        ('stade', models.CharField(choices=[('DECLARATION', 'Déclaration'), ('PROLONGATION', 'Prolongation'), ('VALIDATION', 'Validation'), ('REMBOURSEMENT', 'Remboursement'), ('RECHUTE', 'Rechute'), ('CLOTURE', 'Clôture'), ('FRAIS', 'Frais médicaux'), ('DECES', 'Décès'), ('RECOURS', 'Recours contre tiers')], max_length=20)),
                        ('visibilite', models.CharField(choices=[('A', 'Administrative'), ('AS', 'Administrative sensible'), ('M', 'Médicale')], max_length=2, verbose_name='visibilité')),
                        ('requise', models.BooleanField(default=True)),
                        ('etat', models.CharField(choices=[('DEMANDEE', 'Demandée'), ('RECUE', 'Reçue'), ('A_CONTROLER', 'À contrôler'), ('CONFORME', 'Conforme'), ('REFUSEE', 'Refusée'), ('SANS_OBJET', 'Sans objet')], default='DEMANDEE', max_length=20, verbose_name='état')),
                        ('demandee_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='demandée le')),
                        ('dite_envoyee_le', models.DateTimeField(blank=True, null=True, verbose_name='dite déjà envoyée le')),
                        ('recue_le', models.DateTimeField(blank=True, null=True, verbose_name='reçue le')),
                        ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version en cours')),
                        ('alternative', models.CharField(blank=True, max_length=40, verbose_name='document reçu parmi ceux qui suffisent')),
                        ('sur_papier', models.BooleanField(default=False, verbose_name='reçue sur papier')),
                        ('decidee_le', models.DateTimeField(blank=True, null=True, verbose_name='décidée le')),
                        ('decidee_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('motif_refus', models.CharField(blank=True, choices=[('ILLISIBLE', 'Document illisible'), ('INCOMPLETE', 'Document incomplet'), ('AUTRE_AGENT', 'Document d’un autre agent'), ('AUTRE_PERIODE', 'Document d’une autre période'), ('MAUVAISE_PIECE', 'Ce n’est pas le document demandé'), ('NON_SIGNEE', 'Document non signé'), ('VOLET_1', 'Volet médical : il ne doit pas nous être adressé')], max_length=20, verbose_name='motif de refus')),
                        ('message_refus', models.CharField(blank=True, max_length=500, verbose_name='message à la collectivité')),
                    ],
                    options={
                        'verbose_name': 'pièce',
                        'indexes': [
                            models.Index(fields=['sinistre', 'etat'], name='piece_par_sinistre'),
                            models.Index(condition=models.Q(('requise', True)), fields=['etat', 'demandee_le'], name='piece_manquante'),
                            models.Index(condition=models.Q(('code', 'rib'), ('etat', 'CONFORME')), fields=['sinistre'], name='piece_rib_conforme'),
                        ],
                        'constraints': [
                            models.UniqueConstraint(fields=('sinistre', 'code', 'arret'), name='piece_unique', nulls_distinct=False),
                            models.CheckConstraint(condition=models.Q(models.Q(('etat', 'REFUSEE'), _negated=True), models.Q(('motif_refus', ''), _negated=True), _connector='OR'), name='piece_refusee_motivee', violation_error_message='Une pièce refusée a un motif.'),
                            models.CheckConstraint(condition=models.Q(('etat__in', ['DEMANDEE', 'RECUE', 'A_CONTROLER', 'SANS_OBJET']), models.Q(('decidee_le__isnull', False), ('decidee_par__isnull', False)), _connector='OR'), name='piece_decidee_par', violation_error_message='Une décision sur une pièce a un auteur et une date.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Depot',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('piece', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='depots', to='documents.piece')),
                        ('cle', models.CharField(default=documents.models.depots.new_key, editable=False, max_length=64, unique=True, verbose_name='clé de quarantaine')),
                        ('cle_publiee', models.CharField(blank=True, editable=False, max_length=64, verbose_name='clé publiée')),
                        ('nom', models.CharField(max_length=255, verbose_name='nom du fichier')),
                        ('type', models.CharField(max_length=100)),
                        ('taille', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(26214400)])),
                        ('sha256', models.CharField(blank=True, max_length=64, verbose_name='empreinte annoncée')),
                        ('sha256_verifie', models.CharField(blank=True, max_length=64, verbose_name='empreinte vérifiée')),
                        ('etat', models.CharField(choices=[('ATTENDU', 'Envoi attendu'), ('CONTROLE', 'En cours de contrôle'), ('DISPONIBLE', 'Disponible'), ('ECARTE', 'Écarté'), ('RECLASSE', 'Reclassé dans la bulle')], default='ATTENDU', max_length=20, verbose_name='état')),
                        ('motif', models.CharField(blank=True, max_length=200)),
                        ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version de la pièce')),
                        ('alternative', models.CharField(blank=True, max_length=40, verbose_name='ce document')),
                        ('remplace_le', models.DateTimeField(null=True, verbose_name='remplacé le')),
                        ('apercu_cle', models.CharField(blank=True, editable=False, max_length=64, verbose_name='clé de l’aperçu')),
                        ('apercu_type', models.CharField(blank=True, max_length=100)),
                        ('apercu_pages', models.PositiveSmallIntegerField(default=0)),
                        ('sans_antivirus', models.BooleanField(default=False, verbose_name='accepté sans antivirus (démonstration)')),
                        ('depose_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='annoncé le')),
                        ('confirme_le', models.DateTimeField(null=True, verbose_name='confirmé le')),
                        ('controle_le', models.DateTimeField(null=True, verbose_name='contrôlé le')),
                        ('tentatives', models.PositiveSmallIntegerField(default=0)),
                        ('prochain_essai', models.DateTimeField(null=True)),
                        ('quarantaine_videe_le', models.DateTimeField(null=True, verbose_name='quarantaine vidée le')),
                        ('relu_le', models.DateTimeField(help_text='Dernière vérification de l’empreinte dans le stockage.', null=True, verbose_name='contenu relu le')),
                        ('reclasse_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('reclasse_le', models.DateTimeField(null=True, verbose_name='reclassé le')),
                        ('reclassement_fini_le', models.DateTimeField(null=True, verbose_name='entré dans la bulle le')),
                    ],
                    options={
                        'verbose_name': 'fichier déposé',
                        'verbose_name_plural': 'fichiers déposés',
                        'indexes': [
                            models.Index(fields=['piece', '-id'], name='depot_par_piece'),
                            models.Index(condition=models.Q(('etat', 'CONTROLE')), fields=['prochain_essai'], name='depot_a_controler'),
                            models.Index(condition=models.Q(('etat', 'ATTENDU')), fields=['cree_le'], name='depot_attendu'),
                            models.Index(condition=models.Q(('etat', 'RECLASSE'), ('reclassement_fini_le__isnull', True)), fields=['reclasse_le'], name='depot_a_reclasser'),
                            models.Index(condition=models.Q(('etat', 'DISPONIBLE')), fields=['relu_le', 'id'], name='depot_a_relire'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(models.Q(('etat', 'DISPONIBLE'), _negated=True), models.Q(models.Q(('sha256_verifie', ''), _negated=True), models.Q(('cle_publiee', ''), _negated=True)), _connector='OR'), name='depot_disponible_verifie', violation_error_message='Un fichier disponible a une empreinte vérifiée.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('etat', 'ECARTE'), _negated=True), models.Q(('motif', ''), _negated=True), _connector='OR'), name='depot_ecarte_motive', violation_error_message='Un fichier écarté a un motif.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('etat', 'RECLASSE'), _negated=True), models.Q(('reclasse_le__isnull', False), ('reclasse_par__isnull', False)), _connector='OR'), name='depot_reclasse_par', violation_error_message='Un fichier reclassé a un auteur et une date.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='AnomalieStockage',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('genre', models.CharField(choices=[('OBJET_ABSENT', 'Le fichier n’est plus dans le stockage'), ('OBJET_ORPHELIN', 'Un objet du stockage n’appartient à aucun fichier'), ('EMPREINTE', 'Le contenu n’est plus celui qui a été contrôlé')], max_length=20)),
                        ('medical', models.BooleanField(default=False, verbose_name='dans le compartiment médical')),
                        ('objet', models.CharField(max_length=120, verbose_name='nom de l’objet')),
                        ('depot', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='anomalies', to='documents.depot')),
                        ('constatee_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='constatée le')),
                        ('resolue_le', models.DateTimeField(null=True, verbose_name='résolue le')),
                        ('resolue_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('issue', models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        'verbose_name': 'anomalie de stockage',
                        'verbose_name_plural': 'anomalies de stockage',
                        'constraints': [
                            models.UniqueConstraint(condition=models.Q(('resolue_le__isnull', True)), fields=('genre', 'medical', 'objet'), name='anomalie_ouverte_unique'),
                            models.CheckConstraint(condition=models.Q(('resolue_le__isnull', True), models.Q(('issue', ''), _negated=True), _connector='OR'), name='anomalie_resolue_dite', violation_error_message='Une anomalie résolue dit comment.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Courrier',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('recu_le', models.DateField(default=django.utils.timezone.localdate, verbose_name='reçu le')),
                        ('canal', models.CharField(choices=[('POSTE', 'Courrier postal'), ('COURRIEL', 'Courriel'), ('FAX', 'Télécopie'), ('GUICHET', 'Remis en main propre')], max_length=20)),
                        ('expediteur', models.CharField(max_length=200, verbose_name='expéditeur')),
                        ('collectivite', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.collectivite')),
                        ('objet', models.CharField(max_length=200)),
                        ('depot', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='courrier', to='documents.depot')),
                        ('saisi_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('sinistre', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='courriers', to='cases.sinistre')),
                        ('piece', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='courriers', to='documents.piece')),
                        ('classe_le', models.DateTimeField(blank=True, null=True, verbose_name='classé le')),
                        ('classe_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('sans_suite', models.CharField(blank=True, max_length=200, verbose_name='sans suite, parce que')),
                    ],
                    options={
                        'verbose_name': 'courrier',
                        'indexes': [
                            models.Index(condition=models.Q(('classe_le__isnull', True)), fields=['recu_le', 'id'], name='courrier_a_classer'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(models.Q(('classe_le__isnull', True), ('sans_suite', ''), ('sinistre__isnull', True)), models.Q(('classe_le__isnull', False), ('classe_par__isnull', False), models.Q(('sinistre__isnull', False), models.Q(('sans_suite', ''), _negated=True), _connector='OR')), _connector='OR'), name='courrier_classe', violation_error_message='Un courrier classé rejoint un dossier, ou dit pourquoi il reste sans suite.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='DossierPieces',
                    fields=[
                        ('sinistre', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='dossier_pieces', serialize=False, to='cases.sinistre')),
                        ('liste', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.listepieces')),
                        ('faits', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('CONSEIL_MEDICAL', 'L’avis du conseil médical est obligatoire'), ('ENQUETE', 'Une enquête administrative a été menée'), ('FRAIS_MEDICAUX', 'Des frais médicaux sont présentés'), ('AVANCE_DES_FRAIS', 'Les frais ont été avancés (pas de tiers payant)'), ('SUBROGATION', 'L’employeur est subrogé pour les indemnités de la CPAM'), ('CONJOINT', 'L’agent était marié'), ('PACS', 'L’agent était pacsé'), ('DEVOUEMENT', 'Le décès suit un acte de dévouement')], max_length=20), blank=True, default=list, size=None)),
                        ('epinglee_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='épinglée le')),
                    ],
                    options={
                        'verbose_name': 'liste d’un dossier',
                        'verbose_name_plural': 'listes des dossiers',
                    },
                ),
                migrations.CreateModel(
                    name='ExigenceEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='documents.exigence')),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('id', models.BigIntegerField()),
                        ('liste', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='documents.listepieces')),
                        ('code', models.SlugField(db_index=False, max_length=40)),
                        ('libelle', models.CharField(max_length=200, verbose_name='libellé')),
                        ('aide', models.TextField(blank=True, verbose_name='à quoi ressemble le document, ce qui en tient lieu')),
                        ('a_ne_pas_envoyer', models.TextField(blank=True, verbose_name='ce qu’il ne faut pas envoyer')),
                        ('natures', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('CMO', 'Maladie ordinaire'), ('CLM', 'Longue maladie'), ('CLD', 'Longue durée'), ('CGM', 'Grave maladie'), ('AS', 'Accident de service'), ('TRJ', 'Accident de trajet'), ('MP', 'Maladie professionnelle'), ('ATC', 'Accident du travail, contractuel'), ('ATI', 'Accident du travail, fonctionnaire IRCANTEC'), ('MAT', 'Maternité'), ('PAT', 'Paternité'), ('ADO', 'Adoption'), ('PATHO', 'Congé pathologique'), ('NAI', 'Congé supplémentaire de naissance'), ('TPT', 'Temps partiel thérapeutique'), ('DORS', 'Disponibilité d’office pour raison de santé'), ('MDT', 'Maintien du demi-traitement'), ('AIT', 'Allocation d’invalidité temporaire'), ('PPR', 'Période de préparation au reclassement'), ('DC', 'Décès'), ('FM', 'Frais médicaux'), ('IG', 'Infirmité de guerre')], max_length=8), size=None)),
                        ('regimes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('CNRACL', 'CNRACL'), ('IRCANTEC', 'IRCANTEC')], max_length=10), size=None)),
                        ('stade', models.CharField(choices=[('DECLARATION', 'Déclaration'), ('PROLONGATION', 'Prolongation'), ('VALIDATION', 'Validation'), ('REMBOURSEMENT', 'Remboursement'), ('RECHUTE', 'Rechute'), ('CLOTURE', 'Clôture'), ('FRAIS', 'Frais médicaux'), ('DECES', 'Décès'), ('RECOURS', 'Recours contre tiers')], max_length=20)),
                        ('condition', models.CharField(choices=[('TOUJOURS', 'Toujours'), ('CMO_6_MOIS', 'Maladie ordinaire de plus de six mois consécutifs'), ('CMO_12_MOIS', 'Maladie ordinaire de douze mois'), ('DEMI_TRAITEMENT', 'Congé passé à demi-traitement'), ('TPT_3_MOIS', 'Temps partiel thérapeutique de plus de trois mois'), ('CONSEIL_MEDICAL', 'Avis du conseil médical obligatoire'), ('ENQUETE', 'Enquête administrative menée'), ('TIERS', 'Un tiers est peut-être responsable'), ('AVANCE_DES_FRAIS', 'Frais avancés (sans tiers payant)'), ('SUBROGATION', 'Subrogation de l’employeur'), ('CONJOINT', 'Agent marié'), ('PACS', 'Agent pacsé'), ('DEVOUEMENT', 'Décès à la suite d’un acte de dévouement'), ('RIB_INCONNU', 'La collectivité n’a pas encore de RIB conforme au CDG'), ('SI_LE_CAS', 'Seulement si le dossier l’appelle (jamais requise d’office)')], default='TOUJOURS', max_length=20)),
                        ('alternatives', models.JSONField(blank=True, default=list, help_text='[{« code », « libelle », « regimes » facultatif}]', verbose_name='documents dont un seul suffit')),
                        ('visibilite', models.CharField(choices=[('A', 'Administrative'), ('AS', 'Administrative sensible'), ('M', 'Médicale')], max_length=2, verbose_name='visibilité')),
                        ('requise', models.BooleanField(default=True)),
                        ('par_periode', models.BooleanField(default=False, verbose_name='une par arrêt')),
                        ('ordre', models.PositiveSmallIntegerField(default=100)),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='61f64580a2c85930943149400b684a2b73fc9ae2', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_82b0d', table='documents_exigenceevent', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='ExtraitAdministratif',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('piece', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extraits', to='documents.piece')),
                        ('corrige', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrige_par', to='documents.extraitadministratif')),
                        ('etabli_le', models.DateField(blank=True, null=True, verbose_name='document établi le')),
                        ('debut', models.DateField(blank=True, null=True, verbose_name='du')),
                        ('fin', models.DateField(blank=True, null=True, verbose_name='au')),
                        ('montant', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True)),
                        ('tiers_payant', models.BooleanField(blank=True, null=True)),
                        ('saisi_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('saisi_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='saisi le')),
                    ],
                    options={
                        'verbose_name': 'extrait administratif',
                        'verbose_name_plural': 'extraits administratifs',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='extrait_dates', violation_error_message='La fin précède le début.'),
                            models.CheckConstraint(condition=models.Q(('montant__isnull', True), ('montant__gt', 0), _connector='OR'), name='extrait_montant_positif', violation_error_message='Un montant est positif.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='LaissezPasser',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('piece', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='laissez_passer', to='documents.piece')),
                        ('genre', models.CharField(choices=[('ECRAN', 'La personne connectée, tout de suite'), ('AGENT', 'L’agent, par un lien')], max_length=10)),
                        ('empreinte', models.CharField(editable=False, max_length=64, unique=True)),
                        ('cree_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='créé le')),
                        ('expire_le', models.DateTimeField(verbose_name='expire le')),
                        ('utilise_le', models.DateTimeField(null=True, verbose_name='utilisé le')),
                        ('revoque_le', models.DateTimeField(null=True, verbose_name='révoqué le')),
                    ],
                    options={
                        'verbose_name': 'laissez-passer',
                        'verbose_name_plural': 'laissez-passer',
                        'indexes': [
                            models.Index(fields=['piece', '-id'], name='laissez_passer_par_piece'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='ListePiecesEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='documents.listepieces')),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('id', models.BigIntegerField()),
                        ('contrat', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='contracts.contratgroupe')),
                        ('version', models.PositiveIntegerField()),
                        ('debut', models.DateField(verbose_name='début')),
                        ('fin', models.DateField(blank=True, null=True)),
                        ('libelle', models.CharField(max_length=150, verbose_name='libellé')),
                        ('publiee_le', models.DateTimeField(blank=True, null=True, verbose_name='publiée le')),
                        ('publiee_par', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b65292ccfe345031c6c56ad55a0ec9f36b080d0e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_e5844', table='documents_listepiecesevent', when='BEFORE')),
                        ],
                    },
                ),
            ],
        ),
    ]
