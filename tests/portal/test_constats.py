"""The pages of what is known besides the dossier, at both doors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.models import Sinistre
from contracts.enums import Nature, Regime
from contracts.models import Agent
from indemnities.models import ArretConnu, MontantConstate
from indemnities.rules_constats import LigneMontant
from tests import factories as f
from workflows import constats

PORTES = [("gestion", "gestionnaire"), ("collectivite", "mairie")]
ARRET = {"nature": "CMO", "debut": "2025-02-03", "fin": "2025-02-14", "certificat_du": "", "dispense": ""}


@pytest.fixture
def m(db: None, settings: Any) -> f.Monde:
    settings.MFA_REQUIRED, settings.STEP_UP_MINUTES = False, 0
    return f.monde()


@pytest.fixture
def entrer() -> Callable[[User], Client]:
    def signed(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed


@pytest.fixture
def ircantec(m: f.Monde) -> Sinistre:
    f.adhesion(m.collectivite, f.formule(m.contrat, Regime.IRCANTEC, natures=[Nature.CMO]))
    return f.sinistre(m, de=f.agent(m.collectivite, Regime.IRCANTEC))


def lu(response: Any) -> str:
    return unescape(response.content.decode())


@pytest.mark.parametrize(("porte", "role"), PORTES)
def test_a_leave_is_noted_then_annulled(m: f.Monde, entrer: Callable[[User], Client], porte: str, role: str) -> None:
    client, url = entrer(m.people[role]), reverse(f"{porte}:arrets-connus", args=[m.agent.pk])
    assert client.post(url, ARRET).headers["Location"] == url
    arret = ArretConnu.objects.get()
    page = lu(client.get(url))
    assert "03/02/2025" in page and "il compte désormais" in page
    refused = client.post(url, ARRET)
    assert refused.status_code == 422 and "l’arrêt connu du 03/02/2025" in lu(refused)
    assert client.post(url, ARRET | {"fin": ""}).status_code == 422
    annuler = reverse(f"{porte}:arret-connu-annuler", args=[arret.pk])
    assert client.post(annuler, {"motif": ""}).status_code == 422
    constats.annuler_arret(acteur=m.gestionnaire, arret_id=arret.pk, motif="Autre agent")
    page = lu(client.get(url))
    assert (m.gestionnaire.nom in page) == (porte == "gestion") and ("Centre de gestion, le" in page) == (porte == "collectivite")
    assert "Annulé" in page and "Autre agent" in page and annuler not in page
    assert "déjà annulée" in lu(client.post(annuler, {"motif": "Encore"}))


@pytest.mark.parametrize(("porte", "role"), PORTES)
def test_amounts_are_noted_on_the_dossier(m: f.Monde, ircantec: Sinistre, entrer: Callable[[User], Client], porte: str, role: str) -> None:
    client, numero = entrer(m.people[role]), ircantec.numero
    url, dossier = reverse(f"{porte}:constats", args=[numero]), reverse(f"{porte}:dossier", args=[numero])
    debut, fin = ircantec.survenance.isoformat(), (ircantec.survenance + dt.timedelta(days=9)).isoformat()
    valeurs = {"genre": "CPAM", "debut": debut, "fin": fin, "montant": "1 234,50 €", "reference": "BPIJ 7"}
    assert "Décomptes de la CPAM : rien n’est noté" in lu(client.get(dossier)).replace("\xa0", " ")
    assert client.post(url, valeurs).headers["Location"] == url
    assert MontantConstate.objects.get().montant == Decimal("1234.50")
    for page in (url, dossier):
        assert "BPIJ 7" in lu(client.get(page))
    assert client.post(url, valeurs | {"montant": "-3"}).status_code == 422
    twice = client.post(url, valeurs)
    assert twice.status_code == 422 and "le décompte du" in lu(twice)
    annuler = reverse(f"{porte}:constat-annuler", args=[MontantConstate.objects.get().pk])
    assert client.post(annuler, {"motif": "Illisible"}).headers["Location"] == url
    assert "Illisible" in lu(client.get(dossier))


def test_the_cpam_is_not_offered_to_the_cnracl(m: f.Monde, entrer: Callable[[User], Client]) -> None:
    sinistre = f.sinistre(m)
    page = lu(entrer(m.mairie).get(reverse("collectivite:constats", args=[sinistre.numero])))
    assert "Décompte de la CPAM" not in page and "versées par la CPAM," not in page and "Paie maintenue" in page


def test_who_only_reads_has_no_form(m: f.Monde, ircantec: Sinistre, entrer: Callable[[User], Client]) -> None:
    debut = ircantec.survenance
    constats.saisir_montant(acteur=m.mairie, numero=ircantec.numero, ligne=LigneMontant("CPAM", debut, debut, Decimal("41.30"), "BPIJ 9"))
    client, url = entrer(m.payeur), reverse("gestion:constats", args=[ircantec.numero])
    page = lu(client.get(url))
    assert "BPIJ 9" in page and "Noter ce montant" not in page and "annuler/" not in page
    assert client.post(url, {}).status_code == 403


def test_nobody_notes_his_own_leaves(m: f.Monde, entrer: Callable[[User], Client]) -> None:
    constats.saisir_arret(acteur=m.mairie, agent_id=m.agent.pk, ligne=constats.LigneArret("CMO", dt.date(2025, 2, 3), dt.date(2025, 2, 14)))
    Agent.objects.filter(pk=m.agent.pk).update(compte=m.gestionnaire)
    client, url = entrer(m.gestionnaire), reverse("gestion:arrets-connus", args=[m.agent.pk])
    page = lu(client.get(url))
    assert "03/02/2025" not in page and "Noter cet arrêt" not in page
    answer = client.post(url, ARRET)
    assert answer.status_code in (403, 422) and ArretConnu.objects.count() == 1
    assert client.get(reverse("gestion:arret-connu-annuler", args=[ArretConnu.objects.get().pk])).status_code == 404
    assert "03/02/2025" not in lu(client.get(reverse("gestion:agent", args=[m.agent.pk])))
    assert "03/02/2025" in lu(entrer(m.gestionnaire2).get(reverse("gestion:agent", args=[m.agent.pk])))


# -- Files -------------------------------------------------------------------------------------------------------------------


def televerser(client: Client, porte: str, m: f.Monde, texte: str | bytes, genre: str = "arrets") -> Any:
    octets = texte if isinstance(texte, bytes) else texte.encode()
    fichier = SimpleUploadedFile("arrets.csv", octets, content_type="text/csv")
    return client.post(reverse(f"{porte}:importer", args=[genre]), {"collectivite": m.collectivite.pk, "fichier": fichier})


def garde_de(response: Any) -> str:
    garde = response.context["garde"]
    assert isinstance(garde, str) and garde
    return garde


@pytest.mark.parametrize(("porte", "role"), PORTES)
def test_a_file_is_shown_then_written(m: f.Monde, entrer: Callable[[User], Client], porte: str, role: str) -> None:
    client = entrer(m.people[role])
    texte = f"matricule;nature;debut;fin\n{m.agent.matricule};CMO;03/02/2025;14/02/2025\n"
    apercu = televerser(client, porte, m, texte)
    assert apercu.status_code == 200 and "Rien n’est encore enregistré" in lu(apercu) and m.agent.nom in lu(apercu)
    assert not ArretConnu.objects.exists()
    confirmer = reverse(f"{porte}:importer-confirmer", args=["arrets"])
    done = client.post(confirmer, {"garde": garde_de(apercu)}, follow=True)
    assert "La ligne du fichier est enregistrée." in lu(done) and ArretConnu.objects.count() == 1
    again = client.post(confirmer, {"garde": garde_de(apercu)})
    assert again.status_code == 422 and "Rien n’est enregistré" in lu(again) and ArretConnu.objects.count() == 1


def test_a_bad_file_says_each_line_and_offers_no_confirmation(m: f.Monde, entrer: Callable[[User], Client]) -> None:
    client, bon = entrer(m.mairie), f"{m.agent.matricule};CMO;03/02/2025;14/02/2025\n"
    refused = televerser(client, "collectivite", m, f"matricule;nature;debut;fin\n{bon}=2+5;CMO;03/02/2025;14/02/2025\n{bon}")
    assert refused.status_code == 422 and not refused.context["garde"]
    assert [faute.numero for faute in refused.context["fautes"]] == [3, 4]
    assert "matricule est inconnu" in lu(refused) and "la ligne 2 du fichier" in lu(refused)
    for octets in (b"", b"PK\x03\x04", b"\x00", b"a" * (1024 * 1024 + 1), b"nom\nDurand\n"):
        unreadable = televerser(client, "collectivite", m, octets)
        assert unreadable.status_code == 422 and not unreadable.context["garde"] and unreadable.context["form"].errors["fichier"]
    assert not ArretConnu.objects.exists()


def test_a_preview_is_confirmed_by_whom_it_was_shown(m: f.Monde, entrer: Callable[[User], Client], settings: Any) -> None:
    texte = f"matricule;nature;debut;fin\n{m.agent.matricule};CMO;03/02/2025;14/02/2025\n"
    garde = garde_de(televerser(entrer(m.mairie), "collectivite", m, texte))
    collegue = f.person("COLLECTIVITE", collectivites=[m.collectivite])
    for user, genre, sent in (
        (collegue, "arrets", garde), (m.mairie2, "arrets", garde), (m.mairie, "decomptes-cpam", garde), (m.mairie, "arrets", garde + "x"),
        (m.mairie, "arrets", ""),
    ):  # fmt: skip
        answer = entrer(user).post(reverse("collectivite:importer-confirmer", args=[genre]), {"garde": sent}, follow=True)
        assert "n’est plus valable" in lu(answer)
    assert not ArretConnu.objects.exists()


def test_a_collectivite_imports_for_itself_alone(m: f.Monde, entrer: Callable[[User], Client]) -> None:
    texte = f"matricule;nature;debut;fin\n{m.agent.matricule};CMO;03/02/2025;14/02/2025\n"
    assert televerser(entrer(m.mairie2), "collectivite", m, texte).status_code == 422
    assert reverse("collectivite:importer", args=["arrets"]) in lu(entrer(m.mairie).get(reverse("collectivite:agents")))
    assert entrer(m.mairie).get("/collectivite/importer/inconnu/").status_code == 404


def test_a_collectivite_finds_its_own_agents(m: f.Monde, entrer: Callable[[User], Client]) -> None:
    url = reverse("collectivite:agents")
    assert m.agent.matricule in lu(entrer(m.mairie).post(url, {"texte": "dominique"}))
    assert m.agent.matricule not in lu(entrer(m.mairie2).post(url, {"texte": "dominique"}))
    assert "Aucun de vos agents" in lu(entrer(m.mairie2).post(url, {"texte": m.agent.matricule}))
