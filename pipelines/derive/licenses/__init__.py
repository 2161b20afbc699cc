"""Licenses: what a statement means, and whether two of them go together.

The way is one: a statement as written → :mod:`names` and :mod:`statement` (which license, or how
several are joined) → :mod:`edge` (two statements, a relation, a few flags) → a matrix
(:mod:`policy`, :mod:`osadl`, :mod:`sheet`) → a finding.

A finding depends on the edge alone: normalized upstream and downstream, relation and flags.
Names of models play no part but for one flag, the required beginnings that a name has
(``prefixes``). So the edges of millions of rows are few: normalize and flag each row, decide each
distinct edge once (``matrices.tabulate``), and join the answers back.
"""

if __name__ != "miner.pipelines.derive.licenses":
    raise ImportError("import miner.pipelines.derive.licenses, not licenses")
