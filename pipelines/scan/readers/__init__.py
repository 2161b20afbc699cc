"""One reader a kind of file: bytes in, a summary of the names in it. Pure functions."""

if __name__ != "miner.pipelines.scan.readers":
    raise ImportError("import miner.pipelines.scan.readers, not readers")
