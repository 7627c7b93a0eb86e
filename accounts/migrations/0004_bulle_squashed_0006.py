"""Admissions and credentials of the bulle, in its schema; and the libraries' tables of credentials and sessions once more, there.

The bulle's search path begins with `medical`: `mfa_authenticator`, `socialaccount_…`, `axes_…` and `django_session` mean there the tables
made below, empty at first, which the web's login can neither read nor write (ADR 0012).
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from journal.tables import CreateTables

SHADOWS = (
    "mfa_authenticator",
    "socialaccount_socialaccount",
    "socialaccount_socialapp",
    "socialaccount_socialtoken",
    "axes_accessattempt",
    "axes_accessattemptexpiration",
    "axes_accessfailurelog",
    "axes_accesslog",
    "django_session",
)
LINKS = (
    ("mfa_authenticator", "user_id", "public.accounts_user"),
    ("socialaccount_socialaccount", "user_id", "public.accounts_user"),
    ("socialaccount_socialtoken", "account_id", "medical.socialaccount_socialaccount"),
    ("socialaccount_socialtoken", "app_id", "medical.socialaccount_socialapp"),
    ("axes_accessattemptexpiration", "access_attempt_id", "medical.axes_accessattempt"),
)


class Migration(migrations.Migration):

    replaces = [
        ('accounts', '0004_bulle_credentials'),
        ('accounts', '0005_confirmed_tokens'),
        ('accounts', '0006_one_truth_of_accounts'),
    ]

    dependencies = [
        ('accounts', '0001_squashed_0003'),
        ('axes', '0010_accessattemptexpiration'),
        ('mfa', '0003_authenticator_type_uniq'),
        ('sessions', '0001_initial'),
        ('socialaccount', '0006_alter_socialaccount_extra_data'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL ROLE vigie_medical; SET LOCAL search_path = medical, public", migrations.RunSQL.noop),
        CreateTables(
            models=[
                migrations.CreateModel(
                    name='Admission',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='compte')),
                        ('role', models.CharField(choices=[('GESTIONNAIRE_BULLE', 'Gestionnaire de bulle'), ('MEDECIN_CONSEIL', 'Médecin conseil'), ('EXPERT', 'Médecin agréé ou expert'), ('PSYCHOLOGUE', 'Psychologue')], max_length=20, verbose_name='rôle')),
                        ('debut', models.DateField(default=django.utils.timezone.localdate, verbose_name='début')),
                        ('fin', models.DateField(blank=True, null=True)),
                        ('admise_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('admise_le', models.DateTimeField(default=django.utils.timezone.now)),
                        ('retiree_le', models.DateTimeField(null=True)),
                        ('retiree_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('motif', models.CharField(blank=True, max_length=200, verbose_name='motif du retrait')),
                    ],
                    options={
                        'verbose_name': 'admission dans la bulle',
                        'verbose_name_plural': 'admissions dans la bulle',
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='admission_dates', violation_error_message='La fin précède le début.'),
                            models.CheckConstraint(condition=models.Q(('role__in', ['EXPERT', 'GESTIONNAIRE_BULLE', 'MEDECIN_CONSEIL', 'PSYCHOLOGUE'])), name='admission_role_medical'),
                            models.UniqueConstraint(condition=models.Q(('retiree_le__isnull', True)), fields=('user', 'role'), name='admission_une_par_role'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='IdentifiantBulle',
                    fields=[
                        ('user', models.OneToOneField(on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                        ('password', models.CharField(max_length=128)),
                        ('modifie_le', models.DateTimeField(default=django.utils.timezone.now)),
                        ('enrole_le', models.DateTimeField(null=True, verbose_name='mot de passe et seconde vérification en place le')),
                    ],
                    options={
                        'verbose_name': 'identifiant de la bulle',
                        'verbose_name_plural': 'identifiants de la bulle',
                    },
                ),
                migrations.CreateModel(
                    name='LienEnrolement',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('empreinte', models.CharField(editable=False, max_length=64, unique=True)),
                        ('cree_par', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('cree_le', models.DateTimeField(default=django.utils.timezone.now)),
                        ('expire_le', models.DateTimeField()),
                        ('utilise_le', models.DateTimeField(null=True)),
                        ('annule_le', models.DateTimeField(null=True)),
                    ],
                    options={
                        'verbose_name': 'lien d’enrôlement',
                        'verbose_name_plural': 'liens d’enrôlement',
                    },
                ),
            ],
        ),
        migrations.RunSQL(
            "; ".join(f"CREATE TABLE medical.{name} (LIKE public.{name} INCLUDING ALL)" for name in SHADOWS),
            "; ".join(f"DROP TABLE IF EXISTS medical.{name} CASCADE" for name in SHADOWS),
        ),
        migrations.RunSQL(
            "; ".join(
                f"ALTER TABLE medical.{name} ADD FOREIGN KEY ({column}) REFERENCES {target} DEFERRABLE INITIALLY DEFERRED"
                for name, column, target in LINKS
            ),
            migrations.RunSQL.noop,
        ),
    ]
