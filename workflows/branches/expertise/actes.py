"""What the gestionnaire does in an expertise: the médecin agréé, the convocation, what prevents the examination, the fees."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreTache
from cases.enums_expertise import CARENCE_DE_L_AGENT, MotifAbsence, MotifRecusation, SuiteExamen
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, Expertise, MedecinAgree, Sinistre, Tache
from cases.services import avis as referrals
from cases.services import taches
from indemnities.models import Honoraire
from indemnities.services import honoraires
from workflows import moteur, verrous
from workflows.branches.expertise import regles
from workflows.branches.expertise.delais import MAX_MISSION, MISSION, PREAVIS
from workflows.mots import check_words
from workflows.noeuds import ETAPE, tell
from workflows.registre import flow_of

CONDUIRE = "expertise_mener"
MAX_RENDEZ_VOUS = dt.timedelta(days=366)


# -- The médecin agréé -----------------------------------------------------------------------------------------------------------


def designer(*, acteur: User, branche: Branche, medecin: MedecinAgree, atteste: bool) -> None:
    """Choose the médecin agréé. `atteste`: whoever chooses says that he is not the agent's treating doctor, whose name is kept nowhere
    (décret 87-602). Without an account of expert in the bulle, his report comes by post.

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide (inactive, set aside before, the agent himself, not attested).
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="designer") as e:
        expertise = e.branche.expertise
        _check_medecin(expertise, e.dossier, medecin, atteste)
        expertise.medecin = medecin
        expertise.par_courrier = medecin.compte is None or not medecin.compte.is_active or not medecin.compte.has_role(Role.EXPERT)
        expertise.suite, expertise.absence = "", ""
        expertise.rendez_vous = expertise.convoquee_le = expertise.fin = None
        expertise.lieu = expertise.motif_preavis = ""
        expertise.save()
        e.issue = "designe"


def _check_medecin(expertise: Expertise, sinistre: Sinistre, medecin: MedecinAgree, atteste: bool) -> None:
    erreurs: dict[str, list[str]] = {}
    if not medecin.actif:
        erreurs["medecin"] = ["Ce médecin n’est plus agréé."]
    elif medecin.pk in expertise.recuses:
        erreurs["medecin"] = ["Ce médecin a été écarté de cette expertise."]
    elif medecin.compte_id is not None and medecin.compte_id == sinistre.compte_agent_id:
        erreurs["medecin"] = ["Personne ne traite son propre dossier : choisissez un autre médecin."]
    elif medecin.compte_id is not None and medecin.compte_id == expertise.avis.medecin_id:
        erreurs["medecin"] = ["Le médecin conseil qui a rédigé la mission ne peut pas être l’expert."]
    if not atteste:
        erreurs["atteste"] = ["L’expert n’est jamais le médecin traitant de l’agent : attestez-le."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def recuser(*, acteur: User, branche: Branche, motif: str) -> None:
    """Set the médecin aside (MotifRecusation), before the convocation or before his report: another is to be designated, and from the
    next request on he reads nothing more. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide.
    """
    if motif not in MotifRecusation.values:
        raise DonneeInvalide.sur("motif", "Choisissez le motif dans la liste.")
    libelle = MotifRecusation(motif).label
    with moteur.etape(acteur=acteur, branche=branche, nom=etape_en_cours(branche), motif=libelle, action=CONDUIRE) as e:
        ecarter(e)


def ecarter(e: moteur.EtapeOuverte) -> None:
    """The médecin of the step being carried out has no right nor appointment any more."""
    expertise = e.branche.expertise
    if expertise.medecin_id is not None:
        expertise.recuses = [*expertise.recuses, expertise.medecin_id]
    expertise.medecin, expertise.suite, expertise.absence = None, SuiteExamen.RECUSE, ""
    expertise.save(update_fields=["recuses", "medecin", "suite", "absence"])
    e.issue = "recuse"


def etape_en_cours(branche: Branche) -> str:
    """Which step awaits the médecin or his report: that of the convocation, of his report in the bulle, of his report by post."""
    expertise = Expertise.objects.get(branche=branche)
    if expertise.convoquee_le is None or expertise.suite:
        return "convoquer"
    return "rapport_papier" if expertise.par_courrier else "rapport"


# -- The convocation ---------------------------------------------------------------------------------------------------------------


def convoquer(
    *, acteur: User, branche: Branche, le: dt.datetime, lieu: str, motif_preavis: str = "", fin: dt.date | None = None
) -> None:  # fmt: skip
    """Fix the examination: its instant and place. Less than fifteen days' notice (AREDOC) needs a reason.

    `fin`: the last day on which the expert reads the mission, sixty days after the examination unless told.
    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide (past, too near without a reason, over a year ahead, no place, wrong end).
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="convoquer") as e:
        expertise = e.branche.expertise
        check_words("motif_preavis", motif_preavis)
        jour = timezone.localtime(le).date()
        dernier = fin or jour + MISSION
        _check_convocation(le, lieu, motif_preavis, dernier)
        expertise.rendez_vous, expertise.lieu, expertise.fin = le, lieu.strip()[:300], dernier
        expertise.motif_preavis = motif_preavis.strip()[:200] if jour - timezone.localdate() < PREAVIS else ""
        expertise.convoquee_le, expertise.suite, expertise.absence = timezone.now(), "", ""
        expertise.save()
        e.issue = "convoque"


def _check_convocation(le: dt.datetime, lieu: str, motif_preavis: str, fin: dt.date) -> None:
    erreurs: dict[str, list[str]] = {}
    jour = timezone.localtime(le).date()
    if le <= timezone.now():
        erreurs["le"] = ["Le rendez-vous est à venir."]
    elif le > timezone.now() + MAX_RENDEZ_VOUS:
        erreurs["le"] = ["Le rendez-vous est à plus d’un an."]
    elif jour - timezone.localdate() < PREAVIS and not motif_preavis.strip():
        erreurs["motif_preavis"] = [f"L’agent est convoqué {PREAVIS.days} jours avant au moins : dites pourquoi ce délai est raccourci."]
    if not lieu.strip():
        erreurs["lieu"] = ["Donnez le lieu de l’examen."]
    if fin < jour:
        erreurs["fin"] = ["La mission finit après l’examen."]
    elif fin - jour > MAX_MISSION:
        erreurs["fin"] = ["Une mission dure un an au plus après l’examen."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def prolonger(*, acteur: User, branche: Branche, fin: dt.date) -> None:
    """Give the expert another last day, before his report. Raises Refus, Erreur when none is awaited, DonneeInvalide."""
    with transaction.atomic():
        sinistre = verrous.lock(_sinistre_id(branche))
        exiger(acteur, CONDUIRE, sinistre)
        with moteur.held(branche):
            fraiche = Branche.objects.select_related("expertise").get(pk=branche.pk)
            expertise = fraiche.expertise
            if not fraiche.est_en_cours or expertise.convoquee_le is None or expertise.suite or expertise.rendez_vous is None:
                raise Erreur("Aucun rapport n’est attendu pour cette expertise.")
            jour = timezone.localtime(expertise.rendez_vous).date()
            if fin < timezone.localdate() or fin < jour:
                raise DonneeInvalide.sur("fin", "Donnez un jour à venir, après l’examen.")
            if fin - jour > MAX_MISSION:
                raise DonneeInvalide.sur("fin", "Une mission dure un an au plus après l’examen.")
            expertise.fin = fin
            expertise.save(update_fields=["fin"])
            taches.fermer_objet(genre=GenreTache.ESCALADE, objet_type="branche", objet_id=fraiche.pk, issue="prolongee")
            tell(fraiche, "expertise.prolongee", acteur=acteur, fin=fin.isoformat())


# -- No examination ------------------------------------------------------------------------------------------------------------------


def constater_absence(*, acteur: User, branche: Branche, absence: str, reporter: bool) -> None:
    """No examination took place (MotifAbsence): another appointment is to be fixed, or, on the agent's own default, it ends there and
    the employer decides what that is worth. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom=etape_en_cours(branche), action=CONDUIRE) as e:
        manquer(e, absence=absence, reporter=reporter)


def manquer(e: moteur.EtapeOuverte, *, absence: str, reporter: bool) -> None:
    """The same, in the step being carried out."""
    expertise = e.branche.expertise
    if absence not in MotifAbsence.values:
        raise DonneeInvalide.sur("absence", "Choisissez le motif dans la liste.")
    if expertise.convoquee_le is None or expertise.suite or expertise.rendez_vous is None:
        raise Erreur("L’agent n’est pas convoqué.")
    if absence in CARENCE_DE_L_AGENT and expertise.rendez_vous > timezone.now():
        raise DonneeInvalide.sur("absence", "Le rendez-vous est à venir : l’agent n’y a pas encore manqué.")
    if not reporter and absence not in CARENCE_DE_L_AGENT:
        raise DonneeInvalide.sur("reporter", "L’agent n’est pas en défaut : fixez un autre rendez-vous.")
    expertise.absence = absence
    expertise.suite = SuiteExamen.REPORT if reporter else SuiteExamen.CARENCE
    expertise.reports += int(reporter)
    expertise.save(update_fields=["absence", "suite", "reports"])
    e.issue = expertise.suite.lower()


def finir_sans_examen(*, acteur: User, branche: Branche) -> None:
    """Instead of another appointment, after an absence that is the agent's own: the expertise ends there and the employer decides.

    Raises Refus, EtapeFermee, DejaPris, Erreur when the agent is not in default.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="convoquer") as e:
        expertise = e.branche.expertise
        if expertise.suite != SuiteExamen.REPORT or expertise.absence not in CARENCE_DE_L_AGENT:
            raise Erreur("L’agent n’est pas en défaut : convoquez-le.")
        expertise.suite = SuiteExamen.CARENCE
        expertise.save(update_fields=["suite"])
        e.issue = "carence"


# -- The fees ------------------------------------------------------------------------------------------------------------------------


def saisir_honoraires(
    *, acteur: User, branche: Branche, reference: str, facture_du: dt.date, montant: Decimal, medecin: MedecinAgree | None = None
) -> Honoraire:  # fmt: skip
    """Type the médecin's invoice, in euros: the collectivité bears a control that a text imposes, the insurer any other (S002).

    `medecin`: the last one designated unless told. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="honoraires") as e:
        expertise = e.branche.expertise
        qui = medecin or expertise.medecin
        if qui is None:
            raise DonneeInvalide.sur("medecin", "Dites quel médecin présente cette facture.")
        e.issue = "saisis"
        return honoraires.saisir(
            acteur=acteur,
            sinistre=e.dossier,
            branche=e.branche,
            medecin=qui,
            reference=reference,
            facture_du=facture_du,
            montant=montant,
            charge=honoraires.charge_de(obligatoire=expertise.obligatoire),
        )


def renoncer_aux_honoraires(*, acteur: User, branche: Branche, raison: str) -> None:
    """No invoice will come, and why. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide."""
    if not raison.strip():
        raise DonneeInvalide.sur("raison", "Dites pourquoi aucune facture n’est attendue.")
    with moteur.etape(acteur=acteur, branche=branche, nom="honoraires", motif=raison.strip()) as e:
        e.branche.expertise.sans_honoraires = raison.strip()[:200]
        e.branche.expertise.save(update_fields=["sans_honoraires"])
        e.issue = "sans_objet"


# -- The médecin conseil -----------------------------------------------------------------------------------------------------------


def changer_de_medecin_conseil(*, acteur: User, branche: Branche, medecin: User) -> None:
    """The dossier was taken back from its médecin conseil: another receives it, with the steps of the expertise that wait.

    Raises Refus, Erreur while it is still entrusted or once the expertise is concluded, DonneeInvalide.
    """
    with transaction.atomic():
        sinistre = verrous.lock(_sinistre_id(branche))
        exiger(acteur, CONDUIRE, sinistre)
        with moteur.held(branche):
            fraiche = Branche.objects.select_related("expertise__avis").get(pk=branche.pk)
            expertise = fraiche.expertise
            if not fraiche.est_en_cours or expertise.est_conclue:
                raise Erreur("Cette expertise n’attend plus de médecin conseil.")
            if expertise.avis.rappele_le is None:
                raise Erreur("Le dossier est encore confié à un médecin conseil : reprenez-le-lui d’abord.")
            expertise.avis = referrals.confier(
                acteur=acteur, sinistre=sinistre, medecin=medecin, question=regles.question_de(expertise.buts)
            )  # fmt: skip
            expertise.avis_a_rendre = True
            expertise.save(update_fields=["avis", "avis_a_rendre"])
            siennes = [GenreTache.EX_MISSION, GenreTache.EX_CONCLUSIONS]
            etapes = flow_of(fraiche.genre).task_class.objects.filter(process=fraiche.processus_id).values("pk")
            Tache.objects.filter(objet_type=ETAPE, objet_id__in=etapes, genre__in=siennes, fermee_le__isnull=True).update(
                destinataire=medecin, porteur=None, pris_le=None
            )
            tell(fraiche, "expertise.medecin_conseil_change", acteur=acteur)


def _sinistre_id(branche: Branche) -> int:
    if branche.sinistre_id is None:
        raise ValueError("An expertise belongs to a sinistre.")
    return branche.sinistre_id
