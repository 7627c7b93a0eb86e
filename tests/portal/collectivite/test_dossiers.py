"""Follow-up: plain words, papers, what is hidden, prolongation, return, money; and how many queries it costs."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.enums import Etat
from cases.models import Arret, AvisMedecin, Sinistre
from cases.services import avis, notes
from cases.states import PASSAGES
from contracts.enums import Nature
from documents.enums import EtatDepot
from documents.models import Depot, Exigence, LaissezPasser, Piece
from documents.services import decisions, laissez_passer
from indemnities.models import Decompte
from portal import depots
from portal.collectivite.fil import PHRASES
from portal.collectivite.lignes import lignes_pieces
from portal.collectivite.selectors import ResumePieces
from portal.collectivite.situation import situation
from tests import factories as f
from tests.portal.conftest import AuNomDe
from workflows import lifecycle, payments

pytestmark = pytest.mark.django_db


def _piece(sinistre: Sinistre, code: str = "certificat") -> Piece:
    return Piece.objects.get(sinistre=sinistre, code=code)


def test_home_lists_the_oldest_first_with_its_box(m: f.Monde, au_nom_de: AuNomDe) -> None:
    young = f.sinistre(m)
    old = f.sinistre(m, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=100)))
    jour = timezone.localdate() - dt.timedelta(days=60)
    Piece.objects.filter(sinistre=old).update(demandee_le=timezone.make_aware(dt.datetime.combine(jour, dt.time(12))))
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


def test_a_medical_paper_goes_to_the_bulle_and_never_here(m: f.Monde, au_nom_de: AuNomDe, settings: Any) -> None:
    sinistre = f.sinistre(m, Nature.AS)
    medicale = _piece(sinistre, "certificat-medical-initial")
    client = au_nom_de(m.mairie)
    here = reverse("collectivite:depot-annoncer", args=[sinistre.numero, medicale.pk])
    pli = reverse("collectivite:pli", args=[sinistre.numero, medicale.pk])
    pages: dict[str, list[Any]] = {"collectivite:dossier": [sinistre.numero], "collectivite:declare": [sinistre.numero],
             "collectivite:piece": [sinistre.numero, medicale.pk]}  # fmt: skip
    for name, arguments in pages.items():
        texte = client.get(reverse(name, args=arguments)).content.decode()
        assert medicale.libelle in texte and "Déposer sous pli numérique confidentiel" in texte and pli in texte
        assert here not in texte
    home = client.get(reverse("collectivite:accueil")).content.decode()
    assert reverse("collectivite:piece", args=[sinistre.numero, medicale.pk]) in home and here not in home
    annonce = {"nom": "a.pdf", "type": "application/pdf", "taille": 10, "sha256": ""}
    response = client.post(here, json.dumps(annonce), content_type="application/json")
    assert response.status_code == 422 and "médicale" in response.json()["erreur"]
    assert not Depot.objects.exists()
    given = client.post(pli, json.dumps({"type": "application/pdf", "taille": 10}), content_type="application/json")
    assert given.status_code == 201 and "no-store" in given["Cache-Control"]
    depot = given.json()["depot"]
    assert (depot["methode"], depot["url"]) == ("PUT", f"{settings.BULLE_URL}/depots/")
    lien = LaissezPasser.objects.get()
    assert laissez_passer.empreinte_de(depot["entetes"]["X-Vigie-Laissez-Passer"]) == lien.empreinte


@pytest.mark.parametrize(
    ("annonce", "mot"),
    [({"type": "text/html", "taille": 10}, "PDF"), ({"type": "image/png", "taille": 0}, "vide"), ({"type": "image/png"}, "rechargez")],
)
def test_a_wrong_medical_announcement_opens_nothing(annonce: object, mot: str, m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m, Nature.AS)
    address = reverse("collectivite:pli", args=[sinistre.numero, _piece(sinistre, "certificat-medical-initial").pk])
    response = au_nom_de(m.mairie).post(address, json.dumps(annonce), content_type="application/json")
    assert response.status_code == 422 and mot in response.json()["erreur"]
    ordinaire = reverse("collectivite:pli", args=[sinistre.numero, _piece(sinistre).pk])
    response = au_nom_de(m.mairie).post(ordinaire, json.dumps({"type": "image/png", "taille": 3}), content_type="application/json")
    assert response.status_code == 422 and "n’est pas médicale" in response.json()["erreur"]
    assert not LaissezPasser.objects.exists()


@pytest.mark.parametrize(
    ("etat", "mots"),
    [
        ("DEMANDEE", "Attendu par le service médical"),
        ("RECUE", "Reçu par le service médical"),
        ("A_CONTROLER", "Reçu par le service médical"),
        ("CONFORME", "Reçu par le service médical, conforme"),
        ("REFUSEE", "À renvoyer au service médical"),
    ],
)
def test_of_a_medical_paper_only_its_state_is_said(etat: str, mots: str, m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m, Nature.AS)
    medicale = _piece(sinistre, "certificat-medical-initial")
    Piece.objects.filter(pk=medicale.pk).update(etat=etat, motif_refus="ILLISIBLE", decidee_par=m.secretariat, decidee_le=timezone.now())
    texte = au_nom_de(m.mairie).get(reverse("collectivite:piece", args=[sinistre.numero, medicale.pk])).content.decode()
    assert f">{mots}</span>" in texte
    assert ("data-depot-pli" in texte) == (etat != "CONFORME")
    assert m.secretariat.nom not in texte


def test_a_link_for_the_agent_is_shown_once(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m, Nature.AS)
    medicale = _piece(sinistre, "certificat-medical-initial")
    client = au_nom_de(m.mairie)
    given = client.post(reverse("collectivite:lien-donner", args=[sinistre.numero, medicale.pk]), {"jours": "15"})
    texte = given.content.decode()
    secret = re.findall(r"/deposer/#([\w-]+)", texte)[0]
    assert given.status_code == 200 and m.agent.nom in texte
    page = reverse("collectivite:dossier", args=[sinistre.numero])
    shown = client.get(page).content.decode()
    assert "Révoquer" in shown and secret not in shown
    lien = LaissezPasser.objects.get()
    client.post(reverse("collectivite:lien-revoquer", args=[sinistre.numero, lien.pk]))
    assert "Révoquer" not in client.get(page).content.decode()


def test_a_paper_says_what_suffices_and_what_must_not_come(m: f.Monde, au_nom_de: AuNomDe) -> None:
    choix = [
        {"code": "volet-2", "libelle": "Volet 2 de l’arrêt", "regimes": ["CNRACL"]},
        {"code": "volet-3", "libelle": "Volet 3 de l’arrêt"},
        {"code": "bulletin", "libelle": "Bulletin d’hospitalisation", "regimes": ["IRCANTEC"]},
    ]
    sinistre = f.sinistre(m)
    exigence = Exigence(alternatives=choix, aide="Une feuille Cerfa.", a_ne_pas_envoyer="Le volet 1.")
    piece = _piece(sinistre)
    piece.exigence = exigence
    assert [une["code"] for une in depots.alternatives_de(piece, "CNRACL")] == ["volet-2", "volet-3"]
    assert [une["code"] for une in depots.alternatives_de(piece, "IRCANTEC")] == ["volet-3", "bulletin"]
    (ligne,) = lignes_pieces(m.mairie, sinistre, [piece])
    texte = render_to_string("collectivite/_piece.html", {"ligne": ligne, "sinistre": sinistre, "accept": depots.ACCEPT, "taille_max": 25})
    assert "L’un de ces documents suffit" in texte and "Volet 2 de l’arrêt" in texte and "hospitalisation" not in texte
    assert "Le volet 1." in texte and '<option value="volet-3">' in texte


def test_versions_and_states_in_plain_words(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m)
    piece = _piece(sinistre)
    commun: dict[str, Any] = {"piece": piece, "type": "application/pdf", "taille": 9, "depose_par": m.mairie, "sha256_verifie": "0" * 64}
    la: dict[str, Any] = {"etat": "DISPONIBLE", "apercu_type": "application/pdf"}
    Depot.objects.create(**commun, **la, nom="flou.pdf", cle_publiee="a", remplace_le=timezone.now())
    Depot.objects.create(**commun, **la, nom="net.pdf", cle_publiee="b", version=2)
    Depot.objects.create(**commun, nom="virus.pdf", etat="ECARTE", motif="L’antivirus a refusé ce fichier.", version=2)
    client = au_nom_de(m.mairie)
    page = reverse("collectivite:piece", args=[sinistre.numero, piece.pk])
    for etat, mot in (("RECUE", "Reçu, contrôle du fichier en cours"), ("A_CONTROLER", "Reçu, en cours d’examen")):
        Piece.objects.filter(pk=piece.pk).update(etat=etat, version=2)
        texte = client.get(page).content.decode()
        assert f">{mot}</span>" in texte
        assert "Version 1, remplacée le" in texte and "Écarté : L’antivirus a refusé ce fichier." in texte
    assert "Remplacer ce que j’ai déjà envoyé" in texte
    fragment = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and "net.pdf" in fragment
    Piece.objects.filter(pk=piece.pk).update(etat="SANS_OBJET")
    texte = client.get(page).content.decode()
    assert "Plus demandé" in texte and "data-depot=" not in texte


def test_a_volet_sent_by_mistake_leaves_the_page(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m)
    piece = _piece(sinistre)
    depot = Depot.objects.create(
        piece=piece, type="application/pdf", taille=9, depose_par=m.mairie, sha256_verifie="0" * 64, nom="volet-1-lombalgie.pdf",
        etat="DISPONIBLE", cle_publiee="a", apercu_type="application/pdf", apercu_cle="a",
    )  # fmt: skip
    Piece.objects.filter(pk=piece.pk).update(etat="A_CONTROLER")
    client = au_nom_de(m.mairie)
    page, url = reverse("collectivite:dossier", args=[sinistre.numero]), reverse("collectivite:reclasser", args=[depot.pk])
    assert url in client.get(page).content.decode()
    assert "Ce qui va se passer" in client.get(url).content.decode()
    client.post(url)
    assert Depot.objects.get().etat == EtatDepot.RECLASSE
    for address in (page, reverse("collectivite:accueil"), reverse("collectivite:piece", args=[sinistre.numero, piece.pk])):
        assert "lombalgie" not in client.get(address).content.decode()
    assert client.get(reverse("collectivite:depot-fichier", args=[depot.pk])).status_code == 422
    assert client.get(url).status_code == 302


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


def test_a_medical_file_set_aside_in_the_bulle_is_asked_again_with_its_reason(m: f.Monde, au_nom_de: AuNomDe) -> None:
    """What the bulle says outside of it (medical/services/controles_fichiers.py): technical words, no medical one."""
    sinistre = f.sinistre(m, "AS")
    Piece.objects.filter(sinistre=sinistre, visibilite="M").update(message_refus="Ce PDF est protégé par un mot de passe.")
    client = au_nom_de(m.mairie)
    for address in (reverse("collectivite:accueil"), reverse("collectivite:dossier", args=[sinistre.numero])):
        texte = client.get(address).content.decode()
        assert "écarté au contrôle" in texte and "protégé par un mot de passe" in texte
