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


class LinkedRepository(NamedTuple):
    """A repository on GitHub that a model's card links, ``owner/name`` as written."""

    repository: str
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
    repositories: Sequence[LinkedRepository] = ()


class ModelFacts(NamedTuple):
    """One model's record.

    Attributes:
        name: ``owner/name``.
        uid: Identity on the hub, or None.
        owner: Login name, or None.
        values: Columns of table model that a new revision changes, by name. Those that the record
            does not state may be absent, but not ``created_at``, ``last_modified_at``, ``sha``,
            ``license``, ``languages`` and ``parse_state``.
        volatile: Columns that move without a new revision (downloads, gating …).
            Only those that the record speaks of are in it.
        statements: Edges, datasets, papers, licenses.
        digest: SHA-1 over what a new revision changes: equal digests need no writing.
        problems: Fields that could not be used.
        state: ``vocab.ModelState`` where the record says it; empty: present, or disabled.
    """

    name: str
    uid: str | None
    owner: str | None
    values: dict[str, object]
    volatile: dict[str, object]
    statements: Statements
    digest: str
    problems: list[Problem]
    state: str = ""


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


class EntryPointFacts(NamedTuple):
    """How a model is had by calling a function of a repository.

    Attributes:
        repository: ``owner/name`` on GitHub.
        entry: Name of the function.
        title: Title of the page that documents it.
        summary: Summary of that page.
        requirements: Libraries that loading it needs, a list as JSON text; None: not known.
        evidence_url: Address of the line that names it, at a commit.
        tree_url: Address of the repository at the commit it was read at.
        card_url: Address of the page at the commit it was read at.
    """

    repository: str
    entry: str
    title: str | None
    summary: str | None
    requirements: str | None
    evidence_url: str | None
    tree_url: str | None
    card_url: str | None


class Alias(NamedTuple):
    """Another name of a model; ``source`` is redirect, spelling or library."""

    name: str
    source: str


class CatalogCard(NamedTuple):
    """The card of a catalog's model: which answer holds its bytes, and its commit."""

    answer: int
    revision: str


class CatalogModel(NamedTuple):
    """One model of a catalog.

    Attributes:
        facts: Its record.
        answer: Place of the answer that names it.
        aliases: Its other names.
        card: Its card, None where the catalog has none.
        entry: How it is had, None for hubs that hold files of models.
    """

    facts: ModelFacts
    answer: int
    aliases: Sequence[Alias] = ()
    card: CatalogCard | None = None
    entry: EntryPointFacts | None = None


class CatalogFacts(NamedTuple):
    """A whole catalog, read. Answers are named by their place in what was read, from 0.

    Attributes:
        models: One a name.
        problems: What could not be used, each with its answer.
        unread: Beginnings of names: of models that begin so, those that are not among the models
            are not known to be gone, since what lists them could not be read.
    """

    models: list[CatalogModel]
    problems: list[tuple[int, Problem]]
    unread: Sequence[str] = ()
