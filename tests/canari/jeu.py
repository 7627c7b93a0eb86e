"""The play: plant, walk both doors as everybody, break what can break, then look everywhere else."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import JetonApi, User
from accounts.selectors import token_digest
from cases.enums import GenreBranche
from cases.models import Branche, Tache
from documents.models import ListePieces
from journal.models import Evenement
from medical import stockage
from medical.enums import Finalite
from medical.models import Fichier
from medical.services import controles_fichiers, ouvertures
from notifications.models import Courriel
from notifications.tasks import relever as send_mail
from notifications.webhooks import consommation, livraison
from project.demonstration.depots import pdf
from tests import base
from tests.canari import puits
from tests.canari.adresses import Motif, Valeurs, motifs
from tests.canari.marche import Marcheur
from tests.canari.plantation import A_LA_BULLE, AU_WEB, Plante, deposer, lecteurs, piece_de, planter
from tests.canari.recherche import Releve

En = Callable[[], AbstractContextManager[None]]
INCONNU = "00000000-0000-4000-8000-000000000000"


@dataclass
class Bilan:
    """What the play found. `releve` holds readers and what they met; `marches` each walk by door and reader."""

    plante: Plante
    releve: Releve
    journaux: puits.Journaux
    marches: dict[tuple[str, str], Marcheur] = field(default_factory=dict)
    lus: dict[str, int] = field(default_factory=dict)
    pannes: dict[str, int] = field(default_factory=dict)


def jouer(en_bulle: En, journaux: puits.Journaux, dsn: str) -> Bilan:
    plante = planter(en_bulle)
    bilan = Bilan(plante, Releve(plante.canaris), journaux)
    bilan.lus["messages"] = puits.relever(bilan.releve, "courtier", puits.messages())
    send_mail()
    _appeler_les_logiciels()
    for urlconf, valeurs in (("project.urls_web", valeurs_du_web(plante)), ("project.urls_bulle", valeurs_de_la_bulle(plante))):
        for motif in motifs(urlconf):
            valeurs.chemins(motif)  # one that nobody knows how to fill is told before anybody walks
    _parcourir_le_web(bilan)
    with en_bulle():
        _parcourir_la_bulle(bilan)
        casser(bilan)
    _regarder_partout(bilan, dsn)
    return bilan


def _appeler_les_logiciels() -> None:
    """Every event handed to the consumer of webhooks itself: other tests' transactions may keep the outbox's horizon back. Then called."""
    for evenement in Evenement.objects.order_by("pk"):
        with transaction.atomic():
            consommation.handle(evenement)
    livraison.livrer()


# -- Walks ----------------------------------------------------------------------------------------------------------------------


def entrer(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def a_parcourir(urlconf: str, user: User | None) -> list[Motif]:
    """Everything of a URL conf but, for people signed in, what would sign them out."""
    return [motif for motif in motifs(urlconf) if user is None or not motif.est_exclu]


def _parcourir_le_web(bilan: Bilan) -> None:
    valeurs = valeurs_du_web(bilan.plante)
    for qui, user in lecteurs(bilan.plante, AU_WEB).items():
        marcheur = bilan.marches["web", qui] = Marcheur(qui, entrer(user), bilan.releve)
        marcheur.parcourir(a_parcourir("project.urls_web", user), valeurs)
        if user is not None:
            par_jeton = Marcheur(qui, Client(raise_request_exception=False), bilan.releve, {"Authorization": f"Token {_jeton(user)}"})
            bilan.marches["api", qui] = par_jeton
            par_jeton.parcourir([motif for motif in motifs("project.urls_web") if motif.nom.startswith("api:")], valeurs)


def _jeton(user: User) -> str:
    secret = f"vigie_canari_{user.pk:020d}"
    demain = timezone.now() + dt.timedelta(days=1)
    JetonApi.objects.create(user=user, empreinte=token_digest(secret), libelle="essai", expire_le=demain)
    return secret


def _parcourir_la_bulle(bilan: Bilan) -> None:
    p = bilan.plante
    valeurs = valeurs_de_la_bulle(p)
    for qui, user in lecteurs(p, A_LA_BULLE).items():
        client = entrer(user)
        if user is not None:
            for sinistre in (p.sinistre, p.frais, p.anterieur):
                for finalite in Finalite.values:
                    _tenter_d_ouvrir(client, user, sinistre, finalite)
        marcheur = bilan.marches["bulle", qui] = Marcheur(qui, client, bilan.releve)
        marcheur.parcourir(a_parcourir("project.urls_bulle", user), valeurs)


def _tenter_d_ouvrir(client: Client, user: User, sinistre: Any, finalite: str) -> None:
    """Tell a purpose for every dossier, as his page would: whoever has nothing to read there is refused."""
    try:
        ouvertures.ouvrir(acteur=user, sinistre=sinistre, session=client.session.empreinte, finalite=finalite)  # type: ignore[attr-defined]
    except (ouvertures.Refus, ouvertures.DonneeInvalide):
        return


# -- What breaks ----------------------------------------------------------------------------------------------------------------


def casser(bilan: Bilan) -> None:
    """Inside, by those who may read: no key, another key, no store, no antivirus, a tampered file, a table that refuses. None speaks."""
    p = bilan.plante
    for panne, reglages in PANNES.items():
        with override_settings(**reglages):
            for qui in ("medecin", "secretariat", "expert"):
                client = entrer(p.m.people[qui])
                for sinistre in (p.sinistre, p.frais):
                    _tenter_d_ouvrir(client, p.m.people[qui], sinistre, {"expert": "EXPERTISE", "medecin": "AVIS"}.get(qui, "CONTROLE"))
                marcheur = Marcheur(f"panne {panne}", client, bilan.releve)
                for uid in p.objets["uids"]:
                    marcheur.demander("get", f"/fichiers/{uid}/?original=oui", suivre=False)
                marcheur.demander("get", f"/avis/{p.objets['avis'].pk}/", suivre=False)
                marcheur.demander("get", f"/missions/{p.objets['mission'].pk}/", suivre=False)
            _deposer_en_panne(bilan, panne)
    _fausser(bilan)


PANNES: dict[str, dict[str, Any]] = {
    "sans clé": {"MEDICAL_KEYS": []},
    "autre clé": {"MEDICAL_KEYS": ["autre:" + base64.b64encode(b"x" * 32).decode()]},
    "clé fausse": {"MEDICAL_KEYS": ["test:" + base64.b64encode(b"y" * 32).decode()]},
    "stockage": {"S3_MEDICAL_ENDPOINT_URL": "http://127.0.0.1:1"},
    "antivirus": {"CLAMD_URL": "tcp://127.0.0.1:1"},
}


def _deposer_en_panne(bilan: Bilan, panne: str) -> None:
    """A deposit and a check while it lasts."""
    p = bilan.plante
    secret = p.objets["secrets_de_panne"].pop()
    reponse = deposer(secret, f"{p.canaris['nom_piece']}.pdf", pdf([p.canaris["contenu_piece"]]))
    bilan.releve.lire(f"panne {panne}", "PUT /depots/", bytes(reponse.content))
    bilan.pannes[panne] = reponse.status_code
    for fichier in Fichier.objects.filter(etat="CONTROLE"):
        controles_fichiers.controler(fichier.pk)


def _fausser(bilan: Bilan) -> None:
    """A byte of a ciphertext is turned on the store, and the row of another is refused by the database while it is written."""
    p = bilan.plante
    fichier = Fichier.objects.get(uid=p.objets["uids"][0])
    nom = stockage.content_name(fichier.objet)
    brut = bytearray(b"".join(stockage.ouvrir(nom).morceaux()))
    brut[len(brut) // 2] ^= 1
    stockage.deposer(nom, io.BytesIO(bytes(brut)), hashlib.sha256(bytes(brut)).hexdigest())
    client = entrer(p.m.medecin)
    _tenter_d_ouvrir(client, p.m.medecin, p.sinistre, "AVIS")
    marcheur = Marcheur("panne fichier faussé", client, bilan.releve)
    reponse = marcheur.demander("get", f"/fichiers/{fichier.uid}/?original=oui", suivre=False)
    bilan.pannes["fichier faussé"] = reponse.status_code if reponse is not None else 0

    def refuser(execute: Any, requete: str, *suite: Any) -> Any:
        if requete.startswith("INSERT") and "medical_fichier" in requete:
            raise DatabaseError("refused by the test")
        return execute(requete, *suite)

    with connection.execute_wrapper(refuser):
        _deposer_en_panne(bilan, "base")


# -- What to put in the addresses -----------------------------------------------------------------------------------------------


def _communes(p: Plante) -> dict[str, list[Any]]:
    return {
        "numero": [p.sinistre.numero, p.anterieur.numero, p.frais.numero],
        "piece_id": [piece_de(p.sinistre, "certificat-medical-initial").pk, p.objets["piece_administrative"].pk],
        "depot_id": [p.objets["depot"].pk],
        "tache_id": list(Tache.objects.filter(sinistre=p.sinistre).order_by("pk").values_list("pk", flat=True)[:3]),
        "avis_id": [p.objets["avis"].pk, p.objets["avis_frais"].pk],
        "jeton_id": [1], "key": ["cle"], "uidb36": ["1"], "pk": [1], "provider_id": ["psc"],
    }  # fmt: skip


def valeurs_du_web(p: Plante) -> Valeurs:
    liste = ListePieces.objects.filter(contrat=p.m.contrat).order_by("-version")[:1].get()
    bordereau = [p.objets["bordereau"].numero]
    portes = [f"{porte}:bordereau{suite}:numero" for porte in ("gestion", "collectivite") for suite in ("", "-pdf", "-csv")]
    propres: dict[str, list[Any]] = dict.fromkeys(portes, bordereau)
    for nom in ("prendre", "rendre"):
        propres[f"api:{nom}:id"] = [Tache.objects.filter(sinistre=p.sinistre).order_by("pk")[:1].get().pk]
    for nom in ("decompte", "approuver", "rejeter"):
        propres[f"api:{nom}:id"] = [p.objets["decompte"].pk]
    for nom in ("bordereau", "bordereau-fichier", "regler"):
        propres[f"api:{nom}:id"] = [p.objets["bordereau"].pk]
    remise = p.objets["virements"]
    for nom in ("remise", "remise-signer", "remise-abandonner", "remise-fichier"):
        propres |= {f"gestion:{nom}:numero": [remise.numero], f"api:{nom}:id": [remise.pk]}
    for nom in ("compte", "compte-confirmer", "compte-ecarter"):
        propres[f"api:{nom}:id"] = [p.objets["compte"].pk]
    propres |= {"gestion:virement-constater:numero": [remise.numero], "api:virement-constater:id": [remise.virements.get().pk]}
    propres["api:retour:id"] = [p.objets["releve"].pk]
    propres |= {"api:prise-en-charge-retirer:id": [p.objets["prise"].pk], "gestion:frais-payer:numero": [p.frais.numero]}
    for nom, cle in (("arret-connu-annuler", "connu"), ("constat-annuler", "paie")):
        propres[f"api:{nom}:id"] = [p.objets[cle].pk]
    for nom in ("modele", "modele-apercu", "modele-preparer", "modele-revenir"):
        propres[f"gestion:{nom}:genre"] = ["PIECES_DEMANDEES", "RECAPITULATIF"]
    abonnement = [p.objets["abonnement"].uid]
    for nom in ("webhook", "webhook-modifier", "webhook-secret", "webhook-rejouer", "webhook-livraison", "webhook-geste"):
        propres[f"gestion:{nom}:uid"] = abonnement
    propres |= {"gestion:webhook-geste:nom": ["vu", "essayer"], "gestion:webhook-livraison:livraison_id": [p.objets["appel"].pk]}
    propres |= {"api:webhook-livraisons:uid": abonnement, "api:webhook-rejouer:uid": abonnement}
    communes = _communes(p)
    return Valeurs(
        communes
        | {
            "gabarit_id": p.objets["gabarits"], "forme": ["seul", "recapitulatif"],
            "compte_id": [p.objets["compte"].pk], "virement_id": [remise.virements.get().pk], "retour_id": [p.objets["releve"].pk],
            "facture": [p.objets["facture"]], "prise_id": [p.objets["prise"].pk],
            "id": communes["piece_id"], "decompte_id": [p.objets["decompte"].pk], "courrier_id": [p.objets["courrier"].pk],
            "agent_id": [p.m.agent.pk], "collectivite_id": [p.m.collectivite.pk], "contrat_id": [p.m.contrat.pk],
            "courriel_id": [p.objets["rendu"].pk, *Courriel.objects.order_by("-pk").values_list("pk", flat=True)[:3]], "vue_id": [1],
            "adresse_id": [p.objets["refusee"].pk],
            "reponse_id": [p.objets["reponse"].pk],
            "arret_id": [p.objets["connu"].pk], "montant_id": [p.objets["paie"].pk], "fichier": ["arrets", "decomptes-cpam"],
            "lot": ["inconnu"], "rang": [0], "code": ["equipe", "a-instruire"], "nom": ["clore", "valider"], "brouillon_id": [INCONNU],
            "etape": ["agent"], "app_label": ["accounts", "documents"], "url": ["x"], "content_type_id": [1],
            "lien_id": [p.objets["lien"].pk], "liste_id": [liste.pk], "ligne_id": [liste.exigences.order_by("pk")[:1].get().pk],
            "anomalie_id": [1], "medecin_id": [1], "genre": ["contre_visite"],
            "uid": [str(b.uid) for b in Branche.objects.exclude(genre=GenreBranche.SOUTIEN).order_by("-pk")[:2]] or [INCONNU],
        },
        propres,
    )  # fmt: skip


def valeurs_de_la_bulle(p: Plante) -> Valeurs:
    communes = _communes(p)
    return Valeurs(
        communes
        | {
            "piece_id": [*communes["piece_id"], piece_de(p.frais, "facture-soins").pk],
            "uid": p.objets["uids"], "delegation_id": [1],
            "mission_id": [p.objets["mission"].pk, p.objets["mission_rendue"].pk],
            "admission_id": [1], "habilitation_id": [1], "lien_id": [p.objets["remise"].lien.pk],
        },
        {f"bulle:{nom}:uid": [p.objets["soutien"].uid] for nom in ("soutien", "soutien-suivi")},
    )  # fmt: skip


# -- Everywhere else ------------------------------------------------------------------------------------------------------------


def _regarder_partout(bilan: Bilan, dsn: str) -> None:
    secrets = [settings.SECRET_KEY, base.bulle_settings()["SECRET_KEY"]]
    for qui, contenus in (
        ("tables publiques", puits.tables(dsn, "public")),
        ("tables médicales", puits.tables(dsn, "medical")),
        ("sessions", puits.sessions(dsn, secrets)),
        ("bucket administratif", puits.bucket_administratif()),
        ("bucket médical", puits.bucket_medical()),
        ("courtier", puits.messages()),
        ("courriels", puits.courriels()),
        ("appels aux logiciels", puits.appels()),
    ):
        bilan.lus[qui] = puits.relever(bilan.releve, qui, contenus)
    bilan.lus["journaux"] = len(bilan.journaux.lignes)
    for ligne in bilan.journaux.lignes:
        bilan.releve.lire("journaux", ligne[:80], ligne)


REGLAGES: dict[str, Any] = {"MFA_REQUIRED": False, "STEP_UP_MINUTES": 0, "CLAMD_URL": "", "DEMO": True}


def en_scene() -> AbstractContextManager[Any]:
    return override_settings(**REGLAGES)
