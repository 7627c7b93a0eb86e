"""Every operation × every role × own and other organisation, from one table; an operation missing from the table fails."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLResolver
from django.utils import timezone

import api.urls
from accounts.models import User
from cases.models import Sinistre, Tache
from cases.states import PASSAGES
from documents.enums import EtatDepot
from documents.models import Depot, Piece
from indemnities.models import Decompte
from indemnities.rules_constats import LigneArret, LigneMontant
from indemnities.services import comptes
from indemnities.services.comptes import Rib
from notifications.webhooks import services as webhooks
from notifications.webhooks.services import Reglages
from tests import factories as f
from tests.api.conftest import Caller
from tests.indemnities.virements import bordereau as virable
from tests.indemnities.virements import camt053, ecriture, iban, payeur_cdg
from tests.indemnities.virements import remise as remise_de
from tests.mediations import mediation_de
from tests.tables import undone
from workflows import constats, frais, payments, retours
from workflows.branches.saisine import actes as saisines
from workflows.demande import Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db
Par = Callable[[User], Caller]

ROLES = ("gestionnaire", "responsable", "payeur", "mairie", "mairie2", "assureur", "admin")
NO_TOKEN = ("medecin", "secretariat", "expert", "psychologue")

# One row an operation, one column a role of ROLES, on objects of the first mairie, not transmitted to the insurer:
# o passes the gate, 3 is told « 403 », 4 is told « 404 » like for what does not exist, c reads « inconnue » on the field.
TABLE: dict[tuple[str, str], str] = {
    ("schema", "get"): "o o o o o o o",
    ("sinistres", "get"): "o o o o o o 3",
    ("sinistres", "post"): "o o 3 o c 3 3",
    ("recherche", "post"): "o o o o o o 3",
    ("sinistre", "get"): "o o o o 4 4 4",
    ("transition", "post"): "o o 3 3 4 4 4",
    ("arrets", "post"): "o o 3 o 4 4 4",
    ("reprise", "post"): "o o 3 o 4 4 4",
    ("faits", "post"): "o o 3 o 4 4 4",
    ("pieces", "post"): "o o 3 o 4 4 4",
    ("piece", "get"): "o o 4 o 4 4 4",
    ("confirmer", "post"): "4 4 4 o 4 4 4",
    ("decision", "post"): "o o 3 3 4 4 4",
    ("deja-envoyee", "post"): "3 3 3 o 4 4 4",
    ("fichier", "get"): "o o 4 o 4 4 4",
    ("procedures", "get"): "o o o o 4 4 4",
    ("procedures", "post"): "o o 3 o 4 4 4",
    ("procedure", "get"): "o o o o 4 4 4",
    ("positions", "post"): "o o 3 3 4 4 4",
    ("messages", "get"): "o o 3 o 4 4 4",
    ("messages", "post"): "o o 3 o 4 4 4",
    ("relances-suspendre", "post"): "o o 3 3 4 4 4",
    ("relances-reprendre", "post"): "o o 3 3 4 4 4",
    ("taches", "get"): "o o o 3 3 3 3",
    ("prendre", "post"): "o o 4 3 3 3 3",
    ("rendre", "post"): "o o 4 3 3 3 3",
    ("agents", "post"): "o o 3 o o 3 3",
    ("decomptes", "get"): "o o o o o o 3",
    ("decomptes", "post"): "o o o 3 3 3 3",
    ("calcul", "get"): "o o o 3 3 3 3",
    ("calcul", "post"): "o o o 3 3 3 3",
    ("faits-droits", "post"): "o o o 3 3 3 3",
    ("decompte", "get"): "o o o o 4 4 4",
    ("approuver", "post"): "3 o o 3 4 4 4",
    ("rejeter", "post"): "3 o o 3 4 4 4",
    ("delais-remboursement", "get"): "o o o o o o 3",
    ("courriels", "get"): "o o 3 3 3 3 3",
    ("bordereaux", "get"): "o o o o o o 3",
    ("bordereaux", "post"): "3 o o 3 3 3 3",
    ("bordereau", "get"): "o o o o 4 o 4",
    ("bordereau-fichier", "get"): "o o o o 4 o 4",
    ("regler", "post"): "3 o o 3 4 3 4",
    ("constats", "get"): "o o o o 4 4 4",
    ("constats", "post"): "o o 3 o 4 4 4",
    ("constat-annuler", "post"): "o o 3 o 4 4 4",
    ("arrets-connus", "post"): "o o 3 o c 3 3",
    ("arrets-connus-recherche", "post"): "o o o o c 3 3",
    ("arret-connu-annuler", "post"): "o o 3 o 4 4 4",
    ("simuler-droits", "post"): "o o o o o o 3",
    ("simuler-indemnites", "post"): "o o o o o o 3",
    ("frais", "get"): "o o 3 3 4 4 4",
    ("frais", "post"): "o o 3 3 4 4 4",
    ("frais-indus", "post"): "o o 3 3 4 4 4",
    ("prises-en-charge", "get"): "o o o o 4 4 4",
    ("prises-en-charge", "post"): "o o 3 o 4 4 4",
    ("prise-en-charge-retirer", "post"): "o o 3 o 4 4 4",
    ("capital", "post"): "o o o 3 4 4 4",
    ("comptes", "get"): "o o o 3 3 3 3",
    ("comptes", "post"): "3 o o 3 3 3 3",
    ("compte", "get"): "o o o 4 4 4 4",
    ("compte-confirmer", "post"): "3 o o 3 3 3 3",
    ("compte-ecarter", "post"): "3 o o 3 3 3 3",
    ("remises", "get"): "3 o o 3 3 3 3",
    ("remises", "post"): "3 o o 3 3 3 3",
    ("remise", "get"): "4 o o 4 4 4 4",
    ("remise-signer", "post"): "4 o o 4 4 4 4",
    ("remise-abandonner", "post"): "4 o o 4 4 4 4",
    ("remise-fichier", "post"): "4 o o 4 4 4 4",
    ("virement-constater", "post"): "4 o o 4 4 4 4",
    ("retours", "get"): "3 o o 3 3 3 3",
    ("retours", "post"): "3 o o 3 3 3 3",
    ("retour", "get"): "4 o o 4 4 4 4",
    ("webhooks", "get"): "3 o 3 o o 3 3",
    ("webhook-livraisons", "get"): "3 o 3 o 4 3 3",
    ("webhook-rejouer", "post"): "3 o 3 o 4 3 3",
    ("nulle-part", "get"): "4 4 4 4 4 4 4",
    ("nulle-part", "post"): "4 4 4 4 4 4 4",
}


SIMULATION: dict[str, Any] = {"nature": "CMO", "arrets": [{"debut": "2026-01-05", "fin": "2026-01-20"}]}


def operations() -> set[tuple[str, str]]:
    """(name, method) of everything the URL conf answers."""
    found: set[tuple[str, str]] = set()

    def walk(patterns: Sequence[Any]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns)
                continue
            view = pattern.callback.cls  # type: ignore[attr-defined]
            methods = ("get", "post") if pattern.name == "nulle-part" else ("get", "post", "put", "patch", "delete")
            found.update((str(pattern.name), method) for method in methods if hasattr(view, method) or pattern.name == "nulle-part")

    walk(api.urls.urlpatterns)
    return found


def test_every_operation_is_in_the_table() -> None:
    assert operations() == set(TABLE)


@dataclass
class Scene:
    """A dossier of the first mairie with everything in it, and how to call each operation on it."""

    calls: dict[str, tuple[str, Any]]
    sinistre: Sinistre


@pytest.fixture
def scene(m: f.Monde, declaration: dict[str, Any]) -> Scene:
    sinistre = f.sinistre(m)
    arret = sinistre.arrets.get()
    numero = sinistre.numero
    piece, autre = Piece.objects.filter(sinistre=sinistre).order_by("pk")[:2]
    common = {"nom": "c.pdf", "type": "application/pdf", "taille": 10, "depose_par": m.mairie}
    Depot.objects.create(piece=piece, **common)
    Depot.objects.create(piece=autre, etat=EtatDepot.DISPONIBLE, sha256_verifie="0" * 64, cle_publiee="k", **common)

    def decompte(debut: int, approved: bool) -> Decompte:
        jour = arret.debut + dt.timedelta(days=debut)
        made = payments.saisir_decompte(acteur=m.gestionnaire2, numero=numero, debut=jour, fin=jour, montant=Decimal("10"), explication="x")
        return payments.approuver_decompte(acteur=m.payeur2, decompte_id=made.pk) if approved else made

    typed, approved, sent = decompte(0, False), decompte(1, True), decompte(2, True)
    bordereau = payments.composer_bordereau(acteur=m.payeur2, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[sent.pk])
    tache = Tache.objects.get(sinistre=sinistre, file="a-instruire")
    branche = saisines.demander(acteur=m.gestionnaire, numero=numero, objet="CLM")
    conteste = f.sinistre(m, de=f.agent(m.collectivite))
    refus = Demande(motif="NON_JUSTIFIE", portee="PERIODE")
    mediation = mediation_de(transiter(acteur=m.gestionnaire, numero=conteste.numero, nom="proposer_refus", demande=refus))
    jour = timezone.localdate().isoformat()
    accident = f.sinistre(m, "AS", de=f.agent(m.collectivite))
    prise = frais.donner_prise_en_charge(acteur=m.mairie, numero=accident.numero, debut=accident.survenance, fin=accident.survenance)
    connu = constats.saisir_arret(acteur=m.mairie, agent_id=m.agent.pk, ligne=LigneArret("CMO", dt.date(2025, 2, 3), dt.date(2025, 2, 7)))
    bulletin = LigneMontant("PAIE", arret.debut, arret.fin, Decimal("2100"), "Bulletin")
    paie = constats.saisir_montant(acteur=m.mairie, numero=numero, ligne=bulletin)
    agent = {"collectivite": m.collectivite.siret, "agent": m.agent.matricule}
    suite = {"debut": jour, "fin": jour, "certificat": jour}
    calls: dict[str, tuple[str, Any]] = {
        "schema": ("schema/", None),
        "sinistres": ("sinistres/", declaration | {"alertes_assumees": "Essai."}),
        "recherche": ("sinistres/recherche/", {"texte": "dominique"}),
        "sinistre": (f"sinistres/{numero}/", None),
        "transition": (f"sinistres/{numero}/transitions/valider/", {}),
        "arrets": (f"sinistres/{numero}/arrets/", {"arret": suite, "alertes_assumees": "Essai."}),
        "reprise": (f"sinistres/{numero}/reprise/", {"le": jour}),
        "faits": (f"sinistres/{numero}/faits/", {"faits": []}),
        "pieces": (f"sinistres/{numero}/pieces/", {"code": "certificat", "nom": "c.pdf", "type": "application/pdf", "taille": 10}),
        "piece": (f"sinistres/{numero}/pieces/{piece.pk}/", None),
        "confirmer": (f"sinistres/{numero}/pieces/{piece.pk}/confirmer/", {}),
        "decision": (f"sinistres/{numero}/pieces/{piece.pk}/decision/", {"decision": "conforme"}),
        "deja-envoyee": (f"sinistres/{numero}/pieces/{piece.pk}/deja-envoyee/", {}),
        "fichier": (f"sinistres/{numero}/pieces/{autre.pk}/fichier/", None),
        "procedures": (f"sinistres/{numero}/procedures/", {"genre": "CONTRE_VISITE", "motif": "DUREE"}),
        "procedure": (f"procedures/{branche.uid}/", None),
        "positions": (f"procedures/{mediation.uid}/positions/", {"partie": "CDG", "sens": "FAVORABLE_AU_REFUS"}),
        "messages": (f"sinistres/{numero}/messages/", {"texte": "Bonjour."}),
        "relances-suspendre": (f"sinistres/{numero}/relances/suspendre/", {"motif": "Arrêté en signature."}),
        "relances-reprendre": (f"sinistres/{numero}/relances/reprendre/", {}),
        "taches": ("taches/", None),
        "prendre": (f"taches/{tache.pk}/prendre/", {}),
        "rendre": (f"taches/{tache.pk}/rendre/", {}),
        "agents": ("agents/recherche/", {"texte": "dominique"}),
        "simuler-droits": ("simulations/droits/", SIMULATION),
        "simuler-indemnites": ("simulations/indemnites/", SIMULATION | {"base": "24000"}),
        "decomptes": (
            "decomptes/",
            {"sinistre": numero, "debut": str(arret.fin), "fin": str(arret.fin), "montant": "1.00", "explication": "x"},
        ),
        "calcul": (f"sinistres/{numero}/calcul/", {}),
        "faits-droits": (f"sinistres/{numero}/droits/", {"rang": 2}),
        "constats": (f"sinistres/{numero}/constats/", {"genre": "PAIE", "debut": jour, "fin": jour, "montant": "1.00", "reference": "x"}),
        "constat-annuler": (f"constats/{paie.pk}/annuler/", {"motif": "x"}),
        "arrets-connus": ("arrets-connus/", agent | {"nature": "CMO", "debut": "2025-06-02", "fin": "2025-06-06"}),
        "arrets-connus-recherche": ("arrets-connus/recherche/", agent),
        "arret-connu-annuler": (f"arrets-connus/{connu.pk}/annuler/", {"motif": "x"}),
        "decompte": (f"decomptes/{typed.pk}/", None),
        "approuver": (f"decomptes/{typed.pk}/approuver/", {}),
        "rejeter": (f"decomptes/{typed.pk}/rejeter/", {"motif": "x"}),
        "delais-remboursement": ("delais-de-remboursement/", None),
        "courriels": (f"courriels/?sinistre={numero}", None),
        "bordereaux": ("bordereaux/", {"decomptes": [approved.pk]}),
        "bordereau": (f"bordereaux/{bordereau.pk}/", None),
        "bordereau-fichier": (f"bordereaux/{bordereau.pk}/fichier/", None),
        "regler": (f"bordereaux/{bordereau.pk}/regler/", {"le": jour, "reference": "VIR"}),
        "frais": (f"sinistres/{accident.numero}/frais/", {"facture": 1}),
        "frais-indus": (f"sinistres/{accident.numero}/frais/indus/", {}),
        "prises-en-charge": (f"sinistres/{accident.numero}/prises-en-charge/", {"debut": jour, "fin": jour}),
        "prise-en-charge-retirer": (f"sinistres/{accident.numero}/prises-en-charge/{prise.pk}/retirer/", {"motif": "x"}),
        "capital": (f"sinistres/{accident.numero}/capital/", {"age_legal": False}),
        "nulle-part": ("inconnu/", None),
        **_webhooks(m),
        **_transfers(m),
    }
    return Scene(calls, sinistre)


def _webhooks(m: f.Monde) -> dict[str, tuple[str, Any]]:
    """A subscription about the first mairie, with a call to make."""
    reglages = Reglages("SIRH", "https://sirh.example/", ["sinistre.declare"], m.collectivite)
    abonnement, _ = webhooks.creer(acteur=m.responsable, reglages=reglages)
    appel = webhooks.essayer(acteur=m.responsable, uid=abonnement.uid)
    return {
        "webhooks": ("webhooks/", None),
        "webhook-livraisons": (f"webhooks/{abonnement.uid}/livraisons/", None),
        "webhook-rejouer": (f"webhooks/{abonnement.uid}/rejouer/", {"livraison": appel.pk}),
    }


def _transfers(m: f.Monde) -> dict[str, tuple[str, Any]]:
    """A remise to sign, a message read, an account that waits."""
    payeur_cdg(m)
    remise, autre = remise_de(m, virable(m)), virable(m)
    releve, _ = retours.importer(acteur=m.payeur, contenu=camt053(ecriture("AUTRE", "1.00")))
    attend = comptes.saisir(acteur=m.payeur2, collectivite=None, rib=Rib("CDG", iban(9)))
    jour = timezone.localdate().isoformat()
    return {
        "comptes": ("comptes/", {"titulaire": "CDG", "iban": iban(8)}),
        "compte": (f"comptes/{attend.pk}/", None),
        "compte-confirmer": (f"comptes/{attend.pk}/confirmer/", {}),
        "compte-ecarter": (f"comptes/{attend.pk}/ecarter/", {"motif": "x"}),
        "remises": ("remises/", {"bordereaux": [autre.pk], "execution": jour}),
        "remise": (f"remises/{remise.pk}/", None),
        "remise-signer": (f"remises/{remise.pk}/signer/", {}),
        "remise-abandonner": (f"remises/{remise.pk}/abandonner/", {"motif": "x"}),
        "remise-fichier": (f"remises/{remise.pk}/fichier/", {}),
        "virement-constater": (f"virements/{remise.virements.get().pk}/constater/", {"sort": "EXECUTE", "le": jour}),
        "retours": ("retours/", {"contenu": "x"}),
        "retour": (f"retours/{releve.pk}/", None),
    }


def call(qui: Caller, scene: Scene, name: str, method: str) -> Any:
    """One call, undone afterwards."""
    path, body = scene.calls[name]
    with undone():
        return qui.send(method.upper(), path, body if method == "post" else None, If_Match="1")


def verdict(response: Any) -> str:
    if response.status_code == 422 and "collectivite" in response.json().get("champs", {}):
        return "c"
    return {403: "3", 404: "4"}.get(response.status_code, "o" if response.status_code != 401 else "1")


def test_operation(m: f.Monde, par: Par, scene: Scene, subtests: pytest.Subtests) -> None:
    nobody = Caller("")
    for name, method in sorted(TABLE):
        with subtests.test(f"{method} {name}"):
            told = {role: verdict(call(par(m.people[role]), scene, name, method)) for role in ROLES}
            assert told == dict(zip(ROLES, TABLE[name, method].split(), strict=True))
            if name not in ("schema", "nulle-part"):
                for role in NO_TOKEN:
                    assert call(par(m.people[role]), scene, name, method).status_code == 401
                assert call(nobody, scene, name, method).status_code == 401


def test_nothing_of_another_organisation(m: f.Monde, par: Par, scene: Scene, subtests: pytest.Subtests) -> None:
    """Whatever the status, an answer to the other mairie or to a stranger's insurer names nothing of the first."""
    stranger = f.person("ASSUREUR", organisme=f.organisme("ASSUREUR"))
    own = [m.collectivite.siret, m.agent.matricule, m.agent.nom, scene.sinistre.numero]
    for name, method in sorted(TABLE):
        with subtests.test(f"{method} {name}"):
            for user in (m.mairie2, stranger):
                text = call(par(user), scene, name, method).content.decode()
                sent = str(scene.calls[name])
                assert not [word for word in own if word in text and word not in sent], text


RIGHTS = tomllib.loads((Path(__file__).parents[2] / "accounts" / "rights.toml").read_text())["action"]
ROLE_OF = {"gestionnaire": "GESTIONNAIRE", "responsable": "RESPONSABLE", "payeur": "PAYEUR", "mairie": "COLLECTIVITE"}


def test_each_transition_asks_its_own_right(m: f.Monde, par: Par, scene: Scene, subtests: pytest.Subtests) -> None:
    for nom in sorted(PASSAGES):
        scene.calls["transition"] = (f"sinistres/{scene.sinistre.numero}/transitions/{nom}/", {})
        with subtests.test(nom):
            for role, code in ROLE_OF.items():
                grant = RIGHTS[nom].get(code)
                etats = grant.get("etats") if isinstance(grant, dict) else None
                allowed = grant is not None and (etats is None or scene.sinistre.etat in etats)
                response = call(par(m.people[role]), scene, "transition", "post")
                assert (response.status_code == 403) is not allowed, (role, response.content)
            for role in ("mairie2", "assureur", "admin"):
                assert call(par(m.people[role]), scene, "transition", "post").status_code == 404


def test_the_insurer_sees_what_was_transmitted(m: f.Monde, par: Par, scene: Scene) -> None:
    Sinistre.objects.filter(pk=scene.sinistre.pk).update(transmis_assureur_le=timezone.now())
    assureur = par(m.assureur)
    stranger = par(f.person("ASSUREUR", organisme=f.organisme("ASSUREUR")))
    for name in ("sinistre", "piece", "fichier", "decompte"):
        assert call(assureur, scene, name, "get").status_code == 200, name
        assert call(stranger, scene, name, "get").status_code == 404, name
    assert call(assureur, scene, "decision", "post").status_code == 403


def test_sinistres_of_a_list_are_ones_own(m: f.Monde, par: Par, scene: Scene) -> None:
    numero = scene.sinistre.numero
    for role, sees in (("mairie", True), ("mairie2", False), ("assureur", False), ("payeur", True)):
        numeros = [r["numero"] for r in par(m.people[role]).get("sinistres/").json()["resultats"]]
        assert (numero in numeros) is sees, role
        searched = par(m.people[role]).post("sinistres/recherche/", {"texte": numero}).json()["resultats"]
        assert bool(searched) is sees, role
