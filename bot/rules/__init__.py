"""The rules of the house as pure functions: no I/O, no clock, no chance."""
