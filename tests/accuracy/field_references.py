"""What others say of models, from files beside their cards: sizes and bases, by hand or measured.

Files are known by name; what a row holds of use::

    mteb_model_meta.jsonl                 name, n_parameters, n_embedding_parameters
    embedding_benchmark_model_meta.jsonl  the same
    helm_model_metadata.jsonl             hf_id or else name, num_parameters
    timm_models.jsonl                     id, param_count_millions
    xinference_llm_specs.jsonl            id, size_in_billions, activated_size_in_billions
    llm_architecture_annotations.jsonl    id, total_params
    models.jsonl                          id, safetensors.total or else gguf.total
    lineage_edges.csv                     parent, child, relation
"""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from miner.errors import ConfigurationError, InvalidData
from miner.schema.vocab import RELATION_SPELLINGS, Relation

EDGES = "lineage_edges.csv"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of parameters that a source gives for a model.

    Attributes:
        source: Name of the file, without ending.
        value: Parameters.
        step: Parameters; the last digit that the source writes.
        others: Further counts of the same source by what they count: active parameters, those
            without embeddings.
    """

    source: str
    value: float
    step: float
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class StatedBase:
    """A base that a source gives for a model."""

    name: str
    relation: str


@dataclass(frozen=True, slots=True)
class References:
    """What the files say, by model in lower case."""

    figures: dict[str, list[Figure]]
    bases: dict[str, list[StatedBase]]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where a file of JSON lines keeps ids and counts, and what a unit of the count is."""

    ids: tuple[str, ...]
    count: tuple[str, ...]
    scale: int = 1
    active: str = ""
    embeddings: str = ""


_MTEB = _Kind(("name",), ("n_parameters",), embeddings="n_embedding_parameters")
_KINDS = {
    "mteb_model_meta": _MTEB,
    "embedding_benchmark_model_meta": _MTEB,
    "helm_model_metadata": _Kind(("hf_id", "name"), ("num_parameters",)),
    "timm_models": _Kind(("id",), ("param_count_millions",), 10**6),
    "xinference_llm_specs": _Kind(
        ("id",), ("size_in_billions",), 10**9, active="activated_size_in_billions"
    ),
    "llm_architecture_annotations": _Kind(("id",), ("total_params",)),
    "models": _Kind(("id",), ("safetensors.total", "gguf.total")),
}


def read_references(folders: Iterable[Path]) -> References:
    """Read the files of folders that are known by name.

    Args:
        folders: Folders that hold such files, or hold them in a folder ``truth``.

    Raises:
        ConfigurationError: No such file is there.
        InvalidData: A file cannot be read.
    """
    figures: dict[str, list[Figure]] = defaultdict(list)
    bases: dict[str, list[StatedBase]] = defaultdict(list)
    read: list[str] = []
    places = [place for folder in folders for place in (folder, folder / "truth")]
    for path in (place / f"{name}.jsonl" for place in places for name in _KINDS):
        if path.exists():
            read.append(path.stem)
            for model, figure in _figures(path, _KINDS[path.stem]):
                if figure not in figures[model]:
                    figures[model].append(figure)
    for path in (place / EDGES for place in places):
        if path.exists():
            read.append(path.stem)
            for model, base in _bases(path):
                bases[model].append(base)
    if not read:
        raise ConfigurationError(
            f"no file to compare with in {', '.join(str(folder) for folder in places[::2])}",
            next_step=f"give a folder with one of {', '.join(f'{n}.jsonl' for n in _KINDS)} "
            f"or {EDGES}",
        )
    return References(dict(figures), dict(bases), tuple(dict.fromkeys(read)))


def step_of(count: float) -> float:
    """Return the last digit a whole count is written with: at most one of K, M, B or T."""
    if count != int(count) or count <= 0:
        return 1.0
    digits = str(int(count))
    zeros = len(digits) - len(digits.rstrip("0"))
    return float(min(10**zeros, 1000 ** ((len(digits) - 1) // 3)))


def _figures(path: Path, kind: _Kind) -> Iterator[tuple[str, Figure]]:
    for row in _rows(path):
        model = next((row[key] for key in kind.ids if row.get(key)), None)
        values = ((key, _value_at(row, key)) for key in kind.count)
        text = next((text for _, text in values if text is not None), None)
        number = _number(text)
        if not isinstance(model, str) or number is None or number <= 0:
            continue
        value = number * kind.scale
        others = []
        active = _number(row.get(kind.active))
        if active:
            others.append(("active parameters", active * kind.scale))
        embeddings = _number(row.get(kind.embeddings))
        if embeddings:
            others.append(("without embeddings", value - embeddings))
        yield (
            model.lower(),
            Figure(path.stem, value, _step(text, value, kind.scale), tuple(others)),
        )


def _value_at(row: Mapping[str, Any], key: str) -> object:
    values: object = row
    for part in key.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _number(text: object) -> float | None:
    """Return a number; some files write 1.5 as 1_5."""
    if text is None or isinstance(text, bool):
        return None
    try:
        number = float(str(text).replace("_", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _step(text: object, value: float, scale: int) -> float:
    if scale == 1:
        return step_of(value)
    decimals = len(str(text).replace("_", ".").partition(".")[2])
    return float(scale / 10**decimals)


def _bases(path: Path) -> Iterator[tuple[str, StatedBase]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                relation = RELATION_SPELLINGS.get(row["relation"].lower(), Relation.UNKNOWN)
                yield row["child"].lower(), StatedBase(row["parent"], relation.value)
    except (OSError, ValueError, KeyError, AttributeError, csv.Error) as error:
        raise InvalidData(
            f"cannot read {path}: {error!r}",
            next_step="give a CSV with the columns parent, child and relation",
        ) from error


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if not line.strip():
                    continue
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise InvalidData(f"{path}:{number} is no JSON object")
                yield row
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidData(f"cannot read {path}: {error}") from error
