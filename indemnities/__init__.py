"""Décomptes and bordereaux: what is owed, agreed by two people, paid once."""
