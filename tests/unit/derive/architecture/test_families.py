"""The table of families: complete, at one with itself, and not needed to read a plain config."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from miner.errors import ConfigurationError
from miner.pipelines.derive.architecture.structure import read_structure
from miner.schema import moe
from miner.schema.moe import MoeFamily, load_families, stem

TABLE = load_families()
SIZES = {"hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4, "vocab_size": 128,
         "intermediate_size": 96}  # fmt: skip
READABLE = [
    row
    for row in TABLE.rows.values()
    if row.types and row.keys["experts"] and row.keys["top_k"] and row.when != "never"
]


def nested(keys: dict[str, object]) -> dict[str, object]:
    """Return keys with dots as objects."""
    found: dict[str, object] = {}
    for key, value in keys.items():
        *outer, last = key.split(".")
        into = found
        for name in outer:
            into = into.setdefault(name, {})  # type: ignore[assignment]
        into[last] = value
    return found


@pytest.mark.parametrize("family", READABLE, ids=lambda row: row.name)
def test_a_family_is_read_by_its_own_first_keys(family: MoeFamily) -> None:
    keys = {family.keys["experts"][0]: 16, family.keys["top_k"][0]: 4}
    config = SIZES | {"model_type": family.types[0]} | nested(dict(keys))
    if "enable_moe_block" in family.keys["layers"]:
        config["enable_moe_block"] = True
    if "layers_block_type" in family.keys["layers"]:
        config["layers_block_type"] = ["mamba", "moe", "attention", "moe"]
    answer, _ = read_structure(config, TABLE)
    assert (answer.is_moe, answer.moe_family) == (True, family.name)
    assert (answer.expert_count, answer.experts_per_token) == (16, 4)


@pytest.mark.parametrize("family", READABLE, ids=lambda row: row.name)
def test_its_keys_are_read_without_the_table_too(family: MoeFamily) -> None:
    """Every spelling that the table has is found by the words in it."""
    empty = TABLE.without(TABLE.rows)
    for experts in family.keys["experts"]:
        for top_k in family.keys["top_k"]:
            config = SIZES | {"model_type": "unheard_of"} | nested({experts: 16, top_k: 4})
            answer, _ = read_structure(config, empty)
            assert (answer.is_moe, answer.moe_family) == (True, None)
            assert (answer.expert_count, answer.experts_per_token) == (16, 4), (experts, top_k)


def test_every_reader_is_there_and_every_one_is_used() -> None:
    used = {row.reader for row in TABLE.rows.values() if row.reader}
    for name in used:
        importlib.import_module(f"miner.pipelines.derive.architecture.readers.{name}")
    readers = importlib.import_module("miner.pipelines.derive.architecture.readers")
    there = {path.stem for path in Path(readers.__path__[0]).glob("*.py")} - {"__init__"}
    assert used == there


def test_types_classes_and_architectures_lead_to_their_family() -> None:
    for row in TABLE.rows.values():
        assert all(TABLE.of_type(name) is row for name in row.types)
        assert all(TABLE.of_class(name) is row for name in row.classes)
        assert all(TABLE.of_gguf(name) is row for name in row.gguf)
        assert not any(TABLE.is_dense_type(name) for name in row.types)


def test_a_class_names_its_type() -> None:
    assert stem("Qwen2_5_VLForConditionalGeneration") == stem("Qwen2_5_VLModel") == "qwen25vl"
    assert TABLE.is_dense_class("XLMRobertaForSequenceClassification")
    assert TABLE.is_dense_class("GPT2LMHeadModel")
    assert not TABLE.is_dense_class("UnheardOfForCausalLM")


def test_kin_differ_in_their_numbers_alone() -> None:
    without = TABLE.without(["deepseek-v3.2"])
    assert without.of_type("deepseek_v32") is None
    assert without.has_kin("deepseek_v32")
    assert not without.has_kin("llama9"), "types of that name are dense"
    assert not without.has_kin("deepseek_v"), "it has no number"
    assert not without.has_kin("heron9"), "nothing is called so"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("family,title", "name,title"),  # a column is called otherwise
        (",always,mixtral,", ",sometimes,mixtral,"),  # a word that is none
        ("\nqwen3-moe,", "\nmixtral,"),  # two rows of one name
        (",always,mixtral,", ",always,llama,"),  # a type of the other list
        (",8,2,0,top_k shared,", ",8,2,0,top_l,"),  # no column is called so
        (",^zaya,", ",^(zaya,"),  # no pattern
    ],
)
def test_a_table_that_is_at_odds_is_refused(
    old: str, new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(moe.__file__).parent
    text = (folder / "families.csv").read_text("utf-8")
    assert old in text
    (tmp_path / "families.csv").write_text(text.replace(old, new, 1), "utf-8")
    (tmp_path / "dense_types.txt").write_bytes((folder / "dense_types.txt").read_bytes())
    monkeypatch.setattr(moe, "_FOLDER", tmp_path)
    with pytest.raises(ConfigurationError, match="families of experts"):
        load_families.__wrapped__()
