"""Calls to the programs of others (SIRH): signed, in order for each dossier, tried again, replayable. docs/webhooks.md says how."""
