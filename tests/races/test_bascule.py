"""Moving a dossier to another list, at once with another move or with a file that arrives: nothing lost, nothing twice."""

from __future__ import annotations

import datetime as dt
import io
from functools import partial
from typing import Any

from django.utils import timezone

from documents import storage
from documents.enums import EtatDepot, EtatPiece
from documents.models import Depot, DossierPieces, ListePieces, Piece
from documents.services import bascule, depots, listes
from journal.models import Entree
from tests import factories as f
from tests.documents.conftest import PDF
from tests.races.conftest import ROUNDS, Tally, Track, count


def without_arrete(m: f.Monde) -> ListePieces:
    brouillon = listes.preparer(acteur=m.responsable)
    listes.supprimer_ligne(acteur=m.responsable, liste_id=brouillon.pk, ligne_id=brouillon.exigences.get(code="arrete").pk)
    return listes.publier(acteur=m.responsable, liste_id=brouillon.pk, debut=timezone.localdate() + dt.timedelta(days=1))


def test_two_move_the_same_dossiers(track: Track, tally: Tally) -> None:
    m = f.monde()
    cible = without_arrete(m)
    for _ in range(ROUNDS):
        sinistre = f.sinistre(m, de=f.agent(m.collectivite))
        move = partial(bascule.basculer, acteur=m.responsable, cible=cible)
        assert count(tally, track.race(move, move)) == 2
        assert sum(value.faits for value in track.values) == 1  # type: ignore[attr-defined]
        assert Entree.objects.filter(sinistre_id=sinistre.pk, action="liste.bascule").count() == 1
        assert DossierPieces.objects.get(sinistre=sinistre).liste_id == cible.pk
        assert Piece.objects.get(sinistre=sinistre, code="arrete").etat == EtatPiece.SANS_OBJET


def test_a_move_against_a_file_that_arrives(track: Track, tally: Tally, settings: Any) -> None:
    """Received first, the pièce stays and its file with it; moved first, the file is kept under a pièce that nobody waits for."""
    settings.CLAMD_URL, settings.DEMO = "", True
    m = f.monde()
    cible = without_arrete(m)
    for _ in range(ROUNDS):
        sinistre = f.sinistre(m, de=f.agent(m.collectivite))
        piece = Piece.objects.select_related("sinistre").get(sinistre=sinistre, code="arrete")
        depot = depots.annoncer_depot(acteur=m.mairie, piece=piece, nom="a.pdf", type="application/pdf", taille=len(PDF))
        storage.put_quarantine(depot, io.BytesIO(PDF))
        move = partial(bascule.basculer, acteur=m.responsable, cible=cible)
        assert count(tally, track.race(move, partial(depots.confirmer, acteur=m.mairie, depot=depot))) == 2
        depots.controler(depot.pk)
        assert Depot.objects.get(pk=depot.pk).etat == EtatDepot.DISPONIBLE
        assert Piece.objects.get(pk=piece.pk).etat in (EtatPiece.A_CONTROLER, EtatPiece.SANS_OBJET)
        assert DossierPieces.objects.get(sinistre=sinistre).liste_id == cible.pk
