"""Recours for tests, walked by their own services."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.enums import EtatBranche, GenreBranche, GenreEcheance
from cases.models import Branche, Echeance, Tache
from contracts.enums import Nature
from indemnities.enums import MandatRecours, QualiteTiers
from indemnities.models import RecoursTiers
from indemnities.selectors_recours import lignes
from tests.factories import Monde, agent, sinistre
from workflows import automates
from workflows.branches.recours import argent, negociation, ouverture
from workflows.branches.recours.ouverture import Tiers
from workflows.coherence import anomalies

A, C = "ASSUREUR", "COLLECTIVITE"
MONTANTS = {
    ("TRAITEMENTS", A): Decimal("600.00"),
    ("TRAITEMENTS", C): Decimal("300.00"),
    ("FRAIS_MEDICAUX", A): Decimal("100.00"),
}
RAISONS = {"TRAITEMENTS": "paie du mois", "FRAIS_MEDICAUX": "factures", "CHARGES_PATRONALES": "non dues", "FRANCHISE": "sans objet"}


def today() -> dt.date:
    return timezone.localdate()


def detecte(m: Monde, nature: str = Nature.AS, **champs: Any) -> Branche:
    dossier = sinistre(m, nature, de=agent(m.collectivite), tiers_possible=True, **champs)
    return Branche.objects.get(sinistre=dossier, genre=GenreBranche.RECOURS)


def tiers(**champs: Any) -> Tiers:
    valeurs: dict[str, Any] = {
        "nom": "Transports Bonnafous",
        "qualite": QualiteTiers.ENTREPRISE,
        "vehicule": True,
        "mandat": MandatRecours.COMMUN,
        "mandat_du": today(),
        "assureur": "Mutuelle des routes",
        "reference": "S-2026-77",
    }
    return Tiers(**valeurs | champs)


def relire(branche: Branche) -> RecoursTiers:
    return RecoursTiers.objects.select_related("branche", "sinistre__contrat").get(branche=branche)


def ouvertes(branche: Branche) -> set[str]:
    return set(Tache.objects.filter(sinistre=branche.sinistre, objet_type="etape", fermee_le__isnull=True).values_list("genre", flat=True))


def jusqu_a_reclamer(m: Monde, branche: Branche, **champs: Any) -> None:
    ouverture.qualifier(acteur=m.gestionnaire, branche=branche, responsable=True, constat="Heurté par un camion à l’arrêt.")
    ouverture.identifier(acteur=m.gestionnaire, branche=branche, tiers=tiers(**champs))
    automates.balayer()


def reclamer(m: Monde, branche: Branche, montants: dict[Any, Decimal] | None = None, **champs: Any) -> None:
    negociation.reclamer(
        acteur=m.gestionnaire, branche=branche, le=today(), montants=MONTANTS if montants is None else montants, raisons=RAISONS, **champs
    )


def jusqu_a_l_offre(m: Monde, branche: Branche, **champs: Any) -> None:
    jusqu_a_reclamer(m, branche, **champs)
    reclamer(m, branche)


def jusqu_a_l_accord(m: Monde, branche: Branche, offre: dict[str, Decimal] | None = None, globale: Decimal | None = None) -> None:
    jusqu_a_l_offre(m, branche)
    negociation.consigner_offre(acteur=m.gestionnaire, branche=branche, montants=offre or {}, globale=globale)
    negociation.accepter(acteur=m.gestionnaire, branche=branche, le=today())


def encaisser(m: Monde, branche: Branche, montant: str, reference: str = "VIR-1", **champs: Any) -> None:
    argent.encaisser(acteur=m.payeur, branche=branche, recu_le=today(), montant=Decimal(montant), reference=reference, **champs)
    automates.balayer()


def fin_de(branche: Branche, issue: str = "ENCAISSE") -> None:
    branche.refresh_from_db()
    assert (branche.etat, branche.issue) == (EtatBranche.TERMINEE, issue)
    assert ouvertes(branche) == set()
    assert not Echeance.objects.filter(etape__process=branche.processus_id, traitee_le__isnull=True, levee_le__isnull=True).exists()
    assert anomalies() == []


def eu(branche: Branche) -> dict[tuple[str, str], Decimal]:
    return {(li.poste, li.beneficiaire): li.reparti for li in lignes(relire(branche)) if li.reparti}


def alarme(branche: Branche) -> Echeance:
    return Echeance.objects.get(
        etape__process=branche.processus_id, genre=GenreEcheance.RC_PRESCRIPTION, traitee_le__isnull=True, levee_le__isnull=True
    )
