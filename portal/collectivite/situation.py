"""The state of a dossier in plain words: what happens next, who has the ball, since when. Pure, no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cases.enums import Etat, MotifAnnulation, MotifCloture, MotifRefus
from cases.models import Sinistre
from indemnities.enums import EtatDecompte
from portal import presentation
from portal.collectivite.selectors import ResumePieces

VOUS, CDG, PAYEUR, PERSONNE = "Vous", "Le centre de gestion", "L’organisme payeur", "Personne"


@dataclass(frozen=True)
class Situation:
    """`resume`: one line for lists. `suite`: what happens next. `main`: who has the ball. `depuis`: since when."""

    resume: str
    suite: str
    main: str
    depuis: dt.datetime
    ton: str

    @property
    def a_vous(self) -> bool:
        return self.main == VOUS


def documents(nombre: int) -> str:
    return f"{nombre}\u00a0document{'s' if nombre > 1 else ''}"


def situation(sinistre: Sinistre, pieces: ResumePieces, decomptes: set[str]) -> Situation:
    """How `sinistre` stands for the collectivité, from its state, its papers and the states of its décomptes."""
    if sinistre.etat in (Etat.DECLARE, Etat.PIECES_EN_ATTENTE, Etat.ROUVERT):
        return _instruction(sinistre, pieces)
    if sinistre.etat == Etat.VALIDE:
        return _payment(sinistre, pieces, decomptes)
    resume, suite, main, ton = _settled(sinistre)
    return Situation(resume, suite, main, sinistre.etat_depuis, ton)


def _instruction(sinistre: Sinistre, pieces: ResumePieces) -> Situation:
    depuis = sinistre.etat_depuis
    if pieces.attendues:
        manque = f"Il manque {documents(pieces.attendues)}"
        refus = ""
        if pieces.refusees:
            refus = f" (dont {pieces.refusees} à renvoyer)" if pieces.refusees < pieces.attendues else " (à renvoyer)"
        return Situation(
            f"{manque}{refus}",
            "Déposez les documents marqués « À envoyer » : le centre de gestion les contrôle, puis valide le dossier.",
            VOUS,
            pieces.depuis or depuis,
            presentation.ATTENTION,
        )
    if pieces.a_controler:
        suite = "Vos documents sont arrivés. Votre gestionnaire les contrôle, puis valide le dossier. Vous n’avez rien à faire."
        return Situation("Documents en cours de contrôle", suite, CDG, depuis, presentation.ACTIF)
    if pieces.medicales:
        suite = (
            "Le service médical attend un document confidentiel. Si vous le détenez, adressez-le-lui sous pli numérique, ici même ; sinon, "
            "donnez à l’agent un lien pour l’envoyer lui-même. Le centre de gestion valide ensuite."
        )
        return Situation("Document médical attendu par le service médical", suite, CDG, depuis, presentation.ACTIF)
    suite = "Votre gestionnaire examine le dossier. Vous n’avez rien à faire : nous vous écrirons s’il manque quelque chose."
    return Situation("En cours d’examen", suite, CDG, depuis, presentation.ACTIF)


def _payment(sinistre: Sinistre, pieces: ResumePieces, decomptes: set[str]) -> Situation:
    depuis = sinistre.etat_depuis
    if EtatDecompte.TRANSMIS in decomptes:
        suite = "Le bordereau est transmis à l’organisme payeur. Le virement suit ; vous n’avez rien à faire."
        return Situation("Règlement en cours", suite, PAYEUR, depuis, presentation.ACTIF)
    if decomptes & {EtatDecompte.CALCULE, EtatDecompte.APPROUVE}:
        suite = "L’indemnité est calculée et passe par une seconde vérification avant le règlement. Vous n’avez rien à faire."
        return Situation("Indemnité en préparation", suite, CDG, depuis, presentation.ACTIF)
    suite = "Le dossier est complet et validé. Ce qui est dû est calculé, puis réglé. Vous n’avez rien à faire."
    return Situation("Validé", suite, CDG, depuis, presentation.BON)


def _settled(sinistre: Sinistre) -> tuple[str, str, str, str]:
    match sinistre.etat:
        case Etat.REMBOURSE:
            if sinistre.reprise_effective is not None:
                return "Remboursé", "Tout ce qui était dû est réglé. Le centre de gestion va clore le dossier.", CDG, presentation.BON
            suite = "Tout ce qui était dû est réglé. Si l’arrêt continue, déclarez la prolongation ; sinon, la date de reprise."
            return "Remboursé", suite, VOUS, presentation.BON
        case Etat.EN_MEDIATION:
            motif = MotifRefus(sinistre.motif_refus).label.lower()
            suite = f"Une difficulté est apparue ({motif}). Avant toute décision, dites votre position dans la procédure « Médiation »."
            return "En médiation", suite, CDG, presentation.ATTENTION
        case Etat.REFUSE:
            motif = MotifRefus(sinistre.motif_refus).label.lower()
            suite = f"Motif : {motif}. Pour contester, écrivez à votre gestionnaire en rappelant le numéro du dossier."
            return "Refusé", suite, PERSONNE, presentation.URGENT
        case Etat.ANNULE:
            motif = MotifAnnulation(sinistre.motif_annulation).label.lower()
            return "Annulé", f"Motif : {motif}. Il n’y a rien à faire.", PERSONNE, presentation.DISCRET
    motif = MotifCloture(sinistre.motif_cloture).label.lower()
    le = presentation.jour(sinistre.date_cloture) if sinistre.date_cloture is not None else ""
    rechute = " En cas de rechute, prévenez votre gestionnaire : ce même dossier sera rouvert." if sinistre.est_imputable else ""
    return "Clos", f"Motif : {motif}, au {le}.{rechute}", PERSONNE, presentation.NEUTRE
