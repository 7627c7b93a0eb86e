"""Queues: the home page « Ma file » and every other one, with headings, filters, saved views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from accounts.gate import peut
from accounts.models import Collectivite, User
from cases.enums import Etat, FileTravail
from cases.errors import DonneeInvalide
from cases.models import Tache
from cases.selectors import COUNT_LIMIT
from cases.selectors_files import ARRIVEE, ECHEANCE, MA_FILE, arrivees_depuis, page_de_taches
from contracts.enums import Nature
from contracts.selectors import collectivites_visibles
from documents.selectors import piece_counts
from indemnities.francais import nombre
from portal import queues
from portal.gestion import menus
from portal.gestion.acces import gestion, visiteur
from portal.gestion.listes import Liste, curseur_de, liste_de
from portal.gestion.services import enregistrer_vue, supprimer_vue
from portal.presentation import Age
from workflows import suites

AUTRES_ECRANS: dict[str, tuple[str, str, str]] = {
    FileTravail.A_SIGNER: ("decompte_approuver", "gestion:signatures", "Voir les montants et approuver"),
    FileTravail.A_PAYER: ("bordereau_transmettre", "gestion:paiements", "Composer un bordereau"),
    FileTravail.CORBEILLE: ("corbeille_traiter", "gestion:corbeille", "Ouvrir la corbeille"),
    FileTravail.INCIDENTS: ("incidents_traiter", "gestion:incidents", "Voir que faire, et résoudre"),
}
"""Queues whose work is done on a screen of its own."""


@dataclass(frozen=True)
class Ligne:
    """One row as the template shows it."""

    tache: Tache
    url: str
    age: Age
    pieces: str
    peut_prendre: bool
    peut_rendre: bool
    geste_final: str

    @property
    def peut_finir(self) -> bool:
        """Whether he may end it by saying so: free, or his."""
        return self.peut_prendre or self.peut_rendre


@dataclass(frozen=True)
class Groupe:
    """Rows of one page under their heading, with the count of the whole list."""

    titre: str
    ton: str
    compte: int
    lignes: list[Ligne]


def lignes_de(user: User, liste: Liste, taches: list[Tache], reference: Any) -> list[Ligne]:
    """Rows with their ages and pièces: one query for all of them."""
    counts = piece_counts([t.sinistre_id for t in taches if t.sinistre_id is not None])
    may = peut(user, "notes_lire")
    return [
        Ligne(
            tache=tache,
            url=liste.url_dossier(tache),
            age=queues.age_of(tache, reference),
            pieces="/".join(map(str, counts[tache.sinistre_id])) if tache.sinistre_id in counts else "",
            peut_prendre=may and tache.porteur_id is None,
            peut_rendre=may and tache.porteur_id == user.pk,
            geste_final=suites.libelle(tache),
        )
        for tache in taches
    ]


def groupes_de(lignes: list[Ligne], comptes: dict[str, int]) -> list[Groupe]:
    """Rows under their headings, in the order of the headings; within one, in the order of the list."""
    found = []
    for titre, ton in queues.TITRES.items():
        siennes = [ligne for ligne in lignes if ligne.age.groupe == titre]
        if siennes:
            found.append(Groupe(titre, ton, comptes[f"groupe-{titre}"], siennes))
    return found


@gestion()
@require_GET
def file(request: HttpRequest, code: str = MA_FILE) -> HttpResponse:
    """One page of a queue: 5 queries at most besides session and user (saved views, counts, rows, pièces, the filter's collectivité)."""
    user, liste, curseur = visiteur(request), liste_de(code, request), curseur_de(request)
    taches = liste.taches(user)
    headings = [(f"groupe-{titre}", taches.filter(q)) for titre, q in queues.conditions(curseur.reference).items()]
    counts = menus.comptes(request, ("liste", taches), *headings)
    page = page_de_taches(taches, curseur, tri=liste.tri)
    lignes = lignes_de(user, liste, page.lignes, page.reference)
    collectivite = _collectivite(user, liste)
    late = counts["groupe-Très en retard"] + counts["groupe-En retard"]
    return render(
        request,
        "gestion/file.html",
        {
            "liste": liste,
            "groupes": groupes_de(lignes, dict(counts)) if liste.tri == ECHEANCE else [Groupe("", "", 0, lignes)] if lignes else [],
            "total": counts["liste"],
            "sous_titre": _sous_titre(counts["liste"], late),
            "premier": lignes[0] if lignes else None,
            "filtres": _filtres(liste, collectivite),
            "natures": Nature.choices,
            "etats": Etat.choices,
            "collectivite": collectivite,
            "avant": liste.url(c=page.avant) if page.avant else "",
            "apres": liste.url(c=page.apres) if page.apres else "",
            "tri_autre": liste.url(tri=ARRIVEE if liste.tri == ECHEANCE else None),
            "tri_echeance": liste.tri == ECHEANCE,
            "nouveaux_url": f"{reverse('gestion:nouveaux', args=[liste.code])}?{liste.requete(depuis=page.reference.isoformat())}",
            "vue": _vue_courante(request),
            "peut_attribuer": peut(user, "tache_attribuer"),
            "autre_ecran": _autre_ecran(user, liste.code),
            "requete": liste.requete(),
        },
    )


def _sous_titre(total: int, late: int) -> str:
    many = f"{nombre(COUNT_LIMIT)}+" if total > COUNT_LIMIT else nombre(total)
    retard = f"{nombre(COUNT_LIMIT)}+" if late > COUNT_LIMIT else nombre(late)
    return f"{many} à traiter, {retard} en retard" if total else "rien à traiter"


def _autre_ecran(user: User, code: str) -> tuple[str, str] | None:
    """(address, label) of the screen where the work of this queue is done."""
    action, route, libelle = AUTRES_ECRANS.get(code, ("", "", ""))
    return (reverse(route), libelle) if action and peut(user, action) else None


def _collectivite(user: User, liste: Liste) -> Collectivite | None:
    if liste.filtre.collectivite_id is None:
        return None
    return collectivites_visibles(user).filter(pk=liste.filtre.collectivite_id).first()


def _filtres(liste: Liste, collectivite: Collectivite | None) -> list[tuple[str, str]]:
    """(words, address without it) of each filter in force."""
    filtre = liste.filtre
    found = [
        (f"Nature : {Nature(code).label}", liste.sans(natures=tuple(n for n in filtre.natures if n != code)).url())
        for code in filtre.natures
    ]
    found += [(f"État : {Etat(code).label}", liste.sans(etats=tuple(e for e in filtre.etats if e != code)).url()) for code in filtre.etats]
    if filtre.collectivite_id is not None:
        nom = collectivite.nom if collectivite is not None else "inconnue"
        found.append((f"Collectivité : {nom}", liste.sans(collectivite_id=None).url()))
    return found


def _vue_courante(request: HttpRequest) -> Any:
    """The saved view one has opened, when it is one's own: it can be deleted."""
    wanted = request.GET.get("vue", "")
    return next((v for v in menus.vues(request) if str(v.pk) == wanted and v.proprietaire_id == visiteur(request).pk), None)


@gestion()
@require_GET
def nouveaux(request: HttpRequest, code: str) -> HttpResponse:
    """The banner « 3 nouveaux — actualiser »: the list itself never moves under the pointer."""
    liste = liste_de(code, request)
    depuis = parse_datetime(request.GET.get("depuis", "")) if request.GET.get("depuis") else None
    arrivees = 0
    if depuis is not None and depuis.tzinfo is not None:
        arrivees = arrivees_depuis(visiteur(request), liste.code, liste.filtre, depuis)
    return render(request, "gestion/_nouveaux.html", {"arrivees": arrivees, "url": liste.url()})


@gestion()
@require_GET
def choisir_collectivite(request: HttpRequest) -> HttpResponse:
    """The collectivités a filter may name, as options. A few hundred rows at most in a CDG."""
    return render(
        request, "gestion/_collectivites.html", {"collectivites": collectivites_visibles(visiteur(request)).order_by("nom", "pk")}
    )


@gestion()
@require_POST
def enregistrer(request: HttpRequest, code: str) -> HttpResponse:
    """« Enregistrer cette vue »."""
    liste = liste_de(code, request)
    try:
        vue = enregistrer_vue(
            acteur=visiteur(request),
            nom=request.POST.get("nom", ""),
            file=liste.code,
            parametres=liste.parametres,
            partagee=request.POST.get("partagee") == "on",
        )
    except DonneeInvalide as error:
        messages.error(request, error.message)
        return redirect(liste.url())
    messages.success(request, f"La vue « {vue.nom} » est enregistrée.")
    return redirect(liste.url(vue=vue.pk))


@gestion()
@require_POST
def supprimer(request: HttpRequest, vue_id: int) -> HttpResponse:
    supprimer_vue(acteur=visiteur(request), vue_id=vue_id)
    messages.success(request, "La vue est supprimée.")
    return redirect("gestion:accueil")
