"""Pièces: dated checklists, upload, quarantine, scan, storage."""
