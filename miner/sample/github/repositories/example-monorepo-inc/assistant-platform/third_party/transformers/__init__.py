"""A patched copy."""

__version__ = "4.49.0.dev0"
