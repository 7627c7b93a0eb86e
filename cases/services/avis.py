"""Entrusting a dossier to a médecin conseil, recalling it, his replacement while he is away, and his administrative conclusion."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import Refus, exiger
from accounts.models import User
from cases.enums import GenreTache, SensAvis
from cases.errors import DonneeInvalide, Erreur
from cases.models import AvisMedecin, Sinistre
from cases.models.avis import Delegation, QuestionMedecin, delegants_of
from cases.services import taches
from journal.services import annoncer, consigner

MAX_DELEGATION = dt.timedelta(days=366)


def confier(*, acteur: User, sinistre: Sinistre, medecin: User, question: str, avec_anterieurs: bool = False) -> AvisMedecin:
    """Entrust `sinistre` to `medecin` with a question from the list, and where it helps him with the agent's earlier dossiers.

    Raises DonneeInvalide, or Erreur when one is already asked.
    """
    exiger(acteur, "avis_demander", sinistre)
    if not medecin.has_role(Role.MEDECIN_CONSEIL):
        raise DonneeInvalide.sur("medecin", "Cette personne n’est pas médecin conseil.")
    if medecin.pk == sinistre.compte_agent_id:
        raise DonneeInvalide.sur("medecin", "Personne ne traite son propre dossier : choisissez un autre médecin.")
    if question not in QuestionMedecin.values:
        raise DonneeInvalide.sur("question", "Choisissez une question de la liste.")
    try:
        with transaction.atomic():
            avis = AvisMedecin.objects.create(
                sinistre=sinistre, medecin=medecin, question=question, avec_anterieurs=avec_anterieurs, demande_par=acteur
            )
            taches.ouvrir(
                genre=GenreTache.AVIS_MEDECIN,
                sinistre=sinistre,
                objet_type="avis",
                objet_id=avis.pk,
                departement=sinistre.collectivite.departement,
                destinataire=medecin,
            )
            _consigner(acteur, "avis.demande", avis, avec_anterieurs=avec_anterieurs)
    except IntegrityError as error:
        if "avis_un_a_la_fois" not in str(error):
            raise
        raise Erreur("Un avis est déjà demandé sur ce dossier.") from error
    return avis


def rappeler(*, acteur: User, avis: AvisMedecin) -> None:
    """Take the dossier back from the médecin: he no longer sees it from the next request on."""
    exiger(acteur, "avis_demander", avis.sinistre)
    with transaction.atomic():
        fresh = AvisMedecin.objects.select_for_update(of=("self",)).get(pk=avis.pk)
        if fresh.rendu_le or fresh.rappele_le:
            raise Erreur("Cet avis est déjà rendu ou rappelé.")
        fresh.rappele_le = timezone.now()
        fresh.save(update_fields=["rappele_le"])
        taches.fermer_objet(genre=GenreTache.AVIS_MEDECIN, objet_type="avis", objet_id=fresh.pk, issue="rappele")
        _consigner(acteur, "avis.rappele", fresh)


def rendre(*, acteur: User, avis: AvisMedecin, sens: str, conclusion: str) -> AvisMedecin:
    """Give the administrative conclusion: what the employer may read, without any medical reason.

    Raises Refus for anybody but the médecin it was entrusted to, DonneeInvalide when incomplete.
    """
    if not acteur.has_role(Role.MEDECIN_CONSEIL) or avis.medecin_id not in (acteur.pk, *delegants_of(acteur)):
        raise Refus("Cet avis est confié à un autre médecin.", action="avis_rendre", visible=False)
    erreurs: dict[str, list[str]] = {}
    if sens not in SensAvis.values:
        erreurs["sens"] = ["Choisissez le sens de l’avis."]
    if not conclusion.strip():
        erreurs["conclusion"] = ["Écrivez la conclusion que lira l’employeur."]
    if erreurs:
        raise DonneeInvalide(erreurs)
    with transaction.atomic():
        fresh = AvisMedecin.objects.select_for_update(of=("self",)).select_related("sinistre__collectivite").get(pk=avis.pk)
        if fresh.rappele_le or fresh.rendu_le:
            raise Erreur("Ce dossier ne vous est plus confié." if fresh.rappele_le else "Cet avis est déjà rendu.")
        fresh.sens, fresh.conclusion, fresh.rendu_le = sens, conclusion.strip(), timezone.now()
        fresh.save(update_fields=["sens", "conclusion", "rendu_le"])
        taches.fermer_objet(genre=GenreTache.AVIS_MEDECIN, objet_type="avis", objet_id=fresh.pk, issue="rendu")
        taches.ouvrir(
            genre=GenreTache.LIRE_AVIS,
            sinistre=fresh.sinistre,
            objet_type="avis",
            objet_id=fresh.pk,
            departement=fresh.sinistre.collectivite.departement,
        )
        _consigner(acteur, "avis.rendu", fresh)
        annoncer(type="avis.rendu", objet_type="avis", objet_id=fresh.pk, sinistre_id=fresh.sinistre_id)
    return fresh


def prendre_connaissance(*, acteur: User, avis: AvisMedecin) -> None:
    """The gestionnaire has read the conclusion: its work item is done."""
    exiger(acteur, "avis_demander", avis.sinistre)
    with transaction.atomic():
        taches.fermer_objet(genre=GenreTache.LIRE_AVIS, objet_type="avis", objet_id=avis.pk, issue="lu")
        _consigner(acteur, "avis.lu", avis)


# -- Replacement ------------------------------------------------------------------------------------------------------------


def deleguer(*, acteur: User, remplacant: User, debut: dt.date, fin: dt.date) -> Delegation:
    """A médecin conseil names who sees and answers what is entrusted to him, from `debut` to `fin`, both included.

    Raises Refus, or DonneeInvalide: not a médecin conseil, himself, dates past or reversed, longer than a year, two at once.
    """
    exiger(acteur, "delegation_donner")
    erreurs: dict[str, list[str]] = {}
    if not remplacant.is_active or not remplacant.has_role(Role.MEDECIN_CONSEIL):
        erreurs["remplacant"] = ["Votre remplaçant doit être médecin conseil."]
    elif remplacant.pk == acteur.pk:
        erreurs["remplacant"] = ["On ne se remplace pas soi-même."]
    if fin < debut:
        erreurs["fin"] = ["Le dernier jour ne précède pas le premier."]
    elif fin < timezone.localdate():
        erreurs["fin"] = ["Ces dates sont passées."]
    elif fin - debut >= MAX_DELEGATION:
        erreurs["fin"] = ["Un remplacement dure un an au plus : donnez-en un autre ensuite."]
    if erreurs:
        raise DonneeInvalide(erreurs)
    with transaction.atomic():
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=acteur.pk)  # two requests at once: one after the other
        autres = Delegation.objects.filter(medecin=acteur, remplacant=remplacant, retiree_le__isnull=True, debut__lte=fin, fin__gte=debut)
        if autres.exists():
            raise DonneeInvalide.sur("remplacant", "Cette personne vous remplace déjà pendant une partie de ces jours.")
        delegation = Delegation.objects.create(medecin=acteur, remplacant=remplacant, debut=debut, fin=fin)
        _consigner_delegation(acteur, "delegation.donnee", delegation)
    return delegation


def retirer_delegation(*, acteur: User, delegation: Delegation) -> None:
    """End one's own delegation now: from the next request on the other sees nothing. Doing it twice changes nothing. Raises Refus."""
    exiger(acteur, "delegation_donner")
    if delegation.medecin_id != acteur.pk:
        raise Refus("Cette délégation n’est pas la vôtre.", action="delegation_donner", visible=False)
    with transaction.atomic():
        done = Delegation.objects.filter(pk=delegation.pk, retiree_le__isnull=True).update(retiree_le=timezone.now())
        if done:
            _consigner_delegation(acteur, "delegation.retiree", delegation)


def _consigner_delegation(acteur: User, action: str, delegation: Delegation) -> None:
    consigner(
        acteur=acteur,
        action=action,
        objet_type="delegation",
        objet_id=delegation.pk,
        donnees={"remplacant": delegation.remplacant_id, "debut": delegation.debut.isoformat(), "fin": delegation.fin.isoformat()},
    )


def _consigner(acteur: User, action: str, avis: AvisMedecin, **donnees: bool) -> None:
    """Neither question nor conclusion goes to the journal: who and when are enough there."""
    consigner(acteur=acteur, action=action, objet_type="avis", objet_id=avis.pk, sinistre_id=avis.sinistre_id, donnees=donnees)
