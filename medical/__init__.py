"""The bulle de confidentialité: what only medical eyes may read, behind its own process and login."""
