"""The bulle's door: médecin conseil, gestionnaire de bulle, expert, psychologue. Served by the bulle's own process only."""
