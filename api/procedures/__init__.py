"""How each kind of procedure is asked for through the API: what it reads, and the service it calls."""
