"""The doors that clients' systems call."""
