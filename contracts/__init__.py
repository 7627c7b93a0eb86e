"""Insurers, group contracts, formules, adhésions, agents: all dated."""
