"""Which models a repository loads, where, how, and how sure: read from its source, never run."""

if __name__ != "miner.pipelines.scan":
    raise ImportError("import miner.pipelines.scan, not downstream")
