"""What the employer decides of the conclusions, and what it does to the dossier: in the transaction of the decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.enums import Etat, GenreEcheance, GenreTache, MotifRefus
from cases.enums_expertise import SUIVIES, CodeReponse, DecisionExpertise, SuiteExamen
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, Expertise, InterruptionVersement, ReponseExpertise, Sinistre
from cases.services import echeances, interruptions, taches
from workflows import ecarts, moteur, verrous
from workflows.branches.expertise import regles
from workflows.branches.expertise.suites import preparer_un_refus
from workflows.branches.recours.detection import recaler_dossier
from workflows.effects import REPRISE_DELAY
from workflows.mots import check_words
from workflows.noeuds import tell

MAX_TEXTE = 2_000
REPRISES = frozenset({CodeReponse.REPRISE_POSSIBLE, CodeReponse.REPRISE_AMENAGEE, CodeReponse.REPRISE_TPT})


def decider(
    *,
    acteur: User,
    branche: Branche,
    decision: str,
    le: dt.date,
    motivation: str = "",
    consolidation: dt.date | None = None,
    a_compter_du: dt.date | None = None,
) -> None:
    """The employer's decision, taken by himself or recorded for him. Nothing is refused or closed by it: a work item asks a person to,
    and « valider » waits for that person.

    `decision`: DecisionExpertise; PRENDRE_ACTE where there was no examination, and only there. One that does not follow the
    conclusions says why. `consolidation`: the date kept for guérison or consolidation, that of the conclusions where they are followed;
    it goes to the dossier. `a_compter_du`: the first day that is no longer paid, where the conclusions that are followed end the leave
    (`fin_du_conge`), and not before; a payment stops only so (domain: §5.1).

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="decision") as e:
        expertise = e.branche.expertise
        reponses = list(expertise.reponses.order_by("pk"))
        fin = fin_du_conge(expertise, reponses)
        check_words("motivation", motivation)
        _check(expertise, e.dossier, decision, le, motivation, consolidation)
        _check_interruption(decision, fin, a_compter_du)
        fixee = next((reponse.le for reponse in reponses if reponse.fixe_la_consolidation), None)
        retenue = consolidation or (fixee if decision == DecisionExpertise.SUIVRE else None)
        expertise.decision, expertise.decidee_le, expertise.motivation = decision, le, motivation.strip()
        expertise.save(update_fields=["decision", "decidee_le", "motivation"])
        e.branche.issue = e.issue = decision
        e.branche.save(update_fields=["issue"])
        if retenue is not None:
            _keep(e.dossier, retenue)
        if a_compter_du is not None:
            interruptions.poser(sinistre=e.dossier, branche=e.branche, a_compter_du=a_compter_du)
            ecarts.signaler(e.dossier)
        elif decision == DecisionExpertise.SUIVRE and fin is not None:
            _await_return(e.dossier, fin)
        _ask_for_consequences(e.branche, e.dossier, decision, reponses)


def fin_du_conge(expertise: Expertise, reponses: Iterable[ReponseExpertise]) -> dt.date | None:
    """The first day on which the leave has, by these conclusions, no reason any more; None where they leave it as it is.

    That of the return; the day after the last one justified; that of the examination, for stops that are not.
    """
    for reponse in reponses:
        if reponse.code in REPRISES and reponse.le is not None:
            return reponse.le
        if reponse.code == CodeReponse.JUSTIFIES_JUSQU_AU and reponse.le is not None:
            return reponse.le + dt.timedelta(days=1)
        if reponse.code == CodeReponse.NON_JUSTIFIES and expertise.rendez_vous is not None:
            return timezone.localtime(expertise.rendez_vous).date()
    return None


def lever_interruption(*, acteur: User, branche: Branche, reprise_le: dt.date, motif: str) -> InterruptionVersement:
    """The employer resumes the payment from `reprise_le` on; earlier days of the interruption stay unpaid. Possible afterwards too.

    Raises Refus, DonneeInvalide, Erreur when nothing is interrupted.
    """
    if branche.sinistre_id is None:
        raise ValueError("An expertise belongs to a sinistre.")
    with transaction.atomic():
        sinistre = verrous.lock(branche.sinistre_id)
        exiger(acteur, "expertise_decider", sinistre)
        une = InterruptionVersement.objects.filter(branche=branche, levee_le__isnull=True).first()
        if une is None:
            raise Erreur("Cette procédure n’interrompt aucun versement.")
        interruptions.lever(acteur=acteur, une=une, reprise_le=reprise_le, motif=motif)
        ecarts.signaler(sinistre)
        tell(branche, "expertise.interruption_levee", acteur=acteur, motif=motif.strip()[:200], reprise_le=reprise_le.isoformat())
    return une


def _await_return(sinistre: Sinistre, reprise: dt.date) -> None:
    """The effective return will be asked for: a date that an expert gave is none (domain: §0.7)."""
    if sinistre.reprise_effective is None:
        attendue = reprise + dt.timedelta(days=REPRISE_DELAY)
        echeances.poser_jours(sinistre=sinistre, jours={GenreEcheance.REPRISE_ATTENDUE: attendue})


def _ask_for_consequences(branche: Branche, sinistre: Sinistre, decision: str, reponses: list[ReponseExpertise]) -> None:
    """A refusal to propose where the employer follows what is unfavourable, nothing more to do where he does not."""
    if decision not in SUIVIES:
        taches.fermer_objet(genre=GenreTache.EX_SUITES, objet_type="branche", objet_id=branche.pk, issue="ecartee")
    elif regles.defavorables(reponses) and not _is_mediated(sinistre):
        preparer_un_refus(branche, sinistre)


def _is_mediated(sinistre: Sinistre) -> bool:
    """Whether the refusal that the conclusions called for was proposed without waiting for the employer."""
    return sinistre.etat == Etat.EN_MEDIATION and sinistre.motif_refus in (MotifRefus.NON_IMPUTABLE, MotifRefus.NON_JUSTIFIE)


def _keep(sinistre: Sinistre, consolidation: dt.date) -> None:
    sinistre.consolidation = consolidation
    sinistre.version += 1
    sinistre.save(update_fields=["consolidation", "version"])
    recaler_dossier(sinistre)  # the prescription of a recours runs from it


def _check_interruption(decision: str, fin: dt.date | None, a_compter_du: dt.date | None) -> None:
    if a_compter_du is None:
        return
    if decision not in SUIVIES or fin is None:
        raise DonneeInvalide.sur(
            "a_compter_du", "Le versement ne s’interrompt que si les conclusions que vous suivez mettent fin à l’arrêt."
        )
    if a_compter_du < fin:
        raise DonneeInvalide.sur("a_compter_du", f"Rien ne change avant le {fin:%d/%m/%Y}, jour que donnent les conclusions.")


def _check(
    expertise: Expertise, sinistre: Sinistre, decision: str, le: dt.date, motivation: str, consolidation: dt.date | None
) -> None:  # fmt: skip
    erreurs: dict[str, list[str]] = {}
    carence = expertise.suite == SuiteExamen.CARENCE
    if decision not in DecisionExpertise.values or carence != (decision == DecisionExpertise.PRENDRE_ACTE):
        erreurs["decision"] = ["Choisissez une décision de la liste."]
    elif decision != DecisionExpertise.SUIVRE and not motivation.strip():
        erreurs["motivation"] = ["Motivez cette décision."]
    if len(motivation) > MAX_TEXTE:
        erreurs["motivation"] = [f"{MAX_TEXTE} caractères au plus."]
    connue = timezone.localtime(expertise.conclue_le or expertise.rendez_vous).date()
    if le > timezone.localdate():
        erreurs["le"] = ["La décision est datée d’un jour à venir."]
    elif le < connue:
        erreurs["le"] = [f"La décision précède ce sur quoi elle porte, connu le {connue:%d/%m/%Y}."]
    if consolidation is not None:
        if carence:
            erreurs["consolidation"] = ["Sans examen, aucune date n’est établie."]
        elif consolidation > timezone.localdate():
            erreurs["consolidation"] = ["Cette date est à venir : une consolidation prévue n’est pas acquise."]
        elif consolidation < sinistre.survenance:
            erreurs["consolidation"] = ["La consolidation ne précède pas la survenance."]
    if erreurs:
        raise DonneeInvalide(erreurs)
