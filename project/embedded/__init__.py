"""PostgreSQL, the broker and the S3 store as wheels, for a bare machine. Never in production.

Nothing here imports Django: the parts stand before the settings that point at them.
"""
