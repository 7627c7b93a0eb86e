"""Family leaves: full pay for a length that the birth or the arrival sets. Weeks are real days, whatever the décompte (domain: §1.6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

from cases.errors import DonneeInvalide
from indemnities.droits import quotas, regles
from indemnities.droits.calendrier import UN_JOUR, Calendaire, Calendrier, ajouter_mois
from indemnities.droits.modele import RIEN, UN, Arret, Famille, Motif, Nature, Segment
from indemnities.droits.regles import Mesure, Palier, Quota

CIVIL = Calendaire()
AUTRE_NAISSANCE = dt.timedelta(days=270)
"""Without a key nor a day of birth, leaves so far apart are those of two births."""


def semaines_maternite(famille: Famille) -> tuple[int, int]:
    """Weeks before and after the birth (C. trav. L1225-17 to L1225-19, to which CGFP L631-3 refers)."""
    if famille.enfants >= 3:
        return regles.MATERNITE["triples"]
    if famille.enfants == 2:
        return regles.MATERNITE["jumeaux"]
    return regles.MATERNITE["troisieme" if famille.rang >= 3 else "simple"]


def duree(nature: Nature, famille: Famille, debut: dt.date) -> int:
    """Days of a leave: maternité, paternité, adoption or pathologique. `debut`: its first day, when the birth's is not known."""
    multiple = famille.enfants > 1
    jour = famille.naissance or debut
    match nature:
        case Nature.MAT:
            return 7 * sum(semaines_maternite(famille))
        case Nature.PAT:
            _, seul, plusieurs = next(ligne for ligne in reversed(regles.PATERNITE) if ligne[0] <= jour)
            return plusieurs if multiple else seul
        case Nature.ADO:
            _, semaines, partage, partage_multiple = next(ligne for ligne in reversed(regles.ADOPTION) if ligne[0] <= jour)
            if multiple:
                semaines = regles.ADOPTION_MULTIPLE
            elif famille.a_charge >= 3:
                semaines = regles.ADOPTION_TROISIEME
            return 7 * semaines + (0 if not famille.partage else partage_multiple if multiple else partage)
        case _:
            return regles.PATHOLOGIQUE[famille.postnatal]


TEXTES: dict[Nature, tuple[str, str, str]] = {
    Nature.MAT: ("Plein traitement pendant le congé de maternité", "la durée légale du congé de maternité", "CGFP L631-3 à L631-5"),
    Nature.PAT: ("Plein traitement pendant le congé de naissance et de paternité", "la durée légale du congé de paternité", "CGFP L631-9"),
    Nature.ADO: ("Plein traitement pendant le congé d’adoption", "la durée légale du congé d’adoption", "CGFP L631-8"),
    Nature.PATHO: ("Plein traitement pendant le congé pathologique", "la durée du congé pathologique", "Décret 2021-846, art. 4"),
}
HORS_DELAI = Motif("PAT_HORS_DELAI", "Sans droit : commencé plus de six mois après la naissance", "CGFP L631-9")

NAISSANCE = (
    Motif("NAI_1", "Traitement réduit : premier mois du congé supplémentaire de naissance", "CGFP L631-1"),
    Motif("NAI_2", "Traitement réduit : second mois du congé supplémentaire de naissance", "CGFP L631-1"),
)
NAISSANCE_EPUISE = Motif("NAI_EPUISE", "Sans droit : au-delà de deux mois de congé supplémentaire de naissance", "C. trav. L1225-46-2")


def calculer(nature: Nature, arrets: Sequence[Arret], calendrier: Calendrier) -> list[tuple[Segment, ...]]:
    """Segments of each arrêt of one family nature, given by first day.

    Raises DonneeInvalide for rates of a congé de naissance that the law does not allow, or one taken before it could be.
    """
    par_arret: Callable[[Sequence[Arret]], list[tuple[Segment, ...]]] = _naissance if nature is Nature.NAI else _au_jour(nature)
    return [_recompte(segments, calendrier) for groupe in _par_enfant(arrets) for segments in par_arret(groupe)]


def _par_enfant(arrets: Sequence[Arret]) -> list[list[Arret]]:
    """Leaves of one birth together, in the order of the arrêts as long as births do not interleave."""
    groupes: list[list[Arret]] = []
    for arret in arrets:
        if groupes and _meme_enfant(groupes[-1][-1], arret):
            groupes[-1].append(arret)
        else:
            groupes.append([arret])
    return groupes


def _meme_enfant(avant: Arret, apres: Arret) -> bool:
    if avant.dossier or apres.dossier:
        return avant.dossier == apres.dossier
    if avant.famille.naissance and apres.famille.naissance:
        return avant.famille.naissance == apres.famille.naissance
    return apres.debut - avant.fin < AUTRE_NAISSANCE


def _au_jour(nature: Nature) -> Callable[[Sequence[Arret]], list[tuple[Segment, ...]]]:
    texte, limite, source = TEXTES[nature]
    plein, apres = Motif(nature.value, texte, source), Motif(f"{nature.value}_EPUISE", f"Sans droit : au-delà de {limite}", source)

    def calcul(groupe: Sequence[Arret]) -> list[tuple[Segment, ...]]:
        premier = groupe[0]
        jours = duree(nature, premier.famille, premier.debut)
        naissance = premier.famille.naissance
        quota = Quota(Mesure.JOURS, (Palier(jours, UN, plein),), apres)
        if nature is not Nature.PAT or naissance is None:
            return quotas.calculer(groupe, quota, CIVIL)
        dernier_jour = ajouter_mois(naissance, regles.MOIS_PATERNITE)
        a_temps = [arret for arret in groupe if arret.debut <= dernier_jour]
        refuses = [(Segment(arret.debut, arret.fin, 0, RIEN, HORS_DELAI),) for arret in groupe[len(a_temps) :]]
        return quotas.calculer(a_temps, quota, CIVIL) + refuses

    return calcul


def _naissance(groupe: Sequence[Arret]) -> list[tuple[Segment, ...]]:
    """The congé supplémentaire de naissance: two months, each at its own rate, never under half pay (CGFP L631-1, C. trav. L1225-46-2).

    The decree's rates come with the leave (`famille.taux`); without them, the floor of the law.
    """
    taux = groupe[0].famille.taux or (regles.NAISSANCE_PLANCHER,) * regles.NAISSANCE_MOIS
    if len(taux) != regles.NAISSANCE_MOIS or not UN >= taux[0] >= taux[1] >= regles.NAISSANCE_PLANCHER:
        raise DonneeInvalide.sur("taux", "Donnez le taux de chacun des deux mois : le second au plus égal au premier, de 1 à 0,5.")
    naissance = groupe[0].famille.naissance
    if groupe[0].debut < regles.NAISSANCE_USAGE or (naissance and naissance < regles.NAISSANCE_DEPUIS):
        raise DonneeInvalide.sur(
            "debut",
            "Ce congé se prend depuis le 1er juillet 2026, pour un enfant né ou attendu à partir du 1er janvier 2026.",
        )
    resultat, mois, reste = [], 0, 0
    for arret in groupe:
        segments: list[Segment] = []
        debut = arret.debut
        while debut <= arret.fin:
            if not reste and mois < regles.NAISSANCE_MOIS:
                mois, reste = mois + 1, (ajouter_mois(debut, 1) - debut).days
            if not reste:
                segments.append(Segment(debut, arret.fin, 0, RIEN, NAISSANCE_EPUISE))
                break
            fin = min(arret.fin, debut + (reste - 1) * UN_JOUR)
            segments.append(Segment(debut, fin, 0, taux[mois - 1], NAISSANCE[mois - 1]))
            reste -= (fin - debut).days + 1
            debut = fin + UN_JOUR
        resultat.append(tuple(segments))
    return resultat


def _recompte(segments: Sequence[Segment], calendrier: Calendrier) -> tuple[Segment, ...]:
    """Lengths are set in real days; the count shown is the décompte's."""
    rang = calendrier.rang
    return tuple(replace(segment, jours=rang(segment.fin + UN_JOUR) - rang(segment.debut)) for segment in segments)


def periode_maternite(presumee: dt.date, famille: Famille, *, accouchement: dt.date | None = None) -> tuple[dt.date, dt.date]:
    """First and last days of a congé de maternité, from the expected birth and, once known, the real one.

    A late birth adds its days; an early one leaves the total unchanged (C. trav. L1225-20, L1225-22).
    """
    avant, apres = semaines_maternite(famille)
    debut = presumee - dt.timedelta(weeks=avant)
    if accouchement is not None and accouchement < debut:
        debut = accouchement
    reel = max(presumee, accouchement or presumee)
    if accouchement is not None and accouchement < presumee:
        return debut, debut + dt.timedelta(weeks=avant + apres) - UN_JOUR
    return debut, reel + dt.timedelta(weeks=apres) - UN_JOUR
