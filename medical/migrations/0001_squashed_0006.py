
import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import documents.models.depots
from journal.tables import CreateTables

HOLD = """
CREATE FUNCTION medical.seance_dans_le_quota() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.rang > (SELECT quota FROM medical.medical_soutien WHERE id = NEW.soutien_id) THEN
        RAISE EXCEPTION 'seance_quota: no place is left in this programme' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER seance_quota BEFORE INSERT OR UPDATE ON medical.medical_seance
    FOR EACH ROW EXECUTE FUNCTION medical.seance_dans_le_quota();
CREATE FUNCTION medical.trace_soutien_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The trail of a soutien is append-only: % is refused', TG_OP;
END $$;
CREATE TRIGGER trace_soutien_append_only BEFORE UPDATE OR DELETE ON medical.medical_tracesoutien
    FOR EACH STATEMENT EXECUTE FUNCTION medical.trace_soutien_is_append_only();
"""
LET_GO = """
DROP TRIGGER trace_soutien_append_only ON medical.medical_tracesoutien;
DROP FUNCTION medical.trace_soutien_is_append_only();
DROP TRIGGER seance_quota ON medical.medical_seance;
DROP FUNCTION medical.seance_dans_le_quota();
"""


class Migration(migrations.Migration):

    replaces = [
        ('medical', '0001_initial'),
        ('medical', '0002_volets_without_dossier_and_longer_key_names'),
        ('medical', '0003_soutien'),
        ('medical', '0004_missions_of_expertises'),
        ('medical', '0005_seals_of_the_soutiens_trail'),
        ('medical', '0006_factures_importees'),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('cases', '0001_squashed_0019'),
        ('documents', '0001_squashed_0006'),
    ]

    operations = [
        # The tables of this room belong to the bulle's own owner and stand in its schema: only `vigie_bulle` reads them.
        migrations.RunSQL("SET LOCAL ROLE vigie_medical; SET LOCAL search_path = medical, public", migrations.RunSQL.noop),
        CreateTables(
            models=[
                migrations.CreateModel(
                    name='Cle',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('kek', models.CharField(blank=True, max_length=200, verbose_name='clé de chiffrement des clés')),
                        ('emballee', models.BinaryField(verbose_name='clé chiffrée')),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='créée le')),
                        ('reemballee_le', models.DateTimeField(null=True, verbose_name='ré-emballée le')),
                    ],
                    options={
                        'verbose_name': 'clé de données',
                        'verbose_name_plural': 'clés de données',
                        'indexes': [
                            models.Index(fields=['kek', 'id'], name='cle_par_kek'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Mission',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('sinistre', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.sinistre')),
                        ('branche', models.OneToOneField(help_text='Vide pour une mission d’avant les procédures : rendue ou rappelée.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.branche')),
                        ('redigee_par', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('redigee_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='rédigée le')),
                        ('expert', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('confiee_le', models.DateTimeField(null=True, verbose_name='confiée le')),
                        ('cle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='medical.cle')),
                        ('questions', models.BinaryField(verbose_name='questions chiffrées')),
                        ('conclusions', models.BinaryField(null=True, verbose_name='conclusions chiffrées')),
                        ('rendue_le', models.DateTimeField(null=True, verbose_name='rendue le')),
                        ('rappelee_le', models.DateTimeField(null=True, verbose_name='rappelée le')),
                    ],
                    options={
                        'verbose_name': 'mission',
                        'indexes': [
                            models.Index(condition=models.Q(('rendue_le__isnull', True)), fields=['expert'], name='mission_par_expert'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('rendue_le__isnull', True), ('conclusions__isnull', False), ('expert__isnull', True), _connector='OR'), name='mission_rendue_conclue', violation_error_message='Une mission rendue dans la bulle a des conclusions.'),
                            models.CheckConstraint(condition=models.Q(('branche__isnull', False), ('rendue_le__isnull', False), ('rappelee_le__isnull', False), _connector='OR'), name='mission_d_une_expertise', violation_error_message='Une mission en cours est celle d’une expertise.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Fichier',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('sinistre', models.ForeignKey(help_text='Vide pour un courrier reclassé sans dossier.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.sinistre')),
                        ('piece', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='documents.piece')),
                        ('mission', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rapports', to='medical.mission')),
                        ('genre', models.CharField(choices=[('PIECE', 'Pièce médicale demandée'), ('VOLET', 'Document reçu hors de la bulle par erreur'), ('RAPPORT', 'Rapport d’expertise')], max_length=10)),
                        ('cle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='medical.cle')),
                        ('nom', models.BinaryField(verbose_name='nom chiffré')),
                        ('type', models.CharField(max_length=100)),
                        ('taille', models.PositiveIntegerField(verbose_name='octets en clair')),
                        ('objet', models.CharField(default=documents.models.depots.new_key, editable=False, max_length=64, unique=True, verbose_name='clé dans le stockage')),
                        ('empreinte', models.CharField(max_length=64, verbose_name='SHA-256 du chiffré')),
                        ('apercu_objet', models.CharField(blank=True, editable=False, max_length=64, verbose_name='clé de l’aperçu')),
                        ('apercu_type', models.CharField(blank=True, max_length=100)),
                        ('apercu_pages', models.PositiveSmallIntegerField(default=0)),
                        ('apercu_empreinte', models.CharField(blank=True, max_length=64)),
                        ('etat', models.CharField(choices=[('CONTROLE', 'En cours de contrôle'), ('DISPONIBLE', 'Disponible'), ('ECARTE', 'Écarté')], default='CONTROLE', max_length=20, verbose_name='état')),
                        ('motif', models.CharField(blank=True, max_length=200)),
                        ('sans_antivirus', models.BooleanField(default=False, verbose_name='accepté sans antivirus (démonstration)')),
                        ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version de la pièce')),
                        ('remplace_le', models.DateTimeField(null=True, verbose_name='remplacé le')),
                        ('depose_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('laissez_passer', models.OneToOneField(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='documents.laissezpasser')),
                        ('depot', models.OneToOneField(help_text='D’où vient un volet reclassé.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='documents.depot')),
                        ('recu_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='reçu le')),
                        ('controle_le', models.DateTimeField(null=True, verbose_name='contrôlé le')),
                        ('tentatives', models.PositiveSmallIntegerField(default=0)),
                        ('prochain_essai', models.DateTimeField(null=True)),
                        ('relu_le', models.DateTimeField(null=True, verbose_name='contenu relu le')),
                    ],
                    options={
                        'verbose_name': 'fichier de la bulle',
                        'verbose_name_plural': 'fichiers de la bulle',
                        'indexes': [
                            models.Index(fields=['sinistre', 'genre', '-id'], name='fichier_par_sinistre'),
                            models.Index(fields=['piece', '-id'], name='fichier_par_piece'),
                            models.Index(condition=models.Q(('etat', 'CONTROLE')), fields=['prochain_essai'], name='fichier_a_controler'),
                            models.Index(condition=models.Q(('etat', 'DISPONIBLE')), fields=['relu_le', 'id'], name='fichier_a_relire'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(models.Q(('etat', 'ECARTE'), _negated=True), models.Q(('motif', ''), _negated=True), _connector='OR'), name='fichier_ecarte_motive', violation_error_message='Un fichier écarté a un motif.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('genre', 'PIECE'), ('piece__isnull', False), ('sinistre__isnull', False)), models.Q(('genre', 'RAPPORT'), ('mission__isnull', False), ('sinistre__isnull', False)), models.Q(('depot__isnull', False), ('genre', 'VOLET')), _connector='OR'), name='fichier_de_piece_ou_mission', violation_error_message='Un fichier de la bulle appartient à une pièce, à une mission ou à un reclassement.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Facture',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('fichier', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='factures', to='medical.fichier')),
                        ('importee', models.BooleanField(default=False, verbose_name='importée')),
                        ('extrait', models.OneToOneField(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='documents.extraitadministratif')),
                        ('cle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='medical.cle')),
                        ('praticien', models.BinaryField(verbose_name='praticien chiffré')),
                        ('actes', models.BinaryField(verbose_name='actes chiffrés')),
                        ('saisie_par', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('saisie_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='saisie le')),
                    ],
                    options={
                        'verbose_name': 'facture médicale',
                        'verbose_name_plural': 'factures médicales',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fichier__isnull', False), ('importee', True), _connector='OR'), name='facture_lue_ou_importee', violation_error_message='Une facture se lit dans un document, ou s’importe.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='LienAgent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('sinistre', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.sinistre')),
                        ('empreinte', models.CharField(editable=False, max_length=64, unique=True, verbose_name='empreinte du lien')),
                        ('code', models.CharField(editable=False, max_length=128, verbose_name='empreinte du code')),
                        ('essais', models.PositiveSmallIntegerField(default=0)),
                        ('cree_par', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='créé le')),
                        ('expire_le', models.DateTimeField(verbose_name='expire le')),
                        ('ouvert_le', models.DateTimeField(null=True, verbose_name='ouvert le')),
                        ('session', models.CharField(blank=True, max_length=64, verbose_name='empreinte de la session')),
                        ('revoque_le', models.DateTimeField(null=True, verbose_name='révoqué le')),
                    ],
                    options={
                        'verbose_name': 'lien d’un agent',
                        'verbose_name_plural': 'liens d’agents',
                        'indexes': [
                            models.Index(fields=['sinistre', '-id'], name='lien_par_sinistre'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Opinion',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('avis', models.OneToOneField(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.avismedecin')),
                        ('cle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='medical.cle')),
                        ('texte', models.BinaryField(verbose_name='texte chiffré')),
                        ('auteur', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('ecrite_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='écrite le')),
                        ('figee_le', models.DateTimeField(null=True, verbose_name='figée le')),
                    ],
                    options={
                        'verbose_name': 'opinion médicale',
                        'verbose_name_plural': 'opinions médicales',
                    },
                ),
                migrations.CreateModel(
                    name='Ouverture',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('sinistre', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.sinistre')),
                        ('session', models.CharField(max_length=64, verbose_name='empreinte de la session')),
                        ('finalite', models.CharField(choices=[('AVIS', 'Rendre l’avis demandé'), ('RELECTURE', 'Relire un avis rendu'), ('QUESTION', 'Répondre à une question du centre de gestion'), ('CONTROLE', 'Contrôler la forme et les dates d’une pièce'), ('RECLASSEMENT', 'Reclasser un document reçu par erreur'), ('EXPERTISE', 'Mener l’expertise confiée'), ('DROIT_D_ACCES', 'Répondre à une demande d’accès de l’agent')], max_length=20, verbose_name='finalité')),
                        ('le', models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        'verbose_name': 'ouverture de dossier',
                        'verbose_name_plural': 'ouvertures de dossiers',
                        'constraints': [
                            models.UniqueConstraint(fields=('user', 'sinistre', 'session'), name='ouverture_une_par_session'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='SceauTraces',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('dernier', models.BigIntegerField(unique=True, verbose_name='dernière trace')),
                        ('empreinte', models.CharField(max_length=64)),
                    ],
                    options={
                        'verbose_name': 'sceau des traces de soutiens',
                        'verbose_name_plural': 'sceaux des traces de soutiens',
                    },
                ),
                migrations.CreateModel(
                    name='Soutien',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('branche', models.OneToOneField(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.branche')),
                        ('sinistre', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.sinistre')),
                        ('programme', models.CharField(choices=[('RESSOURCES', 'Ressources'), ('REACTION', 'Réaction'), ('ATLAS', 'Atlas'), ('REPERE', 'Repère')], max_length=12)),
                        ('quota', models.PositiveSmallIntegerField(verbose_name='séances au plus')),
                        ('origine', models.CharField(choices=[('AGENT', 'Demandé par l’agent'), ('PROPOSE', 'Proposé à l’agent')], max_length=10)),
                        ('demande_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='demandé ou proposé le')),
                        ('propose_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('accord', models.CharField(choices=[('A_RECUEILLIR', 'À recueillir'), ('DONNE', 'Donné'), ('REFUSE', 'Refusé')], max_length=15)),
                        ('accord_le', models.DateTimeField(null=True, verbose_name='accord ou refus le')),
                        ('accord_voie', models.CharField(blank=True, choices=[('LIEN', 'Par son lien'), ('TELEPHONE', 'Par téléphone'), ('COURRIER', 'Par écrit')], max_length=10, verbose_name='accord donné')),
                        ('accord_note_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('cle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='medical.cle')),
                        ('contact', models.BinaryField(null=True, verbose_name='comment joindre l’agent, chiffré')),
                        ('psychologue', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('affecte_le', models.DateTimeField(null=True, verbose_name='confié le')),
                        ('premier_contact_le', models.DateTimeField(null=True, verbose_name='premier contact le')),
                        ('seances_finies_le', models.DateTimeField(null=True, verbose_name='séances terminées le')),
                        ('social_fini_le', models.DateTimeField(null=True, verbose_name='accompagnement social terminé le')),
                        ('visible', models.OneToOneField(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.soutienvisible')),
                        ('visible_donne_le', models.DateTimeField(null=True, verbose_name='accepte d’être vu depuis le')),
                        ('visible_retire_le', models.DateTimeField(null=True, verbose_name='ne veut plus être vu depuis le')),
                        ('issue', models.CharField(blank=True, choices=[('QUOTA', 'Toutes les séances ont été tenues'), ('ATTEINT', 'L’objectif est atteint'), ('ORIENTATION', 'L’agent est orienté vers un autre professionnel'), ('SANS_SUITE', 'L’agent ne donne plus suite'), ('AGENT', 'L’agent y a mis fin'), ('REFUS', 'L’agent a refusé la proposition')], max_length=12)),
                        ('motif', models.BinaryField(null=True, verbose_name='pourquoi si tôt, chiffré')),
                        ('clos_le', models.DateTimeField(null=True, verbose_name='terminé le')),
                        ('suite_le', models.DateTimeField(help_text='Le créneau où la procédure suivra ce qui s’est passé ici.', null=True, verbose_name='le dehors suit à')),
                    ],
                    options={
                        'verbose_name': 'soutien psychologique',
                        'verbose_name_plural': 'soutiens psychologiques',
                        'indexes': [
                            models.Index(fields=['psychologue', '-id'], name='soutien_par_psychologue'),
                            models.Index(condition=models.Q(('suite_le__isnull', False)), fields=['suite_le'], name='soutien_a_suivre'),
                        ],
                        'constraints': [
                            models.UniqueConstraint(condition=models.Q(('clos_le__isnull', True)), fields=('sinistre',), name='soutien_un_a_la_fois', violation_error_message='Un soutien est déjà demandé ou en cours pour cet agent, sur ce dossier.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('programme', 'RESSOURCES'), ('quota', 20)), models.Q(('programme', 'REACTION'), ('quota', 5)), models.Q(('programme', 'ATLAS'), ('quota', 20)), models.Q(('programme', 'REPERE'), ('quota', 14)), _connector='OR'), name='soutien_quota', violation_error_message='Le nombre de séances est celui du programme.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('accord', 'A_RECUEILLIR'), ('accord_le__isnull', True)), models.Q(models.Q(('accord', 'A_RECUEILLIR'), _negated=True), ('accord_le__isnull', False), models.Q(('accord_voie', ''), _negated=True)), _connector='OR'), name='soutien_accord_date', violation_error_message='Un accord ou un refus est daté, avec la voie par laquelle il est venu.'),
                            models.CheckConstraint(condition=models.Q(('accord', 'DONNE'), models.Q(('premier_contact_le__isnull', True), ('psychologue__isnull', True), ('visible_donne_le__isnull', True)), _connector='OR'), name='soutien_rien_avant_accord', violation_error_message='Rien ne se fait avant l’accord de l’agent.'),
                            models.CheckConstraint(condition=models.Q(('clos_le__isnull', True), models.Q(('issue', ''), _negated=True), _connector='OR'), name='soutien_clos_explique', violation_error_message='Un soutien terminé dit comment.'),
                            models.CheckConstraint(condition=models.Q(('visible__isnull', True), models.Q(('visible_donne_le__isnull', False), ('visible_retire_le__isnull', True)), ('visible_retire_le__lt', models.F('visible_donne_le')), _connector='OR'), name='soutien_vu_avec_accord', violation_error_message='Rien ne se voit du dehors sans l’accord de l’agent.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Seance',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('soutien', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seances', to='medical.soutien')),
                        ('tenue_le', models.DateField(verbose_name='le')),
                        ('absent', models.BooleanField(default=False, verbose_name='rendez-vous manqué par l’agent')),
                        ('rang', models.PositiveSmallIntegerField(null=True)),
                        ('duree', models.PositiveSmallIntegerField(null=True, verbose_name='minutes')),
                        ('forme', models.CharField(choices=[('CABINET', 'En cabinet'), ('VISIO', 'En visioconférence'), ('TELEPHONE', 'Par téléphone')], max_length=10)),
                        ('cle', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='medical.cle')),
                        ('note', models.BinaryField(null=True, verbose_name='note chiffrée')),
                        ('tenue_par', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('saisie_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='saisie le')),
                    ],
                    options={
                        'verbose_name': 'séance',
                        'constraints': [
                            models.UniqueConstraint(fields=('soutien', 'rang'), name='seance_rang', violation_error_message='Cette séance vient d’être saisie par ailleurs.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('absent', True), ('duree__isnull', True), ('rang__isnull', True)), models.Q(('absent', False), ('duree__gte', 10), ('duree__lte', 240), ('rang__gte', 1)), _connector='OR'), name='seance_tenue_ou_manquee', violation_error_message='Une séance tenue dure de 10 à 240 minutes ; un rendez-vous manqué, non.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('cle__isnull', True), ('note__isnull', True)), models.Q(('cle__isnull', False), ('note__isnull', False)), _connector='OR'), name='seance_note_et_cle', violation_error_message='Une note est chiffrée sous sa clé.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='TraceSoutien',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('soutien', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='traces', to='medical.soutien')),
                        ('le', models.DateTimeField(default=django.utils.timezone.now)),
                        ('acteur', models.ForeignKey(help_text='Vide : l’agent, ou le système.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('acte', models.CharField(choices=[('DEMANDE', 'Soutien demandé'), ('PROPOSE', 'Soutien proposé'), ('ACCEPTE', 'Proposition acceptée'), ('REFUSE', 'Proposition refusée'), ('AFFECTE', 'Confié à un psychologue'), ('CONTACT', 'Premier contact pris'), ('SEANCE', 'Séance tenue'), ('ABSENCE', 'Rendez-vous manqué'), ('SEANCES_FINIES', 'Séances terminées'), ('SOCIAL_FINI', 'Accompagnement social terminé'), ('CLOS', 'Soutien terminé'), ('ARRET', 'Arrêté par l’agent'), ('MONTRE', 'L’agent accepte que son soutien se voie'), ('CACHE', 'L’agent ne veut plus que son soutien se voie'), ('LU', 'Page lue'), ('NOTE_LUE', 'Notes relues')], max_length=15)),
                        ('voie', models.CharField(blank=True, choices=[('LIEN', 'Par son lien'), ('TELEPHONE', 'Par téléphone'), ('COURRIER', 'Par écrit')], max_length=10)),
                    ],
                    options={
                        'verbose_name': 'trace d’un soutien',
                        'verbose_name_plural': 'traces de soutiens',
                    },
                ),
            ],
        ),
        migrations.RunSQL(HOLD, LET_GO),
    ]
