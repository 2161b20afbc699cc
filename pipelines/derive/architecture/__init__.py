"""The architecture of a model: experts or none, how many, how large. Pure functions of evidence."""

if __name__ != "miner.pipelines.derive.architecture":
    raise ImportError("import miner.pipelines.derive.architecture, not architecture")
