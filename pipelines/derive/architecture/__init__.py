"""What a model is made of: experts or none, how many, how large. Pure functions of what is held."""

if __name__ != "miner.pipelines.derive.architecture":
    raise ImportError("import miner.pipelines.derive.architecture, not architecture")
