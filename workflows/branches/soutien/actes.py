"""What the secretariat of the bulle and the psychologue do about a soutien. Each act is one transaction: process, Tache, then its row.

The journal outside says that a step was done, never of whom; the trail inside says the rest, sealed in the journal at each slot.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, Tache
from cases.services import taches
from medical.enums_soutien import ISSUES_DU_PSYCHOLOGUE, Accord, ActeSoutien, FormeSeance, IssueSoutien, Voie
from medical.enveloppe import Ouverte, draw_data_key, open_data_key, open_field, seal_field
from medical.models import Seance, Soutien
from medical.models.soutien import SEANCE_MAX, SEANCE_MIN
from medical.rules_soutien import REGLES
from medical.selectors_soutien import psychologues, retenir, seances_de
from medical.services import soutien as services
from workflows import moteur
from workflows.branches.soutien.suites import BRANCHE
from workflows.noeuds import ETAPE

NOTE = "note"
MAX_NOTE = 20_000


class PasEncoreOuvert(Erreur):
    def __init__(self, soutien: Soutien) -> None:
        quand = timezone.localtime(soutien.suite_le).strftime("le %d/%m à %H h") if soutien.suite_le is not None else "bientôt"
        super().__init__(f"Cette demande s’ouvre {quand} : l’heure de la demande ne doit rien dire au dehors.")


# -- The secretariat ----------------------------------------------------------------------------------------------------------


def noter_reponse(*, acteur: User, soutien: Soutien, accepte: bool, voie: str, le: dt.date, contact: str = "") -> Soutien:
    """The agent answered the secretariat: by which way, which day, and how to reach him when he accepts.

    Raises Refus, DonneeInvalide, Erreur when he has answered already, EtapeFermee, DejaPris, Indisponible.
    """
    exiger(acteur, "soutien_affecter", soutien)
    if voie not in (Voie.TELEPHONE, Voie.COURRIER):
        raise DonneeInvalide.sur("voie", "Dites comment l’agent a répondu.")
    if not timezone.localdate(soutien.demande_le) <= le <= timezone.localdate():
        raise DonneeInvalide.sur("le", "Ce jour est entre celui de la proposition et aujourd’hui.")
    scelle = services.sealed_contact(soutien, contact) if accepte else None
    with moteur.etape(acteur=acteur, branche=_branche(soutien), nom="accord") as e:
        fresh = services.verrouiller(soutien)
        retenir(e.branche, fresh)
        services.poser_reponse(fresh, accepte=accepte, scelle=scelle, voie=voie, le=_noon(le, fresh.demande_le), note_par=acteur)
    return fresh


def affecter(*, acteur: User, soutien: Soutien, psychologue: User) -> Soutien:
    """Confide it to a psychologue admitted in the bulle, or to another one as long as it runs: his steps follow.

    Raises Refus, DonneeInvalide, EtapeFermee, DejaPris, SoutienTermine.
    """
    exiger(acteur, "soutien_affecter", soutien)
    if not psychologues(soutien.sinistre).filter(pk=psychologue.pk).exists():
        raise DonneeInvalide.sur("psychologue", "Choisissez un psychologue de la liste.")
    branche = _branche(soutien)
    if soutien.psychologue_id is None:
        with moteur.etape(acteur=acteur, branche=branche, nom="affecter") as e:
            confie = _confide(acteur, soutien, psychologue)
            retenir(e.branche, confie)
        return confie
    with transaction.atomic(), moteur.held(branche):
        fresh = _confide(acteur, soutien, psychologue)
        ouvertes = Tache.objects.filter(objet_type=ETAPE, objet_id__in=branche.processus.task_set.values("pk"), fermee_le__isnull=True)
        siennes = ouvertes.filter(genre__in=[GenreTache.SP_CONTACT, GenreTache.SP_SEANCES, GenreTache.SP_SOCIAL])
        siennes.update(destinataire=psychologue, porteur=None, pris_le=None)
        _no_longer_late(branche)
    return fresh


def _confide(acteur: User, soutien: Soutien, psychologue: User) -> Soutien:
    fresh = services.verrouiller(soutien)
    if fresh.est_clos:
        raise services.SoutienTermine()
    fresh.psychologue, fresh.affecte_le = psychologue, timezone.now()
    fresh.save(update_fields=["psychologue", "affecte_le"])
    services.tracer(fresh, ActeSoutien.AFFECTE, acteur)
    return fresh


# -- The psychologue ----------------------------------------------------------------------------------------------------------


def prendre_contact(*, acteur: User, soutien: Soutien, le: dt.date) -> Soutien:
    """The agent was reached for the first time, that day. Raises Refus, DonneeInvalide, EtapeFermee, SoutienTermine."""
    exiger(acteur, "soutien_mener", soutien)
    if not timezone.localdate(soutien.demande_le) <= le <= timezone.localdate():
        raise DonneeInvalide.sur("le", "Ce jour est entre celui de la demande et aujourd’hui.")
    branche = _branche(soutien)
    with moteur.etape(acteur=acteur, branche=branche, nom="contact") as e:
        fresh = _mine(acteur, soutien)
        retenir(e.branche, fresh)
        fresh.premier_contact_le = _noon(le, fresh.demande_le)
        fresh.save(update_fields=["premier_contact_le"])
        services.tracer(fresh, ActeSoutien.CONTACT, acteur)
        _no_longer_late(branche)
    return fresh


@dataclass(frozen=True, repr=False)
class SeanceSaisie:
    """What the psychologue types: minutes for a séance held, none for an appointment missed; a note for himself."""

    tenue_le: dt.date
    forme: str
    duree: int | None = None
    absent: bool = False
    note: str = ""


def tenir_seance(*, acteur: User, soutien: Soutien, saisie: SeanceSaisie) -> Seance:
    """Record an appointment. The last séance of the quota ends the step; a missed one is not counted.

    Raises Refus, DonneeInvalide, Erreur when no séance is left, SoutienTermine, Indisponible.
    """
    exiger(acteur, "soutien_mener", soutien)
    _check(soutien, saisie)
    ouverte = draw_data_key() if saisie.note.strip() else None
    branche = _branche(soutien)
    try:
        with transaction.atomic(), moteur.held(branche):
            fresh = _mine(acteur, soutien)
            if fresh.seances_finies_le is not None:
                raise Erreur("Les séances de ce soutien sont terminées.")
            seance = _insert(acteur, fresh, saisie, ouverte)
            if seance.rang == fresh.quota:
                with moteur.etape(acteur=acteur, branche=branche, nom="seances"):
                    _end(acteur, fresh, IssueSoutien.QUOTA, None)
    except IntegrityError as error:
        if "seance_quota" not in str(error) and "seance_rang" not in str(error):
            raise
        raise Erreur("Toutes les séances de ce programme ont été tenues.") from error
    return seance


def _check(soutien: Soutien, saisie: SeanceSaisie) -> None:
    erreurs: dict[str, list[str]] = {}
    if soutien.premier_contact_le is None:
        raise Erreur("Notez d’abord le premier contact avec l’agent.")
    if not timezone.localdate(soutien.premier_contact_le) <= saisie.tenue_le <= timezone.localdate():
        erreurs["tenue_le"] = ["Ce jour est entre celui du premier contact et aujourd’hui."]
    if saisie.forme not in FormeSeance.values:
        erreurs["forme"] = ["Choisissez comment elle s’est tenue."]
    if not saisie.absent and not (saisie.duree is not None and SEANCE_MIN <= saisie.duree <= SEANCE_MAX):
        erreurs["duree"] = [f"Une séance dure de {SEANCE_MIN} à {SEANCE_MAX} minutes."]
    if len(saisie.note) > MAX_NOTE:
        erreurs["note"] = [f"Cette note dépasse {MAX_NOTE} caractères."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def _insert(acteur: User, soutien: Soutien, saisie: SeanceSaisie, ouverte: Ouverte | None) -> Seance:
    tenues = services.seances_tenues(soutien)
    seance = Seance(
        soutien=soutien,
        tenue_le=saisie.tenue_le,
        absent=saisie.absent,
        rang=None if saisie.absent else tenues + 1,
        duree=None if saisie.absent else saisie.duree,
        forme=saisie.forme,
        tenue_par=acteur,
    )
    if ouverte is not None:
        ouverte.cle.save(force_insert=True)
        seance.cle, seance.note = ouverte.cle, seal_field(ouverte, seance, NOTE, saisie.note.strip())
    seance.save(force_insert=True)
    services.tracer(soutien, ActeSoutien.ABSENCE if saisie.absent else ActeSoutien.SEANCE, acteur)
    # Nothing in the journal outside: rows of séances, counted, would tell which soutien is the one that an agent shows.
    if soutien.est_visible:
        services.suivre_plus_tard(soutien)
    return seance


def terminer(*, acteur: User, soutien: Soutien, issue: str, motif: str = "") -> Soutien:
    """The psychologue ends the séances before the quota. Under the programme's minimum (REACTION: 3) he says why, encrypted.

    Raises Refus, DonneeInvalide, EtapeFermee, SoutienTermine, Indisponible.
    """
    exiger(acteur, "soutien_mener", soutien)
    if issue not in ISSUES_DU_PSYCHOLOGUE:
        raise DonneeInvalide.sur("issue", "Dites comment ce soutien se termine.")
    if len(motif) > MAX_NOTE:
        raise DonneeInvalide.sur("motif", f"Ce motif dépasse {MAX_NOTE} caractères.")
    scelle = seal_field(open_data_key(soutien.cle), soutien, services.MOTIF, motif.strip()) if motif.strip() else None
    with moteur.etape(acteur=acteur, branche=_branche(soutien), nom="seances") as e:
        fresh = _mine(acteur, soutien)
        retenir(e.branche, fresh)
        minimum = REGLES[fresh.programme].minimum
        if scelle is None and services.seances_tenues(fresh) < minimum:
            raise DonneeInvalide.sur("motif", f"Ce programme prévoit {minimum} séances au moins : dites pourquoi il s’arrête avant.")
        _end(acteur, fresh, IssueSoutien(issue), scelle)
    return fresh


def _end(acteur: User, soutien: Soutien, issue: IssueSoutien, motif: bytes | None) -> None:
    soutien.seances_finies_le, soutien.issue, soutien.motif = timezone.now(), issue, motif
    soutien.save(update_fields=["seances_finies_le", "issue", "motif"])
    services.tracer(soutien, ActeSoutien.SEANCES_FINIES, acteur)


def finir_social(*, acteur: User, soutien: Soutien) -> Soutien:
    """The social support of a REPERE ends before its six months. Raises Refus, EtapeFermee, SoutienTermine."""
    exiger(acteur, "soutien_mener", soutien)
    with moteur.etape(acteur=acteur, branche=_branche(soutien), nom="social") as e:
        fresh = _mine(acteur, soutien)
        retenir(e.branche, fresh)
        fresh.social_fini_le = timezone.now()
        fresh.save(update_fields=["social_fini_le"])
        services.tracer(fresh, ActeSoutien.SOCIAL_FINI, acteur)
    return fresh


@dataclass(frozen=True, repr=False)
class SeanceLue:
    """A séance, and its note where the reader wrote it."""

    seance: Seance
    note: str


def relire(*, acteur: User, soutien: Soutien) -> list[SeanceLue]:
    """His séances with the notes that he wrote himself: a colleague's, before him, stay closed. Traced. Raises Refus, Indisponible."""
    exiger(acteur, "soutien_mener", soutien)
    lues = [
        SeanceLue(seance, open_field(seance, NOTE) if seance.note is not None and seance.tenue_par_id == acteur.pk else "")
        for seance in seances_de(acteur, soutien)
    ]
    if any(lue.note for lue in lues):
        with transaction.atomic():
            services.tracer(soutien, ActeSoutien.NOTE_LUE, acteur)
    return lues


def relire_motif(*, acteur: User, soutien: Soutien) -> str:
    """Why the séances ended so soon, for the psychologue to whom it is confided; empty for none. Traced. Raises Refus, Indisponible."""
    exiger(acteur, "soutien_mener", soutien)
    if soutien.motif is None:
        return ""
    motif = open_field(soutien, services.MOTIF)
    with transaction.atomic():
        services.tracer(soutien, ActeSoutien.NOTE_LUE, acteur)
    return motif


# -- Common -------------------------------------------------------------------------------------------------------------------


def _branche(soutien: Soutien) -> Branche:
    if soutien.est_clos:
        raise services.SoutienTermine()
    if soutien.branche is None:
        raise PasEncoreOuvert(soutien)
    retenir(soutien.branche, soutien)  # its right is asked on the row as the page read it, then again on the row as it is locked
    return soutien.branche


def _mine(acteur: User, soutien: Soutien) -> Soutien:
    """The row locked, still confided to him, still running."""
    fresh = services.verrouiller(soutien)
    exiger(acteur, "soutien_mener", fresh)
    if fresh.est_clos:
        raise services.SoutienTermine()
    if fresh.accord != Accord.DONNE:
        raise Erreur("L’agent n’a pas accepté ce soutien.")
    fresh.psychologue = acteur  # it is he: no need to read him again
    return fresh


def _no_longer_late(branche: Branche) -> None:
    taches.fermer_objet(genre=GenreTache.SP_AFFECTER, objet_type=BRANCHE, objet_id=branche.pk, issue="faite")


def _noon(jour: dt.date, pas_avant: dt.datetime) -> dt.datetime:
    """An instant for a day that was told without its hour: now for today, noon for another day, never before the request."""
    if jour == timezone.localdate():
        return timezone.now()
    return max(timezone.make_aware(dt.datetime.combine(jour, dt.time(12))), pas_avant)
