"""The contre-visite (domain: §5.1)."""
