"""GitHub: which repositories there are, what GitHub says of them, and their source."""

if __name__ != "miner.pipelines.sources.github":
    raise ImportError("import miner.pipelines.sources.github, not github")
