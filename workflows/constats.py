"""Entering, importing and annulling what is known besides the dossier, under the house's locks: sinistres by id, then agents by id.

Each write may change what is owed: the dossiers it touches are to be looked at again (`revoir`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import QuerySet

from accounts.models import Collectivite, User
from cases.enums import OUVERTS, Etat
from cases.models import Sinistre
from contracts.models import Agent
from contracts.selectors import agents_visibles, collectivites_visibles
from indemnities.lecture_constats import GenreFichier, lire
from indemnities.models import ArretConnu, MontantConstate
from indemnities.rules_constats import LigneArret, LigneMontant
from indemnities.selectors_constats import arrets_connus_visibles, montants_visibles
from indemnities.services import constats, imports_constats
from indemnities.services.imports_constats import Controle
from workflows import lifecycle, verrous
from workflows.decomptes import a_regulariser


def saisir_arret(*, acteur: User, agent_id: int, ligne: LigneArret) -> ArretConnu:
    """Enter a known leave of a visible agent. Raises Agent.DoesNotExist, Refus, DonneeInvalide, Occupe."""
    agent = agents_visibles(acteur).get(pk=agent_id)
    with transaction.atomic():
        _lock_agents([agent.pk])
        arret = constats.saisir_arret(acteur=acteur, agent=agent, ligne=ligne)
        revoir(_concernes([arret]))
    return arret


def saisir_montant(*, acteur: User, numero: str, ligne: LigneMontant) -> MontantConstate:
    """Enter an amount on a visible dossier. Raises Sinistre.DoesNotExist, Refus, DonneeInvalide, TransitionImpossible."""
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        montant = constats.saisir_montant(acteur=acteur, sinistre=sinistre, ligne=ligne)
        revoir([sinistre])
    return montant


def annuler_arret(*, acteur: User, arret_id: int, motif: str) -> ArretConnu:
    """Annul a visible known leave. Raises ArretConnu.DoesNotExist, Refus, DonneeInvalide, TransitionImpossible, Occupe."""
    arret = arrets_connus_visibles(acteur).get(pk=arret_id)
    with transaction.atomic():
        _lock_agents([arret.agent_id])
        constats.annuler(acteur=acteur, constat=arret, motif=motif)
        revoir(_concernes([arret]))
    return arret


def annuler_montant(*, acteur: User, montant_id: int, motif: str) -> MontantConstate:
    """Annul a visible amount. Raises MontantConstate.DoesNotExist, Refus, DonneeInvalide, TransitionImpossible, Occupe."""
    montant = montants_visibles(acteur).get(pk=montant_id)
    with transaction.atomic():
        sinistre = verrous.lock(montant.sinistre_id)
        constats.annuler(acteur=acteur, constat=montant, motif=motif)
        revoir([sinistre])
    return montant


def apercevoir(*, acteur: User, collectivite_id: int, genre: GenreFichier, texte: str) -> Controle:
    """What a file would write for a visible collectivité, and its faults. Writes nothing.

    Raises Collectivite.DoesNotExist (one for which `acteur` may not enter included), DonneeInvalide for a file that can't be read.
    """
    collectivite = _collectivite(acteur, collectivite_id)
    return imports_constats.controler(acteur, collectivite, lire(genre, texte))


def importer(*, acteur: User, collectivite_id: int, genre: GenreFichier, texte: str) -> Controle:
    """Write a whole file, checked again under the locks; with one fault nothing is written, and the faults come back.

    Raises as `apercevoir`; Occupe.
    """
    collectivite = _collectivite(acteur, collectivite_id)
    fichier = lire(genre, texte)
    with transaction.atomic():
        if genre == GenreFichier.ARRETS:
            _lock_agents(imports_constats.agents_du_fichier(acteur, collectivite, fichier).values_list("pk", flat=True))
        else:
            _lock_sinistres(imports_constats.sinistres_du_fichier(acteur, collectivite, fichier).values_list("pk", flat=True))
        controle = imports_constats.controler(acteur, collectivite, fichier)
        if not controle.fautes:
            imports_constats.ecrire(acteur, collectivite, controle, texte)
            revoir(_concernes([arret for _, arret in controle.arrets]) + [montant.sinistre for _, montant in controle.montants])
    return controle


def revoir(sinistres: Iterable[Sinistre]) -> None:
    """What these dossiers, locked, have been paid may no longer be what is owed: somebody is told where it is so."""
    for sinistre_id in sorted({sinistre.pk for sinistre in sinistres}):
        a_regulariser(sinistre_id)


def _collectivite(acteur: User, collectivite_id: int) -> Collectivite:
    return collectivites_visibles(acteur, "constat_saisir").get(pk=collectivite_id)


def _concernes(arrets: Iterable[ArretConnu]) -> list[Sinistre]:
    """The live dossiers of these agents that have a day of leave on the first day of theirs or later: an earlier one is not changed."""
    premiers: dict[int, ArretConnu] = {}
    for arret in arrets:
        connu = premiers.setdefault(arret.agent_id, arret)
        premiers[arret.agent_id] = min(connu, arret, key=lambda a: a.debut)
    sinistres = Sinistre.objects.filter(agent__in=premiers, etat__in=[*OUVERTS, Etat.CLOS], arrets__actif=True)
    rows = sinistres.values_list("pk", "agent_id", "arrets__fin")
    ids = {pk for pk, agent_id, fin in rows if fin >= premiers[agent_id].debut}
    return list(Sinistre.objects.filter(pk__in=ids).select_related("collectivite").order_by("pk"))


def _lock_agents(agent_ids: Iterable[int]) -> None:
    """Lock the dossiers of these agents, then the agents: a declaration of the same days waits for us, or we for it. Raises Occupe."""
    ids = list(agent_ids)
    _lock_sinistres(Sinistre.objects.filter(agent__in=ids).values_list("pk", flat=True))
    _lock(Agent.objects.select_for_update(of=("self",)).filter(pk__in=ids))


def _lock_sinistres(sinistre_ids: Iterable[int]) -> None:
    _lock(Sinistre.objects.select_for_update(of=("self",)).filter(pk__in=list(sinistre_ids)))


def _lock(rows: QuerySet[Any]) -> None:
    try:
        list(rows.order_by("pk").values_list("pk"))
    except OperationalError as error:
        if verrous.est_occupe(error):
            raise verrous.Occupe() from error
        raise
