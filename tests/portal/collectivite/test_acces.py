"""Every route of the door × every role × own or other collectivité, from the URL conf. A route missing from the table fails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from cases.models import Branche, Sinistre
from contracts.enums import Nature
from documents.models import Depot, LaissezPasser, Piece
from documents.services import depots, laissez_passer
from indemnities.models import ArretConnu, Bordereau, FichierBordereau, MontantConstate, PriseEnCharge
from indemnities.rules_constats import LigneArret, LigneMontant
from portal.collectivite import brouillons
from portal.models import Brouillon
from portal.urls_collectivite import urlpatterns
from tests import factories as f
from tests.portal.conftest import AuNomDe
from tests.tables import settled, undone
from workflows import constats, frais, lifecycle, payments
from workflows.branches.contre_visite import demande as contre_visites

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Objets:
    """One object of each kind, all of the same collectivité."""

    sinistre: Sinistre
    piece: Piece
    depot: Depot
    medicale: Piece
    lien: LaissezPasser
    brouillon: Brouillon
    bordereau: Bordereau
    procedure: Branche
    connu: ArretConnu
    paie: MontantConstate
    prise: PriseEnCharge


@dataclass(frozen=True)
class Route:
    """How to call it on those objects, and what its own collectivité gets."""

    arguments: Callable[[Objets], list[Any]]
    own: int
    method: str = "get"
    data: dict[str, Any] | None = None


def _rien(o: Objets) -> list[Any]:
    return []


def _fichier(o: Objets) -> list[Any]:
    return ["arrets"]


ROUTES: dict[str, Route] = {
    "accueil": Route(_rien, 200),
    "declarer": Route(_rien, 200),
    "reprendre": Route(lambda o: [o.brouillon.pk], 302),
    "abandonner": Route(lambda o: [o.brouillon.pk], 302, "post"),
    "etape": Route(lambda o: [o.brouillon.pk, "agent"], 200),
    "dossiers": Route(_rien, 200),
    "rechercher": Route(_rien, 302, "post", {"q": "nom"}),
    "dossier": Route(lambda o: [o.sinistre.numero], 200),
    "declare": Route(lambda o: [o.sinistre.numero], 200),
    "prolonger": Route(lambda o: [o.sinistre.numero], 200),
    "reprise": Route(lambda o: [o.sinistre.numero], 200),
    "faits": Route(lambda o: [o.sinistre.numero], 302, "post", {"faits": ["ENQUETE"]}),
    "messages": Route(lambda o: [o.sinistre.numero], 200),
    "piece": Route(lambda o: [o.sinistre.numero, o.piece.pk], 200),
    "deja-envoye": Route(lambda o: [o.sinistre.numero, o.piece.pk], 302, "post"),
    "depot-annoncer": Route(lambda o: [o.sinistre.numero, o.piece.pk], 422, "post"),
    "depot-confirmer": Route(lambda o: [o.depot.pk], 202, "post"),
    "depot-suivi": Route(lambda o: [o.depot.pk], 200),
    "depot-fichier": Route(lambda o: [o.depot.pk], 422),
    "reclasser": Route(lambda o: [o.depot.pk], 200),
    "pli": Route(lambda o: [o.sinistre.numero, o.medicale.pk], 422, "post"),
    "lien-donner": Route(lambda o: [o.sinistre.numero, o.medicale.pk], 200, "post"),
    "lien-revoquer": Route(lambda o: [o.sinistre.numero, o.lien.pk], 302, "post"),
    "procedure-demander": Route(lambda o: [o.sinistre.numero, "contre_visite"], 200),
    "citis": Route(lambda o: [o.sinistre.numero], 200),
    "citis-acte": Route(lambda o: [o.sinistre.numero, "decider"], 422, "post"),
    "prises-en-charge": Route(lambda o: [o.sinistre.numero], 200),
    "prise-en-charge": Route(lambda o: [o.sinistre.numero, o.prise.pk], 200),
    "prise-en-charge-retirer": Route(lambda o: [o.sinistre.numero, o.prise.pk], 422, "post"),
    "procedure": Route(lambda o: [o.procedure.uid], 200),
    "procedure-acte": Route(lambda o: [o.procedure.uid, "contester"], 422, "post"),
    "constats": Route(lambda o: [o.sinistre.numero], 200),
    "constat-annuler": Route(lambda o: [o.paie.pk], 200),
    "agents": Route(_rien, 200),
    "arrets-connus": Route(lambda o: [o.sinistre.agent_id], 200),
    "arret-connu-annuler": Route(lambda o: [o.connu.pk], 200),
    "importer": Route(_fichier, 200),
    "importer-confirmer": Route(_fichier, 302, "post"),
    "paiements": Route(_rien, 200),
    "decompte": Route(lambda o: [o.bordereau.decomptes.get().pk], 200),
    "bordereau": Route(lambda o: [o.bordereau.numero], 200),
    "bordereau-pdf": Route(lambda o: [o.bordereau.numero], 302),
    "bordereau-csv": Route(lambda o: [o.bordereau.numero], 422),
}
OF_NOBODY = {name for name, route in ROUTES.items() if route.arguments in (_rien, _fichier)}


def test_every_route_is_in_the_table() -> None:
    assert {pattern.name for pattern in urlpatterns} == set(ROUTES)


@pytest.fixture
def objets(m: f.Monde) -> Objets:
    sinistre = f.sinistre(m, Nature.AS)
    piece = Piece.objects.filter(sinistre=sinistre, code="certificat").get()
    depot = depots.annoncer_depot(acteur=m.mairie, piece=piece, nom="a.pdf", type="application/pdf", taille=10)
    paye = f.sinistre(m, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=100)))
    f.complete_pieces(paye, m.gestionnaire)
    lifecycle.transiter(acteur=m.gestionnaire, numero=paye.numero, nom="valider")
    arret = paye.arrets.get()
    decompte = payments.saisir_decompte(
        acteur=m.gestionnaire,
        numero=paye.numero,
        debut=arret.debut,
        fin=arret.fin,
        montant=Decimal("100.00"),
        explication="Essai",
        arret=arret,
    )
    payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)
    bordereau = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[decompte.pk])
    FichierBordereau.objects.create(bordereau=bordereau, genre="PDF", sha256="0" * 64, taille=1)
    medicale = Piece.objects.select_related("sinistre").get(sinistre=sinistre, visibilite="M")
    lien, _ = laissez_passer.delivrer_lien(acteur=m.gestionnaire, piece=medicale)
    long_leave = f.sinistre(m, de=f.agent(m.collectivite), arret=f.arret_demande(jours=90))
    procedure = contre_visites.demander(acteur=m.mairie, sinistre=long_leave, motif="DUREE")
    brouillon = brouillons.commencer(acteur=m.mairie, collectivite=m.collectivite)
    connu = constats.saisir_arret(acteur=m.mairie, agent_id=m.agent.pk, ligne=LigneArret("CMO", dt.date(2024, 3, 4), dt.date(2024, 3, 8)))
    paye_le = LigneMontant("PAIE", arret.debut, arret.fin, Decimal("2100.00"), "Bulletin d’août")
    paie = constats.saisir_montant(acteur=m.mairie, numero=paye.numero, ligne=paye_le)
    jour = sinistre.survenance
    prise = frais.donner_prise_en_charge(acteur=m.mairie, numero=sinistre.numero, debut=jour, fin=jour)
    return Objets(sinistre, piece, depot, medicale, lien, brouillon, bordereau, procedure, connu, paie, prise)


def _call(client: Client, name: str, o: Objets) -> int:
    route = ROUTES[name]
    address = reverse(f"collectivite:{name}", args=route.arguments(o))
    response = client.get(address) if route.method == "get" else client.post(address, route.data or {})
    return response.status_code


def test_own_collectivite(m: f.Monde, objets: Objets, au_nom_de: AuNomDe, subtests: pytest.Subtests) -> None:
    client = settled(au_nom_de(m.mairie), reverse("collectivite:accueil"))
    for name, route in ROUTES.items():
        with subtests.test(name), undone():
            assert _call(client, name, objets) == route.own


def test_other_collectivite(m: f.Monde, objets: Objets, au_nom_de: AuNomDe, subtests: pytest.Subtests) -> None:
    client = settled(au_nom_de(m.mairie2), reverse("collectivite:accueil"))
    for name, route in ROUTES.items():
        with subtests.test(name), undone():
            assert _call(client, name, objets) == (route.own if name in OF_NOBODY else 404)


def test_every_other_role_is_turned_away(m: f.Monde, objets: Objets, au_nom_de: AuNomDe, subtests: pytest.Subtests) -> None:
    home = reverse("collectivite:accueil")
    clients = {role: settled(au_nom_de(user), home) for role, user in m.people.items() if not role.startswith("mairie")}
    assert len(clients) == 11
    for name in ROUTES:
        with subtests.test(name), undone():
            statuts = {role: _call(client, name, objets) for role, client in clients.items()}
            assert statuts == dict.fromkeys(clients, 403)


def test_nobody_signs_in_first(objets: Objets, au_nom_de: AuNomDe, subtests: pytest.Subtests) -> None:
    nobody = au_nom_de(None)
    for name in ROUTES:
        with subtests.test(name), undone():
            assert _call(nobody, name, objets) == 302


def test_a_draft_is_its_authors_alone(m: f.Monde, objets: Objets, au_nom_de: AuNomDe) -> None:
    colleague = f.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    assert _call(au_nom_de(colleague), "etape", objets) == 404
    assert _call(au_nom_de(colleague), "dossier", objets) == 200


def test_somebody_with_two_roles_sees_his_own_collectivite_only(m: f.Monde, objets: Objets, au_nom_de: AuNomDe) -> None:
    both = f.person(Role.GESTIONNAIRE, Role.COLLECTIVITE, collectivites=[m.autre_collectivite])
    assert _call(au_nom_de(both), "dossier", objets) == 404
    assert _call(au_nom_de(both), "bordereau", objets) == 404
    assert _call(au_nom_de(both), "depot-suivi", objets) == 404


def test_each_route_takes_its_methods_only(m: f.Monde, objets: Objets, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.mairie)
    for name, route in ROUTES.items():
        address = reverse(f"collectivite:{name}", args=route.arguments(objets))
        assert client.put(address).status_code == 405, name
        if route.method == "post":
            assert client.get(address).status_code == 405, name
