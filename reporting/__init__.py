"""Comptes de résultat and statistics: reads, never writes cases."""
