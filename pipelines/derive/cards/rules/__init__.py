"""The rules: one module a family of fields. Each holds ``read(document)``, found by folder."""

if __name__ != "miner.pipelines.derive.cards.rules":
    raise ImportError("import miner.pipelines.derive.cards.rules, not rules")
