"""One reader a kind of file: bytes in, a summary of the names it holds out. Pure functions."""

if __name__ != "miner.pipelines.downstream.readers":
    raise ImportError("import miner.pipelines.downstream.readers, not readers")
