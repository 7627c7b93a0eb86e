"""IBAN that one administrator typed on a collectivité become accounts that wait for two people: none is in force by the move alone."""

from django.db import migrations
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException


def reprendre(apps, schema_editor):
    comptes = apps.get_model("indemnities", "CompteBancaire")
    for collectivite in apps.get_model("accounts", "Collectivite").objects.exclude(iban="").order_by("pk"):
        try:
            iban = IBAN(collectivite.iban, validate_bban=True).compact
        except SchwiftyException:
            continue  # it could never have been paid
        comptes.objects.create(collectivite=collectivite, titulaire=collectivite.nom[:70], iban=iban)


class Migration(migrations.Migration):
    dependencies = [("indemnities", "0011_fichiers"), ("accounts", "0005_confirmed_tokens")]

    operations = [migrations.RunPython(reprendre, migrations.RunPython.noop)]
