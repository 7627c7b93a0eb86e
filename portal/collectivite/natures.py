"""The natures as a secretary meets them: grouped, each with a sentence that tells it from its neighbours."""

from __future__ import annotations

from contracts.enums import Nature

GROUPES: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "Maladie",
        [
            (Nature.CMO, "Arrêt de travail ordinaire, sans lien avec le service."),
            (Nature.CLM, "Accordé après avis du conseil médical, titulaires et stagiaires CNRACL."),
            (Nature.CLD, "Accordé après avis du conseil médical, pour les affections que la loi énumère."),
            (Nature.CGM, "Agents IRCANTEC, après avis du conseil médical."),
            (Nature.TPT, "Reprise à temps partiel, sur certificat, avec une quotité de 50 à 90 %."),
        ],
    ),
    (
        "Accident et maladie professionnelle",
        [
            (Nature.AS, "Pendant et sur le lieu du service."),
            (Nature.TRJ, "Entre le domicile, le travail ou le lieu du repas."),
            (Nature.MP, "Maladie contractée en service."),
            (Nature.ATC, "Agent contractuel, pendant le service ou le trajet."),
            (Nature.ATI, "Fonctionnaire IRCANTEC, pendant le service ou le trajet."),
            (Nature.FM, "Soins seuls, sans arrêt de travail."),
        ],
    ),
    (
        "Naissance et famille",
        [
            (Nature.MAT, "Congé légal avant et après la naissance."),
            (Nature.PATHO, "Arrêt lié à la grossesse ou aux suites de couches."),
            (Nature.PAT, "Congé de paternité et d’accueil de l’enfant."),
            (Nature.ADO, "Arrivée d’un enfant adopté."),
            (Nature.NAI, "Congé supplémentaire après la naissance."),
        ],
    ),
    (
        "Suites et autres situations",
        [
            (Nature.DORS, "Droits à congé épuisés, agent inapte pour l’instant."),
            (Nature.MDT, "En attendant une décision après l’épuisement des droits."),
            (Nature.PPR, "Agent inapte à ses fonctions, en préparation d’un autre emploi."),
            (Nature.AIT, "Agent invalide qui ne peut ni reprendre, ni être reclassé, ni être retraité."),
            (Nature.IG, "Arrêt dû à une infirmité de guerre."),
            (Nature.DC, "Décès de l’agent, quelle qu’en soit la cause."),
        ],
    ),
]

SURVENANCE: dict[str, str] = {
    Nature.AS: "Date de l’accident",
    Nature.TRJ: "Date de l’accident",
    Nature.ATC: "Date de l’accident",
    Nature.ATI: "Date de l’accident",
    Nature.MP: "Date de la première constatation médicale",
    Nature.DC: "Date du décès",
    Nature.FM: "Date de l’accident ou de la constatation médicale",
    Nature.AIT: "Premier jour de l’allocation",
}
"""How the date of survenance is asked where it is not the first day of the leave."""


def libelle_survenance(nature: str) -> str:
    return SURVENANCE.get(nature, "Premier jour du congé")


def choix(natures: frozenset[str] | set[str]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The groups restricted to `natures`: title, then (code, label, sentence); empty groups left out."""
    groupes = []
    for titre, lignes in GROUPES:
        gardees = [(str(code), Nature(code).label, phrase) for code, phrase in lignes if code in natures]
        if gardees:
            groupes.append((titre, gardees))
    return groupes
