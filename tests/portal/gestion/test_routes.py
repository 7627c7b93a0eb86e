"""Every address of the door × every role, from one table; an address that the table does not know fails."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.enums import GenreTache
from cases.models import MedecinAgree, Tache
from cases.services import avis as avis_service
from cases.services import reponses_types
from documents.models import AnomalieStockage, Depot, ListePieces, Piece
from documents.services import courriers, laissez_passer, listes
from indemnities.rules_constats import LigneArret, LigneMontant
from indemnities.services import comptes
from indemnities.services.comptes import Rib
from notifications import services_gabarits
from notifications.models import AdresseEnDefaut, Courriel
from notifications.webhooks import services as webhooks
from notifications.webhooks.services import Reglages
from portal.gestion.services import enregistrer_vue
from portal.gestion.urls import urlpatterns
from tests import factories as f
from tests.indemnities.virements import bordereau as virable
from tests.indemnities.virements import camt053, ecriture, iban, payeur_cdg
from tests.indemnities.virements import remise as remise_de
from workflows import constats, frais, payments, retours
from workflows.branches.contre_visite import demande as contre_visites

CDG = {"gestionnaire", "gestionnaire2", "responsable", "payeur", "payeur2"}
INSTRUCTION = {"gestionnaire", "gestionnaire2", "responsable"}
APPROBATION = {"responsable", "payeur", "payeur2"}
CONTRATS = CDG | {"admin"}
CALCUL = CDG
RESPONSABLE = {"responsable"}

ROUTES: dict[str, set[str]] = {
    **dict.fromkeys(
        ["accueil", "file", "nouveaux", "enregistrer-vue", "supprimer-vue", "collectivites", "prendre", "rendre", "ressortir", "reprendre",
         "formulaire-ressortir", "formulaire-terminer", "terminer",
         "lot", "lot-lancer", "lot-tranche", "dossier", "fil", "lecteurs", "noter", "acte", "bordereaux",
         "bordereau", "delais-remboursement", "bordereau-pdf", "bordereau-csv", "recherche", "clos-recents", "decompte-saisir", "calcul",
         "faits-droits", "decompte", "constats", "procedure", "prises-en-charge",
         "prise-en-charge", "capital"], CDG),
    **dict.fromkeys(
        ["faits", "formulaire-attribuer", "attribuer", "piece-decider", "depot-annoncer", "depot-confirmer", "depot-suivi", "fichier",
         "avis-confier", "avis-rappeler", "avis-lu", "declarer", "declarer-agent", "corbeille", "courrier-annoncer", "courrier",
         "courrier-classer", "courrier-sans-suite", "agents", "agent", "reclasser", "lien-donner", "lien-revoquer",
         "arrets-connus", "arret-connu-annuler", "constat-annuler", "importer", "importer-confirmer",
         "citis", "citis-acte", "suivi", "suivi-exporter",
         "frais", "frais-indus", "frais-payer", "prise-en-charge-retirer",
         "procedure-demander", "procedure-acte", "procedure-abandonner", "medecins", "medecin-nouveau", "medecin",
         "messages", "message-sans-reponse", "relances-suspendre", "relances-reprendre"], INSTRUCTION),
    **dict.fromkeys(
        ["boite-envoi", "courriel", "courriel-renvoyer", "courriel-classer", "adresses-refusees", "adresse-retablir", "adresse-corrigee"],
        INSTRUCTION),
    **dict.fromkeys(["decompte-approuver", "decompte-rejeter", "signatures", "paiements"], APPROBATION),
    **dict.fromkeys(["contrats", "contrat", "collectivite", "listes", "liste", "liste-apercu", "relances"], CONTRATS),
    **dict.fromkeys(
        ["liste-preparer", "liste-publier", "liste-abandonner", "liste-bascule", "liste-ligne-nouvelle", "liste-ligne",
         "liste-ligne-supprimer", "relances-nouveau"], RESPONSABLE),
    **dict.fromkeys(
        ["remises", "remise-composer", "remise", "remise-signer", "remise-abandonner", "remise-fichier", "virement-constater", "retours",
         "retour", "retour-fichier", "compte-nouveau", "compte-confirmer", "compte-ecarter"], APPROBATION),
    "comptes": CDG,
    **dict.fromkeys(["reponses-types", "reponse-type-nouvelle", "reponse-type"], RESPONSABLE),
    **dict.fromkeys(
        ["modeles", "modele", "modele-apercu", "modele-preparer", "modele-revenir", "modele-version", "modele-version-apercu",
         "modele-publier", "modele-abandonner"], RESPONSABLE),
    **dict.fromkeys(["incidents", "incident-resoudre"], RESPONSABLE),
    **dict.fromkeys(
        ["webhooks", "webhook-nouveau", "webhook", "webhook-modifier", "webhook-secret", "webhook-rejouer", "webhook-livraison",
         "webhook-geste"], RESPONSABLE),
}  # fmt: skip

POSTS = {
    "modele-preparer", "modele-revenir", "modele-publier", "modele-abandonner",
    "remise-signer", "remise-abandonner", "remise-fichier", "virement-constater", "retour-fichier", "compte-confirmer", "compte-ecarter",
    "enregistrer-vue", "supprimer-vue", "prendre", "rendre", "ressortir", "reprendre", "terminer", "attribuer",
    "lot", "lot-lancer", "lot-tranche", "importer-confirmer",
    "message-sans-reponse", "relances-suspendre", "relances-reprendre",
    "noter", "piece-decider", "depot-annoncer", "depot-confirmer", "avis-confier", "avis-rappeler", "avis-lu", "courrier-annoncer",
    "faits", "liste-preparer", "liste-publier", "liste-abandonner", "liste-ligne-supprimer",
    "courrier-classer", "courrier-sans-suite", "decompte-approuver", "decompte-rejeter", "lien-donner", "lien-revoquer",
    "frais-indus", "frais-payer", "prise-en-charge-retirer",
    "webhook-secret", "webhook-rejouer", "webhook-livraison", "webhook-geste",
    "courriel-renvoyer", "courriel-classer", "adresse-retablir", "adresse-corrigee",
    "incident-resoudre", "citis-acte", "suivi-exporter", "procedure-acte", "procedure-abandonner",
}  # fmt: skip


@pytest.fixture
def arguments(m: f.Monde) -> dict[str, list[Any]]:
    """Real objects for every address."""
    sinistre = f.sinistre(m)
    tache = Tache.objects.get(sinistre=sinistre, genre=GenreTache.INSTRUIRE)
    piece = Piece.objects.filter(sinistre=sinistre).order_by("pk")[0]
    accident = f.sinistre(m, "AS", de=f.agent(m.collectivite))
    medicale = Piece.objects.select_related("sinistre").get(sinistre=accident, visibilite="M")
    lien, _ = laissez_passer.delivrer_lien(acteur=m.gestionnaire, piece=medicale)
    prise = frais.donner_prise_en_charge(acteur=m.gestionnaire, numero=accident.numero, debut=accident.survenance, fin=accident.survenance)
    depot = Depot.objects.create(piece=piece, nom="a.pdf", type="application/pdf", taille=10, depose_par=m.mairie)
    avis = avis_service.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question="JUSTIFICATION")
    decompte = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=sinistre.survenance, fin=sinistre.survenance,
        montant=Decimal("10"), explication="Essai",
    )  # fmt: skip
    autre = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=sinistre.survenance + dt.timedelta(days=1),
        fin=sinistre.survenance + dt.timedelta(days=1), montant=Decimal("11"), explication="Essai",
    )  # fmt: skip
    payments.approuver_decompte(acteur=m.payeur, decompte_id=autre.pk)
    bordereau = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[autre.pk])
    courrier = courriers.enregistrer(
        acteur=m.gestionnaire, canal="POSTE", expediteur="Mairie", objet="Certificat", recu_le=sinistre.declare_le
    )
    courriel = Courriel.objects.create(
        cle="essai", genre="MESSAGE", etat="ABANDONNE", adresse="a@test.example", objet="Essai", texte="…", message_id="<1@x>"
    )
    refusee = AdresseEnDefaut.objects.create(adresse="a@test.example", genre="REBOND")
    incident = AnomalieStockage.objects.create(genre="OBJET_ABSENT", objet="pieces/x", depot=depot)
    reponse = reponses_types.enregistrer(acteur=m.responsable, titre="Essai", texte="Bonjour.")
    vue = enregistrer_vue(acteur=m.gestionnaire, nom="Essai", file="equipe", parametres={}, partagee=True)
    numero = sinistre.numero
    procedure = contre_visites.demander(
        acteur=m.gestionnaire, sinistre=f.sinistre(m, de=f.agent(m.collectivite), arret=f.arret_demande(jours=90)), motif="DUREE"
    ).uid
    connu = constats.saisir_arret(acteur=m.mairie, agent_id=m.agent.pk, ligne=LigneArret("CMO", dt.date(2024, 3, 4), dt.date(2024, 3, 8)))
    paie = constats.saisir_montant(
        acteur=m.mairie, numero=numero,
        ligne=LigneMontant("PAIE", sinistre.survenance, sinistre.survenance, Decimal("80"), "Bulletin"),
    )  # fmt: skip
    agree = MedecinAgree.objects.create(nom="Vidal", prenom="Paule", commune="Béziers", departement="34")
    publiee = ListePieces.objects.get(contrat__isnull=True)
    brouillon = listes.preparer(acteur=m.responsable)
    sur_brouillon = ("liste-publier", "liste-abandonner", "liste-bascule", "liste-ligne-nouvelle")
    une_ligne = [brouillon.pk, brouillon.exigences.order_by("pk")[0].pk]
    tache_routes = [
        "prendre",
        "rendre",
        "formulaire-attribuer",
        "attribuer",
        "formulaire-ressortir",
        "ressortir",
        "reprendre",
        "formulaire-terminer",
        "terminer",
    ]
    payeur_cdg(m)
    remise = remise_de(m, virable(m))
    ligne = remise.virements.get()
    releve, _ = retours.importer(acteur=m.payeur, contenu=camt053(ecriture("SANS RAPPORT", "1.00")))
    attend = comptes.saisir(acteur=m.payeur, collectivite=None, rib=Rib("CDG", iban(9)))
    gabarit = services_gabarits.preparer(acteur=m.responsable, genre="PIECE_REFUSEE")
    abonnement, _ = webhooks.creer(acteur=m.responsable, reglages=Reglages("SIRH", "https://sirh.example/", ["sinistre.declare"]))
    appel = webhooks.essayer(acteur=m.responsable, uid=abonnement.uid)
    return {
        **{nom: [abonnement.uid] for nom in ("webhook", "webhook-modifier", "webhook-secret", "webhook-rejouer")},
        "webhook-livraison": [abonnement.uid, appel.pk], "webhook-geste": [abonnement.uid, "vu"],
        **{nom: [gabarit.pk] for nom in ("modele-version", "modele-publier", "modele-abandonner")},
        **{nom: ["PIECE_REFUSEE"] for nom in ("modele", "modele-preparer", "modele-revenir")},
        "modele-apercu": ["PIECES_DEMANDEES", "seul"], "modele-version-apercu": [gabarit.pk, "recapitulatif"],
        **{nom: [remise.numero] for nom in ("remise", "remise-signer", "remise-abandonner", "remise-fichier")},
        "virement-constater": [remise.numero, ligne.pk], "retour": [releve.pk], "retour-fichier": [releve.pk],
        "compte-confirmer": [attend.pk], "compte-ecarter": [attend.pk],
        "file": ["equipe"], "nouveaux": ["equipe"], "enregistrer-vue": ["equipe"], "supprimer-vue": [vue.pk],
        **{nom: [tache.pk] for nom in tache_routes},
        **{nom: [brouillon.pk] for nom in sur_brouillon}, "liste": [publiee.pk], "liste-apercu": [publiee.pk], "liste-ligne": une_ligne,
        "liste-ligne-supprimer": une_ligne,
        "lot-lancer": ["inconnu"], "lot-tranche": ["inconnu", 0],
        **{nom: [numero] for nom in ("dossier", "fil", "lecteurs", "noter", "avis-confier", "decompte-saisir", "calcul", "faits-droits",
                                     "messages", "message-sans-reponse", "constats", "faits", "relances-suspendre",
                                     "relances-reprendre")},
        "reponse-type": [reponse.pk],
        "acte": [numero, "clore"], "piece-decider": [numero, piece.pk], "depot-annoncer": [numero, piece.pk],
        "avis-rappeler": [numero, avis.pk], "avis-lu": [numero, avis.pk],
        "lien-donner": [accident.numero, medicale.pk], "lien-revoquer": [accident.numero, lien.pk],
        "fichier": [depot.pk], "reclasser": [depot.pk], "depot-confirmer": [depot.pk], "depot-suivi": [depot.pk],
        "decompte": [decompte.pk], "decompte-approuver": [decompte.pk], "decompte-rejeter": [decompte.pk], "bordereau": [bordereau.numero],
        "bordereau-pdf": [bordereau.numero], "bordereau-csv": [bordereau.numero],
        "arrets-connus": [m.agent.pk], "arret-connu-annuler": [connu.pk], "constat-annuler": [paie.pk],
        "importer": ["arrets"], "importer-confirmer": ["decomptes-cpam"],
        "declarer-agent": [m.agent.pk], "agent": [m.agent.pk], "courrier": [courrier.pk], "courrier-classer": [courrier.pk],
        "courrier-sans-suite": [courrier.pk], "contrat": [m.contrat.pk], "collectivite": [m.collectivite.pk], "courriel": [courriel.pk],
        "courriel-renvoyer": [courriel.pk], "courriel-classer": [courriel.pk], "adresse-retablir": [refusee.pk],
        "adresse-corrigee": [refusee.pk],
        **{nom: [accident.numero] for nom in ("frais", "frais-indus", "prises-en-charge", "capital")},
        "frais-payer": [accident.numero, 1],
        **{nom: [accident.numero, prise.pk] for nom in ("prise-en-charge", "prise-en-charge-retirer")},
        "incident-resoudre": [incident.pk], "citis": [accident.numero], "citis-acte": [accident.numero, "decider"],
        "procedure-demander": [numero, "contre_visite"], "procedure": [procedure],
        "procedure-acte": [procedure, "designer"], "procedure-abandonner": [procedure], "medecin": [agree.pk],
    }  # fmt: skip


def test_every_address_is_in_the_table() -> None:
    assert {pattern.name for pattern in urlpatterns} == set(ROUTES)


TWINS = {"gestionnaire2": "gestionnaire", "payeur2": "payeur", "mairie2": "mairie"}
"""Two people of one role each."""


def _comes(role: str, rank: int) -> bool:
    """Of two people of one role, one in turn comes to each address; both do in make prove. Each role comes to all of them."""
    if os.environ.get("VIGIE_PROVE") or role not in {*TWINS, *TWINS.values()}:
        return True
    return (role in TWINS) is (rank % 2 == 0)


def test_only_the_listed_roles_pass(m: f.Monde, arguments: dict[str, list[Any]], au_nom_de: Callable[[User], Client]) -> None:
    """All roles on all addresses: who is not listed is told so (403, 404) or sent to his own door."""
    wrong = []
    for role, user in m.people.items():
        client = au_nom_de(user)
        for rank, (nom, allowed) in enumerate(ROUTES.items()):
            if not _comes(role, rank):
                continue
            url = reverse(f"gestion:{nom}", args=arguments.get(nom, []))
            response = client.post(url) if nom in POSTS else client.get(url)
            away = response.status_code == 302 and not response["Location"].startswith("/gestion/")
            if (role in allowed) == (response.status_code == 403 or (away and nom != "fichier")):
                wrong.append((nom, role, response.status_code))
            if role not in allowed and response.status_code not in (302, 403, 404):
                wrong.append((nom, role, response.status_code))
    assert not wrong


def test_nobody_passes_unsigned(m: f.Monde, arguments: dict[str, list[Any]]) -> None:
    nobody = Client()
    for nom in ROUTES:
        url = reverse(f"gestion:{nom}", args=arguments.get(nom, []))
        response = nobody.post(url) if nom in POSTS else nobody.get(url)
        assert response.status_code == 302, nom
        assert response["Location"].startswith("/compte/login/"), nom


def test_a_refused_role_changes_nothing(m: f.Monde, arguments: dict[str, list[Any]], au_nom_de: Callable[[User], Client]) -> None:
    tache_id = arguments["prendre"][0]
    for user in (m.mairie, m.mairie2, m.assureur, m.admin, m.medecin, m.secretariat):
        au_nom_de(user).post(reverse("gestion:prendre", args=[tache_id]))
    assert Tache.objects.get(pk=tache_id).porteur_id is None


def test_my_own_dossier_does_not_exist_for_me(m: f.Monde, au_nom_de: Callable[[User], Client]) -> None:
    m.agent.compte = m.gestionnaire
    m.agent.save(update_fields=["compte"])
    sinistre = f.sinistre(m)
    assert au_nom_de(m.gestionnaire).get(reverse("gestion:dossier", args=[sinistre.numero])).status_code == 404
    assert au_nom_de(m.gestionnaire2).get(reverse("gestion:dossier", args=[sinistre.numero])).status_code == 200
