"""The menu of the gestionnaires' door: queues with their counts, told by one query a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.gate import peut
from accounts.models import User
from cases.enums import FileTravail, GenreTache
from cases.selectors import files_of
from cases.selectors_files import EQUIPE, LIBELLES, MA_FILE, NON_ATTRIBUES, Compte, comptes_bornes, comptes_des_files
from notifications.webhooks.selectors import GERER as WEBHOOKS
from notifications.webhooks.selectors import en_defaut
from portal.gestion.acces import visiteur
from portal.gestion.listes import Liste
from portal.gestion.selectors import vues_de
from portal.menus import Lien, Section
from portal.models import VueEnregistree

ACCUEIL = "gestion:accueil"
ECRANS: dict[str, str] = {FileTravail.CORBEILLE: "gestion:corbeille", FileTravail.INCIDENTS: "gestion:incidents"}
"""Queues that are read on a screen of their own."""
ANTICIPER = (FileTravail.CONTROLES_6_MOIS, FileTravail.SAISINES)


def comptes(request: HttpRequest, *more: tuple[str, QuerySet[Any]]) -> Mapping[str, int]:
    """Every count the page shows, in one query: those of the menu, of saved views, and `more`. Kept for the rest of the request."""
    known: dict[str, int] | None = getattr(request, "gestion_comptes", None)
    if known is not None:
        return known
    user = visiteur(request)
    counts: dict[str, QuerySet[Any] | Compte] = {**comptes_des_files(user)}
    for vue in vues(request):
        if vue.file in LIBELLES:
            counts[f"vue-{vue.pk}"] = Liste.de(vue.file, vue.parametres).taches(user)
    counts |= dict(more)
    if peut(user, WEBHOOKS):
        counts[WEBHOOKS] = en_defaut(user)
    counted = comptes_bornes(counts)
    request.gestion_comptes = counted  # type: ignore[attr-defined]
    return counted


def vues(request: HttpRequest) -> list[VueEnregistree]:
    """The visitor's saved views, read once per request."""
    known: list[VueEnregistree] | None = getattr(request, "gestion_vues", None)
    if known is None:
        user = visiteur(request)
        known = list(vues_de(user)) if peut(user, "file_consulter") else []
        request.gestion_vues = known  # type: ignore[attr-defined]
    return known


def menu(request: HttpRequest) -> list[Section]:
    """Sections in the order of the day's work; an empty section is not shown."""
    user = visiteur(request)
    sections = [
        Section("", _files(request, user)),
        Section("À faire", _queues(request, [f for f in files_of(user) if f not in ANTICIPER])),
        Section("À anticiper", _queues(request, [f for f in files_of(user) if f in ANTICIPER])),
        Section("Vues", _vues(request, user)),
        Section("Dossiers", _dossiers(user)),
        Section("Paiements", _paiements(user)),
        Section("Références", _references(request, user)),
    ]
    return [section for section in sections if section.liens]


def _compte(request: HttpRequest, code: str) -> Callable[[], int]:
    return lambda: comptes(request)[code]


def _compte_s_il_y_en_a(request: HttpRequest, code: str) -> Callable[[], int | None]:
    return lambda: comptes(request)[code] or None


def _files(request: HttpRequest, user: User) -> tuple[Lien, ...]:
    if not peut(user, "notes_lire"):
        return ()
    return tuple(Lien(LIBELLES[code], Liste.de(code, {}).url(), _compte(request, code)) for code in (MA_FILE, NON_ATTRIBUES, EQUIPE))


def _queues(request: HttpRequest, codes: list[str]) -> tuple[Lien, ...]:
    return tuple(
        Lien(
            LIBELLES[code],
            reverse(ECRANS[code]) if code in ECRANS else reverse("gestion:file", args=[code]),
            _compte(request, code),
        )
        for code in codes
    )


def _vues(request: HttpRequest, user: User) -> tuple[Lien, ...]:
    if not peut(user, "notes_lire"):
        return ()
    present = request.get_full_path()
    liens = []
    for vue in vues(request):
        if vue.file in LIBELLES:
            url = Liste.de(vue.file, vue.parametres).url(vue=vue.pk)
            liens.append(Lien(vue.nom, url, _compte(request, f"vue-{vue.pk}"), actif=url == present))
    return tuple(liens)


def _dossiers(user: User) -> tuple[Lien, ...]:
    liens = []
    if peut(user, "notes_lire"):
        liens += [Lien("Recherche", reverse("gestion:recherche")), Lien("Clos récents", reverse("gestion:clos-recents"))]
    if peut(user, "saisine_mener"):
        liens.append(Lien("Suivi systématique", reverse("gestion:suivi")))
    if peut(user, "corbeille_traiter"):
        liens.append(Lien("Déclarer pour une collectivité", reverse("gestion:declarer")))
    return tuple(liens)


def _paiements(user: User) -> tuple[Lien, ...]:
    liens = []
    if peut(user, "decompte_approuver"):
        liens.append(Lien("Décomptes à approuver", reverse("gestion:signatures")))
    if peut(user, "bordereau_transmettre"):
        liens.append(Lien("Composer un bordereau", reverse("gestion:paiements")))
    if peut(user, "notes_lire"):
        liens.append(Lien("Bordereaux", reverse("gestion:bordereaux")))
    if peut(user, "remise_lire"):
        liens += [Lien("Remises de virements", reverse("gestion:remises")), Lien("Retours de paiement", reverse("gestion:retours"))]
    if peut(user, "compte_lire"):
        liens.append(Lien("Comptes bancaires", reverse("gestion:comptes")))
    if peut(user, "simuler"):
        liens.append(Lien("Simulateur", reverse("simulateur")))
    return tuple(liens)


def _references(request: HttpRequest, user: User) -> tuple[Lien, ...]:
    liens = []
    if peut(user, "contrat_lire"):
        liens += [Lien("Contrats", reverse("gestion:contrats")), Lien("Listes de pièces", reverse("gestion:listes"))]
        liens.append(Lien("Calendrier des relances", reverse("gestion:relances")))
    if peut(user, "notes_lire"):
        liens += [Lien("Agents", reverse("gestion:agents")), Lien("Le parcours d’un dossier", reverse("processus"))]
    if peut(user, "medecins_agrees_tenir"):
        liens.append(Lien("Médecins agréés", reverse("gestion:medecins")))
    if peut(user, "reponses_types_modifier"):
        liens.append(Lien("Réponses types", reverse("gestion:reponses-types")))
    if peut(user, "gabarits_modifier"):
        liens.append(Lien("Modèles de courriels", reverse("gestion:modeles")))
    if peut(user, "courriels_lire"):
        liens.append(Lien("Boîte d’envoi", reverse("gestion:boite-envoi")))
    if peut(user, "adresses_traiter"):
        liens.append(
            Lien("À joindre autrement", reverse("gestion:adresses-refusees"), _compte_s_il_y_en_a(request, GenreTache.CORRIGER_ADRESSE))
        )
    if peut(user, WEBHOOKS):
        liens.append(Lien("Abonnements (webhooks)", reverse("gestion:webhooks"), _compte_s_il_y_en_a(request, WEBHOOKS)))
    return tuple(liens)
