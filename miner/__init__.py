"""Mine the AI model supply chain into a dataset that answers SQL."""

__version__ = "0.1.0"
