"""The menu of the bulle's door: each role its own list."""

from __future__ import annotations

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
    if user.has_role(Role.MEDECIN_CONSEIL):
        en_attente = mes_avis(user).filter(rendu_le__isnull=True).count() + count_up_to(taches_visibles(user).filter(genre__in=EXPERTISES))
        liens.append(Lien("Avis à rendre", reverse("bulle:avis"), compte=en_attente, actif=_under(request, "bulle:avis")))
        liens.append(Lien("Remplacements", reverse("bulle:delegations"), actif=_under(request, "bulle:delegations")))
        liens.append(Lien("Personnes admises", reverse("bulle:admissions"), actif=_under(request, "bulle:admissions")))
    if user.has_role(Role.GESTIONNAIRE_BULLE):
        genres = [GenreTache.CONTROLER_PIECE_MEDICALE, GenreTache.RECLASSER_VOLET]
        a_controler = count_up_to(taches_visibles(user).filter(genre__in=genres))
        liens.append(Lien("À contrôler", reverse("bulle:controles"), compte=a_controler, actif=_under(request, "bulle:controles")))
        liens.append(Lien("Pièces médicales attendues", reverse("bulle:pieces")))
        par_courrier = count_up_to(taches_visibles(user).filter(genre=GenreTache.EX_NUMERISER))
        liens.append(Lien("Rapports par courrier", reverse("bulle:rapports"), compte=par_courrier, actif=_under(request, "bulle:rapports")))
    if user.has_role(Role.EXPERT):
        missions = len(mes_missions(user))
        liens.append(Lien("Mes missions", reverse("bulle:missions"), compte=missions, actif=_under(request, "bulle:missions")))
    if user.has_role(Role.PSYCHOLOGUE):
        suivis = sum(not soutien.est_clos for soutien in mes_soutiens(user))
        liens.append(Lien("Mes séances", reverse("bulle:seances"), compte=suivis, actif=_under(request, "bulle:seances")))
    if user.has_role(Role.GESTIONNAIRE_BULLE):
        attendus = count_up_to(taches_visibles(user).filter(genre__in=[GenreTache.SP_CONSENTEMENT, GenreTache.SP_AFFECTER]))
        liens.append(Lien("Demandes de soutien", reverse("bulle:soutiens"), compte=attendus, actif=_under(request, "bulle:soutiens")))
    if user.has_role(Role.MEDECIN_CONSEIL, Role.GESTIONNAIRE_BULLE):
        liens.append(Lien("Proposer un soutien", reverse("bulle:soutien-proposer")))
        liens.append(Lien("Accès des agents", reverse("bulle:liens"), actif=_under(request, "bulle:liens")))
    return [Section("", tuple(liens))]


def _under(request: HttpRequest, nom: str) -> bool:
    return request.path.startswith(reverse(nom))
