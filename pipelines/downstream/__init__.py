"""Which models a repository loads, where, how, and how sure: read from its source, never run."""

if __name__ != "miner.pipelines.downstream":
    raise ImportError("import miner.pipelines.downstream, not downstream")
