"""The HTML doors: gestion, collectivite, bulle. No rule lives here."""
