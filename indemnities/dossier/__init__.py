"""From rows to engines: what the indemnity of one dossier depends on, read at once, and the lines that follow from it.

`demande.lire` gives a `DossierCalcule`; its `lignes(debut, fin)` are those that a décompte of that period keeps. Nothing is written here.
"""
