"""What an employer does while he looks into the imputabilité, or the CDG keys for him (décret 87-602, art. 37-5 to 37-9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreTache
from cases.enums_saisine import DecisionImputabilite, MotifProlongation
from cases.errors import DonneeInvalide, Erreur
from cases.models import InstructionCitis, Sinistre
from cases.services import taches
from journal.services import annoncer, consigner
from workflows import frais, lifecycle
from workflows.branches.citis import delais, horloge


def fixer_depart(*, acteur: User, numero: str, depart: dt.date) -> InstructionCitis:
    """The complete declaration arrived on that day: the delay counts from it.

    Raises Sinistre.DoesNotExist, Refus, DonneeInvalide, Erreur.
    """
    with _open(acteur, numero) as e:
        if not e.instruction.episode.debut <= depart <= timezone.localdate():
            raise DonneeInvalide.sur("depart", "La réception se place entre l’accident (ou la rechute) et aujourd’hui.")
        _refuse_decided(e.instruction)
        e.instruction.depart = depart
        _reset(e)
        e.action, e.donnees = "citis.depart_fixe", {"depart": depart.isoformat()}
    return e.instruction


def prolonger(*, acteur: User, numero: str, motif: str, le: dt.date) -> InstructionCitis:
    """Three months more, once, for an enquête, an examination or the conseil médical, told before the delay is over.

    Raises Sinistre.DoesNotExist, Refus, DonneeInvalide, Erreur.
    """
    with _open(acteur, numero) as e:
        instruction = e.instruction
        _refuse_decided(instruction)
        if motif not in MotifProlongation.values:
            raise DonneeInvalide.sur("motif", "Choisissez le motif de la prolongation.")
        if instruction.prolongee_motif:
            raise Erreur("L’instruction a déjà été prolongée de trois mois.")
        if not instruction.depart <= le <= min(instruction.terme, timezone.localdate()):
            raise DonneeInvalide.sur("le", f"La prolongation est notifiée au plus tard le {instruction.terme:%d/%m/%Y}, et pas à venir.")
        instruction.prolongee_motif = motif
        _reset(e)
        e.action, e.donnees = "citis.prolongee", {"motif": motif, "terme": instruction.terme.isoformat()}
    return instruction


def prononcer_provisoire(*, acteur: User, numero: str, le: dt.date, retrait_prevu: bool) -> InstructionCitis:
    """The delay is over without a decision: a CITIS provisoire is due. It is taken back only where its arrêté says so (CE 465818).

    Raises Sinistre.DoesNotExist, Refus, DonneeInvalide, Erreur.
    """
    with _open(acteur, numero) as e:
        _refuse_decided(e.instruction)
        if e.instruction.provisoire_depuis is not None:
            raise Erreur("Un CITIS provisoire est déjà prononcé.")
        if not e.instruction.episode.debut <= le <= timezone.localdate():
            raise DonneeInvalide.sur("le", "La date se place entre l’accident (ou la rechute) et aujourd’hui.")
        e.instruction.provisoire_depuis, e.instruction.retrait_prevu = le, retrait_prevu
        horloge.arreter(e.sinistre, "provisoire")
        e.action, e.donnees = "citis.provisoire", {"du": le.isoformat(), "retrait_prevu": retrait_prevu}
    return e.instruction


def decider(*, acteur: User, numero: str, decision: str, le: dt.date) -> InstructionCitis:
    """The employer says whether it is due to service. A refusal opens a work item: the dossier is to be requalified, what a revocable
    CITIS provisoire paid is to be given back. Raises Sinistre.DoesNotExist, Refus, DonneeInvalide, Erreur.
    """
    with _open(acteur, numero) as e:
        _decide(acteur, e, decision, le)
    return e.instruction


def retenir(*, acteur: User, sinistre: Sinistre, decision: str, le: dt.date) -> None:
    """The same as the outcome of a procedure about this sinistre, locked by the caller, who has checked the right. A dossier whose
    nature has no CITIS any more keeps its own. Raises DonneeInvalide."""
    instruction = horloge.instruction_de(sinistre)
    if instruction is not None and instruction.decision != decision:
        e = _Instruction(sinistre, instruction)
        _decide(acteur, e, decision, le)
        _record(acteur, e)


def _decide(acteur: User, e: _Instruction, decision: str, le: dt.date) -> None:
    instruction = e.instruction
    if decision not in DecisionImputabilite.values:
        raise DonneeInvalide.sur("decision", "Choisissez la décision : imputable ou non imputable.")
    if instruction.decision == decision:
        raise Erreur(f"C’est déjà décidé : {instruction.get_decision_display().lower()}.")
    if not max(instruction.depart, instruction.decision_le or instruction.depart) <= le <= timezone.localdate():
        raise DonneeInvalide.sur("le", "La décision se place entre la déclaration, ou la décision précédente, et aujourd’hui.")
    instruction.decision, instruction.decision_le = decision, le
    horloge.arreter(e.sinistre, decision.lower())
    if decision == DecisionImputabilite.NON_IMPUTABLE:
        taches.ouvrir(genre=GenreTache.CITIS_SUITES, sinistre=e.sinistre)
    else:
        taches.fermer(sinistre=e.sinistre, genres=[GenreTache.CITIS_SUITES], issue="imputable")
    frais.suivre_imputabilite(acteur=acteur, instruction=instruction)
    e.action = "citis.decidee"
    e.donnees = {"decision": decision, "du": le.isoformat(), "a_reverser": instruction.a_reverser}


# -- Inside the transaction ---------------------------------------------------------------------------------------------------


@dataclass
class _Instruction:
    sinistre: Sinistre
    instruction: InstructionCitis
    action: str = ""
    donnees: dict[str, object] | None = None


@contextmanager
def _open(acteur: User, numero: str) -> Iterator[_Instruction]:
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        exiger(acteur, "citis_instruire", sinistre)
        instruction = horloge.instruction_de(sinistre)
        if instruction is None:
            raise Erreur("Ce dossier n’a pas d’instruction de CITIS : sa nature, ou le régime de l’agent, n’en connaît pas.")
        e = _Instruction(sinistre, instruction)
        yield e
        _record(acteur, e)


def _refuse_decided(instruction: InstructionCitis) -> None:
    if instruction.decision:
        raise Erreur(f"L’imputabilité est décidée : {instruction.get_decision_display().lower()}.")


def _reset(e: _Instruction) -> None:
    terme = delais.terme(e.sinistre.nature, e.instruction.depart, prolongee=bool(e.instruction.prolongee_motif))
    if terme is None:
        raise ValueError("An instruction has a delay.")
    e.instruction.terme = terme
    if e.instruction.provisoire_depuis is None:
        horloge.poser(e.sinistre, terme)


def _record(acteur: User, e: _Instruction) -> None:
    e.instruction.save()
    sinistre, donnees = e.sinistre, e.donnees or {}
    consigner(acteur=acteur, action=e.action, objet_type="citis", objet_id=e.instruction.pk, sinistre_id=sinistre.pk, donnees=donnees)
    annoncer(type=e.action, objet_type="citis", objet_id=e.instruction.pk, sinistre_id=sinistre.pk, donnees=donnees)
