"""From a model up to everything that it was made from: bases, their bases, and their data."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from miner.db.lookup import HeldBase, HeldData, HeldDataset, HeldModel
from miner.pipelines.check import stated
from miner.pipelines.check.knowledge import Knowledge
from miner.pipelines.check.report import Concluded, Origin
from miner.pipelines.derive.licenses.statement import Statement

MAX_BASES = 200  # a merge of merges can have more; what is left out is said
_TRAINED = "trained_on"


@dataclass(frozen=True, slots=True)
class BaseLink:
    """A base and the model that was made from it.

    Attributes:
        child: The model that was made from it.
        base: What is held on the base, or None.
        told: How the child names it.
        chain: Names from the base down to the model that the project loads.
    """

    child: HeldModel
    base: HeldModel | None
    told: HeldBase
    chain: tuple[str, ...]

    @property
    def statement(self) -> Statement:
        """What the base states."""
        return stated.of_model(self.base)


@dataclass(frozen=True, slots=True)
class DataLink:
    """A dataset and the model that names it; attributes as those of ``BaseLink``."""

    child: HeldModel
    dataset: HeldDataset | None
    told: HeldData
    chain: tuple[str, ...]

    @property
    def statement(self) -> Statement:
        """What the dataset states."""
        return stated.of_dataset(self.dataset)

    @property
    def is_training(self) -> bool:
        """Whether the child was trained on it."""
        return self.told.role == _TRAINED


@dataclass(frozen=True, slots=True)
class Chain:
    """A model with all that it was made from.

    Attributes:
        model: The model that the project loads.
        bases: Its bases and theirs, nearest first.
        data: Datasets of the model and its bases, nearest first.
        is_cut: Whether there are more bases than are followed.
    """

    model: HeldModel
    bases: tuple[BaseLink, ...]
    data: tuple[DataLink, ...]
    is_cut: bool


def follow(model: HeldModel, knowledge: Knowledge) -> Chain:
    """Return a model's chain; a base that was met before, as in a cycle, is not followed again."""
    bases: list[BaseLink] = []
    data: list[DataLink] = []
    met = {model.name}
    waiting: deque[tuple[HeldModel, tuple[str, ...]]] = deque([(model, (model.name,))])
    while waiting and len(bases) <= MAX_BASES:
        child, below = waiting.popleft()
        data += _data_of(child, below, knowledge)
        for told in child.bases:
            base = knowledge.model(child.hub, told.name)
            name = base.name if base else told.name
            if name == child.name:
                continue
            bases.append(BaseLink(child, base, told, (name, *below)))
            if base is not None and name not in met:
                met.add(name)
                waiting.append((base, (name, *below)))
    return Chain(model, tuple(bases[:MAX_BASES]), tuple(data), len(bases) > MAX_BASES)


def _data_of(child: HeldModel, below: tuple[str, ...], knowledge: Knowledge) -> Iterator[DataLink]:
    for told in child.datasets:
        dataset = knowledge.dataset(child.hub, told.name)
        name = dataset.name if dataset else told.name
        yield DataLink(child, dataset, told, (name, *below))


def base_origin(link: BaseLink, concluded: Concluded) -> Origin:
    """Return a base as a report has it.

    Args:
        link: The base.
        concluded: What holds for it.
    """
    base = link.base
    return Origin(
        kind="model",
        hub=link.child.hub,
        name=link.chain[0],
        relation=link.told.relation,
        child=link.child.name,
        chain=link.chain,
        is_held=base is not None and base.state != "named",
        terms=stated.of_held(base) if base else stated.terms_of(stated.UNREAD),
        concluded=concluded,
        owner=(base.owner or "") if base else "",
        version=(base.sha or "") if base else "",
        created_at=base.created_at if base else None,
        url=link.told.evidence_url or "",
    )


def data_origin(link: DataLink) -> Origin:
    """Return a dataset as a report has it."""
    held = link.dataset
    return Origin(
        kind="dataset",
        hub=link.child.hub,
        name=link.chain[0],
        relation=link.told.role,
        child=link.child.name,
        chain=link.chain,
        is_held=held is not None and held.state != "named",
        terms=stated.terms_of(link.statement, url=(held.evidence_url or "") if held else ""),
        concluded=Concluded(None, (), "What the data were made of is not judged."),
        owner=link.chain[0].partition("/")[0] if "/" in link.chain[0] else "",
        version=(held.sha or "") if held else "",
        created_at=held.created_at if held else None,
        url=link.told.evidence_url or "",
    )
