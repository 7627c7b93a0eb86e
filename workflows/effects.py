"""What follows a transition: work items opened and closed, échéances set and dropped. In the same transaction, no network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.utils import timezone

from cases.enums import BRANCHES_INTERDITES, Etat, EtatBranche, GenreEcheance, GenreTache, MotifCloture
from cases.models import ContreVisite, Sinistre
from cases.rules import add_months
from cases.services import echeances, taches
from contracts.enums import Nature
from documents.services.checklist import attendre, follow, owes
from indemnities.services import delais
from workflows import ecarts, moteur
from workflows.branches.citis import delais as delais_citis
from workflows.branches.saisine import regles as saisines
from workflows.branches.saisine.droits import Conge, saisine_le
from workflows.guards import awaits_decompte, is_payable, read_conge

REPRISE_DELAY = 8
"""Calendar days after the last certificate before the date of effective reprise is asked for."""

STEP_TASKS = [
    GenreTache.INSTRUIRE,
    GenreTache.CONTROLER_PIECES,
    GenreTache.VALIDER,
    GenreTache.RELANCER,
    GenreTache.MENER_MEDIATION,
]
CASE_TASKS = [
    *STEP_TASKS,
    GenreTache.DEMANDER_REPRISE,
    GenreTache.CLORE,
    GenreTache.CONTROLE_6_MOIS,
    GenreTache.SAISINE,
    GenreTache.CITIS_INSTRUCTION,
    GenreTache.RECEVOIR_PIECE_MEDICALE,
    GenreTache.SAISIR_DECOMPTE,
    GenreTache.EX_SUITES,
]


CONTROLE_NOTICE = 30
"""Calendar days before the six months at which the mandatory control is to be arranged: a médecin agréé to find, an appointment to fix.
The texts give no notice, only that a control must have taken place beyond six consecutive months (domain: §3)."""


def set_leave_deadlines(sinistre: Sinistre, fin: dt.date | None) -> None:
    """The clocks of a new leave: the return to ask for, the mandatory control of a CMO beyond six months, the conseil médical to be
    asked in good time, the imputabilité to be decided (domain: §1.4, §3)."""
    jours = _clocks(sinistre, fin) | _saisine(sinistre, saisines.conge_nouveau(sinistre, fin))
    instruit = delais_citis.terme(sinistre.nature, sinistre.declare_le)
    if instruit is not None:
        jours[GenreEcheance.CITIS_INSTRUCTION] = instruit
    echeances.poser_jours(sinistre=sinistre, jours=jours, nouveau=True)


def reset_leave_deadlines(sinistre: Sinistre) -> None:
    """The same clocks once the leave has changed; a control that has been asked for is not asked for again. One that has become another
    leave than a CMO has no control of its six months to come, nor to arrange."""
    fin, conge = saisines.read_conge(sinistre)
    echeances.poser_jours(
        sinistre=sinistre, jours=_wanted(sinistre, fin, conge), lever_aussi=[GenreEcheance.SAISINE, GenreEcheance.CONTROLE_6_MOIS]
    )
    if sinistre.nature != Nature.CMO:
        _close(sinistre, [GenreTache.CONTROLE_6_MOIS], "autre_nature")


def resume_leave_deadlines(sinistre: Sinistre) -> None:
    """What a leave that still runs must be asked in good time is asked for again: its dossier is reopened, or the procedure that saw to
    it is given up. The return is not: its clock comes with the next certificate."""
    fin, conge = saisines.read_conge(sinistre)
    if fin is None or fin < timezone.localdate():
        return
    jours = _wanted(sinistre, fin, conge)
    jours.pop(GenreEcheance.REPRISE_ATTENDUE, None)
    echeances.poser_jours(sinistre=sinistre, jours=jours)


def _wanted(sinistre: Sinistre, fin: dt.date | None, conge: Conge) -> dict[GenreEcheance, dt.date]:
    """The clocks of a leave told by its latest day, but for what is asked for already."""
    jours = _clocks(sinistre, fin) | _saisine(sinistre, conge)
    if GenreEcheance.SAISINE in jours and saisines.est_saisi(sinistre):
        del jours[GenreEcheance.SAISINE]
    if GenreEcheance.CONTROLE_6_MOIS in jours and _is_controlled(sinistre):
        del jours[GenreEcheance.CONTROLE_6_MOIS]
    return jours


def _is_controlled(sinistre: Sinistre) -> bool:
    """Whether the mandatory control has come to its queue already, or was asked for before its time."""
    if echeances.is_done(sinistre=sinistre, genre=GenreEcheance.CONTROLE_6_MOIS):
        return True
    controles = ContreVisite.objects.filter(branche__sinistre=sinistre, obligatoire=True)
    return controles.exclude(branche__etat=EtatBranche.ABANDONNEE).exists()


def _clocks(sinistre: Sinistre, fin: dt.date | None) -> dict[GenreEcheance, dt.date]:
    if fin is None:
        return {}
    jours = {GenreEcheance.REPRISE_ATTENDUE: fin + dt.timedelta(days=REPRISE_DELAY)}
    six_months = add_months(sinistre.survenance, 6)
    if sinistre.nature == Nature.CMO and fin >= six_months:
        jours[GenreEcheance.CONTROLE_6_MOIS] = six_months - dt.timedelta(days=CONTROLE_NOTICE)
    return jours


def _saisine(sinistre: Sinistre, conge: Conge) -> dict[GenreEcheance, dt.date]:
    jour = saisine_le(sinistre.nature, conge, timezone.localdate())
    return {} if jour is None else {GenreEcheance.SAISINE: jour}


def _close(sinistre: Sinistre, genres: list[GenreTache], nom: str) -> None:
    taches.fermer(sinistre=sinistre, genres=genres, issue=nom)


def _open(sinistre: Sinistre, genre: GenreTache) -> None:
    taches.ouvrir(genre=genre, sinistre=sinistre, departement=sinistre.collectivite.departement)


def _wait_for_pieces(sinistre: Sinistre) -> None:
    if owes(sinistre):
        echeances.attendre_pieces(sinistre=sinistre)


def _ask_for_decompte(sinistre: Sinistre) -> None:
    if is_payable(sinistre, read_conge(sinistre)):
        _open(sinistre, GenreTache.SAISIR_DECOMPTE)
    else:
        ecarts.signaler(sinistre)


def after_demander_pieces(sinistre: Sinistre) -> None:
    _close(sinistre, [GenreTache.INSTRUIRE, GenreTache.VALIDER], "demander_pieces")
    _wait_for_pieces(sinistre)


def after_valider(sinistre: Sinistre) -> None:
    _close(sinistre, STEP_TASKS, "valider")
    _wait_for_pieces(sinistre)  # the call was closed with the other steps, and its clock has run out
    _ask_for_decompte(sinistre)


def after_proposer_refus(sinistre: Sinistre) -> None:
    _close(sinistre, [*STEP_TASKS, GenreTache.EX_SUITES], "proposer_refus")
    echeances.lever(sinistre=sinistre, genres=[GenreEcheance.PIECES_ATTENDUES])


def after_lever_refus(sinistre: Sinistre) -> None:
    _close(sinistre, [GenreTache.MENER_MEDIATION], "lever_refus")
    if sinistre.etat in (Etat.DECLARE, Etat.ROUVERT):
        _open(sinistre, GenreTache.INSTRUIRE)
    if owes(sinistre):
        attendre(sinistre)
    follow(sinistre)  # pièces went on arriving during the mediation


def after_refuser_partie(sinistre: Sinistre) -> None:
    _close(sinistre, [GenreTache.MENER_MEDIATION], "refuser_partie")
    follow(sinistre)
    _wait_for_pieces(sinistre)
    _ask_for_decompte(sinistre)


def after_end(sinistre: Sinistre) -> None:
    """Closed, refused or cancelled: nothing of it waits any more. Décomptes on their way go on, and what may outlive it: a recours."""
    _close(sinistre, CASE_TASKS, sinistre.etat.lower())
    echeances.lever(sinistre=sinistre)
    delais.suivre(sinistre)
    if sinistre.etat == Etat.CLOS and sinistre.transmis_assureur_le is not None and sinistre.motif_cloture != MotifCloture.SANS_SUITE:
        _remember_what_is_owed(sinistre)
    interdites = sinistre.branches.filter(etat=EtatBranche.EN_COURS, genre__in=BRANCHES_INTERDITES[sinistre.etat])
    for branche in interdites.order_by("pk"):
        moteur.abandonner(acteur=None, branche=branche, motif=f"Dossier {sinistre.get_etat_display().lower()}")


def _remember_what_is_owed(sinistre: Sinistre) -> None:
    """Closing ends the leave, not the debt: days validated and not reckoned yet, or paid past the return, still want somebody."""
    if awaits_decompte(sinistre):
        _open(sinistre, GenreTache.SAISIR_DECOMPTE)
    else:
        ecarts.signaler(sinistre)


def after_reopening(sinistre: Sinistre) -> None:
    _open(sinistre, GenreTache.INSTRUIRE)
    _wait_for_pieces(sinistre)


EFFECTS: dict[str, Callable[[Sinistre], None]] = {
    "demander_pieces": after_demander_pieces,
    "valider": after_valider,
    "proposer_refus": after_proposer_refus,
    "lever_refus": after_lever_refus,
    "refuser": after_end,
    "refuser_partie": after_refuser_partie,
    "annuler": after_end,
    "clore": after_end,
    "rouvrir_rechute": after_reopening,
    "rouvrir": after_reopening,
}


def apply(nom: str, sinistre: Sinistre) -> None:
    """Do what follows the transition `nom`, once the sinistre has its new state."""
    effect = EFFECTS.get(nom)
    if effect is not None:
        effect(sinistre)


def after_return_told(sinistre: Sinistre) -> None:
    """The date of return is known: nobody asks for it any more, and closing is at hand."""
    echeances.lever(sinistre=sinistre, genres=[GenreEcheance.REPRISE_ATTENDUE])
    _close(sinistre, [GenreTache.DEMANDER_REPRISE], "reprise_declaree")
    _open(sinistre, GenreTache.CLORE)
