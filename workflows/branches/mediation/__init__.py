"""The médiation that comes before any refusal."""
