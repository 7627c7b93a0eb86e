"""The REST door. It calls the same services as the portal; no rule lives here."""
