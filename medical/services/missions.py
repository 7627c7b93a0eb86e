"""Missions of the expertises: written by the médecin conseil, confided, answered by the expert or by a scanned report, read.

What changes with the procedure's own step is written here inside the transaction of that step (workflows/branches/expertise), which
holds the locks of the sinistre and of the process. Sealing stands before it: a key may be asked of a service.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, Sinistre
from journal.services import consigner
from medical.enums import EtatFichier
from medical.enveloppe import draw_data_key, open_data_key, open_field, seal_field
from medical.models import Fichier, Mission
from medical.services.ouvertures import exiger_ouverture

QUESTIONS, CONCLUSIONS = "questions", "conclusions"
MAX_TEXTE = 20_000


@dataclass(frozen=True, repr=False)
class MissionLue:
    """A mission open to its reader; `conclusions` is empty until it is rendered, and where the report came by post."""

    mission: Mission
    questions: str
    conclusions: str


@dataclass(frozen=True, repr=False)
class Redaction:
    """A mission with its questions sealed, not written yet."""

    mission: Mission
    cle_neuve: bool


# -- Writing it ----------------------------------------------------------------------------------------------------------------


def preparer(*, acteur: User, sinistre: Sinistre, session: str, questions: str, branche: Branche | None = None) -> Redaction:
    """Seal the questions of a mission, new or (for a `branche` that has one) written anew. Outside any transaction.

    Raises Refus, OuvertureRequise, DonneeInvalide, Indisponible.
    """
    exiger(acteur, "mission_confier", sinistre)
    exiger_ouverture(acteur=acteur, sinistre=sinistre, session=session)
    if not questions.strip():
        raise DonneeInvalide.sur("questions", "Posez au moins une question.")
    if len(questions) > MAX_TEXTE:
        raise DonneeInvalide.sur("questions", f"Ces questions dépassent {MAX_TEXTE} caractères.")
    mission = Mission.objects.select_related("cle").filter(branche=branche).first() if branche is not None else None
    neuve = mission is None
    if mission is None:
        mission, ouverte = Mission(sinistre=sinistre), draw_data_key()
        mission.cle = ouverte.cle
    else:
        ouverte = open_data_key(mission.cle)
    mission.questions = seal_field(ouverte, mission, QUESTIONS, questions.strip())
    return Redaction(mission, neuve)


def inscrire(*, acteur: User, redaction: Redaction, branche: Branche) -> Mission:
    """Write a mission prepared for this expertise, in the transaction of the step that approves it."""
    mission = redaction.mission
    mission.redigee_par, mission.redigee_le = acteur, timezone.now()
    if redaction.cle_neuve:
        mission.branche = branche
        mission.cle.save(force_insert=True)
        mission.cle = mission.cle  # its key is known now
        mission.save(force_insert=True)
    else:
        mission.save(update_fields=["questions", "redigee_par", "redigee_le"])
    _consigner(acteur, "mission.redigee", mission)
    return mission


# -- Confiding it, taking it back ----------------------------------------------------------------------------------------------


def confier(*, branche: Branche, expert: User | None) -> None:
    """The mission of this expertise is `expert`'s from now on, or nobody's in the bulle when its report comes by post. Twice is once."""
    mission = Mission.objects.select_for_update(of=("self",)).get(branche=branche)
    mission.expert, mission.confiee_le, mission.rappelee_le = expert, timezone.now(), None
    mission.save(update_fields=["expert", "confiee_le", "rappelee_le"])
    _consigner(None, "mission.confiee", mission, expert=expert.pk if expert is not None else 0)


def rappeler(*, acteur: User, branche: Branche) -> None:
    """Take it back: from the next request on its expert reads nothing. In the transaction of the step."""
    mission = Mission.objects.select_for_update(of=("self",)).get(branche=branche)
    mission.rappelee_le = timezone.now()
    mission.save(update_fields=["rappelee_le"])
    _consigner(acteur, "mission.rappelee", mission)


# -- Answering it --------------------------------------------------------------------------------------------------------------


def sceller_conclusions(*, acteur: User, mission: Mission, session: str, conclusions: str) -> bytes:
    """The expert's answer, sealed. Outside any transaction. Raises Refus, OuvertureRequise, DonneeInvalide, Indisponible."""
    exiger(acteur, "rapport_deposer", mission)
    exiger_ouverture(acteur=acteur, sinistre=mission.sinistre, session=session)
    if not conclusions.strip():
        raise DonneeInvalide.sur("conclusions", "Écrivez vos conclusions : elles répondent aux questions posées.")
    if len(conclusions) > MAX_TEXTE:
        raise DonneeInvalide.sur("conclusions", f"Ce texte dépasse {MAX_TEXTE} caractères : joignez-le en document.")
    return seal_field(open_data_key(mission.cle), mission, CONCLUSIONS, conclusions.strip())


def rendre(*, acteur: User, branche: Branche, conclusions: bytes | None) -> None:
    """The answer is there: sealed conclusions, or for a report by post (None) a scanned file at least. In the transaction of the step.

    Raises Erreur when there is neither.
    """
    mission = Mission.objects.select_for_update(of=("self",)).get(branche=branche)
    if conclusions is None and not Fichier.objects.filter(mission=mission).exclude(etat=EtatFichier.ECARTE).exists():
        raise Erreur("Aucun rapport n’est encore numérisé pour cette expertise.")
    mission.conclusions, mission.rendue_le = conclusions, timezone.now()
    mission.save(update_fields=["conclusions", "rendue_le"])
    _consigner(acteur, "mission.rendue", mission)


# -- Reading it ----------------------------------------------------------------------------------------------------------------


def lire_la_sienne(*, acteur: User, mission: Mission, session: str) -> MissionLue:
    """The questions put to an expert. Journaled. Raises Refus, OuvertureRequise, Indisponible."""
    exiger(acteur, "mission_lire", mission)
    exiger_ouverture(acteur=acteur, sinistre=mission.sinistre, session=session)
    return journaled([mission], acteur=acteur)[0]


def lire_du_dossier(*, acteur: User, sinistre: Sinistre, session: str) -> list[MissionLue]:
    """Every mission of a dossier with questions and conclusions, for its médecin conseil. Journaled. Raises as `lire_la_sienne`."""
    exiger(acteur, "dossier_medical_lire", sinistre)
    exiger_ouverture(acteur=acteur, sinistre=sinistre, session=session)
    return journaled(list(Mission.objects.lues().filter(sinistre=sinistre).order_by("-pk")), acteur=acteur)


def journaled(missions: list[Mission], *, acteur: User | None, par: str = "") -> list[MissionLue]:
    """Open these missions, write that they are read, then give them. The caller has asked the right. Raises Indisponible."""
    lues = [
        MissionLue(mission, open_field(mission, QUESTIONS), open_field(mission, CONCLUSIONS) if mission.conclusions is not None else "")
        for mission in missions
    ]
    with transaction.atomic():
        for mission in missions:
            _consigner(acteur, "mission.lue", mission, motif=par)
    return lues


def _consigner(acteur: User | None, action: str, mission: Mission, *, motif: str = "", **donnees: int | str) -> None:
    consigner(
        acteur=acteur,
        action=action,
        objet_type="mission",
        objet_id=mission.pk,
        sinistre_id=mission.sinistre_id,
        motif=motif,
        donnees=donnees,
    )
