"""Writes of money. What they mean for the sinistre's own state is said by workflows/payments.py."""
