"""Many entries and events of one act in one statement: the same rows as one by one, in the same order."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from journal.models import Entree, Evenement
from journal.services import Objet, annoncer_tous, consigner, consigner_tous, digest_of
from tests import factories as f

OBJETS = [
    Objet("piece", 3, 12, {"rang": 1, "mots": "« déjà », 2\u00a0fois"}),
    Objet("piece", 1, None, None),
    Objet("sinistre", 12, 12, {"jours": ["2026-11-02"], "n": {"b": 1, "a": None}}),
    Objet("piece", 3, 12, {"rang": 1, "mots": "« déjà », 2\u00a0fois"}),
]


@pytest.mark.django_db
def test_as_one_by_one_in_order(db: None) -> None:
    acteur = f.person("GESTIONNAIRE")
    for qui in (acteur, None):
        before = Entree.objects.count()
        consigner_tous(acteur=qui, action="essai.lot", objets=OBJETS)
        for un in OBJETS:
            consigner(
                acteur=qui,
                action="essai.lot",
                objet_type=un.objet_type,
                objet_id=un.objet_id,
                sinistre_id=un.sinistre_id,
                donnees=un.donnees,
            )
        entrees = list(Entree.objects.select_related("contenu").order_by("pk"))[before:]
        shape = [(e.objet_type, e.objet_id, e.sinistre_id, e.acteur_id, e.acteur, e.origine, e.motif, e.contenu.donnees) for e in entrees]
        assert shape[: len(OBJETS)] == shape[len(OBJETS) :] and [row[:3] for row in shape[: len(OBJETS)]] == [
            (un.objet_type, un.objet_id, un.sinistre_id) for un in OBJETS
        ]
        for entree in entrees:
            assert bytes(entree.empreinte) == digest_of(entree.contenu.donnees, bytes(entree.contenu.sel)), "each has its own payload"


@pytest.mark.django_db
def test_events_keep_their_order_and_what_each_carries(db: None) -> None:
    dits = [{"rang": rang, "code": "é"} for rang in range(len(OBJETS))]
    before = Evenement.objects.count()
    annoncer_tous(type="essai.lot", objets=OBJETS, dits=dits)
    annoncer_tous(type="essai.lot", objets=OBJETS)
    rows = list(Evenement.objects.order_by("pk"))[before:]
    assert [row.donnees for row in rows] == [*dits, *({} for _ in OBJETS)]
    assert [(row.objet_type, row.objet_id, row.sinistre_id) for row in rows] == [
        (o.objet_type, o.objet_id, o.sinistre_id) for o in OBJETS
    ] * 2
    assert len({row.xid for row in rows}) == 1
    with pytest.raises(ValueError, match="shorter"):
        annoncer_tous(type="essai.lot", objets=OBJETS, dits=dits[:1])


@pytest.mark.django_db
def test_a_thousand_are_one_statement_each_and_none_is_none(db: None) -> None:
    objets = [Objet("sinistre", rang, rang, {"rang": rang}) for rang in range(1000)]
    with CaptureQueriesContext(connection) as seen:
        consigner_tous(acteur=None, action="essai.lot", objets=objets)
        annoncer_tous(type="essai.lot", objets=objets)
        consigner_tous(acteur=None, action="essai.lot", objets=[])
        annoncer_tous(type="essai.lot", objets=[])
    assert len(seen) == 2


@pytest.mark.django_db
def test_a_number_that_is_not_whole_refuses_them_all(db: None) -> None:
    before = Entree.objects.count()
    with pytest.raises(ValueError, match="amounts as texts"):
        consigner_tous(acteur=None, action="essai.lot", objets=[*OBJETS[:1], Objet("piece", 1, 1, {"montant": 1.5})])
    assert Entree.objects.count() == before


def test_outside_a_transaction_nothing_is_written(vraie_base: None) -> None:
    with pytest.raises(TransactionManagementError):
        consigner_tous(acteur=None, action="essai.lot", objets=OBJETS)
    with pytest.raises(TransactionManagementError):
        annoncer_tous(type="essai.lot", objets=OBJETS)
    with transaction.atomic():
        consigner_tous(acteur=None, action="essai.lot", objets=OBJETS)
    assert Entree.objects.filter(action="essai.lot").count() == len(OBJETS)
