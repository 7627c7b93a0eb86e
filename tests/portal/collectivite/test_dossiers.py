"""Follow-up: plain words, papers, what is hidden, prolongation, return, money; and how many queries it costs."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.enums import Etat
from cases.models import Arret, AvisMedecin, Sinistre
from cases.services import avis, notes
from cases.states import PASSAGES
from contracts.enums import Nature
from documents.enums import EtatDepot
from documents.models import Depot, Piece
from documents.services import decisions
from indemnities.models import Decompte
from portal.collectivite.fil import PHRASES
from portal.collectivite.selectors import ResumePieces
from portal.collectivite.situation import situation
from tests import factories as f
from tests.portal.collectivite.conftest import AuNomDe
from workflows import lifecycle, payments

pytestmark = pytest.mark.django_db


def _piece(sinistre: Sinistre, code: str = "certificat") -> Piece:
    return Piece.objects.get(sinistre=sinistre, code=code)


def test_home_lists_the_oldest_first_with_its_box(m: f.Monde, au_nom_de: AuNomDe) -> None:
    young = f.sinistre(m)
    old = f.sinistre(m, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=100)))
    Piece.objects.filter(sinistre=old).update(demandee_le=timezone.now() - dt.timedelta(days=60))
    texte = au_nom_de(m.mairie).get(reverse("collectivite:accueil")).content.decode()
    assert texte.index(old.numero) < texte.index(young.numero)
    assert "il y a 60" in texte
    for piece in Piece.objects.all():
        assert reverse("collectivite:depot-annoncer", args=[piece.sinistre.numero, piece.pk]) in texte


def test_home_says_which_returns_are_awaited(m: f.Monde, au_nom_de: AuNomDe) -> None:
    ended = f.sinistre(m, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=30), jours=20))
    running = f.sinistre(m, Nature.MAT, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=5), jours=90))
    client = au_nom_de(m.mairie)
    texte = client.get(reverse("collectivite:accueil")).content.decode()
    assert reverse("collectivite:reprise", args=[ended.numero]) in texte
    assert reverse("collectivite:reprise", args=[running.numero]) not in texte
    client.post(reverse("collectivite:reprise", args=[ended.numero]), {"le": timezone.localdate().isoformat()})
    assert reverse("collectivite:reprise", args=[ended.numero]) not in client.get(reverse("collectivite:accueil")).content.decode()


def test_a_refused_paper_says_why_exactly(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m)
    piece = _piece(sinistre)
    Piece.objects.filter(pk=piece.pk).update(etat="A_CONTROLER")
    decisions.refuser(acteur=m.gestionnaire, piece=piece, motif="ILLISIBLE", message="La page 2 est <floue> & coupée.")
    client = au_nom_de(m.mairie)
    for address in (reverse("collectivite:accueil"), reverse("collectivite:dossier", args=[sinistre.numero])):
        texte = client.get(address).content.decode()
        assert "Document illisible" in texte and "La page 2 est &lt;floue&gt; &amp; coupée." in texte and "À renvoyer" in texte


def test_medical_papers_have_no_box_and_no_way_in(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m, Nature.AS)
    medicale = _piece(sinistre, "certificat-medical-initial")
    client = au_nom_de(m.mairie)
    address = reverse("collectivite:depot-annoncer", args=[sinistre.numero, medicale.pk])
    pages = {"collectivite:accueil": [], "collectivite:dossier": [sinistre.numero], "collectivite:declare": [sinistre.numero]}
    for name, arguments in pages.items():
        texte = client.get(reverse(name, args=arguments)).content.decode()
        assert medicale.libelle in texte and "sous pli confidentiel" in texte
        assert address not in texte
    annonce = {"nom": "a.pdf", "type": "application/pdf", "taille": 10, "sha256": ""}
    response = client.post(address, json.dumps(annonce), content_type="application/json")
    assert response.status_code == 422 and "médicale" in response.json()["erreur"]
    assert not Depot.objects.exists()


@pytest.mark.parametrize(
    ("annonce", "mot"),
    [
        ({"nom": "a.exe", "type": "application/x-msdownload", "taille": 10}, "PDF"),
        ({"nom": "a.pdf", "type": "application/pdf", "taille": 0}, "vide"),
        ({"nom": "a.pdf", "type": "application/pdf", "taille": 26 * 1024 * 1024}, "25 Mo"),
        ({"nom": "a.pdf", "type": "application/pdf", "taille": "beaucoup"}, "rechargez"),
        ([], "rechargez"),
    ],
)
def test_a_wrong_announcement_is_refused_in_words(annonce: object, mot: str, m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m)
    address = reverse("collectivite:depot-annoncer", args=[sinistre.numero, _piece(sinistre).pk])
    response = au_nom_de(m.mairie).post(address, json.dumps(annonce), content_type="application/json")
    assert response.status_code == 422 and mot in response.json()["erreur"]


def test_the_check_is_told_in_words(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m)
    client = au_nom_de(m.mairie)
    annonce = {"nom": "a.pdf", "type": "application/pdf", "taille": 10, "sha256": ""}
    address = reverse("collectivite:depot-annoncer", args=[sinistre.numero, _piece(sinistre).pk])
    announced = client.post(address, json.dumps(annonce), content_type="application/json").json()
    assert announced["depot"]["methode"] == "PUT" and announced["depot"]["entetes"]["Content-Type"] == "application/pdf"
    told = client.post(announced["confirmer"]).json()
    assert told["texte"] == "Reçu, en cours de contrôle par l’antivirus." and not told["fini"]
    assert announced["suivi"] in client.get(reverse("collectivite:dossier", args=[sinistre.numero])).content.decode()
    Depot.objects.update(motif="En attente : l’antivirus ne répond pas.")
    assert "Le contrôle reprendra tout seul" in client.get(announced["suivi"]).json()["texte"]
    Depot.objects.update(etat=EtatDepot.ECARTE, motif="L’antivirus a refusé ce fichier (Eicar).")
    assert client.get(announced["suivi"]).json() == {
        "etat": "ECARTE", "ton": "urgent", "texte": "Écarté : L’antivirus a refusé ce fichier (Eicar).", "fini": True,
    }  # fmt: skip


def test_the_cdgs_own_affairs_stay_there(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m)
    notes.annoter(acteur=m.gestionnaire, sinistre=sinistre, texte="secret-de-la-note")
    demande = avis.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question="JUSTIFICATION")
    client = au_nom_de(m.mairie)
    page = reverse("collectivite:dossier", args=[sinistre.numero])
    texte = client.get(page).content.decode()
    assert "secret-de-la-note" not in texte and m.gestionnaire.nom not in texte and "médecin conseil" not in texte
    avis.rendre(acteur=m.medecin, avis=demande, sens="FAVORABLE", conclusion="Arrêt justifié jusqu’au terme.")
    assert "Arrêt justifié jusqu’au terme." in client.get(page).content.decode()
    assert AvisMedecin.objects.get().medecin.get_full_name() not in client.get(page).content.decode()


def test_only_settled_or_sent_money_is_shown(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m)
    f.complete_pieces(sinistre, m.gestionnaire)
    lifecycle.transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")
    arret = Arret.objects.get()
    decompte = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=arret.debut, fin=arret.fin, montant=Decimal("987.65"),
        explication="Vingt jours à 90 %.", arret=arret,
    )  # fmt: skip
    client = au_nom_de(m.mairie)
    page = reverse("collectivite:dossier", args=[sinistre.numero])
    assert "987,65" not in client.get(page).content.decode()
    payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)
    assert "987,65" not in client.get(page).content.decode()
    bordereau = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[decompte.pk])
    texte = client.get(page).content.decode()
    assert "987,65" in texte and "Paiement en cours" in texte and "Vingt jours à 90 %." in texte
    payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="VIR-7")
    assert Decompte.objects.get().etat == "REGLE"
    texte = client.get(reverse("collectivite:bordereau", args=[bordereau.numero])).content.decode()
    assert "VIR-7" in texte and "987,65" in texte and sinistre.numero in texte


def test_a_prolongation_with_a_gap_is_confirmed_with_a_reason(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=60), jours=20))
    client = au_nom_de(m.mairie)
    address = reverse("collectivite:prolonger", args=[sinistre.numero])
    debut = timezone.localdate() - dt.timedelta(days=20)
    donnees = {
        "debut": debut.isoformat(), "fin": timezone.localdate().isoformat(), "certificat_du": debut.isoformat(),
        "version": sinistre.version,
    }  # fmt: skip
    response = client.post(address, donnees)
    assert response.status_code == 409 and "À vérifier avant de continuer" in response.content.decode()
    assert f'value="{debut.isoformat()}"' in response.content.decode()
    assert Arret.objects.count() == 1
    response = client.post(address, donnees | {"alertes_assumees": "Week-end et congés entre les deux."})
    assert response.status_code == 302 and Arret.objects.count() == 2


def test_a_stale_prolongation_keeps_what_was_typed(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m)
    debut = Arret.objects.get().fin + dt.timedelta(days=1)
    client = au_nom_de(m.mairie)
    address = reverse("collectivite:prolonger", args=[sinistre.numero])
    donnees = {"debut": debut.isoformat(), "fin": debut.isoformat(), "certificat_du": debut.isoformat(), "version": 0}
    response = client.post(address, donnees)
    assert response.status_code == 409
    texte = response.content.decode()
    assert "modifié par quelqu’un d’autre" in texte and f'value="{debut.isoformat()}"' in texte
    assert client.post(address, donnees | {"version": response.context["form"].data["version"]}).status_code == 302


def test_a_return_to_come_is_refused_on_its_field(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m)
    demain = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
    response = au_nom_de(m.mairie).post(reverse("collectivite:reprise", args=[sinistre.numero]), {"le": demain})
    assert response.status_code == 422 and "une fois l’agent revenu" in response.content.decode()
    assert Sinistre.objects.get().reprise_effective is None


def test_a_search_stands_in_no_address(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m)
    client = au_nom_de(m.mairie)
    response = client.post(reverse("collectivite:rechercher"), {"q": m.agent.nom})
    assert m.agent.nom.lower() not in response.headers["Location"].lower()
    assert sinistre.numero in client.get(response.headers["Location"]).content.decode()
    assert sinistre.numero not in au_nom_de(m.mairie2).get(response.headers["Location"]).content.decode()


@pytest.mark.parametrize("etat", Etat.values)
def test_every_state_has_its_plain_words(etat: str) -> None:
    sinistre = Sinistre(
        etat=etat, nature="AS", motif_cloture="REPRISE", date_cloture=timezone.localdate(), motif_refus="NON_COUVERT",
        motif_annulation="DOUBLE", etat_depuis=timezone.now(),
    )  # fmt: skip
    told = situation(sinistre, ResumePieces(attendues=2, depuis=timezone.now()), set())
    assert told.resume and told.suite.endswith((".", ")")) and told.main
    assert told.a_vous is (etat in (Etat.DECLARE, Etat.PIECES_EN_ATTENTE, Etat.ROUVERT, Etat.REMBOURSE))


def test_every_transition_has_a_sentence_in_the_history() -> None:
    assert {f"sinistre.{nom}" for nom in PASSAGES} <= set(PHRASES)


@pytest.mark.parametrize("name", ["accueil", "dossiers"])
def test_queries_do_not_grow_with_the_list(name: str, m: f.Monde, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.mairie)
    client.get(reverse(f"collectivite:{name}"))  # what a process or a session reads once
    counts = []
    for size in (2, 8):
        while Sinistre.objects.count() < size:
            f.sinistre(m, de=f.agent(m.collectivite))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(f"collectivite:{name}"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16, counts
