"""`manage.py verifier_decomptes`: what stands for each dossier against what the engines give now. Reads only.

Exit code 1 when a dossier differs, or can't be computed any more. About twenty queries a dossier.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.enums import Etat
from cases.errors import GardeNonSatisfaite
from cases.models import Sinistre
from indemnities.dossier.projets import a_regulariser
from indemnities.enums import EtatDecompte, GenreDecompte, OrigineDecompte
from indemnities.models import Decompte


class Command(BaseCommand):
    help = "Recalcule les indemnités déjà décomptées et nomme les dossiers dont le calcul ne donne plus la même chose."

    def handle(self, *args: Any, **options: Any) -> None:
        calcules = Decompte.objects.filter(genre=GenreDecompte.IJ, origine=OrigineDecompte.CALCULE).exclude(etat=EtatDecompte.REJETE)
        dossiers = Sinistre.objects.filter(pk__in=calcules.values("sinistre")).exclude(etat__in=[Etat.ANNULE, Etat.REFUSE])
        vus = ecarts = 0
        for sinistre in dossiers.select_related("agent", "contrat", "termes", "collectivite").order_by("pk").iterator(chunk_size=500):
            vus += 1
            raison = self._difference(sinistre)
            if raison:
                ecarts += 1
                self.stderr.write(f"{sinistre.numero} : {raison}")
        if ecarts:
            raise CommandError(f"{ecarts} dossier{'s' if ecarts > 1 else ''} à régulariser, sur {vus}.")
        self.stdout.write(f"{vus} dossiers recalculés : chacun donne ce qui est décompté.")

    @staticmethod
    def _difference(sinistre: Sinistre) -> str:
        try:
            return "ce qui est décompté n’est plus ce qui est dû." if a_regulariser(sinistre) else ""
        except GardeNonSatisfaite as error:
            return " ".join(error.raisons)
