"""The corbeille d'arrivée: late paper filed to a dossier, once, by those who work in it; its scan is never lost."""

from __future__ import annotations

import datetime as dt
import io
import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre, Tache
from documents import storage
from documents.enums import Canal, EtatDepot, EtatPiece
from documents.models import Courrier, Depot, Piece
from documents.selectors import courrier_visible, courriers_a_classer, depot_visible
from documents.services import courriers, depots
from tests import factories as f
from tests.documents.conftest import PDF, due, fresh

pytestmark = pytest.mark.usefixtures("without_antivirus")


def scanned(m: f.Monde) -> Depot:
    depot = depots.annoncer_courrier(acteur=m.gestionnaire, nom="scan.pdf", type="application/pdf", taille=len(PDF))
    storage.put_quarantine(depot, io.BytesIO(PDF))
    return depots.confirmer(acteur=m.gestionnaire, depot=depot)


def arrived(m: f.Monde, depot: Depot | None = None) -> Courrier:
    return courriers.enregistrer(
        acteur=m.gestionnaire, canal=Canal.POSTE, expediteur="Mairie de Lodève", objet="Arrêté", recu_le=timezone.localdate(), depot=depot
    )


def etat(piece: Piece) -> str:
    return Piece.objects.get(pk=piece.pk).etat


def test_a_paper_waits_then_answers_a_piece(m: f.Monde, piece: Piece) -> None:
    depot = scanned(m)
    depots.controler(depot.pk)
    courrier = arrived(m, depot)
    assert list(courriers_a_classer(m.gestionnaire2)) == [courrier]
    assert Tache.objects.get(genre=GenreTache.TRAITER_COURRIER, objet_id=courrier.pk).est_ouverte
    courriers.classer(acteur=m.gestionnaire, courrier=courrier, sinistre=piece.sinistre, piece=piece)
    assert etat(piece) == EtatPiece.A_CONTROLER
    assert depot_visible(m.mairie, depot.pk) == depot
    assert not Tache.objects.get(genre=GenreTache.TRAITER_COURRIER, objet_id=courrier.pk).est_ouverte
    with pytest.raises(Erreur, match="déjà classé"):
        courriers.classer(acteur=m.gestionnaire2, courrier=courrier, sinistre=piece.sinistre)
    with pytest.raises(Erreur, match="déjà classé"):
        courriers.laisser_sans_suite(acteur=m.gestionnaire2, courrier=courrier, motif="x")


def test_a_paper_without_scan_is_there_on_paper(m: f.Monde, piece: Piece) -> None:
    courriers.classer(acteur=m.gestionnaire, courrier=arrived(m), sinistre=piece.sinistre, piece=piece)
    assert Piece.objects.filter(pk=piece.pk, etat=EtatPiece.A_CONTROLER, sur_papier=True).exists()


def test_a_scan_filed_before_its_check_answers_when_it_is_checked(m: f.Monde, piece: Piece) -> None:
    depot = scanned(m)
    courriers.classer(acteur=m.gestionnaire, courrier=arrived(m, depot), sinistre=piece.sinistre, piece=piece)
    assert etat(piece) == EtatPiece.RECUE
    depots.controler(depot.pk)
    assert etat(piece) == EtatPiece.A_CONTROLER


def test_the_corbeille_belongs_to_the_cdg(m: f.Monde, piece: Piece) -> None:
    """A mairie may deposit to its own dossier: it may not pull somebody else's paper into it."""
    depot = scanned(m)
    courrier = arrived(m, depot)
    for qui in ("mairie", "mairie2", "payeur", "medecin", "secretariat", "assureur", "admin"):
        with pytest.raises(Refus):
            courriers.classer(acteur=m.people[qui], courrier=courrier, sinistre=piece.sinistre, piece=piece)
        with pytest.raises(Refus):
            courriers.laisser_sans_suite(acteur=m.people[qui], courrier=courrier, motif="x")
        with pytest.raises(Courrier.DoesNotExist):
            courrier_visible(m.people[qui], courrier.pk)
        with pytest.raises(Depot.DoesNotExist):
            depot_visible(m.people[qui], depot.pk)
        assert not courriers_a_classer(m.people[qui]).exists()
    assert Courrier.objects.get(pk=courrier.pk).classe_le is None


def test_a_paper_goes_to_a_piece_of_its_own_dossier_and_never_a_medical_one(m: f.Monde, piece: Piece) -> None:
    courrier = arrived(m)
    other = f.sinistre(m, par=m.mairie2, de=m.autre_agent)
    with pytest.raises(DonneeInvalide):
        courriers.classer(acteur=m.gestionnaire, courrier=courrier, sinistre=other, piece=piece)
    medical = Piece.objects.get(sinistre=piece.sinistre, code="certificat-medical-initial")
    with pytest.raises(DonneeInvalide, match="bulle"):
        courriers.classer(acteur=m.gestionnaire, courrier=courrier, sinistre=piece.sinistre, piece=medical)
    assert Courrier.objects.get(pk=courrier.pk).classe_le is None


def test_without_follow_up_needs_a_reason(m: f.Monde) -> None:
    courrier = arrived(m)
    with pytest.raises(DonneeInvalide):
        courriers.laisser_sans_suite(acteur=m.gestionnaire, courrier=courrier, motif="  ")
    courriers.laisser_sans_suite(acteur=m.gestionnaire, courrier=courrier, motif="Publicité")
    assert not courriers_a_classer(m.gestionnaire).exists()
    with pytest.raises(IntegrityError, match="courrier_classe"), transaction.atomic():
        Courrier.objects.filter(pk=courrier.pk).update(sans_suite="")


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"canal": "PIGEON"}, "canal"),
        ({"expediteur": " "}, "expediteur"),
        ({"objet": ""}, "objet"),
        ({"recu_le": dt.date(2999, 1, 1)}, "recu_le"),
    ],
)
def test_bad_papers_name_the_field(m: f.Monde, champs: dict[str, Any], champ: str) -> None:
    valeurs = {"canal": Canal.FAX, "expediteur": "x", "objet": "x", "recu_le": timezone.localdate()} | champs
    with pytest.raises(DonneeInvalide) as refused:
        courriers.enregistrer(acteur=m.gestionnaire, **valeurs)  # type: ignore[arg-type]
    assert set(refused.value.champs) == {champ}


# -- Filed at the very moment its check ends -----------------------------------------------------------------------------------


def _in_thread(depot: Depot) -> threading.Thread:
    def check() -> None:
        depots.controler(depot.pk)
        connection.close()

    thread = threading.Thread(target=check)
    thread.start()
    return thread


def _story() -> tuple[f.Monde, Piece, Depot, Courrier]:
    m = f.monde()
    piece = Piece.objects.select_related("sinistre").get(sinistre=f.sinistre(m), code="arrete")
    depot = scanned(m)
    due(depot)
    return m, piece, depot, arrived(m, depot)


def test_the_check_ends_while_the_paper_is_being_filed(vraie_base: None) -> None:
    m, piece, depot, courrier = _story()
    with transaction.atomic():
        courriers.classer(acteur=m.gestionnaire, courrier=courrier, sinistre=piece.sinistre, piece=piece)
        thread = _in_thread(depot)
        thread.join(timeout=2)
        assert thread.is_alive(), "the check waits for the one who files"
    thread.join(timeout=20)
    assert fresh(depot).etat == EtatDepot.DISPONIBLE
    assert etat(piece) == EtatPiece.A_CONTROLER


def test_the_paper_is_filed_while_its_check_ends(vraie_base: None, monkeypatch: pytest.MonkeyPatch) -> None:
    m, piece, depot, courrier = _story()
    real = courriers._file_away

    def after_the_check(*args: Any) -> None:
        real(*args)
        _in_thread(depot).join(timeout=20)

    monkeypatch.setattr(courriers, "_file_away", after_the_check)
    courriers.classer(acteur=m.gestionnaire, courrier=courrier, sinistre=piece.sinistre, piece=piece)
    assert fresh(depot).etat == EtatDepot.DISPONIBLE
    assert etat(piece) == EtatPiece.A_CONTROLER
    assert Tache.objects.filter(sinistre=piece.sinistre, genre=GenreTache.CONTROLER_PIECES, fermee_le=None).count() == 1
    assert Sinistre.objects.get(pk=piece.sinistre_id).etat == "DECLARE"
