"""The lifecycle service, its guards and its drawing: every change of state goes through here."""
