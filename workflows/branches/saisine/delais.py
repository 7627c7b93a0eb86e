"""The clocks of a saisine."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from cases.enums_saisine import SensConseil
from cases.models import Branche
from cases.rules import add_months, end_of_business
from workflows.noeuds import Terme

TRANSMETTRE = dt.timedelta(days=21)
"""What an employer has to pass on an agent's request; the agent may then refer the matter himself (CDG 66)."""

RELANCE = dt.timedelta(days=60)
"""After so long without an opinion the conseil médical is reminded. The house's own delay: no text gives it one."""

SILENCE_MOIS = 4
"""After so many months without an answer of the conseil médical supérieur, the contested opinion is confirmed (décret 87-602, art. 5-2)."""


def transmettre_avant(demande: dt.date) -> dt.datetime:
    """The end of the three weeks that an employer has from the agent's request."""
    return end_of_business(demande + TRANSMETTRE)


def relance(branche: Branche) -> Terme:
    """60 days from the transmission, or from the sitting that put the case off."""
    saisine = branche.saisine
    debut = saisine.seance_le if saisine.sens == SensConseil.AJOURNE else saisine.transmise_le
    return _terme(debut or timezone.localdate(), RELANCE.days)


def silence(branche: Branche) -> Terme:
    """Four months from the transmission; an expertise ordered by the conseil médical supérieur suspends them (a pause of this clock)."""
    debut = branche.saisine.transmise_le or timezone.localdate()
    return _terme(debut, (add_months(debut, SILENCE_MOIS) - debut).days)


def _terme(debut: dt.date, jours: int) -> Terme:
    return Terme(depart=end_of_business(debut), jours=jours, due_at=end_of_business(debut + dt.timedelta(days=jours)))
