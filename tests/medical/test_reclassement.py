"""A volet 1 received outside: encrypted inside, compared, then erased outside; at no instant lost, at no instant doubled."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre, Tache
from cases.services import taches
from documents import storage
from documents.enums import EtatDepot, EtatPiece, GenreAnomalie
from documents.models import AnomalieStockage, Depot, Piece
from journal.models import Entree
from medical import stockage
from medical.enums import EtatFichier, GenreFichier, IssueVolet
from medical.errors import ContenuAltere
from medical.models import Fichier
from medical.services import reclassement
from medical.services.controles_fichiers import controler, lire_en_memoire
from medical.services.lectures import nom_de
from tests import factories as f
from tests.documents.conftest import DEAD, PDF
from tests.medical.conftest import flip, fresh, objects, stored

pytestmark = [pytest.mark.bulle, pytest.mark.django_db, pytest.mark.usefixtures("without_antivirus")]


def misfiled(m: f.Monde, sinistre: Sinistre | None, contenu: bytes = PDF) -> Depot:
    """As the web's act leaves it (tests/documents/test_reclassement.py): nothing to see outside, bytes still in its bucket."""
    piece = Piece.objects.get(sinistre=sinistre, code="certificat") if sinistre is not None else None
    depot = Depot.objects.create(
        piece=piece,
        nom="document reclassé",
        type="application/pdf",
        taille=len(contenu),
        etat=EtatDepot.RECLASSE,
        cle_publiee=storage.publish(contenu),
        sha256_verifie=hashlib.sha256(contenu).hexdigest(),
        depose_par=m.mairie,
        reclasse_par=m.gestionnaire,
        reclasse_le=timezone.now(),
    )
    storages["default"].save(depot.quarantine_name, ContentFile(contenu))
    taches.ouvrir(genre=GenreTache.RECLASSER_VOLET, sinistre=sinistre, objet_type="depot", objet_id=depot.pk)
    return depot


def outside(depot: Depot) -> list[str]:
    return [name for name in (depot.quarantine_name, depot.final_name) if storages["default"].exists(name)]


def entered(depot: Depot) -> Fichier:
    """Finished: one row, readable inside, nothing outside."""
    assert Depot.objects.get(pk=depot.pk).reclassement_fini_le is not None
    assert outside(depot) == []
    fichier = Fichier.objects.select_related("cle").get(depot=depot)
    assert fichier.genre in (GenreFichier.VOLET, GenreFichier.PIECE) and lire_en_memoire(fichier) == PDF
    assert Entree.objects.filter(action="depot.entre_dans_la_bulle", objet_id=depot.pk).count() == 1
    return fichier


def test_it_enters(m: f.Monde, sinistre: Sinistre) -> None:
    depot = misfiled(m, sinistre)
    assert reclassement.entrer(depot.pk) and reclassement.entrer(depot.pk)
    fichier = entered(depot)
    assert (fichier.etat, fichier.sinistre_id, nom_de(fichier)) == (EtatFichier.CONTROLE, sinistre.pk, "document reclassé")
    assert b"%PDF" not in stored(stockage.content_name(fichier.objet))
    assert controler(fichier.pk) == EtatFichier.DISPONIBLE
    assert reclassement.a_faire() == []


STEPS = ["read_published", "chiffre", "enregistrer", "_compare", "effacer", "last"]


@pytest.mark.parametrize("step", STEPS)
def test_stopped_before_each_step_it_converges(m: f.Monde, sinistre: Sinistre, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Like a process that dies there (tests/faults kills real ones): begun again, it finishes; meanwhile never both lost."""

    class Killed(BaseException):
        pass

    def dies(*_: Any, **__: Any) -> None:
        raise Killed

    depot = misfiled(m, sinistre)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        if step in ("read_published", "effacer"):
            patch.setattr(storage, step, dies)
        elif step == "last":
            patch.setattr(reclassement, "consigner", dies)
        else:
            patch.setattr(reclassement, step, dies)
        reclassement.entrer(depot.pk)
    inside = Fichier.objects.filter(depot=depot).first()
    assert outside(depot) or (inside is not None and lire_en_memoire(inside) == PDF)
    assert reclassement.reprendre() == 1
    entered(depot)
    assert reclassement.reprendre() == 0


def test_two_workers_at_once(m: f.Monde, sinistre: Sinistre, clean_bucket: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one finishes while the first one encrypts: one row, one object, and the first one finds it done."""
    depot = misfiled(m, sinistre)
    real = stockage.deposer
    nested: list[bool] = []

    def slow(*args: Any) -> None:
        if not nested:
            nested.append(False)
            nested[0] = reclassement.entrer(depot.pk)
        real(*args)

    monkeypatch.setattr(stockage, "deposer", slow)
    assert reclassement.entrer(depot.pk) and nested == [True]
    fichier = entered(depot)
    assert objects() == {stockage.content_name(fichier.objet)}


def test_what_was_altered_on_its_way_is_not_erased_outside(m: f.Monde, sinistre: Sinistre, monkeypatch: pytest.MonkeyPatch) -> None:
    depot = misfiled(m, sinistre)
    real = reclassement._compare

    def altered(depot: Depot, fichier: Fichier) -> None:
        flip(stockage.content_name(fichier.objet), 30)
        real(depot, fichier)

    monkeypatch.setattr(reclassement, "_compare", altered)
    with pytest.raises(ContenuAltere):
        reclassement.entrer(depot.pk)
    assert len(outside(depot)) == 2
    assert AnomalieStockage.objects.get().genre == GenreAnomalie.EMPREINTE


def test_a_store_down_waits(m: f.Monde, sinistre: Sinistre, settings: Any) -> None:
    depot = misfiled(m, sinistre)
    up, settings.S3_MEDICAL_ENDPOINT_URL = settings.S3_MEDICAL_ENDPOINT_URL, f"http://{DEAD}"
    assert reclassement.reprendre() == 0 and len(outside(depot)) == 2
    settings.S3_MEDICAL_ENDPOINT_URL = up
    assert reclassement.reprendre() == 1
    entered(depot)


def test_nothing_left_to_bring_in_is_told(m: f.Monde, sinistre: Sinistre) -> None:
    depot = misfiled(m, sinistre)
    storage.effacer(depot)
    assert reclassement.reprendre() == 0 and reclassement.reprendre() == 0
    assert (AnomalieStockage.objects.get().genre, AnomalieStockage.objects.get().medical) == (GenreAnomalie.OBJET_ABSENT, False)


# -- Its place ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def volet(m: f.Monde, sinistre: Sinistre) -> Fichier:
    depot = misfiled(m, sinistre)
    reclassement.entrer(depot.pk)
    fichier = Fichier.objects.get(depot=depot)
    controler(fichier.pk)
    return fresh(fichier)


def test_refiled_to_a_medical_piece(m: f.Monde, piece: Piece, volet: Fichier) -> None:
    with pytest.raises(Refus):
        reclassement.refiler(acteur=m.expert, fichier=volet, piece=piece)
    reclassement.refiler(acteur=m.secretariat, fichier=volet, piece=piece)
    after = fresh(volet)
    assert (after.genre, after.piece_id, after.etat) == (GenreFichier.PIECE, piece.pk, EtatFichier.DISPONIBLE)
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.RECUE
    assert Tache.objects.filter(genre=GenreTache.CONTROLER_PIECE_MEDICALE, objet_id=piece.pk, fermee_le=None).exists()
    assert not Tache.objects.filter(genre=GenreTache.RECLASSER_VOLET, fermee_le=None).exists()
    with pytest.raises(Erreur, match="déjà trouvé sa place"):
        reclassement.refiler(acteur=m.secretariat, fichier=volet, piece=piece)
    assert volet.depot is not None
    entered(volet.depot)


def test_to_a_piece_of_another_dossier_or_one_that_is_not_medical(m: f.Monde, sinistre: Sinistre, volet: Fichier) -> None:
    other = f.sinistre(m, "AS", de=f.agent(m.collectivite))
    with pytest.raises(DonneeInvalide):
        reclassement.refiler(acteur=m.secretariat, fichier=volet, piece=Piece.objects.get(sinistre=other, visibilite="M"))
    with pytest.raises(Erreur, match="pas médicale"):
        reclassement.refiler(acteur=m.secretariat, fichier=volet, piece=Piece.objects.get(sinistre=sinistre, code="arrete"))
    assert fresh(volet).genre == GenreFichier.VOLET


def test_destroyed_with_a_reason_of_the_list(
    m: f.Monde, volet: Fichier, clean_bucket: None, django_capture_on_commit_callbacks: Any
) -> None:
    with pytest.raises(DonneeInvalide):
        reclassement.refiler(acteur=m.secretariat, fichier=volet, piece=None, motif="cancer")
    with django_capture_on_commit_callbacks(execute=True):
        reclassement.refiler(acteur=m.secretariat, fichier=volet, piece=None, motif=IssueVolet.RENVOYE)
    after = fresh(volet)
    assert (after.etat, after.motif, after.cle.detruite) == (EtatFichier.ECARTE, IssueVolet.RENVOYE.label, True)
    assert nom_de(after) == "document détruit" and objects() == set()
    entree = Entree.objects.get(action="fichier_medical.detruit")
    assert (entree.acteur_id, entree.motif) == (m.secretariat.pk, IssueVolet.RENVOYE.label)


def test_late_paper_finds_its_dossier(m: f.Monde, piece: Piece) -> None:
    depot = misfiled(m, None)
    assert reclassement.reprendre() == 1
    volet = Fichier.objects.get(depot=depot)
    assert volet.sinistre_id is None
    controler(volet.pk)
    reclassement.refiler(acteur=m.secretariat, fichier=volet, piece=piece)
    assert (fresh(volet).sinistre_id, fresh(volet).genre) == (piece.sinistre_id, GenreFichier.PIECE)
    entered(depot)
