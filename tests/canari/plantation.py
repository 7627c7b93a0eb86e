"""A dossier full of medical words, planted through the real services by those who would write them, each in his own process."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from cases.models import Sinistre
from cases.services import avis as referrals
from cases.services import messages, reponses_types
from cases.services.notes import annoter
from documents import listes, storage
from documents.annonces import Annonce
from documents.models import Depot, Piece
from documents.services import courriers, depots, laissez_passer
from documents.services import reclassement as sortie
from documents.services.extraits import Extrait
from indemnities.rules_constats import LigneArret, LigneMontant
from indemnities.services import comptes
from indemnities.services.comptes import Rib
from medical.enums import Finalite
from medical.models import Fichier
from medical.services import controles, controles_fichiers, factures, liens, opinions, ouvertures, reclassement
from medical.services.depots import deposer_rapport
from notifications import services_gabarits
from notifications.defauts import ouvrir_taches_des_defauts
from notifications.models import AdresseEnDefaut, Courriel
from notifications.rebonds.constats import constater
from notifications.rebonds.lecture import Action, Rebond
from notifications.webhooks import services as webhooks
from notifications.webhooks.catalogue import TYPES
from notifications.webhooks.services import Reglages
from project.demonstration.depots import pdf
from tests import expertises
from tests import factories as f
from tests.canari.recherche import Canaris
from tests.canari.soutien import PLACES_SOUTIEN, planter_soutien
from tests.dehors import dehors
from tests.documents.conftest import put
from tests.indemnities.virements import camt053, ecriture, emise, iban, payeur_cdg
from tests.notifications.retours import parti
from workflows import bordereaux_fichiers, constats, frais, moteur, payments, retours
from workflows.branches.expertise import bulle

PLACES = (
    "nom_piece", "contenu_piece", "nom_agent", "contenu_agent", "nom_anterieur", "contenu_anterieur", "nom_volet", "contenu_volet",
    "nom_facture", "contenu_facture", "praticien", "actes", "opinion", "questions", "questions_rendues", "conclusions", "nom_rapport",
    "contenu_rapport", *PLACES_SOUTIEN,
)  # fmt: skip
LAISSEZ_PASSER, LIEN, DOSSIER = SECRETS = ("secret_ecran", "secret_lien", "secret_dossier")
"""Secrets of one-time rights are searched like canaries: each is shown once, to whoever asked for it, and then nowhere."""

SESSION = "c" * 40
CERTIFICAT = "certificat-medical-initial"

En = Callable[[], AbstractContextManager[None]]


@dataclass
class Plante:
    """What was planted, by key, for those who walk through it."""

    m: f.Monde
    canaris: Canaris
    sinistre: Sinistre
    anterieur: Sinistre
    frais: Sinistre
    ailleurs: Sinistre
    objets: dict[str, Any] = field(default_factory=dict)


def piece_de(sinistre: Sinistre, code: str) -> Piece:
    return Piece.objects.select_related("sinistre__collectivite", "sinistre__agent").get(sinistre=sinistre, code=code)


def planter(en_bulle: En) -> Plante:
    """Begin in the web's process; `en_bulle` is where the bulle's acts are done."""
    m = f.monde()
    for chemin in sorted(listes.FOLDER.glob("*.toml"), key=lambda fichier: listes.read(fichier).version):
        listes.load(acteur=None, chemin=chemin, contrat=m.contrat)
    abonnement, _ = webhooks.creer(acteur=m.responsable, reglages=Reglages("SIRH", "https://sirh.example/", list(TYPES)))
    il_y_a = timezone.localdate() - dt.timedelta(days=200)
    p = Plante(
        m,
        Canaris.tirer(*PLACES),
        anterieur=f.sinistre(m, "AS", arret=f.arret_demande(il_y_a)),
        sinistre=f.sinistre(m, "AS"),
        frais=f.sinistre(m, "FM", arret=None),
        ailleurs=f.sinistre(m, "CMO", par=m.mairie2, de=m.autre_agent),
    )
    p.objets["abonnement"], p.objets["appel"] = abonnement, webhooks.essayer(acteur=m.responsable, uid=abonnement.uid)
    _administratif(p)
    _volet(p)
    with en_bulle():
        f.admit(m.medecin, m.secretariat, m.expert, m.psychologue)
        p.objets["medecin2"] = f.person(Role.MEDECIN_CONSEIL)
        p.objets["expert2"] = f.person(Role.EXPERT)
    _pieces_medicales(p, en_bulle)
    sortie.reclasser(acteur=m.gestionnaire, depot=p.objets["depot"])
    with en_bulle():
        assert reclassement.entrer(p.objets["depot"].pk)
        _controler_fichiers()
        _dans_la_bulle(p)
    frais.payer(acteur=m.gestionnaire, numero=p.frais.numero, facture=p.objets["facture"])
    return p


# -- Outside ------------------------------------------------------------------------------------------------------------------


def _gabarits(m: f.Monde) -> list[int]:
    """A published version of the words of an e-mail, and the draft of the next."""
    publie = services_gabarits.preparer(acteur=m.responsable, genre="PIECES_DEMANDEES")
    services_gabarits.publier(acteur=m.responsable, gabarit_id=publie.pk, vu=publie.ecrit_le)
    return [publie.pk, services_gabarits.preparer(acteur=m.responsable, genre="PIECES_DEMANDEES").pk]


def _retours(p: Plante) -> tuple[Courriel, AdresseEnDefaut]:
    """An e-mail about the dossier that came back, and the address that refused it."""
    rendu = parti(sinistre=p.sinistre)
    assert constater(Rebond(frozenset({rendu.adresse}), Action.ECHEC, "5.1.1", frozenset({rendu.message_id})))
    ouvrir_taches_des_defauts()
    return rendu, AdresseEnDefaut.objects.get()


def _administratif(p: Plante) -> None:
    """What surrounds the medical words outside: notes, money, late paper, referrals. None of it is a canary."""
    m = p.m
    annoter(acteur=m.gestionnaire, sinistre=p.sinistre, texte="La collectivité rappelle lundi.")
    messages.ecrire(acteur=m.mairie, sinistre=p.sinistre, texte="Quand serons-nous remboursés ?")
    messages.ecrire(acteur=m.gestionnaire, sinistre=p.sinistre, texte="Dès que l’arrêté sera là.")
    p.objets["gabarits"] = _gabarits(m)
    p.objets["rendu"], p.objets["refusee"] = _retours(p)
    p.objets["reponse"] = reponses_types.enregistrer(acteur=m.responsable, titre="Arrêté manquant", texte="Il manque l’arrêté.")
    for nom, sinistre in (("avis", p.sinistre), ("avis_frais", p.frais)):
        p.objets[nom] = referrals.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question="IMPUTABILITE")
    arret = p.ailleurs.arrets.get()
    decompte = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=p.ailleurs.numero, debut=arret.debut, fin=arret.fin, montant=Decimal("100"), explication="Essai"
    )
    payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)
    p.objets["decompte"] = decompte
    p.objets["bordereau"] = payments.composer_bordereau(
        acteur=m.payeur, collectivite=m.autre_collectivite, contrat=m.contrat, decompte_ids=[decompte.pk]
    )
    bordereaux_fichiers.fabriquer(p.objets["bordereau"].pk)
    _virements(p)
    p.objets["prise"] = frais.donner_prise_en_charge(
        acteur=m.mairie, numero=p.sinistre.numero, debut=p.sinistre.survenance, fin=timezone.localdate()
    )
    p.objets["connu"] = constats.saisir_arret(
        acteur=m.mairie, agent_id=p.sinistre.agent_id, ligne=LigneArret("CMO", dt.date(2024, 3, 4), dt.date(2024, 3, 8), dispense="LEGALE")
    )
    jour = p.sinistre.survenance
    p.objets["paie"] = constats.saisir_montant(
        acteur=m.mairie, numero=p.sinistre.numero, ligne=LigneMontant("PAIE", jour, jour, Decimal("80.00"), "Bulletin")
    )
    p.objets["courrier"] = courriers.enregistrer(
        acteur=m.gestionnaire, canal="POSTE", expediteur="Mairie", objet="Arrêté", recu_le=timezone.localdate(), collectivite=m.collectivite
    )


def _virements(p: Plante) -> None:
    """The same bordereau in a transfer, its file at the bank, an answer read; then the contract is the insurer's again."""
    m = p.m
    payeur_cdg(m)
    p.objets["virements"] = emise(m, p.objets["bordereau"])
    p.objets["releve"], _ = retours.importer(acteur=m.payeur, contenu=camt053(ecriture("AUTRE", "1.00")))
    p.objets["compte"] = comptes.saisir(acteur=m.payeur, collectivite=m.collectivite, rib=Rib("Mairie", iban(9)))
    m.contrat.mode_reglement = "ASSUREUR"
    m.contrat.save(update_fields=["mode_reglement"])


def _volet(p: Plante) -> None:
    """The mistake: the medical volet of a certificate, sent where everybody looks. `planter` has it moved once it is there."""
    piece = Piece.objects.filter(sinistre=p.sinistre).exclude(visibilite="M").order_by("pk")[:1].get()
    contenu = pdf([p.canaris["contenu_volet"]])
    depot = depots.annoncer_depot(
        acteur=p.m.mairie, piece=piece, nom=f"{p.canaris['nom_volet']}.pdf", type="application/pdf", taille=len(contenu)
    )
    assert put(storage.presign_put(depot), contenu) == 200
    depots.confirmer(acteur=p.m.mairie, depot=depot)
    assert depots.controler(depot.pk) == "DISPONIBLE"
    p.objets |= {"piece_administrative": piece, "depot": Depot.objects.get(pk=depot.pk)}


# -- Inside -------------------------------------------------------------------------------------------------------------------


def deposer(secret: str, nom: str, contenu: bytes) -> Any:
    """As the page of the collectivité or of the agent does it: straight to the bulle's address."""
    en_tetes = {"X-Vigie-Laissez-Passer": secret, "X-Vigie-Nom": quote(nom)}
    return Client().generic("PUT", "/depots/", contenu, content_type="application/pdf", headers=en_tetes)


def _pieces_medicales(p: Plante, en_bulle: En) -> None:
    """By the collectivité's screen, by the agent's link, an invoice; and the earlier dossier's certificate, which no referral includes."""
    m = p.m
    portes = {
        "piece": laissez_passer.delivrer(acteur=m.mairie, piece=piece_de(p.sinistre, CERTIFICAT)),
        "agent": laissez_passer.delivrer_lien(acteur=m.gestionnaire, piece=piece_de(p.sinistre, CERTIFICAT)),
        "anterieur": laissez_passer.delivrer(acteur=m.mairie, piece=piece_de(p.anterieur, CERTIFICAT)),
        "facture": laissez_passer.delivrer(acteur=m.mairie, piece=piece_de(p.frais, "facture-soins")),
    }
    p.objets["lien"] = portes["agent"][0]
    # For the deposits that fail, later: each panne has a right of its own.
    p.objets["secrets_de_panne"] = [laissez_passer.delivrer(acteur=m.mairie, piece=piece_de(p.anterieur, CERTIFICAT))[1] for _ in range(6)]
    p.canaris.mots.update({LAISSEZ_PASSER: portes["piece"][1], LIEN: portes["agent"][1]})
    with en_bulle():
        for place, (_, secret) in portes.items():
            reponse = deposer(secret, f"{p.canaris[f'nom_{place}']}.pdf", pdf([p.canaris[f"contenu_{place}"]]))
            assert reponse.status_code == 201, reponse.content


def _controler_fichiers() -> None:
    """As the bulle's worker does."""
    for fichier in Fichier.objects.filter(etat="CONTROLE"):
        assert controles_fichiers.controler(fichier.pk) == "DISPONIBLE"


def _dans_la_bulle(p: Plante) -> None:
    m, c = p.m, p.canaris
    expert2 = p.objets["expert2"]
    for sinistre in (p.sinistre, p.frais):
        ouvertures.ouvrir(acteur=m.medecin, sinistre=sinistre, session=SESSION, finalite=Finalite.AVIS)
        ouvertures.ouvrir(acteur=m.secretariat, sinistre=sinistre, session=SESSION, finalite=Finalite.CONTROLE)
    rendue = expertises.confiee(m, p.sinistre, expert2, questions=c["questions_rendues"])
    p.objets["mission_rendue"] = rendue
    ouvertures.ouvrir(acteur=expert2, sinistre=p.sinistre, session=SESSION, finalite=Finalite.EXPERTISE)
    rapport = pdf([c["contenu_rapport"]])
    deposer_rapport(
        acteur=expert2, mission=rendue, annonce=Annonce(f"{c['nom_rapport']}.pdf", "application/pdf", len(rapport)), morceaux=[rapport]
    )
    _controler_fichiers()
    bulle.rendre_rapport(acteur=expert2, mission=rendue, session=SESSION, conclusions=c["conclusions"])
    assert rendue.branche is not None
    with dehors():  # one at a time on a dossier: what follows the report is another day's
        moteur.demander_abandon(acteur=m.responsable, branche=rendue.branche, motif="Une nouvelle expertise est demandée")
    p.objets["mission"] = expertises.confiee(m, p.sinistre, m.expert, questions=c["questions"])
    opinions.rendre(
        acteur=m.medecin, avis=p.objets["avis"], session=SESSION, sens="FAVORABLE", conclusion="L’accident est imputable au service.",
        texte=c["opinion"], lue_le=None,
    )  # fmt: skip
    jour = timezone.localdate() - dt.timedelta(days=5)
    controles.decider(
        acteur=m.secretariat, piece=piece_de(p.sinistre, CERTIFICAT), session=SESSION, conforme=True, extrait=Extrait(etabli_le=jour)
    )
    facture = Fichier.objects.select_related("piece__sinistre", "cle").get(sinistre=p.frais)
    saisie = factures.saisir(
        acteur=m.secretariat, fichier=facture, session=SESSION, praticien=c["praticien"], actes=c["actes"],
        extrait=Extrait(etabli_le=jour, montant=Decimal("42.50"), tiers_payant=True),
    )  # fmt: skip
    p.objets["facture"] = saisie.extrait_id
    remise = liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=p.sinistre)
    p.objets["remise"] = remise
    p.canaris.mots[DOSSIER] = remise.secret
    p.objets["soutien"] = planter_soutien(m, remise.lien, c)
    p.objets["uids"] = list(Fichier.objects.order_by("pk").values_list("uid", flat=True))


ENTIER = frozenset(PLACES) - frozenset(PLACES_SOUTIEN) - {"nom_anterieur", "contenu_anterieur", "nom_volet", "contenu_volet"}
"""The words of the dossiers referred, without the earlier dossier and without the misfiled volet's name, which is forgotten."""

PERMIS: dict[str, frozenset[str]] = {
    "medecin": ENTIER | {"contenu_volet"},
    "secretariat": frozenset({"nom_piece", "contenu_piece", "nom_agent", "contenu_agent", "nom_anterieur", "contenu_anterieur"})
    | {"contenu_volet", "nom_facture", "contenu_facture", "praticien", "actes", "contact_soutien"},
    "expert": frozenset({"nom_piece", "contenu_piece", "nom_agent", "contenu_agent", "questions"}),
    "psychologue": frozenset(PLACES_SOUTIEN),
}
"""Who may read which words. Nobody else reads any."""

PERMIS_EN_PANNE: dict[str, frozenset[str]] = {
    "panne antivirus": frozenset().union(*PERMIS.values()),
    "panne stockage": frozenset(place for place in frozenset().union(*PERMIS.values()) if not place.startswith("contenu")),
}
"""The same three readers while something is down: without an antivirus what is there is still read, without the store its names and
texts are. Without the key, nothing."""


AUCUN: frozenset[str] = frozenset()

AU_WEB = ("anonyme", "gestionnaire", "mairie", "mairie2", "assureur", "admin", "medecin")
A_LA_BULLE = ("anonyme", "medecin", "medecin2", "secretariat", "expert", "expert2", "psychologue", "gestionnaire", "mairie")
"""Who walks in an ordinary run: a person of each kind. `make prove` has everybody walk everywhere."""


def lecteurs(p: Plante, porte: tuple[str, ...]) -> dict[str, User | None]:
    tous: dict[str, User | None] = {"anonyme": None, **p.m.people, "medecin2": p.objets["medecin2"], "expert2": p.objets["expert2"]}
    return {qui: user for qui, user in tous.items() if qui in porte or os.environ.get("VIGIE_PROVE")}
