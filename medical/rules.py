"""What looks medical in a text that leaves the bulle, beside what stays inside. Pure functions, no database.

They help an author who forgot himself; they are no proof that a text says nothing medical.
"""

from __future__ import annotations

from cases.mots_medicaux import once, reveals, words_of

SHARED_LENGTH = 8
"""Letters from which a word shared by both halves of an opinion is worth a second look."""

_ADMINISTRATIVE = """
    accident accidents administratif administrative administrativement amenagee amenagement amenagements anterieur anterieure anterieurs
    aptitude aucunement autorisation autorite avancement capacite certificat certificats circonstances collectivite commission
    complement complementaire complementaires concernant conclusion conclusions conditions confirme conforme consecutif consecutifs
    consideration consolidation consolide constatation convocation correspond decembre declaration defavorable definitif definitive
    definitivement demandee demandes demeurant dependant derniere dernieres disponible document documents egalement elements employeur
    entierement etablissement evenement eventuelle eventuellement exceptionnel exercice expertise favorable fonctionnaire fonctions
    guerison horaires immediate immediatement imputabilite imputable imputables inaptitude inchange indemnisation initiale initialement
    initiales instruction intervention justification justifications justifie justifiee justifies lendemain maintien maladies medicale
    medicales missions necessaire necessaires notamment nouvelle nouvelles novembre partielle partiellement periodes permanent
    permanente personnel personnelle possible possibles posterieur posterieure precedent precedente presentation presente progressive
    prolongation prolongations prolonge provisoire quotidien recommande reconnaissance reconnue reevaluation reprendre reserves
    resultant septembre services seulement situation sollicite souhaitable strictement suffisamment suffisant supplementaire temporaire
    temporairement therapeutique totalement toujours transmission
"""
ADMINISTRATIVE: frozenset[str] = frozenset(_ADMINISTRATIVE.split())
"""Words of eight letters and more that both halves share innocently."""


def telling_words(conclusion: str, interieur: str) -> list[str]:
    """The words of `conclusion` that look medical: from the list, or long and shared with the half that stays inside."""
    inside = {mot for mot in words_of(interieur) if len(mot) >= SHARED_LENGTH}
    return once(mot for mot in words_of(conclusion) if reveals(mot) or (mot in inside and mot not in ADMINISTRATIVE))
