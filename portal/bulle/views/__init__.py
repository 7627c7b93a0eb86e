"""Views of the bulle, by role."""
