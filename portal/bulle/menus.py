"""The menu of the bulle's door: each role its own list."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from accounts.enums import Role
from cases.enums import FileTravail
from cases.selectors import count_up_to, taches_visibles
from portal.bulle.acces import visiteur
from portal.bulle.selectors import mes_avis
from portal.menus import Lien, Section

ACCUEIL = "bulle:accueil"


def menu(request: HttpRequest) -> list[Section]:
    user = visiteur(request)
    liens: list[Lien] = []
    if user.has_role(Role.MEDECIN_CONSEIL):
        adresse = reverse("bulle:avis")
        en_attente = mes_avis(user).filter(rendu_le__isnull=True).count()
        liens.append(Lien("Avis à rendre", adresse, compte=en_attente, actif=request.path.startswith(adresse)))
        liens.append(Lien("Personnes admises", reverse("bulle:admissions"), actif=request.path.startswith(reverse("bulle:admissions"))))
    if user.has_role(Role.GESTIONNAIRE_BULLE):
        dossiers = count_up_to(taches_visibles(user).filter(file=FileTravail.BULLE))
        liens.append(Lien("Pièces médicales attendues", reverse("bulle:pieces"), compte=dossiers))
    if user.has_role(Role.EXPERT):
        liens.append(Lien("Mes missions", reverse("bulle:missions")))
    if user.has_role(Role.PSYCHOLOGUE):
        liens.append(Lien("Mes séances", reverse("bulle:seances")))
    return [Section("", tuple(liens))]
