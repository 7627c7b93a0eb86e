"""Reads of cases: querysets that are already authorised. List, detail, search, export, files, history and API use the same ones."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.enums import Relation, Role
from accounts.gate import peut, relations_of
from accounts.models import User
from cases.enums import OUVERTS, Etat, FileTravail
from cases.models import Arret, AvisMedecin, Echeance, Note, Sinistre, Tache
from cases.models.avis import Delegation, delegants_of
from contracts.text import search_key
from journal.models import Entree

COUNT_LIMIT = 1000
NUMERO = re.compile(r"\d{4}-\d*$")
"""What is typed to find a dossier by its number, or by the beginning of it; any other word is looked for among the agents."""


def sinistres_visibles(user: User, action: str = "dossier_lire") -> QuerySet[Sinistre]:
    """The sinistres on which `user` holds `action`, whatever their state. His own dossier is never among them."""
    visible = Q(pk__in=[])
    relations = relations_of(user, action)
    if Relation.PORTEFEUILLE in relations:
        visible = Q()
    else:
        if Relation.SA_COLLECTIVITE in relations:
            visible |= Q(collectivite_id__in=user.collectivite_ids)
        if Relation.TRANSMIS in relations:
            visible |= Q(transmis_assureur_le__isnull=False) & (
                Q(contrat__assureur_id__in=user.organisme_ids) | Q(contrat__courtier_id__in=user.organisme_ids)
            )
        if Relation.REFERE in relations:
            visible |= referred_to(user)
    return Sinistre.objects.filter(visible).exclude(agent__compte=user.pk)


def delegations_de(user: User) -> QuerySet[Delegation]:
    """Those that a médecin conseil gave and that are not over, and those by which he replaces another, the nearest first."""
    return (
        Delegation.objects.filter(Q(medecin=user) | Q(remplacant=user), fin__gte=timezone.localdate(), retiree_le__isnull=True)
        .select_related("medecin", "remplacant")
        .order_by("debut", "pk")
    )


def referred_to(user: User) -> Q:
    """Sinistres entrusted to `user` (or to whom he replaces), with the agent's earlier ones where the referral says so."""
    avis = AvisMedecin.objects.confies_a(user)
    earlier = avis.filter(avec_anterieurs=True, sinistre__agent=OuterRef("agent"), sinistre__gt=OuterRef("pk"))
    return Q(pk__in=avis.values("sinistre_id")) | Q(Exists(earlier))


def sinistre_visible(user: User, numero: str) -> Sinistre:
    """One sinistre by its number. Raises Sinistre.DoesNotExist for a foreign one as for an unknown one."""
    return sinistres_visibles(user).select_related("collectivite", "agent", "contrat", "termes__formule").get(numero=numero)


@dataclass(frozen=True)
class FiltreSinistres:
    """What a list of sinistres may be narrowed by. Free text searches the agent's name and matricule, or a number."""

    etats: tuple[str, ...] = ()
    natures: tuple[str, ...] = ()
    collectivite_id: int | None = None
    survenance_de: dt.date | None = None
    survenance_a: dt.date | None = None
    texte: str = ""


def search_sinistres(user: User, filtre: FiltreSinistres) -> QuerySet[Sinistre]:
    """Visible sinistres, newest first, narrowed by `filtre`."""
    resultat = sinistres_visibles(user)
    if filtre.etats:
        resultat = resultat.filter(etat__in=filtre.etats)
    if filtre.natures:
        resultat = resultat.filter(nature__in=filtre.natures)
    if filtre.collectivite_id is not None:
        resultat = resultat.filter(collectivite_id=filtre.collectivite_id)
    if filtre.survenance_de is not None:
        resultat = resultat.filter(survenance__gte=filtre.survenance_de)
    if filtre.survenance_a is not None:
        resultat = resultat.filter(survenance__lte=filtre.survenance_a)
    for mot in search_key(filtre.texte).split():
        # One index or the other: an OR over two tables would read every sinistre.
        resultat = resultat.filter(numero__startswith=mot) if NUMERO.match(mot) else resultat.filter(agent__recherche__contains=mot)
    return resultat.select_related("collectivite", "agent").order_by("-pk")


# -- Work items -------------------------------------------------------------------------------------------------------------

PROCEDURES = (
    FileTravail.CONTRE_VISITES, FileTravail.EXPERTISES, FileTravail.RECOURS, FileTravail.MEDIATIONS, FileTravail.ACCOMPAGNEMENTS,
    FileTravail.EMPLOYEUR,
)  # fmt: skip
"""Where the steps of the procedures wait, those that a third party owes included: the CDG chases them."""

FILES_OF_ROLE: dict[str, tuple[str, ...]] = {
    Role.GESTIONNAIRE: (
        FileTravail.A_INSTRUIRE, FileTravail.PIECES_A_CONTROLER, FileTravail.RELANCES_ECHUES, FileTravail.RETOUR_MEDECIN,
        FileTravail.A_PAYER, FileTravail.REJETS, FileTravail.CONTROLES_6_MOIS, FileTravail.SAISINES, FileTravail.CORBEILLE, *PROCEDURES,
        FileTravail.MESSAGES,
    ),
    Role.RESPONSABLE: (
        FileTravail.A_INSTRUIRE, FileTravail.PIECES_A_CONTROLER, FileTravail.RELANCES_ECHUES, FileTravail.RETOUR_MEDECIN,
        FileTravail.A_PAYER, FileTravail.A_SIGNER, FileTravail.REJETS, FileTravail.CONTROLES_6_MOIS, FileTravail.SAISINES,
        FileTravail.CORBEILLE, *PROCEDURES, FileTravail.ESCALADES, FileTravail.INCIDENTS, FileTravail.MESSAGES,
    ),
    Role.PAYEUR: (FileTravail.A_PAYER, FileTravail.A_SIGNER, FileTravail.REJETS),
    Role.GESTIONNAIRE_BULLE: (FileTravail.BULLE,),
    Role.MEDECIN_CONSEIL: (FileTravail.MEDECIN,),
    Role.EXPERT: (FileTravail.MISSIONS,),
    Role.PSYCHOLOGUE: (FileTravail.SOUTIENS,),
}  # fmt: skip
"""Which queues each role works in."""


def files_of(user: User) -> list[str]:
    """The queues `user` works in, in the order of the menu."""
    mine = {file for role in user.roles for file in FILES_OF_ROLE.get(role, ())}
    return [file for file in FileTravail.values if file in mine]


def taches_visibles(user: User) -> QuerySet[Tache]:
    """Open work items of the queues of `user`, those addressed to somebody else and those about his own dossier left out."""
    if not peut(user, "file_consulter"):
        return Tache.objects.none()
    return (
        Tache.objects.filter(fermee_le__isnull=True, file__in=files_of(user))
        .filter(Q(destinataire__isnull=True) | Q(destinataire__in=[user.pk, *delegants_of(user)]))
        # A subquery asked once, almost always empty: as a join, it would cost each count of a page two tables.
        .exclude(sinistre__in=Sinistre.objects.filter(agent__compte=user.pk))
    )


def count_up_to(queryset: QuerySet[Tache], limite: int = COUNT_LIMIT) -> int:
    """The number of rows, or `limite` + 1 when there are more (« 1 000+ »): a count never scans a million rows."""
    return queryset.order_by()[: limite + 1].count()


def taches_du_sinistre(user: User, sinistre: Sinistre) -> QuerySet[Tache]:
    """Open work items about one sinistre that `user` may see."""
    return taches_visibles(user).filter(sinistre=sinistre).select_related("porteur").order_by("due_at", "pk")


# -- Around one sinistre ----------------------------------------------------------------------------------------------------

HIDDEN_FROM_COLLECTIVITE = ("note.", "tache.", "echeance.", "avis.", "alerte.", "etape.")
"""Journal actions that are the CDG's own affair."""
HIDDEN_OUTSIDE_THE_BULLE = ("dossier_medical.", "fichier_medical.", "facture_medicale.", "lien_agent.", "mission.", "opinion.")
"""What is done inside the bulle about a dossier: only those who read it medically see it in its timeline."""


def timeline(user: User, sinistre: Sinistre) -> QuerySet[Entree]:
    """Journal entries of a sinistre, newest first; those that are the CDG's own only for whoever may read notes."""
    entrees = Entree.objects.filter(sinistre_id=sinistre.pk).select_related("contenu").order_by("-id")
    if not peut(user, "notes_lire", sinistre):
        for prefix in HIDDEN_FROM_COLLECTIVITE:
            entrees = entrees.exclude(action__startswith=prefix)
    if not peut(user, "messages_lire", sinistre):
        entrees = entrees.exclude(action__startswith="message.")
    if not peut(user, "dossier_medical_lire", sinistre):
        for prefix in HIDDEN_OUTSIDE_THE_BULLE:
            entrees = entrees.exclude(action__startswith=prefix)
    return entrees


def notes_du_sinistre(user: User, sinistre: Sinistre) -> QuerySet[Note]:
    if not peut(user, "notes_lire", sinistre):
        return Note.objects.none()
    return Note.objects.filter(sinistre=sinistre).select_related("auteur").order_by("-le", "-pk")


def echeances_ouvertes(sinistre: Sinistre) -> QuerySet[Echeance]:
    return Echeance.objects.filter(sinistre=sinistre, traitee_le__isnull=True, levee_le__isnull=True).order_by("due_at")


def sinistres_clos_recents(user: User, jours: int = 30) -> QuerySet[Sinistre]:
    """Closed in the last `jours` days."""
    depuis = timezone.now() - dt.timedelta(days=jours)
    return search_sinistres(user, FiltreSinistres(etats=(Etat.CLOS,))).filter(etat_depuis__gte=depuis)


def doubles_probables(*, agent_id: int, nature: str, survenance: dt.date, hors: int | None = None) -> QuerySet[Sinistre]:
    """Live sinistres of the same agent, nature and survenance: a declaration typed twice."""
    doubles = Sinistre.objects.filter(agent_id=agent_id, nature=nature, survenance=survenance).exclude(etat=Etat.ANNULE)
    if hors is not None:
        doubles = doubles.exclude(pk=hors)
    return doubles.order_by("pk")


def arrets_recouverts(*, agent_id: int, debut: dt.date, fin: dt.date, hors: int | None = None) -> QuerySet[Arret]:
    """Active arrêts of the agent's other open sinistres that share a day with [debut, fin]; TPT stands outside."""
    arrets = Arret.objects.filter(
        sinistre__agent_id=agent_id, sinistre__etat__in=[*OUVERTS, Etat.CLOS], actif=True, debut__lte=fin, fin__gte=debut
    ).exclude(genre="TPT")
    if hors is not None:
        arrets = arrets.exclude(sinistre_id=hors)
    return arrets.select_related("sinistre").order_by("debut")
