"""What can be read from a card: one file a field. See ``load_fields``."""

if __name__ != "miner.schema.fields":
    raise ImportError("import miner.schema.fields, not fields")
