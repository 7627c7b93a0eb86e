"""The door of the collectivités: what is expected of them, declaring, depositing, following, being paid."""
