"""Rows of dumps become records of the hub's own shape."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from miner.pipelines.sources.hubs.huggingface.dump_rows import read_row
from miner.pipelines.sources.hubs.huggingface.records import read_model

NAME = {"id": "acme/model"}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("cardData", '{"license": "mit", "language": null}', {"license": "mit", "language": None}),
        ("cardData", {"license": "mit", "language": None}, {"license": "mit"}),
        ("cardData", '{"score": NaN}', {"score": pytest.approx(float("nan"), nan_ok=True)}),
        ("cardData", "license: mit", "license: mit"),
        ("safetensors", {"parameters": {"BF16": 7, "F16": None}, "total": 7},
         {"parameters": {"BF16": 7}, "total": 7}),
        ("safetensors", {"parameters": [("BF16", 7)], "total": 7},
         {"parameters": {"BF16": 7}, "total": 7}),
        ("safetensors", '{"parameters": {"F32": 9}, "total": 9}',
         {"parameters": {"F32": 9}, "total": 9}),
        ("baseModels", {"relation": "quantized", "models": [{"_id": "1", "id": "acme/base"}]},
         {"relation": "quantized", "models": [{"_id": "1", "id": "acme/base"}]}),
        ("siblings", ["README.md"], [{"rfilename": "README.md"}]),
        ("siblings", [{"rfilename": "README.md", "size": None}], [{"rfilename": "README.md"}]),
        ("tags", '["license:mit", "gguf"]', ["license:mit", "gguf"]),
        ("tags", "license:mit", "license:mit"),
        ("createdAt", "2024-01-02 03:04:05.678000Z", "2024-01-02 03:04:05.678000Z"),
        ("library_name", b"transformers", "transformers"),
        ("downloads", Decimal(12), "12"),
        ("downloads", 12.0, 12.0),
    ],
)  # fmt: skip
def test_values_take_the_shape_that_the_hub_gives(field: str, value: Any, expected: Any) -> None:
    assert read_row({**NAME, field: value}) == {**NAME, field: expected}


@pytest.mark.parametrize(
    ("field", "nothing"),
    [("cardData", None), ("cardData", ""), ("cardData", "null"), ("downloads", float("nan")),
     ("baseModels", {"relation": None, "models": None}), ("config", {"model_type": None})],
)  # fmt: skip
def test_what_says_nothing_is_left_out(field: str, nothing: Any) -> None:
    assert read_row({**NAME, field: nothing}) == NAME


def test_a_row_says_what_the_record_says() -> None:
    record = {
        "_id": "a" * 24,
        "id": "acme/model",
        "author": "acme",
        "createdAt": "2024-01-02T03:04:05.000Z",
        "lastModified": "2024-02-02T03:04:05.000Z",
        "downloads": 12,
        "tags": ["license:mit", "base_model:acme/base"],
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "cardData": {"license": "mit", "datasets": ["acme/data"], "language": ["en", False]},
        "config": {"model_type": "llama", "architectures": ["LlamaForCausalLM"]},
        "safetensors": {"parameters": {"BF16": 7_000}, "total": 7_000},
        "baseModels": {"relation": "finetune", "models": [{"_id": "b" * 24, "id": "acme/base"}]},
        "siblings": [{"rfilename": "README.md"}],
    }
    row: dict[str, Any] = dict(record)
    row["cardData"] = json.dumps(record["cardData"])
    row["safetensors"] = {"parameters": {"BF16": 7_000, "F32": None, "I8": None}, "total": 7_000}
    for name in ("createdAt", "lastModified"):
        moment = datetime.fromisoformat(str(record[name])).astimezone(UTC)
        row[name] = moment.strftime("%Y-%m-%d %H:%M:%S.%f") + "Z"
    expected, read = read_model(record), read_model(read_row(row))
    assert read._replace(digest="") == expected._replace(digest="")
    assert not read.problems
