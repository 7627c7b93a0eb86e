"""The agent without an account: a deposit by a link, his own file by a link and a code; nothing personal in an address."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Sinistre
from documents.services import laissez_passer
from journal.models import Entree
from medical.models import Fichier, LienAgent
from medical.services import liens
from portal.bulle.views.agent import COOKIE
from tests import factories as f
from tests.dehors import dehors
from tests.expertises import CONCLUSIONS, QUESTIONS, conclue, rendue
from tests.medical.dossiers import declare, depose, image, piece_medicale
from tests.portal.conftest import AuNomDe
from workflows.branches.expertise.bulle import Reponse

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _without_antivirus(settings: Any) -> None:
    settings.CLAMD_URL, settings.DEMO = "", True


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return declare(m)


def test_the_deposit_page_knows_nobody_until_the_secret_is_verified(m: f.Monde, sinistre: Sinistre, au_nom_de: AuNomDe) -> None:
    with dehors():
        passe, secret = laissez_passer.delivrer_lien(acteur=m.mairie, piece=piece_medicale(sinistre))
        _, ecran = laissez_passer.delivrer(acteur=m.mairie, piece=piece_medicale(sinistre))
    assert laissez_passer.adresse_de(secret).endswith(f"{reverse('bulle:agent-deposer')}#{secret}")
    anybody = au_nom_de(None)
    page = anybody.get(reverse("bulle:agent-deposer")).content.decode()
    for personal in (m.agent.nom, sinistre.numero, passe.piece.libelle, m.collectivite.nom):
        assert personal not in page
    verify = reverse("bulle:agent-verifier")
    good = anybody.post(verify, HTTP_X_VIGIE_LAISSEZ_PASSER=secret)
    assert good.status_code == 200
    for personal in (m.agent.nom, sinistre.numero, passe.piece.libelle):
        assert personal not in good.content.decode()
    for bad in ("", "faux", ecran):
        assert anybody.post(verify, HTTP_X_VIGIE_LAISSEZ_PASSER=bad).status_code == 403
    octets = image()
    sent = anybody.put("/depots/", octets, content_type="image/jpeg", HTTP_X_VIGIE_LAISSEZ_PASSER=secret, HTTP_X_VIGIE_NOM="a.jpg")
    assert sent.status_code == 201 and Fichier.objects.get().depose_par is None
    assert anybody.post(verify, HTTP_X_VIGIE_LAISSEZ_PASSER=secret).status_code == 403


@pytest.fixture
def remise(m: f.Monde, sinistre: Sinistre) -> liens.Remise:
    depose(m.secretariat, piece_medicale(sinistre), "certificat.jpg")
    return liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=sinistre)


def enter(client: Client, remise: liens.Remise, code: str | None = None) -> Any:
    return client.post(reverse("bulle:mon-dossier-ouvrir"), {"secret": remise.secret, "code": code or remise.code})


def test_he_reads_both_outputs_of_an_expertise(m: f.Monde, sinistre: Sinistre, au_nom_de: AuNomDe) -> None:
    """Medical report and administrative conclusions: he may have both (domain: §5.2)."""
    conclusion = "L’imputabilité au service est retenue."
    conclue(m, rendue(m, sinistre), Reponse("IMPUTABILITE", "OUI"), conclusion=conclusion)
    client = au_nom_de(None)
    enter(client, liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=sinistre))
    html = client.get(reverse("bulle:mon-dossier")).content.decode()
    assert CONCLUSIONS in html and QUESTIONS in html and conclusion in html


def test_he_opens_his_file_reads_it_and_closes_it(m: f.Monde, remise: liens.Remise, au_nom_de: AuNomDe) -> None:
    client, home = au_nom_de(None), reverse("bulle:mon-dossier")
    assert "Code à 8 chiffres" in client.get(home).content.decode()
    answer = enter(client, remise)
    assert answer.status_code == 302 and remise.secret not in answer.headers["Location"]
    cookie = answer.cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == "/mon-dossier/" and cookie["max-age"] == 1800
    html = client.get(home).content.decode()
    assert "certificat.jpg" in html and remise.lien.sinistre.numero in html
    file = reverse("bulle:mon-fichier", args=[Fichier.objects.get().uid])
    assert file in html
    assert b"".join(client.get(f"{file}?original=oui")) == image()  # type: ignore[arg-type]
    assert "agent" in Entree.objects.get(action="fichier_medical.lu").motif
    # The people's own door stays shut to him, and his file to whoever has no cookie.
    assert client.get(reverse("bulle:contenu", args=[Fichier.objects.get().uid])).status_code == 302
    assert au_nom_de(None).get(file).status_code == 404
    assert "refermé" in client.post(reverse("bulle:mon-dossier-fermer")).content.decode()
    assert client.get(file).status_code == 404
    assert "Code à 8 chiffres" in client.get(home).content.decode()
    assert enter(client, remise).status_code == 403


def test_wrong_codes_are_counted_on_the_page_then_void_the_link(remise: liens.Remise, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(None)
    wrong = f"{(int(remise.code) + 1) % 10**8:08d}"
    first = enter(client, remise, wrong)
    assert first.status_code == 422 and "4 essais" in first.content.decode()
    assert f'value="{remise.secret}"' in first.content.decode(), "the secret stays in the form, since the address has lost it"
    for _ in range(3):
        enter(client, remise, wrong)
    last = enter(client, remise, wrong)
    assert last.status_code == 403 and "nouveau lien" in last.content.decode()
    assert enter(client, remise).status_code == 403
    assert COOKIE not in client.cookies


def test_a_link_is_given_once_on_its_page_and_taken_back(m: f.Monde, sinistre: Sinistre, au_nom_de: AuNomDe) -> None:
    client = au_nom_de(m.secretariat)
    liste, page = reverse("bulle:liens"), reverse("bulle:lien", args=[sinistre.numero])
    assert client.post(liste, {"numero": "1999-000001"}).status_code == 422
    assert client.post(liste, {"numero": sinistre.numero}).headers["Location"] == page
    assert client.post(page, {"jours": "90"}).status_code == 422
    html = client.post(page, {"jours": "7"}).content.decode()
    assert "/mon-dossier/#" in html
    assert "/mon-dossier/#" not in client.get(page).content.decode(), "shown once"
    lien = LienAgent.objects.get()
    assert sinistre.numero in client.get(liste).content.decode()
    assert client.post(reverse("bulle:lien-revoquer", args=[lien.pk])).status_code == 302
    assert "Aucun lien" in client.get(liste).content.decode()
