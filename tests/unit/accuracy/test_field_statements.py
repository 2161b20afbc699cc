"""What cards state beside tables of others: when they agree, and what a disagreement may be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from miner.errors import ConfigurationError, InvalidData
from tests.accuracy.field_references import (
    Figure,
    References,
    StatedBase,
    read_references,
)
from tests.accuracy.field_statements import Compared, cards_in, compare, compare_folders

BILLION = 1_000_000_000


def size(value: int, quote: str) -> dict[str, Any]:
    return {"field": "parameter_count", "value": value, "quote": quote}


def base(name: str, relation: str = "finetune") -> dict[str, Any]:
    return {"field": "base_model", "value": name, "relation": relation, "quote": name}


def sizes(row: dict[str, Any] | None, *figures: Figure) -> Compared:
    found = compare(
        [("acme/own", "own.md")],
        References({"acme/own": list(figures)}, {}, ()),
        lambda *_: [] if row is None else [row],
    ).found
    assert len(found) == 1
    return found[0]


def bases(
    rows: list[dict[str, Any]], reference: list[StatedBase], **more: list[StatedBase]
) -> list[list[str]]:
    known = {"acme/own": reference} | {f"acme/{name}": others for name, others in more.items()}
    result = compare([("acme/own", "own.md")], References({}, known, ()), lambda *_: rows)
    return [[one.field, one.verdict, one.stated, one.reference, one.hint] for one in result.found]


@pytest.mark.parametrize(
    ("stated", "quote", "reference", "step", "verdict"),
    [
        (7 * BILLION, "7B", 7.24 * BILLION, 1, "agree"),  # within 5 %
        (7 * BILLION, "7B", 6.6 * BILLION, 1, "agree"),  # rounded as written
        (7 * BILLION, "7.0B", 6.6 * BILLION, 1, "disagree"),
        (7 * BILLION, "7 billion parameters", 7.6 * BILLION, 1, "disagree"),
        (14_800_000_000, "14.8B", 14 * BILLION, BILLION, "disagree"),
        (1_240_000_000, "1.24B", BILLION, BILLION, "agree"),  # the table rounds
        (100 * BILLION, "100B", 140 * BILLION, 1, "disagree"),
        (110_000_000, "110M", 109_482_752, 1, "agree"),
        (12 * BILLION, "none of the digits", 11_327_027_200, 1, "disagree"),
    ],
)
def test_when_counts_agree(
    stated: int, quote: str, reference: float, step: float, verdict: str
) -> None:
    assert sizes(size(stated, quote), Figure("t", reference, step)).verdict == verdict


def test_any_figure_of_a_source_may_agree_and_each_source_is_asked() -> None:
    row = size(7 * BILLION, "7B")
    assert sizes(row, Figure("t", 1.5 * BILLION, 1), Figure("t", 7 * BILLION, 1)).verdict == "agree"
    found = compare(
        [("acme/own", "own.md")],
        References(
            {"acme/own": [Figure("t", BILLION, 1), Figure("u", 7 * BILLION, 1)]},
            {},
            (),
        ),
        lambda *_: [row],
    )
    assert [(one.source, one.verdict) for one in found.found] == [("t", "disagree"), ("u", "agree")]
    assert found.as_dict()["counts"][0]["disagree"] == 1
    assert (found.stated["parameter_count"], found.known["parameter_count"]) == (1, 1)


def test_another_count_of_the_source_explains() -> None:
    figure = Figure("t", 47 * BILLION, 1, (("active parameters", 13 * BILLION),))
    one = sizes(size(13 * BILLION, "13B"), figure)
    assert (one.verdict, one.hint) == ("disagree", "is its count of active parameters")
    figure = Figure("t", 180_000_000, 1, (("without embeddings", 85_000_000),))
    assert sizes(size(85_000_000, "85M"), figure).hint == "is its count without embeddings"


def test_what_only_the_source_says() -> None:
    one = sizes(None, Figure("t", BILLION, 1))
    assert (one.verdict, one.stated, one.reference) == ("only reference", "", "1,000,000,000")


def test_bases_and_their_relations() -> None:
    assert bases([base("Acme/Base", "quantized")], [StatedBase("acme/base", "finetune")]) == [
        ["base_model", "agree", "Acme/Base", "acme/base", ""],
        ["base_model.relation", "disagree", "quantized", "finetune of acme/base", ""],
    ]
    assert bases([base("acme/base", "unknown")], [StatedBase("acme/base", "merge")])[1][1] == (
        "only reference"
    )
    assert bases([base("acme/base")], [StatedBase("acme/base", "unknown")])[1][1] == "only card"


def test_of_several_bases_one_side_may_name_fewer() -> None:
    rows = [base("acme/a", "merge"), base("acme/b", "merge")]
    found = bases(rows, [StatedBase("acme/a", "merge"), StatedBase("acme/c", "merge")])
    assert [one[:4] for one in found if one[0] == "base_model"] == [
        ["base_model", "agree", "acme/a", "acme/a"],
        ["base_model", "only reference", "", "acme/c"],
        ["base_model", "only card", "acme/b", ""],
    ]
    assert bases([], [StatedBase("acme/c", "merge")]) == [
        ["base_model", "only reference", "", "acme/c", ""]
    ]


def test_what_may_explain_another_base() -> None:
    def hint(name: str, reference: str, **more: list[StatedBase]) -> str:
        [one] = bases([base(name)], [StatedBase(reference, "finetune")], **more)
        assert one[1] == "disagree"
        return one[4]

    assert hint("old/base", "new/Base") == "the same name under another owner"
    grand = {"mid": [StatedBase("acme/root", "finetune")]}
    assert hint("acme/mid", "acme/root", **grand).startswith("the source names a base of")
    assert hint("acme/root", "acme/mid", **grand).startswith("the card names a base of")
    assert hint("acme/one", "acme/two") == ""


def test_tables_are_known_by_name(tmp_path: Path) -> None:
    truth = tmp_path / "truth"
    truth.mkdir()
    rows: dict[str, list[dict[str, Any]]] = {
        "mteb_model_meta": [
            {"name": "Acme/Own", "n_parameters": 180, "n_embedding_parameters": 95},
            {"name": "acme/none", "n_parameters": None},
        ],
        "helm_model_metadata": [
            {"name": "helm/own", "hf_id": "acme/own", "num_parameters": 7 * BILLION},
            {"name": "acme/two", "num_parameters": 13 * BILLION},
        ],
        "timm_models": [{"id": "acme/own", "param_count_millions": 5.48}],
        "xinference_llm_specs": [
            {"id": "acme/own", "size_in_billions": "1_8", "activated_size_in_billions": "0_5"}
        ],
        "unknown_table": [{"id": "acme/own", "size": 5}],
    }
    for name, lines in rows.items():
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (truth / f"{name}.jsonl").write_text(text)
    record = {"id": "acme/own", "safetensors": {"total": 8_030_261_248}}
    (tmp_path / "models.jsonl").write_text(json.dumps(record) + "\n")
    edges = "parent,child,relation\nacme/base,Acme/Own,finetuned\nacme/base,acme/x,odd\n"
    (truth / "lineage_edges.csv").write_text(edges)
    found = read_references([tmp_path])
    assert found.sources == (
        "models", "mteb_model_meta", "helm_model_metadata", "timm_models", "xinference_llm_specs",
        "lineage_edges",
    )  # fmt: skip
    assert set(found.figures) == {"acme/own", "acme/two"}
    assert found.figures["acme/own"] == [
        Figure("models", 8_030_261_248, 1.0),
        Figure("mteb_model_meta", 180, 1.0, (("without embeddings", 85),)),
        Figure("helm_model_metadata", 7 * BILLION, BILLION),
        Figure("timm_models", 5_480_000, 10_000),
        Figure("xinference_llm_specs", 1.8 * BILLION, 10**8, (("active parameters", BILLION / 2),)),
    ]
    assert found.bases == {
        "acme/own": [StatedBase("acme/base", "finetune")],
        "acme/x": [StatedBase("acme/base", "unknown")],
    }  # fmt: skip


def test_tables_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no file to compare with in"):
        read_references([tmp_path])
    (tmp_path / "lineage_edges.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InvalidData, match=r"cannot read .*lineage_edges.csv"):
        read_references([tmp_path])
    (tmp_path / "lineage_edges.csv").unlink()
    (tmp_path / "timm_models.jsonl").write_text("[]\n")
    with pytest.raises(InvalidData, match=r"timm_models.jsonl:1 is no JSON object"):
        read_references([tmp_path])


def test_cards_are_named_by_an_index_or_by_their_files(tmp_path: Path) -> None:
    folder = tmp_path / "cards"
    folder.mkdir()
    with pytest.raises(ConfigurationError, match="no cards in"):
        cards_in(folder)
    (folder / "acme__a__b.md").write_text("")
    assert cards_in(folder) == [("acme/a__b", "acme__a__b.md")]
    index = tmp_path / "cards_index.csv"
    index.write_text("id,file\nacme__a/b,acme__a__b.md\nacme/away,away.md\n")
    assert cards_in(folder) == [("acme__a/b", "acme__a__b.md")]
    index.write_text("name\nx\n")
    with pytest.raises(InvalidData, match=r"cannot read .*cards_index.csv"):
        cards_in(folder)


def test_a_folder_of_cards_with_rules_or_predictions(tmp_path: Path) -> None:
    for name in ("own", "two"):
        (tmp_path / f"acme__{name}.md").write_text("# own\n\nIt has 7 billion parameters.\n")
    rows = [{"id": f"acme/{name}", "total_params": 7 * BILLION} for name in ("own", "two")]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "llm_architecture_annotations.jsonl").write_text(text)
    result = compare_folders([tmp_path], tmp_path, None, ())
    assert [one.verdict for one in result.found] == ["agree", "agree"]
    file = tmp_path / "llm.jsonl"
    file.write_text(json.dumps({"model": "acme/own", **size(13 * BILLION, "13B")}))
    result = compare_folders([tmp_path], tmp_path, file, ())
    assert [(one.model, one.verdict) for one in result.found] == [("acme/own", "disagree")]
    assert result.cards == 1  # the other card was not read
    with pytest.raises(ConfigurationError, match="no card of acme/none"):
        compare_folders([tmp_path], tmp_path, None, ("acme/none",))
