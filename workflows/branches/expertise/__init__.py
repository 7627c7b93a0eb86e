"""The expertise médicale (domain: §5.2)."""
