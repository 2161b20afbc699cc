"""Issues and pull requests: which models they name, and their rows."""
