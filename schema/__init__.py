"""What a row means: tables, vocabularies, the published data. No network, no engine, no clock."""

if __name__ != "miner.schema":
    raise ImportError("import miner.schema, not schema")
