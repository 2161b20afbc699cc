"""One module a hub; the registry finds them by file name."""
