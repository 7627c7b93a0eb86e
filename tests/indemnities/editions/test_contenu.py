"""What the files of a bordereau say of its lines: who, which days, what each corrects."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest

from accounts.enums import GenreOrganisme
from cases.errors import Erreur
from cases.models import Sinistre
from contracts.models import Agent, ContratGroupe
from indemnities.calcul.modele import Sort
from indemnities.editions.contenu import contenu_de
from indemnities.models import Bordereau, Decompte, LigneDecompte
from tests import factories as f
from tests.indemnities.conftest import Typist, m, sinistre, typed
from workflows import payments

__all__ = ["m", "sinistre", "typed"]
pytestmark = pytest.mark.django_db


def computed(m: f.Monde, sinistre: Sinistre, jours: dict[Sort, int], montant: str, *, rang: int = 0, **champs: Any) -> Decompte:
    """A décompte of lines one after the other, as the calculation writes them."""
    debut = sinistre.survenance + dt.timedelta(days=rang)
    fin = debut + dt.timedelta(days=sum(jours.values()) - 1)
    made = Decompte.objects.create(
        sinistre=sinistre, debut=debut, fin=fin, montant=Decimal(montant), du=Decimal(montant) + champs.get("deja", 0), origine="CALCULE",
        explication="Calculé", calcule_par=m.gestionnaire, **champs,
    )  # fmt: skip
    for place, (sort, n) in enumerate(jours.items()):
        LigneDecompte.objects.create(
            decompte=made, rang=place, nature="CMO", debut=debut, fin=debut + dt.timedelta(days=n - 1), jours=n, sort=sort, fraction="1",
            montant=made.montant + made.deja if sort == Sort.PAYE else 0, trace={},
        )  # fmt: skip
        debut += dt.timedelta(days=n)
    return made


def together(m: f.Monde, *decomptes: Decompte) -> Bordereau:
    """In one bordereau. Approved as they stand: the engines, which would give other amounts, are not asked."""
    for decompte in decomptes:
        decompte.approuver(par=m.responsable)
        decompte.save(update_fields=["etat", "approuve_par", "approuve_le"])
    contrat = decomptes[0].sinistre.contrat
    return payments.composer_bordereau(
        acteur=m.payeur, collectivite=m.collectivite, contrat=contrat, decompte_ids=[d.pk for d in decomptes]
    )


def test_a_line_names_matricule_and_initials_never_a_name(m: f.Monde, sinistre: Sinistre, typed: Typist) -> None:
    Agent.objects.filter(pk=sinistre.agent_id).update(nom="Sanchez", prenom="Marie-Noëlle", matricule="M-9")
    f.organisme(GenreOrganisme.CDG, nom="Centre de gestion des Garrigues")
    made = typed(jours=12)
    bordereau = together(m, made)
    lu = contenu_de(bordereau.pk)
    (ligne,) = lu.lignes
    assert (ligne.matricule, ligne.initiales, ligne.jours, ligne.corrige) == ("M-9", "M.-N. S.", 12, "")
    assert (ligne.dossier, ligne.survenance, ligne.nature) == (sinistre.numero, sinistre.survenance, sinistre.get_nature_display())
    assert "Sanchez" not in repr(lu) and "Marie" not in repr(lu)
    assert (lu.numero, lu.reference_titre, lu.empreinte) == (bordereau.numero, bordereau.numero, bordereau.empreinte)
    assert (lu.cdg, lu.payeur) == ("Centre de gestion des Garrigues", sinistre.contrat.assureur.nom)
    assert lu.total == bordereau.total == Decimal("100.00")
    ContratGroupe.objects.filter(pk=sinistre.contrat_id).update(mode_reglement="CDG")
    assert contenu_de(bordereau.pk).payeur == "Centre de gestion des Garrigues"


def test_days_are_those_paid_and_a_correction_counts_the_difference(m: f.Monde, sinistre: Sinistre, typed: Typist) -> None:
    first = computed(m, sinistre, {Sort.CARENCE: 1, Sort.FRANCHISE: 9, Sort.PAYE: 10}, "500.00")
    second = typed(jours=5, a_partir=20, montant="80.00")
    sent = together(m, first, second)
    assert [(x.jours, x.montant) for x in contenu_de(sent.pk).lignes] == [(10, Decimal("500.00")), (5, Decimal("80.00"))]

    fewer = computed(m, sinistre, {Sort.CARENCE: 1, Sort.FRANCHISE: 12, Sort.PAYE: 7}, "-150.00", deja=Decimal("500.00"), corrige=first)
    amount = typed(jours=5, a_partir=20, montant="-3.50", corrige=second)
    later = together(m, fewer, amount)
    lines = contenu_de(later.pk).lignes
    assert [(x.jours, x.montant) for x in lines] == [(-3, Decimal("-150.00")), (0, Decimal("-3.50"))]
    du, au = f"{first.debut:%d/%m/%Y}", f"{first.fin:%d/%m/%Y}"
    assert lines[0].corrige == f"décompte n° {first.pk} (du {du} au {au}, bordereau {sent.numero})"

    again = computed(m, sinistre, {Sort.PAYE: 20}, "650.00", deja=Decimal("350.00"), corrige=fewer)
    recomputed = computed(m, sinistre, {Sort.PAYE: 4}, "-10.00", rang=20, deja=Decimal("76.50"), corrige=amount)
    assert [x.jours for x in contenu_de(together(m, again, recomputed).pk).lignes] == [13, -1]


@pytest.mark.parametrize(("genre", "mots"), [("FRAIS", "frais médicaux"), ("CAPITAL", "capital décès")])
def test_what_pays_no_day_says_what_it_pays(m: f.Monde, sinistre: Sinistre, genre: str, mots: str) -> None:
    made = computed(m, sinistre, {Sort.PAYE: 1}, "42.00", genre=genre, facture=1 if genre == "FRAIS" else None)
    (ligne,) = contenu_de(together(m, made).pk).lignes
    assert ligne.jours == 0 and ligne.nature == f"{sinistre.get_nature_display()} ({mots})"


def test_no_paper_is_made_of_lines_that_are_not_those_that_were_frozen(m: f.Monde, sinistre: Sinistre, typed: Typist) -> None:
    bordereau = together(m, typed())
    with pgtrigger.ignore("indemnities.Bordereau:bordereau_fige"):
        Bordereau.objects.filter(pk=bordereau.pk).update(empreinte="0" * 64)
    with pytest.raises(Erreur, match="aucun fichier n’en est fait"):
        contenu_de(bordereau.pk)


def test_the_number_of_lines_costs_no_query(m: f.Monde, sinistre: Sinistre, typed: Typist, django_assert_num_queries: Any) -> None:
    few = together(m, typed(jours=1))
    many = together(m, *(typed(jours=1, a_partir=n) for n in range(1, 8)))
    for bordereau in (few, many):
        with django_assert_num_queries(5):
            contenu_de(bordereau.pk)
