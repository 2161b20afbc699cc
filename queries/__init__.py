"""Questions, one .sql file each, and the loader that checks their headers."""

if __name__ != "miner.queries":
    raise ImportError("import miner.queries, not queries")
