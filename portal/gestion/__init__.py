"""The gestionnaires' door: queues, the case page, payments, late paper. No rule lives here."""
