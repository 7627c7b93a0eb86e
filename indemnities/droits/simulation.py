"""The simulator's door: plain values in, plain values out, nothing stored. The shapes are those of POST /simulations/droits/.

    {"nature": "CMO", "regime": "CNRACL", "decompte": "calendaire",
     "arrets": [{"debut": "2002-01-16", "fin": "2002-01-23", "certificat": "2002-01-16"}]}
    → {"arrets": [{"debut", "fin", "segments": [{"debut", "fin", "jours", "fraction", "motif"}]}], "totaux": {"1": 8}}

Optional: `statut`, and `entree` or `anciennete_mois` (months of service on the first arrêt) for a contractuel; on an arrêt: `nature`,
`dossier`, `dispense`, `deces_enfant`, `attente_avis`, `prolongation_exceptionnelle`, `groupe`, `famille`, `quotite`. Arrêts come back
by first day.
Every mistake of the request is said at once, each under the path of its field (`arrets.2.fin`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from cases.errors import DonneeInvalide
from indemnities.droits.calendrier import ajouter_mois
from indemnities.droits.modele import Agent, Arret, Decompte, Dispense, Famille, Nature, Regime, Resultat, Segment, Statut
from indemnities.droits.moteur import droits
from indemnities.lecture import Lecture

ARRETS_MAXIMUM = 1000
QUOTITES = (50, 90)
"""Share of work, in %, of a temps partiel thérapeutique: it changes what is paid, not the right (domain: §1.2)."""
SYNONYMES = {"CMO-C": "CMO", "AT-C": "ATC", "AT-I": "ATI", "trentième": "trentieme"}
DE_CONTRACTUEL = ("CMO-C", "AT-C", "ATC")
SANS_JOURS = frozenset({"DC", "FM"})
CHAMPS = frozenset({"nature", "regime", "statut", "entree", "anciennete_mois", "decompte", "arrets"})
CHAMPS_ARRET = frozenset(
    {"debut", "fin", "certificat", "nature", "dossier", "dispense", "deces_enfant", "attente_avis", "prolongation_exceptionnelle"}
) | {"groupe", "famille", "quotite"}
CHAMPS_FAMILLE = frozenset({"rang", "enfants", "a_charge", "naissance", "partage", "postnatal", "taux"})

_E = TypeVar("_E", bound=StrEnum)


def simuler(demande: Mapping[str, Any], *, autres_champs: Collection[str] = ()) -> dict[str, Any]:
    """Rights of the history described. `autres_champs`: keys that another reader of the same request knows. Raises DonneeInvalide."""
    return rendre(calculer(demande, autres_champs=autres_champs))


def calculer(demande: Mapping[str, Any], *, autres_champs: Collection[str] = ()) -> Resultat:
    """The same, before it becomes plain values."""
    lecture = _Lecture()
    if not isinstance(demande, Mapping):
        raise DonneeInvalide.sur("", "La demande doit être un objet.")
    lecture.inconnus("", demande, CHAMPS | set(autres_champs))
    nature = lecture.nature("nature", demande.get("nature"), obligatoire=True)
    regime = lecture.choix("regime", demande.get("regime"), Regime) or regime_usuel(demande)
    usuel = Statut.CONTRACTUEL if demande.get("nature") in DE_CONTRACTUEL else Statut.TITULAIRE
    statut = lecture.choix("statut", demande.get("statut"), Statut) or usuel
    decompte = lecture.choix("decompte", demande.get("decompte"), Decompte) or Decompte.CALENDAIRE
    entree = lecture.date("entree", demande.get("entree"))
    mois = lecture.entier("anciennete_mois", demande.get("anciennete_mois"), 0, 720)
    arrets = lecture.arrets(demande.get("arrets"))
    if lecture.erreurs or nature is None:
        raise DonneeInvalide(lecture.erreurs)
    if entree is None and mois is not None:
        entree = ajouter_mois(min(arret.debut for arret in arrets), -mois)
    return droits(arrets, nature=nature, agent=Agent(regime, statut, entree), decompte=decompte)


def regime_usuel(demande: Mapping[str, Any]) -> Regime:
    """The regime of a request that names none."""
    return Regime.IRCANTEC if demande.get("nature") in DE_CONTRACTUEL else Regime.CNRACL


def decompte_de(demande: Mapping[str, Any]) -> Decompte:
    """How a request that was accepted counts days."""
    return _Lecture().choix("decompte", demande.get("decompte"), Decompte) or Decompte.CALENDAIRE


def rendre(resultat: Resultat) -> dict[str, Any]:
    """Plain values: dates ISO, fractions as strings (« 1 », « 0.9 », « 0.5 », « 0 »), days as integers."""
    return {
        "arrets": [
            {
                "debut": droit.arret.debut.isoformat(),
                "fin": droit.arret.fin.isoformat(),
                "segments": [_segment(segment) for segment in droit.segments],
            }
            for droit in resultat.droits
        ],
        "totaux": {_fraction(fraction): jours for fraction, jours in resultat.totaux.items()},
    }


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "debut": segment.debut.isoformat(),
        "fin": segment.fin.isoformat(),
        "jours": segment.jours,
        "fraction": _fraction(segment.fraction),
        "motif": segment.motif.texte,
    }


def _fraction(fraction: Decimal) -> str:
    return f"{fraction.normalize():f}"


class _Lecture(Lecture):
    """What only rights read: natures, arrêts, families."""

    def choix(self, champ: str, valeur: Any, parmi: type[_E], *, refus: str = "Valeur inconnue.") -> _E | None:
        if valeur is None or valeur == "":
            return None
        try:
            return parmi(SYNONYMES.get(valeur, valeur) if isinstance(valeur, str) else "")
        except ValueError:
            self.refuser(champ, f"{refus} Choisissez parmi : {', '.join(parmi)}.")
            return None

    def nature(self, champ: str, valeur: Any, *, obligatoire: bool = False) -> Nature | None:
        if isinstance(valeur, str) and valeur in SANS_JOURS:
            self.refuser(champ, "Cette nature n’ouvre pas de droit par jour : elle ne se simule pas ici.")
            return None
        if obligatoire and (valeur is None or valeur == ""):
            self.refuser(champ, "Indiquez la nature de l’arrêt.")
        return self.choix(champ, valeur, Nature, refus="Nature inconnue.")

    def texte(self, champ: str, valeur: Any) -> str:
        if valeur is None:
            return ""
        if not isinstance(valeur, str) or len(valeur) > 50:
            self.refuser(champ, "Indiquez un texte de 50 caractères au plus.")
            return ""
        return valeur

    def arrets(self, valeur: Any) -> list[Arret]:
        if not _liste(valeur) or not valeur:
            self.refuser("arrets", "Indiquez au moins un arrêt.")
            return []
        if len(valeur) > ARRETS_MAXIMUM:
            self.refuser("arrets", f"Indiquez au plus {ARRETS_MAXIMUM} arrêts.")
            return []
        lus = (self.arret(f"arrets.{place}.", champs) for place, champs in enumerate(valeur))
        return [arret for arret in lus if arret is not None]

    def arret(self, prefixe: str, champs: Any) -> Arret | None:
        if not isinstance(champs, Mapping):
            self.refuser(prefixe[:-1], "Un arrêt est un objet, avec « debut » et « fin ».")
            return None
        self.inconnus(prefixe, champs, CHAMPS_ARRET)

        def lire(champ: str, par: Callable[..., Any], *details: Any, **options: Any) -> Any:
            return par(f"{prefixe}{champ}", champs.get(champ), *details, **options)

        debut = lire("debut", self.date, obligatoire=True)
        fin = lire("fin", self.date, obligatoire=True)
        suite = {
            "certificat": lire("certificat", self.date),
            "nature": lire("nature", self.nature),
            "dossier": lire("dossier", self.texte),
            "dispense": lire("dispense", self.choix, Dispense),
            "deces_enfant": lire("deces_enfant", self.date),
            "attente_avis": lire("attente_avis", self.vrai),
            "prolongation_exceptionnelle": lire("prolongation_exceptionnelle", self.vrai),
            "groupe": lire("groupe", self.entier, 1, 3) or 1,
            "famille": lire("famille", self.famille),
        }
        lire("quotite", self.entier, *QUOTITES)
        if debut is None or fin is None:
            return None
        if fin < debut:
            self.refuser(f"{prefixe}fin", "La fin d’un arrêt ne peut pas précéder son début.")
        return Arret(debut, fin, **suite)

    def famille(self, champ: str, valeur: Any) -> Famille:
        if valeur is None:
            return Famille()
        if not isinstance(valeur, Mapping):
            self.refuser(champ, "La famille est un objet.")
            return Famille()
        self.inconnus(f"{champ}.", valeur, CHAMPS_FAMILLE)
        entiers = {nom: self.entier(f"{champ}.{nom}", valeur.get(nom), 1, 20) or 1 for nom in ("rang", "enfants", "a_charge")}
        return Famille(
            **entiers,
            naissance=self.date(f"{champ}.naissance", valeur.get("naissance")),
            partage=self.vrai(f"{champ}.partage", valeur.get("partage")),
            postnatal=self.vrai(f"{champ}.postnatal", valeur.get("postnatal")),
            taux=self.taux(f"{champ}.taux", valeur.get("taux")),
        )

    def taux(self, champ: str, valeur: Any) -> tuple[Decimal, ...]:
        if valeur is None:
            return ()
        try:
            if not _liste(valeur) or not all(isinstance(taux, str) and len(taux) <= 8 for taux in valeur):
                raise InvalidOperation
            lus = tuple(Decimal(taux) for taux in valeur)
            if not all(taux.is_finite() for taux in lus):
                raise InvalidOperation
        except InvalidOperation:
            self.refuser(champ, "Les taux sont des nombres écrits entre guillemets, comme « 0.7 ».")
            return ()
        return lus


def _liste(valeur: Any) -> bool:
    return isinstance(valeur, Sequence) and not isinstance(valeur, str | bytes)
