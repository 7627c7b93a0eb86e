"""Each kind of procedure through the API: who may ask for it, on which dossiers, what is refused and how, once and only once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from api.procedures.registre import PROCEDURES
from cases.enums import Canal, EtatBranche, GenreBranche, GenreTache
from cases.models import Branche, Saisine, Sinistre, Tache
from tests import factories as f
from tests.api.conftest import Caller, champs, token_of
from workflows.demande import Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db
Par = Callable[[User], Caller]

DEMANDES: dict[str, dict[str, Any]] = {
    "CONTRE_VISITE": {"motif": "DUREE"},
    "EXPERTISE": {"buts": ["CONSOLIDATION"]},
    "RECOURS": {"constat": "Un camion de livraison a reculé sur l’agent."},
    "ACCOMPAGNEMENT": {"forme": "RETOUR_EMPLOI", "objectifs": ["REPRISE"]},
    "SAISINE": {"objet": "AUTRE"},
}
"""A good request of each kind, on an accident."""

# One column a role: 201 asked for, 403 told so, 404 like for what does not exist. On a dossier of the first mairie.
ROLES = ("gestionnaire", "responsable", "payeur", "mairie", "mairie2", "assureur", "admin")
TABLE = {
    "CONTRE_VISITE": (201, 201, 403, 201, 404, 404, 404),
    "EXPERTISE": (201, 201, 403, 403, 404, 404, 404),
    "RECOURS": (201, 201, 403, 201, 404, 404, 404),
    "ACCOMPAGNEMENT": (201, 201, 403, 201, 404, 404, 404),
    "SAISINE": (201, 201, 403, 403, 404, 404, 404),
}
MANQUE = [
    ("CONTRE_VISITE", "motif"),
    ("EXPERTISE", "buts"),
    ("RECOURS", "constat"),
    ("ACCOMPAGNEMENT", "forme"),
    ("ACCOMPAGNEMENT", "objectifs"),
    ("SAISINE", "objet"),
]


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    return f.sinistre(m, "AS")


def address(dossier: Sinistre) -> str:
    return f"sinistres/{dossier.numero}/procedures/"


def demande(m: f.Monde, genre: str, **autres: Any) -> dict[str, Any]:
    medecin = {"medecin": m.medecin.email} if genre == "EXPERTISE" else {}
    return {"genre": genre} | DEMANDES[genre] | medecin | autres


def test_every_kind_has_its_row() -> None:
    assert set(PROCEDURES) == set(DEMANDES) == set(TABLE)
    assert set(GenreBranche) - set(PROCEDURES) == {GenreBranche.SOUTIEN, GenreBranche.MEDIATION}


@pytest.mark.parametrize("genre", sorted(TABLE))
def test_who_may_ask(m: f.Monde, par: Par, dossier: Sinistre, genre: str) -> None:
    told: dict[str, int] = {}
    for role in ROLES:
        with transaction.atomic():
            told[role] = par(m.people[role]).post(address(dossier), demande(m, genre)).status_code
            transaction.set_rollback(True)
    assert told == dict(zip(ROLES, TABLE[genre], strict=True))
    assert par(m.medecin).post(address(dossier), demande(m, genre)).status_code == 401
    assert Caller("").post(address(dossier), demande(m, genre)).status_code == 401


@pytest.mark.parametrize("genre", sorted(TABLE))
def test_it_runs_is_followed_and_runs_once(m: f.Monde, par: Par, dossier: Sinistre, genre: str) -> None:
    cdg = par(m.gestionnaire)
    ouverte = cdg.post(address(dossier), demande(m, genre), Idempotency_Key="k")
    assert ouverte.status_code == 201, ouverte.content
    branche = Branche.objects.get(sinistre=dossier)
    assert (branche.genre, branche.etat, branche.canal) == (genre, EtatBranche.EN_COURS, Canal.API)
    assert cdg.post(address(dossier), demande(m, genre), Idempotency_Key="k").json() == ouverte.json()
    corps = ouverte.json()
    assert corps["libelle"] == GenreBranche(genre).label
    attendent = [etape for etape in corps["etapes"] if etape["faite_le"] is None]
    assert attendent and all(etape["libelle"] and etape["echeance"] for etape in attendent if etape["file"])
    lue = par(m.mairie).get(f"procedures/{branche.uid}/")
    assert lue.status_code == 200 and lue.json()["genre"] == genre
    assert not any(etape["file"] or etape["par"] for etape in lue.json()["etapes"])
    encore = cdg.post(address(dossier), demande(m, genre))
    assert encore.status_code == 422 and "déjà en cours" in encore.json()["detail"], encore.content
    assert Branche.objects.count() == 1


@pytest.mark.parametrize(("genre", "champ"), MANQUE)
def test_a_missing_field_is_named(m: f.Monde, par: Par, dossier: Sinistre, genre: str, champ: str) -> None:
    corps = demande(m, genre)
    del corps[champ]
    refus = par(m.gestionnaire).post(address(dossier), corps)
    assert (refus.status_code, champs(refus)) == (400, {champ: ["Ce champ est obligatoire."]})


@pytest.mark.parametrize("genre", sorted(TABLE))
def test_a_cancelled_dossier_has_no_procedure(m: f.Monde, par: Par, dossier: Sinistre, genre: str) -> None:
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="annuler", demande=Demande(motif="ERREUR"))
    refus = par(m.gestionnaire).post(address(dossier), demande(m, genre))
    assert refus.status_code == 422 and "annulé" in refus.json()["detail"], refus.content
    assert not Branche.objects.exists()


@pytest.mark.parametrize(
    ("genre", "autres", "champ"),
    [
        ("CONTRE_VISITE", {"lieu": "DOMICILE"}, "adresse"),
        ("CONTRE_VISITE", {"arret": 2**60}, "arret"),
        ("EXPERTISE", {"buts": ["RECHUTE"]}, "arret"),
        ("EXPERTISE", {"buts": ["RECHUTE"], "arret": 2**60}, "arret"),
        ("EXPERTISE", {"medecin": ""}, "medecin"),
        ("EXPERTISE", {"medecin": "personne@test.example"}, "medecin"),
        ("RECOURS", {"constat": "Fracture du poignet."}, "constat"),
        ("ACCOMPAGNEMENT", {"precisions": "Suite à sa dépression."}, "assume"),
        ("SAISINE", {"objet": "CGM"}, "objet"),
        ("SAISINE", {"demande_agent_le": "2100-01-01"}, "demande_agent_le"),
    ],
)
def test_what_a_service_refuses_is_told_by_field(
    m: f.Monde, par: Par, dossier: Sinistre, genre: str, autres: dict[str, Any], champ: str
) -> None:
    refus = par(m.gestionnaire).post(address(dossier), demande(m, genre) | autres)
    assert (refus.status_code, list(champs(refus))) == (422, [champ]), refus.content
    assert not Branche.objects.exists()


def test_a_person_who_is_no_medecin_reads_as_nobody(m: f.Monde, par: Par, dossier: Sinistre) -> None:
    """Whether an account exists is not told: neither by the answer, nor to who may not ask."""
    refus = [par(m.gestionnaire).post(address(dossier), demande(m, "EXPERTISE", medecin=qui)) for qui in (m.payeur.email, "x@test.example")]
    assert champs(refus[0]) == champs(refus[1]) == {"medecin": ["Cette personne n’est pas médecin conseil."]}
    assert par(m.mairie).post(address(dossier), demande(m, "EXPERTISE", medecin="x@test.example")).status_code == 403


def test_a_key_serves_one_kind_only(m: f.Monde, par: Par, dossier: Sinistre) -> None:
    cdg = par(m.gestionnaire)
    assert cdg.post(address(dossier), demande(m, "SAISINE"), Idempotency_Key="k").status_code == 201
    autre = cdg.post(address(dossier), demande(m, "RECOURS"), Idempotency_Key="k")
    assert (autre.status_code, list(champs(autre))) == (422, ["Idempotency-Key"])
    assert Branche.objects.count() == 1


def test_the_list_is_by_pages_and_the_newest_comes_first(m: f.Monde, par: Par, dossier: Sinistre) -> None:
    cdg = par(m.gestionnaire)
    for genre in sorted(TABLE):
        assert cdg.post(address(dossier), demande(m, genre)).status_code == 201
    vus, adresse = [], f"{address(dossier)}?taille=2"
    while adresse:
        page = cdg.get(adresse).json()
        vus += [ligne["genre"] for ligne in page["resultats"]]
        adresse = page["suivant"]
    assert vus == sorted(TABLE, reverse=True)
    for mauvaise in ("taille=0", "taille=x", "curseur=x", "genre=SAISINE"):
        assert cdg.get(f"{address(dossier)}?{mauvaise}").status_code == 400, mauvaise


def test_a_soutien_is_read_by_nobody_here(m: f.Monde, par: Par, dossier: Sinistre) -> None:
    par(m.gestionnaire).post(address(dossier), demande(m, "SAISINE"))
    branche = Branche.objects.get()
    processus = branche.processus
    Saisine.objects.all().delete()
    Tache.objects.filter(genre=GenreTache.SC_DOSSIER).delete()
    branche.delete()
    secret = Branche.objects.create(genre=GenreBranche.SOUTIEN, processus=processus, origine="AGENT", canal=Canal.PORTAIL)
    for qui in (m.gestionnaire, m.responsable, m.mairie, m.payeur):
        assert par(qui).get(f"procedures/{secret.uid}/").status_code == 404
        assert par(qui).get(address(dossier)).json()["resultats"] == []


def test_the_insurer_follows_what_was_sent_to_him_and_asks_for_nothing(m: f.Monde, par: Par, dossier: Sinistre) -> None:
    uid = par(m.gestionnaire).post(address(dossier), demande(m, "RECOURS")).json()["uid"]
    Sinistre.objects.filter(pk=dossier.pk).update(transmis_assureur_le=timezone.now())
    assert par(m.assureur).get(f"procedures/{uid}/").status_code == 200
    assert [ligne["uid"] for ligne in par(m.assureur).get(address(dossier)).json()["resultats"]] == [uid]
    for genre in TABLE:
        assert par(m.assureur).post(address(dossier), demande(m, genre)).status_code == 403, genre


def test_eight_at_once_open_one(vraie_base: None) -> None:
    m = f.monde()
    dossier = f.sinistre(m, "AS")
    secret, barrier, answers = token_of(m.gestionnaire), threading.Barrier(8), []

    def send(cle: str) -> None:
        caller = Caller(secret)
        barrier.wait()
        try:
            answers.append(caller.post(address(dossier), demande(m, "CONTRE_VISITE"), Idempotency_Key=cle))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(f"k{n % 2}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Branche.objects.count() == 1
    assert sorted({a.status_code for a in answers}) == [201, 422]
    assert sum(a.status_code == 201 for a in answers) == 4
