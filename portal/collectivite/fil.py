"""The history of a dossier as its collectivité reads it: only the acts named here, the CDG's own affairs never."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.enums import Role
from accounts.models import Habilitation, User
from cases.models import Sinistre
from cases.selectors import timeline

LIMITE = 60


@dataclass(frozen=True)
class Moment:
    le: dt.datetime
    phrase: str
    detail: str
    auteur: str


def _piece(verbe: str) -> Callable[[dict[str, Any]], str]:
    return lambda donnees: f"{donnees.get('libelle') or 'Document'} : {verbe}"


PHRASES: dict[str, str | Callable[[dict[str, Any]], str]] = {
    "sinistre.declarer": "Déclaration enregistrée",
    "sinistre.arret_ajoute": "Nouvel arrêt déclaré",
    "sinistre.prolonger": "Prolongation déclarée",
    "sinistre.reprise_declaree": "Date de reprise déclarée",
    "sinistre.demander_pieces": "Documents manquants demandés",
    "sinistre.valider": "Dossier validé",
    "sinistre.rembourser": "Remboursement constaté",
    "sinistre.rejeter_reglement": "Règlement rejeté : il sera représenté",
    "sinistre.requalifier": "Nature du congé requalifiée",
    "sinistre.regulariser": "Régularisation",
    "sinistre.proposer_refus": "Médiation ouverte",
    "sinistre.lever_refus": "Médiation conclue : le dossier reprend",
    "sinistre.refuser": "Refus prononcé",
    "sinistre.refuser_partie": "Refus partiel prononcé",
    "sinistre.annuler": "Déclaration annulée",
    "sinistre.clore": "Dossier clos",
    "sinistre.rouvrir_rechute": "Dossier rouvert pour rechute",
    "sinistre.rouvrir": "Dossier rouvert",
    "piece.conforme": _piece("conforme"),
    "piece.refusee": _piece("refusé, à renvoyer"),
    "piece.recue": "Document médical reçu par le service médical",
    "piece.a_renvoyer": "Document médical écarté au contrôle du fichier, à renvoyer",
    "piece.recue_sur_papier": "Document médical reçu par le service médical",
    "piece.dite_envoyee": _piece("signalé comme déjà envoyé"),
    "relance.faite": "Documents manquants redemandés",
    "depot.confirme": "Fichier envoyé",
    "depot.ecarte": "Fichier écarté au contrôle",
    "pieces.faits_declares": "Précisions données sur le dossier",
    "liste.bascule": "La liste des documents demandés a changé",
    "lien_depot.donne": "Lien donné à l’agent pour envoyer un document médical",
    "lien_depot.revoque": "Lien de l’agent révoqué",
    "depot.reclasse": "Document médical envoyé dans la bulle de confidentialité",
    "courrier.classe": "Courrier reçu et classé au dossier",
    "contre_visite.convocation": "Contre-visite : rendez-vous fixé",
    "contre_visite.avis": "Contre-visite : avis oral du médecin agréé",
    "contre_visite.conclusions": "Contre-visite : conclusions écrites reçues",
    "contre_visite.decision": "Contre-visite : votre décision est enregistrée",
    "contre_visite.interruption_levee": "Interruption du versement levée",
    "contre_visite.contestation": "Contre-visite contestée devant le conseil médical",
    "expertise.convocation": "Expertise : votre agent est convoqué",
    "expertise.carence": "Expertise : l’examen n’a pas eu lieu, à vous de décider",
    "expertise.conclue": "Expertise : conclusions administratives rendues",
    "expertise.decidee": "Expertise : votre décision est enregistrée",
    "expertise.interruption_levee": "Interruption du versement levée",
    "mediation.position_revue": "Médiation : une position a changé",
    "accompagnement.commence": "Accompagnement : les intervenants commencent",
    "montant_constate.saisi": "Décompte de la CPAM ou paie maintenue noté",
    "montant_constate.importe": "Décomptes de la CPAM importés",
    "montant_constate.annule": "Décompte de la CPAM ou paie maintenue annulé",
    "message.envoye": "Message du centre de gestion",
    "message.recu": "Message envoyé au centre de gestion",
    "decompte.transmis": "Indemnité transmise au payeur",
    "decompte.regle": "Indemnité réglée",
}
"""What an act is called here. An act that is not in this table is not shown."""

MOTIVES = frozenset({"piece.refusee", "piece.a_renvoyer", "depot.ecarte"})
"""The acts whose written reason is meant for the collectivité."""


def fil(user: User, sinistre: Sinistre) -> list[Moment]:
    """The last moments of a dossier, newest first."""
    entrees = timeline(user, sinistre).filter(action__in=list(PHRASES))[:LIMITE]
    siens = set(
        Habilitation.objects.filter(role=Role.COLLECTIVITE, collectivite_id=sinistre.collectivite_id).values_list("user_id", flat=True)
    )
    moments = []
    for entree in entrees:
        contenu = getattr(entree, "contenu", None)
        donnees = contenu.donnees if contenu is not None else {}
        phrase = PHRASES[entree.action]
        auteur = (entree.acteur if entree.acteur_id in siens else "Centre de gestion") if entree.acteur_id else "Automatique"
        detail = " ".join(t for t in (entree.motif, str(donnees.get("message", ""))) if t) if entree.action in MOTIVES else ""
        moments.append(Moment(entree.le, phrase if isinstance(phrase, str) else phrase(donnees), detail, auteur))
    return moments
