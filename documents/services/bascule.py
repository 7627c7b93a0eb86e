"""Moving live dossiers to a newer list: seen before it is done, done by slices, each dossier under its own lock."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from accounts.gate import exiger
from accounts.models import User
from cases.enums import OUVERTS
from cases.errors import Erreur
from cases.models import Sinistre
from documents.evaluation import BULK, SAME, SOME, expected
from documents.models import DossierPieces, ListePieces
from documents.services.checklist import follow, reevaluer
from journal.services import consigner

SLICE = 500
"""Dossiers moved at most in one call."""

OWED = "('DEMANDEE', 'REFUSEE')"

DIFFERENCES = f"""
    WITH cible AS (
        SELECT sinistre_id, %(cible)s::bigint AS liste_id, faits FROM documents_dossierpieces WHERE sinistre_id = ANY (%(ids)s)
    ), {expected(SOME, "cible")}
    SELECT x.sinistre_id, x.code, e.libelle, 'gagne'
    FROM attendue x JOIN documents_exigence e ON e.id = x.exigence_id
    WHERE NOT EXISTS (SELECT FROM documents_piece p WHERE {SAME} AND p.etat <> 'SANS_OBJET')
    UNION ALL
    SELECT p.sinistre_id, p.code, p.libelle, CASE WHEN p.etat IN {OWED} THEN 'perd' ELSE 'garde' END
    FROM documents_piece p
    WHERE p.sinistre_id = ANY (%(ids)s) AND p.etat <> 'SANS_OBJET' AND NOT EXISTS (SELECT FROM attendue x WHERE {SAME})
"""  # noqa: S608


@dataclass(frozen=True)
class Apercu:
    """What a move would change. `gagnees` and `perdues` count dossiers by (code, libellé); `gardees` are received and stay.

    `lignes` says, for each dossier that changes, the libellés it gains and loses. `inchanges` dossiers only change version.
    """

    total: int
    gagnees: list[tuple[str, str, int]]
    perdues: list[tuple[str, str, int]]
    gardees: list[tuple[str, str, int]]
    lignes: dict[int, tuple[list[str], list[str]]]

    @property
    def inchanges(self) -> int:
        return self.total - len(self.lignes)


@dataclass(frozen=True)
class Tranche:
    """One slice: how many dossiers were moved, how many of the scope are still held to another list."""

    faits: int
    restants: int


def dossiers_a_basculer(user: User, cible: ListePieces) -> QuerySet[Sinistre]:
    """Open dossiers held to another list of the same scope: those of its contract, or, for the CDG's, those that no contract's list holds.

    In the order in which they are moved. None without the right.
    """
    exiger(user, "listes_modifier")
    scope = Q(contrat=cible.contrat_id) if cible.contrat_id is not None else Q(dossier_pieces__liste__contrat__isnull=True)
    held = Sinistre.objects.filter(scope, etat__in=OUVERTS, dossier_pieces__isnull=False)
    return held.exclude(dossier_pieces__liste=cible).order_by("pk")


def apercevoir(*, acteur: User, cible: ListePieces) -> Apercu:
    """Who would gain or lose which pièces, told by one query over every dossier of the scope. Changes nothing.

    Raises Refus, Erreur when the list is a draft.
    """
    _check(acteur, cible)
    ids = list(dossiers_a_basculer(acteur, cible).values_list("pk", flat=True))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BULK)
        cursor.execute(DIFFERENCES, {"cible": cible.pk, "ids": ids})
        rows = cursor.fetchall()
    lignes: dict[int, tuple[list[str], list[str]]] = {}
    for pk, _, libelle, sens in sorted(rows):
        if sens != "garde":
            lignes.setdefault(pk, ([], []))[sens == "perd"].append(libelle)
    return Apercu(len(ids), _counted(rows, "gagne"), _counted(rows, "perd"), _counted(rows, "garde"), dict(sorted(lignes.items())))


def _counted(rows: list[tuple[int, str, str, str]], sens: str) -> list[tuple[str, str, int]]:
    """(code, libellé, dossiers) of the pièces that go that way, the most frequent first."""
    dossiers = Counter(key for key in {(pk, code, libelle) for pk, code, libelle, s in rows if s == sens})
    by_code = Counter((code, libelle) for _, code, libelle in dossiers)
    return [(code, libelle, nombre) for (code, libelle), nombre in sorted(by_code.items(), key=lambda item: (-item[1], item[0]))]


def basculer(*, acteur: User, cible: ListePieces, limite: int = SLICE) -> Tranche:
    """Move the next dossiers of the scope, SLICE at most, each in a transaction of its own. Called again, it goes on where it stopped.

    A dossier that was closed or moved meanwhile is passed over. Pièces owed and asked no more become « sans objet »; received ones stay.
    Raises Refus, Erreur when the list is a draft.
    """
    _check(acteur, cible)
    scope = dossiers_a_basculer(acteur, cible)
    ids = list(scope.values_list("pk", flat=True)[: min(limite, SLICE)])
    faits = sum(_move(acteur, pk, cible) for pk in ids)
    return Tranche(faits, scope.count())


def _check(acteur: User, cible: ListePieces) -> None:
    exiger(acteur, "listes_modifier")
    if not cible.est_publiee:
        raise Erreur("Cette liste est un brouillon : publiez-la d’abord.")


def _move(acteur: User, sinistre_id: int, cible: ListePieces) -> bool:
    with transaction.atomic():
        sinistre = Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite").get(pk=sinistre_id)
        dossier = DossierPieces.objects.select_for_update(of=("self",)).select_related("liste").get(sinistre=sinistre)
        if sinistre.etat not in OUVERTS or dossier.liste_id == cible.pk:
            return False
        depuis, dossier.liste = dossier.liste, cible
        dossier.save(update_fields=["liste"])
        changement = reevaluer(sinistre)
        follow(sinistre)
        sinistre.version += 1
        sinistre.save(update_fields=["version"])
        donnees: dict[str, Any] = {
            "de": depuis.version if depuis is not None else None,
            "vers": cible.version,
            "liste": cible.pk,
            "gagnees": sorted(p.code for p in changement.gagnees),
            "perdues": sorted(p.code for p in changement.retirees),
        }
        consigner(
            acteur=acteur, action="liste.bascule", objet_type="sinistre", objet_id=sinistre.pk, sinistre_id=sinistre.pk, donnees=donnees
        )
    return True
