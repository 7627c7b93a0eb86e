"""Two people take the same invoice, or reckon the same capital, at once: paid once."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from cases.errors import Erreur
from contracts.enums import Nature
from indemnities.models import Decompte
from indemnities.services.capital import FaitsDeces
from tests import factories as f
from tests.indemnities.test_capital import CONJOINT
from tests.indemnities.test_frais import certificate, invoice, pay, recognise
from tests.races.conftest import ROUNDS, Tally, Track, count
from workflows import capital, frais


def test_one_invoice_taken_by_two(track: Track, tally: Tally) -> None:
    m = f.monde()
    for rank in range(ROUNDS):
        dossier = f.sinistre(m, Nature.AS, de=f.agent(m.collectivite))
        recognise(m, dossier)
        facture = invoice(m, dossier)
        if rank % 2:  # the correction of one that is paid
            pay(m, dossier, facture)
            invoice(m, dossier, "60.00", corrige=facture)
        act = partial(frais.payer, numero=dossier.numero, facture=facture)
        results = track.race(partial(act, acteur=m.gestionnaire), partial(act, acteur=m.gestionnaire2))
        assert count(tally, results, Erreur) == 1
        rows = list(Decompte.objects.filter(facture=facture))
        assert sum((d.montant for d in rows), Decimal(0)) == Decimal("60.00" if rank % 2 else "48.20") and len(rows) == 1 + rank % 2


def test_what_is_to_be_given_back_is_prepared_once(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        dossier = f.sinistre(m, Nature.AS, de=f.agent(m.collectivite))
        certificate(m, dossier)
        facture = invoice(m, dossier)
        pay(m, dossier, facture)
        recognise(m, dossier, "NON_IMPUTABLE")
        act = partial(frais.preparer_indus, numero=dossier.numero)
        results = track.race(partial(act, acteur=m.gestionnaire), partial(act, acteur=m.gestionnaire2))
        assert count(tally, results, Erreur) == 1
        assert sum((d.montant for d in Decompte.objects.filter(facture=facture)), Decimal(0)) == 0


def test_one_capital_reckoned_by_two(track: Track, tally: Tally) -> None:
    m = f.monde()
    faits = FaitsDeces(age_legal=False, conjoint=CONJOINT)
    for _ in range(ROUNDS):
        dossier = f.sinistre(m, Nature.DC, de=f.agent(m.collectivite), arret=None)
        act = partial(capital.calculer, numero=dossier.numero, faits=faits)
        results = track.race(partial(act, acteur=m.gestionnaire), partial(act, acteur=m.payeur))
        assert count(tally, results, Erreur) == 1
        assert Decompte.objects.get(sinistre=dossier).montant == Decimal("24000.00")
