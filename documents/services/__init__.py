"""Writes of pièces, by subject: the checklist, the deposits, the decisions, late paper."""
