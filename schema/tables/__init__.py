"""The store's tables. Importing this package defines all of them on one metadata."""

from miner.schema.tables.architecture import ModelArchitecture
from miner.schema.tables.base import Base, metadata
from miner.schema.tables.extraction import ExtractedField, Extraction
from miner.schema.tables.history import (
    DiscussionEvent,
    ModelCommit,
    ModelCommitAuthor,
    ModelCommitChange,
    ModelDiscussion,
    ModelHistory,
    ModelRef,
)
from miner.schema.tables.issues import (
    IssueComment,
    IssueListing,
    IssueModel,
    RepositoryIssue,
)
from miner.schema.tables.lineage import (
    DatasetAlias,
    HubDataset,
    LicenseStatement,
    ModelDataset,
    ModelEdge,
    ModelPaper,
    Paper,
)
from miner.schema.tables.llm import LlmAnswer, LlmBatch
from miner.schema.tables.models import (
    EntryPoint,
    FetchedFile,
    Hub,
    Model,
    ModelAlias,
    ModelConfig,
    ModelEvent,
    Owner,
)
from miner.schema.tables.provenance import (
    ArchivedAnswer,
    CrawlCursor,
    MethodAccuracy,
    RejectedRecord,
    Run,
    Sweep,
)
from miner.schema.tables.repositories import (
    ModelRepository,
    Repository,
    RepositoryAlias,
    RepositoryFinding,
    RepositoryLicense,
    RepositorySweep,
    SearchBin,
    SearchHit,
)
from miner.schema.tables.uses import Dependency, ModelUse, RepositoryLink, Scan, UseSite

__all__ = [
    "ArchivedAnswer",
    "Base",
    "CrawlCursor",
    "DatasetAlias",
    "Dependency",
    "DiscussionEvent",
    "EntryPoint",
    "ExtractedField",
    "Extraction",
    "FetchedFile",
    "Hub",
    "HubDataset",
    "IssueComment",
    "IssueListing",
    "IssueModel",
    "LicenseStatement",
    "LlmAnswer",
    "LlmBatch",
    "MethodAccuracy",
    "Model",
    "ModelAlias",
    "ModelArchitecture",
    "ModelCommit",
    "ModelCommitAuthor",
    "ModelCommitChange",
    "ModelConfig",
    "ModelDataset",
    "ModelDiscussion",
    "ModelEdge",
    "ModelEvent",
    "ModelHistory",
    "ModelPaper",
    "ModelRef",
    "ModelRepository",
    "ModelUse",
    "Owner",
    "Paper",
    "RejectedRecord",
    "Repository",
    "RepositoryAlias",
    "RepositoryFinding",
    "RepositoryIssue",
    "RepositoryLicense",
    "RepositoryLink",
    "RepositorySweep",
    "Run",
    "Scan",
    "SearchBin",
    "SearchHit",
    "Sweep",
    "UseSite",
    "metadata",
]
