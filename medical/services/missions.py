"""Missions of experts: confided and recalled by the médecin conseil, answered by the expert, one case and until its end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import AvisMedecin, Sinistre
from cases.services import taches
from journal.services import consigner
from medical.enveloppe import draw_data_key, open_data_key, open_field, seal_field
from medical.models import Mission
from medical.services.ouvertures import exiger_ouverture

QUESTIONS, CONCLUSIONS = "questions", "conclusions"
MAX_TEXTE = 20_000
MAX_DUREE = dt.timedelta(days=366)


@dataclass(frozen=True, repr=False)
class MissionLue:
    """A mission open to its reader; `conclusions` is empty until it is rendered."""

    mission: Mission
    questions: str
    conclusions: str


def confier(
    *, acteur: User, sinistre: Sinistre, session: str, expert: User, questions: str, fin: dt.date, avis: AvisMedecin | None = None
) -> Mission:
    """Confide one case to an expert until `fin`, included: he reads its medical pièces and `questions`, and nothing else.

    Raises Refus, OuvertureRequise, DonneeInvalide, Erreur when he already has a mission there, Indisponible.
    """
    exiger(acteur, "mission_confier", sinistre)
    exiger_ouverture(acteur=acteur, sinistre=sinistre, session=session)
    _check(sinistre, expert, questions, fin)
    ouverte = draw_data_key()
    mission = Mission(sinistre=sinistre, expert=expert, confiee_par=acteur, fin=fin, avis=avis)
    mission.questions = seal_field(ouverte, mission, QUESTIONS, questions.strip())
    try:
        with transaction.atomic():
            ouverte.cle.save(force_insert=True)
            mission.cle = ouverte.cle
            mission.save(force_insert=True)
            taches.ouvrir(
                genre=GenreTache.RENDRE_MISSION,
                sinistre=sinistre,
                objet_type="mission",
                objet_id=mission.pk,
                departement=sinistre.collectivite.departement,
                destinataire=expert,
            )
            _consigner(acteur, "mission.confiee", mission, expert=expert.pk, fin=fin.isoformat())
    except IntegrityError as error:
        if "mission_une_a_la_fois" not in str(error):
            raise
        raise Erreur("Une mission est déjà confiée à cet expert sur ce dossier : rappelez-la d’abord.") from error
    return mission


def _check(sinistre: Sinistre, expert: User, questions: str, fin: dt.date) -> None:
    erreurs: dict[str, list[str]] = {}
    if not expert.is_active or not expert.has_role(Role.EXPERT):
        erreurs["expert"] = ["Cette personne n’est pas expert."]
    elif expert.pk == sinistre.compte_agent_id:
        erreurs["expert"] = ["Personne ne traite son propre dossier : choisissez un autre expert."]
    if not questions.strip():
        erreurs["questions"] = ["Posez au moins une question."]
    elif len(questions) > MAX_TEXTE:
        erreurs["questions"] = [f"Ces questions dépassent {MAX_TEXTE} caractères."]
    aujourdhui = timezone.localdate()
    if fin < aujourdhui:
        erreurs["fin"] = ["Le dernier jour de la mission est passé."]
    elif fin - aujourdhui > MAX_DUREE:
        erreurs["fin"] = ["Une mission dure un an au plus."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def rappeler(*, acteur: User, mission: Mission) -> None:
    """Take a mission back: from the next request on the expert reads nothing. Raises Refus, Erreur once rendered or recalled."""
    exiger(acteur, "mission_confier", mission.sinistre)
    with transaction.atomic():
        fresh = Mission.objects.select_for_update(of=("self",)).get(pk=mission.pk)
        if fresh.rendue_le or fresh.rappelee_le:
            raise Erreur("Cette mission est déjà rendue ou rappelée.")
        fresh.rappelee_le, fresh.rappelee_par = timezone.now(), acteur
        fresh.save(update_fields=["rappelee_le", "rappelee_par"])
        taches.fermer_objet(genre=GenreTache.RENDRE_MISSION, objet_type="mission", objet_id=fresh.pk, issue="rappelee")
        _consigner(acteur, "mission.rappelee", fresh)


def rendre(*, acteur: User, mission: Mission, session: str, conclusions: str) -> Mission:
    """The expert answers: the mission is over for him at once, and the médecin who confided it has a report to read.

    Raises Refus, OuvertureRequise, DonneeInvalide, Erreur, Indisponible.
    """
    exiger(acteur, "rapport_deposer", mission)
    exiger_ouverture(acteur=acteur, sinistre=mission.sinistre, session=session)
    if not conclusions.strip():
        raise DonneeInvalide.sur("conclusions", "Écrivez vos conclusions : elles répondent aux questions posées.")
    if len(conclusions) > MAX_TEXTE:
        raise DonneeInvalide.sur("conclusions", f"Ce texte dépasse {MAX_TEXTE} caractères : joignez-le en document.")
    scelle = seal_field(open_data_key(mission.cle), mission, CONCLUSIONS, conclusions.strip())
    with transaction.atomic():
        Mission.objects.select_for_update(of=("self",)).values_list("pk").get(pk=mission.pk)
        fresh = Mission.objects.select_related("sinistre__collectivite", "confiee_par").get(pk=mission.pk)
        exiger(acteur, "rapport_deposer", fresh)  # recalled, ended or rendered in between
        fresh.conclusions, fresh.rendue_le = scelle, timezone.now()
        fresh.save(update_fields=["conclusions", "rendue_le"])
        taches.fermer_objet(genre=GenreTache.RENDRE_MISSION, objet_type="mission", objet_id=fresh.pk, issue="rendue")
        taches.ouvrir(
            genre=GenreTache.LIRE_RAPPORT,
            sinistre=fresh.sinistre,
            objet_type="mission",
            objet_id=fresh.pk,
            departement=fresh.sinistre.collectivite.departement,
            destinataire=fresh.confiee_par,
        )
        _consigner(acteur, "mission.rendue", fresh)
    return fresh


def lire_la_sienne(*, acteur: User, mission: Mission, session: str) -> MissionLue:
    """The questions put to an expert. Journaled. Raises Refus, OuvertureRequise, Indisponible."""
    exiger(acteur, "mission_lire", mission)
    exiger_ouverture(acteur=acteur, sinistre=mission.sinistre, session=session)
    return journaled([mission], acteur=acteur)[0]


def lire_du_dossier(*, acteur: User, sinistre: Sinistre, session: str) -> list[MissionLue]:
    """Every mission of a dossier with questions and conclusions, for its médecin conseil. Journaled. Raises as `lire_la_sienne`."""
    exiger(acteur, "dossier_medical_lire", sinistre)
    exiger_ouverture(acteur=acteur, sinistre=sinistre, session=session)
    missions = Mission.objects.filter(sinistre=sinistre).select_related("cle", "expert", "confiee_par", "sinistre").order_by("-pk")
    return journaled(list(missions), acteur=acteur)


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


def prendre_connaissance(*, acteur: User, mission: Mission) -> None:
    """The médecin conseil has read the report: its work item is done. Raises Refus, Erreur before it is rendered."""
    exiger(acteur, "mission_confier", mission.sinistre)
    if mission.rendue_le is None:
        raise Erreur("Cette mission n’est pas encore rendue.")
    with transaction.atomic():
        taches.fermer_objet(genre=GenreTache.LIRE_RAPPORT, objet_type="mission", objet_id=mission.pk, issue="lu")
        _consigner(acteur, "mission.rapport_lu", mission)


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
