"""Scores what miner finds against labels, by the rules written beside the labels."""

if __name__ != "miner.pipelines.evaluate":
    raise ImportError("import miner.pipelines.evaluate, not evaluate")
