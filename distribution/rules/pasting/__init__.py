"""A rule from what staff paste: a curl command, or an address with parameters. Nothing is run, and nothing is sent."""

from distribution.rules.pasting.reading import read_pasted
from distribution.rules.pasting.words import PasteUnreadable

__all__ = ["PasteUnreadable", "read_pasted"]
