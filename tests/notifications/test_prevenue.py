"""« La collectivité a-t-elle été prévenue ? »: what a gestionnaire and a collectivité read of the e-mails of a dossier."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Collectivite, Habilitation, User
from cases.models import Sinistre
from notifications import composition
from notifications.enums import Cadence, EtatAnnonce, EtatCourriel, GenreCourriel
from notifications.models import AdresseEnDefaut, Annonce, Courriel, Preference
from notifications.selectors_dossier import DEVENUS, Prevenue, courriels_du_dossier, dits_a_la_collectivite
from notifications.selectors_injoignables import collectivites_injoignables
from tests import factories as f
from tests.factories import Monde
from tests.notifications.dits import deriver, petit_monde
from tests.portal.conftest import entrer
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    settings.MFA_REQUIRED = False


@pytest.fixture
def m(db: None) -> Monde:
    return petit_monde()


@pytest.fixture
def dossier(m: Monde) -> Sinistre:
    return f.sinistre(m)


def lue(m: Monde, dossier: Sinistre) -> Prevenue:
    frais = Sinistre.objects.select_related("agent", "collectivite").get(pk=dossier.pk)
    found = courriels_du_dossier(m.gestionnaire, frais)
    assert found is not None
    return found


def partir(etat: str = EtatCourriel.ENVOYE, quand: dt.datetime | None = None) -> None:
    """What waits is put in e-mails, and they end in that state."""
    deriver()
    Annonce.objects.filter(etat=EtatAnnonce.EN_ATTENTE).update(prevue_le=timezone.now())
    composition.composer()
    envoye = quand or timezone.now() if etat == EtatCourriel.ENVOYE else None
    Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER).update(etat=etat, envoye_le=envoye, objet="o", texte="t")


def demander(m: Monde, dossier: Sinistre) -> None:
    """Something more to tell: the validation of the dossier."""
    f.complete_pieces(dossier, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="valider")


def test_nothing_told_yet_says_so(m: Monde, dossier: Sinistre) -> None:
    assert lue(m, dossier).phrase == "La collectivité n’a pas encore été prévenue\u00a0: rien n’est à lui dire."


def test_what_waits_says_when_it_leaves(m: Monde, dossier: Sinistre) -> None:
    deriver()
    Annonce.objects.update(cadence=Cadence.AUSSITOT, prevue_le=timezone.now())
    assert "un courriel part dans les minutes qui viennent" in lue(m, dossier).phrase
    demain = timezone.now() + dt.timedelta(days=1)
    Annonce.objects.update(cadence=Cadence.RECAPITULATIF, prevue_le=demain)
    vue = lue(m, dossier)
    assert vue.phrase.startswith("La collectivité n’a pas encore été prévenue\u00a0: le prochain récapitulatif part le ")
    assert {dit.etat for dit in vue.dits} == {"attend le prochain récapitulatif"} and {dit.a_qui for dit in vue.dits} == {
        m.mairie.get_full_name()
    }


def test_what_left_says_the_day(m: Monde, dossier: Sinistre) -> None:
    partir(quand=timezone.make_aware(dt.datetime(2026, 11, 1, 9, 0)))
    vue = lue(m, dossier)
    assert vue.phrase == "La collectivité a été prévenue le 1er novembre 2026." and vue.a_faire == ""
    demander(m, dossier)
    deriver()
    assert vue.phrase.removesuffix(".") in lue(m, dossier).phrase and "\u00a0; " in lue(m, dossier).phrase


@pytest.mark.parametrize("etat", [EtatCourriel.INCERTAIN, EtatCourriel.ABANDONNE, EtatCourriel.REJETE])
def test_what_did_not_arrive_for_sure_says_what_to_do(m: Monde, dossier: Sinistre, etat: str) -> None:
    partir(etat)
    vue = lue(m, dossier)
    assert vue.phrase == "La collectivité n’a pas encore été prévenue\u00a0: aucun courriel n’est arrivé à coup sûr."
    assert "renvoyer" in vue.a_faire and DEVENUS[etat] in {dit.etat for dit in vue.dits}


def test_an_address_that_refuses_is_told_with_what_to_ask(m: Monde, dossier: Sinistre) -> None:
    deriver()
    AdresseEnDefaut.objects.create(adresse=m.mairie.email.lower(), genre="REBOND")
    vue = lue(m, dossier)
    assert vue.phrase == "La collectivité n’a pas encore été prévenue\u00a0: son adresse refuse nos courriels."
    assert m.mairie.email in vue.a_faire


def leave(user: User) -> None:
    Habilitation.objects.filter(user=user).update(fin=timezone.localdate() - dt.timedelta(days=1))


def someone(m: Monde, **champs: Any) -> User:
    return f.person(Role.COLLECTIVITE, collectivites=[m.collectivite], **champs)


PASSE = "La collectivité n’a pas encore été prévenue\u00a0: ce qui attendait passe à une autre personne."


@pytest.mark.parametrize("suivante", ["a colleague", "the contact address"])
def test_news_of_somebody_who_left_pass_to_another_and_no_address_is_blamed(m: Monde, dossier: Sinistre, suivante: str) -> None:
    deriver()
    leave(m.mairie)
    if suivante == "a colleague":
        someone(m)
    vue = lue(m, dossier)
    assert (vue.phrase, vue.a_faire) == (PASSE, "")
    assert {dit.etat for dit in vue.dits} == {"attend une autre personne\u00a0: celle-ci n’est plus de la collectivité"}


def test_news_of_somebody_who_left_wait_for_the_right_address_of_who_is_there(m: Monde, dossier: Sinistre) -> None:
    deriver()
    leave(m.mairie)
    presente = someone(m)
    AdresseEnDefaut.objects.create(adresse=presente.email.lower(), genre="REBOND")
    vue = lue(m, dossier)
    assert vue.phrase == "La collectivité n’a pas encore été prévenue\u00a0: son adresse refuse nos courriels."
    assert presente.email in vue.a_faire and m.mairie.email not in vue.a_faire


def test_what_a_colleague_is_told_passes_to_nobody(m: Monde, dossier: Sinistre) -> None:
    someone(m)
    deriver()
    demain = timezone.now() + dt.timedelta(days=1)
    Annonce.objects.update(cadence=Cadence.RECAPITULATIF, prevue_le=demain)
    leave(m.mairie)
    vue = lue(m, dossier)
    assert "le prochain récapitulatif part le " in vue.phrase and "autre personne" not in vue.phrase
    assert {dit.etat for dit in vue.dits if dit.annonce.destinataire == m.mairie} == {"sans objet\u00a0: une autre personne est prévenue"}


def test_news_of_an_address_that_is_no_more_the_contact(m: Monde, dossier: Sinistre) -> None:
    leave(m.mairie)
    deriver()
    assert lue(m, dossier).phrase != PASSE
    Collectivite.objects.filter(pk=m.collectivite.pk).update(email="nouvelle@mairie.example")
    vue = lue(m, dossier)
    assert vue.phrase == PASSE and "n’est plus celle de la collectivité" in vue.dits[0].etat


def test_news_of_what_has_become_his_own_dossier_pass_to_another(m: Monde, dossier: Sinistre) -> None:
    deriver()
    dossier.agent.compte = m.mairie
    dossier.agent.save(update_fields=["compte"])
    autre = someone(m)
    vue = lue(m, dossier)
    assert (vue.phrase, vue.a_faire) == (PASSE, "")
    assert {dit.etat for dit in vue.dits} == {"attend une autre personne\u00a0: celle-ci est l’agent concerné"}
    AdresseEnDefaut.objects.create(adresse=autre.email.lower(), genre="REBOND")
    vue = lue(m, dossier)
    assert vue.phrase.startswith("La collectivité ne peut pas être prévenue\u00a0: ")
    assert vue.phrase.endswith("l’agent concerné mis à part, ses adresses refusent nos courriels.")
    assert autre.email in vue.a_faire and m.mairie.email not in vue.a_faire
    AdresseEnDefaut.objects.create(adresse=m.mairie.email.lower(), genre="REBOND")
    assert lue(m, dossier).phrase == vue.phrase


def test_news_that_nobody_wants_are_told_as_such(m: Monde, dossier: Sinistre) -> None:
    Preference.objects.create(user=m.mairie, genre=GenreCourriel.VALIDATION, cadence=Cadence.JAMAIS)
    demander(m, dossier)
    deriver()
    Annonce.objects.exclude(genre=GenreCourriel.VALIDATION).delete()
    vue = lue(m, dossier)
    assert "elle ne veut pas de courriel" in vue.phrase
    assert [(dit.etat, dit.quand) for dit in vue.dits] == [("pas de courriel, à sa demande", None)]


def test_a_collectivite_that_nobody_can_tell_is_an_anomaly(m: Monde, dossier: Sinistre) -> None:
    assert not collectivites_injoignables(m.gestionnaire).exists()
    m.collectivite.email = ""
    m.collectivite.save()
    assert not collectivites_injoignables(m.gestionnaire).exists() and "ne peut pas" not in lue(m, dossier).phrase
    Habilitation.objects.filter(collectivite=m.collectivite).update(fin=timezone.localdate() - dt.timedelta(days=1))
    assert list(collectivites_injoignables(m.gestionnaire)) == [m.collectivite]
    vue = lue(m, dossier)
    assert vue.phrase.startswith("La collectivité ne peut pas être prévenue") and "Appelez-la" in vue.a_faire
    assert not collectivites_injoignables(m.mairie2).exists()
    client = entrer(m.gestionnaire)
    html = client.get(reverse("gestion:boite-envoi")).content.decode()
    assert "Collectivités que personne ne peut prévenir" in html and m.collectivite.nom in html
    assert "ne peut pas être prévenue" in client.get(reverse("gestion:dossier", args=[dossier.numero])).content.decode()


def test_ones_own_dossier_and_other_roles_read_nothing(m: Monde, dossier: Sinistre) -> None:
    partir()
    frais = Sinistre.objects.select_related("agent", "collectivite").get(pk=dossier.pk)
    assert {nom for nom, qui in m.people.items() if courriels_du_dossier(qui, frais) is not None} == {
        "gestionnaire", "gestionnaire2", "responsable",
    }  # fmt: skip
    assert {nom for nom, qui in m.people.items() if dits_a_la_collectivite(qui, frais)} == {"mairie"}
    for qui in (m.gestionnaire, m.mairie):
        frais.agent.compte = qui
        assert courriels_du_dossier(qui, frais) is None and dits_a_la_collectivite(qui, frais) == []


def test_the_pages_show_it_and_ask_two_queries(m: Monde, dossier: Sinistre) -> None:
    second = f.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    partir()
    demander(m, dossier)
    deriver()
    frais = Sinistre.objects.select_related("agent", "collectivite").get(pk=dossier.pk)
    with CaptureQueriesContext(connection) as seen:
        vue = courriels_du_dossier(m.gestionnaire, frais)
    assert len(seen) <= 3  # with the roles of the reader, read once a request
    assert vue is not None and len(vue.dits) >= 4
    html = entrer(m.gestionnaire).get(reverse("gestion:dossier", args=[dossier.numero])).content.decode()
    assert "La collectivité a été prévenue le" in html and second.get_full_name() in html and "Accusé de déclaration" in html
    client = Client()
    client.force_login(m.mairie)
    page = client.get(reverse("collectivite:dossier", args=[dossier.numero])).content.decode()
    assert "Courriels envoyés à votre collectivité" in page and page.count("Accusé de déclaration") == 1
