"""Recours contre tiers (domain: §5.4)."""
