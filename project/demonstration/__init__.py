"""The demonstration portfolio: one CDG, its contract, its collectivités and agents, and two years of sinistres.

Everything goes through the real services, in the order of its dates, under a clock that travels (voyage.py): what a person sees is
what the software itself would have written. The seed is fixed: one reference day gives one portfolio.
"""
