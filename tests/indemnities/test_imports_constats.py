"""Files of known arrêts and of CPAM décomptes: every bad line said, all or nothing, in as many queries for ten lines as for a thousand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Collectivite
from cases.errors import DonneeInvalide
from cases.models import Sinistre
from contracts.enums import Nature, Regime
from contracts.models import Agent
from indemnities.lecture_constats import LIGNES_MAX, Faute, GenreFichier, decoder, lire
from indemnities.models import ArretConnu, MontantConstate
from indemnities.services.imports_constats import Controle
from journal.models import Entree, Evenement
from tests import factories as f
from workflows import constats

ARRETS, CPAM = GenreFichier.ARRETS, GenreFichier.DECOMPTES_CPAM
TITRES = "matricule;nature;debut;fin;certificat\n"


def fautes(genre: GenreFichier, texte: str) -> dict[int, str]:
    return {faute.numero: " ".join(faute.messages) for faute in lire(genre, texte).fautes}


def illisible(texte: str | bytes, genre: GenreFichier = ARRETS) -> str:
    with pytest.raises(DonneeInvalide) as refus:
        lire(genre, decoder(texte.encode() if isinstance(texte, str) else texte))
    (message,) = refus.value.champs["fichier"]
    return message


# -- Reading -----------------------------------------------------------------------------------------------------------------


def test_a_file_as_spreadsheets_write_it() -> None:
    texte = 'Début,FIN, Matricule ,nature\r\n2025-02-03,14/02/2025,"M,1",Maladie ordinaire\r\n\r\n,,,\r\n3/3/2025,04/03/2025,M2,clm\r\n'
    fichier = lire(ARRETS, texte)
    assert not fichier.fautes
    assert [(ligne.numero, ligne.cle, ligne.arret and ligne.arret.nature) for ligne in fichier.lignes] == [
        (2, "M,1", "CMO"),
        (5, "M2", "CLM"),
    ]
    arret = fichier.lignes[0].arret
    assert arret is not None and (arret.debut, arret.fin, arret.certificat_du) == (dt.date(2025, 2, 3), dt.date(2025, 2, 14), None)
    cpam = "numéro de dossier;debut;fin;montant;référence\n2026-000042;2026-01-03;2026-01-16;\u202f1 412,30 €;BPIJ 7\n"
    for octets in (cpam.replace("\u202f", "").encode("cp1252"), cpam.encode("utf-8-sig")):
        (ligne,) = lire(CPAM, decoder(octets)).lignes
        assert ligne.montant is not None and (str(ligne.montant.montant), ligne.montant.reference) == ("1412.30", "BPIJ 7")


def test_every_bad_line_is_said_with_its_number() -> None:
    texte = TITRES + (
        "M1;CMO;2025-02-30;2025-03-01;\n"
        "M1;CMO;2025-03-01;2025-03-02;2025-03-01\n"
        "=1+1;DC;1800-01-01;demain;hier\n"
        ";CMO;2025-03-01;2025-03-02;\n"
        "M1;CMO;2025-03-01;2025-03-02;;encore\n"
        "M\x07;CMO;2025-03-01\n"
    )
    found = fautes(ARRETS, texte)
    assert sorted(found) == [2, 4, 5, 6, 7]
    assert all(mot in found[4] for mot in ("« debut »", "« fin »", "« nature »", "« certificat »")) and "matricule" not in found[4]
    assert "est vide" in found[5] and "plus de cellules" in found[6] and "interdit" in found[7] and "« fin »" in found[7]
    amounts = "dossier;debut;fin;montant;reference\n" + "".join(
        f"2026-000001;2026-01-01;2026-01-02;{montant};r\n" for montant in ("=SUM(A1)", "1e3", "", "12.5.1", "NaN", "12,5")
    )
    assert sorted(fautes(CPAM, amounts)) == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("texte", "mot"),
    [
        ("", "vide"),
        (TITRES, "aucune ligne"),
        ("matricule;nature;debut\n", "« fin »"),
        ("matricule;nature;debut;fin;nom\nM;CMO;2025-01-01;2025-01-02;Durand\n", "d’autres colonnes"),
        ("matricule;nature;debut;fin;fin\n", "deux fois"),
        (TITRES + 'M1;CMO;"2025-01-01\n;2025-01-02;\n', "guillemet"),
        (TITRES + 'M1;"CMO"x;2025-01-01;2025-01-02;\n', "guillemets"),
        (TITRES + "M1;CMO;2025-01-01;2025-01-02;\n" * (LIGNES_MAX + 1), "5000"),
        (b"PK\x03\x04" + b"0" * 100, "CSV"),
        (b"M\x00a\x00", "texte"),
        (b"\x81\x8d\x8f", "texte"),
        (b"a" * (1024 * 1024 + 1), "1 Mo"),
    ],
)
def test_a_file_that_cannot_be_read(texte: str | bytes, mot: str) -> None:
    assert mot in illisible(texte)


# -- Writing -----------------------------------------------------------------------------------------------------------------


def importer(m: f.Monde, genre: GenreFichier, texte: str, *, par: Any = None, chez: Collectivite | None = None) -> Controle:
    return constats.importer(acteur=par or m.mairie, collectivite_id=(chez or m.collectivite).pk, genre=genre, texte=texte)


def file_of(agents: list[Agent], arrets: int = 1) -> str:
    jours = [dt.date(2024, 1, 1) + dt.timedelta(days=3 * rang) for rang in range(arrets)]
    return TITRES + "".join(f"{a.matricule};CMO;{j};{j + dt.timedelta(days=1)};\n" for a in agents for j in jours)


def test_all_or_none(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    constats.saisir_arret(
        acteur=m.mairie, agent_id=m.agent.pk, ligne=lire(ARRETS, TITRES + "M;CMO;2025-02-03;2025-02-14;\n").lignes[0].arret  # type: ignore[arg-type]
    )  # fmt: skip
    bon, nom = f"{m.agent.matricule};CMO;2025-06-02;2025-06-06;\n", m.agent.matricule
    texte = TITRES + bon + (
        f"{m.autre_agent.matricule};CMO;2025-06-02;2025-06-06;\n"
        f"{nom};CMO;2025-02-14;2025-02-20;\n"
        f"{nom};CMO;{sinistre.survenance};{sinistre.survenance};\n"
        f"{nom};CMO;2025-06-06;2025-06-10;\n"
        "=cmd|' /C calc'!A0;CMO;2025-06-02;2025-06-06;\n"
    )  # fmt: skip
    controle = importer(m, ARRETS, texte)
    assert [faute.numero for faute in controle.fautes] == [3, 4, 5, 6, 7]
    assert "inconnu" in controle.fautes[0].messages[0] and "arrêt connu" in controle.fautes[1].messages[0]
    assert sinistre.numero in controle.fautes[2].messages[0] and "la ligne 2 du fichier" in controle.fautes[3].messages[0]
    assert ArretConnu.objects.count() == 1 and not Entree.objects.filter(action="arret_connu.importe").exists()
    assert not importer(m, ARRETS, TITRES + bon).fautes
    arret = ArretConnu.objects.latest("pk")
    assert (arret.agent, arret.origine, arret.saisi_par, arret.certificat_du) == (m.agent, "IMPORTE", m.mairie, dt.date(2025, 6, 2))
    entree = Entree.objects.get(action="arret_connu.importe")
    assert (entree.objet_id, entree.contenu.donnees["arrets"]) == (m.collectivite.pk, [arret.pk])
    assert Evenement.objects.filter(type="arret_connu.importe").count() == 1
    assert importer(m, ARRETS, TITRES + bon).fautes == [
        Faute(2, ("Des jours de cet arrêt sont déjà dans l’arrêt connu du 02/06/2025 au 06/06/2025.",))
    ]


def test_a_preview_writes_nothing(m: f.Monde) -> None:
    texte = file_of([m.agent])
    controle = constats.apercevoir(acteur=m.mairie, collectivite_id=m.collectivite.pk, genre=ARRETS, texte=texte)
    assert (controle.lignes, controle.fautes) == (1, [])
    assert not ArretConnu.objects.exists()


def test_who_may_import_for_whom(m: f.Monde) -> None:
    texte = file_of([m.agent])
    for role in ("mairie2", "payeur", "assureur", "admin", "medecin"):
        for act in (constats.importer, constats.apercevoir):
            with pytest.raises(Collectivite.DoesNotExist):
                act(acteur=m.people[role], collectivite_id=m.collectivite.pk, genre=ARRETS, texte=texte)
    assert importer(m, ARRETS, texte, par=m.mairie2, chez=m.autre_collectivite).fautes
    Agent.objects.filter(pk=m.agent.pk).update(compte=m.gestionnaire)
    assert "le vôtre" in importer(m, ARRETS, texte, par=m.gestionnaire).fautes[0].messages[0]
    assert not importer(m, ARRETS, texte, par=m.gestionnaire2).fautes


def test_a_thousand_lines_cost_no_more_queries_than_ten(m: f.Monde) -> None:
    agents = [f.agent(m.collectivite) for _ in range(20)]
    counts = []
    for texte in (file_of(agents[:10]), file_of(agents[10:], 100)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert not importer(m, ARRETS, texte).fautes
        counts.append(len(queries))
    assert ArretConnu.objects.count() == 1010
    assert counts[1] <= counts[0] + 1 and counts[1] < 25, "bulk inserts go by batches"


def test_decomptes_of_the_cpam(m: f.Monde) -> None:
    f.adhesion(m.collectivite, f.formule(m.contrat, Regime.IRCANTEC, natures=[Nature.CMO]))
    one, two = (f.sinistre(m, de=f.agent(m.collectivite, Regime.IRCANTEC)) for _ in range(2))
    cnracl, ailleurs = f.sinistre(m), f.sinistre(m, de=m.autre_agent, par=m.mairie2)
    j = one.survenance

    def row(sinistre: Sinistre, debut: int, fin: int, montant: str = "10,00") -> str:
        return f"{sinistre.numero};{j + dt.timedelta(days=debut)};{j + dt.timedelta(days=fin)};{montant};BPIJ\n"

    titres = "numero de dossier;debut;fin;montant;reference\n"
    good = row(one, 3, 9) + row(one, 10, 16, "0") + row(two, 3, 9, "99,999".replace("999", "99"))
    bad = row(cnracl, 3, 9) + row(ailleurs, 3, 9) + row(one, 9, 9) + row(two, 300, 301) + row(two, 10, 12, "-1") + row(two, 13, 14, "1,001")
    controle = importer(m, CPAM, titres + good + bad)
    assert [faute.numero for faute in controle.fautes] == [5, 6, 7, 8, 9, 10]
    assert not MontantConstate.objects.exists()
    assert not importer(m, CPAM, titres + good, par=m.gestionnaire).fautes
    assert [str(x) for x in MontantConstate.objects.order_by("pk").values_list("montant", flat=True)] == ["10.00", "0.00", "99.99"]
    assert Entree.objects.filter(action="montant_constate.importe", sinistre_id__in=[one.pk, two.pk]).count() == 2
    assert [faute.numero for faute in importer(m, CPAM, titres + good).fautes] == [2, 3, 4]
