"""What people do for a saisine du conseil médical. Each act is one transaction, in the house's lock order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.enums import BRANCHES_INTERDITES, Canal, EtatBranche, GenreBranche, GenreEcheance, GenreTache, OrigineBranche
from cases.enums_saisine import Contestataire, FormationConseil, InstanceConseil, ObjetSaisine, PieceSaisine
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, Saisine, Sinistre, Tache
from cases.services import echeances, taches
from workflows import lifecycle, moteur, verrous
from workflows.branches.saisine import delais, regles
from workflows.branches.saisine.suites import tasks_of
from workflows.mots import check_words
from workflows.noeuds import ETAPE, tell

# -- Asking -------------------------------------------------------------------------------------------------------------------


def demander(
    *, acteur: User, numero: str, objet: str, demande_agent_le: dt.date | None = None, canal: Canal = Canal.PORTAIL
) -> Branche:  # fmt: skip
    """Prepare a saisine on a visible dossier; `demande_agent_le` where the agent asked for it himself. What « Anticiper la saisine »
    waited for is then under way. Raises Sinistre.DoesNotExist, Refus, DonneeInvalide, Erreur.
    """
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        exiger(acteur, "saisine_mener", sinistre)
        origine = OrigineBranche.AGENT if demande_agent_le is not None else OrigineBranche.CDG
        return ouvrir(acteur=acteur, sinistre=sinistre, objet=objet, origine=origine, demande_agent_le=demande_agent_le, canal=canal)


def ouvrir(
    *, acteur: User | None, sinistre: Sinistre, objet: str, origine: OrigineBranche, demande_agent_le: dt.date | None = None,
    canal: Canal = Canal.PORTAIL,
) -> Branche:  # fmt: skip
    """The same for a caller who holds the lock of `sinistre` and has checked the right: an act of another branch (a contre-visite
    contested), a rule. Raises DonneeInvalide, Erreur.
    """
    if objet not in ObjetSaisine.values:
        raise DonneeInvalide.sur("objet", "Choisissez l’objet de la saisine dans la liste.")
    if demande_agent_le is not None and not sinistre.survenance <= demande_agent_le <= timezone.localdate():
        raise DonneeInvalide.sur("demande_agent_le", "La demande de l’agent se place entre la survenance et aujourd’hui.")
    if GenreBranche.SAISINE in BRANCHES_INTERDITES.get(sinistre.etat, frozenset()):
        raise Erreur(f"Le dossier est « {sinistre.get_etat_display().lower()} » : plus rien ne s’y ouvre.")
    raison = regles.raison_contre(sinistre, objet)
    if raison:
        raise DonneeInvalide.sur("objet", raison)
    if Saisine.objects.filter(branche__sinistre=sinistre, branche__etat=EtatBranche.EN_COURS, objet=objet).exists():
        raise Erreur(f"Une saisine « {ObjetSaisine(objet).label.lower()} » est déjà en cours sur ce dossier.")
    branche = moteur.ouvrir(
        acteur=acteur,
        genre=GenreBranche.SAISINE,
        sinistre=sinistre,
        origine=origine,
        metier=lambda b: Saisine.objects.create(branche=b, objet=objet, demande_agent_le=demande_agent_le),
        canal=canal,
    )
    if objet in regles.SUITE_DU_CONGE:
        taches.fermer(sinistre=sinistre, genres=[GenreTache.SAISINE], issue="saisine_ouverte")
        echeances.lever(sinistre=sinistre, genres=[GenreEcheance.SAISINE])
    _hasten(branche)
    return branche


def contester(*, acteur: User, branche: Branche, par: str, le: dt.date) -> Branche:
    """Contest an opinion of the restricted formation before the conseil médical supérieur, within two months of its notification
    (décret 87-602, art. 5-2): a saisine of its own opens. An employer contests for himself, the CDG keys what an agent sends.

    Raises Refus, DonneeInvalide, Erreur.
    """
    if par not in Contestataire.values:
        raise DonneeInvalide.sur("par", "Dites qui conteste : l’agent ou l’employeur.")
    with transaction.atomic():
        sinistre = lock_of(branche)
        exiger(acteur, "saisine_mener" if par == Contestataire.AGENT else "saisine_decider", sinistre)
        if GenreBranche.SAISINE in BRANCHES_INTERDITES.get(sinistre.etat, frozenset()):
            raise Erreur(f"Le dossier est « {sinistre.get_etat_display().lower()} » : plus rien ne s’y ouvre.")
        saisine = Saisine.objects.select_for_update(of=("self",)).get(branche=branche)
        limite = saisine.limite_contestation
        if limite is None or saisine.notifie_le is None:
            raise Erreur("Seul un avis notifié de la formation restreinte se conteste devant le conseil médical supérieur.")
        if Saisine.objects.filter(conteste=saisine).exists():
            raise Erreur("Cet avis est déjà contesté.")
        if not saisine.notifie_le <= le <= timezone.localdate():
            raise DonneeInvalide.sur("le", "La contestation se place entre la notification de l’avis et aujourd’hui.")
        if le > limite:
            raise DonneeInvalide.sur("le", f"Le délai de deux mois est passé depuis le {limite:%d/%m/%Y}.")
        recours = moteur.ouvrir(
            acteur=acteur,
            genre=GenreBranche.SAISINE,
            sinistre=sinistre,
            origine=OrigineBranche.AGENT if par == Contestataire.AGENT else OrigineBranche.COLLECTIVITE,
            metier=lambda b: Saisine.objects.create(
                branche=b, objet=saisine.objet, instance=InstanceConseil.SUPERIEUR, conteste=saisine, contestee_par=par
            ),
        )  # fmt: skip
        tell(branche, "saisine.contestee", acteur=acteur, par=par, du=le.isoformat())
    return recours


# -- The dossier, its transmission --------------------------------------------------------------------------------------------


def reunir(*, acteur: User, branche: Branche, pieces: Sequence[str], incomplet_motif: str = "") -> bool:
    """Note which pièces are gathered. Complete, or sent as it is with a reason, the dossier goes on to its transmission. Returns
    whether it does. Raises Refus, EtapeFermee, DonneeInvalide.
    """
    inconnues = set(pieces) - set(PieceSaisine.values)
    if inconnues:
        raise DonneeInvalide.sur("pieces", "Choisissez les pièces dans la liste.")
    check_words("incomplet_motif", incomplet_motif)
    with transaction.atomic():
        sinistre = lock_of(branche)
        exiger(acteur, "saisine_mener", sinistre)
        saisine = Saisine.objects.select_for_update(of=("self",)).get(branche=branche)
        reunies = [code for code in saisine.pieces_requises if code in pieces]
        complet = len(reunies) == len(saisine.pieces_requises) or bool(incomplet_motif.strip())
        if complet:
            with moteur.etape(acteur=acteur, branche=branche, nom="dossier") as e:
                _gather(e.branche.saisine, reunies, incomplet_motif)
                e.issue = "complet" if not e.branche.saisine.pieces_manquantes else "incomplet"
            _hasten(branche)
        else:
            dossier = Tache.objects.filter(genre=GenreTache.SC_DOSSIER, objet_type=ETAPE, objet_id__in=tasks_of(branche))
            if not dossier.filter(fermee_le__isnull=True).exists():
                raise moteur.EtapeFermee("Constituer le dossier")
            _gather(saisine, reunies, "")
            tell(branche, "saisine.pieces_notees", acteur=acteur, reunies=len(reunies), requises=len(saisine.pieces_requises))
    return complet


def _gather(saisine: Saisine, reunies: Sequence[str], motif: str) -> None:
    saisine.pieces = list(reunies)
    saisine.incomplet_motif = motif.strip()[:200] if saisine.pieces_manquantes else ""
    saisine.save(update_fields=["pieces", "incomplet_motif"])


def transmettre(*, acteur: User, branche: Branche, le: dt.date, formation: str) -> None:
    """The dossier has gone to the conseil médical on that day. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide."""
    with moteur.etape(acteur=acteur, branche=branche, nom="transmettre") as e:
        saisine = e.branche.saisine
        if formation not in FormationConseil.values:
            raise DonneeInvalide.sur("formation", "Choisissez la formation : restreinte ou plénière.")
        if not e.dossier.survenance <= le <= timezone.localdate():
            raise DonneeInvalide.sur("le", "La transmission se place entre la survenance et aujourd’hui.")
        saisine.transmise_le, saisine.formation = le, formation
        saisine.save(update_fields=["transmise_le", "formation"])
        e.issue = formation.lower()
        tell(e.branche, "saisine.transmise", acteur=acteur, du=le.isoformat())


# -- Helpers ------------------------------------------------------------------------------------------------------------------


def lock_of(branche: Branche) -> Sinistre:
    if branche.sinistre_id is None:
        raise ValueError("A saisine has a sinistre.")
    return verrous.lock(branche.sinistre_id)


def _hasten(branche: Branche) -> None:
    """An agent's request is passed on within three weeks: the open step is due by then at the latest."""
    saisine = Saisine.objects.get(branche=branche)
    if saisine.demande_agent_le is None:
        return
    limite = delais.transmettre_avant(saisine.demande_agent_le)
    ouvertes = Tache.objects.filter(objet_type=ETAPE, objet_id__in=tasks_of(branche), fermee_le__isnull=True)
    ouvertes.filter(due_at__gt=limite).update(due_at=limite)
