"""The JSON of fields that language models read in cards for PeaTMOSS.

It is an object of model → fields; in place of the fields stands the text of an error where the
language model, or the card, did not answer. Two forms are known: of the pipeline with GPT-4, and of
the earlier one with GPT-3.5.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.sources.peatmoss.models import as_name
from miner.pipelines.sources.records.values import excerpt, storable
from miner.schema.redact import redact

_FIELDS = {
    "model_task": "task",
    "model_tasks": "task",
    "frameworks": "library",
    "libraries": "library",
    "datasets": "training_dataset",
    "license": "license",
    "github_repo": "repository",
    "github": "repository",
    "paper": "paper",
    "base_model": "base_model",
    "upstream_model": "base_model",
    "parameter_count": "parameter_count",
    "carbon_emitted": "carbon_emitted",
    "limitation_and_bias": "limitation_and_bias",
    "demo": "demo",
    "code_demo": "demo",
    "grant": "funding",
    "input_format": "input_format",
    "output_format": "output_format",
    "language": "language",
    "vocabulary_size": "vocabulary_size",
    "max_length": "context_length",
    "max_sequence_length": "context_length",
}
"""Their field → miner's."""

_HARDWARE = {
    "hardware_name": "hardware",
    "hours_used": "training_time",
    "cloud_provider": "cloud_provider",
    "compute_region": "compute_region",
}
_NAMES = ("dataset_name", "model_name", "paper title", "paper_title", "name", "url", "paper_url")
_NOTHING = frozenset({
    "", "n/a", "na", "none", "null", "unknown", "not specified", "not provided", "not mentioned",
    "not available", "not stated",
})  # fmt: skip
_ERRORS = ("error code:", "traceback", "client error", "this model's maximum context length",
           "rate limit reached", "404 client")  # fmt: skip
_MAX_VALUE = 2_000
_MAX_VALUES = 500
GPT_4, GPT_35 = "gpt-4-1106-preview", "gpt-3.5-turbo"


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value of a field; ``qualifiers`` say what it is of."""

    field: str
    text: str
    qualifiers: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(slots=True)
class ModelFields:
    """What a language model gave for one card.

    Attributes:
        name: Name of the model.
        llm: Name of the language model.
        values: Its values.
        error: Why there are none: the kind of text that stands in their place; empty: there are.
        left_out: Values that are error texts, too many, or of no field that miner has.
    """

    name: str
    llm: str = GPT_4
    values: list[FieldValue] = dataclasses.field(default_factory=list)
    error: str = ""
    left_out: int = 0


def read_fields(path: Path) -> Iterator[ModelFields]:
    """Yield what a file says of each model.

    Raises:
        ConfigurationError: There is no such file.
        InvalidData: It is no JSON, or no object of models.
    """
    if not path.is_file():
        raise ConfigurationError(
            f"there is no file {path}",
            next_step="miner import peatmoss PeaTMOSS.db --fields final_result.json",
        )
    try:
        content = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InvalidData(
            f"{path} is no JSON: {error}", next_step="get the file again, or leave out --fields"
        ) from error
    if not isinstance(content, dict):
        raise InvalidData(
            f"{path} is no object of models with their fields",
            next_step="name the dataset's file of extracted metadata, or leave out --fields",
        )
    for name, value in content.items():
        yield _read(storable(name), value)


def _read(name: str, content: object) -> ModelFields:
    found = ModelFields(name)
    if not isinstance(content, dict):
        found.error = f"{type(content).__name__} in place of fields"
        return found
    if "model_type" in content or "upstream_model" in content:
        found.llm = GPT_35
    for key, value in content.items():
        if key == "hyper_parameters":
            _settings(found, value)
        elif key == "evaluation":
            _results(found, value)
        elif key == "hardware" and isinstance(value, dict):
            for part, text in value.items():
                _add(found, _HARDWARE.get(part), text)
        else:
            wanted = "hardware" if key == "hardware" else _FIELDS.get(key)
            for item in value if isinstance(value, list) else [value]:
                _add(found, wanted, _named(item))
    return found


def _named(item: object) -> object:
    """Return the name in an object that has one."""
    if isinstance(item, dict):
        return next((item[key] for key in _NAMES if item.get(key)), None)
    return item


def _settings(found: ModelFields, value: object) -> None:
    if isinstance(value, dict):
        value = [{"hyper_parameter": key, "value": text} for key, text in value.items()]
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict) and (name := as_name(item.get("hyper_parameter"))):
            _add(found, "hyperparameter", item.get("value"), name=name)


def _results(found: ModelFields, value: object) -> None:
    if isinstance(value, dict):
        value = [{"test": key, "result": text} for key, text in value.items()]
    for item in value if isinstance(value, list) else []:
        if not isinstance(item, dict):
            continue
        parts: dict[str, Any] = {
            "metric": item.get("test/metric") or item.get("test") or item.get("metric"),
            "dataset": item.get("dataset"),
        }
        named = {key: str(text) for key, text in parts.items() if isinstance(text, str) and text}
        _add(found, "evaluation", item.get("result"), **named)


def _add(found: ModelFields, wanted: str | None, value: object, **qualifiers: str) -> None:
    """Add a value; what says nothing is no value, and an error text is left out."""
    text = (as_name(value) or "").strip()
    if text.lower() in _NOTHING:
        return
    is_error = any(mark in text.lower()[:200] for mark in _ERRORS)
    if wanted is None or is_error or len(found.values) >= _MAX_VALUES:
        found.left_out += 1
        return
    safe = redact(storable(text[:_MAX_VALUE])).text
    shown = {key: redact(excerpt(words)).text for key, words in qualifiers.items()}
    found.values.append(FieldValue(wanted, safe, shown))
