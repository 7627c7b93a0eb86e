"""Inside the bulle: what is no longer entrusted reads nothing on the very next request, and a ciphertext moved elsewhere does not open."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from cases.models import AvisMedecin, Delegation, Expertise, Sinistre
from cases.services import avis as referrals
from medical import stockage
from medical.enums import Finalite
from medical.models import Fichier, Opinion
from medical.services import opinions, ouvertures
from tests import factories as f
from tests.expertises import confiee, fraiche
from tests.medical.conftest import SESSION, available, piece_of, refer
from workflows.branches.expertise import bulle

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _plain(settings: Any) -> None:
    settings.MFA_REQUIRED, settings.CLAMD_URL, settings.DEMO = False, "", True


@pytest.fixture
def m() -> f.Monde:
    return f.monde()


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return f.sinistre(m, "AS")


@pytest.fixture
def avis(m: f.Monde, sinistre: Sinistre) -> AvisMedecin:
    return refer(m, sinistre)


@pytest.fixture
def fichier(m: f.Monde, sinistre: Sinistre) -> Fichier:
    return available(m, piece_of(sinistre))


def reading(user: User, sinistre: Sinistre, finalite: str) -> Client:
    """Signed in, and the dossier opened in that session."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    ouvertures.ouvrir(acteur=user, sinistre=sinistre, session=client.session.empreinte, finalite=finalite)  # type: ignore[attr-defined]
    return client


def asked(client: Client, fichier: Fichier) -> int:
    reponse: Any = client.get(f"/fichiers/{fichier.uid}/?original=oui")
    if reponse.status_code == 200:
        assert b"".join(reponse.streaming_content).startswith(b"%PDF-")
    return int(reponse.status_code)


@pytest.mark.parametrize("comment", ["expired", "recalled", "rendered"])
def test_a_mission_that_has_ended(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin, fichier: Fichier, comment: str) -> None:
    mission = confiee(m, sinistre)
    assert mission.branche is not None
    client = reading(m.expert, sinistre, Finalite.EXPERTISE)
    assert asked(client, fichier) == 200
    if comment == "expired":
        Expertise.objects.filter(branche=mission.branche).update(fin=timezone.localdate() - dt.timedelta(days=1))
    elif comment == "recalled":
        bulle.rappeler(acteur=m.medecin, branche=fraiche(mission.branche))
    else:
        session = client.session.empreinte  # type: ignore[attr-defined]
        bulle.rendre_rapport(acteur=m.expert, mission=mission, session=session, conclusions="Oui.")
    assert asked(client, fichier) == 404


def test_a_referral_that_was_recalled(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin, fichier: Fichier) -> None:
    client = reading(m.medecin, sinistre, Finalite.AVIS)
    assert asked(client, fichier) == 200
    referrals.rappeler(acteur=m.gestionnaire, avis=avis)
    assert asked(client, fichier) == 404


@pytest.mark.parametrize("comment", ["ended", "withdrawn"])
def test_a_delegation_that_has_ended(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin, fichier: Fichier, comment: str) -> None:
    remplacant, today = f.person(Role.MEDECIN_CONSEIL), timezone.localdate()
    delegation = referrals.deleguer(acteur=m.medecin, remplacant=remplacant, debut=today, fin=today + dt.timedelta(days=3))
    client = reading(remplacant, sinistre, Finalite.AVIS)
    assert asked(client, fichier) == 200
    if comment == "ended":
        hier = today - dt.timedelta(days=1)
        Delegation.objects.filter(pk=delegation.pk).update(debut=hier, fin=hier)
    else:
        Delegation.objects.filter(pk=delegation.pk).update(retiree_le=timezone.now())
    assert asked(client, fichier) == 404


def test_a_ciphertext_moved_to_another_row_does_not_open(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin, fichier: Fichier) -> None:
    """Moved with all that whoever writes in the database and on the store could move along: bytes, name, digest, key."""
    autre = f.sinistre(m, "AS", arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=200)))
    second = available(m, piece_of(autre))
    chiffre = b"".join(stockage.ouvrir(stockage.content_name(second.objet)).morceaux())
    stockage.deposer(stockage.content_name(fichier.objet), io.BytesIO(chiffre), second.empreinte)
    Fichier.objects.filter(pk=fichier.pk).update(nom=second.nom, empreinte=second.empreinte, taille=second.taille, cle=second.cle)
    client = reading(m.medecin, sinistre, Finalite.AVIS)
    reponse = client.get(f"/fichiers/{fichier.uid}/?original=oui")
    assert reponse.status_code == 503
    assert b"%PDF" not in reponse.content


def test_an_opinion_moved_to_another_dossier_does_not_open(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> None:
    autre = f.sinistre(m, "AS", arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=200)))
    ailleurs = refer(m, autre)
    for un, texte in ((avis, "Texte du premier dossier."), (ailleurs, "Texte du second dossier.")):
        ouvertures.ouvrir(acteur=m.medecin, sinistre=un.sinistre, session=SESSION, finalite=Finalite.AVIS)
        opinions.enregistrer(acteur=m.medecin, avis=un, session=SESSION, texte=texte, lue_le=None)
    premiere, seconde = Opinion.objects.get(avis=avis), Opinion.objects.get(avis=ailleurs)
    Opinion.objects.filter(pk=premiere.pk).update(texte=seconde.texte, cle=seconde.cle)
    client = reading(m.medecin, sinistre, Finalite.AVIS)
    page = client.get(f"/avis/{avis.pk}/").content.decode()
    assert "second dossier" not in page
    assert "il ne s’ouvre pas" in page
