"""Where batches run: in this process, in processes beside it, or on a Dask cluster."""

if __name__ != "miner.pipelines.executors":
    raise ImportError("import miner.pipelines.executors, not pipelines.executors")

from miner.pipelines.executors.batch_executor import Done, Executor, Failed
from miner.pipelines.executors.choose import HELP, open_executor

__all__ = ["HELP", "Done", "Executor", "Failed", "open_executor"]
