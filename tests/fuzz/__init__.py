"""Inputs that nobody meant, for every reader of what strangers write: `make fuzz`."""
