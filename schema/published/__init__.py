"""The published tables: the single description of what an export holds.

Keys are natural names; the store's integers never leave it. ``hub`` stands wherever a model does.
"""

from __future__ import annotations

from miner.schema.description import Column, Reference, Table
from miner.schema.published.architecture import ARCHITECTURE
from miner.schema.published.extraction import EXTRACTION, EXTRACTION_VIEWS
from miner.schema.published.history import HISTORY
from miner.schema.published.issues import ISSUES
from miner.schema.published.licenses import LICENSES
from miner.schema.published.lineage import LINEAGE
from miner.schema.published.models import MODELS
from miner.schema.published.observations import OBSERVATIONS
from miner.schema.published.overview import OVERVIEW
from miner.schema.published.provenance import PROVENANCE
from miner.schema.published.repositories import REPOSITORIES
from miner.schema.published.uses import USES

GROUPS: dict[str, tuple[Table, ...]] = {
    "models": (*MODELS, *ARCHITECTURE),
    "lineage": LINEAGE,
    "extraction": EXTRACTION,
    "observations": OBSERVATIONS,
    "history": HISTORY,
    "repositories": REPOSITORIES,
    "uses": USES,
    "issues": ISSUES,
    "licenses": LICENSES,
    "provenance": PROVENANCE,
}
"""Tables by group, in the order in which they are built: a table may read those before it."""

PUBLISHED: dict[str, Table] = {table.name: table for group in GROUPS.values() for table in group}
"""Every published table by name, in the order in which they are built."""

VIEWS: tuple[Table, ...] = (*OVERVIEW, *EXTRACTION_VIEWS)
"""Views of the published tables."""

__all__ = ["GROUPS", "PUBLISHED", "VIEWS", "Column", "Reference", "Table"]
