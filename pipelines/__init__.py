"""How rows come about: crawl, archive, parse, derive, replay."""

if __name__ != "miner.pipelines":
    raise ImportError("import miner.pipelines, not pipelines")
