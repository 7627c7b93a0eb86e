"""Pinned lists: a new one changes no live dossier until somebody moves it, and then it is known beforehand who gains or loses what."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur, GardeNonSatisfaite
from cases.models import Sinistre, Tache
from documents.enums import EtatPiece, Fait
from documents.models import DossierPieces, Exigence, ListePieces, Piece
from documents.services import bascule, decisions, faits, listes, ribs
from documents.services.checklist import reevaluer
from journal.models import Entree
from tests import factories as f
from workflows.demande import Demande
from workflows.lifecycle import ajouter_arret, declarer_reprise, transiter

pytestmark = pytest.mark.django_db
EVE = dt.timedelta(days=1)


LINE: dict[str, Any] = {
    "libelle": "Un papier", "natures": ["CMO", "AS"], "regimes": ["CNRACL"], "stade": "DECLARATION", "visibilite": "A", "aide": "",
    "a_ne_pas_envoyer": "", "condition": "TOUJOURS", "alternatives": [], "requise": True, "par_periode": False, "ordre": 50,
}  # fmt: skip


def next_list(m: f.Monde, *, add: tuple[str, ...] = (), drop: tuple[str, ...] = (), **champs: Any) -> ListePieces:
    """The next version, without some pièces and with others; published, in force since yesterday."""
    brouillon = listes.preparer(acteur=m.responsable)
    for code in drop:
        listes.supprimer_ligne(acteur=m.responsable, liste_id=brouillon.pk, ligne_id=brouillon.exigences.get(code=code).pk)
    for code in add:
        listes.enregistrer_ligne(acteur=m.responsable, liste_id=brouillon.pk, valeurs=LINE | {"code": code} | champs)
    return listes.publier(acteur=m.responsable, liste_id=brouillon.pk, debut=timezone.localdate() - EVE)


def asked(sinistre: Sinistre) -> dict[str, str]:
    return dict(Piece.objects.filter(sinistre=sinistre).values_list("code", "etat"))


def test_a_new_list_changes_no_live_dossier(m: f.Monde) -> None:
    """Not even one that goes on: its prolongation is held to the list of its declaration."""
    sinistre = f.sinistre(m)
    held = DossierPieces.objects.get(sinistre=sinistre).liste_id
    suite = next_list(m, add=("papier",), drop=("certificat-prolongation",))
    last = sinistre.arrets.get()
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=f.arret_demande(last.fin + EVE, 5))
    assert set(asked(sinistre)) == {"certificat", "arrete", "certificat-prolongation"}
    assert DossierPieces.objects.get(sinistre=sinistre).liste_id == held
    new = f.sinistre(m, de=f.agent(m.collectivite), arret=f.arret_demande(timezone.localdate(), 10))
    assert DossierPieces.objects.get(sinistre=new).liste == suite
    assert set(asked(new)) == {"certificat", "arrete", "papier"}


def test_who_gains_and_loses_is_known_before_and_done_after(m: f.Monde) -> None:
    owing, received, closed = (f.sinistre(m, de=f.agent(m.collectivite)) for _ in range(3))
    accident = f.sinistre(m, "TRJ", de=f.agent(m.collectivite))
    Piece.objects.filter(sinistre=received, code="arrete").update(etat=EtatPiece.A_CONTROLER)
    f.complete_pieces(closed, m.gestionnaire)
    motif = Demande(motif="ERREUR")
    transiter(acteur=m.gestionnaire, numero=closed.numero, nom="annuler", demande=motif)
    cible = next_list(m, add=("papier",), drop=("arrete",))
    with CaptureQueriesContext(connection) as captured:
        vu = bascule.apercevoir(acteur=m.responsable, cible=cible)
    assert len([q for q in captured if "WITH cible" in q["sql"]]) == 1
    assert vu.total == 3
    assert vu.inchanges == 0
    assert vu.gagnees == [("papier", "Un papier", 2)], "an accident de trajet is not asked for it"
    assert vu.perdues == [("arrete", "Arrêté de placement", 2)]
    assert vu.gardees == [("arrete", "Arrêté de placement", 1)]
    assert vu.lignes == {
        owing.pk: (["Un papier"], ["Arrêté de placement"]),
        received.pk: (["Un papier"], []),
        accident.pk: ([], ["Arrêté de placement"]),
    }
    first = bascule.basculer(acteur=m.responsable, cible=cible, limite=2)
    assert (first.faits, first.restants) == (2, 1), "stopped there, it goes on from there"
    assert bascule.basculer(acteur=m.responsable, cible=cible) == bascule.Tranche(1, 0)
    assert bascule.basculer(acteur=m.responsable, cible=cible) == bascule.Tranche(0, 0)
    assert asked(owing) == {"certificat": "DEMANDEE", "arrete": "SANS_OBJET", "papier": "DEMANDEE"}
    assert asked(received) == {"certificat": "DEMANDEE", "arrete": "A_CONTROLER", "papier": "DEMANDEE"}
    assert "papier" not in asked(closed)
    told = Entree.objects.select_related("contenu").get(sinistre_id=owing.pk, action="liste.bascule").contenu.donnees
    assert (told["vers"], told["gagnees"], told["perdues"]) == (cible.version, ["papier"], ["arrete"])
    assert Sinistre.objects.get(pk=owing.pk).version == owing.version + 1
    assert not bascule.apercevoir(acteur=m.responsable, cible=cible).total


def test_back_to_the_list_before(m: f.Monde) -> None:
    """What had become « sans objet » is asked for again, a refusal with its motive; the rest is where it was."""
    sinistre = f.sinistre(m)
    avant = ListePieces.objects.get(contrat__isnull=True)
    Piece.objects.filter(sinistre=sinistre, code="arrete").update(etat=EtatPiece.A_CONTROLER)
    piece = Piece.objects.select_related("sinistre").get(sinistre=sinistre, code="arrete")
    decisions.refuser(acteur=m.gestionnaire, piece=piece, motif="ILLISIBLE")
    cible = next_list(m, drop=("arrete",), add=("papier",))
    bascule.basculer(acteur=m.responsable, cible=cible)
    assert asked(sinistre)["arrete"] == "SANS_OBJET"
    bascule.basculer(acteur=m.responsable, cible=avant)
    assert asked(sinistre) == {"certificat": "DEMANDEE", "arrete": "REFUSEE", "papier": "SANS_OBJET"}


def test_the_same_paper_by_another_line_takes_its_words(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    brouillon = listes.preparer(acteur=m.responsable)
    ligne = brouillon.exigences.get(code="arrete")
    valeurs = {champ: getattr(ligne, champ) for champ in LINE} | {"code": "arrete", "libelle": "L’arrêté, signé", "requise": False}
    listes.enregistrer_ligne(acteur=m.responsable, liste_id=brouillon.pk, ligne_id=ligne.pk, valeurs=valeurs)
    cible = listes.publier(acteur=m.responsable, liste_id=brouillon.pk, debut=timezone.localdate())
    assert not bascule.apercevoir(acteur=m.responsable, cible=cible).lignes
    bascule.basculer(acteur=m.responsable, cible=cible)
    piece = Piece.objects.get(sinistre=sinistre, code="arrete")
    assert (piece.libelle, piece.requise, piece.exigence.liste) == ("L’arrêté, signé", False, cible)


def test_the_list_of_a_contract_concerns_its_dossiers_alone(m: f.Monde) -> None:
    mine = f.sinistre(m)
    elsewhere = f.contrat()
    f.formule(elsewhere)
    own = listes.preparer(acteur=m.responsable, contrat=elsewhere)
    own = listes.publier(acteur=m.responsable, liste_id=own.pk, debut=timezone.localdate())
    assert bascule.apercevoir(acteur=m.responsable, cible=own).total == 0
    for_mine = listes.preparer(acteur=m.responsable, contrat=m.contrat)
    with pytest.raises(Erreur, match="brouillon"):
        bascule.basculer(acteur=m.responsable, cible=for_mine)
    published = listes.publier(acteur=m.responsable, liste_id=for_mine.pk, debut=timezone.localdate())
    assert bascule.basculer(acteur=m.responsable, cible=published).faits == 1
    assert DossierPieces.objects.get(sinistre=mine).liste == published


def test_only_a_responsable_writes_lists(m: f.Monde) -> None:
    cible = next_list(m, add=("papier",))
    for qui in ("gestionnaire", "payeur", "mairie", "admin", "assureur", "medecin"):
        acteur = m.people[qui]
        for act in (
            lambda: listes.preparer(acteur=acteur),  # noqa: B023
            lambda: listes.publier(acteur=acteur, liste_id=cible.pk, debut=timezone.localdate()),  # noqa: B023
            lambda: bascule.apercevoir(acteur=acteur, cible=cible),  # noqa: B023
            lambda: bascule.basculer(acteur=acteur, cible=cible),  # noqa: B023
        ):
            with pytest.raises(Refus):
                act()


def test_the_database_keeps_a_published_list_as_it_is(m: f.Monde) -> None:
    liste = ListePieces.objects.get(contrat__isnull=True)
    ligne = liste.exigences.order_by("pk")[0]
    brouillon = listes.preparer(acteur=m.responsable)
    for act in (
        lambda: Exigence.objects.filter(pk=ligne.pk).update(requise=False),
        lambda: Exigence.objects.filter(pk=ligne.pk).delete(),
        lambda: Exigence.objects.create(liste=liste, code="x", **LINE),
        lambda: Exigence.objects.filter(liste=brouillon).update(liste=liste),
        lambda: ListePieces.objects.filter(pk=liste.pk).update(publiee_le=None),
        lambda: ListePieces.objects.filter(pk=liste.pk).update(debut=dt.date(2014, 1, 1)),
    ):
        with pytest.raises(DatabaseError, match="ne change plus"), transaction.atomic():
            act()
    ListePieces.objects.filter(pk=liste.pk).update(fin=dt.date(2030, 1, 1))


# -- What is said of a dossier --------------------------------------------------------------------------------------------------


def test_facts_bring_pieces_and_take_them_away(m: f.Monde) -> None:
    next_list(m, add=("enquete",), condition="ENQUETE")
    sinistre = f.sinistre(m, "AS", arret=f.arret_demande(timezone.localdate(), 10))
    f.complete_pieces(sinistre, m.gestionnaire)
    assert "enquete" not in asked(sinistre)
    assert [p.code for p in faits.declarer(acteur=m.mairie, sinistre=sinistre, faits=[Fait.ENQUETE]).ajoutees] == ["enquete"]
    assert faits.declarer(acteur=m.mairie, sinistre=sinistre, faits=[Fait.ENQUETE]).rien
    assert Entree.objects.filter(sinistre_id=sinistre.pk, action="pieces.faits_declares").count() == 1
    with pytest.raises(GardeNonSatisfaite, match="Un papier"):
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")
    assert [p.code for p in faits.declarer(acteur=m.gestionnaire, sinistre=sinistre, faits=[]).retirees] == ["enquete"]
    assert Tache.objects.filter(sinistre=sinistre, genre=GenreTache.VALIDER, fermee_le=None).exists()
    assert [p.code for p in faits.declarer(acteur=m.gestionnaire, sinistre=sinistre, faits=[Fait.ENQUETE]).redemandees] == ["enquete"]
    faits.declarer(acteur=m.gestionnaire, sinistre=sinistre, faits=[])
    assert transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider").etat == "VALIDE"
    with pytest.raises(DonneeInvalide):
        faits.declarer(acteur=m.gestionnaire, sinistre=sinistre, faits=[Fait.PACS])
    for qui in ("mairie2", "payeur", "assureur", "admin"):
        with pytest.raises(Refus):
            faits.declarer(acteur=m.people[qui], sinistre=sinistre, faits=[])


def test_a_requalification_asks_by_its_own_nature_and_lets_go_of_the_rest(m: f.Monde) -> None:
    brouillon = listes.preparer(acteur=m.responsable)
    for code, natures in (("papier-cmo", ["CMO"]), ("papier-clm", ["CLM"])):
        listes.enregistrer_ligne(acteur=m.responsable, liste_id=brouillon.pk, valeurs=LINE | {"code": code, "natures": natures})
    listes.publier(acteur=m.responsable, liste_id=brouillon.pk, debut=timezone.localdate() - 60 * EVE)
    sinistre = f.sinistre(m)
    assert asked(sinistre)["papier-cmo"] == "DEMANDEE"
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    demande = Demande(nature="CLM", date_effet=sinistre.survenance, commentaire="Conseil médical")
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="requalifier", demande=demande)
    assert asked(sinistre) == {"certificat": "DEMANDEE", "arrete": "DEMANDEE", "papier-cmo": "SANS_OBJET", "papier-clm": "DEMANDEE"}


@pytest.mark.parametrize(("requise", "blocks"), [(True, True), (False, False)])
def test_closing_waits_for_its_own_paper_only_where_the_list_says_so(m: f.Monde, requise: bool, blocks: bool) -> None:
    brouillon = listes.preparer(acteur=m.responsable)
    valeurs = LINE | {"code": "attestation", "stade": "CLOTURE", "requise": requise}
    listes.enregistrer_ligne(acteur=m.responsable, liste_id=brouillon.pk, valeurs=valeurs)
    listes.publier(acteur=m.responsable, liste_id=brouillon.pk, debut=timezone.localdate() - 60 * EVE)
    sinistre = f.sinistre(m)
    assert "attestation" not in asked(sinistre)
    f.complete_pieces(sinistre, m.gestionnaire)
    le = sinistre.arrets.get().fin + EVE
    declarer_reprise(acteur=m.mairie, numero=sinistre.numero, le=le)
    assert asked(sinistre)["attestation"] == "DEMANDEE"
    assert transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider").etat == "VALIDE", "it holds back the closing alone"
    closing = Demande(motif="REPRISE", date_effet=le)
    if blocks:
        with pytest.raises(GardeNonSatisfaite, match="Pièce de clôture"):
            transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="clore", demande=closing)
        closing = Demande(motif="SANS_SUITE", date_effet=le)
    assert transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="clore", demande=closing).etat == "CLOS"


def test_frais_and_recours_hold_back_no_indemnity(m: f.Monde) -> None:
    brouillon = listes.preparer(acteur=m.responsable)
    for code, stade, condition in (("facture", "FRAIS", "TOUJOURS"), ("constat", "RECOURS", "TIERS")):
        valeurs = LINE | {"code": code, "stade": stade, "condition": condition, "natures": ["AS", "FM"]}
        listes.enregistrer_ligne(acteur=m.responsable, liste_id=brouillon.pk, valeurs=valeurs)
    listes.publier(acteur=m.responsable, liste_id=brouillon.pk, debut=timezone.localdate() - 60 * EVE)
    sinistre = f.sinistre(m, "AS", tiers_possible=True)
    faits.declarer(acteur=m.mairie, sinistre=sinistre, faits=[Fait.FRAIS_MEDICAUX])
    assert {"facture", "constat"} <= set(asked(sinistre))
    Piece.objects.filter(sinistre=sinistre).exclude(code__in=["facture", "constat"]).update(
        etat=EtatPiece.CONFORME, decidee_par=m.gestionnaire, decidee_le=timezone.now()
    )
    assert transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider").etat == "VALIDE"
    frais = f.sinistre(m, "FM", de=f.agent(m.collectivite), arret=None)
    Piece.objects.filter(sinistre=frais).exclude(code="facture").update(
        etat=EtatPiece.CONFORME, decidee_par=m.gestionnaire, decidee_le=timezone.now()
    )
    with pytest.raises(GardeNonSatisfaite, match="Un papier"):
        transiter(acteur=m.gestionnaire, numero=frais.numero, nom="valider")


def test_a_dossier_without_a_list_is_pinned_when_there_is_one(m: f.Monde) -> None:
    ListePieces.objects.update(fin=dt.date(2016, 1, 1))
    sinistre = f.sinistre(m)
    assert not asked(sinistre)
    assert DossierPieces.objects.get(sinistre=sinistre).liste is None
    ListePieces.objects.update(fin=None)
    reevaluer(sinistre)
    assert set(asked(sinistre)) == {"certificat", "arrete"}


def test_a_rib_found_conforme_is_awaited_nowhere_else(m: f.Monde) -> None:
    next_list(m, add=("rib",), condition="RIB_INCONNU")
    arret = f.arret_demande(timezone.localdate(), 10)
    first, second = (f.sinistre(m, de=f.agent(m.collectivite), arret=arret) for _ in range(2))
    abroad = f.sinistre(m, par=m.mairie2, de=m.autre_agent, arret=arret)
    assert ribs.rattraper() == 0
    Piece.objects.filter(sinistre=first, code="rib").update(etat=EtatPiece.A_CONTROLER)
    decisions.accepter(acteur=m.gestionnaire, piece=Piece.objects.select_related("sinistre").get(sinistre=first, code="rib"))
    assert ribs.rattraper() == 1
    assert ribs.rattraper() == 0
    assert [asked(s)["rib"] for s in (first, second, abroad)] == ["CONFORME", "SANS_OBJET", "DEMANDEE"]
    decisions.refuser(
        acteur=m.gestionnaire, piece=Piece.objects.select_related("sinistre").get(sinistre=first, code="rib"), motif="ILLISIBLE"
    )
    assert ribs.rattraper() == 1
    assert asked(second)["rib"] == "DEMANDEE"
    later = f.sinistre(m, de=f.agent(m.collectivite), arret=arret)
    assert asked(later)["rib"] == "DEMANDEE"
