"""Work items: open, take, give back, hand over, put aside, close.

Opening and closing happen inside the transaction of the act that causes them. Taking is a conditional UPDATE: one winner, and the
other is told who won.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.gate import Refus, exiger
from accounts.models import User
from cases.enums import DELAY_OF, QUEUE_OF, FileTravail, GenreTache
from cases.errors import DejaPris, DonneeInvalide, Erreur
from cases.models import Sinistre, Tache
from cases.models.avis import delegants_of
from cases.rules import deadline
from cases.selectors import files_of
from journal.services import annoncer, consigner

DEFAULT_DEPARTEMENT = "34"

ADRESSEES = frozenset({FileTravail.EMPLOYEUR, FileTravail.MEDECIN, FileTravail.MISSIONS})
"""Queues that nobody watches all day: whoever is expected there is told. Not those of a soutien: nobody must see that one has begun."""


def ouvrir(
    *,
    genre: GenreTache,
    sinistre: Sinistre | None,
    objet_type: str = "sinistre",
    objet_id: int | None = None,
    departement: str = "",
    collectivite_id: int | None = None,
    destinataire: User | None = None,
    priorite: int = 0,
    file: str = "",
) -> None:
    """Open a work item unless the same one is open already. Its delay is the CDG's own for that kind (DELAY_OF), in working days of
    `departement`: that of the sinistre's collectivité unless told. It waits in the queue of its kind, unless `file` names another.
    `collectivite_id`: whose it is, where no sinistre says so.
    """
    cible = objet_id if objet_id is not None else (sinistre.pk if sinistre is not None else None)
    if cible is None:
        raise ValueError("A work item is about an object.")
    if not departement:
        departement = sinistre.collectivite.departement if sinistre is not None else DEFAULT_DEPARTEMENT
    now = timezone.now()
    file = file or QUEUE_OF[genre]
    terme = deadline(now, DELAY_OF[genre], departement)
    Tache.objects.bulk_create(
        [
            Tache(
                file=file,
                genre=genre,
                objet_type=objet_type,
                objet_id=cible,
                sinistre=sinistre,
                collectivite_id=sinistre.collectivite_id if sinistre is not None else collectivite_id,
                destinataire=destinataire,
                priorite=priorite,
                cree_le=now,
                due_at=terme,
            )
        ],
        ignore_conflicts=True,
    )
    if file in ADRESSEES:
        annoncer(
            type="tache.adressee",
            objet_type=objet_type,
            objet_id=cible,
            sinistre_id=sinistre.pk if sinistre is not None else None,
            donnees={
                "genre": str(genre),
                "file": str(file),
                "destinataire": destinataire.pk if destinataire is not None else None,
                "pour_le": timezone.localdate(terme).isoformat(),
            },
        )


def fermer(*, sinistre: Sinistre, genres: list[GenreTache], issue: str) -> None:
    """Close the open items of these kinds about a sinistre or anything of it."""
    Tache.objects.filter(sinistre=sinistre, genre__in=genres, fermee_le__isnull=True).update(fermee_le=timezone.now(), issue=issue[:40])


def fermer_objet(*, genre: GenreTache, objet_type: str, objet_id: int, issue: str) -> None:
    """Close the open item of one kind about one object."""
    Tache.objects.filter(genre=genre, objet_type=objet_type, objet_id=objet_id, fermee_le__isnull=True).update(
        fermee_le=timezone.now(), issue=issue[:40]
    )


def prendre(*, acteur: User, tache: Tache) -> Tache:
    """Become the holder of an open item. Raises DejaPris when another holds it or it is done, Refus without the right."""
    _require_queue(acteur, tache)
    now = timezone.now()
    with transaction.atomic():
        won = Tache.objects.filter(pk=tache.pk, fermee_le__isnull=True, porteur__isnull=True).update(porteur=acteur, pris_le=now)
        if won:
            _consigner(acteur, "tache.prise", tache)
    fresh = Tache.objects.select_related("porteur", "sinistre").get(pk=tache.pk)
    if not won and (not fresh.est_ouverte or fresh.porteur_id != acteur.pk):
        raise DejaPris(_who_holds(fresh))
    return fresh


def rendre(*, acteur: User, tache: Tache, motif: str = "") -> Tache:
    """Give back an item one holds. Raises Erreur when one does not hold it."""
    _require_queue(acteur, tache)
    with transaction.atomic():
        done = Tache.objects.filter(pk=tache.pk, fermee_le__isnull=True, porteur=acteur).update(porteur=None, pris_le=None)
        if done:
            _consigner(acteur, "tache.rendue", tache, motif=motif)
    fresh = Tache.objects.select_related("porteur", "sinistre").get(pk=tache.pk)
    if not done:
        raise Erreur("Vous ne portez pas cette tâche." if fresh.est_ouverte else "Cette tâche est déjà terminée.")
    return fresh


def attribuer(*, acteur: User, tache: Tache, a: User) -> Tache:
    """Hand an open item to somebody, whoever holds it. Raises DonneeInvalide when that person may not hold it."""
    exiger(acteur, "tache_attribuer", tache)
    try:
        _require_queue(a, tache)
    except Refus as error:
        raise DonneeInvalide.sur("a", f"{a.get_full_name()} ne peut pas porter cette tâche.") from error
    with transaction.atomic():
        done = Tache.objects.filter(pk=tache.pk, fermee_le__isnull=True).update(porteur=a, pris_le=timezone.now())
        if done:
            _consigner(acteur, "tache.attribuee", tache, donnees={"a": a.pk})
    if not done:
        raise Erreur("Cette tâche est déjà terminée.")
    return Tache.objects.select_related("porteur", "sinistre").get(pk=tache.pk)


def terminer(*, acteur: User, tache: Tache, commentaire: str = "") -> None:
    """Close an item that no other act closes by itself. Raises DejaPris when another holds it or has closed it."""
    _require_queue(acteur, tache)
    with transaction.atomic():
        done = Tache.objects.filter(Q(porteur__isnull=True) | Q(porteur=acteur), pk=tache.pk, fermee_le__isnull=True).update(
            fermee_le=timezone.now(), issue="terminee"
        )
        if done:
            _consigner(acteur, "tache.terminee", tache, motif=commentaire)
    if not done:
        raise DejaPris(_who_holds(Tache.objects.select_related("porteur").get(pk=tache.pk)))


def ressortir(*, acteur: User, tache: Tache, le: dt.date, motif: str) -> Tache:
    """« Me le ressortir le … »: put an item aside until a day, with a reason; the sweeper brings it back that morning."""
    _require_queue(acteur, tache)
    if le <= timezone.localdate():
        raise DonneeInvalide.sur("le", "Choisissez un jour à venir.")
    if not motif.strip():
        raise DonneeInvalide.sur("motif", "Dites pourquoi ce dossier attend.")
    with transaction.atomic():
        done = Tache.objects.filter(Q(porteur__isnull=True) | Q(porteur=acteur), pk=tache.pk, fermee_le__isnull=True).update(
            porteur=acteur,
            pris_le=timezone.now(),
            suspendue=True,
            suspendue_depuis=timezone.now(),
            suspendue_motif=motif.strip()[:200],
            ressort_le=le,
        )
        if done:
            _consigner(acteur, "tache.mise_de_cote", tache, motif=motif, donnees={"le": le.isoformat()})
    fresh = Tache.objects.select_related("porteur", "sinistre").get(pk=tache.pk)
    if not done:
        raise DejaPris(_who_holds(fresh))
    return fresh


def reprendre(*, acteur: User | None, tache: Tache) -> None:
    """Bring a put-aside item back to its queue before its day, or on it (the sweeper: `acteur` None). Raises Refus."""
    if acteur is not None:
        _require_queue(acteur, tache)
    with transaction.atomic():
        done = Tache.objects.filter(pk=tache.pk, fermee_le__isnull=True, suspendue=True).update(
            suspendue=False, suspendue_depuis=None, suspendue_motif="", ressort_le=None
        )
        if done:
            _consigner(acteur, "tache.ressortie", tache)


def ressortir_du_jour() -> int:
    """Bring back every item whose day has come. Safe to run twice. Returns how many came back."""
    jour = timezone.localdate()
    total = 0
    for tache in Tache.objects.filter(fermee_le__isnull=True, suspendue=True, ressort_le__lte=jour).order_by("pk"):
        reprendre(acteur=None, tache=tache)
        total += 1
    return total


def _require_queue(user: User, tache: Tache) -> None:
    """Raise Refus unless `user` may hold the item: by right, in a queue he works in, and not addressed to somebody else.

    Held by a person whose queues do not show it, a dossier would be forgotten.
    """
    exiger(user, "tache_prendre", tache)
    addressed = tache.destinataire_id in (None, user.pk) or tache.destinataire_id in delegants_of(user)
    if tache.file not in files_of(user) or not addressed:
        raise Refus("Cette tâche n’est pas dans vos files.", action="tache_prendre", visible=False)


def _who_holds(tache: Tache) -> str:
    if not tache.est_ouverte:
        return "Cette tâche est déjà terminée."
    if tache.porteur is None or tache.pris_le is None:
        return "Cette tâche vient de se libérer : reprenez-la."
    quand = timezone.localtime(tache.pris_le)
    return f"Pris par {tache.porteur.get_full_name()} à {quand:%H:%M}."


def _consigner(acteur: User | None, action: str, tache: Tache, *, motif: str = "", donnees: dict[str, object] | None = None) -> None:
    consigner(
        acteur=acteur,
        action=action,
        objet_type="tache",
        objet_id=tache.pk,
        sinistre_id=tache.sinistre_id,
        motif=motif,
        donnees={"genre": tache.genre, **(donnees or {})},
    )
