"""Published tables on bases, datasets, papers and licenses."""

from __future__ import annotations

from miner.schema.published.base import (
    CHOSEN,
    EVIDENCE,
    HUB,
    MODEL,
    OBSERVED,
    OF_HUB,
    OF_MODEL,
    SOURCE,
    SPAN,
    Column,
    Reference,
    Table,
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
    Table(
        "model_edge_statement",
        "A source names a base of a model. One row a source.",
        (*_EDGE, CHOSEN, *SPAN),
        key=("hub", "child", "parent_declared", "source"),
        references=_EDGE_REFERENCES,
        warnings=_EDGE_WARNINGS,
    ),
    Table(
        "model_edge",
        "A model was made from a base: the best statement of each pair.",
        (*_EDGE, *SPAN),
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
    Table(
        "dataset",
        "A dataset that models name, as its hub describes it.",
        (
            HUB,
            Column("name", "VARCHAR", "owner/name, or a legacy name without owner"),
            Column("uid", "VARCHAR", "Identity on the hub, kept over renames"),
            Column("state", "VARCHAR", "Whether it is there", vocabulary="ModelState"),
            Column("created_at", "TIMESTAMP", "As the hub says, UTC"),
            Column("last_modified_at", "TIMESTAMP", "Time of the head revision, UTC"),
            Column("sha", "VARCHAR", "Head revision, a commit sha"),
            Column("downloads", "BIGINT", "Downloads of 30 days", "downloads"),
            Column("likes", "BIGINT", "Likes", "likes"),
            Column("gated", "VARCHAR", "Whether files need asking for", vocabulary="Gating"),
            Column("license", "VARCHAR", "Declared license"),
            Column("size_category", "VARCHAR", "Declared class of size, in rows"),
            Column("used_storage_bytes", "BIGINT", "Storage of all revisions", "bytes"),
            OBSERVED,
            EVIDENCE,
        ),
        key=("hub", "name"),
        references=(OF_HUB,),
        warnings=("downloads_30_days", "declared_only", "private_unseen"),
    ),
    Table(
        "dataset_alias",
        "A name that a dataset had, or is also reached by.",
        (
            HUB,
            Column("alias", "VARCHAR", "The other name, as written"),
            Column("dataset", "VARCHAR", "Present name of the dataset"),
            Column("observed_at", "TIMESTAMP", "When the hub was seen to redirect, UTC"),
        ),
        key=("hub", "alias"),
        references=(Reference(("hub", "dataset"), "dataset", ("hub", "name")),),
    ),
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
    Table(
        "model_dataset_statement",
        "A source names a dataset of a model. One row a source.",
        (*_USE, CHOSEN, *SPAN),
        key=("hub", "model", "dataset_declared", "role", "source"),
        references=_USE_REFERENCES,
        warnings=("declared_only", "names_unresolved"),
    ),
    Table(
        "model_dataset",
        "A model was trained or evaluated on a dataset: the best statement of each pair and role.",
        (*_USE, *SPAN),
        key=("hub", "model", "dataset", "role"),
        references=_USE_REFERENCES,
        warnings=("declared_only", "names_unresolved"),
    ),
    Table(
        "paper",
        "A paper that models name.",
        (
            Column("arxiv_id", "VARCHAR", "arXiv id without version"),
            Column("published_on", "DATE", "First day of the month that the arXiv id names"),
            Column("url", "VARCHAR", "Its page"),
        ),
        key=("arxiv_id",),
    ),
    Table(
        "model_paper",
        "A model names a paper. One row a source.",
        (
            HUB,
            MODEL,
            Column("arxiv_id", "VARCHAR", "arXiv id without version"),
            Column("role", "VARCHAR", "What the paper is to the model", vocabulary="PaperRole"),
            SOURCE,
            CHOSEN,
            *SPAN,
        ),
        key=("hub", "model", "arxiv_id", "role", "source"),
        references=(OF_MODEL, Reference(("arxiv_id",), "paper", ("arxiv_id",))),
        warnings=("papers_cited",),
    ),
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
    Table(
        "license_statement",
        "A place that states a license for a model or a dataset.",
        (
            HUB,
            Column("subject_kind", "VARCHAR", "model or dataset"),
            Column("subject", "VARCHAR", "Name of the model or dataset"),
            SOURCE,
            Column("position", "BIGINT", "0 for the first of a list"),
            Column("key", "VARCHAR", "As written"),
            Column("canonical", "VARCHAR", "Trimmed and lower case"),
            Column("license_name", "VARCHAR", "license_name, as written"),
            Column("license_link", "VARCHAR", "license_link, as written"),
            Column("scope", "VARCHAR", "What it covers: code, weights or data"),
            CHOSEN,
            *SPAN,
        ),
        key=("hub", "subject_kind", "subject", "source", "position"),
        references=(
            Reference(("hub", "subject"), "model", ("hub", "name"), where="subject_kind = 'model'"),
            Reference(
                ("hub", "subject"), "dataset", ("hub", "name"), where="subject_kind = 'dataset'"
            ),
        ),
        warnings=("declared_only",),
    ),
)
