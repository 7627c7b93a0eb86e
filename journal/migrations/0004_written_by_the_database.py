"""Who writes an entry can't choose its place: `id` and `xid` are the database's alone.

A stolen application login could otherwise slip an entry in before others, or put one where the sealer never comes.
"""

from django.db import migrations

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
    dependencies = [("journal", "0003_sealing_and_parking")]

    operations = [migrations.RunSQL(NARROW, WIDEN)]
