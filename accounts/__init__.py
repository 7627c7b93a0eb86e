"""People, roles, organisations, sign-in, and the one access gate."""
