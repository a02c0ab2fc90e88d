"""Screens of this app, one module each."""
