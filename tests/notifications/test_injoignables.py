"""Whom no e-mail reaches: who is listed and why, the work item by which somebody calls, and its end."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Collectivite, Habilitation, User
from cases.enums import FileTravail, GenreTache
from cases.errors import Erreur
from cases.models import Sinistre, Tache
from cases.models.tache import PERSONNE_A_PREVENIR
from cases.selectors import taches_visibles
from journal.models import Entree
from notifications.defauts import ouvrir_taches_des_defauts
from notifications.injoignables import tenir_taches
from notifications.models import AdresseEnDefaut
from notifications.selectors_dossier import courriels_du_dossier
from notifications.selectors_injoignables import collectivites_a_joindre, dossiers_a_joindre
from tests import factories as f
from tests.factories import Monde
from tests.notifications.dits import petit_monde
from tests.portal.conftest import entrer
from workflows.suites import terminer

pytestmark = pytest.mark.django_db

PAGE = "gestion:adresses-refusees"


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    settings.MFA_REQUIRED = False


@pytest.fixture
def m(db: None) -> Monde:
    return petit_monde()


@pytest.fixture
def dossier(m: Monde) -> Sinistre:
    return f.sinistre(m)


def leave(user: User) -> None:
    Habilitation.objects.filter(user=user).update(fin=timezone.localdate() - dt.timedelta(days=1))


def refuse(adresse: str) -> None:
    AdresseEnDefaut.objects.create(adresse=adresse.lower(), genre="REBOND")


def contact(m: Monde, adresse: str) -> None:
    Collectivite.objects.filter(pk=m.collectivite.pk).update(email=adresse)


def listed(m: Monde) -> list[Collectivite]:
    return list(collectivites_a_joindre(m.gestionnaire))


def items() -> list[Tache]:
    return list(Tache.objects.filter(genre=GenreTache.CORRIGER_ADRESSE, fermee_le=None).order_by("pk"))


def said(m: Monde, dossier: Sinistre) -> str:
    frais = Sinistre.objects.select_related("agent", "collectivite").get(pk=dossier.pk)
    vue = courriels_du_dossier(m.gestionnaire, frais)
    assert vue is not None
    return vue.phrase


def alone_with_his_own_dossier(m: Monde, dossier: Sinistre) -> None:
    """The only person of the collectivité is the agent himself."""
    dossier.agent.compte = m.mairie
    dossier.agent.save(update_fields=["compte"])


def page(user: User) -> str:
    response = entrer(user).get(reverse(PAGE))
    assert response.status_code == 200
    return response.content.decode()


# -- Who is listed ------------------------------------------------------------------------------------------------------------


def test_one_person_or_one_contact_address_is_enough(m: Monde, dossier: Sinistre) -> None:
    assert listed(m) == []
    leave(m.mairie)
    assert listed(m) == [], "the contact address"
    contact(m, "")
    assert listed(m) == [m.collectivite]
    f.person(Role.COLLECTIVITE, collectivites=[m.collectivite], is_active=False)
    assert listed(m) == [m.collectivite], "an account that is off"
    f.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    assert listed(m) == []


def test_a_collectivite_without_an_open_dossier_can_wait(m: Monde, dossier: Sinistre) -> None:
    leave(m.mairie2)
    Collectivite.objects.filter(pk=m.autre_collectivite.pk).update(email="")
    assert listed(m) == []
    f.sinistre(m, par=m.gestionnaire, de=m.autre_agent)
    assert listed(m) == [m.autre_collectivite]


def test_refused_addresses_only(m: Monde, dossier: Sinistre) -> None:
    """The contact address is written to where nobody is: it does not count beside people whose addresses refuse ours."""
    autre = f.person(Role.COLLECTIVITE, collectivites=[m.collectivite], email="Autre@mairie.example")
    refuse(m.mairie.email)
    assert listed(m) == []
    refuse(autre.email)
    assert listed(m) == [m.collectivite] and "ont une adresse qui refuse nos courriels" in page(m.gestionnaire)
    AdresseEnDefaut.objects.filter(adresse="autre@mairie.example").update(levee_le=timezone.now(), levee_par=m.gestionnaire)
    assert listed(m) == []


def test_a_refused_contact_address(m: Monde, dossier: Sinistre) -> None:
    leave(m.mairie)
    contact(m, "Contact@mairie.example")
    refuse("contact@mairie.example")
    assert listed(m) == [m.collectivite] and "l’adresse de contact refuse nos courriels" in page(m.gestionnaire)


def test_the_only_person_is_the_agent(m: Monde, dossier: Sinistre) -> None:
    """His dossier alone, by its number; others of the collectivité are told to him."""
    f.sinistre(m, de=f.agent(m.collectivite))
    assert not dossiers_a_joindre(m.gestionnaire).exists()
    alone_with_his_own_dossier(m, dossier)
    assert list(dossiers_a_joindre(m.gestionnaire)) == [dossier] and listed(m) == []
    texte = page(m.gestionnaire)
    assert "Seul l’agent concerné recevrait le courriel" in texte and dossier.numero in texte
    assert dossier.agent.nom not in texte and dossier.agent.matricule not in texte
    assert "la seule personne est l’agent concerné" in said(m, dossier)
    autre = f.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    assert not dossiers_a_joindre(m.gestionnaire).exists() and "ne peut pas" not in said(m, dossier)
    refuse(autre.email)
    assert list(dossiers_a_joindre(m.gestionnaire)) == [dossier], "the other one can’t be written to"
    assert "la seule personne" not in page(m.gestionnaire).lower() and "mis à part, ses adresses refusent" in said(m, dossier)


def test_his_refused_address_makes_one_line_and_not_two(m: Monde, dossier: Sinistre) -> None:
    alone_with_his_own_dossier(m, dossier)
    refuse(m.mairie.email)
    assert listed(m) == [m.collectivite] and not dossiers_a_joindre(m.gestionnaire).exists()


def test_who_reads_it(m: Monde, dossier: Sinistre) -> None:
    alone_with_his_own_dossier(m, dossier)
    leave(m.mairie2)
    Collectivite.objects.filter(pk=m.autre_collectivite.pk).update(email="")
    f.sinistre(m, par=m.gestionnaire, de=m.autre_agent)
    readers = {"gestionnaire", "gestionnaire2", "responsable"}
    assert {nom for nom, qui in m.people.items() if collectivites_a_joindre(qui).exists()} == readers
    assert {nom for nom, qui in m.people.items() if dossiers_a_joindre(qui).exists()} == readers
    m.mairie.habilitations.create(role=Role.GESTIONNAIRE, debut=timezone.localdate())
    lui = User.objects.get(pk=m.mairie.pk)
    assert collectivites_a_joindre(lui).exists() and not dossiers_a_joindre(lui).exists(), "nobody handles his own dossier"


def test_the_page_asks_as_many_queries_for_many(m: Monde, dossier: Sinistre) -> None:
    def queries() -> int:
        client = entrer(m.gestionnaire)
        client.get(reverse(PAGE))
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse(PAGE))
        return len(seen)

    before = queries()
    for _ in range(3):
        chez = f.collectivite(email="")
        f.adhesion(chez, m.formule)
        f.sinistre(m, par=m.gestionnaire, de=f.agent(chez))
        sien = f.collectivite()
        f.adhesion(sien, m.formule)
        lui = f.person(Role.COLLECTIVITE, collectivites=[sien])
        f.sinistre(m, par=m.gestionnaire, de=f.agent(sien, compte=lui))
    assert len(listed(m)) == 3 and dossiers_a_joindre(m.gestionnaire).count() == 3
    assert queries() == before <= 15


# -- The work item ------------------------------------------------------------------------------------------------------------


def test_somebody_has_to_call_until_somebody_can_be_told(m: Monde, dossier: Sinistre) -> None:
    assert tenir_taches() == 0
    leave(m.mairie)
    contact(m, "")
    assert tenir_taches() == 1
    assert tenir_taches() == 0, "once"
    (tache,) = items()
    assert (tache.objet_type, tache.objet_id, tache.collectivite, tache.file) == (
        "collectivite", m.collectivite.pk, m.collectivite, FileTravail.MESSAGES,
    )  # fmt: skip
    client = entrer(m.gestionnaire)
    file = client.get(reverse("gestion:file", args=[FileTravail.MESSAGES])).content.decode()
    assert PERSONNE_A_PREVENIR in file and f"{reverse(PAGE)}#collectivite-{m.collectivite.pk}" in file and m.collectivite.nom in file
    assert f'id="collectivite-{m.collectivite.pk}"' in page(m.gestionnaire)
    f.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    assert tenir_taches() == 1 and items() == []
    assert Tache.objects.get(pk=tache.pk).issue == "joignable"


def test_a_dossier_of_the_only_person_has_its_own_item(m: Monde, dossier: Sinistre) -> None:
    alone_with_his_own_dossier(m, dossier)
    assert tenir_taches() == 1 and tenir_taches() == 0
    (tache,) = items()
    assert tache.sinistre == dossier and tache.get_genre_display() == PERSONNE_A_PREVENIR
    assert taches_visibles(m.gestionnaire).filter(pk=tache.pk).exists() and not taches_visibles(m.mairie).filter(pk=tache.pk).exists()
    texte = entrer(m.gestionnaire).get(reverse("gestion:dossier", args=[dossier.numero])).content.decode()
    assert "la seule personne est l’agent concerné" in texte
    f.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    assert tenir_taches() == 1 and items() == []


@pytest.mark.parametrize("quoi", ["a collectivité", "a dossier"])
def test_whoever_has_called_ends_it_and_it_comes_back_in_thirty_days(m: Monde, dossier: Sinistre, quoi: str) -> None:
    if quoi == "a dossier":
        alone_with_his_own_dossier(m, dossier)
    else:
        leave(m.mairie)
        contact(m, "")
    assert tenir_taches() == 1
    (tache,) = items()
    client, adresse = entrer(m.gestionnaire), reverse("gestion:terminer", args=[tache.pk])
    file = client.get(reverse("gestion:file", args=[FileTravail.MESSAGES])).content.decode()
    assert "Collectivité appelée" in file
    formulaire = client.get(reverse("gestion:formulaire-terminer", args=[tache.pk])).content.decode()
    assert "reste au journal" in formulaire and "reçoit un courriel" not in formulaire
    nom = dossier.numero if quoi == "a dossier" else m.collectivite.nom
    assert f"{nom} : collectivité appelée" in html.unescape(formulaire)
    muet = client.post(adresse, {"commentaire": " "}, follow=True)
    assert "Dites ce qui a été fait." in muet.content.decode() and items() == [tache]
    client.post(adresse, {"commentaire": "un compte est demandé"})
    assert items() == [] and Entree.objects.get(action="tache.terminee").motif == "un compte est demandé"
    assert tenir_taches() == 0, "it was called"
    assert f"Appelée le {timezone.localdate():%d/%m/%Y}" in page(m.gestionnaire), "whoever reads the list next need not call again"
    assert Tache.objects.update(fermee_le=timezone.now() - dt.timedelta(days=30, minutes=1)) == Tache.objects.count()
    assert "Appelée le" not in page(m.gestionnaire)
    assert tenir_taches() == 1 and len(items()) == 1, "and nothing has changed"


def test_a_call_ends_neither_a_refused_address_nor_other_kinds(m: Monde, dossier: Sinistre) -> None:
    refuse(m.mairie.email)
    ouvrir_taches_des_defauts()
    (tache,) = items()
    client = entrer(m.gestionnaire)
    assert "Collectivité appelée" not in client.get(reverse("gestion:file", args=[FileTravail.MESSAGES])).content.decode()
    with pytest.raises(Erreur, match="se termine par l’acte"):
        terminer(acteur=m.gestionnaire, tache_id=tache.pk, commentaire="appelée")
    assert items() == [tache]


def test_refused_addresses_have_items_of_their_own(m: Monde, dossier: Sinistre) -> None:
    refuse(m.mairie.email)
    assert listed(m) == [m.collectivite] and tenir_taches() == 0


def test_the_menu_counts_what_waits(m: Monde, dossier: Sinistre) -> None:
    leave(m.mairie)
    contact(m, "")
    tenir_taches()
    texte = entrer(m.gestionnaire).get(reverse("gestion:accueil")).content.decode()
    assert re.search(r"À joindre autrement\s*(<[^>]*>\s*)+1\D", texte)
