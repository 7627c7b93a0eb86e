"""Pages of the gestionnaires' door, by subject."""
