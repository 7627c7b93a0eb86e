"""Computing a dossier's décomptes by hand: what would be written, its reasons, the facts it depends on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.models import Sinistre
from contracts.enums import Nature
from contracts.models import Remuneration
from indemnities.models import Decompte, FaitsDroits
from tests import factories as f
from workflows import payments
from workflows.lifecycle import transiter

AuNomDe = Callable[[User], Client]
DEBUT = dt.date(2026, 3, 2)


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return validated(m)


def validated(m: f.Monde, nature: str = Nature.CMO) -> Sinistre:
    sinistre = f.sinistre(m, nature, de=f.agent(m.collectivite), arret=f.arret_demande(DEBUT, 30))
    f.complete_pieces(sinistre, m.gestionnaire)
    return transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


def test_what_would_be_written_is_seen_first_then_written_once(m: f.Monde, au_nom_de: AuNomDe, sinistre: Sinistre) -> None:
    gestionnaire, url = au_nom_de(m.gestionnaire), reverse("gestion:calcul", args=[sinistre.numero])
    page = gestionnaire.get(url)
    assert page.status_code == 200
    html = page.content.decode()
    assert "1\u202f344,00\u00a0€" in html and "Pourquoi" in html and "franchise" in html
    assert not Decompte.objects.filter(sinistre=sinistre).exists(), "looking writes nothing"
    assert gestionnaire.post(url).status_code == 302
    assert gestionnaire.post(url).status_code == 302, "a double click"
    decompte = Decompte.objects.get(sinistre=sinistre)
    detail = gestionnaire.get(reverse("gestion:decompte", args=[decompte.pk])).content.decode()
    assert "80\u202f%" in detail and "L822" in detail
    assert "Rien à décompter" in gestionnaire.get(url).content.decode()


def test_what_keeps_it_from_being_computed_is_said(m: f.Monde, au_nom_de: AuNomDe, sinistre: Sinistre) -> None:
    Remuneration.objects.filter(agent=sinistre.agent).delete()
    gestionnaire, url = au_nom_de(m.gestionnaire), reverse("gestion:calcul", args=[sinistre.numero])
    assert "n’est pas connue" in gestionnaire.get(url).content.decode()
    refused = gestionnaire.post(url)
    assert refused.status_code == 422 and not Decompte.objects.filter(sinistre=sinistre).exists()


def test_the_facts_of_a_birth_change_the_right(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = validated(m, Nature.MAT)
    gestionnaire, url = au_nom_de(m.gestionnaire), reverse("gestion:faits-droits", args=[sinistre.numero])
    assert "Rang" in gestionnaire.get(url).content.decode() or "rang" in gestionnaire.get(url).content.decode()
    wrong = gestionnaire.post(url, {"naissance": "hier", "rang": "0", "enfants": "1"})
    assert wrong.status_code == 422 and not FaitsDroits.objects.exists()
    assert gestionnaire.post(url, {"naissance": "2026-04-13", "rang": "3", "enfants": "1"}).status_code == 302
    assert FaitsDroits.objects.get().rang == 3


def test_the_collectivite_reads_why_once_it_is_sent(m: f.Monde, au_nom_de: AuNomDe, sinistre: Sinistre) -> None:
    au_nom_de(m.gestionnaire).post(reverse("gestion:calcul", args=[sinistre.numero]))
    decompte = Decompte.objects.get(sinistre=sinistre)
    url = reverse("collectivite:decompte", args=[decompte.pk])
    assert au_nom_de(m.mairie).get(url).status_code == 404, "not sent yet"
    payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)
    payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[decompte.pk])
    html = au_nom_de(m.mairie).get(url).content.decode()
    assert "1\u202f344,00\u00a0€" in html and "Calendrier" in html
    assert au_nom_de(m.mairie2).get(url).status_code == 404


def test_the_dossiers_calendar_tells_what_days_are_worth(m: f.Monde, au_nom_de: AuNomDe, sinistre: Sinistre) -> None:
    gestionnaire = au_nom_de(m.gestionnaire)
    gestionnaire.post(reverse("gestion:calcul", args=[sinistre.numero]))
    html = gestionnaire.get(reverse("gestion:dossier", args=[sinistre.numero])).content.decode()
    assert "g-j-carence" in html and "g-j-franchise" in html and "g-j-neuf" in html
