"""What metadata and tags say of a model's origins: bases, datasets, papers, licenses.

The same rules read a listing's ``cardData`` and a card's own front matter; only the source and
the spans differ.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from miner.pipelines.sources.records.facts import (
    DatasetUse,
    Edge,
    License,
    PaperUse,
    Span,
    Statements,
)
from miner.pipelines.sources.records.values import Reader, storable
from miner.schema.patterns import bounded
from miner.schema.vocab import (
    RELATION_SPELLINGS,
    DatasetRole,
    PaperRole,
    Relation,
    Source,
)

MAX_NAME = 300
_HUB_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/", re.IGNORECASE)
_ARXIV_NEW = re.compile(r"([0-8]\d)(0[1-9]|1[0-2])\.\d{4,5}", re.ASCII)
_ARXIV_OLD = bounded(
    r"[a-z-]+(?:\.[a-z]{2})?/([09]\d)(0[1-9]|1[0-2])\d{3}", re.ASCII | re.IGNORECASE
)
_VERSION = re.compile(r"v\d+$", re.ASCII)

_QUANTIZED_LIBRARIES = frozenset({"gguf", "exllamav2", "mlx", "ctranslate2"})
_QUANTIZED_TAGS = frozenset({"gguf", "gptq", "awq", "exl2", "exl3", "4-bit", "8-bit", "bnb"})
_ADAPTER_TAGS = frozenset({"lora", "peft", "adapter", "qlora"})
_MERGE_TAGS = frozenset({"merge", "mergekit", "lazymergekit"})

_TAG = Source.TAG.value  # members' values are looked up once: this runs for every tag of the Hub
_INFERRED = Source.INFERRED.value
_UNKNOWN = Relation.UNKNOWN.value
_TRAINED_ON = DatasetRole.TRAINED_ON.value
_EVALUATED_ON = DatasetRole.EVALUATED_ON.value
_CITES = PaperRole.CITES.value

SpanOf = Callable[[str], Span | None]
"""Where a value stands in its card, by the value itself; None where there is no card."""


def no_span(_: str) -> Span | None:
    """Say that a value has no place in a card."""
    return None


def clean_name(text: str, kind: str = "") -> str:
    """Return a model's or dataset's name: trimmed, an address of the hub reduced to the name."""
    name = text.strip().strip("\"'")
    if name.count("/") == 1 or not name:
        return name[:MAX_NAME]
    if _HUB_ADDRESS.match(name):
        path = _HUB_ADDRESS.sub("", name).split("?")[0].split("#")[0].strip("/")
        parts = [part for part in path.split("/") if part]
        if parts and parts[0] in {"datasets", "models"}:
            parts = parts[1:]
        name = "/".join(parts[:2])
    elif kind and name.startswith(f"{kind}/") and name.count("/") >= 2:
        name = name.removeprefix(f"{kind}/")
    return name[:MAX_NAME]


def arxiv_id(text: str) -> str | None:
    """Return the arXiv id in a text that is one, without its version, else None."""
    bare = _VERSION.sub("", text.strip())
    if _ARXIV_NEW.fullmatch(bare) or _ARXIV_OLD.fullmatch(bare):
        return bare.lower()
    return None


def arxiv_month(identifier: str) -> str:
    """Return the first day of the month that an arXiv id names, as a date text.

    Source: arXiv's identifier scheme, ``YYMM.number`` since 2007-04, ``archive/YYMMnumber`` before.
    """
    match = _ARXIV_NEW.fullmatch(identifier) or _ARXIV_OLD.fullmatch(identifier)
    if match is None:
        raise ValueError(f"no arXiv id: {identifier!r}")
    year = int(match[1])
    return f"{1900 + year if year > 90 else 2000 + year}-{match[2]}-01"


@dataclass(slots=True)
class Tags:
    """Tags by what they say. Order kept, duplicates dropped."""

    licenses: list[str]
    datasets: list[str]
    papers: list[str]
    bases: dict[str, str]


def read_tags(tags: Iterable[str]) -> Tags:
    """Sort the tags that speak of origins.

    ``base_model:o/n`` names a base, ``base_model:quantized:o/n`` its relation too.
    """
    found = Tags([], [], [], {})
    for tag in tags:
        if ":" not in tag:
            continue
        prefix, _, rest = tag.partition(":")
        if not rest:
            continue
        if prefix == "license":
            found.licenses.append(rest)
        elif prefix == "dataset":
            found.datasets.append(clean_name(rest, "datasets"))
        elif prefix == "arxiv" and (identifier := arxiv_id(rest)):
            found.papers.append(identifier)
        elif prefix == "base_model":
            _read_base_tag(found.bases, rest)
    return found


def _read_base_tag(bases: dict[str, str], text: str) -> None:
    relation, colon, name = text.partition(":")
    known = RELATION_SPELLINGS.get(relation.lower()) if colon else None
    if known is None:
        bases.setdefault(clean_name(text), _UNKNOWN)
    else:
        bases[clean_name(name)] = known.value
    bases.pop("", None)


def read_licenses(
    reader: Reader, card: Mapping[str, object], source: str, span_of: SpanOf
) -> list[License]:
    """Return the licenses that metadata states: a key, or a list of keys."""
    keys = reader.texts("license", card.get("license"))
    if not keys:
        return []
    name = reader.text("license_name", card.get("license_name"))
    link = reader.text("license_link", card.get("license_link"))
    return [
        License(source, position, key, key.strip().lower(), name, link, "weights", span_of(key))
        for position, key in enumerate(keys)
        if key.strip()
    ]


def read_edges(
    reader: Reader, card: Mapping[str, object], source: str, span_of: SpanOf
) -> list[Edge]:
    """Return the bases that metadata names, with the relation where it says one."""
    texts = reader.texts("base_model", card.get("base_model"))
    if not texts:
        return []
    stated = reader.text("base_model_relation", card.get("base_model_relation")) or ""
    relation = RELATION_SPELLINGS.get(stated.strip().lower(), Relation.UNKNOWN).value
    edges = {}
    for text in texts:
        if base := clean_name(text):
            edges[base] = Edge(base, relation, source, source, span_of(text))
    return list(edges.values())


def read_datasets(
    reader: Reader, card: Mapping[str, object], source: str, span_of: SpanOf
) -> list[DatasetUse]:
    """Return the datasets that metadata names: trained on, and those that results are on."""
    field = "datasets" if card.get("datasets") is not None else "dataset"
    uses = {}
    for text in reader.texts(field, card.get(field)):
        if name := clean_name(text, "datasets"):
            use = DatasetUse(name, _TRAINED_ON, source, span_of(text))
            uses[name, _TRAINED_ON] = use
    for text in _evaluated(card.get("model-index")):
        if name := clean_name(text, "datasets"):
            use = DatasetUse(name, _EVALUATED_ON, source, span_of(text))
            uses.setdefault((name, _EVALUATED_ON), use)
    return list(uses.values())


def _evaluated(index: object) -> Iterable[str]:
    """Yield the datasets of a model-index; whatever has another shape is passed over."""
    for entry in index if isinstance(index, list) else []:
        results = entry.get("results") if isinstance(entry, dict) else None
        for result in results if isinstance(results, list) else []:
            dataset = result.get("dataset") if isinstance(result, dict) else None
            if isinstance(dataset, dict):
                name = dataset.get("type") or dataset.get("name")
                if isinstance(name, str):
                    yield storable(name)


def from_card(
    reader: Reader, card: Mapping[str, object], source: str, span_of: SpanOf = no_span
) -> Statements:
    """Return all that a card's metadata says of origins."""
    return Statements(
        edges=read_edges(reader, card, source, span_of),
        datasets=read_datasets(reader, card, source, span_of),
        licenses=read_licenses(reader, card, source, span_of),
    )


def from_tags(tags: Tags) -> Statements:
    """Return what tags say of origins."""
    return Statements(
        edges=[Edge(base, relation, _TAG, _TAG) for base, relation in tags.bases.items()],
        datasets=[
            DatasetUse(name, _TRAINED_ON, _TAG) for name in dict.fromkeys(tags.datasets) if name
        ],
        papers=[PaperUse(paper, _CITES, _TAG) for paper in dict.fromkeys(tags.papers)],
        licenses=[
            License(_TAG, position, key, key.strip().lower(), None, None, "weights")
            for position, key in enumerate(tags.licenses)
        ],
    )


def fill_relations(
    edges: list[Edge], library: str | None, tags: set[str], has_files: bool
) -> list[Edge]:
    """Fill the relations that a source leaves open from the other sources, else by inference."""
    if not edges:
        return edges
    relations: dict[str, tuple[str, str]] = {}
    for edge in edges:
        if edge.relation != _UNKNOWN:
            relations.setdefault(edge.parent.lower(), (edge.relation, edge.relation_source))
    # by source: the hub may tell a base's new name where its card has the old one
    counts = Counter(source for source, _ in {(e.source, e.parent.lower()) for e in edges})
    inferred = _infer_relation(max(counts.values()), library, tags, has_files)
    return [
        edge
        if edge.relation != _UNKNOWN
        else Edge(
            edge.parent,
            *relations.get(edge.parent.lower(), (inferred.value, _INFERRED)),
            edge.source,
            edge.span,
        )
        for edge in edges
    ]


def _infer_relation(
    base_count: int, library: str | None, tags: set[str], has_files: bool
) -> Relation:
    """Infer a relation that nobody stated, from library and tags; unknown where they are silent."""
    lower = {tag.lower() for tag in tags}
    if library == "peft" or lower & _ADAPTER_TAGS:
        return Relation.ADAPTER
    if library in _QUANTIZED_LIBRARIES or lower & _QUANTIZED_TAGS:
        return Relation.QUANTIZED
    if base_count > 1 or lower & _MERGE_TAGS:
        return Relation.MERGE
    if "distillation" in lower or "distilled" in lower:
        return Relation.DISTILL
    return (
        Relation.FINETUNE if has_files and "generated_from_trainer" in lower else Relation.UNKNOWN
    )
