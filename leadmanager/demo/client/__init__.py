"""The stand-in for clients' systems and a website: a process of its own that meets the product over HTTP only."""
