# Nothing has written these tables before: a column with a unique default finds no row to fill.

import uuid

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_one_truth_of_accounts'),
        ('notifications', '0003_annonces'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='livraison',
            name='livraison_rang_unique',
        ),
        migrations.RemoveIndex(
            model_name='livraison',
            name='livraison_a_livrer',
        ),
        migrations.AddField(
            model_name='abonnement',
            name='ancien_secret',
            field=models.BinaryField(max_length=300, null=True, verbose_name='secret précédent, chiffré'),
        ),
        migrations.AddField(
            model_name='abonnement',
            name='ancien_secret_jusqu_a',
            field=models.DateTimeField(null=True, verbose_name='le secret précédent signe jusqu’à'),
        ),
        migrations.AddField(
            model_name='abonnement',
            name='ferme_le',
            field=models.DateTimeField(null=True, verbose_name='fermé le'),
        ),
        migrations.AddField(
            model_name='abonnement',
            name='pause_le',
            field=models.DateTimeField(null=True, verbose_name='en pause depuis'),
        ),
        migrations.AddField(
            model_name='abonnement',
            name='pause_motif',
            field=models.CharField(blank=True, choices=[('DEMANDE', 'Suspendu par une personne'), ('DISPARU', 'Le programme a répondu qu’il n’existe plus (410)'), ('SECRET', 'Le secret ne se lit plus : renouvelez-le')], max_length=20, verbose_name='motif de la pause'),
        ),
        migrations.AddField(
            model_name='abonnement',
            name='uid',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddField(
            model_name='livraison',
            name='fil',
            field=models.CharField(default='', max_length=60, verbose_name='suite d’appels'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='livraison',
            name='uid',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddField(
            model_name='livraison',
            name='vu_le',
            field=models.DateTimeField(null=True, verbose_name='abandon vu le'),
        ),
        migrations.AlterField(
            model_name='livraison',
            name='evenement_id',
            field=models.BigIntegerField(null=True, verbose_name='événement d’origine'),
        ),
        migrations.AlterField(
            model_name='livraison',
            name='rang',
            field=models.PositiveIntegerField(verbose_name='rang dans sa suite'),
        ),
        migrations.AddIndex(
            model_name='livraison',
            index=models.Index(condition=models.Q(('etat', 'A_LIVRER')), fields=['abonnement', 'prochaine_le', 'id'], name='livraison_a_livrer'),
        ),
        migrations.AddIndex(
            model_name='livraison',
            index=models.Index(condition=models.Q(('etat__in', ('A_LIVRER', 'EN_COURS'))), fields=['abonnement', 'fil', 'rang'], name='livraison_ouverte'),
        ),
        migrations.AddIndex(
            model_name='livraison',
            index=models.Index(fields=['abonnement', '-id'], name='livraison_par_abonnement'),
        ),
        migrations.AddIndex(
            model_name='livraison',
            index=models.Index(condition=models.Q(('etat', 'ABANDONNEE'), ('vu_le__isnull', True)), fields=['abonnement'], name='livraison_abandonnee'),
        ),
        migrations.AddConstraint(
            model_name='abonnement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ancien_secret__isnull', True), ('ancien_secret_jusqu_a__isnull', True)), models.Q(('ancien_secret__isnull', False), ('ancien_secret_jusqu_a__isnull', False)), _connector='OR'), name='abonnement_ancien_secret_borne', violation_error_message='Un secret précédent signe jusqu’à un instant dit.'),
        ),
        migrations.AddConstraint(
            model_name='abonnement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('actif', True), ('pause_le__isnull', True), ('pause_motif', '')), models.Q(('actif', False), ('pause_le__isnull', False), ('pause_motif__gt', '')), _connector='OR'), name='abonnement_pause_datee', violation_error_message='Une pause a sa date et son motif.'),
        ),
        migrations.AddConstraint(
            model_name='livraison',
            constraint=models.UniqueConstraint(fields=('abonnement', 'fil', 'rang'), name='livraison_rang_unique'),
        ),
    ]
