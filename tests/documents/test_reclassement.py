"""Volet 1 received by mistake: one act, and nothing of it is left outside."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import serializers

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import Erreur
from cases.models import Tache
from documents import storage
from documents.enums import EtatDepot, EtatPiece, MotifRefusPiece
from documents.models import Courrier, Depot, Piece
from documents.services import courriers, decisions, depots, reclassement
from journal.models import Contenu, Entree, Evenement
from notifications import derivation
from notifications.models import Annonce, Courriel
from tests import factories as f
from tests.documents.conftest import EXE, fresh, get, send
from tests.documents.test_courriers import arrived, scanned
from tests.documents.test_versions import now, received

pytestmark = pytest.mark.usefixtures("without_antivirus")

NOM = "certificat-CANARI-hernie-discale.pdf"


def test_one_act(m: f.Monde, piece: Piece) -> None:
    depot = received(m, piece, nom=NOM)
    apercu = depot.preview_name
    assert storage.exists(apercu)
    reclassement.reclasser(acteur=m.gestionnaire, depot=depot)
    gone = fresh(depot)
    assert (gone.etat, gone.nom, gone.reclasse_par) == (EtatDepot.RECLASSE, "document reclassé", m.gestionnaire)
    after = now(piece)
    assert (after.etat, after.motif_refus, after.alternative) == (EtatPiece.REFUSEE, MotifRefusPiece.VOLET_1, "")
    assert "secret médical" in after.message_refus
    tache = Tache.objects.get(genre=GenreTache.RECLASSER_VOLET, objet_type="depot", objet_id=depot.pk)
    assert tache.est_ouverte and tache.sinistre_id == piece.sinistre_id
    actions = Entree.objects.filter(action__in=["depot.reclasse", "piece.refusee"]).order_by("id").values_list("action", flat=True)
    assert set(actions) == {"depot.reclasse", "piece.refusee"}
    assert Evenement.objects.filter(type="depot.reclasse", objet_id=depot.pk).count() == 1
    for acteur in (m.mairie, m.gestionnaire, m.responsable):
        for inline in (True, False):
            with pytest.raises(Erreur, match="secret médical"):
                depots.address(acteur=acteur, depot=depot, inline=inline)  # even with a row read before the act


def test_the_sanitised_copy_is_gone_at_once(m: f.Monde, piece: Piece, django_capture_on_commit_callbacks: Any) -> None:
    """An address handed out a second before shows nothing any more; the original waits for the bulle, out of reach."""
    depot = received(m, piece)
    url = depots.address(acteur=m.gestionnaire, depot=depot, inline=True)
    assert get(url)[0] == 200
    with django_capture_on_commit_callbacks(execute=True):
        reclassement.reclasser(acteur=m.mairie, depot=depot)
    assert get(url)[0] == 404
    assert storage.read_published(fresh(depot))


def test_its_name_is_nowhere(m: f.Monde, piece: Piece) -> None:
    """No table, journal, event or e-mail holds the name or anything of the sender's words."""
    depot = received(m, piece, nom=NOM)
    reclassement.reclasser(acteur=m.mairie, depot=depot)
    for evenement in Evenement.objects.order_by("pk"):
        derivation.handle(evenement)
    told = serializers.serialize("json", [*Depot.objects.all(), *Piece.objects.all(), *Evenement.objects.all(), *Entree.objects.all()])
    told += json.dumps([c.donnees for c in Contenu.objects.all()]) + "".join(
        str(vars(c)) for c in [*Courriel.objects.all(), *Annonce.objects.all()]
    )
    assert "CANARI" not in told and "hernie" not in told
    assert Annonce.objects.filter(sinistre=piece.sinistre, genre="PIECE_REFUSEE").exists(), "the collectivité is told to send another"


def test_twice_is_once(m: f.Monde, piece: Piece) -> None:
    depot = received(m, piece)
    reclassement.reclasser(acteur=m.gestionnaire, depot=depot)
    assert reclassement.reclasser(acteur=m.mairie, depot=depot).reclasse_par == m.gestionnaire
    assert Entree.objects.filter(action="depot.reclasse").count() == 1


def test_what_remains_is_looked_at_again(m: f.Monde, piece: Piece) -> None:
    first, second = received(m, piece), received(m, piece)
    decisions.accepter(acteur=m.gestionnaire, piece=piece)
    reclassement.reclasser(acteur=m.gestionnaire, depot=first)
    assert now(piece).etat == EtatPiece.A_CONTROLER, "found conforme on papers of which one is gone"
    reclassement.reclasser(acteur=m.gestionnaire, depot=second)
    assert now(piece).etat == EtatPiece.REFUSEE


def test_an_old_version_leaves_without_touching_the_new(m: f.Monde, piece: Piece) -> None:
    old = received(m, piece)
    received(m, piece, remplacer=True)
    reclassement.reclasser(acteur=m.gestionnaire, depot=fresh(old))
    assert (now(piece).etat, now(piece).version) == (EtatPiece.A_CONTROLER, 2)


def test_no_paper_no_conforme(m: f.Monde, piece: Piece) -> None:
    reclassement.reclasser(acteur=m.gestionnaire, depot=received(m, piece))
    with pytest.raises(Erreur, match="bulle"):
        decisions.accepter(acteur=m.gestionnaire, piece=piece)


def test_then_the_right_paper(m: f.Monde, piece: Piece) -> None:
    reclassement.reclasser(acteur=m.gestionnaire, depot=received(m, piece))
    good = received(m, piece)
    assert (now(piece).etat, now(piece).motif_refus, good.etat) == (EtatPiece.A_CONTROLER, "", EtatDepot.DISPONIBLE)


def test_from_the_corbeille(m: f.Monde, piece: Piece) -> None:
    depot = scanned(m)
    depots.controler(depot.pk)
    courrier = arrived(m, fresh(depot))
    Courrier.objects.filter(pk=courrier.pk).update(objet="Certificat CANARI")
    with pytest.raises(Refus):
        reclassement.reclasser(acteur=m.mairie, depot=fresh(depot))
    reclassement.reclasser(acteur=m.gestionnaire, depot=fresh(depot))
    assert fresh(depot).etat == EtatDepot.RECLASSE
    assert Courrier.objects.get(pk=courrier.pk).objet == "Document reclassé"
    assert Tache.objects.get(genre=GenreTache.RECLASSER_VOLET, objet_id=depot.pk).sinistre is None
    courriers.classer(acteur=m.gestionnaire, courrier=courrier, sinistre=piece.sinistre, piece=piece)
    assert now(piece).etat == EtatPiece.DEMANDEE, "the paper that was filed is no answer any more"


@pytest.mark.parametrize("qui", ["mairie2", "payeur", "medecin", "secretariat", "assureur", "expert", "psychologue", "admin"])
def test_nobody_else(m: f.Monde, piece: Piece, qui: str) -> None:
    depot = received(m, piece)
    with pytest.raises(Refus):
        reclassement.reclasser(acteur=m.people[qui], depot=depot)
    assert fresh(depot).etat == EtatDepot.DISPONIBLE


def test_not_before_the_end_of_its_check(m: f.Monde, piece: Piece) -> None:
    waiting, aside = send(m, piece), send(m, piece, EXE)
    depots.controler(aside.pk)
    for depot in (waiting, aside):
        with pytest.raises(Erreur):
            reclassement.reclasser(acteur=m.gestionnaire, depot=fresh(depot))


def test_erased_for_good(m: f.Monde, piece: Piece) -> None:
    """What the bulle's worker calls once its own copy is verified; again without harm."""
    depot = received(m, piece)
    reclassement.reclasser(acteur=m.gestionnaire, depot=depot)
    for _ in range(2):
        storage.effacer(fresh(depot))
        done = fresh(depot)
        assert not any(storage.exists(name) for name in (done.quarantine_name, done.final_name, done.preview_name))
