"""The accompagnement: a programme back to work, or several hands on a complex situation."""
