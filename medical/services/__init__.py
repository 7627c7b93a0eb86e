"""Acts inside the bulle, by subject."""
