"""Reads of the queues: what is in each, page after page, where one stands in it, and counts that never scan a million rows.

A page goes by keyset on (suspendue, due_at, id). The reference instant travels inside the cursor: headings (« En retard »…) depend on
working days of each département and on the hour, and must not shift between two pages.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils import timezone

from accounts.models import Habilitation, User
from cases.enums import FileTravail, GenreTache
from cases.models import Note, Tache
from cases.selectors import COUNT_LIMIT, FILES_OF_ROLE, files_of, taches_visibles

MA_FILE, NON_ATTRIBUES, EQUIPE = "ma-file", "non-attribues", "equipe"
LIBELLES: dict[str, str] = {MA_FILE: "Ma file", NON_ATTRIBUES: "Non attribués", EQUIPE: "Mon équipe", **dict(FileTravail.choices)}
PAGE = 50
ECHEANCE, ARRIVEE = "echeance", "arrivee"
ORDRE = ("suspendue", "due_at")
TRIS: dict[str, tuple[str, ...]] = {ECHEANCE: (*ORDRE, "pk"), ARRIVEE: ("-pk",)}


class CurseurInvalide(ValueError):
    """The cursor of an address is not one of ours."""


class Row(Func):
    """`(a, b, c)`: rows compare in the order of the index, which a page of any depth then enters where it starts."""

    template = "(%(expressions)s)"
    output_field = BooleanField()


@dataclass(frozen=True)
class FiltreTaches:
    """What a queue may be narrowed by: codes and ids only, as they stand in an address."""

    natures: tuple[str, ...] = ()
    etats: tuple[str, ...] = ()
    collectivite_id: int | None = None

    def apply(self, taches: QuerySet[Tache]) -> QuerySet[Tache]:
        if self.natures:
            taches = taches.filter(sinistre__nature__in=self.natures)
        if self.etats:
            taches = taches.filter(sinistre__etat__in=self.etats)
        if self.collectivite_id is not None:
            taches = taches.filter(collectivite_id=self.collectivite_id)
        return taches


@dataclass(frozen=True)
class Curseur:
    """Where a page starts, and the instant against which its ages are told."""

    reference: dt.datetime
    suspendue: bool = False
    due_at: dt.datetime | None = None
    pk: int | None = None
    recul: bool = False

    @classmethod
    def du_debut(cls) -> Curseur:
        return cls(reference=timezone.now())

    def a(self, tache: Tache, *, recul: bool = False) -> Curseur:
        """The cursor of the rows after `tache` (before it with `recul`)."""
        return Curseur(self.reference, tache.suspendue, tache.due_at, tache.pk, recul)

    def encode(self) -> str:
        due_at = self.due_at.isoformat() if self.due_at else None
        brut = json.dumps([self.reference.isoformat(), self.suspendue, due_at, self.pk, self.recul])
        return base64.urlsafe_b64encode(brut.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, texte: str) -> Curseur:
        """Raises CurseurInvalide for anything that `encode` did not write."""
        try:
            brut = base64.urlsafe_b64decode(texte + "=" * (-len(texte) % 4))
            reference, suspendue, due_at, pk, recul = json.loads(brut)
            return cls(
                reference=_instant(reference),
                suspendue=bool(suspendue),
                due_at=_instant(due_at) if due_at is not None else None,
                pk=int(pk) if pk is not None else None,
                recul=bool(recul),
            )
        except (ValueError, TypeError, binascii.Error, UnicodeDecodeError) as error:
            raise CurseurInvalide(texte[:40]) from error


def _instant(texte: str) -> dt.datetime:
    instant = dt.datetime.fromisoformat(texte)
    if instant.tzinfo is None:
        raise ValueError("An instant has an offset.")
    return instant


@dataclass(frozen=True)
class Visibles:
    """The open items somebody may see, as the SQL that several counts of one query narrow: writing it takes longer than asking it."""

    sql: str
    valeurs: tuple[Any, ...]

    @classmethod
    def de(cls, user: User) -> Visibles | None:
        """None for whoever sees no queue."""
        try:
            sql, valeurs = taches_visibles(user).values("id", "file", "genre", "porteur_id", *ORDRE).query.sql_with_params()
        except EmptyResultSet:
            return None
        return cls(sql, tuple(valeurs))


@dataclass(frozen=True)
class Compte:
    """A count that stops, as SQL and its values; `parmi` where it counts in the table `visibles` of the query that asks it."""

    sql: str
    valeurs: tuple[Any, ...] = ()
    parmi: Visibles | None = None

    @classmethod
    def de(cls, queryset: QuerySet[Any], limite: int = COUNT_LIMIT) -> Compte:
        try:
            # A queue keeps its order here: in it, the partial index of open items leads to the first rows without reading closed ones.
            sql, valeurs = queryset.values("pk")[: limite + 1].query.sql_with_params()
        except EmptyResultSet:
            return cls("0")
        return cls(_count(sql), tuple(valeurs))

    @classmethod
    def de_taches(cls, visibles: Visibles | None, condition: str = "TRUE", *valeurs: Any) -> Compte:
        """How many of the visible items meet a condition on their columns."""
        if visibles is None:
            return cls("0")
        sql = f"SELECT FROM visibles WHERE {condition} ORDER BY {', '.join(ORDRE)}, id LIMIT {COUNT_LIMIT + 1}"
        return cls(_count(sql), valeurs, visibles)


def _count(sql: str) -> str:
    return f"(SELECT count(*) FROM ({sql}) AS borne)"  # noqa: S608 Django’s own SQL or ours, its values are parameters


@dataclass(frozen=True)
class PageTaches:
    """One page of a queue. `avant` and `apres`: cursors of its neighbours, empty where there is none."""

    lignes: list[Tache]
    reference: dt.datetime
    avant: str = ""
    apres: str = ""


@dataclass(frozen=True)
class Position:
    """Where an item stands in a list: « 7 / 43 ». `rang` 0: it has left the list, its neighbours are those of the place it held."""

    rang: int
    total: int
    precedent: Tache | None = field(default=None)
    suivant: Tache | None = field(default=None)


def taches_de_file(user: User, code: str, filtre: FiltreTaches | None = None) -> QuerySet[Tache]:
    """The open items of one queue that `user` may see. Raises KeyError for a queue that does not exist."""
    if code not in LIBELLES:
        raise KeyError(code)
    return (filtre or FiltreTaches()).apply(_de_file(taches_visibles(user), user, code)).order_by(*TRIS[ECHEANCE])


def _de_file(taches: QuerySet[Tache], user: User, code: str) -> QuerySet[Tache]:
    if code == EQUIPE:
        return taches
    if code == MA_FILE:
        return taches.filter(porteur=user)
    return taches.filter(porteur__isnull=True) if code == NON_ATTRIBUES else taches.filter(file=code)


def comptes_des_files(user: User) -> dict[str, Compte]:
    """How many items each queue of `user` has, and how many addresses of e-mails to correct, for `comptes_bornes`."""
    visibles = Visibles.de(user)
    return {
        MA_FILE: Compte.de_taches(visibles, "porteur_id = %s", user.pk),
        NON_ATTRIBUES: Compte.de_taches(visibles, "porteur_id IS NULL"),
        EQUIPE: Compte.de_taches(visibles),
        GenreTache.CORRIGER_ADRESSE: Compte.de_taches(visibles, "genre = %s", GenreTache.CORRIGER_ADRESSE),
    } | {file: Compte.de_taches(visibles, "file = %s", file) for file in files_of(user)}


def _as_rows(taches: QuerySet[Tache]) -> QuerySet[Tache]:
    """With all that a row shows: agent, collectivité, holder, last note (`derniere_note`)."""
    last_note = Note.objects.filter(sinistre=OuterRef("sinistre_id")).order_by("-le", "-pk").values("texte")[:1]
    return taches.select_related("sinistre__agent", "sinistre__contrat", "collectivite", "porteur").annotate(
        derniere_note=Subquery(last_note)
    )


def tache_visible(user: User, tache_id: int) -> Tache:
    """One open item that `user` may see, as a row. Raises Tache.DoesNotExist."""
    return _as_rows(taches_visibles(user)).get(pk=tache_id)


def tache_de_liste(user: User, tache_id: int) -> Tache | None:
    """An item that stands (or stood, when it is done) in a list of `user`: what tells his place there. None for any other."""
    tache = Tache.objects.filter(pk=tache_id, file__in=files_of(user)).exclude(sinistre__agent__compte=user.pk).first()
    return tache if tache is not None and tache.destinataire_id in (None, user.pk) else None


def page_de_taches(taches: QuerySet[Tache], curseur: Curseur, *, tri: str = ECHEANCE, taille: int = PAGE) -> PageTaches:
    """`taille` rows after (or before) the cursor, with what a row shows: agent, collectivité, holder, last note. One query."""
    order = _order(tri, recul=curseur.recul)
    beyond = _beyond(taches, curseur, tri) if curseur.pk is not None else taches
    # The page is chosen on the work items alone, in the order of their index; only its rows are then joined to what they show.
    chosen = beyond.order_by(*order).values("pk")[: taille + 1]
    rows = list(_as_rows(Tache.objects.filter(pk__in=chosen).order_by(*order)))
    plus, rows = len(rows) > taille, rows[:taille]
    if curseur.recul:
        rows.reverse()
    if not rows:
        return PageTaches([], curseur.reference)
    has_before = plus if curseur.recul else curseur.pk is not None
    has_after = True if curseur.recul else plus
    return PageTaches(
        rows,
        curseur.reference,
        avant=curseur.a(rows[0], recul=True).encode() if has_before else "",
        apres=curseur.a(rows[-1]).encode() if has_after else "",
    )


def _order(tri: str, *, recul: bool) -> list[str]:
    fields = TRIS[tri]
    if not recul:
        return list(fields)
    return [name[1:] if name.startswith("-") else f"-{name}" for name in fields]


def _beyond(taches: QuerySet[Tache], curseur: Curseur, tri: str) -> QuerySet[Tache]:
    """Rows strictly after the cursor in the order of the list, strictly before it when it goes backwards."""
    if tri == ARRIVEE:
        return taches.filter(pk__gt=curseur.pk) if curseur.recul else taches.filter(pk__lt=curseur.pk)
    if curseur.due_at is None or curseur.pk is None:
        raise CurseurInvalide("no deadline")
    ici = Row(Value(curseur.suspendue), Value(curseur.due_at), Value(curseur.pk))
    compare = LessThan if curseur.recul else GreaterThan
    return taches.filter(compare(Row(F("suspendue"), F("due_at"), F("pk")), ici))


def position(taches: QuerySet[Tache], tache: Tache, *, tri: str = ECHEANCE) -> Position:
    """Where `tache` stands in the list, and its neighbours. It may have left the list: its place still tells who comes next.

    Rank and total stop at COUNT_LIMIT + 1. Three queries.
    """
    ici = Curseur(timezone.now(), tache.suspendue, tache.due_at, tache.pk)
    before = _beyond(taches, ici.a(tache, recul=True), tri).order_by(*_order(tri, recul=True))
    after = _beyond(taches, ici, tri).order_by(*_order(tri, recul=False))
    presence = taches.filter(pk=tache.pk)
    comptes = comptes_bornes({"avant": before, "apres": after, "ici": presence})
    return Position(
        rang=comptes["avant"] + 1 if comptes["ici"] else 0,
        total=comptes["avant"] + comptes["apres"] + comptes["ici"],
        precedent=before.select_related("sinistre").first() if comptes["avant"] else None,
        suivant=after.select_related("sinistre").first() if comptes["apres"] else None,
    )


def comptes_bornes(comptes: Mapping[str, QuerySet[Any] | Compte], limite: int = COUNT_LIMIT) -> dict[str, int]:
    """How many rows each has, `limite` + 1 at most, all in one query. Counts among visible items are all of one person."""
    if not comptes:
        return {}
    parts = [compte if isinstance(compte, Compte) else Compte.de(compte, limite) for compte in comptes.values()]
    sources = {part.parmi for part in parts if part.parmi is not None}
    # Not materialised: each count must find its own rows by the index, and stop.
    avec = "".join(f"WITH visibles AS NOT MATERIALIZED ({source.sql}) " for source in sources)
    valeurs = [valeur for source in sources for valeur in source.valeurs] + [valeur for part in parts for valeur in part.valeurs]
    with connection.cursor() as cursor:
        cursor.execute(f"{avec}SELECT {', '.join(part.sql for part in parts)}", valeurs)
        row = cursor.fetchone()
    return dict(zip(comptes, row, strict=True))


def arrivees_depuis(user: User, code: str, filtre: FiltreTaches, depuis: dt.datetime) -> int:
    """How many items have come into the list since an instant: opened, or for one's own list taken or brought back."""
    nouvelles = Q(cree_le__gt=depuis)
    if code == MA_FILE:
        nouvelles |= Q(pris_le__gt=depuis)
    taches = taches_de_file(user, code, filtre).filter(nouvelles)
    return comptes_bornes({"nouvelles": taches})["nouvelles"]


def porteurs_possibles(files: list[str]) -> QuerySet[User]:
    """The people whose role works in one of these queues today: to whom an item can be handed."""
    roles = [role for role, siennes in FILES_OF_ROLE.items() if not set(siennes).isdisjoint(files)]
    actives = Habilitation.objects.actives().filter(role__in=roles)
    return User.objects.filter(is_active=True, pk__in=actives.values("user_id")).order_by("nom", "prenom", "pk")
