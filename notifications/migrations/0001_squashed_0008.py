import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

from journal.tables import CreateTables


class Migration(migrations.Migration):

    replaces = [
        ('notifications', '0001_courriels'),
        ('notifications', '0002_return_asked'),
        ('notifications', '0003_annonces'),
        ('notifications', '0004_webhooks'),
        ('notifications', '0005_gabarits_publies'),
        ('notifications', '0006_defauts'),
        ('notifications', '0007_ce_qui_a_ete_fait'),
        ('notifications', '0008_annonces_par_cadence'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0003'),
        ('cases', '0001_squashed_0019'),
    ]

    operations = [
        CreateTables(
            models=[
                migrations.CreateModel(
                    name='Abonnement',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('nom', models.CharField(max_length=80)),
                        ('url', models.URLField(max_length=300, verbose_name='adresse appelée')),
                        ('secret', models.BinaryField(max_length=300, verbose_name='secret de signature, chiffré')),
                        ('ancien_secret', models.BinaryField(max_length=300, null=True, verbose_name='secret précédent, chiffré')),
                        ('ancien_secret_jusqu_a', models.DateTimeField(null=True, verbose_name='le secret précédent signe jusqu’à')),
                        ('collectivite', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='abonnements', to='accounts.collectivite')),
                        ('types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), size=None, verbose_name='événements')),
                        ('actif', models.BooleanField(default=True)),
                        ('pause_le', models.DateTimeField(null=True, verbose_name='en pause depuis')),
                        ('pause_motif', models.CharField(blank=True, choices=[('DEMANDE', 'Suspendu par une personne'), ('DISPARU', 'Le programme a répondu qu’il n’existe plus (410)'), ('SECRET', 'Le secret ne se lit plus : renouvelez-le')], max_length=20, verbose_name='motif de la pause')),
                        ('ferme_le', models.DateTimeField(null=True, verbose_name='fermé le')),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='créé le')),
                        ('cree_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'abonnement',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(models.Q(('ancien_secret__isnull', True), ('ancien_secret_jusqu_a__isnull', True)), models.Q(('ancien_secret__isnull', False), ('ancien_secret_jusqu_a__isnull', False)), _connector='OR'), name='abonnement_ancien_secret_borne', violation_error_message='Un secret précédent signe jusqu’à un instant dit.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('actif', True), ('pause_le__isnull', True), ('pause_motif', '')), models.Q(('actif', False), ('pause_le__isnull', False), ('pause_motif__gt', '')), _connector='OR'), name='abonnement_pause_datee', violation_error_message='Une pause a sa date et son motif.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Courriel',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('cle', models.CharField(max_length=150, unique=True, verbose_name='clé de l’intention')),
                        ('genre', models.CharField(choices=[('ACCUSE_DECLARATION', 'Accusé de déclaration'), ('PIECES_DEMANDEES', 'Demande de pièces'), ('PIECES_RELANCE', 'Relance de pièces'), ('PIECE_REFUSEE', 'Pièce refusée'), ('REPRISE_DEMANDEE', 'Date de reprise demandée'), ('VALIDATION', 'Dossier validé'), ('PAIEMENT', 'Paiement et bordereau'), ('SAISINE_A_PREPARER', 'Conseil médical à saisir'), ('CONTROLE_A_ORGANISER', 'Contrôle à organiser'), ('AVIS_CONTRE_VISITE', 'Conclusions d’un contrôle disponibles'), ('DECISION_ATTENDUE', 'Décision attendue de l’employeur'), ('RECHUTE_OUVERTE', 'Dossier rouvert'), ('DROITS_EN_FIN', 'Droits bientôt épuisés'), ('ECHEANCE_CONTRAT', 'Échéance du contrat'), ('MESSAGE', 'Message sur un dossier'), ('MISSION', 'Mission ou tâche confiée'), ('RECAPITULATIF', 'Récapitulatif du jour'), ('COMPTE', 'Compte')], max_length=30)),
                        ('destinataire', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='courriels', to=settings.AUTH_USER_MODEL)),
                        ('adresse', models.EmailField(max_length=254)),
                        ('sinistre', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='courriels', to='cases.sinistre')),
                        ('objet', models.CharField(blank=True, max_length=200)),
                        ('texte', models.TextField(blank=True)),
                        ('html', models.TextField(blank=True)),
                        ('etat', models.CharField(choices=[('A_ENVOYER', 'À envoyer'), ('EN_COURS', 'En cours d’envoi'), ('ENVOYE', 'Envoyé'), ('INCERTAIN', 'Envoi incertain'), ('ABANDONNE', 'Abandonné'), ('REJETE', 'Rejeté par le destinataire'), ('SANS_OBJET', 'Sans objet')], default='A_ENVOYER', max_length=20, verbose_name='état')),
                        ('message_id', models.CharField(max_length=150, unique=True, verbose_name='Message-ID')),
                        ('tentatives', models.PositiveSmallIntegerField(default=0)),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='créé le')),
                        ('prochaine_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='prochain essai')),
                        ('bail', models.UUIDField(null=True)),
                        ('bail_jusqu_a', models.DateTimeField(null=True, verbose_name='bail jusqu’à')),
                        ('transmis_le', models.DateTimeField(null=True, verbose_name='remis au serveur le')),
                        ('jour', models.DateField(null=True, verbose_name='jour du récapitulatif')),
                        ('envoye_le', models.DateTimeField(null=True, verbose_name='envoyé le')),
                        ('conserve', models.BooleanField(default=False, verbose_name='conservé sans partir')),
                        ('erreur', models.CharField(blank=True, max_length=200, verbose_name='dernier échec')),
                        ('renvoi_de', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renvois', to='notifications.courriel')),
                        ('vu_le', models.DateTimeField(null=True, verbose_name='défaut traité le')),
                        ('vu_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('vu_motif', models.CharField(blank=True, max_length=200, verbose_name='ce qui a été fait, ou pourquoi renvoyer')),
                    ],
                    options={
                        'verbose_name': 'courriel',
                        'indexes': [
                            models.Index(condition=models.Q(('etat', 'A_ENVOYER')), fields=['prochaine_le', 'id'], name='courriel_a_envoyer'),
                            models.Index(condition=models.Q(('etat', 'EN_COURS')), fields=['bail_jusqu_a'], name='courriel_en_cours'),
                            models.Index(condition=models.Q(('sinistre__isnull', False)), fields=['sinistre', '-id'], name='courriel_par_sinistre'),
                            models.Index(fields=['etat', '-id'], name='courriel_par_etat'),
                            models.Index(condition=models.Q(('etat__in', ('INCERTAIN', 'ABANDONNE', 'REJETE')), ('vu_le__isnull', True)), fields=['-id'], name='courriel_a_traiter'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(models.Q(('envoye_le__isnull', False), ('etat', 'ENVOYE')), ('etat', 'REJETE'), models.Q(models.Q(('etat__in', ['ENVOYE', 'REJETE']), _negated=True), ('envoye_le__isnull', True)), _connector='OR'), name='courriel_envoye_date', violation_error_message='Un courriel envoyé, et lui seul, a une date d’envoi.'),
                            models.CheckConstraint(condition=models.Q(models.Q(('bail__isnull', False), ('bail_jusqu_a__isnull', False), ('etat', 'EN_COURS')), models.Q(models.Q(('etat', 'EN_COURS'), _negated=True), ('bail__isnull', True), ('bail_jusqu_a__isnull', True)), _connector='OR'), name='courriel_en_cours_bail', violation_error_message='Un courriel en cours d’envoi, et lui seul, est sous bail.'),
                            models.UniqueConstraint(condition=models.Q(('destinataire__isnull', False), ('genre', 'RECAPITULATIF'), ('etat__in', ('A_ENVOYER', 'EN_COURS'))), fields=('destinataire',), name='recapitulatif_ouvert_personne'),
                            models.UniqueConstraint(condition=models.Q(('destinataire__isnull', True), ('genre', 'RECAPITULATIF'), ('etat__in', ('A_ENVOYER', 'EN_COURS'))), fields=('adresse',), name='recapitulatif_ouvert_adresse'),
                            models.UniqueConstraint(condition=models.Q(('destinataire__isnull', False), ('genre', 'RECAPITULATIF'), ('jour__isnull', False)), fields=('destinataire', 'jour'), name='recapitulatif_du_jour_personne'),
                            models.UniqueConstraint(condition=models.Q(('destinataire__isnull', True), ('genre', 'RECAPITULATIF'), ('jour__isnull', False)), fields=('adresse', 'jour'), name='recapitulatif_du_jour_adresse'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='AdresseEnDefaut',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('adresse', models.EmailField(max_length=254, verbose_name='adresse, en minuscules')),
                        ('genre', models.CharField(choices=[('REBOND', 'Refusée par le serveur du destinataire'), ('PLAINTE', 'Signalée comme indésirable par le destinataire')], max_length=20)),
                        ('code', models.CharField(blank=True, max_length=20, verbose_name='code d’état (RFC 3463)')),
                        ('courriel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='notifications.courriel')),
                        ('constatee_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='constatée le')),
                        ('levee_le', models.DateTimeField(null=True, verbose_name='levée le')),
                        ('levee_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('commentaire', models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        'verbose_name': 'adresse en défaut',
                        'verbose_name_plural': 'adresses en défaut',
                        'constraints': [
                            models.UniqueConstraint(condition=models.Q(('levee_le__isnull', True)), fields=('adresse',), name='adresse_en_defaut_unique'),
                            models.CheckConstraint(condition=models.Q(('levee_le__isnull', True), ('levee_par__isnull', False), _connector='OR'), name='adresse_levee_par', violation_error_message='Une adresse rétablie l’est par quelqu’un.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Annonce',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('cle', models.CharField(max_length=200, unique=True, verbose_name='clé de l’intention')),
                        ('genre', models.CharField(choices=[('ACCUSE_DECLARATION', 'Accusé de déclaration'), ('PIECES_DEMANDEES', 'Demande de pièces'), ('PIECES_RELANCE', 'Relance de pièces'), ('PIECE_REFUSEE', 'Pièce refusée'), ('REPRISE_DEMANDEE', 'Date de reprise demandée'), ('VALIDATION', 'Dossier validé'), ('PAIEMENT', 'Paiement et bordereau'), ('SAISINE_A_PREPARER', 'Conseil médical à saisir'), ('CONTROLE_A_ORGANISER', 'Contrôle à organiser'), ('AVIS_CONTRE_VISITE', 'Conclusions d’un contrôle disponibles'), ('DECISION_ATTENDUE', 'Décision attendue de l’employeur'), ('RECHUTE_OUVERTE', 'Dossier rouvert'), ('DROITS_EN_FIN', 'Droits bientôt épuisés'), ('ECHEANCE_CONTRAT', 'Échéance du contrat'), ('MESSAGE', 'Message sur un dossier'), ('MISSION', 'Mission ou tâche confiée'), ('RECAPITULATIF', 'Récapitulatif du jour'), ('COMPTE', 'Compte')], max_length=30)),
                        ('destinataire', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='annonces', to=settings.AUTH_USER_MODEL)),
                        ('adresse', models.EmailField(blank=True, max_length=254, verbose_name='adresse de contact, faute de personne')),
                        ('collectivite', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.collectivite')),
                        ('sinistre', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='annonces', to='cases.sinistre')),
                        ('evenement_id', models.BigIntegerField(null=True, verbose_name='événement d’origine')),
                        ('donnees', models.JSONField(default=dict, verbose_name='données')),
                        ('echeance', models.DateField(null=True, verbose_name='à faire pour le')),
                        ('cadence', models.CharField(choices=[('AUSSITOT', 'Un courriel aussitôt'), ('RECAPITULATIF', 'Dans le récapitulatif du jour'), ('JAMAIS', 'Pas de courriel')], max_length=20)),
                        ('etat', models.CharField(choices=[('EN_ATTENTE', 'À dire'), ('CONFIEE', 'Dans un courriel'), ('SANS_OBJET', 'Sans objet'), ('NON_VOULUE', 'Pas de courriel, à sa demande')], default='EN_ATTENTE', max_length=20, verbose_name='état')),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='créée le')),
                        ('prevue_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='pas avant')),
                        ('courriel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='annonces', to='notifications.courriel')),
                    ],
                    options={
                        'verbose_name': 'annonce',
                        'indexes': [
                            models.Index(condition=models.Q(('etat', 'EN_ATTENTE')), fields=['cadence', 'prevue_le', 'id'], name='annonce_a_dire'),
                            models.Index(condition=models.Q(('sinistre__isnull', False)), fields=['sinistre', '-id'], name='annonce_par_sinistre'),
                            models.Index(condition=models.Q(('courriel__isnull', False)), fields=['courriel'], name='annonce_par_courriel'),
                        ],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(models.Q(('courriel__isnull', False), ('etat', 'CONFIEE')), ('etat', 'SANS_OBJET'), models.Q(('courriel__isnull', True), ('etat__in', ['EN_ATTENTE', 'NON_VOULUE'])), _connector='OR'), name='annonce_confiee_courriel', violation_error_message='Une annonce confiée l’est à un courriel.'),
                            models.CheckConstraint(condition=models.Q(('destinataire__isnull', False), models.Q(('adresse', ''), _negated=True), _connector='OR'), name='annonce_a_quelqu_un', violation_error_message='Une annonce s’adresse à quelqu’un.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Gabarit',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('genre', models.CharField(choices=[('ACCUSE_DECLARATION', 'Accusé de déclaration'), ('PIECES_DEMANDEES', 'Demande de pièces'), ('PIECES_RELANCE', 'Relance de pièces'), ('PIECE_REFUSEE', 'Pièce refusée'), ('REPRISE_DEMANDEE', 'Date de reprise demandée'), ('VALIDATION', 'Dossier validé'), ('PAIEMENT', 'Paiement et bordereau'), ('SAISINE_A_PREPARER', 'Conseil médical à saisir'), ('CONTROLE_A_ORGANISER', 'Contrôle à organiser'), ('AVIS_CONTRE_VISITE', 'Conclusions d’un contrôle disponibles'), ('DECISION_ATTENDUE', 'Décision attendue de l’employeur'), ('RECHUTE_OUVERTE', 'Dossier rouvert'), ('DROITS_EN_FIN', 'Droits bientôt épuisés'), ('ECHEANCE_CONTRAT', 'Échéance du contrat'), ('MESSAGE', 'Message sur un dossier'), ('MISSION', 'Mission ou tâche confiée'), ('RECAPITULATIF', 'Récapitulatif du jour'), ('COMPTE', 'Compte')], max_length=30)),
                        ('version', models.PositiveIntegerField()),
                        ('objet', models.CharField(max_length=150)),
                        ('corps', models.TextField()),
                        ('ligne', models.TextField(blank=True, verbose_name='ligne du récapitulatif')),
                        ('ecrit_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('ecrit_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='écrit le')),
                        ('publie_le', models.DateTimeField(null=True, verbose_name='publié le')),
                        ('publie_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'gabarit de courriel',
                        'verbose_name_plural': 'gabarits de courriel',
                        'constraints': [
                            models.UniqueConstraint(fields=('genre', 'version'), name='gabarit_version_unique'),
                            models.UniqueConstraint(condition=models.Q(('publie_le__isnull', True)), fields=('genre',), name='gabarit_un_brouillon'),
                            models.CheckConstraint(condition=models.Q(models.Q(('publie_le__isnull', True), ('publie_par__isnull', True)), models.Q(('publie_le__isnull', False), ('publie_par__isnull', False)), _connector='OR'), name='gabarit_publie_par', violation_error_message='Une version publiée l’est par quelqu’un.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='gabarit_publie', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."publie_le" IS NOT NULL)', func="RAISE EXCEPTION 'Une version publiée ne change plus : des courriels la portent.';", hash='1032aade818826c5e86fe225b670cc77a63403ae', operation='UPDATE OR DELETE', pgid='pgtrigger_gabarit_publie_6ca28', table='notifications_gabarit', when='BEFORE')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Livraison',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('abonnement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='livraisons', to='notifications.abonnement')),
                        ('evenement_id', models.BigIntegerField(null=True, verbose_name='événement d’origine')),
                        ('type', models.CharField(max_length=80)),
                        ('fil', models.CharField(max_length=60, verbose_name='suite d’appels')),
                        ('rang', models.PositiveIntegerField(verbose_name='rang dans sa suite')),
                        ('sinistre_id', models.BigIntegerField(null=True)),
                        ('corps', models.TextField(verbose_name='corps, tel qu’il est signé')),
                        ('etat', models.CharField(choices=[('A_LIVRER', 'À livrer'), ('EN_COURS', 'En cours'), ('LIVREE', 'Livrée'), ('ABANDONNEE', 'Abandonnée')], default='A_LIVRER', max_length=20, verbose_name='état')),
                        ('tentatives', models.PositiveSmallIntegerField(default=0)),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='créée le')),
                        ('prochaine_le', models.DateTimeField(default=django.utils.timezone.now, verbose_name='prochain essai')),
                        ('bail', models.UUIDField(null=True)),
                        ('bail_jusqu_a', models.DateTimeField(null=True, verbose_name='bail jusqu’à')),
                        ('livree_le', models.DateTimeField(null=True, verbose_name='livrée le')),
                        ('statut_http', models.PositiveSmallIntegerField(null=True, verbose_name='statut HTTP')),
                        ('erreur', models.CharField(blank=True, max_length=200, verbose_name='dernier échec')),
                        ('vu_le', models.DateTimeField(null=True, verbose_name='abandon vu le')),
                    ],
                    options={
                        'verbose_name': 'livraison',
                        'indexes': [
                            models.Index(condition=models.Q(('etat', 'A_LIVRER')), fields=['abonnement', 'prochaine_le', 'id'], name='livraison_a_livrer'),
                            models.Index(condition=models.Q(('etat__in', ('A_LIVRER', 'EN_COURS'))), fields=['abonnement', 'fil', 'rang'], name='livraison_ouverte'),
                            models.Index(fields=['abonnement', '-id'], name='livraison_par_abonnement'),
                            models.Index(condition=models.Q(('etat', 'ABANDONNEE'), ('vu_le__isnull', True)), fields=['abonnement'], name='livraison_abandonnee'),
                            models.Index(condition=models.Q(('etat', 'EN_COURS')), fields=['bail_jusqu_a'], name='livraison_en_cours'),
                        ],
                        'constraints': [
                            models.UniqueConstraint(fields=('abonnement', 'evenement_id'), name='livraison_unique'),
                            models.UniqueConstraint(fields=('abonnement', 'fil', 'rang'), name='livraison_rang_unique'),
                            models.CheckConstraint(condition=models.Q(models.Q(('bail__isnull', False), ('bail_jusqu_a__isnull', False), ('etat', 'EN_COURS')), models.Q(models.Q(('etat', 'EN_COURS'), _negated=True), ('bail__isnull', True), ('bail_jusqu_a__isnull', True)), _connector='OR'), name='livraison_en_cours_bail', violation_error_message='Une livraison en cours, et elle seule, est sous bail.'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Preference',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='preferences_courriel', to=settings.AUTH_USER_MODEL)),
                        ('genre', models.CharField(choices=[('ACCUSE_DECLARATION', 'Accusé de déclaration'), ('PIECES_DEMANDEES', 'Demande de pièces'), ('PIECES_RELANCE', 'Relance de pièces'), ('PIECE_REFUSEE', 'Pièce refusée'), ('REPRISE_DEMANDEE', 'Date de reprise demandée'), ('VALIDATION', 'Dossier validé'), ('PAIEMENT', 'Paiement et bordereau'), ('SAISINE_A_PREPARER', 'Conseil médical à saisir'), ('CONTROLE_A_ORGANISER', 'Contrôle à organiser'), ('AVIS_CONTRE_VISITE', 'Conclusions d’un contrôle disponibles'), ('DECISION_ATTENDUE', 'Décision attendue de l’employeur'), ('RECHUTE_OUVERTE', 'Dossier rouvert'), ('DROITS_EN_FIN', 'Droits bientôt épuisés'), ('ECHEANCE_CONTRAT', 'Échéance du contrat'), ('MESSAGE', 'Message sur un dossier'), ('MISSION', 'Mission ou tâche confiée'), ('RECAPITULATIF', 'Récapitulatif du jour'), ('COMPTE', 'Compte')], max_length=30)),
                        ('cadence', models.CharField(choices=[('AUSSITOT', 'Un courriel aussitôt'), ('RECAPITULATIF', 'Dans le récapitulatif du jour'), ('JAMAIS', 'Pas de courriel')], max_length=20)),
                    ],
                    options={
                        'verbose_name': 'préférence de courriel',
                        'verbose_name_plural': 'préférences de courriel',
                        'constraints': [
                            models.UniqueConstraint(fields=('user', 'genre'), name='preference_unique'),
                        ],
                    },
                ),
            ],
        ),
    ]
