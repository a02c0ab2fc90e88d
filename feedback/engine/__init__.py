"""How feedback gets into the database."""
