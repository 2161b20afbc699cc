"""Results that the front matter declares under ``model-index``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards import numbers
from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.known_names import TASKS
from miner.pipelines.derive.cards.make import from_scalar
from miner.pipelines.derive.cards.value import Value
from miner.pipelines.sources.records.front_matter import Scalar
from miner.schema.patterns import bounded

METHOD = "model-index"
MAX_RESULTS = 10_000
_NO_DATASETS = frozenset(
    {
        "generator",
            "imagefolder", "audiofolder", "csv", "json", "text", "unknown", "none", "", "null",
     "parquet", "n/a"}
)  # fmt: skip


def read(document: Document) -> Iterator[Value]:
    """Read the results of this model."""
    count = 0
    titles: dict[str, str] = {}
    has_task = "pipeline_tag" in document.front.data
    for result in _results(document.front.data):
        dataset, task = _mapping(result.get("dataset")), _mapping(result.get("task"))
        name = _dataset_name(dataset)
        if name is not None:
            yield from_scalar(document, "evaluation_dataset", name.strip(), name, method=METHOD)
            part = _part_name(dataset, name, titles)
            if part is not None:
                yield from_scalar(document, "evaluation_dataset", part.strip(), part, method=METHOD)
        kind = task.get("type")
        if not has_task and isinstance(kind, Scalar) and kind.strip() in TASKS:
            has_task = True
            yield from_scalar(document, "task", kind.strip(), kind, method=METHOD)
        for value in _metrics(document, result, dataset):
            yield value
            count += 1
            if count >= MAX_RESULTS:
                return


def _results(data: dict[str, object]) -> Iterator[dict[str, object]]:
    models = data.get("model-index")
    for model in models if isinstance(models, list) else []:
        results = _mapping(model).get("results")
        for result in results if isinstance(results, list) else []:
            if isinstance(result, dict):
                yield result


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _dataset_name(dataset: dict[str, object]) -> Scalar | None:
    """Return a dataset's name on the Hub, else its title."""
    kind, title = dataset.get("type"), dataset.get("name")
    options = [
        item
        for item in (kind, title)
        if isinstance(item, Scalar) and item.strip().lower() not in _NO_DATASETS
    ]
    for item in options:
        if "/" in item and " " not in item.strip():
            return item
    return options[-1] if options else None


def _part_name(dataset: dict[str, object], name: Scalar, titles: dict[str, str]) -> Scalar | None:
    """Return the title of test data that shares its id with others, None for the first of them.

    Args:
        dataset: As the front matter has it.
        name: Its name, an id or a title.
        titles: The first title of each id; changed in place. Brackets in a title, as in
            ``Saga (de)``, set apart a language or a part, not other data.
    """
    title = dataset.get("name")
    if not isinstance(title, Scalar) or title == name or "(" in title:
        return None
    form = _SPLIT.sub("", title.strip()).lower()
    return None if not form or form == titles.setdefault(str(name), form) else title


_SPLIT = bounded(r"\s+(?:test|train|dev|validation)(?: set| split)?$", re.IGNORECASE)


def _metrics(
    document: Document, result: dict[str, object], dataset: dict[str, object]
) -> Iterator[Value]:
    metrics = result.get("metrics")
    for metric in metrics if isinstance(metrics, list) else []:
        entry = _mapping(metric)
        for item in _values(entry.get("value")):
            number = numbers.decimal(item)
            if number is None:
                continue
            yield from_scalar(
                document, "evaluation", numbers.tidy(number), item, method=METHOD,
                metric=_text(entry.get("name")) or _text(entry.get("type")),
                dataset=_text(dataset.get("name")) or _text(dataset.get("type")),
                split=_text(dataset.get("split")),
            )  # fmt: skip


def _values(value: object) -> Iterator[Scalar]:
    """Return a metric's values: usually one, of some metrics several by name or in a list."""
    if isinstance(value, Scalar):
        yield value
    elif isinstance(value, dict):
        yield from (item for item in value.values() if isinstance(item, Scalar))
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, Scalar))


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, Scalar) else ""
