"""« Pourquoi ? »: where the amount of a line comes from, in words a person can check with a pencil."""

from __future__ import annotations

from fractions import Fraction

from contracts.enums import Diviseur
from indemnities.calcul.invalidite import TIERCE
from indemnities.calcul.lignes import to_cent
from indemnities.calcul.modele import Composante, Ligne, Part, Sort
from indemnities.droits.invalidite import TIERCE_PERSONNE
from indemnities.francais import THIN, euros

NOMS: dict[Composante, str] = {
    Composante.TIB: "Traitement indiciaire brut",
    Composante.NBI: "Nouvelle bonification indiciaire",
    Composante.SFT: "Supplément familial de traitement",
    Composante.IR: "Indemnité de résidence",
    Composante.PRIMES: "Indemnités accessoires",
    Composante.CHARGES: "Charges patronales",
}

SORTS: dict[Sort, str] = {
    Sort.CARENCE: "Jour de carence : aucun traitement n’est dû.",
    Sort.FRANCHISE: "Franchise du contrat : ces jours restent à la charge de la collectivité.",
    Sort.SANS_DROIT: "Aucun traitement n’est maintenu sur ces jours.",
    Sort.NON_COUVERT: "Le contrat ne couvre pas ces jours, ou ne les couvre plus.",
    Sort.INTERROMPU: "L’employeur a interrompu le versement de ces jours.",
    Sort.REFUSE: "La prise en charge de ces jours a été refusée.",
}

DIVISEURS: dict[str, str] = {Diviseur.J360: "360", Diviseur.J365: "365", Diviseur.MOIS: "12 mois, puis les jours du mois"}

PLAFONDS: dict[str, str] = {
    "MAINTENU": "Ramené à la rémunération réellement maintenue.",
    "CONTRAT": "Ramené au plafond journalier du contrat.",
    "AIT": "Ramené à la moitié du plafond de la Sécurité sociale.",
}


def pourquoi(ligne: Ligne) -> list[str]:
    """The reasons of a line, in the order of the calculation. Amounts shown are rounded for the eye; the line is rounded once."""
    if ligne.sort != Sort.PAYE:
        return [SORTS[ligne.sort]]
    raisons = [_part(ligne, p) for p in ligne.parts]
    reels = (ligne.fin - ligne.debut).days + 1
    if reels != ligne.jours:
        raisons.insert(0, f"Jours comptés en mois de trente jours : {ligne.jours} pour {reels} de calendrier.")
    if ligne.niveau != 1:
        raisons.append(f"Niveau de remboursement du contrat : {_pourcent(Fraction(ligne.niveau))}.")
    if ligne.ijss:
        origine = "estimées, dans l’attente du décompte de la CPAM" if ligne.ijss_estimee else "décompte de la CPAM"
        raisons.append(f"Indemnités journalières de la Sécurité sociale déduites : {euros(to_cent(ligne.ijss))} ({origine}).")
    if ligne.plafond:
        raisons.append(PLAFONDS[ligne.plafond])
    if ligne.motif.code == TIERCE:
        raisons.append(f"Majoration pour tierce personne : {_pourcent(Fraction(TIERCE_PERSONNE))}.")
    raisons.append(f"Total arrondi au centime : {euros(ligne.montant)}.")
    return raisons


def _part(ligne: Ligne, part: Part) -> str:
    jours = "1 jour" if ligne.jours == 1 else f"{ligne.jours} jours"
    return (
        f"{NOMS[part.composante]} : {euros(part.annuel)} par an ÷ {DIVISEURS[ligne.diviseur]}"
        f" × {jours} × {_pourcent(part.fraction)} = {euros(to_cent(part.brut))}."
    )


def _pourcent(part: Fraction) -> str:
    cent = part * 100
    entier = f"{cent.numerator}" if cent.denominator == 1 else f"{to_cent(cent)}".replace(".", ",")
    return f"{entier}{THIN}%"
