"""Reads of the soutiens: a psychologue his own, the secretariat those that wait for it, an agent that of his link."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from accounts.gate import peut
from accounts.models import User
from cases.enums import FileTravail
from cases.models import Branche, Programme, Sinistre
from cases.selectors_files import porteurs_possibles
from medical.enums_soutien import ActeSoutien, OrigineSoutien
from medical.models import LienAgent, Seance, Soutien, TraceSoutien
from medical.rules_soutien import arrondi, quantile

MAX_LIGNES = 200


def _soutiens() -> QuerySet[Soutien]:
    tenues = Count("seances", filter=Q(seances__absent=False))
    return Soutien.objects.select_related("sinistre__agent", "psychologue", "cle", "branche", "visible").annotate(tenues=tenues)


def soutien_de(branche: Branche) -> Soutien:
    """The soutien of a branch: read by the flow, in the bulle only. Where an act holds its row, that one (`retenir`)."""
    tenu = getattr(branche, "soutien_tenu", None)
    if isinstance(tenu, Soutien):
        return tenu
    return Soutien.objects.select_related("sinistre__agent", "psychologue").get(branche=branche.pk)


def retenir(branche: Branche, soutien: Soutien) -> None:
    """The act that goes through a step has this row under its lock: the flow needs not read it again."""
    branche.soutien_tenu = soutien  # type: ignore[attr-defined]


def mes_soutiens(user: User) -> list[Soutien]:
    """Those confided to a psychologue, the running ones first, the latest first. `tenues`: séances held."""
    soutiens = _soutiens().filter(psychologue=user).order_by("-clos_le", "-pk")[:MAX_LIGNES]
    miens = [soutien for soutien in soutiens if peut(user, "soutien_mener", soutien)]
    return sorted(miens, key=lambda soutien: soutien.est_clos)


def mon_soutien(user: User, uid: UUID) -> Soutien:
    """One of them. Raises Soutien.DoesNotExist."""
    soutien = _soutiens().get(uid=uid, psychologue=user)
    if not peut(user, "soutien_mener", soutien):
        raise Soutien.DoesNotExist
    return soutien


def seances_de(user: User, soutien: Soutien) -> QuerySet[Seance]:
    """The séances of a soutien confided to `user`, the latest first."""
    if not peut(user, "soutien_mener", soutien):
        return Seance.objects.none()
    return Seance.objects.filter(soutien=soutien).select_related("cle", "tenue_par").order_by("-tenue_le", "-pk")


def suivis(user: User) -> QuerySet[Soutien]:
    """What the secretariat follows: every soutien but his own. Never a note nor a séance's date."""
    if not peut(user, "soutien_affecter"):
        return Soutien.objects.none()
    return _soutiens().exclude(sinistre__agent__compte=user.pk).order_by("demande_le", "pk")


def en_cours(user: User) -> list[Soutien]:
    """Those that have not ended, the oldest request first."""
    return list(suivis(user).filter(clos_le__isnull=True)[:MAX_LIGNES])


def suivi(user: User, uid: UUID) -> Soutien:
    """One of them, ended or not. Raises Soutien.DoesNotExist."""
    return suivis(user).get(uid=uid)


def propositions(user: User, soutien: Soutien) -> list[TraceSoutien]:
    """Who proposed one besides, while this one was running: he was not told of it."""
    if not peut(user, "soutien_affecter", soutien):
        return []
    faites = TraceSoutien.objects.filter(soutien=soutien, acte=ActeSoutien.PROPOSE).select_related("acteur").order_by("pk")
    return list(faites)[1 if soutien.origine == OrigineSoutien.PROPOSE else 0 :]


def psychologues(sinistre: Sinistre) -> QuerySet[User]:
    """To whom a soutien of this agent may be confided: never himself."""
    return porteurs_possibles([FileTravail.SOUTIENS]).exclude(pk=sinistre.compte_agent_id or 0)


def du_lien(lien: LienAgent) -> Soutien | None:
    """The soutien that the agent of a link may follow: the running one of that dossier, else the last, else None."""
    return _soutiens().filter(sinistre=lien.sinistre_id).order_by(F("clos_le").desc(nulls_first=True), "-pk").first()


@dataclass(frozen=True)
class Chiffres:
    """For the secretariat: how many by programme, small cells withheld; how long an agent waits for the first contact."""

    par_programme: list[tuple[str, str]]
    mesures: int
    mediane: dt.timedelta | None
    neuf_sur_dix: dt.timedelta | None


def chiffres(user: User) -> Chiffres:
    """All soutiens accepted; the delays of those whose first contact was made, from the request (MNT74, domain: §5.3)."""
    if not peut(user, "soutien_affecter"):
        return Chiffres([], 0, None, None)
    acceptes = Soutien.objects.exclude(accord_le__isnull=True).exclude(accord="REFUSE")
    nombres = Counter(acceptes.values_list("programme", flat=True))
    paires = Soutien.objects.filter(premier_contact_le__isnull=False).values_list("demande_le", "premier_contact_le")
    delais = [contact - demande for demande, contact in paires if contact is not None]
    return Chiffres(
        [(Programme(code).label, arrondi(nombres[code])) for code in Programme.values],
        len(delais),
        quantile(delais, 0.5),
        quantile(delais, 0.9),
    )
