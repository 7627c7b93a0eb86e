"""The journal and the outbox. Append-only means it: the application logins may add to the journal and read it, never change or remove a row.

Nor can who writes an entry choose its place: `id` and `xid` are the database's alone. A stolen application login could otherwise slip an
entry in before others, or put one where the sealer never comes.
"""

import django.db.models.deletion
from django.db import migrations, models

import journal.models
from journal.tables import CreateTables

FORBID = """
DO $$
DECLARE login text; tbl text;
BEGIN
    FOREACH login IN ARRAY ARRAY['vigie_web', 'vigie_bulle'] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = login) THEN
            FOREACH tbl IN ARRAY ARRAY['journal_entree', 'journal_contenu', 'journal_sceau', 'journal_evenement'] LOOP
                EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM %I', tbl, login);
            END LOOP;
        END IF;
    END LOOP;
END $$;
CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The journal is append-only: % on % is refused', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER journal_entree_append_only BEFORE UPDATE OR DELETE ON journal_entree
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER journal_sceau_append_only BEFORE UPDATE OR DELETE ON journal_sceau
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
"""

ALLOW = """
DROP TRIGGER journal_sceau_append_only ON journal_sceau;
DROP TRIGGER journal_entree_append_only ON journal_entree;
DROP FUNCTION journal_is_append_only();
"""

NARROW = """
DO $$
DECLARE login text;
BEGIN
    FOREACH login IN ARRAY ARRAY['vigie_web', 'vigie_bulle'] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = login) THEN
            EXECUTE format('REVOKE INSERT ON journal_entree FROM %I', login);
            EXECUTE format(
                'GRANT INSERT (le, acteur_id, acteur, origine, action, objet_type, objet_id, sinistre_id, motif, empreinte)'
                ' ON journal_entree TO %I', login);
        END IF;
    END LOOP;
END $$;
"""

WIDEN = """
DO $$
DECLARE login text;
BEGIN
    FOREACH login IN ARRAY ARRAY['vigie_web', 'vigie_bulle'] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = login) THEN
            EXECUTE format('GRANT INSERT ON journal_entree TO %I', login);
        END IF;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):

    replaces = [
        ('journal', '0001_initial'),
        ('journal', '0002_append_only'),
        ('journal', '0003_sealing_and_parking'),
        ('journal', '0004_written_by_the_database'),
    ]

    initial = True

    dependencies = [
    ]

    operations = [
        CreateTables(
            models=[
                migrations.CreateModel(
                    name='Entree',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('xid', journal.models.Xid8Field(db_default=journal.models.CurrentXid(), editable=False)),
                        ('le', models.DateTimeField(verbose_name='instant')),
                        ('acteur_id', models.BigIntegerField(null=True, verbose_name='compte')),
                        ('acteur', models.CharField(max_length=150, verbose_name='acteur')),
                        ('origine', models.CharField(max_length=20, verbose_name='processus')),
                        ('action', models.CharField(max_length=80)),
                        ('objet_type', models.CharField(max_length=40)),
                        ('objet_id', models.BigIntegerField()),
                        ('sinistre_id', models.BigIntegerField(null=True)),
                        ('motif', models.TextField(blank=True)),
                        ('empreinte', models.BinaryField(max_length=32, verbose_name='empreinte salée du contenu')),
                    ],
                    options={
                        'verbose_name': 'entrée du journal',
                        'verbose_name_plural': 'entrées du journal',
                        'indexes': [
                            models.Index(condition=models.Q(('sinistre_id__isnull', False)), fields=['sinistre_id', '-id'], name='journal_par_sinistre'),
                            models.Index(fields=['xid', 'id'], name='journal_ordre_scellement'),
                            models.Index(fields=['acteur_id', '-id'], name='journal_par_acteur'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Contenu',
                    fields=[
                        ('entree', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='contenu', serialize=False, to='journal.entree')),
                        ('donnees', models.JSONField(default=dict)),
                        ('sel', models.BinaryField(max_length=16)),
                    ],
                    options={
                        'verbose_name': 'contenu d’entrée',
                        'verbose_name_plural': 'contenus d’entrées',
                    },
                ),
                migrations.CreateModel(
                    name='Curseur',
                    fields=[
                        ('nom', models.CharField(max_length=60, primary_key=True, serialize=False)),
                        ('xid', journal.models.Xid8Field(default=0)),
                        ('evenement_id', models.BigIntegerField(default=0)),
                        ('avance_le', models.DateTimeField(auto_now=True)),
                        ('tentatives', models.PositiveSmallIntegerField(default=0, verbose_name='échecs sur l’événement suivant')),
                        ('reprise_le', models.DateTimeField(null=True, verbose_name='prochain essai')),
                        ('erreur', models.CharField(blank=True, max_length=200, verbose_name='dernier échec')),
                    ],
                    options={
                        'verbose_name': 'curseur de lecture',
                        'verbose_name_plural': 'curseurs de lecture',
                    },
                ),
                migrations.CreateModel(
                    name='Evenement',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('xid', journal.models.Xid8Field(db_default=journal.models.CurrentXid(), editable=False)),
                        ('le', models.DateTimeField(verbose_name='instant')),
                        ('type', models.CharField(max_length=80)),
                        ('objet_type', models.CharField(max_length=40)),
                        ('objet_id', models.BigIntegerField()),
                        ('sinistre_id', models.BigIntegerField(null=True)),
                        ('donnees', models.JSONField(default=dict)),
                    ],
                    options={
                        'verbose_name': 'événement',
                        'verbose_name_plural': 'événements',
                        'indexes': [
                            models.Index(fields=['xid', 'id'], name='evenement_ordre'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='EvenementEcarte',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('nom', models.CharField(max_length=60, verbose_name='consommateur')),
                        ('evenement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mises_a_l_ecart', to='journal.evenement')),
                        ('tentatives', models.PositiveSmallIntegerField()),
                        ('erreur', models.CharField(max_length=200)),
                        ('ecarte_le', models.DateTimeField(verbose_name='écarté le')),
                        ('traite_le', models.DateTimeField(null=True, verbose_name='traité le')),
                    ],
                    options={
                        'verbose_name': 'événement écarté',
                        'verbose_name_plural': 'événements écartés',
                        'indexes': [
                            models.Index(condition=models.Q(('traite_le__isnull', True)), fields=['nom', 'evenement'], name='evenement_ecarte_ouvert'),
                        ],
                        'constraints': [
                            models.UniqueConstraint(fields=('nom', 'evenement'), name='evenement_ecarte_unique'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Sceau',
                    fields=[
                        ('rang', models.BigIntegerField(primary_key=True, serialize=False)),
                        ('entree', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sceau', to='journal.entree')),
                        ('precedent', models.BinaryField(max_length=32)),
                        ('empreinte', models.BinaryField(max_length=32)),
                        ('scelle_le', models.DateTimeField()),
                    ],
                    options={
                        'verbose_name': 'sceau',
                        'verbose_name_plural': 'sceaux',
                    },
                ),
            ],
        ),
        migrations.RunSQL(FORBID, ALLOW),
        migrations.RunSQL(NARROW, WIDEN),
    ]
