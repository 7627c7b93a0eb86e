"""One database sequence numbers every sinistre: « AAAA-NNNNNN », gaps allowed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE sinistre_numero_seq", "DROP SEQUENCE sinistre_numero_seq"),
    ]
