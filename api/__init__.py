"""The REST door. It translates: JSON to service calls, refusals to problem documents. No rule lives here."""
