"""What the employer decides after a contre-visite, what may be contested, and what the responsable does about a delay (domain: §5.1).

Only the employer stops a payment, and only after asking the agent to justify himself and proving his will to evade the control, when
there was no examination (CE 24/10/1990, 14/1/1991).
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreTache, OrigineBranche
from cases.enums_contre_visite import MANQUES, SUITES_DATEES, AuteurContestation, ResultatContreVisite, SuiteContreVisite
from cases.enums_saisine import ObjetSaisine
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, ContreVisite, InterruptionVersement, Sinistre, Tache
from cases.services import interruptions, taches
from workflows import ecarts, moteur, verrous
from workflows.branches.saisine import actes as saisine
from workflows.mots import check_words
from workflows.noeuds import tell

R, S = ResultatContreVisite, SuiteContreVisite

SUITES_DE: dict[str, tuple[SuiteContreVisite, ...]] = {
    R.JUSTIFIE_JUSQU_AU: (S.MAINTIEN, S.REPRISE, S.SANS_SUITE),
    R.NON_JUSTIFIE_REPRISE: (S.REPRISE, S.MISE_EN_DEMEURE, S.INTERRUPTION_VERSEMENT, S.MAINTIEN, S.SANS_SUITE),
    R.REPRISE_AMENAGEE: (S.REPRISE, S.MAINTIEN, S.SANS_SUITE),
    **dict.fromkeys(MANQUES, (S.MISE_EN_DEMEURE, S.INTERRUPTION_VERSEMENT, S.MAINTIEN, S.SANS_SUITE)),
}
"""What the employer may decide after each outcome. A leave found justified asks for no decision."""


def decider(
    *,
    acteur: User,
    branche: Branche,
    suite: str,
    le: dt.date,
    a_compter_du: dt.date | None = None,
    justification_demandee_le: dt.date | None = None,
    volonte_etablie: bool = False,
) -> None:
    """Record the employer's decision of the day `le`, by himself or by the CDG for him. It takes effect at once (suites.appliquer).

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide: a decision that the outcome does not allow, an undated effect, an interruption
    without the justification asked for and the will proved.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="decision") as e:
        contre_visite = e.branche.contre_visite
        if suite not in SUITES_DE.get(contre_visite.resultat, ()):
            resultat = ResultatContreVisite(contre_visite.resultat).label.lower()
            raise DonneeInvalide.sur("suite", f"Cette décision ne suit pas ce résultat : {resultat}.")
        erreurs = _check_days(contre_visite, suite, le, a_compter_du)
        if suite == S.INTERRUPTION_VERSEMENT and contre_visite.est_manque:
            erreurs |= _check_evasion(contre_visite, le, justification_demandee_le, volonte_etablie)
        if erreurs:
            raise DonneeInvalide(erreurs)
        contre_visite.suite, contre_visite.decision_le, contre_visite.decision_par = suite, le, acteur
        contre_visite.a_compter_du = a_compter_du if suite in SUITES_DATEES else None
        if suite == S.MISE_EN_DEMEURE:
            contre_visite.mise_en_demeure_le = le
        if suite == S.INTERRUPTION_VERSEMENT and contre_visite.est_manque:
            contre_visite.demande_justification_le, contre_visite.volonte_etablie = justification_demandee_le, True
        contre_visite.save()
        e.issue = "decidee"
        effet = {"a_compter_du": a_compter_du.isoformat()} if a_compter_du is not None and suite in SUITES_DATEES else {}
        tell(e.branche, "contre_visite.decision", acteur=acteur, suite=suite, decision_du=le.isoformat(), **effet)


def _check_days(contre_visite: ContreVisite, suite: str, le: dt.date, a_compter_du: dt.date | None) -> dict[str, list[str]]:
    erreurs: dict[str, list[str]] = {}
    avis = contre_visite.avis_oral_le
    if le > timezone.localdate():
        erreurs["le"] = ["La décision est datée d’un jour à venir."]
    elif avis is not None and le < timezone.localtime(avis).date():
        erreurs["le"] = ["La décision précède l’avis du médecin."]
    if suite not in SUITES_DATEES:
        return erreurs
    depuis = _first_day(contre_visite)
    if a_compter_du is None:
        erreurs["a_compter_du"] = ["Dites à compter de quel jour."]
    elif depuis is not None and a_compter_du < depuis:
        erreurs["a_compter_du"] = [f"Rien ne change avant le {depuis:%d/%m/%Y}, jour que donne le contrôle."]
    return erreurs


def _first_day(contre_visite: ContreVisite) -> dt.date | None:
    """The first day on which a decision can bear: the return that the médecin named, or the day of the control."""
    if contre_visite.resultat_date is not None:
        apres = dt.timedelta(days=1) if contre_visite.resultat == R.JUSTIFIE_JUSQU_AU else dt.timedelta(0)
        return contre_visite.resultat_date + apres
    return timezone.localtime(contre_visite.rendez_vous_le).date() if contre_visite.rendez_vous_le is not None else None


def _check_evasion(contre_visite: ContreVisite, le: dt.date, demandee_le: dt.date | None, volonte_etablie: bool) -> dict[str, list[str]]:
    erreurs: dict[str, list[str]] = {}
    controle = contre_visite.rendez_vous_le
    if demandee_le is None:
        erreurs["justification_demandee_le"] = [
            "Le versement ne s’interrompt qu’après avoir demandé à l’agent de se justifier : dites quand."
        ]
    elif demandee_le > le or (controle is not None and demandee_le < timezone.localtime(controle).date()):
        erreurs["justification_demandee_le"] = ["La justification se demande après le contrôle manqué et avant la décision."]
    if not volonte_etablie:
        erreurs["volonte_etablie"] = ["L’interruption suppose établie la volonté de l’agent de se soustraire au contrôle."]
    return erreurs


def lever_interruption(*, acteur: User, branche: Branche, reprise_le: dt.date, motif: str) -> InterruptionVersement:
    """The employer resumes the payment from `reprise_le` on; earlier days of the interruption stay unpaid.

    Possible once the procedure is over too. Raises Refus, DonneeInvalide, Erreur when nothing is interrupted.
    """
    with transaction.atomic():
        sinistre = _locked(branche)
        exiger(acteur, "contre_visite_decider", sinistre)
        une = InterruptionVersement.objects.filter(branche=branche, levee_le__isnull=True).first()
        if une is None:
            raise Erreur("Cette procédure n’interrompt aucun versement.")
        check_words("motif", motif)
        interruptions.lever(acteur=acteur, une=une, reprise_le=reprise_le, motif=motif)
        ecarts.signaler(sinistre)
        tell(branche, "contre_visite.interruption_levee", acteur=acteur, motif=motif.strip()[:200], reprise_le=reprise_le.isoformat())
    return une


def contester(*, acteur: User, branche: Branche, par: str, le: dt.date) -> Branche:
    """Record that the agent or the employer contests the conclusions: a saisine du conseil médical opens. No delay is set against the
    conclusions of a médecin agréé (CDG2A). Possible once the procedure is over too.

    Raises Refus, DonneeInvalide, Erreur without conclusions, when it is contested already, or where no saisine can open any more.
    """
    with transaction.atomic():
        sinistre = _locked(branche)
        exiger(acteur, "contre_visite_contester", sinistre)
        contre_visite = ContreVisite.objects.get(branche=branche)
        if contre_visite.conclusions_recues_le is None:
            raise Erreur("Les conclusions écrites ne sont pas reçues : il n’y a rien à contester encore.")
        if contre_visite.contestee_le is not None:
            raise Erreur(f"Cette contre-visite est déjà contestée depuis le {contre_visite.contestee_le:%d/%m/%Y}.")
        erreurs: dict[str, list[str]] = {}
        if par not in AuteurContestation.values:
            erreurs["par"] = ["Dites qui conteste."]
        if le > timezone.localdate():
            erreurs["le"] = ["Cette date est à venir."]
        elif le < contre_visite.conclusions_recues_le:
            erreurs["le"] = ["La contestation précède les conclusions."]
        if erreurs:
            raise DonneeInvalide(erreurs)
        contre_visite.contestee_par, contre_visite.contestee_le = par, le
        contre_visite.save(update_fields=["contestee_par", "contestee_le"])
        tell(branche, "contre_visite.contestation", acteur=acteur, par=par)
        return saisine.ouvrir(
            acteur=acteur, sinistre=sinistre, objet=ObjetSaisine.CONTESTATION_CONTRE_VISITE, origine=OrigineBranche(par)
        )  # fmt: skip


def arbitrer(*, acteur: User, branche: Branche, commentaire: str) -> None:
    """The responsable says what he has done about an opinion that is late. Raises Refus, DonneeInvalide, Erreur when nothing is late."""
    if not commentaire.strip():
        raise DonneeInvalide.sur("commentaire", "Dites ce qui a été fait.")
    with transaction.atomic():
        sinistre = _locked(branche)
        exiger(acteur, "escalade_arbitrer", sinistre)
        tache = retard_a_arbitrer(branche)
        if tache is None:
            raise Erreur("Aucun retard n’est à arbitrer ici.")
        taches.terminer(acteur=acteur, tache=tache, commentaire=commentaire.strip())


def retard_a_arbitrer(branche: Branche) -> Tache | None:
    """The work item of the responsable, while it is open."""
    ouvertes = Tache.objects.filter(genre=GenreTache.ESCALADE, objet_type="branche", objet_id=branche.pk, fermee_le__isnull=True)
    return ouvertes.first()


def _locked(branche: Branche) -> Sinistre:
    if branche.sinistre_id is None:
        raise ValueError("A contre-visite belongs to a sinistre.")
    return verrous.lock(branche.sinistre_id)
