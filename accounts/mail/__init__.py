"""Mails that leave the house: written in the reader's language, kept as jobs until the mail server has taken them."""
