"""Subscriptions of programs: who is called, with which secret, and calls made again. All writes are here."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from accounts.gate import exiger
from accounts.models import Collectivite, User
from cases.errors import DonneeInvalide, Erreur
from journal.services import consigner
from notifications.enums import EtatLivraison, MotifPause
from notifications.models import Abonnement, Livraison
from notifications.webhooks import adresses, coffre
from notifications.webhooks.catalogue import TYPES
from notifications.webhooks.consommation import appel_d_essai
from notifications.webhooks.selectors import GERER, SUIVRE, livraisons_visibles
from notifications.webhooks.signature import en_texte

logger = logging.getLogger(__name__)

OVERLAP = dt.timedelta(hours=24)
"""For how long the former secret still signs beside the new one."""


@dataclass(frozen=True)
class Reglages:
    """What a person decides of a subscription. `types`: codes of the public list; `collectivite` None: the dossiers of all."""

    nom: str
    url: str
    types: Sequence[str]
    collectivite: Collectivite | None = None


def creer(*, acteur: User, reglages: Reglages) -> tuple[Abonnement, str]:
    """Subscribe a program. Returns it with its secret, in clear for the only time. Raises Refus, DonneeInvalide."""
    exiger(acteur, GERER)
    _check(reglages)
    secret, uid = coffre.tirer(), uuid.uuid4()
    with transaction.atomic():
        cree = Abonnement.objects.create(
            uid=uid, nom=reglages.nom.strip(), url=reglages.url, types=_in_order(reglages.types), collectivite=reglages.collectivite,
            secret=coffre.sceller(secret, uid), cree_par=acteur,
        )  # fmt: skip
        _record(acteur, "abonnement.cree", cree, types=cree.types, collectivite=cree.collectivite_id)
    return cree, en_texte(secret)


def modifier(*, acteur: User, uid: uuid.UUID, nom: str, url: str, types: Sequence[str]) -> Abonnement:
    """Change a subscription; whose dossiers it is told of never changes. What waits goes to the new address.

    Raises Abonnement.DoesNotExist, Refus, DonneeInvalide, Erreur when it is closed.
    """
    exiger(acteur, GERER)
    _check(Reglages(nom, url, types))
    with transaction.atomic():
        abonnement = _locked(uid)
        ailleurs = abonnement.url != url
        abonnement.nom, abonnement.url, abonnement.types = nom.strip(), url, _in_order(types)
        abonnement.save(update_fields=["nom", "url", "types"])
        _record(acteur, "abonnement.modifie", abonnement, types=abonnement.types, autre_adresse=ailleurs)
    return abonnement


def renouveler_secret(*, acteur: User, uid: uuid.UUID) -> tuple[Abonnement, str]:
    """Draw a new secret; the former one signs too for a day. Returns the new one, in clear for the only time.

    A pause for a secret that could not be read ends: what waits is called at once. Raises Abonnement.DoesNotExist, Refus; Erreur when it
    is closed.
    """
    exiger(acteur, GERER)
    secret = coffre.tirer()
    with transaction.atomic():
        abonnement = _locked(uid)
        if abonnement.pause_motif == MotifPause.SECRET:
            abonnement.ancien_secret = abonnement.ancien_secret_jusqu_a = None
            abonnement.actif, abonnement.pause_le, abonnement.pause_motif = True, None, ""
            _call_now(abonnement)
        else:
            abonnement.ancien_secret, abonnement.ancien_secret_jusqu_a = abonnement.secret, timezone.now() + OVERLAP
        abonnement.secret = coffre.sceller(secret, abonnement.uid)
        abonnement.save(update_fields=["secret", "ancien_secret", "ancien_secret_jusqu_a", "actif", "pause_le", "pause_motif"])
        _record(acteur, "abonnement.secret_renouvele", abonnement)
    return abonnement, en_texte(secret)


def suspendre(*, acteur: User, uid: uuid.UUID) -> Abonnement:
    """Stop calling for now; what happens meanwhile is kept and told on resuming. Raises as `modifier`."""
    exiger(acteur, GERER)
    with transaction.atomic():
        abonnement = _locked(uid)
        if not abonnement.actif:
            raise Erreur("Cet abonnement est déjà en pause.")
        abonnement.actif, abonnement.pause_le, abonnement.pause_motif = False, timezone.now(), MotifPause.DEMANDE
        abonnement.save(update_fields=["actif", "pause_le", "pause_motif"])
        _record(acteur, "abonnement.suspendu", abonnement, motif=MotifPause.DEMANDE.value)
    return abonnement


def reprendre(*, acteur: User, uid: uuid.UUID) -> Abonnement:
    """Call again, at once, from where the pause began. Raises as `modifier`."""
    exiger(acteur, GERER)
    with transaction.atomic():
        abonnement = _locked(uid)
        if abonnement.actif:
            raise Erreur("Cet abonnement n’est pas en pause.")
        if abonnement.pause_motif == MotifPause.SECRET:
            raise Erreur("Le secret de cet abonnement ne se lit plus : renouvelez-le, les appels reprendront.")
        abonnement.actif, abonnement.pause_le, abonnement.pause_motif = True, None, ""
        abonnement.save(update_fields=["actif", "pause_le", "pause_motif"])
        _call_now(abonnement)
        _record(acteur, "abonnement.repris", abonnement)
    return abonnement


def fermer(*, acteur: User, uid: uuid.UUID) -> Abonnement:
    """End a subscription for good; what was not delivered is given up. Raises as `modifier`."""
    exiger(acteur, GERER)
    with transaction.atomic():
        abonnement = _locked(uid)
        abonnement.ferme_le = timezone.now()
        abonnement.save(update_fields=["ferme_le"])
        abonnement.livraisons.filter(etat=EtatLivraison.A_LIVRER).update(etat=EtatLivraison.ABANDONNEE, erreur="abonnement fermé")
        abonnement.livraisons.filter(etat=EtatLivraison.ABANDONNEE, vu_le=None).update(vu_le=timezone.now())
        _record(acteur, "abonnement.ferme", abonnement)
    return abonnement


def essayer(*, acteur: User, uid: uuid.UUID) -> Livraison:
    """Send a trial call at once. Raises as `modifier`, and Erreur during a pause."""
    exiger(acteur, GERER)
    with transaction.atomic():
        abonnement = _locked(uid)
        if not abonnement.actif:
            raise Erreur("Cet abonnement est en pause : reprenez-le d’abord.")
        livraison = appel_d_essai(abonnement)
        _record(acteur, "abonnement.essaye", abonnement)
        _wake()
    return livraison


def prendre_acte(*, acteur: User, uid: uuid.UUID) -> int:
    """Note that calls given up have been seen: they are told as a fault no more. How many. Raises Abonnement.DoesNotExist, Refus."""
    exiger(acteur, GERER)
    with transaction.atomic():
        abonnement = _row(uid)
        vues = abonnement.livraisons.filter(etat=EtatLivraison.ABANDONNEE, vu_le=None).update(vu_le=timezone.now())
        _record(acteur, "abonnement.abandons_vus", abonnement, nombre=vues)
    return vues


def rejouer(
    *,
    acteur: User,
    uid: uuid.UUID,
    livraison_id: int | None = None,
    depuis: dt.datetime | None = None,
    jusqu_a: dt.datetime | None = None,
    numero: str = "",
) -> int:
    """Make calls again, in order: one, or all those of events from an instant on (and before another), or of a dossier.

    The same rows, bodies and Webhook-Ids: only the attempt is new. What waits is brought forward; what is being sent is left. How many.
    Raises Abonnement.DoesNotExist, Livraison.DoesNotExist, Refus, DonneeInvalide without any choice, Erreur when it is closed.
    """
    if livraison_id is None and depuis is None and not numero:
        raise DonneeInvalide.sur("depuis", "Dites depuis quand, ou pour quel dossier.")
    with transaction.atomic():
        abonnement = _row(uid)
        exiger(acteur, SUIVRE, abonnement)
        _require_open(abonnement)
        voulues = livraisons_visibles(acteur, abonnement, dossier=numero)
        if livraison_id is not None:
            voulues = Livraison.objects.filter(pk=voulues.get(pk=livraison_id).pk)
        if depuis is not None:
            voulues = voulues.filter(cree_le__gte=depuis)
        if jusqu_a is not None:
            voulues = voulues.filter(cree_le__lt=jusqu_a)
        rejouees = voulues.exclude(etat=EtatLivraison.EN_COURS).update(
            etat=EtatLivraison.A_LIVRER, tentatives=0, prochaine_le=timezone.now(), erreur="", vu_le=None
        )
        if rejouees:
            _record(acteur, "abonnement.rejoue", abonnement, livraison=livraison_id, nombre=rejouees)
            _wake()
    return rejouees


def _check(reglages: Reglages) -> None:
    fautes: dict[str, list[str]] = {}
    if not reglages.nom.strip():
        fautes["nom"] = ["Donnez un nom : celui du logiciel appelé."]
    elif len(reglages.nom.strip()) > 80:
        fautes["nom"] = ["80 caractères au plus."]
    if faute := adresses.fautes(reglages.url):
        fautes["url"] = [faute]
    if not reglages.types:
        fautes["types"] = ["Choisissez au moins un événement."]
    elif not set(reglages.types) <= set(TYPES):
        fautes["types"] = ["Un de ces événements n’est pas de la liste."]
    if fautes:
        raise DonneeInvalide(fautes)


def _in_order(types: Sequence[str]) -> list[str]:
    return [code for code in TYPES if code in types]


def _locked(uid: uuid.UUID) -> Abonnement:
    abonnement = _row(uid)
    _require_open(abonnement)
    return abonnement


def _row(uid: uuid.UUID) -> Abonnement:
    return Abonnement.objects.select_for_update(of=("self",), no_key=True).get(uid=uid)


def _require_open(abonnement: Abonnement) -> None:
    if abonnement.ferme_le is not None:
        raise Erreur("Cet abonnement est fermé.")


def _call_now(abonnement: Abonnement) -> None:
    """What waits, also after a failure, is due at the end of a pause."""
    abonnement.livraisons.filter(etat=EtatLivraison.A_LIVRER).update(prochaine_le=timezone.now())
    _wake()


def _wake() -> None:
    """On commit; without a broker the beat does the same within half a minute."""
    transaction.on_commit(_send, robust=True)


def _send() -> None:
    try:
        current_app.send_task("notifications.livrer", retry=False)
    except BrokerError:
        logger.warning("webhooks.courtier_absent")


def _record(acteur: User, action: str, abonnement: Abonnement, **donnees: object) -> None:
    """Neither the address nor a secret: both could carry somebody's."""
    consigner(acteur=acteur, action=action, objet_type="abonnement", objet_id=abonnement.pk, donnees=donnees)
