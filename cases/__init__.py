"""Sinistres, épisodes, arrêts, work items, échéances and the timeline."""
