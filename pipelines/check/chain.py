"""From a model up to everything that it was derived from: bases, their bases, and their data."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from miner.db.lookup import BaseEdge, DataEdge, KnownDataset, KnownModel
from miner.pipelines.check import license_terms
from miner.pipelines.check.knowledge import Knowledge
from miner.pipelines.check.report import Concluded, Upstream
from miner.pipelines.derive.licenses.statement import Statement

MAX_BASES = 200  # a merge of merges can have more; what is left out is reported
_TRAINED = "trained_on"
_MERGE = "merge"


@dataclass(frozen=True, slots=True)
class BaseLink:
    """A base and the model that was derived from it.

    Attributes:
        child: The model that was derived from it.
        base: What is known of the base, or None.
        edge: The edge that the child declares.
        chain: Names from the base down to the model that the project loads.
    """

    child: KnownModel
    base: KnownModel | None
    edge: BaseEdge
    chain: tuple[str, ...]

    @property
    def statement(self) -> Statement:
        """What the base states."""
        return license_terms.of_model(self.base)


@dataclass(frozen=True, slots=True)
class DataLink:
    """A dataset and the model that names it; attributes as those of ``BaseLink``."""

    child: KnownModel
    dataset: KnownDataset | None
    edge: DataEdge
    chain: tuple[str, ...]

    @property
    def statement(self) -> Statement:
        """What the dataset states."""
        return license_terms.of_dataset(self.dataset)

    @property
    def is_training(self) -> bool:
        """Whether the child was trained on it."""
        return self.edge.role == _TRAINED


@dataclass(frozen=True, slots=True)
class Chain:
    """A model with all that it was derived from.

    Attributes:
        model: The model that the project loads.
        bases: Its bases and theirs, nearest first.
        data: Datasets of the model and its bases, nearest first.
        is_cut: Whether there are more bases than are followed.
    """

    model: KnownModel
    bases: tuple[BaseLink, ...]
    data: tuple[DataLink, ...]
    is_cut: bool


def follow(model: KnownModel, knowledge: Knowledge) -> Chain:
    """Return a model's chain; a base that was met before, as in a cycle, is not followed again."""
    bases: list[BaseLink] = []
    data: list[DataLink] = []
    met = {model.name}
    waiting: deque[tuple[KnownModel, tuple[str, ...]]] = deque([(model, (model.name,))])
    while waiting and len(bases) <= MAX_BASES:
        child, below = waiting.popleft()
        data += _data_of(child, below, knowledge)
        for edge, base in _bases_of(child, knowledge):
            name = base.name if base else edge.name
            bases.append(BaseLink(child, base, edge, (name, *below)))
            if base is not None and name not in met:
                met.add(name)
                waiting.append((base, (name, *below)))
    return Chain(model, tuple(bases[:MAX_BASES]), tuple(data), len(bases) > MAX_BASES)


def _bases_of(
    child: KnownModel, knowledge: Knowledge
) -> Iterator[tuple[BaseEdge, KnownModel | None]]:
    """Yield the bases of a model, each once: it may name one by a former name too."""
    found = [(edge, knowledge.model(child.hub, edge.name)) for edge in child.bases]
    known = {base.name for _, base in found if base is not None and base.state != "named"}
    met = {child.name}
    for edge, base in found:
        name = base.name if base else edge.name
        is_open = name not in known and edge.relation != _MERGE  # a merge has several bases
        if name in met or (is_open and any(_renamed(name, one) for one in known)):
            continue
        met.add(name)
        yield edge, base


def _renamed(former: str, present: str) -> bool:
    """Return whether a name is that of the same owner's model with a word before it.

    So were Meta's models called: ``Meta-Llama-3.1-8B`` is ``Llama-3.1-8B`` now.
    """
    owner, _, short = former.lower().rpartition("/")
    other, _, name = present.lower().rpartition("/")
    return bool(owner) and owner == other and short.endswith(f"-{name}")


def _data_of(child: KnownModel, below: tuple[str, ...], knowledge: Knowledge) -> Iterator[DataLink]:
    for edge in child.datasets:
        dataset = knowledge.dataset(child.hub, edge.name)
        name = dataset.name if dataset else edge.name
        yield DataLink(child, dataset, edge, (name, *below))


def base_origin(link: BaseLink, concluded: Concluded) -> Upstream:
    """Return a base as a report has it.

    Args:
        link: The base.
        concluded: What holds for it.
    """
    base = link.base
    return Upstream(
        kind="model",
        hub=link.child.hub,
        name=link.chain[0],
        relation=link.edge.relation,
        child=link.child.name,
        chain=link.chain,
        is_held=base is not None and base.state != "named",
        terms=license_terms.terms_of_model(base)
        if base
        else license_terms.terms_of(license_terms.UNREAD),
        concluded=concluded,
        owner=(base.owner or "") if base else "",
        version=(base.sha or "") if base else "",
        created_at=base.created_at if base else None,
        url=link.edge.evidence_url or "",
    )


def data_origin(link: DataLink) -> Upstream:
    """Return a dataset as a report has it."""
    dataset = link.dataset
    return Upstream(
        kind="dataset",
        hub=link.child.hub,
        name=link.chain[0],
        relation=link.edge.role,
        child=link.child.name,
        chain=link.chain,
        is_held=dataset is not None and dataset.state != "named",
        terms=license_terms.terms_of(
            link.statement, url=(dataset.evidence_url or "") if dataset else ""
        ),
        concluded=Concluded(None, (), "What the data consist of is not judged."),
        owner=link.chain[0].partition("/")[0] if "/" in link.chain[0] else "",
        version=(dataset.sha or "") if dataset else "",
        created_at=dataset.created_at if dataset else None,
        url=link.edge.evidence_url or "",
    )
