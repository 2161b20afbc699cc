"""Reading cards with a language model: any server that speaks OpenAI's chat completions.

What the model says is kept only where its quote stands in the card and carries the value. A
card is data: what it orders changes nothing that is checked here.
"""

if __name__ != "miner.pipelines.derive.cards.llm":
    raise ImportError("import miner.pipelines.derive.cards.llm, not llm")
