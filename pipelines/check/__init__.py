"""A check of one project: which models it loads, under which terms, and what follows from that.

The steps: :mod:`project_source` (scan, license files) → :mod:`knowledge` (what is known of models)
→ :mod:`chain_findings` and :mod:`duties` (findings, obligations) → :mod:`report` → a format.
Whatever is not known is ``unknown``, never consistent.
"""

if __name__ != "miner.pipelines.check":
    raise ImportError("import miner.pipelines.check, not check")
