"""E-mails, derived from the event outbox."""
