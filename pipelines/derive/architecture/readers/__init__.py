"""Configs with odd rules, a module a rule; the table of families names the module.

A module may change what the general rules read of a part: ``adjust(experts, part, layers)``
returns the layers that hold experts, and may set counts; ``TRAITS`` tells what the attention has
beyond the config; ``count(part, sizes)`` counts the feed-forward blocks its own way.
"""

if __name__ != "miner.pipelines.derive.architecture.readers":
    raise ImportError("import miner.pipelines.derive.architecture.readers, not readers")
