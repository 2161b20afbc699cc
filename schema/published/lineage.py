"""Published tables on bases, datasets, papers and licenses."""

from __future__ import annotations

from miner.schema import tables
from miner.schema.description import Column, Reference, Table
from miner.schema.published.base import (
    HUB,
    MODEL,
    OF_MODEL,
    SOURCE,
    SPAN,
    described,
)

_EDGE = (
    HUB,
    Column("child", "VARCHAR", "Name of the model that was made from the base"),
    Column("parent", "VARCHAR", "The base: its present name where held, else as declared"),
    Column("relation", "VARCHAR", "How the child was made", vocabulary="Relation"),
    SOURCE,
    Column("relation_source", "VARCHAR", "Where the relation was read", vocabulary="Source"),
    Column("parent_declared", "VARCHAR", "The base's name as declared"),
    Column("is_parent_held", "BOOLEAN", "The base is a row of model that a sweep saw"),
)
_EDGE_REFERENCES = (
    Reference(("hub", "child"), "model", ("hub", "name")),
    Reference(("hub", "parent"), "model", ("hub", "name"), where="is_parent_held"),
)
_EDGE_WARNINGS = ("declared_only", "relation_inferred", "names_unresolved")
_USE = (
    HUB,
    MODEL,
    Column("dataset", "VARCHAR", "The dataset: its present name where held, else as declared"),
    Column("role", "VARCHAR", "What it was to the model", vocabulary="DatasetRole"),
    SOURCE,
    Column("dataset_declared", "VARCHAR", "The dataset's name as declared"),
    Column("is_dataset_held", "BOOLEAN", "The dataset is a row of dataset that the hub answered"),
)
_USE_REFERENCES = (
    OF_MODEL,
    Reference(("hub", "dataset"), "dataset", ("hub", "name"), where="is_dataset_held"),
)

LINEAGE: tuple[Table, ...] = (
    described(tables.ModelEdge),
    Table(
        "model_edge",
        "A model was made from a base: the best statement of each pair. A merge has a row for each "
        "of its bases: count models by distinct child.",
        (
            *_EDGE,
            *SPAN,
            Column(
                "confidence",
                "DOUBLE",
                "Precision of the rule where card text alone names the base; null: declared",
            ),
        ),
        key=("hub", "child", "parent"),
        references=_EDGE_REFERENCES,
        warnings=_EDGE_WARNINGS,
    ),
    Table(
        "model_lineage",
        "Place of a model in the tree of derivatives; one row for every held model that has a base "
        "or is one. An edge that closes a cycle is left out.",
        (
            HUB,
            MODEL,
            Column("root", "VARCHAR", "Where its longest chain of bases begins; itself at depth 0"),
            Column("is_root_held", "BOOLEAN", "The root is a held model"),
            Column("depth", "BIGINT", "Length of its longest chain of bases", "edges"),
            Column("base_count", "BIGINT", "Its bases", "models"),
            Column("derivative_count", "BIGINT", "Models that name it as a base", "models"),
            Column("is_in_cycle", "BOOLEAN", "It is, by its bases, its own base"),
        ),
        key=("hub", "model"),
        references=(OF_MODEL,),
        warnings=("declared_only", "names_unresolved"),
    ),
    described(tables.HubDataset),
    described(tables.DatasetAlias),
    Table(
        "dataset_tag",
        "A tag of a dataset.",
        (
            HUB,
            Column("dataset", "VARCHAR", "Name of the dataset"),
            Column("tag", "VARCHAR", "The tag, as the hub lists it"),
        ),
        key=("hub", "dataset", "tag"),
        references=(Reference(("hub", "dataset"), "dataset", ("hub", "name")),),
        warnings=("tags_by_hub",),
    ),
    described(tables.ModelDataset),
    Table(
        "model_dataset",
        "A model was trained or evaluated on a dataset: the best statement of each pair and role.",
        (*_USE, *SPAN),
        key=("hub", "model", "dataset", "role"),
        references=_USE_REFERENCES,
        warnings=("declared_only", "names_unresolved"),
    ),
    described(tables.Paper),
    described(tables.ModelPaper),
    Table(
        "paper_lookalike",
        "A model whose name has a word of a paper that is followed. It need not implement it.",
        (
            Column("arxiv_id", "VARCHAR", "The paper"),
            HUB,
            MODEL,
            Column("is_held", "BOOLEAN", "In the table model; else only named as a base"),
            Column("is_by_authors", "BOOLEAN", "Its account is one of the paper's authors"),
        ),
        key=("arxiv_id", "hub", "model"),
        references=(
            Reference(("arxiv_id",), "traced_paper", ("arxiv_id",)),
            Reference(("hub", "model"), "model", ("hub", "name"), where="is_held"),
        ),
    ),
    described(tables.LicenseStatement),
)
