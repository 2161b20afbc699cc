"""Published tables on use: which repositories load which models, where, and how sure."""

from __future__ import annotations

from miner.schema import tables
from miner.schema.description import Column, Reference, Table
from miner.schema.published.base import described

_HUB = Column("hub", "VARCHAR", "Where the model is published; it need not be a row of hub")
_RESOLVED = Column("model_resolved", "VARCHAR", "Present name of the model, where it is held")
_OF_RESOLVED = Reference(("hub", "model_resolved"), "model", ("hub", "name"))
_COPY = Column(
    "is_copy", "BOOLEAN", "The same file stands in an older repository, or it is a fork's"
)
_VENDORED = "In a copy of a library that is published elsewhere"

USES: tuple[Table, ...] = (
    described(tables.Scan),
    described(tables.UseSite),
    described(tables.ModelUse),
    described(tables.Dependency),
    described(tables.RepositoryLink),
)
