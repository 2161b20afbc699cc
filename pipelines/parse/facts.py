"""Facts as parsing gives them: plain values, ready for the store, no surrogate keys.

They are tuples and dicts all through, so that a page of them goes cheaply from one process to the
next. Times are UTC texts ``YYYY-MM-DD HH:MM:SS.ffffff``; lists and objects are JSON text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Problem(NamedTuple):
    """A record, or one field of it, that could not be used.

    Attributes:
        field: The field; empty for the whole record.
        reason: ``vocab.RecordReason``.
        detail: What was found, at most 200 characters.
        position: Place of the record in its answer, from 0.
        name: The record's name, where it has one.
    """

    field: str
    reason: str
    detail: str
    position: int = 0
    name: str | None = None


class Span(NamedTuple):
    """Where in a card a value stands: its blob and the code points [start, end)."""

    blob_sha: str
    start: int
    end: int


class Edge(NamedTuple):
    """A base that a model names."""

    parent: str
    relation: str
    relation_source: str
    source: str
    span: Span | None = None


class DatasetUse(NamedTuple):
    """A dataset that a model names."""

    dataset: str
    role: str
    source: str
    span: Span | None = None


class PaperUse(NamedTuple):
    """A paper that a model names, by arXiv id without version."""

    arxiv_id: str
    role: str
    source: str
    span: Span | None = None


class License(NamedTuple):
    """A license that a place states."""

    source: str
    position: int
    key: str
    canonical: str
    license_name: str | None
    license_link: str | None
    scope: str
    span: Span | None = None


class Statements(NamedTuple):
    """What a record or a card says of a model's origins, by kind."""

    edges: Sequence[Edge] = ()
    datasets: Sequence[DatasetUse] = ()
    papers: Sequence[PaperUse] = ()
    licenses: Sequence[License] = ()


class ModelFacts(NamedTuple):
    """One model's record.

    Attributes:
        name: ``owner/name``.
        uid: Identity on the hub, or None.
        owner: Login name, or None.
        values: Columns of table model that a new revision changes, by name.
        volatile: Columns that move without a new revision (downloads, gating …).
            Only those that the record speaks of are in it.
        statements: Edges, datasets, papers, licenses.
        digest: SHA-1 over what a new revision changes: equal digests need no writing.
        problems: Fields that could not be used.
    """

    name: str
    uid: str | None
    owner: str | None
    values: dict[str, object]
    volatile: dict[str, object]
    statements: Statements
    digest: str
    problems: list[Problem]


class DatasetFacts(NamedTuple):
    """One dataset's record; ``values`` are columns of table dataset."""

    name: str
    uid: str | None
    values: dict[str, object]
    licenses: Sequence[License]
    problems: list[Problem]


class Listing(NamedTuple):
    """A listing page, read.

    Attributes:
        models: Good records of models, in order; empty where datasets are listed.
        datasets: Good records of datasets, in order; empty where models are listed.
        problems: Whole records that could not be used.
        is_whole: False when the page ended in the middle; what could be read is there.
    """

    models: list[ModelFacts]
    datasets: list[DatasetFacts]
    problems: list[Problem]
    is_whole: bool
