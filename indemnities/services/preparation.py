"""Décomptes made by the engines: written with their lines, and agreed by a second person like any other.

The caller (workflows/decomptes.py) holds the lock of the sinistre and its transaction.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreTache
from cases.models import Sinistre
from cases.services import taches
from indemnities.calcul.modele import Ligne
from indemnities.calcul.simulation import rendre_ligne
from indemnities.dossier.projets import Plan, Projet
from indemnities.enums import GenreDecompte
from indemnities.models import Decompte
from indemnities.services import delais
from indemnities.services.decomptes import lock, record, require_payable
from indemnities.services.ecriture import Calcul, LigneCalculee, ecrire

REMPLACE = "Remplacé par un nouveau calcul."


def preparer(*, acteur: User, sinistre: Sinistre, plan: Plan) -> list[Decompte]:
    """Write the décomptes of `plan`; `acteur`, who asked for them, is their author. Unsigned ones that they replace are set aside.

    Raises Refus, TransitionImpossible (dossier refused or cancelled), Erreur (ecriture.ecrire).
    """
    exiger(acteur, "decompte_calculer", sinistre)
    require_payable(sinistre)
    for decompte in plan.a_ecarter:
        _set_aside(acteur, decompte)
    delais.suivre(sinistre)
    return [ecrire(acteur=acteur, sinistre=sinistre, calcul=_calculation(projet)) for projet in plan.projets]


def _set_aside(acteur: User, decompte: Decompte) -> None:
    fresh = lock(decompte)
    fresh.rejeter(motif=REMPLACE)
    fresh.save(update_fields=["etat", "motif_rejet"])
    taches.fermer_objet(genre=GenreTache.APPROUVER_DECOMPTE, objet_type="decompte", objet_id=fresh.pk, issue="remplace")
    record(acteur, "decompte.remplace", fresh)


def _calculation(projet: Projet) -> Calcul:
    return Calcul(
        genre=GenreDecompte.IJ,
        debut=projet.debut,
        fin=projet.fin,
        lignes=[_line(ligne) for ligne in projet.lignes],
        explication=projet.explication,
        deja=projet.deja,
        corrige=projet.corrige,
        arret=projet.arret,
    )


def _line(ligne: Ligne) -> LigneCalculee:
    """What a page shows in columns of their own; the rest is its trace, in plain values."""
    rendue = rendre_ligne(ligne)
    return LigneCalculee(
        nature=rendue["nature"],
        debut=dt.date.fromisoformat(rendue["debut"]),
        fin=dt.date.fromisoformat(rendue["fin"]),
        montant=Decimal(rendue["montant"]),
        trace={**rendue["trace"], "pourquoi": rendue["pourquoi"]},
        jours=rendue["jours"],
        sort=rendue["sort"],
        fraction=rendue["fraction"],
    )
