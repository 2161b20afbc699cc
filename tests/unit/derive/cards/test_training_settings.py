"""Training data in the settings of a trainer that a card shows."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.cards.rule_extractor import extract


def _read(block: str) -> list[object]:
    card = f"# A model\n\nTrained like this:\n\n```yaml\n{block}\n```\n"
    values = [one for one in extract(card, "some/tuned") if one.field == "training_dataset"]
    assert all(card[one.start : one.end] == one.quote == one.value for one in values)
    return [one.value for one in values]


@pytest.mark.parametrize(
    ("block", "names"),
    [
        (
            "base_model: some/base\ndatasets:\n  - path: some/first\n    type: sharegpt\n"
            "  - path: 'other/second' # filtered\nval_set_size: 0.05",
            ["some/first", "other/second"],
        ),
        (
            "defaults:\n  learning_rate: 1e-5\n  datasets:\n    - squad_v2\n    - xsum:\n"
            "        fraction: 0.5\n    - gsm8k\n  cache_dir: none\n",
            ["squad_v2", "xsum", "gsm8k"],
        ),
        ("model: some/base\ndatasets:\n- some/first\nother:\n- some/second\n", ["some/first"]),
        ("model: some/base\r\ndatasets:\r\n- some/first\r\n", ["some/first"]),
    ],
)
def test_lists_of_datasets_are_read(block: str, names: list[str]) -> None:
    assert _read(block) == names


@pytest.mark.parametrize(
    "block",
    [
        "base_model: some/base\ndatasets:\n  - path: /workspace/merged.jsonl\n    type: sharegpt",
        "base_model: some/base\ndatasets:\n  - path: merged_all.json\n    ds_type: json",
        "base_model: some/base\ndatasets:\n  - path: some/merged.parquet",
        "datasets:\n  - some/first\n",  # the settings of what, nobody says
        "base_model: some/base\ndatasets:\n",
    ],
)
def test_files_and_lists_without_a_trainer_name_no_data(block: str) -> None:
    assert _read(block) == []
