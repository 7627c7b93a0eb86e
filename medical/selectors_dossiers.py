"""Reads of the bulle around one dossier: who opened it, its earlier ones, the missions of an expert, the links given to an agent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import peut
from accounts.models import User
from cases.enums import EtatBranche
from cases.models import AvisMedecin, Sinistre
from cases.selectors import sinistres_visibles
from documents.enums import GenreLaissezPasser
from documents.models import LaissezPasser
from documents.services.laissez_passer import empreinte_de
from medical.enums import EtatFichier, GenreFichier
from medical.errors import Indisponible
from medical.models import Fichier, LienAgent, Mission, Ouverture
from medical.selectors import fichiers_lisibles, finalites_de
from medical.services.lectures import nom_de


@dataclass(frozen=True, repr=False)
class FichierNomme:
    """A file and the name its sender gave it, in clear: for an open dossier only."""

    fichier: Fichier
    nom: str


def nommes(fichiers: QuerySet[Fichier] | list[Fichier]) -> list[FichierNomme]:
    """The names of these files. One whose key is not there says so, and does not close the page to the others."""
    found: list[FichierNomme] = []
    for fichier in fichiers:
        try:
            nom = nom_de(fichier)
        except Indisponible:
            nom = "Document dont la clé est indisponible"
        found.append(FichierNomme(fichier, nom))
    return found


def fichiers_de_la_piece(user: User, sinistre: Sinistre, piece_id: int) -> QuerySet[Fichier]:
    """The files of one medical pièce that `user` may read, the version under way first."""
    return fichiers_lisibles(user, sinistre).filter(piece=piece_id, genre=GenreFichier.PIECE).order_by("-version", "pk")


@dataclass(frozen=True)
class Lecteur:
    """Who opened a dossier, when and why."""

    qui: str
    le: dt.datetime
    pourquoi: str


def qui_a_lu(user: User, sinistre: Sinistre) -> list[Lecteur]:
    """Everybody who opened a dossier, its agent included, the latest first: for its médecin conseil."""
    if not peut(user, "dossier_medical_lire", sinistre):
        return []
    ouvertures = Ouverture.objects.filter(sinistre=sinistre).select_related("user").order_by("-le", "-pk")
    lecteurs = [Lecteur(o.user.get_full_name(), o.le, o.get_finalite_display()) for o in ouvertures]
    liens = LienAgent.objects.filter(sinistre=sinistre, ouvert_le__isnull=False).values_list("ouvert_le", flat=True)
    lecteurs += [Lecteur("L’agent lui-même", le, "Par son lien") for le in liens if le is not None]
    return sorted(lecteurs, key=lambda lecteur: lecteur.le, reverse=True)


def anterieurs(user: User, avis: AvisMedecin) -> QuerySet[Sinistre]:
    """The agent's earlier dossiers that this referral opens, the latest first."""
    if not avis.avec_anterieurs:
        return Sinistre.objects.none()
    return (
        sinistres_visibles(user, "dossier_medical_lire")
        .filter(agent=avis.sinistre.agent_id, pk__lt=avis.sinistre_id)
        .select_related("agent", "collectivite", "contrat")
        .order_by("-pk")
    )


def mes_missions(user: User) -> list[Mission]:
    """The open missions of an expert, the nearest end first. What has ended, was recalled or rendered is not there any more."""
    if not user.has_role(Role.EXPERT):
        return []
    missions = Mission.objects.ouvertes().lues().filter(expert=user).order_by("branche__expertise__fin", "pk")
    return [mission for mission in missions if peut(user, "mission_lire", mission)]


def ma_mission(user: User, mission_id: int) -> Mission:
    """One of them. Raises Mission.DoesNotExist."""
    found = next((mission for mission in mes_missions(user) if mission.pk == mission_id), None)
    if found is None:
        raise Mission.DoesNotExist
    return found


def rapports_par_courrier(user: User) -> list[Mission]:
    """The missions whose report is awaited on paper, the oldest first: for the gestionnaire de bulle, who reads nothing of them."""
    attendus = Mission.objects.filter(
        branche__etat=EtatBranche.EN_COURS,
        branche__expertise__par_courrier=True,
        branche__expertise__suite="",
        branche__expertise__convoquee_le__isnull=False,
        confiee_le__isnull=False,
        rendue_le__isnull=True,
        rappelee_le__isnull=True,
        sinistre__in=sinistres_visibles(user, "rapport_numeriser"),
    )
    return list(attendus.lues().annotate(recus=Count("rapports")).order_by("branche__expertise__rendez_vous", "pk"))


def rapport_par_courrier(user: User, uid: UUID) -> Mission:
    """One of them, by the public identifier of its expertise. Raises Mission.DoesNotExist."""
    found = next((mission for mission in rapports_par_courrier(user) if mission.branche is not None and mission.branche.uid == uid), None)
    if found is None:
        raise Mission.DoesNotExist
    return found


def rapports_de(mission: Mission, user: User) -> QuerySet[Fichier]:
    """The reports of a mission, those set aside included so that their sender knows."""
    return fichiers_lisibles(user, mission.sinistre).filter(mission=mission).order_by("pk")


def volets(user: User, sinistre: Sinistre) -> QuerySet[Fichier]:
    """Papers misfiled outside and sent to the bulle, for this dossier."""
    return fichiers_lisibles(user, sinistre).filter(genre=GenreFichier.VOLET, etat=EtatFichier.DISPONIBLE).order_by("pk")


def sinistre_a_ouvrir(user: User, numero: str) -> Sinistre:
    """A dossier that `user` may open now, for whatever purpose. Raises Sinistre.DoesNotExist."""
    sinistre = Sinistre.objects.select_related("agent", "collectivite", "contrat").get(numero=numero)
    if not finalites_de(user, sinistre):
        raise Sinistre.DoesNotExist
    return sinistre


def sinistre_ouvrable(user: User, numero: str) -> Sinistre:
    """A dossier to whose agent `user` may open it. Raises Sinistre.DoesNotExist."""
    return sinistres_visibles(user, "dossier_agent_ouvrir").select_related("agent", "collectivite", "contrat").get(numero=numero)


def liens_en_cours(user: User, sinistre: Sinistre | None = None) -> QuerySet[LienAgent]:
    """Links given to agents that still open something, of one dossier or of all, the latest first."""
    liens = LienAgent.objects.filter(
        revoque_le__isnull=True,
        ouvert_le__isnull=True,
        expire_le__gt=timezone.now(),
        sinistre__in=sinistres_visibles(user, "dossier_agent_ouvrir"),
    )
    if sinistre is not None:
        liens = liens.filter(sinistre=sinistre)
    return liens.select_related("sinistre__agent", "cree_par").order_by("-pk")


def lien_de_depot_valable(secret: str) -> LaissezPasser | None:
    """The agent's link of this secret while it may still serve, or None. The secret is the right: nobody is signed in."""
    liens = LaissezPasser.objects.filter(genre=GenreLaissezPasser.AGENT, utilise_le__isnull=True, revoque_le__isnull=True)
    return liens.filter(empreinte=empreinte_de(secret), expire_le__gt=timezone.now()).first()
