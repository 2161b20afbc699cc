"""What cards tell in passing: formats, stages, test data in brackets, terms with their own name."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.cards import numbers
from tests.reading import read, settings


@pytest.mark.parametrize(
    ("text", "field", "is_stated"),
    [
        ("Given a saga title, predict the mood of it.", "input_format", True),
        ("Given a saga title, predict the mood of it.", "output_format", True),
        ("It infers the mood given only a single page as input.", "input_format", True),
        ("It works best with tokenized saga functions.", "input_format", True),
        ("The goal is to predict the mood value of each page.", "output_format", True),
        ("It could be used to generate the summary for the saga.", "output_format", True),
        ("The steps are enclosed by `<think>` marks.", "output_format", True),
        ("Users can generate text with it.", "output_format", False),
        ("Our team works on sagas.", "input_format", False),
    ],
)
def test_formats_told_in_passing(text: str, field: str, is_stated: bool) -> None:
    assert (field in read(f"# own\n\n{text}\n")) is is_stated


def test_results_with_their_data_in_brackets() -> None:
    found = read("# own\n\nF1-Score: **92,16** (CoNLL-03 English), **87,33** (CoNLL-03 German)\n")
    assert found["evaluation"] == [92.16, 87.33]
    assert found["evaluation_dataset"] == ["CoNLL-03 English", "CoNLL-03 German"]


def test_test_data_behind_the_word_for_it() -> None:
    card = "# own\n\nWe evaluate our models on two code benchmarks: HumanEval and SAGAB.\n"
    assert read(card)["evaluation_dataset"] == ["HumanEval", "SAGAB"]


def test_the_answer_of_a_snippet_is_no_result() -> None:
    card = """# own

```python
nlp('Saga lives in Lund.')
[{'word': 'Saga', 'score': 0.9998, 'entity': 'PER'},
 {'word': 'Lund', 'score': 0.9996, 'entity': 'LOC'}]
```
"""
    assert "evaluation" not in read(card)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The fine-tuning dataset is [TaleQA](https://a.org), in two versions.", ["TaleQA"]),
        ("It was trained on the Swedish part of SAGA_TEXT.", ["SAGA_TEXT"]),
        ("The fine-tuning data is more important than its size.", None),
    ],
)
def test_what_training_data_is_said_to_be(text: str, names: list[str] | None) -> None:
    assert read(f"# own\n\n{text}\n").get("training_dataset") == names


def test_a_second_stage_has_its_own_steps() -> None:
    card = """# own

It was trained for 260,000 steps in total, using sequence length 512 (batch size 4096).

It was then fine-tuned for 25,000 steps in total (batch size 256).

The old saga was trained for 70 steps with batch size 32 instead of 64.
"""
    assert read(card)["hyperparameter"] == [260000, 512, 4096, 25000, 256]


def test_a_license_of_its_own_name() -> None:
    card = "# own\n\nThis model is governed by the ACME SAGA 3 COMMUNITY LICENSE AGREEMENT.\n"
    assert read(card)["license_in_text"] == ["ACME SAGA 3 COMMUNITY LICENSE AGREEMENT"]


def test_repositories_of_another_host_and_of_the_owner() -> None:
    card = "# own\n\nThe code is in the [saga repository](https://gitlab.com/acme/saga).\n"
    assert read(card)["repository"] == ["https://gitlab.com/acme/saga"]
    card = "# own\n\nSee [tale](https://github.com/acme/tale) for additional details on datasets.\n"
    assert read(card, "acme/saga")["repository"] == ["https://github.com/acme/tale"]
    assert "repository" not in read(card, "else/saga")


def test_the_paper_a_checkpoint_belongs_to() -> None:
    card = (
        "# own\n\nThis is the checkpoint of [Sagas using Tales](https://arxiv.org/abs/2511.00001)."
    )
    assert read(card)["paper"] == ["2511.00001"]


@pytest.mark.parametrize(
    "text", ["3.0 x 10^-4", "3 \u00d7 10⁻⁴", "3·10^-4", r"$3.0 \times 10^{-4}$", "3e-4", "0.0003"]
)
def test_a_small_number_comes_out_as_written(text: str) -> None:
    assert numbers.decimal(text) == 0.0003
    assert settings(f"# own\n\n## Training\n\n- learning rate: {text}\n") == {
        "learning_rate": 0.0003
    }


@pytest.mark.parametrize(
    ("text", "size"), [("a vocabulary size of 21", [21]), ("vocab_size : 30_522", None)]
)
def test_small_vocabularies(text: str, size: list[int] | None) -> None:
    assert read(f"# own\n\nIt has {text}.\n").get("vocabulary_size") == size


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("218 400", 218_400),
        ("1\u202f024\u202f000", 1_024_000),
        ("1.024.000", 1_024_000),
        ("3.2亿", 320_000_000),
        ("12万", 120_000),
        ("1.5 T", 1.5e12),
        ("230M text", 230_000_000),
        ("1.024", 1.024),
        ("12 345x", 12),
        ("8 512x512", 8),
    ],
)
def test_numbers_as_other_languages_write_them(text: str, number: float) -> None:
    assert numbers.count(text) == number


def test_bold_names_that_begin_items_under_a_heading_on_data() -> None:
    card = (
        "# own\n\n## Training data\n\n- **3SAG, BM, EPM** See details at (1).\n"
        "- **SagaMice** Courtesy of the lab. See (2).\n- **Rune-Field, swimming** See (3).\n"
        "- **Note** We collected them.\n- **License:** Apache\n"
    )
    names = ["3SAG", "BM", "EPM", "SagaMice", "Rune-Field"]
    assert read(card)["training_dataset"] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("All are trained on a composite dataset (Saga SET) of some hours.", ["Saga SET"]),
        ("We sample from the SQuAD and GSM8K training sets.", ["SQuAD", "GSM8K"]),
        (
            "This is a fine-tuned version of acme/base on the common saga ro and RUN dataset.",
            ["common saga ro", "RUN"],
        ),
        ("It was trained on a dataset (see below).", []),
        ("This is a fine-tuned version of acme/base on an unknown dataset.", []),
    ],
)
def test_data_in_places_that_only_data_has(text: str, names: list[str]) -> None:
    assert read(f"# own\n\n{text}\n").get("training_dataset", []) == names


def test_a_list_led_in_chinese_adds_to_what_is_declared() -> None:
    card = (
        "---\ndatasets:\n- acme/one\n---\n# own\n\n使用数据集如下:\n\n"
        "- [acme/one](https://huggingface.co/datasets/acme/one)\n"
        "- [saga/two-20k](https://huggingface.co/datasets/saga/two-20k)\n"
    )
    assert read(card)["training_dataset"] == ["acme/one", "saga/two-20k"]


def test_titles_of_test_data_that_share_an_id() -> None:
    card = (
        "---\nmodel-index:\n- name: own\n  results:\n"
        + "".join(
            f"  - dataset:\n      type: acme/sagas\n      name: {name}\n"
            f"    metrics:\n    - type: accuracy\n      value: {value}\n"
            for name, value in (("SUITE One", 1.5), ("SUITE Two", 2.5), ("SUITE One (de)", 3.5))
        )
        + "---\n"
    )
    assert read(card)["evaluation_dataset"] == ["acme/sagas", "SUITE Two"]


def test_test_data_in_sections_and_commands() -> None:
    card = (
        "# own\n\n## Evaluation Data\n\nThe test split of SagaMouse-5K; two benchmarks, SAG Field"
        " and TriRune\n\n```bash\nsacrebleu -t wmt14 -l en-de --echo src > val\n```\n"
    )
    names = ["SagaMouse-5K", "SAG Field", "TriRune", "wmt14"]
    assert read(card)["evaluation_dataset"] == names


def test_a_duration_of_several_parts() -> None:
    found = read("# own\n\nIt was fine-tuned on 8 A100 for 4 days, 15 hours, 6 minutes in all.\n")
    assert found["training_time"] == [111.1]
    assert read("# own\n\nIt was trained for 5 days.\n")["training_time"] == [5]


def test_of_several_entries_the_one_on_this_model_is_its_paper() -> None:
    card = (
        "# own\n\n```\n@software{rune2021,\n  title = {Rune-Neo: A Saga of Models},\n"
        "  year = 2021\n}\n\n@article{saga,\n  title={Saga: Other Models},\n"
        "  eprint={2101.00001}\n}\n```\n"
    )
    assert read(card, "acme/rune-neo-125m")["paper"] == ["Rune-Neo: A Saga of Models"]
    assert "paper" not in read(card, "acme/tale-1b")


def test_an_entry_with_its_number_as_volume() -> None:
    card = "```\n@article{a,\n title={Saga Data},\n volume={abs/2002.00001}\n}\n```\n"
    assert read(f"# own\n\nPlease cite:\n\n{card}")["paper"] == ["2002.00001"]


def test_languages_of_one_sentence() -> None:
    text = "It focuses on languages such as 🇮🇩Indonesian, 🇹🇭Thai, and 🇻🇳Vietnamese. In English."
    assert read(f"# own\n\n{text}\n")["language"] == ["id", "th", "vi"]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("I am testing the training with a single epoch.", "epochs", 1),
        ("Trained with a batch size of 2,048 and a sequence length of 512.", "max_seq_length", 512),
    ],
)
def test_settings_in_sentences(text: str, name: str, value: int) -> None:
    assert settings(f"# own\n\n{text}\n")[name] == value


def test_lengths_of_input_and_target_once_each() -> None:
    card = (
        "# own\n\n## Training procedure\n\n- Learning rate: 1e-3\n- Input sequence length: 1024\n"
        "- Target sequence length: 256\n"
    )
    found = settings(card)
    assert found == {"learning_rate": 1e-3, "max_input_length": 1024, "max_target_length": 256}


def test_the_entry_of_the_base_is_not_the_paper_of_a_model_named_after_it() -> None:
    card = (
        "# own\n\n```\n@misc{a,\n title={Rune-Neo: A Saga of Models},\n}\n@misc{b,\n"
        " title={Tale: Others},\n}\n```\n"
    )
    assert "paper" in read(card, "acme/rune-neo-1.3b-chat")
    assert "paper" not in read(card, "acme/rune-neo-1.3b-shiny")
