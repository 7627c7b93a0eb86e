"""Saisines du conseil médical at five moments of their life, on leaves whose end must be settled (domain: §3)."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from accounts.models import User
from cases.enums import Etat, GenreTache
from cases.enums_saisine import DecisionEmployeur, FormationConseil, ObjetSaisine, SensConseil
from cases.models import Branche, Saisine, Sinistre
from contracts.enums import Nature
from project.demonstration.etapes import acteur_de
from project.demonstration.temps import Vie
from project.demonstration.vies import Monde
from workflows.branches.saisine import actes, avis

DOSSIER, TRANSMETTRE, AVIS, DECISION, FINIE = range(5)
MOMENTS = (AVIS, DECISION, DOSSIER, FINIE, TRANSMETTRE)
"""What each one awaits: its dossier, its transmission, the opinion, the employer's decision, nothing any more."""


def vivre(monde: Monde) -> Vie:
    """Ask on leaves for illness, the longest ones first, then let each go its way. A small portfolio may have fewer."""
    ouverts = Sinistre.objects.filter(etat__in=[Etat.VALIDE, Etat.REMBOURSE, Etat.PIECES_EN_ATTENTE])
    longs = ouverts.filter(nature__in=[Nature.CLM, Nature.CLD, Nature.CGM, Nature.DORS], survenance__lte=timezone.localdate())
    gestionnaire = monde.socle.comptes["gestionnaire"]
    branches = [
        actes.demander(acteur=gestionnaire, numero=numero, objet=ObjetSaisine.REINTEGRATION)
        for numero in longs.order_by("survenance", "pk").values_list("numero", flat=True)[: len(MOMENTS)]
    ]
    for acte in (_reunir, _transmettre, _recevoir, _decider):
        yield 12
        for branche, fin in zip(branches, MOMENTS, strict=False):
            lue = Branche.objects.select_related("processus", "saisine", "sinistre").get(pk=branche.pk)
            if lue.est_en_cours:
                acte(monde, lue, fin)


def _step(monde: Monde, branche: Branche, genre: GenreTache) -> User | None:
    return acteur_de(branche, genre, monde.socle.comptes["gestionnaire"])


def _reunir(monde: Monde, branche: Branche, fin: int) -> None:
    """All the pièces, or the first ones of a dossier that is being gathered."""
    requises = branche.saisine.pieces_requises
    qui = _step(monde, branche, GenreTache.SC_DOSSIER)
    if qui is not None:
        actes.reunir(acteur=qui, branche=branche, pieces=requises if fin > DOSSIER else requises[:2])


def _transmettre(monde: Monde, branche: Branche, fin: int) -> None:
    qui = _step(monde, branche, GenreTache.SC_TRANSMETTRE) if fin > TRANSMETTRE else None
    if qui is not None:
        actes.transmettre(acteur=qui, branche=branche, le=timezone.localdate(), formation=FormationConseil.RESTREINTE)


def _recevoir(monde: Monde, branche: Branche, fin: int) -> None:
    qui = _step(monde, branche, GenreTache.SC_AVIS) if fin > AVIS else None
    transmise = Saisine.objects.get(branche=branche).transmise_le
    if qui is not None and transmise is not None:
        today = timezone.localdate()
        seance = max(transmise, today - dt.timedelta(days=4))
        avis.enregistrer(acteur=qui, branche=branche, sens=SensConseil.FAVORABLE, seance_le=seance, notifie_le=today)


def _decider(monde: Monde, branche: Branche, fin: int) -> None:
    """The employer, by his own hand."""
    if fin != FINIE or branche.sinistre is None or _step(monde, branche, GenreTache.SC_DECISION) is None:
        return
    employeur = monde.socle.declarants[branche.sinistre.collectivite_id]
    avis.decider(acteur=employeur, branche=branche, decision=DecisionEmployeur.ACCORDE, le=timezone.localdate())
