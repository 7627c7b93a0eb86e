"""Asking for an expertise: by the gestionnaire, or by the médecin conseil to whom the dossier is entrusted."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from accounts.gate import exiger
from accounts.models import User
from cases.enums import BRANCHES_INTERDITES, Canal, GenreBranche, OrigineBranche
from cases.enums_expertise import VISENT_UNE_PERIODE, ButExpertise
from cases.errors import DonneeInvalide, TransitionImpossible
from cases.models import Arret, AvisMedecin, Branche, Expertise, Sinistre
from cases.services import avis as referrals
from workflows import moteur
from workflows.branches.expertise import regles
from workflows.lifecycle import lock_visible


def avis_en_cours(sinistre: Sinistre) -> AvisMedecin | None:
    """The latest referral of the dossier that has not been taken back, given or not: its médecin reads the dossier."""
    confies = AvisMedecin.objects.filter(sinistre=sinistre, rappele_le__isnull=True, medecin__is_active=True)
    return confies.select_related("medecin").order_by("-pk").first()


def demander(
    *,
    acteur: User,
    sinistre: Sinistre,
    buts: Sequence[str],
    arret: Arret | None = None,
    obligatoire: bool = False,
    medecin: User | None = None,
    canal: Canal = Canal.PORTAIL,
    origine: OrigineBranche = OrigineBranche.CDG,
) -> Branche:
    """Open an expertise: what is asked for (ButExpertise), on which arrêt where a goal is about one, whether a text imposes it.

    Where the dossier is entrusted to no médecin conseil, `medecin` receives it, with the question of the first goal that has one: the
    conclusions of the expertise will answer it. The medical questions are written in the bulle, next.

    Raises Sinistre.DoesNotExist, Refus, TransitionImpossible (a closed, refused or cancelled dossier), DonneeInvalide, Erreur when an
    expertise runs already.
    """
    with transaction.atomic():
        dossier = lock_visible(acteur, sinistre.numero)
        exiger(acteur, "expertise_demander", dossier)
        if GenreBranche.EXPERTISE in BRANCHES_INTERDITES.get(dossier.etat, ()):
            raise TransitionImpossible(
                f"Le dossier est « {dossier.get_etat_display().lower()} » : rouvrez-le avant de demander une expertise."
            )
        _check(dossier, buts, arret)
        avis = avis_en_cours(dossier)
        a_rendre = avis is None
        if avis is None:
            avis = _refer(acteur, dossier, buts, medecin)

        def metier(branche: Branche) -> None:
            Expertise.objects.create(
                branche=branche,
                avis=avis,
                avis_a_rendre=a_rendre,
                buts=[but for but in ButExpertise.values if but in buts],
                arret=arret if VISENT_UNE_PERIODE.intersection(buts) else None,
                obligatoire=obligatoire,
            )

        return moteur.ouvrir(
            acteur=acteur, genre=GenreBranche.EXPERTISE, sinistre=dossier, origine=origine, metier=metier, canal=canal
        )  # fmt: skip


def _check(sinistre: Sinistre, buts: Sequence[str], arret: Arret | None) -> None:
    erreurs: dict[str, list[str]] = {}
    if not buts:
        erreurs["buts"] = ["Dites ce que l’expertise doit établir."]
    elif not set(buts) <= set(ButExpertise.values):
        erreurs["buts"] = ["Choisissez les buts dans la liste."]
    if VISENT_UNE_PERIODE.intersection(buts) and arret is None:
        erreurs["arret"] = ["Dites quelle période est en question."]
    elif arret is not None and (arret.sinistre_id != sinistre.pk or not arret.actif):
        erreurs["arret"] = ["Cette période n’est pas, ou plus, de ce dossier."]
    if ButExpertise.IMPUTABILITE in buts and not sinistre.est_imputable:
        erreurs["buts"] = ["L’imputabilité ne se discute que pour un accident ou une maladie déclarés imputables."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def _refer(acteur: User, sinistre: Sinistre, buts: Sequence[str], medecin: User | None) -> AvisMedecin:
    if medecin is None:
        raise DonneeInvalide.sur("medecin", "Choisissez le médecin conseil qui rédigera la mission.")
    return referrals.confier(acteur=acteur, sinistre=sinistre, medecin=medecin, question=regles.question_de(buts))
