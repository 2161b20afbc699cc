"""An archive, or a folder of records and cards, served on loopback as the hub it came from."""
