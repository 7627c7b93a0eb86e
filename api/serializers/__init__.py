"""The documents of the API, by subject: `…Entree` come in and are strict, the others go out."""
