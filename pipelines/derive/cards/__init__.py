"""From a card to fields, each value with the words it was read from. Pure functions."""

if __name__ != "miner.pipelines.derive.cards":
    raise ImportError("import miner.pipelines.derive.cards, not extract")
