"""What a failure writes in the log: which rule the database refused, never the row nor the statement that it quotes."""

from __future__ import annotations

import logging

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from medical.models import Soutien
from medical.services import soutien as services
from tests import factories as f
from tests.canari.puits import Journaux
from tests.medical.dossiers import declare

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]

logger = logging.getLogger("workflows.essai")


def test_a_refused_row_is_not_written(db: None) -> None:
    m = f.monde()
    soutien = services.proposer(acteur=m.secretariat, sinistre=declare(m), programme="REPERE")
    journaux = Journaux()
    with journaux.ecouter():
        try:
            with transaction.atomic():
                Soutien.objects.filter(pk=soutien.pk).update(quota=20)
        except IntegrityError as error:
            assert "REPERE" in str(error), "the database quotes the row"
            logger.exception("branche.etape_en_echec")
            logger.error("refus : %s", error)
    ecrit = "\n".join(journaux.lignes)
    assert ecrit.count("soutien_quota") >= 2 and "DETAIL: …" in ecrit and "Traceback" in ecrit
    assert "REPERE" not in ecrit and str(soutien.uid) not in ecrit


def test_a_statement_that_the_database_quotes_is_not_written(db: None) -> None:
    mot = "".join(("Can", "ari"))
    journaux = Journaux()
    with journaux.ecouter():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT %s || inconnue", [mot])
        except ProgrammingError as error:
            assert mot in str(error), "the database quotes the statement"
            logger.exception("essai")
    ecrit = "\n".join(journaux.lignes)
    assert "inconnue" in ecrit and "LINE 1: …" in ecrit and mot not in ecrit
