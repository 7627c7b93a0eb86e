"""Writes of cases, by subject: work items, échéances, notes, numbers."""
