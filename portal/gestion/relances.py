"""The reminders of one dossier, as its page shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone

from accounts.gate import peut
from accounts.models import User
from cases.enums import GenreEcheance, GenreTache
from cases.models import Echeance, Sinistre, Tache
from cases.selectors_relances import SUSPENDRE, Suspension, suspension_de
from cases.services.relances import MAX_MOTIF, dernier_jour_possible
from portal.gestion.formulaires import DateField

PROPOSE = dt.timedelta(days=30)


class SuspensionForm(forms.Form):
    """Why the reminders of a dossier are stopped, and until when."""

    motif = forms.CharField(
        label="Pourquoi", max_length=MAX_MOTIF, error_messages={"required": "Dites pourquoi les relances sont suspendues."}
    )
    jusqu_au = DateField(
        label="Jusqu’au", required=False, help_text="Dernier jour de la suspension. Sans date, une personne devra reprendre les relances."
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="relances-%s", initial=initial)
        bornes = {"min": timezone.localdate().isoformat(), "max": dernier_jour_possible().isoformat()}
        self.fields["jusqu_au"].widget.attrs |= bornes


def contexte_relances(user: User, sinistre: Sinistre, echeances: Sequence[Echeance], taches: Sequence[Tache]) -> dict[str, Any]:
    """What was asked again of this dossier and what will be; `echeances` and `taches`: the open ones, already read."""
    horloge = next((e for e in echeances if e.genre == GenreEcheance.PIECES_ATTENDUES), None)
    a_appeler = any(tache.genre == GenreTache.RELANCER for tache in taches)
    relances: dict[str, Any] = {"horloge": horloge, "a_appeler": a_appeler, "derniere": None, "suspension": None}
    if horloge is not None and horloge.rang:
        faites = Echeance.objects.filter(sinistre=sinistre, genre=GenreEcheance.PIECES_ATTENDUES, traitee_le__isnull=False)
        relances["derniere"] = faites.order_by("-traitee_le").values_list("traitee_le", flat=True).first()
    peut_suspendre = horloge is not None and peut(user, SUSPENDRE, sinistre)
    if horloge is not None and horloge.en_pause:
        relances["suspension"] = suspension_de(user, sinistre)
    suspension_form = _form(relances["suspension"]) if peut_suspendre else None
    return {"relances": relances, "suspension_form": suspension_form}


def _form(suspension: Suspension | None) -> SuspensionForm:
    """What is proposed: the reason and the day as they stand, thirty days from now for a new suspension."""
    if suspension is not None:
        return SuspensionForm(initial={"motif": suspension.motif, "jusqu_au": suspension.jusqu_au})
    return SuspensionForm(initial={"jusqu_au": timezone.localdate() + PROPOSE})
