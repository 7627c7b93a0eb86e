"""The simulator of indemnities: plain values in, plain values out, nothing stored. The shapes are those of POST /simulations/indemnites/.

    {… the request of the rights …, "base": {"tib": "24000.00", "sft": "900.00", "charges": "40"}, "diviseur": "360",
     "franchise": {"genre": "PAR_ARRET_MO", "jours": 10}, "niveau": "0.90", "survenance": "2025-04-01"}
    → {"droits": …, "lignes": [{"debut", "fin", "jours", "nature", "sort", "fraction", "montant", "trace", "pourquoi"}], "totaux": {…}}

`base`: annual euros by component (`tib`, `nbi`, `sft`, `ir`, `primes`; `charges` in %), or one amount alone, the TIB. `franchise`: an
object, or a number of days by arrêt whatever the nature. Optional: `ijss` and `maintenu`, lists of {"debut", "fin", "montant"};
`plafond_jour`; `niveau_ircantec`. An arrêt of temps partiel thérapeutique needs its `quotite`, the share of work in %. Amounts go
out as strings of two decimals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from cases.errors import DonneeInvalide
from contracts.enums import Diviseur, GenreFranchise
from indemnities.calcul.lignes import calculer, to_cent, total
from indemnities.calcul.modele import (
    ArretDroit,
    Assiette,
    Composante,
    Demande,
    Franchise,
    Ligne,
    Montant,
    Remuneration,
    Sort,
    Termes,
)
from indemnities.calcul.pourquoi import pourquoi
from indemnities.droits import simulation as droits
from indemnities.droits.modele import Droit, Nature, Resultat
from indemnities.lecture import Lecture

CHAMPS = frozenset({"base", "diviseur", "franchise", "niveau", "survenance", "ijss", "maintenu", "plafond_jour", "niveau_ircantec"})
CHAMPS_BASE = ("tib", "nbi", "sft", "ir", "primes", "charges")
CHAMPS_FRANCHISE = ("genre", "jours", "carence_comprise", "ecart")
CHAMPS_MONTANT = ("debut", "fin", "montant")
PLAFOND = Decimal("10000000")
JOURS_MAX = 365
TOUJOURS = dt.date.min
ANNUEL = "Indiquez un montant annuel en euros, sans signe."


def simuler(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Lines, amounts and reasons for the history described. Raises DonneeInvalide, with each fault under the path of its field."""
    if not isinstance(demande, Mapping):
        raise DonneeInvalide.sur("", "La demande doit être un objet.")
    lecture = _Lecture()
    try:
        resultat = droits.calculer(demande, autres_champs=CHAMPS)
    except DonneeInvalide as refus:
        lecture.lire(demande, None)
        raise DonneeInvalide(refus.champs | lecture.erreurs) from refus
    complete = lecture.lire(demande, resultat)
    if complete is None:
        raise DonneeInvalide(lecture.erreurs)
    return rendre(resultat, calculer(complete))


def rendre(resultat: Resultat, lignes: list[Ligne]) -> dict[str, Any]:
    """Plain values: dates ISO, amounts and fractions as strings."""
    payees = [ligne for ligne in lignes if ligne.sort == Sort.PAYE]
    return {
        "droits": droits.rendre(resultat),
        "lignes": [rendre_ligne(ligne) for ligne in lignes],
        "totaux": {
            "jours": sum(ligne.jours for ligne in lignes),
            "jours_payes": sum(ligne.jours for ligne in payees),
            "montant": f"{total(lignes):.2f}",
        },
    }


def rendre_ligne(ligne: Ligne) -> dict[str, Any]:
    """A line in plain values, its trace and reasons with it: what the API gives and what a décompte keeps."""
    return {
        "debut": ligne.debut.isoformat(),
        "fin": ligne.fin.isoformat(),
        "jours": ligne.jours,
        "nature": ligne.nature,
        "sort": str(ligne.sort),
        "fraction": _fraction(ligne.fraction),
        "montant": f"{ligne.montant:.2f}",
        "trace": {
            "regle": ligne.motif.code,
            "motif": ligne.motif.texte,
            "source": ligne.motif.source,
            "base": [
                {
                    "composante": str(part.composante),
                    "annuel": f"{part.annuel:.2f}",
                    "fraction": _fraction(part.fraction),
                    "montant": f"{to_cent(part.brut):.2f}",
                }
                for part in ligne.parts
            ],
            "diviseur": ligne.diviseur,
            "niveau": f"{ligne.niveau:.2f}",
            "ijss": f"{to_cent(ligne.ijss):.2f}",
            "plafond": ligne.plafond,
        },
        "pourquoi": pourquoi(ligne),
    }


def _cle(droit: Droit) -> tuple[str, str]:
    return str(droit.nature), droit.arret.debut.isoformat()


def _fraction(fraction: Fraction) -> str:
    return f"{(Decimal(fraction.numerator) / fraction.denominator).normalize():f}"


class _Lecture(Lecture):
    """What the indemnity adds to the rights."""

    def lire(self, demande: Mapping[str, Any], resultat: Resultat | None) -> Demande | None:
        """The demand, or None where something was refused (or where the rights themselves could not be reckoned)."""
        remuneration, assiette = self.base(demande.get("base"))
        diviseur = self.parmi("diviseur", demande.get("diviseur"), Diviseur.values, Diviseur.J360)
        franchise = self.franchise(demande.get("franchise"))
        niveau = self.nombre(
            "niveau", "1" if demande.get("niveau") is None else demande["niveau"], Decimal(1), "Le niveau va de 0 à 1 : « 0.80 » pour 80 %."
        )
        survenance = self.date("survenance", demande.get("survenance"))
        ijss, maintenu = self.montants("ijss", demande.get("ijss")), self.montants("maintenu", demande.get("maintenu"))
        plafond = demande.get("plafond_jour")
        plafond_jour = None if plafond is None else self.nombre("plafond_jour", plafond, PLAFOND, "Indiquez un montant en euros par jour.")
        ircantec = self.vrai("niveau_ircantec", demande.get("niveau_ircantec"))
        if resultat is None:
            return None
        premier = min(droit.arret.debut for droit in resultat.droits)
        if survenance is not None and survenance > max(droit.arret.fin for droit in resultat.droits):
            self.refuser("survenance", "La survenance ne peut pas suivre le dernier jour d’arrêt.")
        absences = self.absences(demande)
        if self.erreurs:
            return None
        return Demande(
            regime=str(demande.get("regime") or droits.regime_usuel(demande)),
            survenance=survenance or premier,
            arrets=[
                ArretDroit(str(droit.nature), droit.segments, absence=absences.get(_cle(droit), Fraction(1))) for droit in resultat.droits
            ],
            remunerations=[remuneration],
            assiette=assiette,
            termes=Termes(diviseur, franchise, niveau, ircantec, plafond_jour=plafond_jour, decompte=droits.decompte_de(demande)),
            ijss=ijss,
            maintenu=maintenu,
        )

    def absences(self, demande: Mapping[str, Any]) -> dict[tuple[str, str], Fraction]:
        """The share of work not done, of each temps partiel thérapeutique: it is what is paid (domain: §1.7)."""
        parts: dict[tuple[str, str], Fraction] = {}
        for rang, arret in enumerate(demande["arrets"]):
            nature = arret.get("nature") or demande["nature"]
            if nature != Nature.TPT:
                continue
            if arret.get("quotite") is None:
                self.refuser(f"arrets.{rang}.quotite", "Indiquez la quotité de travail, en %.")
            else:
                parts[nature, arret["debut"]] = Fraction(100 - arret["quotite"], 100)
        return parts

    def base(self, valeur: Any) -> tuple[Remuneration, Assiette]:
        """An object by component, or the TIB alone."""
        if not isinstance(valeur, Mapping):
            if valeur is None:
                self.refuser("base", "Indiquez la base : au moins le traitement indiciaire brut annuel.")
                return Remuneration(TOUJOURS, None, Decimal(0)), Assiette()
            return Remuneration(TOUJOURS, None, self.nombre("base", valeur, PLAFOND, ANNUEL)), Assiette()
        self.inconnus("base.", valeur, CHAMPS_BASE)
        if "tib" not in valeur:
            self.refuser("base.tib", "Indiquez le traitement indiciaire brut annuel.")
        lus = {nom: self.nombre(f"base.{nom}", valeur[nom], PLAFOND, ANNUEL) for nom in CHAMPS_BASE[:-1] if nom in valeur}
        charges = self.nombre("base.charges", valeur.get("charges", "0"), Decimal(100), "Les charges patronales vont de 0 à 100 (%).")
        composantes = frozenset({Composante.TIB, *(Composante(nom.upper()) for nom in lus)})
        return Remuneration(TOUJOURS, None, lus.pop("tib", Decimal(0)), **lus), Assiette(composantes, charges)

    def franchise(self, valeur: Any) -> Franchise:
        """An object, or a number of days by arrêt whatever the nature."""
        if not isinstance(valeur, Mapping):
            return Franchise(GenreFranchise.PAR_ARRET_TOUTES_IJ, self.entier("franchise", valeur, 0, JOURS_MAX) or 0)
        self.inconnus("franchise.", valeur, CHAMPS_FRANCHISE)
        genre = self.parmi("franchise.genre", valeur.get("genre"), GenreFranchise.values, GenreFranchise.PAR_ARRET_TOUTES_IJ)
        jours = self.entier("franchise.jours", valeur.get("jours"), 0, JOURS_MAX) or 0
        ecart = self.entier("franchise.ecart", valeur.get("ecart"), 0, JOURS_MAX) or 0
        comprise = valeur.get("carence_comprise")
        return Franchise(genre, jours, comprise is None or self.vrai("franchise.carence_comprise", comprise), ecart)

    def montants(self, champ: str, valeur: Any) -> list[Montant]:
        """Amounts of runs of days: IJSS of a CPAM décompte, pay really maintained."""
        if valeur is None:
            return []
        if not isinstance(valeur, list | tuple) or len(valeur) > droits.ARRETS_MAXIMUM:
            self.refuser(champ, f"Indiquez une liste d’au plus {droits.ARRETS_MAXIMUM} montants.")
            return []
        lus = []
        for rang, une in enumerate(valeur):
            ou = f"{champ}.{rang}"
            if not isinstance(une, Mapping):
                self.refuser(ou, "Un montant est un objet, avec « debut », « fin » et « montant ».")
                continue
            self.inconnus(f"{ou}.", une, CHAMPS_MONTANT)
            debut = self.date(f"{ou}.debut", une.get("debut"), obligatoire=True)
            fin = self.date(f"{ou}.fin", une.get("fin"), obligatoire=True)
            euros = self.nombre(f"{ou}.montant", une.get("montant"), PLAFOND, "Indiquez un montant en euros, sans signe.")
            if debut is None or fin is None:
                continue
            if fin < debut:
                self.refuser(f"{ou}.fin", "La fin ne peut pas précéder le début.")
            else:
                lus.append(Montant(debut, fin, euros))
        for avant, apres in pairwise(sorted(lus, key=lambda m: m.debut)):
            if apres.debut <= avant.fin:
                self.refuser(champ, f"Deux montants portent sur le {apres.debut:%d/%m/%Y}.")
                break
        return lus
