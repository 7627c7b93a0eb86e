"""The bulle's door, under the bulle's own login: every route × every role × own or other, papers received, opinions given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import MEDICAL_ROLES, Role
from cases.models import AvisMedecin, Branche, Sinistre, Tache
from cases.models.avis import Delegation
from cases.services import avis as services
from contracts.enums import Nature
from documents.models import Depot, Piece
from documents.services import depots
from journal.models import Entree
from medical.enums import Finalite
from medical.models import LienAgent, Mission, Soutien
from medical.services import liens
from medical.services import soutien as soutiens
from medical.services.ouvertures import ouvrir
from portal.bulle.urls import urlpatterns
from tests import factories as f
from tests.accompagnements import programme_confie
from tests.expertises import agree, approuvee, confiee, convoquee
from tests.portal.conftest import AuNomDe
from tests.tables import settled, undone

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]


@dataclass(frozen=True)
class Objets:
    sinistre: Sinistre
    piece: Piece
    depot: Depot
    avis: AvisMedecin
    tache_piece: Tache
    tache_avis: Tache
    mission: Mission
    expertise: Branche
    par_courrier: Branche
    lien: LienAgent
    delegation: Delegation
    soutien: Soutien
    programme: Branche


@dataclass(frozen=True)
class Route:
    """Who may come, what he gets; the same role without the object (`autre`) gets 404 where the object has an owner."""

    roles: dict[str, int]
    arguments: Callable[[Objets], list[Any]] = lambda o: []
    method: str = "get"
    data: dict[str, Any] | None = None
    autre_medecin: int | None = None


TOUS = dict.fromkeys(("medecin", "secretariat", "expert", "psychologue"), 302)

ROUTES: dict[str, Route] = {
    "accueil": Route(TOUS),
    "prendre": Route({"secretariat": 302, "medecin": 404}, lambda o: [o.tache_piece.pk], "post", autre_medecin=404),
    "rendre": Route({"medecin": 302, "secretariat": 404}, lambda o: [o.tache_avis.pk], "post", autre_medecin=404),
    "pieces": Route({"secretariat": 200}),
    "rechercher": Route({"secretariat": 302}, method="post", data={"q": "nom"}),
    "recevoir": Route({"secretariat": 302}, lambda o: [o.piece.pk], "post"),
    "avis": Route({"medecin": 200}, autre_medecin=200),
    "un-avis": Route({"medecin": 200}, lambda o: [o.avis.pk], autre_medecin=404),
    "anterieur": Route({"medecin": 404}, lambda o: [o.avis.pk, o.sinistre.numero], autre_medecin=404),  # not an earlier one
    "expertise-demander": Route({"medecin": 200}, lambda o: [o.avis.pk], autre_medecin=404),
    "expertise": Route({"medecin": 200}, lambda o: [o.expertise.uid], autre_medecin=404),
    "expertise-rappeler": Route({"medecin": 302}, lambda o: [o.expertise.uid], "post", autre_medecin=404),
    "rapports": Route({"secretariat": 200}),
    "factures-importer": Route({"secretariat": 200}),
    "rapport-papier": Route({"secretariat": 200}, lambda o: [o.par_courrier.uid]),
    "rapport-numeriser": Route({"secretariat": 422}, lambda o: [o.par_courrier.uid], "put"),
    "ouvrir": Route(
        {"medecin": 302, "secretariat": 422, "expert": 422}, lambda o: [o.sinistre.numero], "post", {"finalite": Finalite.AVIS}, 404
    ),
    "lien": Route({"medecin": 200, "secretariat": 200}, lambda o: [o.sinistre.numero], autre_medecin=404),
    "liens": Route({"medecin": 200, "secretariat": 200}, autre_medecin=200),
    "lien-revoquer": Route({"secretariat": 302, "medecin": 404}, lambda o: [o.lien.pk], "post", autre_medecin=404),
    "delegations": Route({"medecin": 200}, autre_medecin=200),
    "delegation-retirer": Route({"medecin": 302}, lambda o: [o.delegation.pk], "post", autre_medecin=404),
    "controles": Route({"secretariat": 200}),
    "controle": Route({"secretariat": 200}, lambda o: [o.piece.pk]),
    "facture": Route({"secretariat": 200}, lambda o: [o.piece.pk], "post"),  # the purpose first
    "numeriser": Route({"secretariat": 422}, lambda o: [o.piece.pk], "put"),
    "volet": Route({"secretariat": 404}, lambda o: [uuid4()]),
    "mission": Route({"expert": 200}, lambda o: [o.mission.pk]),
    "rapport": Route({"expert": 422}, lambda o: [o.mission.pk], "put"),
    # One that nobody may read, whatever his role: tests/medical/test_lectures.py has those that are read.
    "contenu": Route({"medecin": 404, "secretariat": 404, "expert": 404}, lambda o: [uuid4()]),
    "fichier": Route({"medecin": 422}, lambda o: [o.depot.pk], autre_medecin=404),
    "admissions": Route({"medecin": 200}),
    "admission": Route({"medecin": 302}, lambda o: [1]),  # the password again, first
    "admettre": Route({"medecin": 302}, lambda o: [1]),
    "missions": Route({"expert": 200}),
    "seances": Route({"psychologue": 200}),
    "soutien-suivi": Route({"psychologue": 200}, lambda o: [o.soutien.uid]),
    "programme": Route({"psychologue": 200}, lambda o: [o.programme.uid]),
    "soutiens": Route({"secretariat": 200}),
    "soutien": Route({"secretariat": 200}, lambda o: [o.soutien.uid]),
    "soutien-proposer": Route({"secretariat": 200, "medecin": 200}, autre_medecin=200),
}


OUVERTES = {
    "enrolement",
    "agent-deposer",
    "agent-verifier",
    "mon-dossier",
    "mon-dossier-ouvrir",
    "mon-dossier-fermer",
    "mon-fichier",
    "mon-soutien",
}
"""Whoever holds a one-time secret comes there, signed in or not (tests/accounts/test_admissions.py, test_agent.py)."""


def test_every_route_is_in_the_table() -> None:
    assert {pattern.name for pattern in urlpatterns} == set(ROUTES) | OUVERTES


@pytest.fixture
def objets(m: f.Monde) -> Objets:
    sinistre = f.sinistre(m, Nature.AS)
    piece = Piece.objects.get(sinistre=sinistre, visibilite="M")
    certificat = Piece.objects.get(sinistre=sinistre, code="certificat")
    depot = depots.annoncer_depot(acteur=m.mairie, piece=certificat, nom="a.pdf", type="application/pdf", taille=10)
    avis = services.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question="IMPUTABILITE")
    jour = timezone.localdate()
    ouvrir(acteur=m.medecin, sinistre=sinistre, session="a" * 40, finalite=Finalite.AVIS)
    mission = confiee(m, sinistre, questions="?")
    papier = f.sinistre(m, Nature.AS, par=m.mairie2, de=m.autre_agent)
    par_courrier = convoquee(m, approuvee(m, papier), agree())
    assert mission.branche is not None
    lien = liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=sinistre).lien
    soutien = soutiens.demander(lien=lien, programme="ATLAS", contact="06")
    Soutien.objects.filter(pk=soutien.pk).update(psychologue=m.psychologue, affecte_le=timezone.now())
    return Objets(
        sinistre,
        piece,
        depot,
        avis,
        Tache.objects.get(genre="RECEVOIR_PIECE_MEDICALE", sinistre=sinistre),
        Tache.objects.get(genre="AVIS_MEDECIN", sinistre=sinistre),
        mission,
        mission.branche,
        par_courrier,
        lien,
        services.deleguer(acteur=m.medecin, remplacant=f.person(Role.MEDECIN_CONSEIL), debut=jour, fin=jour),
        soutien,
        programme_confie(m, papier),
    )


def _call(client: Client, name: str, o: Objets) -> int:
    route = ROUTES[name]
    address = reverse(f"bulle:{name}", args=route.arguments(o))
    if route.method == "put":
        return client.put(address, b"", content_type="application/pdf").status_code
    response = client.get(address) if route.method == "get" else client.post(address, route.data or {})
    return response.status_code


def test_every_role(m: f.Monde, objets: Objets, au_nom_de: AuNomDe, subtests: pytest.Subtests) -> None:
    """Roles that the table does not name are refused; people of the web are sent back to the web's address."""
    clients = {role: settled(au_nom_de(user), reverse("bulle:accueil")) for role, user in m.people.items()}
    for name, route in ROUTES.items():
        with subtests.test(name), undone():
            statuts = {role: _call(client, name, objets) for role, client in clients.items() if role not in route.roles}
            assert statuts == dict.fromkeys(statuts, 403)
            for role, expected in route.roles.items():
                assert _call(clients[role], name, objets) == expected, role
            assert _call(au_nom_de(None), name, objets) == 302


def test_another_medecin_does_not_see_it(m: f.Monde, objets: Objets, au_nom_de: AuNomDe, subtests: pytest.Subtests) -> None:
    other = settled(au_nom_de(f.person(Role.MEDECIN_CONSEIL)), reverse("bulle:accueil"))
    for name, route in ROUTES.items():
        if route.autre_medecin is not None:
            with subtests.test(name), undone():
                assert _call(other, name, objets) == route.autre_medecin


def test_a_recalled_dossier_is_gone(m: f.Monde, objets: Objets, au_nom_de: AuNomDe) -> None:
    services.rappeler(acteur=m.gestionnaire, avis=objets.avis)
    client = au_nom_de(m.medecin)
    for name in ("un-avis", "ouvrir", "fichier", "expertise-demander", "expertise", "expertise-rappeler", "lien"):
        assert _call(client, name, objets) == 404


def test_all_medical_roles_have_a_home(m: f.Monde, au_nom_de: AuNomDe) -> None:
    for role in ("medecin", "secretariat", "expert", "psychologue"):
        page = au_nom_de(m.people[role]).get(reverse("bulle:accueil"), follow=True)
        assert page.status_code == 200 and "Bulle de confidentialité" in page.content.decode()
    assert len(MEDICAL_ROLES) == 4


def test_a_paper_received_is_marked_once_and_nothing_else_is_asked(m: f.Monde, objets: Objets, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.secretariat)
    address = reverse("bulle:recevoir", args=[objets.piece.pk])
    client.post(address)
    client.post(address)
    objets.piece.refresh_from_db()
    assert (objets.piece.etat, objets.piece.sur_papier, objets.piece.decidee_par) == ("CONFORME", True, m.secretariat)
    assert Entree.objects.filter(action="piece.recue_sur_papier").count() == 1
    assert objets.sinistre.numero not in client.get(reverse("bulle:pieces")).content.decode()


def test_an_administrative_paper_is_not_received_here(m: f.Monde, objets: Objets, au_nom_de: AuNomDe) -> None:
    certificat = Piece.objects.get(sinistre=objets.sinistre, code="certificat")
    assert au_nom_de(m.secretariat).post(reverse("bulle:recevoir", args=[certificat.pk])).status_code == 404


def test_a_search_stands_in_no_address(m: f.Monde, objets: Objets, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.secretariat)
    response = client.post(reverse("bulle:rechercher"), {"q": m.agent.nom})
    assert m.agent.nom.lower() not in response.headers["Location"].lower()
    assert objets.sinistre.numero in client.get(response.headers["Location"]).content.decode()
    response = client.post(reverse("bulle:rechercher"), {"q": "personne-de-ce-nom"})
    assert "Aucune pièce ne correspond" in client.get(response.headers["Location"]).content.decode()


def test_the_second_to_take_reads_who_won(m: f.Monde, objets: Objets, au_nom_de: AuNomDe) -> None:
    address = reverse("bulle:prendre", args=[objets.tache_piece.pk])
    au_nom_de(m.secretariat).post(address)
    other = f.person(Role.GESTIONNAIRE_BULLE)
    page = au_nom_de(other).post(address, follow=True).content.decode()
    assert f"Pris par {m.secretariat.get_full_name()}" in page


def test_a_dossier_opens_with_a_purpose_recorded_first(m: f.Monde, objets: Objets, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.medecin)
    page = reverse("bulle:un-avis", args=[objets.avis.pk])
    closed = client.get(page).content.decode()
    assert "Pourquoi ouvrez-vous ce dossier" in closed and objets.sinistre.circonstances not in closed
    # Nor does a post go round the question.
    client.post(page, {"sens": "FAVORABLE", "conclusion": "Imputable.", "acte": "rendre"})
    assert AvisMedecin.objects.get(pk=objets.avis.pk).rendu_le is None
    address = reverse("bulle:ouvrir", args=[objets.sinistre.numero])
    before = Entree.objects.filter(action="dossier_medical.ouvert").count()
    assert client.post(address, {}).status_code == 422
    assert Entree.objects.filter(action="dossier_medical.ouvert").count() == before
    assert client.post(address, {"finalite": Finalite.AVIS, "suite": page}).headers["Location"] == page
    assert client.post(address, {"finalite": Finalite.AVIS, "suite": "https://ailleurs.example/"}).headers["Location"] == "/accueil/"
    entree = Entree.objects.filter(action="dossier_medical.ouvert").order_by("-id")[0]
    assert (entree.acteur_id, entree.motif) == (m.medecin.pk, Finalite.AVIS.label)
    assert objets.sinistre.circonstances in client.get(page).content.decode()


def test_the_preview_is_what_the_employer_reads(m: f.Monde, objets: Objets, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.medecin)
    page = reverse("bulle:un-avis", args=[objets.avis.pk])
    client.post(reverse("bulle:ouvrir", args=[objets.sinistre.numero]), {"finalite": Finalite.AVIS})
    saisie = {"sens": "FAVORABLE", "conclusion": "L’accident est imputable au service."}
    preview = client.post(page, saisie | {"acte": "apercu"}).content.decode()
    assert AvisMedecin.objects.get(pk=objets.avis.pk).rendu_le is None, "a preview writes nothing"
    back = client.post(page, saisie | {"acte": "corriger"}).content.decode()
    assert saisie["conclusion"] in back, "correcting keeps what was typed"
    assert client.post(page, {"sens": "", "conclusion": " ", "acte": "rendre"}).status_code == 422
    client.post(page, saisie | {"acte": "rendre"})
    avis = AvisMedecin.objects.get(pk=objets.avis.pk)
    assert (avis.sens, avis.conclusion) == (saisie["sens"], saisie["conclusion"])
    after = client.get(page).content.decode()
    assert _conclusion(preview) == _conclusion(after)
    assert client.post(page, saisie | {"acte": "rendre"}).status_code == 409


def _conclusion(page: str) -> str:
    return page[page.index('<article class="v-conclusion">') : page.index("</article>", page.index('<article class="v-conclusion">'))]
