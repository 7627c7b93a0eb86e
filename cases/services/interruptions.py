"""Days that the employer has decided not to pay. Nothing else stops a payment, and no control does it by itself (domain: §5.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from accounts.models import User
from cases.errors import DonneeInvalide
from cases.models import Branche, InterruptionVersement, Sinistre


def interruptions_de(sinistre: Sinistre) -> list[InterruptionVersement]:
    """Those of one dossier, lifted or not, oldest first. Almost always none."""
    return list(InterruptionVersement.objects.filter(sinistre=sinistre).select_related("branche").order_by("a_compter_du", "pk"))


def interruptions_par_sinistre(sinistre_ids: Iterable[int]) -> dict[int, list[InterruptionVersement]]:
    """Those of several dossiers at once."""
    trouvees: dict[int, list[InterruptionVersement]] = {}
    connues = InterruptionVersement.objects.filter(sinistre__in=list(sinistre_ids)).select_related("branche")
    for une in connues.order_by("a_compter_du", "pk"):
        trouvees.setdefault(une.sinistre_id, []).append(une)
    return trouvees


def touching(interruptions: Iterable[InterruptionVersement], debut: dt.date, fin: dt.date) -> InterruptionVersement | None:
    """The first of them that takes a day of [debut, fin] away."""
    for une in interruptions:
        if fin >= une.a_compter_du and (une.reprise_le is None or debut < une.reprise_le):
            return une
    return None


def all_of(interruptions: Iterable[InterruptionVersement], debut: dt.date, fin: dt.date) -> InterruptionVersement | None:
    """The first of them that takes every day of [debut, fin] away."""
    for une in interruptions:
        if debut >= une.a_compter_du and (une.reprise_le is None or fin < une.reprise_le):
            return une
    return None


def raison(une: InterruptionVersement) -> str:
    """Why these days are not paid, and what can be."""
    jusqu_au = f" au {une.reprise_le - dt.timedelta(days=1):%d/%m/%Y}" if une.reprise_le is not None else ""
    quand = f"du {une.a_compter_du:%d/%m/%Y}{jusqu_au}" if jusqu_au else f"à compter du {une.a_compter_du:%d/%m/%Y}"
    apres = une.branche.get_genre_display().lower()
    return f"L’employeur a interrompu le versement {quand}, après une {apres} : ces jours ne se paient pas."


def poser(*, sinistre: Sinistre, branche: Branche, a_compter_du: dt.date) -> InterruptionVersement:
    """What the employer decided by this procedure takes effect. Twice changes nothing. The caller holds the lock of the sinistre."""
    return InterruptionVersement.objects.get_or_create(
        branche=branche, levee_le=None, defaults={"sinistre": sinistre, "a_compter_du": a_compter_du}
    )[0]


def lever(*, acteur: User, une: InterruptionVersement, reprise_le: dt.date, motif: str) -> None:
    """Payment resumes on `reprise_le`; from its first day on, as if nothing had been. The caller holds the lock of the sinistre.

    Raises DonneeInvalide for a day before the interruption, or to come, or without a motive.
    """
    erreurs: dict[str, list[str]] = {}
    if reprise_le < une.a_compter_du:
        erreurs["reprise_le"] = [f"Le versement est interrompu depuis le {une.a_compter_du:%d/%m/%Y} : il ne reprend pas avant."]
    elif reprise_le > timezone.localdate():
        erreurs["reprise_le"] = ["Cette date est à venir."]
    if not motif.strip():
        erreurs["motif"] = ["Dites pourquoi le versement reprend."]
    if erreurs:
        raise DonneeInvalide(erreurs)
    une.reprise_le, une.levee_le, une.levee_par, une.motif_levee = reprise_le, timezone.now(), acteur, motif.strip()[:200]
    une.save(update_fields=["reprise_le", "levee_le", "levee_par", "motif_levee"])
