"""Reads of the bulle: who may read which file. Lists and reads use the same querysets; there is no second way to a file."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.enums import Role
from accounts.gate import peut
from accounts.models import User
from cases.models import Sinistre
from medical.enums import Finalite, GenreFichier
from medical.models import Fichier, Mission, Ouverture


def missions_ouvertes(user: User, sinistre: Sinistre) -> list[Mission]:
    """The missions on this dossier that open it to `user` today, as an expert."""
    if not user.has_role(Role.EXPERT):
        return []
    missions = Mission.objects.ouvertes().lues().filter(sinistre=sinistre, expert=user).order_by("pk")
    return [mission for mission in missions if peut(user, "mission_lire", mission)]


def fichiers_lisibles(user: User, sinistre: Sinistre) -> QuerySet[Fichier]:
    """The files of a dossier that `user` may read now, in any state.

    A médecin conseil: all those of a dossier referred to him. A gestionnaire de bulle: pièces and misfiled volets, never a report. An
    expert: the pièces of the dossier of his open mission and his own reports. Anybody else, and on one's own dossier: none.
    """
    if peut(user, "dossier_medical_lire", sinistre):
        return _fichiers().filter(sinistre=sinistre)
    lisibles = Q(pk__in=[])
    if peut(user, "piece_medicale_controler", sinistre):
        lisibles |= Q(genre__in=[GenreFichier.PIECE, GenreFichier.VOLET])
    missions = missions_ouvertes(user, sinistre)
    if missions:
        lisibles |= Q(genre=GenreFichier.PIECE) | Q(genre=GenreFichier.RAPPORT, mission__in=missions, depose_par=user)
    return _fichiers().filter(lisibles, sinistre=sinistre)


def volets_sans_dossier(user: User) -> QuerySet[Fichier]:
    """Late paper sent to the bulle before it was filed to any dossier: for the gestionnaire de bulle to find its place."""
    if not peut(user, "piece_medicale_controler"):
        return Fichier.objects.none()
    return _fichiers().filter(sinistre__isnull=True, genre=GenreFichier.VOLET)


def fichier_lisible(user: User, uid: UUID) -> Fichier:
    """One file by its public identifier. Raises Fichier.DoesNotExist for a file one may not read as for an unknown one."""
    fichier = Fichier.objects.select_related("sinistre__agent").get(uid=uid)
    lisibles = volets_sans_dossier(user) if fichier.sinistre is None else fichiers_lisibles(user, fichier.sinistre)
    return lisibles.get(pk=fichier.pk)


def _fichiers() -> QuerySet[Fichier]:
    return Fichier.objects.select_related("cle", "piece", "sinistre").order_by("-pk")


def finalites_de(user: User, sinistre: Sinistre) -> list[Finalite]:
    """The purposes for which `user` may open this dossier now; empty when he may not at all."""
    found: list[Finalite] = []
    if peut(user, "dossier_medical_lire", sinistre):
        found += [Finalite.AVIS, Finalite.RELECTURE, Finalite.QUESTION, Finalite.DROIT_D_ACCES]
    if peut(user, "piece_medicale_controler", sinistre):
        found += [Finalite.CONTROLE, Finalite.RECLASSEMENT, Finalite.DROIT_D_ACCES]
    if missions_ouvertes(user, sinistre):
        found += [Finalite.EXPERTISE]
    return list(dict.fromkeys(found))


def ouverture_de(user: User, sinistre: Sinistre, session: str) -> Ouverture | None:
    """The opening of this dossier by `user` in this session (`request.session.empreinte`), or None."""
    return Ouverture.objects.filter(user=user, sinistre=sinistre, session=session).first()
