"""Contre-visites for tests, walked by their own services."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import User
from cases.enums import EtatBranche
from cases.enums_contre_visite import ResultatContreVisite, SuiteContreVisite
from cases.models import Branche, ContreVisite, MedecinAgree, Tache
from tests import factories as f
from workflows import automates
from workflows.branches.contre_visite import actes, decision

R, S = ResultatContreVisite, SuiteContreVisite
ADRESSE = "12 rue des Tilleuls, 34700 Lodève"


def medecin(**champs: Any) -> MedecinAgree:
    valeurs = {"nom": "Arnal", "prenom": "Luc", "commune": "Lodève", "departement": "34"} | champs
    return MedecinAgree.objects.create(**valeurs)


def ouvertes(branche: Branche) -> set[str]:
    taches = Tache.objects.filter(sinistre=branche.sinistre, objet_type="etape", fermee_le__isnull=True)
    return set(taches.values_list("genre", flat=True))


def cv(branche: Branche) -> ContreVisite:
    return ContreVisite.objects.select_related("medecin").get(branche=branche)


def convoquee(m: f.Monde, branche: Branche, *, mode: str = "CABINET", par: MedecinAgree | None = None) -> None:
    actes.designer(acteur=m.gestionnaire, branche=branche, medecin=par or medecin(), atteste=True)
    actes.fixer_rendez_vous(acteur=m.gestionnaire, branche=branche, le=timezone.now(), mode=mode)
    automates.balayer()


def date_de(resultat: str, quand: dt.date) -> dt.date | None:
    return quand if resultat in (R.JUSTIFIE_JUSQU_AU, R.NON_JUSTIFIE_REPRISE) else None


def avis(m: f.Monde, branche: Branche, resultat: str, resultat_date: dt.date | None = None) -> None:
    jour = resultat_date or date_de(resultat, timezone.localdate())
    actes.recevoir_avis(acteur=m.gestionnaire, branche=branche, resultat=resultat, recu_le=timezone.now(), resultat_date=jour)
    automates.balayer()


def conclusions(m: f.Monde, branche: Branche) -> None:
    actes.recevoir_conclusions(acteur=m.gestionnaire, branche=branche, texte="L’arrêt est examiné.", recues_le=timezone.localdate())


def honoraires(m: f.Monde, branche: Branche) -> None:
    actes.saisir_honoraires(
        acteur=m.payeur, branche=branche, reference=f"F-{branche.pk}", facture_du=timezone.localdate(), montant=Decimal("85.00")
    )


def decider(m: f.Monde, branche: Branche, suite: str, par: User | None = None, **champs: Any) -> None:
    lus: dict[str, Any] = {"le": timezone.localdate()} | champs
    decision.decider(acteur=par or m.mairie, branche=branche, suite=suite, **lus)


def terminee(branche: Branche) -> bool:
    automates.balayer()
    branche.refresh_from_db()
    return branche.etat == EtatBranche.TERMINEE
