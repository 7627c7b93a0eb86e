"""What the CDG does in a contre-visite: the médecin, the appointment, the opinion, the written conclusions, the fees (domain: §5.1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from cases.enums_contre_visite import DATES_POSSIBLES, DATES_REQUISES, EXAMINES, LieuContreVisite, ResultatContreVisite
from cases.errors import AlerteAConfirmer, DonneeInvalide
from cases.models import Branche, ContreVisite, MedecinAgree, Sinistre
from cases.mots_medicaux import MOTS_MEDICAUX, revealing_words
from indemnities.models import Honoraire
from indemnities.services import honoraires
from medical.enums import RaisonConclusion
from workflows import moteur
from workflows.branches.contre_visite.delais import counts_from_examination
from workflows.noeuds import tell

RENDEZ_VOUS_MAX = dt.timedelta(days=60)
"""A control says whether the leave is justified on its day: an appointment further away is a slip of the keyboard."""


def designer(*, acteur: User, branche: Branche, medecin: MedecinAgree, atteste: bool, hors_departement: str = "") -> None:
    """Choose the médecin agréé. `atteste`: whoever chooses says that he is not the agent's treating doctor, whose name is kept nowhere.

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide (inactive, recused before, of another département without a reason).
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="designer") as e:
        contre_visite = e.branche.contre_visite
        _check_medecin(contre_visite, e.dossier, medecin, atteste, hors_departement)
        contre_visite.medecin, contre_visite.designe_le, contre_visite.recuse_le = medecin, timezone.now(), None
        contre_visite.hors_departement = hors_departement.strip()[:200]
        contre_visite.rendez_vous_le, contre_visite.mode = None, ""
        contre_visite.save()
        e.issue = "designe"


def _check_medecin(contre_visite: ContreVisite, sinistre: Sinistre, medecin: MedecinAgree, atteste: bool, raison: str) -> None:
    erreurs: dict[str, list[str]] = {}
    departement = sinistre.collectivite.departement
    if not medecin.actif:
        erreurs["medecin"] = ["Ce médecin n’est plus agréé."]
    elif contre_visite.recuses.filter(pk=medecin.pk).exists():
        erreurs["medecin"] = ["Ce médecin s’est récusé pour cette contre-visite."]
    elif medecin.departement != departement and not raison.strip():
        erreurs["hors_departement"] = [f"Ce médecin n’exerce pas dans le département {departement} : dites pourquoi lui."]
    if not atteste:
        erreurs["atteste"] = ["Le médecin traitant de l’agent ne peut pas le contrôler : attestez que ce n’est pas lui."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def fixer_rendez_vous(
    *, acteur: User, branche: Branche, le: dt.datetime, mode: str, adresse: str = ""
) -> None:  # fmt: skip
    """Fix the appointment: its instant, at the médecin's or at the agent's (then with an address, and a médecin who visits).

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="convoquer") as e:
        contre_visite = e.branche.contre_visite
        ou = adresse.strip() or contre_visite.adresse_visite
        erreurs: dict[str, list[str]] = {}
        if le < e.branche.ouverte_le.replace(second=0, microsecond=0):
            erreurs["le"] = ["Le rendez-vous précède la demande."]
        elif le > timezone.now() + RENDEZ_VOUS_MAX:
            erreurs["le"] = [f"Le rendez-vous est à plus de {RENDEZ_VOUS_MAX.days} jours : l’avis vaut pour le jour du contrôle."]
        if mode not in LieuContreVisite.values:
            erreurs["mode"] = ["Choisissez le lieu dans la liste."]
        elif mode == LieuContreVisite.DOMICILE:
            if contre_visite.medecin is not None and not contre_visite.medecin.visite_a_domicile:
                erreurs["mode"] = ["Ce médecin ne se déplace pas à domicile."]
            if not ou:
                erreurs["adresse"] = ["Donnez l’adresse de la visite."]
        if erreurs:
            raise DonneeInvalide(erreurs)
        contre_visite.rendez_vous_le, contre_visite.mode = le, mode
        contre_visite.adresse_visite = ou[:300]
        contre_visite.resultat, contre_visite.resultat_date, contre_visite.avis_oral_le = "", None, None
        if counts_from_examination(e.branche):
            contre_visite.escalade_le = None  # each appointment has its own 48 hours
        contre_visite.save()
        e.issue = "fixe"


def recuser(*, acteur: User, branche: Branche) -> None:
    """The médecin stands down, before the appointment is fixed or before his opinion: another is to be chosen.

    Raises Refus, EtapeFermee, DejaPris.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom=_open_step(branche)) as e:
        contre_visite = e.branche.contre_visite
        if contre_visite.medecin is not None:
            contre_visite.recuses.add(contre_visite.medecin)
        contre_visite.medecin, contre_visite.recuse_le, contre_visite.rendez_vous_le = None, timezone.now(), None
        contre_visite.save()
        e.issue = "recuse"


def _open_step(branche: Branche) -> str:
    """Whether the médecin has an appointment yet tells which of the two steps his standing down ends."""
    fixe = ContreVisite.objects.filter(branche=branche, rendez_vous_le__isnull=False).exists()
    return "avis" if fixe else "convoquer"


def deplacer(*, acteur: User, branche: Branche) -> None:
    """The médecin can't keep the appointment: another is to be fixed. Raises Refus, EtapeFermee, DejaPris."""
    with moteur.etape(acteur=acteur, branche=branche, nom="avis") as e:
        contre_visite = e.branche.contre_visite
        contre_visite.rendez_vous_le = None
        contre_visite.save()
        e.issue = "deplace"


def recevoir_avis(
    *, acteur: User, branche: Branche, resultat: str, recu_le: dt.datetime, resultat_date: dt.date | None = None
) -> None:  # fmt: skip
    """Take down the oral opinion, which the collectivité reads at once. `resultat` is one of the ten outcomes.

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide (instant to come or before the appointment, date missing or out of place).
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="avis") as e:
        contre_visite = e.branche.contre_visite
        _check_opinion(contre_visite, resultat, recu_le, resultat_date)
        contre_visite.resultat, contre_visite.resultat_date = resultat, resultat_date
        contre_visite.avis_oral_le, contre_visite.avis_recu_par = recu_le, acteur
        if resultat == ResultatContreVisite.REPORT_AGENT:
            contre_visite.reports += 1
            contre_visite.rendez_vous_le = None
        contre_visite.save()
        e.issue = "recu"
        tell(e.branche, "contre_visite.avis", acteur=acteur)


def _check_opinion(contre_visite: ContreVisite, resultat: str, recu_le: dt.datetime, resultat_date: dt.date | None) -> None:
    erreurs: dict[str, list[str]] = {}
    rendez_vous = contre_visite.rendez_vous_le
    if resultat not in ResultatContreVisite.values:
        raise DonneeInvalide.sur("resultat", "Choisissez le résultat dans la liste.")
    if recu_le > timezone.now():
        erreurs["recu_le"] = ["Cet instant est à venir."]
    elif resultat in EXAMINES and rendez_vous is not None and recu_le < rendez_vous:
        erreurs["recu_le"] = ["L’avis précède l’examen."]
    if resultat_date is None and resultat in DATES_REQUISES:
        erreurs["resultat_date"] = ["Ce résultat porte une date : donnez-la."]
    elif resultat_date is not None and resultat not in DATES_POSSIBLES:
        erreurs["resultat_date"] = ["Ce résultat ne porte pas de date."]
    elif resultat_date is not None and resultat in EXAMINES and rendez_vous is not None:
        controle = timezone.localtime(rendez_vous).date()
        if resultat_date < controle:
            erreurs["resultat_date"] = ["L’avis vaut à partir du contrôle, jamais pour les jours d’avant."]
        elif resultat == ResultatContreVisite.JUSTIFIE_JUSQU_AU and resultat_date > max(contre_visite.arret.fin, controle):
            erreurs["resultat_date"] = [f"L’arrêt contrôlé finit le {contre_visite.arret.fin:%d/%m/%Y}."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def recevoir_conclusions(*, acteur: User, branche: Branche, texte: str, recues_le: dt.date, raison: str = "") -> None:
    """Take down the written conclusions, as the employer will read them: whether the leave is justified, never why.

    Raises AlerteAConfirmer when they have words that look medical and no `raison` (RaisonConclusion) says why they stay: the reason is
    kept in the journal, the words are not. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="conclusions") as e:
        contre_visite = e.branche.contre_visite
        erreurs: dict[str, list[str]] = {}
        if not texte.strip():
            erreurs["texte"] = ["Écrivez les conclusions administratives."]
        if recues_le > timezone.localdate():
            erreurs["recues_le"] = ["Cette date est à venir."]
        elif contre_visite.rendez_vous_le is not None and recues_le < timezone.localtime(contre_visite.rendez_vous_le).date():
            erreurs["recues_le"] = ["Les conclusions précèdent l’examen."]
        if erreurs:
            raise DonneeInvalide(erreurs)
        if revealing_words(texte):
            if raison not in RaisonConclusion.values:
                raise AlerteAConfirmer(
                    {MOTS_MEDICAUX: "Ces conclusions, que lira l’employeur, contiennent des mots qui paraissent médicaux."}
                )
            e.motif = RaisonConclusion(raison).label
        contre_visite.conclusions, contre_visite.conclusions_recues_le = texte.strip(), recues_le
        contre_visite.save()
        e.issue = "recues"
        tell(e.branche, "contre_visite.conclusions", acteur=acteur)


def saisir_honoraires(*, acteur: User, branche: Branche, reference: str, facture_du: dt.date, montant: Decimal) -> Honoraire:
    """Type the médecin’s invoice, the employer’s charge when the control is imposed, else the insurer’s. Raises as `honoraires.saisir`."""
    with moteur.etape(acteur=acteur, branche=branche, nom="honoraires") as e:
        contre_visite = ContreVisite.objects.select_related("medecin").get(branche=e.branche)
        if contre_visite.medecin is None:
            raise DonneeInvalide.sur("reference", "Aucun médecin n’a été désigné.")
        saisi = honoraires.saisir(
            acteur=acteur,
            sinistre=e.dossier,
            branche=e.branche,
            medecin=contre_visite.medecin,
            reference=reference,
            facture_du=facture_du,
            montant=montant,
            charge=honoraires.charge_de(obligatoire=contre_visite.obligatoire),
        )
        e.issue = "saisis"
    return saisi


def sans_honoraires(*, acteur: User, branche: Branche, motif: str) -> None:
    """Nothing will be invoiced, and why. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide."""
    if not motif.strip():
        raise DonneeInvalide.sur("motif", "Dites pourquoi il n’y a pas d’honoraires.")
    with moteur.etape(acteur=acteur, branche=branche, nom="honoraires", motif=motif.strip()[:200]) as e:
        e.issue = "sans_honoraires"
