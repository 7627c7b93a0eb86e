"""The canary test: medical values that nobody else may meet, and a walk through everything that others may read."""
