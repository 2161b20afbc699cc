"""What the front matter declares: license, bases, data, languages, library, task, carbon."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards import numbers
from miner.pipelines.derive.cards.card_words import LANGUAGE_CODES
from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.known_names import LIBRARY_TAGS, TASK_TAGS, TASKS
from miner.pipelines.derive.cards.make import from_scalar
from miner.pipelines.derive.cards.value import Value
from miner.pipelines.sources.records.front_matter import Scalar
from miner.pipelines.sources.records.statements import clean_name
from miner.schema.patterns import bounded
from miner.schema.vocab import RELATION_SPELLINGS

METHOD = "front-matter"
_QUANTIZED = re.compile(
    r"(?:^|[-_.])(?:gguf|ggml|gptq|awq|exl2|exl3|bnb|int[48]|[48]bits?|fp8|mlx|q\d_\w+|quantized)",
    re.IGNORECASE,
)
_CODES = frozenset({*LANGUAGE_CODES.values(), *(c for c in LANGUAGE_CODES if len(c) == 3)})
_NO_DATASETS = frozenset({"none", "null", "n/a", "unknown", "custom", "private", "generator"})
_NO_LANGUAGES = frozenset({"code", "none", "n/a"})
_GRAMS = 1000


def scalars(value: object) -> list[Scalar]:
    """Return the texts of a value that is one or a list of them."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Scalar) and item.strip()]


def read(document: Document) -> Iterator[Value]:
    """Read the front matter."""
    data = document.front.data
    if not data:
        return
    yield from _license(document, data)
    yield from _bases(document, data)
    for item in scalars(data.get("datasets")) or scalars(data.get("dataset")):
        if item.strip().lower() not in _NO_DATASETS:
            yield from_scalar(
                document, "training_dataset", clean_name(item, "datasets"), item, method=METHOD
            )
    yield from _languages(document, data)
    yield from _library_and_task(document, data)
    yield from _carbon(document, data)
    for key in ("prompt_template", "instance_prompt", "trained_words", "trigger_words"):
        for template in scalars(data.get(key))[:1]:
            if template.strip().lower() not in {"null", "none", "n/a"}:
                yield from_scalar(
                    document, "input_format", template.strip(), template, method=METHOD
                )


def _license(document: Document, data: dict[str, object]) -> Iterator[Value]:
    for item in scalars(data.get("license")):
        name = data.get("license_name")
        value, scalar = item.strip(), item
        if value.lower() == "other" and isinstance(name, Scalar) and name.strip():
            value, scalar = name.strip(), name
        if value.lower() not in {"none", "null", "n/a"}:
            yield from_scalar(document, "license", value, scalar, method=METHOD)


def relation(document: Document, data: dict[str, object], count: int) -> str:
    """Return how this model was derived from the bases that its front matter names."""
    declared = data.get("base_model_relation")
    if isinstance(declared, Scalar) and declared.strip().lower() in RELATION_SPELLINGS:
        return RELATION_SPELLINGS[declared.strip().lower()].value
    tags = {tag.lower() for tag in scalars(data.get("tags"))}
    library = str(data.get("library_name") or "").lower()
    if _QUANTIZED.search(document.name) or tags & {"gguf", "gptq", "awq", "exl2", "ggml"}:
        return "quantized"
    if tags & {"merge", "mergekit", "lazymergekit", "frankenmoe"} or count > 1:
        return "merge"
    if library in {"peft", "adapter-transformers"} or tags & {"lora", "peft", "adapter", "qlora"}:
        return "adapter"
    return "finetune"


def _bases(document: Document, data: dict[str, object]) -> Iterator[Value]:
    items = scalars(data.get("base_model")) or scalars(data.get("base_models"))
    kind = relation(document, data, len(items))
    for item in items:
        name = clean_name(item)
        if name and name.lower() not in {"none", "null", "n/a"} and name != document.model:
            yield from_scalar(document, "base_model", name, item, method=METHOD, relation=kind)


def _languages(document: Document, data: dict[str, object]) -> Iterator[Value]:
    items = scalars(data.get("language")) or scalars(data.get("languages"))
    for item in items:
        for part in bounded(r"[,\s]+").split(item.strip()) if "," in item else [item.strip()]:
            if part and part.lower() not in _NO_LANGUAGES:
                code = LANGUAGE_CODES.get(part.lower(), part)
                yield from_scalar(document, "language", code, item, method=METHOD)
    if not items:
        for tag in scalars(data.get("tags")):
            if tag in _CODES and len(tag) == 2 and tag not in {"or", "so", "no", "as", "is", "it"}:
                yield from_scalar(document, "language", str(tag), tag, method="tag")


def _library_and_task(document: Document, data: dict[str, object]) -> Iterator[Value]:
    tags = scalars(data.get("tags"))
    for key in ("library_name", "library_tag", "library"):
        for item in scalars(data.get(key)):
            yield from_scalar(document, "library", item.strip(), item, method=METHOD)
    for tag in tags:
        if tag.strip().lower() in LIBRARY_TAGS:
            yield from_scalar(document, "library", tag.strip(), tag, method="tag")
    declared = scalars(data.get("pipeline_tag")) or [
        item for item in scalars(data.get("task")) if item.strip() in TASKS
    ]
    for item in declared[:1]:
        yield from_scalar(document, "task", item.strip(), item, method=METHOD)
    if not declared:
        named = [(tag.strip().lower(), tag) for tag in tags if tag.strip().lower() in TASKS]
        meant = [(TASK_TAGS[low], tag) for tag in tags if (low := tag.strip().lower()) in TASK_TAGS]
        for task, tag in (named or meant)[:1]:
            yield from_scalar(document, "task", task, tag, method="tag")


def _carbon(document: Document, data: dict[str, object]) -> Iterator[Value]:
    """Read ``co2_eq_emissions``, which the Hub defines in grams."""
    carbon = data.get("co2_eq_emissions")
    amount = carbon.get("emissions") if isinstance(carbon, dict) else carbon
    if isinstance(amount, Scalar):
        grams = numbers.decimal(amount.replace("_", ""))  # YAML may set thousands apart so
        if grams:
            yield from_scalar(
                document,
                "carbon_emitted",
                round(grams / _GRAMS, 15),
                amount,
                method=METHOD,
                unit="kgCO2eq",
            )
    if not isinstance(carbon, dict):
        return
    for key, field in (("hardware_used", "hardware"), ("geographical_location", "compute_region")):
        item = carbon.get(key)
        if isinstance(item, Scalar) and item.strip().lower() not in {"", "unknown", "n/a"}:
            yield from _used(document, field, item)


def _used(document: Document, field: str, item: Scalar) -> Iterator[Value]:
    from_count = bounded(r"(\d{1,5})\s*(?:x|×)?\s+(?=\D)").match(item)
    count = int(from_count[1]) if from_count and field == "hardware" else None
    value = item[from_count.end() :] if from_count and count else str(item)
    yield from_scalar(document, field, value.strip(), item, method=METHOD, count=count)
