"""Names, places and jobs of the demonstration: all invented, all credible."""

from __future__ import annotations

COMMUNES = (
    "Saint-Aubin-des-Garrigues", "Port-Mirande", "Castelviel-sur-Orb", "Montferrand-les-Pins", "La Roque-Sainte-Anne",
    "Villeneuve-la-Crau", "Saint-Privat-du-Causse", "Les Matelles-Hautes", "Aigues-Belles", "Puéchabot",
    "Saint-Étienne-de-Lergue", "Vendémiès", "Clarens-l’Abbaye", "Olargues-le-Vieux", "Fontanès-en-Vallée",
    "Brissac-le-Neuf", "Pézilla-les-Bains", "Lunac", "Cournonsec-le-Haut", "Mèze-la-Tour", "Sainte-Eulalie-de-Thau",
    "Roujac", "Magalas-d’Oc",
)  # fmt: skip
"""The communes; the first two are those of `mairie@`, the third that of `mairie2@`."""

ETABLISSEMENTS = (
    ("CCAS de Saint-Aubin-des-Garrigues", "34", "26"), ("CCAS de Port-Mirande", "34", "26"),
    ("CCAS de Castelviel-sur-Orb", "34", "26"), ("CIAS du Haut-Orb", "34", "26"),
    ("Communauté de communes des Trois Vallées", "34", "20"), ("Communauté de communes du Pays de Lergue", "34", "20"),
    ("Communauté d’agglomération du Golfe", "34", "20"), ("Syndicat intercommunal des eaux du Causse", "34", "25"),
    ("Syndicat mixte du bassin de Thaurac", "34", "25"), ("SIVOM de la Séranne", "34", "25"),
    ("Syndicat de traitement des déchets du littoral", "34", "25"), ("Caisse des écoles de Port-Mirande", "34", "26"),
    ("Syndicat scolaire de la Vallée", "34", "25"),
)  # fmt: skip

AUTRES_DEPARTEMENTS = (
    ("Mairie d’Ostwihr", "67", "21"), ("Syndicat des eaux de la Basse-Bruche", "67", "25"),
    ("Mairie de Hagelange", "57", "21"), ("Mairie de Saint-Vit-du-Larzac", "12", "21"),
)  # fmt: skip
"""Members from elsewhere: Alsace and Moselle have public holidays of their own."""

NOMS = (
    "Martin", "Bernard", "Durand", "Petit", "Roux", "Faure", "Girard", "Blanc", "Garcia", "Martinez", "Fabre", "Vidal",
    "Pagès", "Cazals", "Bousquet", "Delmas", "Gély", "Lacombe", "Puech", "Rouquette", "Sanchez", "Lopez", "Fernandez",
    "Teissier", "Valette", "Astruc", "Barthez", "Bonnet", "Calvet", "Combes", "Coste", "Crouzet", "Espinasse", "Favier",
    "Galtier", "Gauthier", "Granier", "Guiraud", "Jalabert", "Julien", "Lafont", "Laurent", "Lebrun", "Lefèvre", "Maurel",
    "Mas", "Mazel", "Mercier", "Michel", "Moulin", "Navarro", "Noguès", "Olivier", "Pascal", "Perez", "Pons", "Portal",
    "Poujol", "Prévost", "Quintard", "Ramond", "Raynal", "Rey", "Ricard", "Rigal", "Robert", "Rodier", "Rolland", "Roussel",
    "Sabatier", "Salles", "Serre", "Sicard", "Soulier", "Tarrou", "Thomas", "Trinquier", "Vernet", "Verdier", "Viala",
    "Viguier", "Villaret", "Benali", "Haddad", "Nguyen", "Da Silva", "Ferreira", "Kaya", "Diallo", "Traoré", "El Amrani",
    "Muller", "Schmitt", "Weber", "Lefebvre", "Moreau", "Simon", "Dubois", "Leroy", "Fournier",
)  # fmt: skip

FEMMES = (
    "Nadine", "Sylvie", "Catherine", "Isabelle", "Véronique", "Nathalie", "Christine", "Valérie", "Sandrine", "Stéphanie",
    "Céline", "Aurélie", "Émilie", "Julie", "Laëtitia", "Mélanie", "Élodie", "Claire", "Marie-Hélène", "Agnès", "Brigitte",
    "Fatima", "Leïla", "Samira", "Maria", "Ana", "Camille", "Manon", "Léa", "Chloé", "Inès", "Sarah", "Anaïs", "Mathilde",
    "Hélène", "Françoise", "Corinne", "Patricia", "Karine", "Delphine",
)  # fmt: skip

HOMMES = (
    "Michel", "Philippe", "Alain", "Patrick", "Jean-Luc", "Thierry", "Pascal", "Éric", "Laurent", "Stéphane", "Frédéric",
    "Christophe", "David", "Sébastien", "Nicolas", "Julien", "Guillaume", "Benoît", "Jérôme", "François", "Rémi", "Loïc",
    "Karim", "Mehdi", "Youssef", "José", "Antonio", "Thomas", "Maxime", "Hugo", "Mathieu", "Cédric", "Gérard", "Bruno",
    "Didier", "Olivier", "Vincent", "Fabien", "Gaël", "Noël",
)  # fmt: skip

CIRCONSTANCES = {
    "AS": (
        "Chute de plain-pied dans la cour de l’école, vers 8 h 15, sol mouillé après la pluie.",
        "Port d’une charge lors du rangement de la salle des fêtes, en fin de matinée.",
        "Glissade à la descente du camion-benne pendant la tournée, à 5 h 40.",
        "Choc contre une étagère du magasin des services techniques, à 14 h 30.",
        "Altercation avec un usager à l’accueil, en présence de deux collègues.",
        "Chute de l’escabeau pendant la pose des guirlandes, place de la mairie.",
    ),
    "TRJ": (
        "Collision à un carrefour sur le trajet domicile-travail, à 7 h 50.",
        "Chute de vélo sur la piste cyclable en venant au travail.",
        "Sortie de route sur chaussée verglacée, au retour du travail.",
    ),
    "MP": ("Demande fondée sur un tableau de maladies professionnelles ; poste occupé depuis plus de dix ans.",),
    "ATC": (
        "Chute dans l’escalier du centre de loisirs pendant une sortie du groupe.",
        "Faux mouvement en déplaçant une table à la cantine.",
    ),
    "ATI": ("Chute dans le vestiaire à la prise de poste.", "Coupure pendant l’épluchage, à la cuisine centrale."),
}
"""Facts, place, hour: never a lesion, never a diagnosis."""

NOTES = (
    "Secrétaire absente le mercredi : rappeler le jeudi.",
    "La collectivité attend l’arrêté signé du maire.",
    "Relancée deux fois par téléphone.",
    "Agent joint par la collectivité : reprise envisagée le mois prochain.",
    "Bulletins promis avec la paie de fin de mois.",
    "Conseil médical saisi, séance du mois prochain.",
    "Tiers identifié : recours possible.",
    "Dossier suivi avec la référente RH de la communauté de communes.",
    "Enquête administrative annoncée pour la semaine prochaine.",
)

COURRIERS = (
    ("Arrêté de placement en congé", "POSTE"), ("Bulletins de salaire du trimestre", "COURRIEL"),
    ("Certificat de prolongation, volet 2", "COURRIEL"), ("Décompte de la caisse primaire", "POSTE"),
    ("Attestation de reprise", "FAX"), ("Procès-verbal du conseil médical", "POSTE"),
    ("Déclaration d’accident de service", "GUICHET"), ("Demande de rappel au sujet d’un dossier", "COURRIEL"),
)  # fmt: skip
