"""Subscriptions: who may, what is refused, secrets that are shown once, pauses, replays."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.gate import Refus
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from journal.models import Contenu, Entree
from notifications.enums import EtatLivraison
from notifications.models import Abonnement, Livraison
from notifications.webhooks import coffre, services
from notifications.webhooks.livraison import livrer
from notifications.webhooks.selectors import (
    abonnements_comptes,
    abonnements_visibles,
    compte_des_livraisons,
    en_defaut,
    livraisons_visibles,
)
from notifications.webhooks.services import Reglages
from tests import factories as f
from tests.notifications.webhooks.conftest import Recepteur, abonner, dire, toujours, verifier

URL = "https://sirh.example/vigie?jeton=tres-secret"


def test_the_secret_is_shown_once_and_kept_sealed(m: f.Monde) -> None:
    abonnement, secret = abonner(m.responsable, URL)
    clair = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(clair) == 32
    stored = bytes(Abonnement.objects.get().secret)
    assert clair not in stored and coffre.ouvrir(stored, abonnement.uid) == clair
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(row_to_json(a)::text, '') FROM notifications_abonnement a")
        row = cursor.fetchone()[0]
    assert secret not in row and clair.hex() not in row
    written = str(list(Entree.objects.values())) + str(list(Contenu.objects.values("donnees")))
    assert "abonnement.cree" in written and secret not in written and "tres-secret" not in written


def test_a_sealed_secret_opens_for_its_own_row_alone(m: f.Monde) -> None:
    scelle = coffre.sceller(b"x" * 32, uuid.uuid4())
    for wrong in (scelle, scelle[:-1], b""):
        with pytest.raises(coffre.SecretIllisible):
            coffre.ouvrir(wrong, uuid.uuid4())


ACTS: dict[str, Callable[..., Any]] = {
    "creer": lambda user, a: services.creer(acteur=user, reglages=Reglages("x", URL, ["sinistre.declare"])),
    "modifier": lambda user, a: services.modifier(acteur=user, uid=a.uid, nom="x", url=URL, types=["sinistre.declare"]),
    "renouveler_secret": lambda user, a: services.renouveler_secret(acteur=user, uid=a.uid),
    "suspendre": lambda user, a: services.suspendre(acteur=user, uid=a.uid),
    "reprendre": lambda user, a: services.reprendre(acteur=user, uid=a.uid),
    "essayer": lambda user, a: services.essayer(acteur=user, uid=a.uid),
    "prendre_acte": lambda user, a: services.prendre_acte(acteur=user, uid=a.uid),
    "fermer": lambda user, a: services.fermer(acteur=user, uid=a.uid),
    "rejouer": lambda user, a: services.rejouer(acteur=user, uid=a.uid, depuis=timezone.now()),
}


@pytest.mark.parametrize("act", sorted(ACTS))
def test_who_may(m: f.Monde, act: str) -> None:
    """A responsable alone; the collectivité may have calls about its own dossiers made again."""
    abonnement, _ = abonner(m.responsable, URL, collectivite=m.collectivite)
    if act == "reprendre":
        services.suspendre(acteur=m.responsable, uid=abonnement.uid)
    allowed = {"responsable", "mairie"} if act == "rejouer" else {"responsable"}
    for role, user in m.people.items():
        if role not in allowed:
            with pytest.raises(Refus):
                ACTS[act](user, abonnement)
    for role in sorted(allowed):
        ACTS[act](m.people[role], abonnement)


@pytest.mark.parametrize("act", sorted(set(ACTS) - {"creer", "prendre_acte"}))
def test_a_closed_subscription_accepts_nothing_more(m: f.Monde, act: str) -> None:
    abonnement, _ = abonner(m.responsable, URL)
    services.fermer(acteur=m.responsable, uid=abonnement.uid)
    with pytest.raises(Erreur, match="fermé"):
        ACTS[act](m.responsable, abonnement)


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [
        ("nom", " "),
        ("nom", "x" * 81),
        ("url", "https://10.0.0.8/"),
        ("url", "javascript:alert(1)"),
        ("types", []),
        ("types", ["citis.decidee"]),
        ("types", ["essai"]),
    ],
)
def test_what_is_refused_is_said_beside_its_field(m: f.Monde, champ: str, valeur: Any) -> None:
    with pytest.raises(DonneeInvalide) as refused:
        abonner(m.responsable, **({"url": URL} | {champ: valeur}))
    assert set(refused.value.champs) == {champ} and not Abonnement.objects.exists()
    abonnement, _ = abonner(m.responsable, URL)
    with pytest.raises(DonneeInvalide):
        services.modifier(
            acteur=m.responsable, uid=abonnement.uid, **({"nom": "x", "url": URL, "types": ["sinistre.clore"]} | {champ: valeur})
        )


def test_a_pause_holds_and_resuming_lets_go_in_order(m: f.Monde, sinistre: Sinistre, recepteur: Recepteur) -> None:
    abonnement, _ = abonner(m.responsable, recepteur.url)
    services.suspendre(acteur=m.responsable, uid=abonnement.uid)
    with pytest.raises(Erreur):
        services.suspendre(acteur=m.responsable, uid=abonnement.uid)
    with pytest.raises(Erreur, match="pause"):
        services.essayer(acteur=m.responsable, uid=abonnement.uid)
    for _ in range(3):
        dire(sinistre)
    livrer()
    assert recepteur.appels == []
    services.reprendre(acteur=m.responsable, uid=abonnement.uid)
    with pytest.raises(Erreur):
        services.reprendre(acteur=m.responsable, uid=abonnement.uid)
    livrer()
    assert [appel.corps["rang"] for appel in recepteur.appels] == [1, 2, 3]


def test_closing_gives_up_what_waits(m: f.Monde, sinistre: Sinistre, recepteur: Recepteur) -> None:
    abonnement, _ = abonner(m.responsable, recepteur.url)
    dire(sinistre)
    services.fermer(acteur=m.responsable, uid=abonnement.uid)
    livrer()
    row = Livraison.objects.get()
    assert recepteur.appels == [] and row.etat == EtatLivraison.ABANDONNEE and not en_defaut(m.responsable).exists()


def test_a_trial_call_tells_nothing(m: f.Monde, recepteur: Recepteur) -> None:
    abonnement, secret = abonner(m.responsable, recepteur.url, types=["sinistre.clore"])
    services.essayer(acteur=m.responsable, uid=abonnement.uid)
    livrer()
    (appel,) = recepteur.appels
    assert set(appel.corps) == {"id", "type", "le", "abonnement", "rang"} and appel.corps["type"] == "essai" and verifier(secret, appel)


def test_the_new_address_receives_what_waited(m: f.Monde, sinistre: Sinistre, recepteur: Recepteur) -> None:
    abonnement, _ = abonner(m.responsable, "http://127.0.0.1:9/")
    dire(sinistre)
    livrer()
    services.modifier(acteur=m.responsable, uid=abonnement.uid, nom="SIRH", url=recepteur.url, types=["sinistre.valider"])
    services.rejouer(acteur=m.responsable, uid=abonnement.uid, depuis=abonnement.cree_le)
    livrer()
    assert len(recepteur.gardes) == 1


# -- Replays --------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def livrees(m: f.Monde, recepteur: Recepteur) -> tuple[Abonnement, list[Sinistre]]:
    """Two dossiers of three calls each, delivered and forgotten by the program."""
    abonnement, _ = abonner(m.responsable, recepteur.url, collectivite=m.collectivite)
    dossiers = [f.sinistre(m, de=f.agent(m.collectivite)) for _ in range(2)]
    for _ in range(3):
        for sinistre in dossiers:
            dire(sinistre)
    livrer()
    assert len(recepteur.gardes) == 6
    return abonnement, dossiers


def sent_again(recepteur: Recepteur) -> list[tuple[str, int]]:
    del recepteur.appels[:]
    livrer()
    return [(appel.corps["sinistre"]["numero"], appel.corps["rang"]) for appel in recepteur.appels]


def test_replay_of_one(m: f.Monde, livrees: tuple[Abonnement, list[Sinistre]], recepteur: Recepteur) -> None:
    abonnement, dossiers = livrees
    row = Livraison.objects.get(sinistre_id=dossiers[0].pk, rang=2)
    ids = [appel.entetes["webhook-id"] for appel in recepteur.appels if appel.corps["id"] == str(row.uid)]
    before = [appel.brut for appel in recepteur.appels if appel.corps["id"] == str(row.uid)]
    assert services.rejouer(acteur=m.responsable, uid=abonnement.uid, livraison_id=row.pk) == 1
    assert sent_again(recepteur) == [(dossiers[0].numero, 2)]
    assert [recepteur.appels[0].entetes["webhook-id"]] == ids and [recepteur.appels[0].brut] == before
    autre, _ = abonner(m.responsable, recepteur.url, nom="Autre")
    with pytest.raises(Livraison.DoesNotExist):
        services.rejouer(acteur=m.responsable, uid=autre.uid, livraison_id=row.pk)


def test_replay_of_a_dossier_and_since_an_instant_in_order(
    m: f.Monde, livrees: tuple[Abonnement, list[Sinistre]], recepteur: Recepteur
) -> None:
    abonnement, (un, deux) = livrees
    assert services.rejouer(acteur=m.responsable, uid=abonnement.uid, numero=un.numero) == 3
    assert sent_again(recepteur) == [(un.numero, 1), (un.numero, 2), (un.numero, 3)]
    recent = Livraison.objects.get(sinistre_id=un.pk, rang=2).cree_le
    assert services.rejouer(acteur=m.responsable, uid=abonnement.uid, depuis=recent) == 4
    found = sent_again(recepteur)
    assert [rang for numero, rang in found if numero == un.numero] == [rang for numero, rang in found if numero == deux.numero] == [2, 3]
    assert services.rejouer(acteur=m.responsable, uid=abonnement.uid, depuis=recent, jusqu_a=recent + dt.timedelta(microseconds=1)) == 1
    assert services.rejouer(acteur=m.responsable, uid=abonnement.uid, numero="2020-000001") == 0
    with pytest.raises(DonneeInvalide):
        services.rejouer(acteur=m.responsable, uid=abonnement.uid)


def test_replay_leaves_what_is_being_sent(m: f.Monde, livrees: tuple[Abonnement, list[Sinistre]]) -> None:
    abonnement, (un, _) = livrees
    Livraison.objects.filter(sinistre_id=un.pk, rang=1).update(
        etat=EtatLivraison.EN_COURS, bail=uuid.uuid4(), bail_jusqu_a=timezone.now() + dt.timedelta(minutes=1)
    )
    assert services.rejouer(acteur=m.responsable, uid=abonnement.uid, numero=un.numero) == 2
    assert Livraison.objects.get(sinistre_id=un.pk, rang=1).etat == EtatLivraison.EN_COURS


def test_what_was_given_up_can_be_replayed_or_seen(m: f.Monde, sinistre: Sinistre, recepteur: Recepteur) -> None:
    abonnement, _ = abonner(m.responsable, recepteur.url)
    dire(sinistre)
    Livraison.objects.update(tentatives=17)
    recepteur.repondre = toujours(500)
    livrer()
    assert list(en_defaut(m.responsable)) == [abonnement] and compte_des_livraisons()["abandonnees"] == 1
    assert [vars(un)["abandonnees"] for un in abonnements_comptes(m.responsable)] == [1]
    assert services.prendre_acte(acteur=m.responsable, uid=abonnement.uid) == 1
    assert not en_defaut(m.responsable).exists() and compte_des_livraisons()["abandonnees"] == 0
    services.rejouer(acteur=m.responsable, uid=abonnement.uid, depuis=abonnement.cree_le)
    recepteur.repondre = toujours(200)
    assert livrer().livrees == 1 and Livraison.objects.get().tentatives == 1


def test_late_calls_are_counted(m: f.Monde, sinistre: Sinistre) -> None:
    abonnement, _ = abonner(m.responsable, URL)
    dire(sinistre)
    assert compte_des_livraisons()["en_retard"] == 0
    Livraison.objects.update(cree_le=timezone.now() - dt.timedelta(hours=2))
    assert compte_des_livraisons()["en_retard"] == 1
    services.suspendre(acteur=m.responsable, uid=abonnement.uid)
    assert compte_des_livraisons()["en_retard"] == 0


# -- Reads ----------------------------------------------------------------------------------------------------------------------


def test_a_collectivite_follows_its_own_subscriptions(m: f.Monde, sinistre: Sinistre) -> None:
    chez_elle, _ = abonner(m.responsable, URL, nom="Chez elle", collectivite=m.collectivite)
    tous, _ = abonner(m.responsable, URL, nom="Tous")
    dire(sinistre)
    assert list(abonnements_visibles(m.mairie)) == [chez_elle] and set(abonnements_visibles(m.responsable)) == {chez_elle, tous}
    assert [vars(un)["numero"] for un in livraisons_visibles(m.mairie, chez_elle)] == [sinistre.numero]
    assert not livraisons_visibles(m.mairie, tous).exists() and not livraisons_visibles(m.mairie2, chez_elle).exists()
    for user in (m.mairie2, m.gestionnaire, m.payeur, m.assureur, m.admin):
        assert not abonnements_visibles(user).exists() and not en_defaut(user).exists()


def test_calls_about_ones_own_dossier_are_not_shown_nor_replayed(m: f.Monde, sinistre: Sinistre, recepteur: Recepteur) -> None:
    abonnement, _ = abonner(m.responsable, recepteur.url)
    (row,) = dire(sinistre)
    services.essayer(acteur=m.responsable, uid=abonnement.uid)
    livrer()
    m.agent.compte = m.responsable
    m.agent.save(update_fields=["compte"])
    assert [un.type for un in livraisons_visibles(m.responsable, abonnement)] == ["essai"]
    with pytest.raises(Livraison.DoesNotExist):
        services.rejouer(acteur=m.responsable, uid=abonnement.uid, livraison_id=row.pk)
    assert services.rejouer(acteur=m.responsable, uid=abonnement.uid, depuis=abonnement.cree_le) == 1
