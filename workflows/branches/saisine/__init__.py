"""The saisine du conseil médical (domain: §3)."""
