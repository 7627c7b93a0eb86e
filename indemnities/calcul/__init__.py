"""What an insurer owes for a leave: pay by component, franchise, level, IJSS, to the cent. Pure: no database, no clock.

`lignes.calculer` is the whole of it; each line holds the trace from which `pourquoi` tells a person where its amount comes from.
"""
