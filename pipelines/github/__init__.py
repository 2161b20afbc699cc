"""GitHub: which repositories there are, what GitHub says of them, and their source."""

if __name__ != "miner.pipelines.github":
    raise ImportError("import miner.pipelines.github, not github")
