"""The REST door that leads come in through."""
