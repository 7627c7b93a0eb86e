"""A medical word that somebody insists on writing in a message: who meets it, and who never does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.conf import settings as conf
from django.test import Client
from django.utils import timezone

from accounts.models import JetonApi, User
from accounts.selectors import token_digest
from cases.enums_message import RaisonMots
from cases.services import messages
from notifications.tasks import relever as send_mail
from tests import factories as f
from tests.canari import puits
from tests.canari.adresses import Valeurs, motifs
from tests.canari.jeu import entrer
from tests.canari.marche import Marcheur
from tests.canari.recherche import Canaris, Releve

pytestmark = pytest.mark.lent

LECTEURS = {"gestionnaire", "gestionnaire2", "responsable", "mairie"}
SUR_UN_DOSSIER = {
    "gestion:dossier", "gestion:fil", "gestion:messages", "gestion:lecteurs", "collectivite:dossier", "collectivite:messages",
    "collectivite:declare", "api:sinistre", "api:messages",
}  # fmt: skip
"""The addresses that show a dossier; what else says something of it is walked without a number."""
AILLEURS = {
    "gestion:accueil", "collectivite:accueil", "collectivite:dossiers", "gestion:boite-envoi", "gestion:clos-recents", "api:sinistres",
    "api:taches",
}  # fmt: skip
TABLES = {"public.cases_message"}
"""The one table that holds the text of a message. The API's answers wait in theirs for two days: nothing was sent by it here."""


@pytest.fixture
def releve() -> Releve:
    return Releve(Canaris.tirer("question", "reponse"))


def _par_jeton(user: User) -> dict[str, str]:
    secret = f"vigie_canari_{user.pk:020d}"
    demain = timezone.now() + dt.timedelta(days=1)
    JetonApi.objects.create(user=user, empreinte=token_digest(secret), libelle="essai", expire_le=demain)
    return {"Authorization": f"Token {secret}"}


def test_only_the_two_sides_of_a_conversation_meet_its_words(vraie_base: None, settings: Any, releve: Releve, admin_dsn: str) -> None:
    settings.MFA_REQUIRED, settings.STEP_UP_MINUTES = False, 0
    m, mots = f.monde(), releve.canaris
    sinistre = f.sinistre(m)
    journaux = puits.Journaux()
    with journaux.ecouter():
        entrer(m.mairie).post(
            f"/collectivite/dossiers/{sinistre.numero}/messages/",
            {"texte": f"Son entorse, {mots['question']}", "raison": RaisonMots.DEJA_CONNU, "etape": "apercu"},
        )
        messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=f"Son entorse, {mots['question']}", raison=RaisonMots.DEJA_CONNU.value)
        messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte=f"Reçu : {mots['reponse']}.")
        send_mail()
        valeurs = Valeurs({"numero": [sinistre.numero]})
        choisis = [motif for motif in motifs("project.urls_web") if motif.nom in SUR_UN_DOSSIER | AILLEURS]
        assert {motif.nom for motif in choisis} == SUR_UN_DOSSIER | AILLEURS
        for qui, user in m.people.items():
            Marcheur(qui, entrer(user), releve).parcourir([motif for motif in choisis if not motif.nom.startswith("api:")], valeurs)
            if qui not in ("medecin", "secretariat", "expert", "psychologue"):
                par_jeton = Marcheur(f"{qui} par jeton", Client(raise_request_exception=False), releve, _par_jeton(user))
                par_jeton.parcourir([motif for motif in choisis if motif.nom.startswith("api:")], valeurs)
        Marcheur("anonyme", entrer(None), releve).parcourir(choisis, valeurs)
    for qui in LECTEURS:
        assert releve.vus_par(qui) == releve.vus_par(f"{qui} par jeton") == {"question", "reponse"}, qui
    assert {qui for qui, vus in releve.trouves.items() if vus} == LECTEURS | {f"{qui} par jeton" for qui in LECTEURS}

    ailleurs = Releve(mots)
    contenus = dict(puits.tables(admin_dsn, "public"))
    for nom, contenu in contenus.items():
        if nom not in TABLES:
            ailleurs.lire("tables", nom, contenu)
    assert Releve(mots).lire("messages", "cases_message", contenus["public.cases_message"]) == {"question", "reponse"}
    puits.relever(ailleurs, "sessions", puits.sessions(admin_dsn, [conf.SECRET_KEY]))
    puits.relever(ailleurs, "courtier", puits.messages())
    puits.relever(ailleurs, "courriels", puits.courriels())
    ailleurs.lire("journaux", "lignes", "\n".join(journaux.lignes))
    assert len(journaux.lignes) > 50 and ailleurs.trouves == {}
