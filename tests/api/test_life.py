"""The whole life of a sinistre through the API alone, with a file that really goes to the store and back."""

from __future__ import annotations

import datetime as dt
import hashlib
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from documents.models import Depot, LaissezPasser
from documents.services import laissez_passer
from documents.tasks import controler_depot
from tests import factories as f
from tests.api.conftest import Caller
from tests.documents.conftest import PDF

pytestmark = pytest.mark.django_db


def put(envoi: dict[str, Any], contenu: bytes) -> None:
    request = urllib.request.Request(envoi["url"], data=contenu, method=envoi["methode"], headers=envoi["entetes"])
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def deposit(qui: Caller, numero: str, code: str) -> int:
    """Announce, send the bytes to the store, confirm, let the worker's function check. Returns the pièce's id."""
    body = {"code": code, "nom": f"{code}.pdf", "type": "application/pdf", "taille": len(PDF), "sha256": hashlib.sha256(PDF).hexdigest()}
    announced = qui.post(f"sinistres/{numero}/pieces/", body)
    assert announced.status_code == 201, announced.json()
    assert set(announced.json()) == {"id", "depot"}
    assert set(announced.json()["depot"]) == {"methode", "url", "entetes", "expire"}
    put(announced.json()["depot"], PDF)
    piece: int = announced.json()["id"]
    confirmed = qui.post(f"sinistres/{numero}/pieces/{piece}/confirmer/")
    assert confirmed.status_code == 202, confirmed.json()
    assert confirmed.json()["fichiers"][0]["etat"] == "CONTROLE"
    assert controler_depot(Depot.objects.filter(piece_id=piece).latest("pk").pk) == "DISPONIBLE"
    return piece


def move(qui: Caller, numero: str, nom: str, **body: Any) -> dict[str, Any]:
    version = qui.get(f"sinistres/{numero}/").json()["version"]
    response = qui.post(f"sinistres/{numero}/transitions/{nom}/", body, If_Match=f'"{version}"')
    assert response.status_code == 200, response.json()
    assert response["ETag"] == f'"{response.json()["version"]}"'
    dossier: dict[str, Any] = response.json()
    return dossier


def test_from_declaration_to_rechute(
    m: f.Monde, par: Callable[[User], Caller], declaration: dict[str, Any], settings: Any, buckets: None
) -> None:
    settings.DEMO, settings.CLAMD_URL = True, ""
    mairie, gestionnaire, payeur, payeur2 = (par(u) for u in (m.mairie, m.gestionnaire, m.payeur, m.payeur2))
    body = declaration | {"nature": "TRJ", "circonstances": "Glissade sur le parking, à 8 h 10."}

    declared = mairie.post("sinistres/", body, Idempotency_Key="vie-1")
    assert declared.status_code == 201, declared.json()
    dossier = declared.json()
    numero = dossier["numero"]
    assert declared["Location"] == f"/api/v1/sinistres/{numero}/"
    assert list(dossier) == [
        "numero", "etat", "nature", "regime", "collectivite", "agent", "survenance", "declaration", "arrets", "pieces", "taches",
        "transitions", "relances_suspendues", "version",
    ]  # fmt: skip
    assert (dossier["etat"], dossier["nature"], dossier["regime"]) == ("DECLARE", "TRJ", "CNRACL")
    assert (dossier["collectivite"], dossier["agent"]) == (m.collectivite.siret, m.agent.matricule)
    assert set(dossier["declaration"]) == {"le", "limite", "jours_de_retard"}
    assert dossier["declaration"]["jours_de_retard"] == 0
    assert set(dossier["pieces"][0]) == {"id", "code", "libelle", "stade", "etat", "requise"}
    assert dossier["taches"] == [] and dossier["version"] == 1

    medical = mairie.post(
        f"sinistres/{numero}/pieces/", {"code": "certificat-medical-initial", "nom": "cmi.pdf", "type": "application/pdf", "taille": 10}
    )
    assert medical.status_code == 201
    envoi = medical.json()["depot"]
    assert (envoi["methode"], envoi["url"]) == ("PUT", f"{settings.BULLE_URL}/depots/")
    assert envoi["entetes"]["X-Vigie-Nom"] == "cmi.pdf"
    assert laissez_passer.empreinte_de(envoi["entetes"]["X-Vigie-Laissez-Passer"]) == LaissezPasser.objects.get().empreinte
    medicale = {"code": "certificat-medical-initial", "nom": "cmi.pdf", "type": "application/pdf", "taille": 10}
    assert gestionnaire.post(f"sinistres/{numero}/pieces/", medicale).status_code == 403
    assert not Depot.objects.exists()

    instruire = next(t for t in gestionnaire.get("taches/?file=a-instruire").json()["resultats"] if t["sinistre"] == numero)
    assert gestionnaire.post(f"taches/{instruire['id']}/prendre/").json()["porteur"] == "Anne Roche"
    lost = par(m.gestionnaire2).post(f"taches/{instruire['id']}/prendre/")
    assert lost.status_code == 409 and "Anne Roche" in lost.json()["detail"]
    assert gestionnaire.post(f"taches/{instruire['id']}/rendre/").json()["porteur"] is None

    early = gestionnaire.post(f"sinistres/{numero}/transitions/valider/", {}, If_Match="1")
    assert early.status_code == 422 and len(early.json()["raisons"]) == 3

    ids = [deposit(mairie, numero, code) for code in ("certificat", "arrete")]
    refused = gestionnaire.post(
        f"sinistres/{numero}/pieces/{ids[0]}/decision/", {"decision": "refusee", "motif": "ILLISIBLE", "message": "Flou."}
    )
    assert refused.json()["etat"] == "REFUSEE"
    assert mairie.get(f"sinistres/{numero}/pieces/{ids[0]}/").json()["message_refus"] == "Flou."
    assert deposit(mairie, numero, "certificat") == ids[0]
    for piece in ids:
        decided = gestionnaire.post(f"sinistres/{numero}/pieces/{piece}/decision/", {"decision": "conforme"})
        assert decided.status_code == 200 and decided.json()["etat"] == "CONFORME", decided.json()
    adresse = mairie.get(f"sinistres/{numero}/pieces/{ids[0]}/fichier/").json()
    with urllib.request.urlopen(adresse["url"], timeout=10) as answer:
        assert answer.read() == PDF and adresse["expire"] <= 60
    # What is medical comes on paper, to the gestionnaire de bulle, who has no token.
    f.complete_pieces(f.Sinistre.objects.get(numero=numero), m.secretariat)

    assert move(gestionnaire, numero, "valider")["etat"] == "VALIDE"

    arret = dossier["arrets"][0]
    typed = gestionnaire.post(
        "decomptes/",
        {
            "sinistre": numero,
            "debut": arret["debut"],
            "fin": arret["fin"],
            "montant": "1234.56",
            "explication": "31 jours",
            "arret": arret["id"],
        },
    )
    assert typed.status_code == 201, typed.json()
    decompte = typed.json()["id"]
    assert typed.json()["montant"] == "1234.56" and typed.json()["etat"] == "CALCULE"
    assert payeur.post(f"decomptes/{decompte}/approuver/").json()["etat"] == "APPROUVE"
    bordereau = payeur2.post("bordereaux/", {"decomptes": [decompte]}, Idempotency_Key="vie-2")
    assert bordereau.status_code == 201, bordereau.json()
    assert bordereau.json()["total"] == "1234.56" and [d["etat"] for d in bordereau.json()["decomptes"]] == ["TRANSMIS"]
    settled = payeur.post(f"bordereaux/{bordereau.json()['id']}/regler/", {"le": timezone.localdate().isoformat(), "reference": "VIR-1"})
    assert settled.status_code == 200 and settled.json()["etat"] == "REGLE", settled.json()
    assert mairie.get(f"decomptes/?sinistre={numero}").json()["resultats"][0]["etat"] == "REGLE"
    assert gestionnaire.get(f"sinistres/{numero}/").json()["etat"] == "REMBOURSE"

    reprise = (dt.date.fromisoformat(arret["fin"]) + dt.timedelta(days=1)).isoformat()
    assert mairie.post(f"sinistres/{numero}/reprise/", {"le": reprise}).status_code == 200
    assert move(gestionnaire, numero, "clore", motif="REPRISE", date_effet=reprise)["etat"] == "CLOS"

    debut = timezone.localdate() - dt.timedelta(days=5)
    rechute = {"debut": debut.isoformat(), "fin": timezone.localdate().isoformat(), "certificat": debut.isoformat()}
    reopened = move(gestionnaire, numero, "rouvrir_rechute", arret=rechute)
    assert reopened["etat"] == "ROUVERT" and [a["genre"] for a in reopened["arrets"]] == ["INITIAL", "RECHUTE"]
    assert mairie.get("sinistres/?etat=ROUVERT&nature=TRJ").json()["resultats"][0]["numero"] == numero


def test_prolongation_by_the_collectivite(m: f.Monde, par: Callable[[User], Caller], declaration: dict[str, Any]) -> None:
    mairie = par(m.mairie)
    numero = mairie.post("sinistres/", declaration).json()["numero"]
    debut = dt.date.fromisoformat(declaration["arret"]["fin"]) + dt.timedelta(days=1)
    suite = {"debut": debut.isoformat(), "fin": (debut + dt.timedelta(days=9)).isoformat(), "certificat": debut.isoformat()}

    stale = mairie.post(f"sinistres/{numero}/arrets/", {"arret": suite}, If_Match="7")
    assert stale.status_code == 409 and stale.json()["version"] == 1
    first = mairie.post(f"sinistres/{numero}/arrets/", {"arret": suite}, If_Match="1", Idempotency_Key="p1")
    again = mairie.post(f"sinistres/{numero}/arrets/", {"arret": suite}, If_Match="1", Idempotency_Key="p1")
    assert first.status_code == again.status_code == 201
    assert [a["genre"] for a in first.json()["arrets"]] == ["INITIAL", "PROLONGATION"]
    assert again.content == first.content and again["Idempotent-Replayed"] == "true" and again["ETag"] == '"2"'
    overlap = mairie.post(f"sinistres/{numero}/arrets/", {"arret": suite})
    assert overlap.status_code == 422 and "arret.debut" in overlap.json()["champs"]
