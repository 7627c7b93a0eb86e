"""The money of a recours: payments noted one by one, undone by a contrary row, until nothing more is awaited."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche
from indemnities.enums import EtatRecours
from indemnities.models import EncaissementRecours
from indemnities.selectors_recours import encaisse
from indemnities.services import recours as services
from workflows import moteur


def encaisser(
    *, acteur: User, branche: Branche, recu_le: dt.date, montant: Decimal, reference: str, poste: str = "", dernier: bool = False
) -> None:
    """Note a payment, in euros; `dernier`: nothing more is awaited. It is split at once by a worker, as the contract says.

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="encaisser") as e:
        recours = e.branche.recours
        services.encaisser(
            acteur=acteur, sinistre=e.dossier, recours=recours, recu_le=recu_le, montant=montant, reference=reference, poste=poste
        )
        _go_on(e, EtatRecours.ENCAISSE if dernier else EtatRecours.PARTIEL)


def solder(*, acteur: User, branche: Branche, motif: str) -> None:
    """Nothing more is awaited: what was received is all. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide, Erreur when nothing was."""
    if not motif.strip():
        raise DonneeInvalide.sur("motif", "Dites pourquoi plus rien n’est attendu.")
    with moteur.etape(acteur=acteur, branche=branche, nom="encaisser", motif=motif.strip()[:500]) as e:
        if encaisse(e.branche.recours) <= 0:
            raise Erreur("Rien n’a été encaissé : abandonnez ce recours, avec son motif.")
        _go_on(e, EtatRecours.ENCAISSE)


def annuler_encaissement(*, acteur: User, branche: Branche, encaissement_id: int, motif: str) -> None:
    """Undo a payment keyed by mistake or sent back: each gives back exactly what he had of it.

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide, Erreur when it is undone already.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="encaisser", motif=motif.strip()[:500]) as e:
        encaissement = EncaissementRecours.objects.filter(recours=e.branche.recours, pk=encaissement_id).select_related("recours").first()
        if encaissement is None:
            raise DonneeInvalide.sur("encaissement", "Choisissez un paiement de ce recours.")
        services.annuler(acteur=acteur, sinistre=e.dossier, encaissement=encaissement, motif=motif)
        _go_on(e, EtatRecours.PARTIEL)


def _go_on(e: moteur.EtapeOuverte, etat: EtatRecours) -> None:
    recours = e.branche.recours
    recours.etat = etat
    recours.save(update_fields=["etat"])
    e.issue = etat.lower()
    if etat == EtatRecours.ENCAISSE:
        e.branche.issue = etat.value
        e.branche.save(update_fields=["issue"])
