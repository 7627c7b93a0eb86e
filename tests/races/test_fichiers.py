"""Races about files: whoever comes first, nothing sent is lost, and what is medical is out of reach."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from cases.enums import GenreTache
from cases.errors import Erreur
from cases.models import Tache
from documents import storage
from documents.enums import EtatDepot, EtatPiece, GenreAnomalie
from documents.models import AnomalieStockage, Depot, Piece
from documents.services import anomalies, decisions, depots, reclassement
from journal.models import Entree, Evenement
from tests import factories as f
from tests.documents.conftest import PDF
from tests.races.conftest import ROUNDS, Tally, Track, count

pytestmark = pytest.mark.usefixtures("without_antivirus")


def new_piece(m: f.Monde) -> Piece:
    return Piece.objects.select_related("sinistre", "exigence").get(sinistre=f.sinistre(m, de=f.agent(m.collectivite)), code="arrete")


def now(piece: Piece) -> Piece:
    return Piece.objects.select_related("sinistre", "exigence").get(pk=piece.pk)


def whole_way(piece: Piece, acteur: User, **champs: Any) -> Depot:
    depot = depots.annoncer_depot(acteur=acteur, piece=piece, nom="a.pdf", type="application/pdf", taille=len(PDF), **champs)
    storage.put_quarantine(depot, io.BytesIO(PDF))
    depots.confirmer(acteur=acteur, depot=depot)
    depots.controler(depot.pk)
    return Depot.objects.get(pk=depot.pk)


def test_two_answer_the_same_refusal(track: Track, tally: Tally) -> None:
    """The collectivité and the gestionnaire upload at once: one new version, both files in it, the refused one replaced."""
    m = f.monde()
    for _ in range(ROUNDS):
        piece = new_piece(m)
        old = whole_way(piece, m.mairie)
        decisions.refuser(acteur=m.gestionnaire, piece=piece, motif="ILLISIBLE")
        seen = now(piece)
        results = track.race(partial(whole_way, seen, m.mairie), partial(whole_way, seen, m.gestionnaire))
        assert count(tally, results) == 2
        rows = Depot.objects.filter(piece=piece).exclude(pk=old.pk)
        assert sorted(rows.values_list("etat", flat=True)) == [EtatDepot.DISPONIBLE] * 2
        assert (now(piece).etat, now(piece).version) == (EtatPiece.A_CONTROLER, 2)
        # Announced after the other's file was there, a file is of the version that it made: never a third.
        assert {(d.version, d.remplace_le) for d in rows} == {(2, None)}
        assert Depot.objects.get(pk=old.pk).est_remplace
        assert Tache.objects.filter(sinistre=piece.sinistre, genre=GenreTache.CONTROLER_PIECES, fermee_le=None).count() == 1


def test_two_replace_the_same_version(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        piece = new_piece(m)
        whole_way(piece, m.mairie)
        replace = partial(whole_way, now(piece), remplacer=True, version_vue=1)
        assert count(tally, track.race(partial(replace, m.mairie), partial(replace, m.gestionnaire))) == 2
        assert now(piece).version == 2
        assert Depot.objects.filter(piece=piece, version=2, remplace_le=None, etat=EtatDepot.DISPONIBLE).count() == 2


def test_a_file_arrives_while_another_is_decided_upon(track: Track, tally: Tally) -> None:
    """Conforme and a late page; whichever comes first, the decision stands and the page is there."""
    m = f.monde()
    for _ in range(ROUNDS):
        piece = new_piece(m)
        whole_way(piece, m.mairie)
        late = depots.annoncer_depot(acteur=m.mairie, piece=piece, nom="b.pdf", type="application/pdf", taille=len(PDF))
        storage.put_quarantine(late, io.BytesIO(PDF))
        depots.confirmer(acteur=m.mairie, depot=late)
        results = track.race(partial(depots.controler, late.pk), partial(decisions.accepter, acteur=m.gestionnaire, piece=piece))
        assert count(tally, results) == 2
        assert Depot.objects.get(pk=late.pk).etat == EtatDepot.DISPONIBLE
        order = list(Entree.objects.filter(sinistre_id=piece.sinistre_id).order_by("xid", "id").values_list("action", flat=True))
        assert now(piece).etat == EtatPiece.CONFORME, order


def test_read_while_it_is_sent_into_the_bulle(track: Track, tally: Tally) -> None:
    """An address and a reclassification: the address was given before, and journaled, or it is refused."""
    m = f.monde()
    for _ in range(ROUNDS):
        depot = whole_way(new_piece(m), m.mairie)
        results = track.race(
            partial(depots.address, acteur=m.gestionnaire, depot=depot, inline=False),
            partial(reclassement.reclasser, acteur=m.gestionnaire2, depot=depot),
        )
        assert results[1] is None
        won = count(tally, results, Erreur) == 2
        # By id: an act that waits for the other's lock has drawn its transaction number before it.
        entries = list(Entree.objects.filter(objet_type="depot", objet_id=depot.pk).order_by("id").values_list("action", flat=True))
        assert (entries[-2:] == ["depot.lu", "depot.reclasse"]) if won else ("depot.lu" not in entries)
        with pytest.raises(Erreur):
            depots.address(acteur=m.gestionnaire, depot=depot, inline=True)


def test_two_send_it_into_the_bulle(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        depot = whole_way(new_piece(m), m.mairie)
        act = partial(reclassement.reclasser, depot=depot)
        assert count(tally, track.race(partial(act, acteur=m.mairie), partial(act, acteur=m.gestionnaire))) == 2
        assert Entree.objects.filter(action="depot.reclasse", objet_id=depot.pk).count() == 1
        assert Evenement.objects.filter(type="depot.reclasse", objet_id=depot.pk).count() == 1
        assert Tache.objects.filter(genre=GenreTache.RECLASSER_VOLET, objet_id=depot.pk).count() == 1


def test_sent_into_the_bulle_while_it_is_decided_upon(track: Track, tally: Tally) -> None:
    """It never ends conforme on a paper that nobody has."""
    m = f.monde()
    for _ in range(ROUNDS):
        piece = new_piece(m)
        depot = whole_way(piece, m.mairie)
        results = track.race(
            partial(reclassement.reclasser, acteur=m.mairie, depot=depot),
            partial(decisions.accepter, acteur=m.gestionnaire, piece=piece),
        )
        count(tally, results, Erreur)
        assert Depot.objects.get(pk=depot.pk).etat == EtatDepot.RECLASSE
        assert now(piece).etat == EtatPiece.REFUSEE


def test_two_sweepers_find_one_anomaly(track: Track, tally: Tally) -> None:
    m = f.monde()
    depot = whole_way(new_piece(m), m.mairie)
    for rank in range(ROUNDS):
        tell = partial(anomalies.signaler, genre=GenreAnomalie.OBJET_ABSENT, objet=f"pieces/{rank}", depot=depot)
        assert count(tally, track.race(tell, tell)) == 2
        assert sum(value is not None for value in track.values) == 1
        anomalie = AnomalieStockage.objects.get(objet=f"pieces/{rank}")
        assert Tache.objects.filter(genre=GenreTache.TRAITER_INCIDENT, objet_id=anomalie.pk).count() == 1


def test_two_settle_one_incident(track: Track, tally: Tally) -> None:
    m = f.monde()
    other = f.person("RESPONSABLE")
    depot = whole_way(new_piece(m), m.mairie)
    for rank in range(ROUNDS):
        anomalie = anomalies.signaler(genre=GenreAnomalie.OBJET_ABSENT, objet=f"pieces/{rank}", depot=depot)
        assert anomalie is not None
        settle = partial(anomalies.resoudre, anomalie=anomalie, issue="restauré")
        assert count(tally, track.race(partial(settle, acteur=m.responsable), partial(settle, acteur=other)), Erreur) == 1
        assert Entree.objects.filter(action="stockage.anomalie_resolue", objet_id=anomalie.pk).count() == 1
