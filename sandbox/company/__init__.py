"""Halyard Freight: the people, channels, keys and tokens that the sandbox is filled with."""
