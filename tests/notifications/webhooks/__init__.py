"""Calls to the programs of others."""
