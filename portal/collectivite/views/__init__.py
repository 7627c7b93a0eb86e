"""Views of the collectivités' door, by subject."""
