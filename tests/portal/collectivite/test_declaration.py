"""The wizard: steps, nothing lost, left and resumed, probable mistakes, sent once."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from cases.models import Sinistre
from contracts.enums import Nature
from journal.models import Contenu
from portal.collectivite.natures import GROUPES
from portal.models import Brouillon
from tests import factories as f
from tests.portal.conftest import AuNomDe

pytestmark = pytest.mark.django_db


def _jour(ecart: int) -> str:
    return (timezone.localdate() + dt.timedelta(days=ecart)).isoformat()


def _step(client: Client, brouillon: Brouillon | uuid.UUID, etape: str, **donnees: object):
    pk = brouillon.pk if isinstance(brouillon, Brouillon) else brouillon
    return client.post(reverse("collectivite:etape", args=[pk, etape]), donnees)


def _begin(client: Client, m: f.Monde) -> Brouillon:
    client.post(reverse("collectivite:declarer"), {"collectivite": m.collectivite.pk})
    return Brouillon.objects.get(auteur=m.mairie)


def _fill(client: Client, m: f.Monde, *, debut: int = -40, fin: int = -10) -> Brouillon:
    """A maladie ordinaire, ready to be checked."""
    brouillon = _begin(client, m)
    _step(client, brouillon, "agent", agent=m.agent.pk)
    _step(client, brouillon, "nature", nature="CMO")
    _step(client, brouillon, "dates", debut=_jour(debut), fin=_jour(fin), certificat_du=_jour(debut))
    _step(client, brouillon, "circonstances", tiers_possible="non")
    return brouillon


def test_from_agent_to_dossier(m: f.Monde, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.mairie)
    brouillon = _fill(client, m)
    page = client.get(reverse("collectivite:etape", args=[brouillon.pk, "verification"]))
    assert page.status_code == 200 and "À vérifier avant de continuer" not in page.content.decode()
    response = _step(client, brouillon, "verification")
    sinistre = Sinistre.objects.get()
    assert response.headers["Location"] == reverse("collectivite:declare", args=[sinistre.numero])
    assert (sinistre.agent, sinistre.nature, sinistre.tiers_possible) == (m.agent, "CMO", False)
    assert sinistre.survenance == timezone.localdate() - dt.timedelta(days=40)
    texte = client.get(response.headers["Location"]).content.decode()
    assert sinistre.numero in texte and "Il reste 2" in texte


def test_sending_twice_makes_one_dossier(m: f.Monde, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.mairie)
    brouillon = _fill(client, m)
    first = _step(client, brouillon, "verification")
    second = _step(client, brouillon, "verification", alertes_assumees="Je clique deux fois.")
    assert first.headers["Location"] == second.headers["Location"]
    assert Sinistre.objects.count() == 1
    assert Brouillon.objects.get().circonstances == ""


def test_a_wrong_step_keeps_what_was_typed_and_blames_its_field(m: f.Monde, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.mairie)
    brouillon = _begin(client, m)
    _step(client, brouillon, "agent", agent=m.agent.pk)
    _step(client, brouillon, "nature", nature="CMO")
    response = _step(client, brouillon, "dates", debut=_jour(-10), fin=_jour(-20), certificat_du="31/02/2026")
    texte = response.content.decode()
    assert response.status_code == 422
    assert "Écrivez la date sous la forme" in texte and 'value="31/02/2026"' in texte and f'value="{_jour(-10)}"' in texte
    response = _step(client, brouillon, "dates", debut=_jour(-10), fin=_jour(-20), certificat_du=_jour(-10))
    assert "La fin de l’arrêt précède son début." in response.content.decode()
    brouillon.refresh_from_db()
    assert brouillon.debut is None, "a wrong step writes nothing"


def test_resumed_at_the_first_step_that_lacks_an_answer(m: f.Monde, au_nom_de: AuNomDe) -> None:
    brouillon = _begin(au_nom_de(m.mairie), m)
    _step(au_nom_de(m.mairie), brouillon, "agent", agent=m.agent.pk)
    later = au_nom_de(m.mairie)  # another session, another computer
    assert "Reprendre" in later.get(reverse("collectivite:accueil")).content.decode()
    response = later.get(reverse("collectivite:reprendre", args=[brouillon.pk]))
    assert response.headers["Location"].endswith("/nature/")
    ahead = later.get(reverse("collectivite:etape", args=[brouillon.pk, "verification"]))
    assert ahead.headers["Location"].endswith("/nature/")


def test_changing_the_nature_empties_what_no_longer_makes_sense(m: f.Monde, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.mairie)
    brouillon = _fill(client, m)
    response = _step(client, brouillon, "nature", nature="DC", retour="verification")
    brouillon.refresh_from_db()
    assert (brouillon.debut, brouillon.fin, brouillon.certificat_du) == (None, None, None)
    assert response.headers["Location"].endswith("/dates/")
    response = _step(client, brouillon, "nature", nature="MAT", retour="verification")
    brouillon.refresh_from_db()
    assert brouillon.tiers_possible is None and brouillon.survenance is None


def test_correcting_from_the_check_page_comes_back_to_it(m: f.Monde, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.mairie)
    brouillon = _fill(client, m)
    donnees = {"debut": _jour(-40), "fin": _jour(-5), "certificat_du": _jour(-40), "retour": "verification"}
    assert _step(client, brouillon, "dates", **donnees).headers["Location"].endswith("/verification/")


def test_a_double_needs_a_reason_which_is_kept(m: f.Monde, au_nom_de: AuNomDe) -> None:
    first = f.sinistre(m, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=40)))
    client = au_nom_de(m.mairie)
    brouillon = _fill(client, m)
    response = _step(client, brouillon, "verification")
    assert response.status_code == 409 and first.numero in response.content.decode()
    assert Sinistre.objects.count() == 1
    response = _step(client, brouillon, "verification", alertes_assumees="Deux arrêts distincts.")
    assert response.status_code == 302 and Sinistre.objects.count() == 2
    assert Contenu.objects.filter(entree__action="sinistre.declarer", donnees__alertes_assumees="Deux arrêts distincts.").exists()


def test_a_late_declaration_is_flagged_explained_and_accepted(m: f.Monde, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.mairie)
    brouillon = _fill(client, m, debut=-150, fin=-130)
    texte = client.get(reverse("collectivite:etape", args=[brouillon.pk, "verification"])).content.decode()
    assert "30 jours de retard" in texte
    assert _step(client, brouillon, "verification").status_code == 409
    assert _step(client, brouillon, "verification", alertes_assumees="Certificat reçu tard.").status_code == 302
    assert Sinistre.objects.get().jours_de_retard == 30


def test_a_nature_the_contract_does_not_cover_says_where_to_mend(m: f.Monde, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.mairie)
    brouillon = _fill(client, m)
    _step(client, brouillon, "nature", nature="ADO")
    _step(client, brouillon, "dates", debut=_jour(-40), fin=_jour(-10), certificat_du=_jour(-40))
    page = client.get(reverse("collectivite:etape", args=[brouillon.pk, "verification"])).content.decode()
    assert "ne couvre pas cette nature" in page and "Envoyer la déclaration" not in page
    assert _step(client, brouillon, "verification").status_code == 422
    assert not Sinistre.objects.exists()


def test_agents_of_another_collectivite_are_neither_found_nor_taken(m: f.Monde, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.mairie)
    brouillon = _begin(client, m)
    found = _step(client, brouillon, "agent", q=m.autre_agent.nom).content.decode()
    assert "Aucun agent" in found and m.autre_agent.matricule not in found
    response = _step(client, brouillon, "agent", agent=m.autre_agent.pk)
    brouillon.refresh_from_db()
    assert response.status_code == 422 and brouillon.agent is None


def test_several_collectivites_choose_first_and_never_another(m: f.Monde, au_nom_de: AuNomDe) -> None:
    deux = f.person(Role.COLLECTIVITE, collectivites=[m.collectivite, m.autre_collectivite])
    client = au_nom_de(deux)
    texte = client.get(reverse("collectivite:declarer")).content.decode()
    assert m.collectivite.nom in texte and m.autre_collectivite.nom in texte
    troisieme = f.collectivite()
    client.post(reverse("collectivite:declarer"), {"collectivite": troisieme.pk})
    assert not Brouillon.objects.filter(auteur=deux).exists()
    client.post(reverse("collectivite:declarer"), {"collectivite": m.autre_collectivite.pk})
    brouillon = Brouillon.objects.get(auteur=deux)
    assert m.agent.matricule not in _step(client, brouillon, "agent", q="").content.decode()


def test_nobody_declares_himself(m: f.Monde, au_nom_de: AuNomDe) -> None:
    f.agent(m.collectivite, nom="Moi-même", compte=m.mairie)
    client = au_nom_de(m.mairie)
    brouillon = _begin(client, m)
    assert "Moi-même" not in client.get(reverse("collectivite:etape", args=[brouillon.pk, "agent"])).content.decode()


def test_an_open_dossier_suggests_a_prolongation(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m, Nature.CMO)
    client = au_nom_de(m.mairie)
    brouillon = _begin(client, m)
    _step(client, brouillon, "agent", agent=m.agent.pk)
    texte = client.get(reverse("collectivite:etape", args=[brouillon.pk, "nature"])).content.decode()
    assert reverse("collectivite:prolonger", args=[sinistre.numero]) in texte


def test_old_drafts_are_forgotten(m: f.Monde, au_nom_de: AuNomDe) -> None:
    old = Brouillon.objects.create(auteur=m.mairie, collectivite=m.collectivite, modifie_le=timezone.now() - dt.timedelta(days=61))
    fresh = Brouillon.objects.create(auteur=m.mairie, collectivite=m.collectivite, modifie_le=timezone.now() - dt.timedelta(days=59))
    au_nom_de(m.mairie).post(reverse("collectivite:declarer"), {"collectivite": m.collectivite.pk})
    kept = set(Brouillon.objects.values_list("pk", flat=True))
    assert old.pk not in kept and fresh.pk in kept


@pytest.mark.parametrize("nature", Nature.values)
def test_every_nature_has_its_place_in_the_wizard(nature: str) -> None:

    assert [code for _, lignes in GROUPES for code, _ in lignes].count(nature) == 1
