"""Append-only means it: the application logins may add to the journal and read it, never change or remove a row."""

from django.db import migrations

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


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [migrations.RunSQL(FORBID, ALLOW)]
