"""The menu of the bulle's door: each role its own list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest
from django.urls import reverse

from accounts.enums import Role
from cases.enums import GenreTache
from cases.selectors import count_up_to, taches_visibles
from medical.selectors_dossiers import mes_missions
from medical.selectors_soutien import mes_soutiens
from portal.bulle.acces import visiteur
from portal.bulle.selectors import EXPERTISES, mes_avis
from portal.menus import Lien, Section

ACCUEIL = "bulle:accueil"


def menu(request: HttpRequest) -> list[Section]:
    user = visiteur(request)
    liens: list[Lien] = []

    def ajouter(libelle: str, nom: str, compter: Callable[[], int] | None = None) -> None:
        liens.append(Lien(libelle, reverse(nom), compter))

    def taches(*genres: str) -> int:
        return count_up_to(taches_visibles(user).filter(genre__in=genres))

    if user.has_role(Role.MEDECIN_CONSEIL):
        ajouter("Avis à rendre", "bulle:avis", lambda: mes_avis(user).filter(rendu_le__isnull=True).count() + taches(*EXPERTISES))
        ajouter("Remplacements", "bulle:delegations")
        ajouter("Personnes admises", "bulle:admissions")
    if user.has_role(Role.GESTIONNAIRE_BULLE):
        ajouter("À contrôler", "bulle:controles", lambda: taches(GenreTache.CONTROLER_PIECE_MEDICALE, GenreTache.RECLASSER_VOLET))
        ajouter("Pièces médicales attendues", "bulle:pieces")
        ajouter("Rapports par courrier", "bulle:rapports", lambda: taches(GenreTache.EX_NUMERISER))
    if user.has_role(Role.EXPERT):
        ajouter("Mes missions", "bulle:missions", lambda: len(mes_missions(user)))
    if user.has_role(Role.PSYCHOLOGUE):
        ajouter("Mes séances", "bulle:seances", lambda: sum(not soutien.est_clos for soutien in mes_soutiens(user)))
    if user.has_role(Role.GESTIONNAIRE_BULLE):
        ajouter("Demandes de soutien", "bulle:soutiens", lambda: taches(GenreTache.SP_CONSENTEMENT, GenreTache.SP_AFFECTER))
    if user.has_role(Role.MEDECIN_CONSEIL, Role.GESTIONNAIRE_BULLE):
        ajouter("Proposer un soutien", "bulle:soutien-proposer")
        ajouter("Accès des agents", "bulle:liens")
    ici = max((lien.url for lien in liens if request.path.startswith(lien.url)), key=len, default="")
    return [Section("", tuple(replace(lien, actif=lien.url == ici) for lien in liens))]
