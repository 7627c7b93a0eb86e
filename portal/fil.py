"""The journal of a dossier in plain French: what was done, by whom, when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cases.enums import Etat, MotifAnnulation, MotifCloture, MotifRefus, PorteeRefus
from cases.states import PASSAGES
from contracts.enums import Nature
from indemnities.francais import euros
from journal.models import Entree
from portal.presentation import jour

DOSSIER, PIECES, ARGENT, TRAVAIL, AVIS, NOTES, LECTURES = "dossier", "pieces", "argent", "travail", "avis", "notes", "lectures"
PROCEDURES, MESSAGES = "procedures", "messages"
GENRES: dict[str, str] = {
    DOSSIER: "Décisions",
    PIECES: "Pièces",
    ARGENT: "Argent",
    AVIS: "Médecin conseil",
    PROCEDURES: "Procédures",
    MESSAGES: "Messages",
    TRAVAIL: "Travail",
    NOTES: "Notes",
    LECTURES: "Lectures",
}
PHRASES: dict[str, tuple[str, str]] = {
    "sinistre.declarer": (DOSSIER, "sinistre déclaré"),
    "sinistre.arret_ajoute": (DOSSIER, "arrêt ajouté"),
    "sinistre.reprise_declaree": (DOSSIER, "reprise effective déclarée"),
    "sinistre.refus_de_transition": (TRAVAIL, "décision tentée, non admise"),
    "sinistre.deces_non_couvert": (DOSSIER, "décès non couvert par le contrat"),
    "piece.conforme": (PIECES, "pièce conforme"),
    "piece.refusee": (PIECES, "pièce refusée"),
    "piece.recue": (PIECES, "pièce médicale reçue dans la bulle"),
    "piece.a_renvoyer": (PIECES, "pièce médicale écartée au contrôle, à renvoyer"),
    "depot.entre_dans_la_bulle": (PIECES, "document reclassé, entré dans la bulle"),
    "piece.recue_sur_papier": (PIECES, "pièce médicale reçue sur papier"),
    "extrait.saisi": (PIECES, "dates ou montant d’une pièce transmis par le service médical"),
    "extrait.corrige": (PIECES, "dates ou montant d’une pièce corrigés par le service médical"),
    "depot.annonce": (LECTURES, "envoi de fichier commencé"),
    "depot.confirme": (PIECES, "fichier déposé"),
    "depot.disponible": (PIECES, "fichier contrôlé, disponible"),
    "depot.ecarte": (PIECES, "fichier écarté"),
    "depot.lu": (LECTURES, "document consulté"),
    "laissez_passer.delivre": (LECTURES, "pli numérique ouvert pour une pièce médicale"),
    "lien_depot.donne": (PIECES, "lien donné à l’agent pour déposer une pièce médicale"),
    "lien_depot.revoque": (PIECES, "lien de l’agent révoqué"),
    "depot.reclasse": (PIECES, "document médical envoyé dans la bulle"),
    "courrier.classe": (PIECES, "courrier classé au dossier"),
    "pieces.faits_declares": (PIECES, "précisions données sur le dossier"),
    "pieces.reevaluees": (PIECES, "pièces demandées mises à jour"),
    "pieces.reprises": (PIECES, "pièces reprises de l’ancien dossier, conformes"),
    "piece.dite_envoyee": (PIECES, "pièce dite envoyée par une autre voie"),
    "relance.faite": (PIECES, "relance des pièces manquantes"),
    "relance.sans_effet": (TRAVAIL, "relances sans effet : collectivité à appeler"),
    "liste.bascule": (PIECES, "dossier passé à une autre liste de pièces"),
    "tache.prise": (TRAVAIL, "dossier pris"),
    "tache.rendue": (TRAVAIL, "dossier rendu à la file"),
    "tache.attribuee": (TRAVAIL, "dossier attribué"),
    "tache.mise_de_cote": (TRAVAIL, "dossier mis de côté"),
    "tache.ressortie": (TRAVAIL, "dossier de retour dans la file"),
    "echeance.echue": (TRAVAIL, "échéance dépassée"),
    "echeance.suspendue": (TRAVAIL, "échéance suspendue"),
    "echeance.suspension_changee": (TRAVAIL, "suspension de l’échéance changée"),
    "echeance.reprise": (TRAVAIL, "échéance reprise"),
    "branche.ouverte": (PROCEDURES, "procédure ouverte"),
    "branche.terminee": (PROCEDURES, "procédure terminée"),
    "branche.abandonnee": (PROCEDURES, "procédure abandonnée"),
    "branche.en_panne": (TRAVAIL, "étape automatique en panne"),
    "branche.etape_reprise": (TRAVAIL, "étape automatique reprise"),
    "etape.faite": (PROCEDURES, "étape faite"),
    "honoraire.saisi": (ARGENT, "honoraires de médecin agréé saisis"),
    "avis.demande": (AVIS, "avis demandé au médecin conseil"),
    "avis.rappele": (AVIS, "dossier repris au médecin conseil"),
    "avis.rendu": (AVIS, "avis rendu"),
    "avis.lu": (AVIS, "avis lu"),
    "mediation.position_revue": (PROCEDURES, "médiation : une position a changé"),
    "mediation.silence": (PROCEDURES, "médiation : sans réponse dans le délai"),
    "accompagnement.commence": (PROCEDURES, "accompagnement : les intervenants commencent"),
    "accompagnement.intervenants_changes": (PROCEDURES, "accompagnement : intervenants changés"),
    "accompagnement.action_inscrite": (PROCEDURES, "accompagnement : action inscrite au plan"),
    "accompagnement.action_faite": (PROCEDURES, "accompagnement : action faite"),
    "contre_visite.convocation": (PROCEDURES, "contre-visite : rendez-vous fixé"),
    "contre_visite.avis": (PROCEDURES, "contre-visite : avis oral reçu"),
    "contre_visite.conclusions": (PROCEDURES, "contre-visite : conclusions écrites reçues"),
    "contre_visite.decision": (PROCEDURES, "contre-visite : décision de l’employeur"),
    "contre_visite.appliquee": (PROCEDURES, "contre-visite : décision appliquée"),
    "contre_visite.interruption_levee": (ARGENT, "interruption du versement levée par l’employeur"),
    "contre_visite.contestation": (PROCEDURES, "contre-visite contestée devant le conseil médical"),
    "expertise.convocation": (PROCEDURES, "expertise : agent convoqué, mission confiée"),
    "expertise.prolongee": (PROCEDURES, "expertise : mission prolongée"),
    "expertise.en_retard": (PROCEDURES, "expertise : rapport en retard"),
    "expertise.suite": (PROCEDURES, "expertise : suite donnée à l’examen"),
    "expertise.carence": (PROCEDURES, "expertise : pas d’examen, l’employeur décide"),
    "expertise.medecin_conseil_change": (PROCEDURES, "expertise : confiée à un autre médecin conseil"),
    "expertise.conclue": (PROCEDURES, "expertise : conclusions administratives rendues"),
    "expertise.decidee": (PROCEDURES, "expertise : décision de l’employeur"),
    "expertise.interruption_levee": (ARGENT, "interruption du versement levée par l’employeur"),
    "recours.chiffre": (PROCEDURES, "recours : réclamation chiffrée"),
    "recours.depenses": (ARGENT, "recours : dépenses de l’employeur déclarées"),
    "recours.tiers_corrige": (PROCEDURES, "recours : tiers corrigé"),
    "recours.reclame": (PROCEDURES, "recours : réclamation adressée au tiers"),
    "recours.offre": (PROCEDURES, "recours : offre du tiers"),
    "recours.accord": (PROCEDURES, "recours : accord amiable"),
    "recours.assigne": (PROCEDURES, "recours : tiers assigné en justice"),
    "recours.juge": (PROCEDURES, "recours : issue de l’instance"),
    "recours.encaisse": (ARGENT, "recours : paiement du tiers"),
    "recours.encaissement_annule": (ARGENT, "recours : paiement du tiers annulé"),
    "recours.reparti": (ARGENT, "recours : paiement réparti"),
    "saisine.pieces_notees": (PROCEDURES, "conseil médical : pièces réunies notées"),
    "saisine.transmise": (PROCEDURES, "conseil médical : saisine transmise"),
    "saisine.relance": (PROCEDURES, "conseil médical : avis à relancer"),
    "saisine.avis": (PROCEDURES, "conseil médical : avis rendu"),
    "saisine.contestee": (PROCEDURES, "conseil médical : avis contesté devant le conseil médical supérieur"),
    "saisine.confirmee_par_silence": (PROCEDURES, "conseil médical supérieur : avis confirmé par quatre mois de silence"),
    "saisine.decidee": (PROCEDURES, "conseil médical : décision de l’employeur"),
    "citis.depart_fixe": (DOSSIER, "imputabilité : déclaration complète reçue"),
    "citis.prolongee": (DOSSIER, "imputabilité : instruction prolongée de trois mois"),
    "citis.provisoire": (DOSSIER, "CITIS provisoire prononcé"),
    "citis.decidee": (DOSSIER, "imputabilité : décision de l’employeur"),
    "message.envoye": (MESSAGES, "message envoyé à la collectivité"),
    "message.recu": (MESSAGES, "message de la collectivité"),
    "message.lu": (LECTURES, "message lu"),
    "note.ecrite": (NOTES, "note interne écrite"),
    "decompte.calcule": (ARGENT, "décompte établi"),
    "decompte.remplace": (ARGENT, "décompte remplacé par un nouveau calcul"),
    "faits_droits.fixes": (ARGENT, "faits dont les droits dépendent"),
    "montant_constate.saisi": (ARGENT, "décompte de la CPAM ou paie maintenue noté"),
    "montant_constate.importe": (ARGENT, "décomptes de la CPAM importés"),
    "montant_constate.annule": (ARGENT, "décompte de la CPAM ou paie maintenue annulé"),
    "decompte.approuve": (ARGENT, "décompte approuvé"),
    "decompte.transmis": (ARGENT, "décompte transmis au payeur"),
    "decompte.regle": (ARGENT, "décompte réglé"),
    "decompte.rejete": (ARGENT, "décompte rejeté"),
    "prise_en_charge.donnee": (ARGENT, "certificat de prise en charge provisoire donné"),
    "prise_en_charge.retiree": (ARGENT, "certificat de prise en charge provisoire retiré"),
} | {f"sinistre.{nom}": (DOSSIER, passage.libelle.lower()) for nom, passage in PASSAGES.items()}

CODES: dict[str, Any] = {"nature": Nature, "portee": PorteeRefus}
MOTIFS: dict[str, Any] = {
    "sinistre.clore": MotifCloture,
    "sinistre.annuler": MotifAnnulation,
    "sinistre.proposer_refus": MotifRefus,
}


@dataclass(frozen=True)
class Fait:
    """One line of the timeline. `systeme`: nobody did it, the software did."""

    le: dt.datetime
    auteur: str
    systeme: bool
    genre: str
    phrase: str
    detail: str
    motif: str


def raconter(entrees: Iterable[Entree]) -> list[Fait]:
    """Journal entries as lines to read, in the order given. Their `contenu` has been selected with them, or erased by retention."""
    return [_raconter(entree) for entree in entrees]


def _raconter(entree: Entree) -> Fait:
    genre, phrase = PHRASES.get(entree.action, (TRAVAIL, entree.action.replace(".", " : ").replace("_", " ")))
    contenu = getattr(entree, "contenu", None)
    return Fait(
        le=entree.le,
        auteur="Système" if entree.acteur_id is None else entree.acteur,
        systeme=entree.acteur_id is None,
        genre=genre,
        phrase=phrase,
        detail=_detail(entree.action, contenu.donnees if contenu is not None else {}),
        motif=entree.motif,
    )


def _detail(action: str, donnees: dict[str, Any]) -> str:
    parts: list[str] = []
    if donnees.get("libelle"):
        parts.append(str(donnees["libelle"]))
    if "motif" in donnees and action in MOTIFS:
        parts.append(_label(MOTIFS[action], donnees["motif"]))
    parts += [_label(choices, donnees[key]) for key, choices in CODES.items() if donnees.get(key)]
    if donnees.get("date_effet"):
        parts.append(f"au {_day(donnees['date_effet'])}")
    if isinstance(donnees.get("arret"), dict):
        parts.append(f"du {_day(donnees['arret']['debut'])} au {_day(donnees['arret']['fin'])}")
    if donnees.get("montant"):
        jours = f", du {_day(donnees['debut'])} au {_day(donnees['fin'])}" if "debut" in donnees and "fin" in donnees else ""
        parts.append(euros(donnees["montant"]) + jours)
    if donnees.get("transition") in PASSAGES:
        parts.append(PASSAGES[donnees["transition"]].libelle.lower())
    dernier = donnees.get("jusqu_au") or donnees.get("le")
    if dernier:
        parts.append(f"jusqu’au {_day(dernier)}")
    avant, apres = donnees.get("avant"), donnees.get("apres")
    if avant in Etat.values and apres in Etat.values and avant != apres:
        parts.append(f"{Etat(avant).label} → {Etat(apres).label}")
    if donnees.get("alertes_assumees"):
        parts.append(f"malgré l’alerte : {donnees['alertes_assumees']}")
    if donnees.get("message"):
        parts.append(f"« {donnees['message']} »")
    return ", ".join(parts)


def _label(choices: Any, code: str) -> str:
    return str(choices(code).label) if code in choices.values else code


def _day(texte: str) -> str:
    try:
        return jour(dt.date.fromisoformat(texte))
    except (TypeError, ValueError):
        return str(texte)
