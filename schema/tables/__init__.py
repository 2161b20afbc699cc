"""The store's tables. Importing this package defines all of them on one metadata."""

from miner.schema.tables.base import Base, metadata
from miner.schema.tables.lineage import (
    Dataset,
    DatasetAlias,
    LicenseStatement,
    ModelDataset,
    ModelEdge,
    ModelPaper,
    Paper,
)
from miner.schema.tables.models import (
    FetchedFile,
    Hub,
    Model,
    ModelAlias,
    ModelConfig,
    ModelEvent,
    Owner,
)
from miner.schema.tables.provenance import (
    Answer,
    CrawlCursor,
    MethodAccuracy,
    RejectedRecord,
    Run,
    Sweep,
)

__all__ = [
    "Answer",
    "Base",
    "CrawlCursor",
    "Dataset",
    "DatasetAlias",
    "FetchedFile",
    "Hub",
    "LicenseStatement",
    "MethodAccuracy",
    "Model",
    "ModelAlias",
    "ModelConfig",
    "ModelDataset",
    "ModelEdge",
    "ModelEvent",
    "ModelPaper",
    "Owner",
    "Paper",
    "RejectedRecord",
    "Run",
    "Sweep",
    "metadata",
]
