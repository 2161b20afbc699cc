"""The rules: one module a family of fields. Each holds ``read(document)``, found by folder."""

if __name__ != "miner.pipelines.extract.rules":
    raise ImportError("import miner.pipelines.extract.rules, not rules")
