"""One database sequence numbers every bordereau: « B-AAAA-NNNNNN », gaps allowed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("indemnities", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE bordereau_numero_seq", "DROP SEQUENCE bordereau_numero_seq"),
    ]
