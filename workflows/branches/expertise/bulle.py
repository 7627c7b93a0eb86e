"""What is done of an expertise inside the bulle: the médecin conseil's mission and conclusions, the expert's report, the scan of one.

Each seals or opens texts first, outside any lock, then ends a step of the flow in one transaction with the medical rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cases.enums import OrigineBranche
from cases.enums_expertise import DATEES, FIXENT_LA_CONSOLIDATION, QUOTITES, REPONSES_DE, CodeReponse, MotifRecusation, SuiteExamen
from cases.errors import AlerteAConfirmer, DonneeInvalide
from cases.models import Arret, AvisMedecin, Branche, ReponseExpertise, Sinistre
from journal.services import consigner
from medical.enums import RaisonConclusion
from medical.models import Mission
from medical.rules import telling_words
from medical.services import missions
from workflows import moteur
from workflows.branches.expertise.actes import ecarter, manquer
from workflows.branches.expertise.demande import demander

MAX_CONCLUSION = 2_000
ALERTE = "termes_medicaux"


@dataclass(frozen=True)
class Reponse:
    """The answer to one goal, as it is typed: `quotite` in % of time worked."""

    but: str
    code: str
    le: dt.date | None = None
    quotite: int | None = None


# -- The mission -----------------------------------------------------------------------------------------------------------------


def demander_du_medecin(
    *,
    acteur: User,
    avis: AvisMedecin,
    session: str,
    buts: Sequence[str],
    questions: str,
    arret: Arret | None = None,
    obligatoire: bool = False,
) -> Branche:
    """The médecin conseil asks for the expertise himself: its mission is written and approved at once.

    Raises as `demander` and `approuver`.
    """
    redaction = missions.preparer(acteur=acteur, sinistre=avis.sinistre, session=session, questions=questions)
    with transaction.atomic():
        branche = demander(
            acteur=acteur, sinistre=avis.sinistre, buts=buts, arret=arret, obligatoire=obligatoire, origine=OrigineBranche.MEDECIN
        )
        _approve(acteur, branche, redaction)
    return branche


def approuver(*, acteur: User, branche: Branche, session: str, questions: str) -> None:
    """The médecin conseil writes the mission and approves it: a médecin agréé is to be designated.

    Raises Refus, OuvertureRequise, EtapeFermee, DejaPris, DonneeInvalide, Indisponible.
    """
    redaction = missions.preparer(acteur=acteur, sinistre=_dossier(branche), session=session, questions=questions, branche=branche)
    _approve(acteur, branche, redaction)


def _approve(acteur: User, branche: Branche, redaction: missions.Redaction) -> None:
    with moteur.etape(acteur=acteur, branche=branche, nom="mission") as e:
        missions.inscrire(acteur=acteur, redaction=redaction, branche=e.branche)
        expertise = e.branche.expertise
        expertise.approuvee_le, expertise.suite = timezone.now(), ""
        expertise.save(update_fields=["approuvee_le", "suite"])
        e.issue = "approuvee"


def rappeler(*, acteur: User, branche: Branche) -> None:
    """The médecin conseil takes the mission back before the report: its expert reads nothing from the next request on, and it may be
    written anew. Raises Refus, EtapeFermee.
    """
    nom = "rapport_papier" if branche.expertise.par_courrier else "rapport"
    with moteur.etape(acteur=acteur, branche=branche, nom=nom, action="mission_confier") as e:
        expertise = e.branche.expertise
        expertise.suite, expertise.medecin = SuiteExamen.RAPPEL, None
        expertise.save(update_fields=["suite", "medecin"])
        missions.rappeler(acteur=acteur, branche=e.branche)
        e.issue = "rappelee"


# -- The expert --------------------------------------------------------------------------------------------------------------------


def rendre_rapport(*, acteur: User, mission: Mission, session: str, conclusions: str) -> None:
    """The expert answers: the mission is over for him at once, and the médecin conseil has a report to read.

    Raises Refus, OuvertureRequise, EtapeFermee, DonneeInvalide, Indisponible.
    """
    scelle = missions.sceller_conclusions(acteur=acteur, mission=mission, session=session, conclusions=conclusions)
    with moteur.etape(acteur=acteur, branche=_branche(mission), nom="rapport") as e:
        _render(e, acteur, scelle)


def rendre_rapport_numerise(*, acteur: User, branche: Branche) -> None:
    """The whole report that came by post is scanned. Raises Refus, EtapeFermee, DejaPris, Erreur without any file."""
    with moteur.etape(acteur=acteur, branche=branche, nom="rapport_papier") as e:
        _render(e, acteur, None)


def _render(e: moteur.EtapeOuverte, acteur: User, scelle: bytes | None) -> None:
    missions.rendre(acteur=acteur, branche=e.branche, conclusions=scelle)
    e.branche.expertise.suite = SuiteExamen.REALISE
    e.branche.expertise.save(update_fields=["suite"])
    e.issue = "rendu"


def signaler_absence(*, acteur: User, mission: Mission, absence: str) -> None:
    """The expert says that he could not examine the agent (MotifAbsence): the gestionnaire fixes another day, or ends it there.

    Raises Refus, EtapeFermee, DonneeInvalide.
    """
    with moteur.etape(acteur=acteur, branche=_branche(mission), nom="rapport") as e:
        manquer(e, absence=absence, reporter=True)


def se_recuser(*, acteur: User, mission: Mission, motif: str) -> None:
    """The expert stands down (MotifRecusation): he reads nothing from the next request on. Raises Refus, EtapeFermee, DonneeInvalide."""
    if motif not in MotifRecusation.values:
        raise DonneeInvalide.sur("motif", "Choisissez le motif dans la liste.")
    with moteur.etape(acteur=acteur, branche=_branche(mission), nom="rapport", motif=MotifRecusation(motif).label) as e:
        ecarter(e)


# -- The administrative conclusions ------------------------------------------------------------------------------------------------


def mots_revelateurs(*, acteur: User, branche: Branche, session: str, conclusion: str) -> list[str]:
    """The words of a conclusion that look medical, or that come from the questions or the expert's answer. The reading is journaled.

    Raises Refus, OuvertureRequise, Indisponible.
    """
    lues = missions.lire_du_dossier(acteur=acteur, sinistre=_dossier(branche), session=session)
    dedans = " ".join(f"{lue.questions} {lue.conclusions}" for lue in lues if lue.mission.branche_id == branche.pk)
    return telling_words(conclusion, dedans)


def conclure(
    *, acteur: User, branche: Branche, session: str, reponses: Sequence[Reponse], conclusion: str, raison: str = ""
) -> None:  # fmt: skip
    """The médecin conseil, who has read the report, writes what leaves: an answer to each goal, and the text that the employer reads.

    Where the dossier was entrusted to him for this expertise alone, they are his avis too (suites.tirer_les_consequences).
    Raises AlerteAConfirmer when the text has words that look medical and no `raison` (RaisonConclusion) says why they stay: the reason
    is kept in the journal, the words are not. Raises Refus, OuvertureRequise, EtapeFermee, DejaPris, DonneeInvalide, Indisponible.
    """
    mots = mots_revelateurs(acteur=acteur, branche=branche, session=session, conclusion=conclusion)
    if mots and raison not in RaisonConclusion.values:
        raise AlerteAConfirmer({ALERTE: "Les conclusions que lira l’employeur contiennent des mots qui paraissent médicaux."})
    with moteur.etape(acteur=acteur, branche=branche, nom="conclusions") as e:
        expertise = e.branche.expertise
        _check(e.dossier, expertise.buts, reponses, conclusion)
        ReponseExpertise.objects.bulk_create(
            [ReponseExpertise(expertise=expertise, but=r.but, code=r.code, le=r.le, quotite=r.quotite) for r in reponses]
        )
        expertise.conclusion, expertise.conclue_le, expertise.conclue_par = conclusion.strip(), timezone.now(), acteur
        expertise.save(update_fields=["conclusion", "conclue_le", "conclue_par"])
        if mots:
            consigner(
                acteur=acteur,
                action="mission.alerte_assumee",
                objet_type="branche",
                objet_id=e.branche.pk,
                sinistre_id=e.branche.sinistre_id,
                motif=RaisonConclusion(raison).label,
                donnees={"mots": len(mots)},
            )
        e.issue = "conclue"


def verifier(*, branche: Branche, reponses: Sequence[Reponse], conclusion: str) -> None:
    """Whether these conclusions could be given as they are, for their preview. Raises DonneeInvalide."""
    _check(_dossier(branche), branche.expertise.buts, reponses, conclusion)


def _check(sinistre: Sinistre, buts: Sequence[str], reponses: Sequence[Reponse], conclusion: str) -> None:
    erreurs: dict[str, list[str]] = {}
    if not conclusion.strip():
        erreurs["conclusion"] = ["Écrivez les conclusions que lira l’employeur."]
    elif len(conclusion) > MAX_CONCLUSION:
        erreurs["conclusion"] = [f"{MAX_CONCLUSION} caractères au plus."]
    par_but = {reponse.but: reponse for reponse in reponses}
    if len(par_but) != len(reponses) or not set(par_but) <= set(buts):
        raise DonneeInvalide.sur("", "Une réponse et une seule à chaque question posée.")
    for but in buts:
        erreurs |= _check_reponse(sinistre, but, par_but.get(but))
    if erreurs:
        raise DonneeInvalide(erreurs)


def _check_reponse(sinistre: Sinistre, but: str, reponse: Reponse | None) -> dict[str, list[str]]:
    """Field names are those of a form: `code_<goal>`, `le_<goal>`, `quotite_<goal>`, in small letters."""
    champ = but.lower()
    if reponse is None or reponse.code not in REPONSES_DE[but]:
        return {f"code_{champ}": ["Choisissez la réponse."]}
    erreurs: dict[str, list[str]] = {}
    if reponse.code in DATEES and reponse.le is None:
        erreurs[f"le_{champ}"] = ["Donnez la date."]
    elif reponse.code not in DATEES and reponse.le is not None:
        erreurs[f"le_{champ}"] = ["Cette réponse ne porte pas de date."]
    elif reponse.le is not None and reponse.le < sinistre.survenance:
        erreurs[f"le_{champ}"] = ["Cette date précède la survenance."]
    elif reponse.le is not None and reponse.code in FIXENT_LA_CONSOLIDATION and reponse.le > timezone.localdate():
        erreurs[f"le_{champ}"] = ["Cette date est à venir : une consolidation prévue n’est pas acquise."]
    if reponse.code == CodeReponse.REPRISE_TPT and reponse.quotite not in QUOTITES:
        erreurs[f"quotite_{champ}"] = ["Donnez la quotité, de 50 à 90 %."]
    elif reponse.code != CodeReponse.REPRISE_TPT and reponse.quotite is not None:
        erreurs[f"quotite_{champ}"] = ["Seul un temps partiel thérapeutique a une quotité."]
    return erreurs


def _dossier(branche: Branche) -> Sinistre:
    if branche.sinistre is None:
        raise ValueError("An expertise belongs to a sinistre.")
    return branche.sinistre


def _branche(mission: Mission) -> Branche:
    if mission.branche is None:
        raise ValueError("A mission under way is that of an expertise.")
    return mission.branche
