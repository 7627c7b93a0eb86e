"""Opening a recours, saying whether a third party is liable and who, noting what the employer paid, giving up.

Sources: CGFP L825-1 (action for all that was paid or maintained), L825-2 (charges patronales); domain: §5.4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger, peut
from accounts.models import User
from cases.enums import BRANCHES_INTERDITES, Canal, GenreBranche, OrigineBranche
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from cases.models import Branche
from cases.mots_medicaux import revealing_words
from indemnities.enums import AbandonRecours, EtatRecours, MandatRecours, QualiteTiers, SorteMontant
from indemnities.models import RecoursTiers
from indemnities.rules_recours import Cle, lignes_de
from indemnities.selectors_recours import encaisse, prescription_de
from indemnities.services import recours as services
from workflows import lifecycle, moteur, verrous
from workflows.branches.recours import delais
from workflows.branches.recours.detection import ouvrir
from workflows.branches.recours.suites import noter_reponse
from workflows.noeuds import tell


def demander(*, acteur: User, numero: str, constat: str, canal: Canal = Canal.PORTAIL) -> Branche:
    """Open a recours on a visible dossier once facts are known: who, or what, caused the damage. The dossier then says so.

    Works on a closed dossier too. Raises Sinistre.DoesNotExist, Refus, DonneeInvalide, TransitionImpossible, Erreur when one runs.
    """
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        exiger(acteur, "recours_signaler", sinistre)
        _check_words("constat", constat)
        if not constat.strip():
            raise DonneeInvalide.sur("constat", "Dites qui, ou ce qui, a causé le dommage.")
        if GenreBranche.RECOURS in BRANCHES_INTERDITES.get(sinistre.etat, frozenset()):
            raise TransitionImpossible(f"Le dossier est « {sinistre.get_etat_display().lower()} » : il n’y a rien à réclamer à un tiers.")
        du_cdg = peut(acteur, "recours_mener", sinistre) and canal in (Canal.PORTAIL, Canal.API)
        origine = OrigineBranche.CDG if du_cdg else OrigineBranche.COLLECTIVITE
        branche = ouvrir(acteur=acteur, sinistre=sinistre, origine=origine, canal=canal, constat=constat.strip())
        noter_reponse(sinistre, responsable=True)
    return branche


def qualifier(*, acteur: User, branche: Branche, responsable: bool, constat: str) -> None:
    """Say whether a third party is liable, and why. No: the recours ends « sans tiers », and a worker no longer has its pièces asked for.

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide without a reason.
    """
    _check_words("constat", constat)
    if not constat.strip():
        raise DonneeInvalide.sur("constat", "Dites pourquoi un tiers est, ou n’est pas, responsable.")
    with moteur.etape(acteur=acteur, branche=branche, nom="qualifier") as e:
        recours = e.branche.recours
        recours.etat = EtatRecours.QUALIFIE if responsable else EtatRecours.SANS_TIERS
        recours.constat = constat.strip()
        recours.save(update_fields=["etat", "constat"])
        e.issue = "tiers" if responsable else "sans_tiers"
        if not responsable:
            delais.arreter(e.branche)
            e.branche.issue = EtatRecours.SANS_TIERS.value
            e.branche.save(update_fields=["issue"])


@dataclass(frozen=True)
class Tiers:
    """The third party, his insurer, and for whom one acts. `vehicule`: a motor vehicle is involved (loi 85-677, art. 1)."""

    nom: str
    qualite: str
    vehicule: bool
    mandat: str
    mandat_du: dt.date | None = None
    adresse: str = ""
    assureur: str = ""
    reference: str = ""


def identifier(*, acteur: User, branche: Branche, tiers: Tiers) -> None:
    """Name the third party. His quality decides the prescription; the mandate, whose amounts are claimed.

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="identifier") as e:
        recours = e.branche.recours
        _write_tiers(recours, tiers)
        recours.etat = EtatRecours.IDENTIFIE
        recours.save()
        e.issue = tiers.qualite.lower()
        delais.recaler(e.branche)


def corriger_tiers(*, acteur: User, branche: Branche, tiers: Tiers) -> None:
    """Another third party, another insurer, another reference than what was first written; the clock follows.

    Raises Refus, DonneeInvalide; TransitionImpossible before he was first named, or once the recours is over.
    """
    with transaction.atomic():
        e, recours = lock(branche)
        exiger(acteur, "recours_mener", e.sinistre)
        if not peut_corriger_tiers(e):
            raise TransitionImpossible("Le tiers ne se corrige qu’entre son identification et la fin du recours.")
        if recours.reclame_le is not None and tiers.mandat != recours.mandat:
            raise DonneeInvalide.sur("mandat", "La réclamation est faite : complétez-la plutôt, ou abandonnez ce recours.")
        _write_tiers(recours, tiers)
        recours.save()
        with moteur.held(e):
            delais.recaler(e)
        tell(e, "recours.tiers_corrige", acteur=acteur, qualite=tiers.qualite)


def peut_corriger_tiers(branche: Branche) -> bool:
    return branche.est_en_cours and branche.recours.mandat != ""


def _write_tiers(recours: RecoursTiers, tiers: Tiers) -> None:
    _check_tiers(tiers)
    recours.tiers_nom, recours.tiers_qualite, recours.tiers_adresse = tiers.nom.strip(), tiers.qualite, tiers.adresse.strip()
    recours.vehicule, recours.assureur_nom, recours.reference = tiers.vehicule, tiers.assureur.strip(), tiers.reference.strip()
    recours.mandat, recours.mandat_du = tiers.mandat, tiers.mandat_du


def _check_tiers(tiers: Tiers) -> None:
    erreurs: dict[str, list[str]] = {}
    if not tiers.nom.strip() or len(tiers.nom) > 150:
        erreurs["nom"] = ["Donnez le nom du tiers ou du fonds de garantie (150 caractères au plus)."]
    if tiers.qualite not in QualiteTiers.values or tiers.qualite == QualiteTiers.INCONNU:
        erreurs["qualite"] = ["Dites ce qu’est le tiers : la prescription en dépend. S’il reste inconnu, le fonds de garantie répond."]
    for champ, texte, longueur in (
        ("assureur", tiers.assureur, 150),
        ("reference", tiers.reference, 60),
        ("adresse", tiers.adresse, 500),
    ):
        if len(texte) > longueur:
            erreurs[champ] = [f"{longueur} caractères au plus."]
    if tiers.mandat not in MandatRecours.values:
        erreurs["mandat"] = ["Dites pour qui le recours est mené."]
    elif tiers.mandat == MandatRecours.COMMUN and tiers.mandat_du is None:
        erreurs["mandat_du"] = ["Donnez la date du mandat ou de la convention de l’assureur."]
    if tiers.mandat_du is not None and tiers.mandat_du > timezone.localdate():
        erreurs["mandat_du"] = ["Le mandat est daté d’un jour à venir."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def declarer_depenses(*, acteur: User, branche: Branche, montants: Mapping[Cle, Decimal]) -> None:
    """The employer says what he has paid himself, by poste, in euros; the next chiffrage claims it instead of what would be computed.

    Only before the claim is made. Raises Refus, DonneeInvalide, TransitionImpossible.
    """
    with transaction.atomic():
        e, recours = lock(branche)
        exiger(acteur, "recours_signaler", e.sinistre)
        if not peut_declarer_depenses(e):
            raise TransitionImpossible("La réclamation est faite : les dépenses de l’employeur n’y changent plus rien.")
        etrangeres = set(montants) - set(lignes_de_l_employeur(e))
        if etrangeres:
            raise DonneeInvalide({services.champ_de(cle): ["Ce poste n’est pas réclamé pour l’employeur."] for cle in sorted(etrangeres)})
        if not montants:
            raise DonneeInvalide.sur("", "Donnez au moins un montant.")
        total = services.ecrire(acteur=acteur, recours=recours, sorte=SorteMontant.DEPENSE, montants=montants)
        tell(e, "recours.depenses", acteur=acteur, montant=f"{total:.2f}")


def lignes_de_l_employeur(branche: Branche) -> list[Cle]:
    """The lines on which an employer may declare what he paid."""
    nature = branche.sinistre.nature if branche.sinistre is not None else ""
    return lignes_de(nature, MandatRecours.COLLECTIVITE)


def peut_declarer_depenses(branche: Branche) -> bool:
    avant = (EtatRecours.DETECTE, EtatRecours.QUALIFIE, EtatRecours.IDENTIFIE, EtatRecours.CHIFFRE)
    return branche.est_en_cours and branche.recours.etat in avant


def voir_alerte(*, acteur: User, branche: Branche, suite: str) -> None:
    """Answer a warning of prescription: say what is being done. The next one comes at its own time.

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide without an answer.
    """
    if not suite.strip():
        raise DonneeInvalide.sur("suite", "Dites ce qui est fait avant la prescription.")
    with moteur.etape(acteur=acteur, branche=branche, nom="prescription", motif=suite.strip()[:500]) as e:
        recours = e.branche.recours
        recours.alerte_vue_le = timezone.localdate()
        recours.save(update_fields=["alerte_vue_le"])
        delais.fermer_escalade(e.branche)
        e.issue = "vue"


def abandonner(*, acteur: User, branche: Branche, motif: str, explication: str) -> None:
    """Give up a recours, with a motive of the list and its explanation. What has been received is split already, and stays.

    Raises Refus, DonneeInvalide; TransitionImpossible when it is over, or said prescribed while it is not.
    """
    if motif not in AbandonRecours.values:
        raise DonneeInvalide.sur("motif", "Choisissez un motif dans la liste.")
    if not explication.strip():
        raise DonneeInvalide.sur("explication", "Expliquez cet abandon.")
    with transaction.atomic():
        e, recours = lock(branche)
        exiger(acteur, "recours_mener", e.sinistre)
        if not e.est_en_cours:
            raise TransitionImpossible("Ce recours est déjà terminé.")
        if recours.encaissements.filter(parts__isnull=True).exists():
            raise Erreur("Un paiement attend d’être réparti : réessayez dans un instant.")
        if motif == AbandonRecours.PRESCRIT:
            _require_prescribed(recours)
        elif motif == AbandonRecours.ERREUR and encaisse(recours) != 0:
            raise DonneeInvalide.sur("motif", "De l’argent a été encaissé : ce recours n’a pas été ouvert par erreur.")
        recours.etat = EtatRecours.PRESCRIT if motif == AbandonRecours.PRESCRIT else EtatRecours.ABANDONNE
        recours.motif_abandon = motif
        recours.save(update_fields=["etat", "motif_abandon"])
        phrase = f"{AbandonRecours(motif).label} : {explication.strip()}"
        moteur.abandonner(acteur=acteur, branche=e, motif=phrase)


def _require_prescribed(recours: RecoursTiers) -> None:
    fin = prescription_de(recours, recours.sinistre).fin
    if recours.assigne_le is not None or recours.accord_le is not None:
        raise DonneeInvalide.sur("motif", "L’assignation ou l’accord a arrêté la prescription.")
    if fin is None or fin >= timezone.localdate():
        quand = f"elle court jusqu’au {fin:%d/%m/%Y}" if fin is not None else "la consolidation n’est pas connue"
        raise DonneeInvalide.sur("motif", f"La prescription n’est pas acquise : {quand}.")


def lock(branche: Branche) -> tuple[Branche, RecoursTiers]:
    """The branch and its recours as they are now, the sinistre locked: for an act that is no step of the flow."""
    sinistre = verrous.lock(branche.sinistre_id or 0)
    fresh = Branche.objects.get(pk=branche.pk)
    recours = RecoursTiers.objects.get(branche=fresh)
    fresh.sinistre = recours.sinistre = sinistre
    fresh.recours = recours
    return fresh, recours


def _check_words(champ: str, texte: str) -> None:
    """The employer, the insurer and the third party read it: nothing medical."""
    mots = revealing_words(texte)
    if mots:
        raise DonneeInvalide.sur(champ, f"Ce texte sort du dossier et semble médical (« {mots[0]} ») : dites les faits, jamais la lésion.")
