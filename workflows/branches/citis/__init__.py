"""The instruction of a CITIS (domain: §1.4)."""
