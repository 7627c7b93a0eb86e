"""Statutory rights: which fraction of pay an agent keeps, day after day. Pure Python: no Django, no database, no clock."""
