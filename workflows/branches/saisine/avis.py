"""The opinion of the conseil médical, the employer's decision, and what it makes of the dossier."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from accounts.gate import Refus, exiger
from accounts.models import User
from cases.enums_saisine import ACCORDE_UNE_PERIODE, DecisionEmployeur, DecisionImputabilite, ObjetSaisine, SensConseil
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, Echeance, Saisine
from cases.services import echeances
from workflows import lifecycle, moteur
from workflows.branches.citis import actes as citis
from workflows.branches.saisine import regles
from workflows.branches.saisine.actes import lock_of
from workflows.demande import Demande
from workflows.mots import check_words
from workflows.noeuds import tell


def enregistrer(
    *, acteur: User, branche: Branche, sens: str, seance_le: dt.date, notifie_le: dt.date | None = None, avis_conforme: bool = False,
    debut: dt.date | None = None, fin: dt.date | None = None,
) -> None:  # fmt: skip
    """Record what the conseil médical answered: its sense, the sitting, the period granted, never a medical reason. A case put off goes
    back to waiting. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide.
    """
    superieure = Saisine.objects.get(branche=branche).est_superieure
    with moteur.etape(acteur=acteur, branche=branche, nom="avis_superieur" if superieure else "avis") as e:
        saisine = e.branche.saisine
        ajourne = sens == SensConseil.AJOURNE
        _check_opinion(saisine, sens, seance_le, notifie_le, debut, fin)
        saisine.sens, saisine.seance_le = sens, seance_le
        saisine.notifie_le, saisine.avis_conforme = (None, False) if ajourne else (notifie_le, avis_conforme)
        saisine.periode_debut, saisine.periode_fin = (None, None) if ajourne else (debut, fin)
        saisine.ajournements += ajourne
        saisine.save(
            update_fields=["sens", "seance_le", "notifie_le", "avis_conforme", "periode_debut", "periode_fin", "ajournements"]
        )  # fmt: skip
        e.issue = sens.lower()
        tell(e.branche, "saisine.avis", acteur=acteur, objet=saisine.objet, sens=sens, du=seance_le.isoformat())


def _check_opinion(
    saisine: Saisine, sens: str, seance_le: dt.date, notifie_le: dt.date | None, debut: dt.date | None, fin: dt.date | None
) -> None:
    erreurs: dict[str, list[str]] = {}
    today = timezone.localdate()
    if sens not in SensConseil.values:
        erreurs["sens"] = ["Choisissez le sens de l’avis."]
    elif saisine.est_superieure and sens == SensConseil.AJOURNE:
        erreurs["sens"] = ["Une expertise ordonnée par le conseil médical supérieur suspend son délai : utilisez cet acte."]
    if saisine.transmise_le is None or not saisine.transmise_le <= seance_le <= today:
        erreurs["seance_le"] = ["La séance se place entre la transmission et aujourd’hui."]
    if sens != SensConseil.AJOURNE:
        if notifie_le is None:
            erreurs["notifie_le"] = ["Donnez le jour où l’avis a été notifié : le délai de contestation en part."]
        elif not seance_le <= notifie_le <= today:
            erreurs["notifie_le"] = ["La notification se place entre la séance et aujourd’hui."]
    grants = saisine.objet in ACCORDE_UNE_PERIODE and sens in (SensConseil.FAVORABLE, SensConseil.PARTIEL)
    if grants and (debut is None or fin is None):
        erreurs["debut"] = ["Donnez la période accordée."]
    if not grants and (debut is not None or fin is not None):
        erreurs["debut"] = ["Cet avis n’accorde pas de période."]
    if debut is not None and fin is not None and fin < debut:
        erreurs["fin"] = ["La période finit avant de commencer."]
    if erreurs:
        raise DonneeInvalide(erreurs)


# -- The clock of the conseil médical supérieur -------------------------------------------------------------------------------


def suspendre(*, acteur: User, branche: Branche) -> None:
    """An expertise ordered by the conseil médical supérieur stops its four months. Raises Refus, Erreur."""
    _pause(acteur, branche, suspend=True)


def reprendre(*, acteur: User, branche: Branche) -> None:
    """The expertise is back: the four months go on. Raises Refus, Erreur."""
    _pause(acteur, branche, suspend=False)


def _pause(acteur: User, branche: Branche, *, suspend: bool) -> None:
    with transaction.atomic():
        sinistre = lock_of(branche)
        exiger(acteur, "saisine_mener", sinistre)
        echeance = minuterie(branche)
        if echeance is None or not Saisine.objects.get(branche=branche).est_superieure:
            raise Erreur("Aucun délai du conseil médical supérieur ne court pour cette saisine.")
        if suspend:
            echeances.suspendre(acteur=acteur, echeance=echeance, motif="Expertise ordonnée par le conseil médical supérieur")
        else:
            echeances.reprendre(acteur=acteur, echeance=echeance)


def minuterie(branche: Branche) -> Echeance | None:
    """The open clock of a saisine that awaits its opinion."""
    ouvertes = Echeance.objects.filter(etape__process=branche.processus_id, traitee_le__isnull=True, levee_le__isnull=True)
    return ouvertes.order_by("-pk").first()


# -- The decision -------------------------------------------------------------------------------------------------------------


def decider(
    *, acteur: User, branche: Branche, decision: str, le: dt.date, effet: dt.date | None = None, motif: str = ""
) -> None:  # fmt: skip
    """The employer decides, or his decision is keyed. He may depart from a simple opinion, saying why; an avis conforme binds him. About
    imputabilité, the decision is that of the CITIS too. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide.
    """
    check_words("motif", motif)
    with moteur.etape(acteur=acteur, branche=branche, nom="decision") as e:
        saisine = e.branche.saisine
        if decision not in DecisionEmployeur.values:
            raise DonneeInvalide.sur("decision", "Choisissez la décision : accordé ou refusé.")
        rendu = saisine.seance_le or saisine.transmise_le
        if rendu is None or not rendu <= le <= timezone.localdate():
            raise DonneeInvalide.sur("le", "La décision se place entre l’avis et aujourd’hui.")
        saisine.decision, saisine.decision_le = decision, le
        if saisine.avis_conforme and saisine.sens == SensConseil.DEFAVORABLE and decision == DecisionEmployeur.ACCORDE:
            raise DonneeInvalide.sur("decision", "Cet avis lie l’employeur : il ne peut accorder ce que l’avis refuse.")
        if saisine.s_ecarte and not motif.strip():
            raise DonneeInvalide.sur("motif", "Cette décision s’écarte de l’avis : dites pourquoi, sans motif médical.")
        saisine.decision_motif = motif.strip()[:200] if saisine.s_ecarte else ""
        saisine.decision_effet = (effet or saisine.periode_debut or le) if decision == DecisionEmployeur.ACCORDE else None
        if saisine.decision_effet is not None and saisine.decision_effet < e.dossier.survenance:
            raise DonneeInvalide.sur("effet", "La date d’effet précède la survenance.")
        saisine.save(update_fields=["decision", "decision_le", "decision_effet", "decision_motif"])
        e.issue = decision.lower()
        if saisine.objet == ObjetSaisine.CITIS:
            imputable = decision == DecisionEmployeur.ACCORDE
            citis.retenir(
                acteur=acteur,
                sinistre=e.dossier,
                decision=DecisionImputabilite.IMPUTABLE if imputable else DecisionImputabilite.NON_IMPUTABLE,
                le=le,
            )


def preparer_suites(*, acteur: User, branche: Branche, requalifier: bool, effet: dt.date | None = None, commentaire: str = "") -> None:
    """Bring the dossier in line with the decision: requalify it to the nature granted, from `effet` on, or say why it stays as it is.
    Nothing of it ever happens by itself. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide, GardeNonSatisfaite.
    """
    sinistre = branche.sinistre
    try:
        with moteur.etape(acteur=acteur, branche=branche, nom="suites", motif=commentaire.strip()) as e:
            sinistre, nature = e.dossier, regles.nature_a_donner(e.branche)
            if requalifier and nature:
                demande = Demande(
                    nature=nature,
                    date_effet=effet or e.branche.saisine.decision_effet,
                    commentaire=commentaire.strip() or "Décision de l’employeur après avis du conseil médical",
                )
                lifecycle.transiter(acteur=acteur, numero=sinistre.numero, nom="requalifier", demande=demande)
            elif not commentaire.strip():
                raise DonneeInvalide.sur("commentaire", "Dites pourquoi le dossier garde sa nature.")
            e.issue = "requalifie" if requalifier and nature else "inchange"
    except (Refus, Erreur) as refusal:
        if requalifier:
            lifecycle.record_refusal(acteur, sinistre, "requalifier", refusal)
        raise
