"""A leave given another nature: each day that changes, and only those."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal

import pytest

from indemnities.droits.calendrier import UN_JOUR
from indemnities.droits.modele import Arret, Decompte, Nature
from indemnities.droits.moteur import droits
from indemnities.droits.requalification import Difference, Requalification, differences, requalifier
from tests.indemnities.droits.histoires import arret, au_hasard, cles, d, histoire


def lues(requalification: Requalification) -> list[tuple[str, str, int, str | None, str | None]]:
    def texte(fraction: Decimal | None) -> str | None:
        return None if fraction is None else str(fraction)

    return [(str(e.debut), str(e.fin), e.jours, texte(e.avant), texte(e.apres)) for e in requalification.differences]


def test_maladie_ordinaire_devenue_longue_maladie() -> None:
    """The first period of CLM begins at the first medical finding: the half pay of the CMO becomes full, and the jour de carence too."""
    arrets = histoire(("2023-01-01", "2023-03-31"), ("2023-04-01", "2023-08-31"))
    requalifie = requalifier(arrets, de=Nature.CMO, vers=Nature.CLM, effet=d("2023-01-01"))
    assert lues(requalifie) == [("2023-01-01", "2023-01-01", 1, "0", "1"), ("2023-04-01", "2023-08-31", 153, "0.5", "1")]
    assert cles(requalifie.droits) == {"1": 243}


def test_a_partir_d_un_jour_au_milieu() -> None:
    """The arrêt that the day cuts becomes two of one certificate: what stays CMO keeps its right."""
    arrets = [arret("2025-02-10", "2025-06-30")]
    requalifie = requalifier(arrets, de=Nature.CMO, vers=Nature.CLM, effet=d("2025-04-01"), dossier="a")
    assert [(str(a.debut), str(a.fin), str(a.nature), a.dossier) for a in requalifie.arrets] == [
        ("2025-02-10", "2025-03-31", "CMO", ""),
        ("2025-04-01", "2025-06-30", "CLM", "a"),
    ]
    assert lues(requalifie) == [("2025-05-11", "2025-06-30", 51, "0.5", "1")]


def test_jusqu_a_un_jour() -> None:
    """From 1/2 to the end of February only: what follows goes on as CMO, of the same certificate of February 2025."""
    requalifie = requalifier([arret("2025-02-01", "2025-03-31")], de=Nature.CMO, vers=Nature.AS, effet=d("2025-02-01"), fin=d("2025-02-28"))
    assert [(str(a.debut), str(a.nature), str(a.certificat)) for a in requalifie.arrets] == [
        ("2025-02-01", "AS", "2025-02-01"),
        ("2025-03-01", "CMO", "2025-02-01"),
    ]
    assert lues(requalifie) == [("2025-02-01", "2025-02-01", 1, "0", "1"), ("2025-03-01", "2025-03-01", 1, "1", "0")]


def test_un_accident_reconnu_rend_ses_jours_aux_arrets_suivants() -> None:
    """CMO to CITIS: a later CMO, of another sinistre, gets back the days that the first had taken."""
    arrets = histoire(("2022-01-01", "2022-03-31"), ("2022-06-01", "2022-06-30"))
    requalifie = requalifier(arrets, de=Nature.CMO, vers=Nature.AS, effet=d("2022-01-01"), fin=d("2022-03-31"))
    assert lues(requalifie) == [("2022-01-01", "2022-01-01", 1, "0", "1"), ("2022-06-02", "2022-06-30", 29, "0.5", "1")]


def test_un_citis_provisoire_retire() -> None:
    """CITIS back to CMO: what was paid in full is taken back, the first day whole, then half from the ninety-first on."""
    requalifie = requalifier([arret("2023-01-01", "2023-06-30")], de=Nature.AS, vers=Nature.CMO, effet=d("2023-01-01"))
    assert lues(requalifie) == [("2023-01-01", "2023-01-01", 1, "1", "0"), ("2023-04-01", "2023-06-30", 91, "1", "0.5")]


def test_cmo_puis_clm_puis_citis() -> None:
    premiere = requalifier(
        histoire(("2020-01-01", "2020-12-31"), ("2021-01-01", "2021-12-31")), de=Nature.CMO, vers=Nature.CLM, effet=d("2020-01-01")
    )
    assert lues(premiere)[0] == ("2020-01-01", "2020-01-01", 1, "0", "1")
    seconde = requalifier(premiere.arrets, de=Nature.CLM, vers=Nature.AS, effet=d("2020-01-01"))
    assert lues(seconde) == [("2021-01-01", "2021-12-31", 365, "0.5", "1")]
    assert cles(seconde.droits) == {"1": 731}


def test_longue_maladie_devenue_longue_duree() -> None:
    requalifie = requalifier([arret("2016-01-01", "2018-12-31")], de=Nature.CLM, vers=Nature.CLD, effet=d("2017-01-01"))
    assert lues(requalifie) == [("2017-01-01", "2018-12-31", 730, "0.5", "1")]
    assert cles(requalifie.droits) == {"1": 1096}


def test_rien_hors_de_la_nature_ni_avant_l_effet() -> None:
    arrets = [arret("2023-01-01", "2023-01-31", nature=Nature.MAT), arret("2023-03-01", "2023-03-31")]
    assert requalifier(arrets, de=Nature.CMO, vers=Nature.CLM, effet=d("2023-04-01")).differences == ()
    assert lues(requalifier(arrets, de=Nature.CMO, vers=Nature.CLM, effet=d("2023-01-01"))) == [("2023-03-01", "2023-03-01", 1, "0", "1")]


def test_un_arret_retire_ou_ajoute() -> None:
    """A fraction is None where there is no leave; a temps partiel, outside the others, is not compared."""
    avant = droits(histoire(("2010-01-01", "2010-01-31")), nature=Nature.CMO)
    apres = droits([arret("2010-01-11", "2010-02-10"), arret("2010-01-01", "2010-03-01", nature=Nature.TPT)], nature=Nature.CMO)
    ecarts = differences(avant, apres)
    assert [(str(e.debut), str(e.fin), e.avant, e.apres) for e in ecarts] == [
        ("2010-01-01", "2010-01-10", Decimal(1), None),
        ("2010-02-01", "2010-02-10", None, Decimal(1)),
    ]
    assert [(e.motif_avant is None, e.motif_apres is None) for e in ecarts] == [(False, True), (True, False)]


def test_en_trentiemes_un_jour_coupe() -> None:
    """The last of February is half pay for one of its three thirtieths: only that one changes."""
    requalifie = requalifier(
        [arret("2009-11-30", "2010-03-10")], de=Nature.CMO, vers=Nature.AS, effet=d("2009-11-30"), decompte=Decompte.TRENTIEME
    )
    assert lues(requalifie) == [("2010-02-28", "2010-03-10", 11, "0.5", "1")]
    inverse = requalifier(
        [arret("2009-11-30", "2010-02-10")], de=Nature.CMO, vers=Nature.AS, effet=d("2009-11-30"), decompte=Decompte.TRENTIEME
    )
    assert lues(inverse) == []


@pytest.mark.parametrize("graine", range(40))
def test_les_differences_sont_les_jours_qui_changent(graine: int) -> None:
    """Against a plain comparison of each day; and what is requalified there and back changes nothing."""
    alea = random.Random(graine)
    arrets = au_hasard(alea)
    effet = arrets[0].debut + alea.randint(0, 600) * UN_JOUR
    requalifie = requalifier(arrets, de=Nature.CMO, vers=Nature.CLM, effet=effet)
    avant = _jours(droits(arrets, nature=Nature.CMO).droits)
    apres = _jours(requalifie.droits.droits)
    attendus = {jour for jour in avant if avant[jour] != apres[jour]}
    assert set(avant) == set(apres)
    assert {jour for ecart in requalifie.differences for jour in _de_a(ecart)} == attendus
    for ecart in requalifie.differences:
        assert ecart.jours == len(_de_a(ecart))
        assert {(avant[jour], apres[jour]) for jour in _de_a(ecart)} == {(ecart.avant, ecart.apres)}


def _de_a(ecart: Difference) -> list[object]:
    return [ecart.debut + n * UN_JOUR for n in range((ecart.fin - ecart.debut).days + 1)]


def _jours(resultat: Sequence[object]) -> dict[object, Decimal]:
    jours: dict[object, Decimal] = {}
    for droit in resultat:
        for segment in droit.segments:  # type: ignore[attr-defined]
            for n in range((segment.fin - segment.debut).days + 1):
                jours[segment.debut + n * UN_JOUR] = segment.fraction
    return jours


def test_le_certificat_d_un_arret_coupe_reste_le_sien() -> None:
    certifie = Arret(d("2025-02-20"), d("2025-04-10"), d("2025-02-19"))
    requalifie = requalifier([certifie], de=Nature.CMO, vers=Nature.CLM, effet=d("2025-03-20"))
    assert [str(a.certificat) for a in requalifie.arrets] == ["2025-02-19", "2025-02-19"]
