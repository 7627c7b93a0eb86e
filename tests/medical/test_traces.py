"""The trail of the soutiens can't be rewritten unseen, and its seals tell nobody."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from cases.models import Sinistre
from journal.models import Entree
from medical.models import Soutien, TraceSoutien
from medical.rules_soutien import CRENEAUX, RETENUE, creneau_apres, creneau_passe
from medical.services import soutien, traces
from tests import factories as f
from tests.medical.dossiers import declare
from workflows.branches.soutien import creneaux

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("instant", "suivant", "passe"),
    [
        ("2026-03-02T05:30", "2026-03-02T07:00", "2026-03-01T19:00"),
        ("2026-03-02T10:00", "2026-03-02T11:00", "2026-03-02T07:00"),
        ("2026-03-02T10:01", "2026-03-02T15:00", "2026-03-02T07:00"),
        ("2026-03-02T18:30", "2026-03-03T07:00", "2026-03-02T15:00"),
        ("2026-03-28T20:00", "2026-03-29T07:00", "2026-03-28T19:00"),  # the night that loses an hour
    ],
)
def test_slots_in_paris(instant: str, suivant: str, passe: str) -> None:
    def paris(texte: str) -> dt.datetime:
        return timezone.make_aware(dt.datetime.fromisoformat(texte))

    assert creneau_apres(paris(instant)) == paris(suivant)
    assert creneau_passe(paris(instant)) == paris(passe)


def _sealed(m: f.Monde, sinistre: Sinistre) -> None:
    with time_machine.travel(timezone.now() - dt.timedelta(days=1), tick=True):
        propose = soutien.proposer(acteur=m.secretariat, sinistre=sinistre, programme="ATLAS")
        soutien.lire_contact(acteur=m.secretariat, soutien=propose)
    Soutien.objects.update(suite_le=None)
    creneaux.suivre()


def test_sealed_at_the_slot_once_and_chained(db: None) -> None:
    m = f.monde()
    sinistre = declare(m)
    _sealed(m, sinistre)
    sceau = Entree.objects.select_related("contenu").get(action=traces.ACTION)
    assert sceau.contenu.donnees["nombre"] == 2 and sceau.sinistre_id is None and sceau.acteur_id is None
    assert traces.sceller() == 0 and traces.anomalies() == []
    soutien.lire_contact(acteur=m.secretariat, soutien=Soutien.objects.select_related("sinistre__agent", "cle").get())
    assert traces.sceller() == 0, "what has just been done waits for its slot"
    assert creneau_passe(timezone.now()) - RETENUE < timezone.now() and len(CRENEAUX) == 4


def test_a_trace_rewritten_or_removed_is_seen(vraie_base: None, admin_dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By whoever has the database's own password: the trigger would stop the others."""
    m = f.monde()
    _sealed(m, declare(m))
    assert traces.anomalies() == []
    with psycopg.connect(admin_dsn) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("UPDATE medical.medical_tracesoutien SET acteur_id = NULL WHERE acte = 'LU'")
    assert len(traces.anomalies()) == 1
    with pytest.raises(SystemExit):
        call_command("verifier_bulle", contenus=0)
    assert "scellées" in capsys.readouterr().out
    with psycopg.connect(admin_dsn) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("DELETE FROM medical.medical_tracesoutien")
    assert TraceSoutien.objects.count() == 0 and len(traces.anomalies()) == 1
