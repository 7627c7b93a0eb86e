"""The append-only journal, its sealing, and the event outbox: the ground floor, where everybody writes."""
