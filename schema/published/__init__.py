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

GROUP_TITLES = {
    "models": "Models: what a hub says of them, and what their files say",
    "lineage": "Lineage: bases, datasets, papers and licenses",
    "observations": "Observations: what sweeps saw over time",
    "history": "History: commits and refs of models, discussions and pull requests about them",
    "repositories": "Repositories: what GitHub says of them, and how they were found",
    "extraction": "Extraction: what cards state, field by field, with the words",
    "uses": "Uses: which repositories load which models, where, and how sure",
    "issues": "Issues: issues and pull requests of repositories, and the models that they name",
    "licenses": "Licenses: facts, rules, and findings along the chains",
    "provenance": "Provenance: how the data came about",
    "views": "Views",
}
"""What the pages of groups are called, and that of the views."""

PUBLISHED: dict[str, Table] = {table.name: table for group in GROUPS.values() for table in group}
"""Every published table by name, in the order in which they are built."""

VIEWS: tuple[Table, ...] = (*OVERVIEW, *EXTRACTION_VIEWS)
"""Views of the published tables."""

__all__ = ["GROUPS", "GROUP_TITLES", "PUBLISHED", "VIEWS", "Column", "Reference", "Table"]
