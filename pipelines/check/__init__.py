"""A check of one project: which models it loads, under which terms, and what follows from that.

The way is one: :mod:`source` (scan, license files) → :mod:`knowledge` (what is held on the models)
→ :mod:`judge` and :mod:`duties` (findings, obligations) → :mod:`report` → one of ``formats``.
Whatever is not held is ``unknown``, never consistent.
"""

if __name__ != "miner.pipelines.check":
    raise ImportError("import miner.pipelines.check, not check")
