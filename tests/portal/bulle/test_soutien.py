"""The pages of the soutien: the agent by his link, the secretariat, the psychologue; each act from its form, nothing in an address."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Sinistre, SoutienVisible
from medical.enums_soutien import Accord, IssueSoutien
from medical.models import Seance, Soutien
from medical.services import liens
from medical.services import soutien as services
from tests import factories as f
from tests.medical.dossiers import declare
from tests.portal.conftest import AuNomDe
from workflows.branches.soutien import creneaux

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]

ICI = "bulle:mon-soutien"


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return declare(m)


@pytest.fixture
def agent(m: f.Monde, sinistre: Sinistre, au_nom_de: AuNomDe) -> Client:
    """He holds his half hour."""
    remise = liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=sinistre)
    client = au_nom_de(None)
    assert client.post(reverse("bulle:mon-dossier-ouvrir"), {"secret": remise.secret, "code": remise.code}).status_code == 302
    return client


def creneau() -> None:
    Soutien.objects.filter(suite_le__isnull=False).update(suite_le=timezone.now())
    creneaux.suivre()


def dire(client: Client, acte: str, **champs: str) -> tuple[int, str]:
    reponse = client.post(reverse(ICI), {"acte": acte, **champs})
    return reponse.status_code, reponse.content.decode()


def test_without_a_link_nothing_opens(au_nom_de: AuNomDe) -> None:
    assert au_nom_de(None).get(reverse(ICI)).headers["Location"] == reverse("bulle:mon-dossier")
    assert au_nom_de(None).post(reverse(ICI), {"acte": "demander"}).headers["Location"] == reverse("bulle:mon-dossier")
    assert not Soutien.objects.exists()


def test_the_agent_asks_shows_hides_and_stops(m: f.Monde, agent: Client) -> None:
    assert reverse(ICI) in agent.get(reverse("bulle:mon-dossier")).content.decode()
    assert dire(agent, "demander", programme="REACTION")[0] == 422
    statut, page = dire(agent, "demander", programme="REACTION", contact="06 11 22 33 44")
    assert statut == 200 and "enregistrée" in page and "sessionid" not in agent.cookies and "messages" not in agent.cookies
    assert dire(agent, "demander", programme="ATLAS", contact="06")[0] == 422
    soutien = Soutien.objects.get()
    assert (soutien.programme, soutien.accord) == ("REACTION", Accord.DONNE)
    assert dire(agent, "montrer")[0] == 200 and SoutienVisible.objects.count() == 1
    assert "Ne plus le montrer" in agent.get(reverse(ICI)).content.decode()
    assert dire(agent, "cacher")[0] == 200 and not SoutienVisible.objects.exists()
    assert dire(agent, "arreter")[0] == 200
    soutien.refresh_from_db()
    assert soutien.issue == IssueSoutien.AGENT
    assert dire(agent, "autre")[0] == 422


def test_the_agent_answers_a_proposal(m: f.Monde, sinistre: Sinistre, agent: Client) -> None:
    services.proposer(acteur=m.secretariat, sinistre=sinistre, programme="REPERE")
    assert "J’accepte" in agent.get(reverse(ICI)).content.decode()
    assert dire(agent, "accepter")[0] == 422, "how to reach him is needed"
    assert dire(agent, "montrer")[0] == 422
    assert dire(agent, "accepter", contact="06")[0] == 200
    assert Soutien.objects.get().accord == Accord.DONNE
    assert dire(agent, "refuser")[0] == 422


def test_the_agent_refuses(m: f.Monde, sinistre: Sinistre, agent: Client) -> None:
    services.proposer(acteur=m.secretariat, sinistre=sinistre, programme="REPERE")
    assert dire(agent, "refuser")[0] == 200
    assert Soutien.objects.get().issue == IssueSoutien.REFUS


def test_proposed_answered_confided_and_led_from_the_pages(m: f.Monde, sinistre: Sinistre, au_nom_de: AuNomDe) -> None:
    secretariat, psychologue = au_nom_de(m.secretariat), au_nom_de(m.psychologue)
    proposer = reverse("bulle:soutien-proposer")
    assert secretariat.post(proposer, {"numero": "1999-000001", "programme": "REACTION"}).status_code == 422
    assert au_nom_de(m.medecin).post(proposer, {"numero": sinistre.numero, "programme": "REACTION"}).status_code == 422, "not referred"
    assert secretariat.post(proposer, {"numero": sinistre.numero, "programme": "REACTION"}).status_code == 302
    assert secretariat.post(proposer, {"numero": sinistre.numero, "programme": "ATLAS"}).status_code == 422
    soutien = Soutien.objects.get()
    page = reverse("bulle:soutien", args=[soutien.uid])
    assert "Noter la réponse" not in secretariat.get(page).content.decode(), "before the slot"
    creneau()
    aujourdhui = timezone.localdate().isoformat()
    noter = {"acte": "reponse", "accepte": "oui", "voie": "TELEPHONE", "le": aujourdhui}
    assert secretariat.post(page, noter).status_code == 422, "how to reach him is needed"
    assert secretariat.post(page, noter | {"contact": "06 11 22 33 44"}).status_code == 302
    assert secretariat.post(page, {"acte": "affecter", "psychologue": str(m.expert.pk)}).status_code == 422
    assert secretariat.post(page, {"acte": "affecter", "psychologue": str(m.psychologue.pk)}).status_code == 302
    liste = secretariat.get(reverse("bulle:soutiens")).content.decode()
    assert m.agent.nom in liste and "Premier contact attendu" in liste and "moins de 5" in liste
    assert m.agent.nom in psychologue.get(reverse("bulle:seances")).content.decode()
    sien = reverse("bulle:soutien-suivi", args=[soutien.uid])
    vu = psychologue.get(sien).content.decode()
    assert "06 11 22 33 44" in vu and sinistre.numero not in vu and m.collectivite.nom not in vu and "AS" not in vu.split()
    demain = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
    assert psychologue.post(sien, {"acte": "contact", "le": demain}).status_code == 422
    assert psychologue.post(sien, {"acte": "contact", "le": aujourdhui}).status_code == 302
    seance = {"acte": "seance", "tenue_le": aujourdhui, "forme": "CABINET"}
    assert psychologue.post(sien, seance).status_code == 422, "a length is needed"
    assert psychologue.post(sien, seance | {"duree": "45", "note": "Mot pour moi seul"}).status_code == 302
    assert psychologue.post(sien, seance | {"absent": "on"}).status_code == 302
    assert Seance.objects.filter(absent=True).count() == 1
    assert "Mot pour moi seul" in psychologue.get(sien).content.decode()
    assert "Mot pour moi seul" not in secretariat.get(page).content.decode()
    fin = {"acte": "fin", "issue": "ATTEINT"}
    assert psychologue.post(sien, fin).status_code == 422, "under three séances"
    assert psychologue.post(sien, fin | {"motif": "Un motif"}).status_code == 302
    assert "Un motif" in psychologue.get(sien).content.decode() and "Un motif" not in secretariat.get(page).content.decode()
    assert psychologue.post(sien, seance | {"duree": "45"}).status_code == 422
    assert psychologue.post(sien, {"acte": "autre"}).status_code == 404
    assert au_nom_de(f.person("PSYCHOLOGUE")).get(sien).status_code == 404


def test_the_secretariat_hides_and_stops_for_the_agent(m: f.Monde, agent: Client, au_nom_de: AuNomDe) -> None:
    dire(agent, "demander", programme="REACTION", contact="06")
    dire(agent, "montrer")
    secretariat, page = au_nom_de(m.secretariat), reverse("bulle:soutien", args=[Soutien.objects.get().uid])
    assert secretariat.post(page, {"acte": "cacher"}).status_code == 422
    assert secretariat.post(page, {"acte": "cacher", "cacher-voie": "TELEPHONE"}).status_code == 302
    assert not SoutienVisible.objects.exists()
    assert secretariat.post(page, {"acte": "arreter", "arreter-voie": "COURRIER"}).status_code == 302
    assert Soutien.objects.get().est_clos
    assert secretariat.get(page).status_code == 200


def test_without_the_key_the_pages_say_so(m: f.Monde, agent: Client, au_nom_de: AuNomDe, settings: object) -> None:
    dire(agent, "demander", programme="REACTION", contact="06 11 22 33 44")
    page = reverse("bulle:soutien", args=[Soutien.objects.get().uid])
    settings.MEDICAL_KEYS = []  # type: ignore[attr-defined]
    vu = au_nom_de(m.secretariat).get(page).content.decode()
    assert "indisponible" in vu and "06 11 22 33 44" not in vu
