"""Questions, one .sql file each; the loader that checks their headers, and what runs them."""

if __name__ != "miner.queries":
    raise ImportError("import miner.queries, not queries")
