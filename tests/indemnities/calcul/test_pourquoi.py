"""« Pourquoi ? » says each step with its figures."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from indemnities.calcul.lignes import calculer
from indemnities.calcul.modele import ArretDroit, Assiette, Composante, Demande, Franchise, Montant, Remuneration, Termes
from indemnities.calcul.pourquoi import pourquoi
from indemnities.droits.regles import JOUR_CARENCE
from indemnities.francais import euros
from tests.indemnities.calcul.histoires import DIXIEMES, seg

D = dt.date


def test_each_step_is_said() -> None:
    segments = [
        seg(D(2025, 1, 1), D(2025, 1, 1), "0", JOUR_CARENCE),
        seg(D(2025, 1, 2), D(2025, 1, 21), "0.9", DIXIEMES),
    ]
    lignes = calculer(
        Demande(
            regime="CNRACL",
            survenance=D(2025, 1, 1),
            arrets=[ArretDroit("CMO", segments)],
            remunerations=[Remuneration(D(2020, 1, 1), None, Decimal(36000), sft=Decimal("1234.50"))],
            assiette=Assiette(frozenset({Composante.TIB, Composante.SFT}), Decimal(40)),
            termes=Termes(niveau=Decimal("0.80"), franchise=Franchise("PAR_ARRET_MO", 10)),
            ijss=[Montant(D(2025, 1, 12), D(2025, 1, 21), Decimal(50), estime=True)],
        )
    )
    lues = [[r.replace("\u202f", " ").replace("\u00a0", " ") for r in pourquoi(x)] for x in [lignes[0], lignes[1], lignes[-1]]]
    assert lues[0] == ["Jour de carence : aucun traitement n’est dû."]
    assert lues[1] == ["Franchise du contrat : ces jours restent à la charge de la collectivité."]
    assert lues[2] == [
        "Traitement indiciaire brut : 36 000,00 € par an ÷ 360 × 10 jours × 90 % = 900,00 €.",
        "Supplément familial de traitement : 1 234,50 € par an ÷ 360 × 10 jours × 100 % = 34,29 €.",
        "Charges patronales : 14 400,00 € par an ÷ 360 × 10 jours × 90 % = 360,00 €.",
        "Niveau de remboursement du contrat : 80 %.",
        "Indemnités journalières de la Sécurité sociale déduites : 50,00 € (estimées, dans l’attente du décompte de la CPAM).",
        "Total arrondi au centime : 985,43 €.",
    ]


def test_euros_are_french() -> None:
    assert euros(Decimal("-1234567.5")) == "−1\u202f234\u202f567,50\u00a0€"
