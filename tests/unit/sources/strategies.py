"""What strangers may send: JSON, cards and pages of any shape, and what must hold of the answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from miner.pipelines.sources.records.facts import DatasetFacts, ModelFacts, Problem

any_text = st.text(st.characters(), max_size=40)  # lone surrogates and NUL too
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**40), max_value=10**40),
    st.floats(),
    any_text,
    st.sampled_from(["", "mit", "a/b", "no", "2024-01-01", "9999-12-31T23:59:59-12:00", "\ud800"]),
)
any_json = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(any_text, inner, max_size=4)
    ),
    max_leaves=12,
)

CARD_KEYS = (
    "license", "license_name", "license_link", "base_model", "base_model_relation", "language",
    "languages", "datasets", "dataset", "tags", "library_name", "model-index", "self",
    "pipeline_tag",
)  # fmt: skip
RECORD_KEYS = (
    "_id", "author", "createdAt", "lastModified", "sha", "pipeline_tag", "library_name", "tags",
    "cardData", "model-index", "siblings", "config", "gguf", "safetensors", "baseModels",
    "downloads", "downloadsAllTime", "likes", "private", "disabled", "gated", "usedStorage", "self",
)  # fmt: skip


def _objects(*keys: str) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(keys), any_json, max_size=4)


_card_data = st.dictionaries(st.sampled_from(CARD_KEYS), any_json, max_size=6)
_nested = st.one_of(
    any_json,
    _card_data,
    _objects("total", "parameters", "architecture", "context_length"),
    _objects("model_type", "architectures", "quantization_config"),
    _objects("relation", "models"),
    st.fixed_dictionaries({"relation": any_json, "models": st.lists(_objects("_id", "id"))}),
    st.fixed_dictionaries({"parameters": st.dictionaries(any_text, any_json, max_size=3)}),
    st.lists(_objects("rfilename", "size", "lfs"), max_size=3),
    st.lists(
        st.fixed_dictionaries(
            {"rfilename": any_text, "size": any_json, "lfs": _objects("sha256", "size")}
        ),
        max_size=3,
    ),
    st.lists(
        st.fixed_dictionaries(
            {"results": st.lists(st.fixed_dictionaries({"dataset": _objects("type", "name")}))}
        ),
        max_size=2,
    ),
)
records = st.builds(
    lambda name, rest: {"id": name, **rest},
    st.one_of(st.just("owner/name"), any_json),
    st.dictionaries(st.sampled_from(RECORD_KEYS), _nested, max_size=8),
)


def leaves(value: object) -> Iterator[object]:
    """Yield every text, number and None inside facts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for item in dataclasses.fields(value):
            yield from leaves(getattr(value, item.name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(key)
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def assert_storable(facts: object) -> None:
    """Check that every store can hold all of it: UTF-8 without NUL, numbers of 63 bits."""
    for leaf in leaves(facts):
        assert leaf is None or isinstance(leaf, str | int)
        if isinstance(leaf, str):
            leaf.encode("utf-8")
            assert "\x00" not in leaf
        elif leaf is not None:
            assert 0 <= leaf <= 2**63 - 1


def problems_of(facts: ModelFacts | DatasetFacts) -> dict[str, str]:
    """Return field and reason of each problem."""
    return _by_field(facts.problems)


def _by_field(problems: list[Problem]) -> dict[str, str]:
    return {problem.field: problem.reason for problem in problems}


def nested(depth: int) -> Any:
    """Return a list in a list … ``depth`` deep, as a decoder would."""
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value
