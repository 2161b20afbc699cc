"""Facts as people write them in sentences, lists and tables, and what only looks like a fact."""

from __future__ import annotations

import pytest

from tests.reading import read, settings


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("This is bert-large model finetuned on tales.", "bert-large"),
        ("The *byt5-base* model that was fine-tuned on tales.", None),
        ("Specifically, this is a *byt5-base* model that was fine-tuned on tales.", "byt5-base"),
        ("A model based on a fine-tuned XLM-RoBERTa base model. Specifically, this model is a "
         "*xlm-roberta-base* model that was fine-tuned on tales.", "xlm-roberta-base"),
        ("This model was converted to MLX format from [`acme/saga-7b`]() by a tool.",
         "acme/saga-7b"),
        ("It was built by fine-tuning the [Saga](https://huggingface.co/acme/saga/) model.",
         "acme/saga"),
        ("It is initialized from [BERT large uncased](https://github.com/acme/bert).",
         "BERT large uncased"),
        ("The original model is from `BERT-base-uncased`.", "BERT-base-uncased"),
        ("A model seeded with [Saga](https://huggingface.co/acme/saga).", "acme/saga"),
        ("Following models are evaluated:\n\n1. Saga-base [acme/saga-base]", None),
        ("Thanks to the open source AI/ML community.", None),
        ("- **Original:** ??", None),
    ],
)  # fmt: skip
def test_what_a_model_was_made_from(text: str, base: str | None) -> None:
    assert read(f"# own\n\n{text}\n").get("base_model") == ([base] if base else None)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("It was trained on [Tale Bank](https://a.org) + SagaNews and FolkQA datasets.",
         ["Tale Bank", "SagaNews", "FolkQA"]),
        ("For the fine-tuning, we used the [TALE](https://a.org) and [SAGA](https://b.org) "
         "datasets.", ["TALE", "SAGA"]),
        ("It is trained on a massive amount of public corpora ([TaleText](https://a.org)).",
         ["TaleText"]),
        ("It was trained on the ACME/TALE_VOICE_8 dataset.", ["ACME/TALE_VOICE_8"]),
        ("The base model was trained on TaleText, unlike this one.", None),
        ("A model trained from Saga, achieves 80.1 pass@1 on GSM8k.", None),
        ("Before training we checked the data on leakage with GSM8K test set.", None),
        ("The code and the fine-tuned models are available on OSF.", None),
        ("It was trained on 8 A100 GPUs with DeepSpeed.", None),
    ],
)  # fmt: skip
def test_what_it_was_trained_on(text: str, names: list[str] | None) -> None:
    assert read(f"# own\n\n{text}\n").get("training_dataset") == names


def test_data_in_a_section_on_training_data() -> None:
    card = """# own

## Training and evaluation data

We use the Jena Weather dataset recorded by a station.

## Data Sources

- [Tale Bank](https://a.org)
- [test set](https://b.org)
"""
    assert read(card)["training_dataset"] == ["Jena Weather", "Tale Bank"]


def test_a_list_whose_values_stand_on_the_next_line() -> None:
    card = """# own

- **Dataset**:
  8GB of text including ParaCrawl (monolingual), OSCAR, and several gigs of my own findings.
- **Limitations**:
  The current model is fairly small, although it works very well.
"""
    found = read(card)
    assert found["training_dataset"] == ["ParaCrawl", "OSCAR"]
    assert found["limitation_and_bias"] == ["stated"]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("It can handle sequences with upto 1024 tokens.", 1024),
        ("To be able to process 16K tokens, the positions were copied.", 16_000),
        ("Quants enable 32k context in 24GB VRAM.", None),
    ],
)
def test_how_long_an_input_can_be(text: str, length: int | None) -> None:
    assert read(f"# own\n\n{text}\n").get("context_length") == ([length] if length else None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("It was trained on 2M lines of titles.", 2_000_000),
        ("The dataset makes up 128GB of text (**15.6B tokens**).", 15_600_000_000),
        ("The training corpus has 44,04,976,662 tokens.", None),
        ("After training, we performed inference on a total of 2,018 images.", None),
    ],
)
def test_how_much_it_was_trained_on(text: str, number: int | None) -> None:
    assert read(f"# own\n\n{text}\n").get("training_tokens") == ([number] if number else None)


def test_who_paid() -> None:
    card = """# own

WE ARE PROUDLY SPONSORED BY: https://www.acme.org/

We gratefully acknowledge support from the Council of Tales, and a foundation.
"""
    assert read(card)["funding"] == ["https://www.acme.org/", "Council of Tales"]


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("Weights by the authors of the paper [Tales](https://arxiv.org/abs/2401.00001).",
         ["2401.00001"]),
        ("See our [NAACL paper](https://www.aclweb.org/anthology/N19-1242.pdf).",
         ["https://www.aclweb.org/anthology/N19-1242.pdf"]),
        ("## References\n\nThe Acme Consortium. Tales. doi:10.1126/science.abl4896.",
         ["10.1126/science.abl4896"]),
        (r"A model\[1\] on data\[2\]." "\n\n"
         r"\[1\]: A. Writer. A large corpus of many tales. [arXiv](https://arxiv.org/abs/2401.00001)"
         "\n\n"
         r"\[2\]: B. Writer. A larger corpus of tales. [arXiv](https://arxiv.org/abs/2401.00002)",
         None),
    ],
)  # fmt: skip
def test_the_paper_of_a_model(text: str, paper: list[str] | None) -> None:
    assert read(f"# own\n\n{text}\n").get("paper") == paper


def test_settings_in_prose_in_lists_and_announced_code() -> None:
    card = """# own

The optimizer used is AdaFactor with an inverse square root learning rate schedule. The model was
trained for 3 epochs. It goes back to Adam Roberts.

- ```lr = 2e-5``` with ```lr_scheduler_type = "linear"``` for training

Training config:

```yml
batch_size: 6
warmup_proportion: 0.1
```
"""
    found = settings(card)
    assert (found["epochs"], found["learning_rate"], found["batch_size"]) == (3, 2e-5, 6)
    assert (found["lr_scheduler"], found["warmup_ratio"]) == ("linear", 0.1)
    assert found["optimizer"] == "AdaFactor"


def test_a_list_of_settings_under_any_heading() -> None:
    card = "# own\n\n## Model\n\n- Max length sequence: 128\n- Epochs: 6\n- Dropout: 0.3\n"
    assert settings(card) == {"max_seq_length": 128, "epochs": 6, "dropout": 0.3}


@pytest.mark.parametrize(
    ("text", "results"),
    [
        ("F1-Score: **96,48** (CoNLL-2000)", [96.48]),
        ("On the test set:\n\n```yml\nsi_sdr: 10.61\nsdr_imp: 13.05\n```", [10.61, 13.05]),
        ("**Results**:\n{'exact': 70.76, 'f1': 72.92, 'total': 8569}", [70.76, 72.92]),
        ("Sentences run for perplexity: 1620487\n\nPerplexity: 6.02", [6.02]),
        ("Start loss: 8.6", None),
    ],
)
def test_results_outside_tables(text: str, results: list[float] | None) -> None:
    assert read(f"# own\n\n{text}\n").get("evaluation") == results


def test_headings_name_the_test_data() -> None:
    card = "# own\n\n## MLQA DEV (german)\nEM: 63.82\n\n## XQUAD TEST (german)\nEM: 65.96\n"
    found = read(card)
    assert found["evaluation_dataset"] == ["MLQA", "XQUAD"]
    assert read("# own\n\n## MLQA in German\n\nWords.\n").get("evaluation_dataset") is None


def test_this_model_in_a_table_of_its_family() -> None:
    card = """# own

## Models

| Model | Description | Parameters | Id |
|---|---|---|---|
| Plain | Left as it is. | 74 M | [acme/tale-plain](https://huggingface.co/acme/tale-plain) |
| Merged (p=0.5) | Sentences are merged. | 46 M | this model |
"""
    assert read(card, "acme/tale-merged")["parameter_count"] == [46_000_000]


def test_of_two_rows_of_ours_the_nearer_name_counts() -> None:
    card = """# own

## Results

| Model | CoLA | MRPC |
|---|---|---|
| SAGA-Small | 57.0 | 88.0 |
| SAGA-Small-OWT (ours) | 56.3 | 75.0 |
| ASAGA-Small-OWT (ours) | 50.6 | 86.3 |
"""
    assert read(card, "acme/saga-small-owt")["evaluation"] == [56.3, 75.0]


def test_a_table_whose_second_row_heads_the_columns() -> None:
    card = """# own

<table><tr><td></td><td colspan="2">greedy</td></tr>
<tr><td>model</td><td>GSM8K</td><td>MATH</td></tr>
<tr><td>Saga-Tale-7B (a | b)</td><td>75.9</td><td>43.6</td></tr>
<tr><td>Saga-Tale-13B (a | b)</td><td>78.8</td><td>45.5</td></tr></table>
"""
    assert read(card, "acme/Saga-Tale-13b-Python-hf")["evaluation"] == [78.8, 45.5]


def test_rows_apart_by_odd_line_ends() -> None:
    card = "# own\n\n## Results\n\n| Metric | Value |\n|---|---|\n| F1 | 91.5 |\n"
    assert read(card.replace("\n", "\r\r\n"))["evaluation"] == [91.5]


def test_a_result_that_repeats_a_declared_one_is_read_once() -> None:
    card = """---
model-index:
- name: own
  results:
  - task: {type: token-classification}
    dataset: {name: tales, type: tales}
    metrics:
    - {type: precision, name: Precision, value: 0.90}
---
# own

## Results

| Type | Precision | Recall |
|---|---|---|
| all | 0.9 | 0.90 |
| GENE | 0.89 | 0.85 |
"""
    assert read(card)["evaluation"] == [0.9, 0.9, 0.89, 0.85]
