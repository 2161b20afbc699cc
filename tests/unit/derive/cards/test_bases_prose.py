"""Bases in looser words, in code, and beside a declared one."""

from __future__ import annotations

import pytest

from tests.reading import read, values


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("It is the official `saga-small` finetuned to papers.", ["saga-small"]),
        ("`rune-v3-xsmall` fine-tuned for 100k steps.", ["rune-v3-xsmall"]),
        ("It provides a MobileBERT [(Sun, 2020)](https://s.org) fine-tuned on sagas.", None),
        ("Owns are distilled models based on [SagBERT](https://github.com/a/b).", ["SagBERT"]),
        ("Based of a finetuned Saga Diffusion V1.3 Model, with care.", ["Saga Diffusion V1.3"]),
        ("Fine-tuned [acme/saga-53](https://huggingface.co/acme/saga-53) for speech.", None),
        ("Own is an extension of french camembert-ner model with a tag.", ["camembert-ner"]),
        ("We compare it with `saga-small` on tunes.", []),
        ("A model like MobileBERT [(Sun, 2020)](https://s.org) is small.", []),
    ],
)
def test_bases_in_looser_words(text: str, names: list[str] | None) -> None:
    wanted = names if names is not None else [text.split()[3] if "It" in text else "acme/saga-53"]
    assert read(f"# own\n\n{text}\n").get("base_model", []) == wanted


def test_the_argument_of_a_program_that_trains() -> None:
    code = "emb = Embeddings(\n    model='saga-rune-large',\n)\n{}(tagger)\n"
    card = "# own\n\n```python\n" + code + "```\n"
    assert read(card.replace("{}", "ModelTrainer"))["base_model"] == ["saga-rune-large"]
    assert "base_model" not in read(card.replace("{}", "show"))


def test_the_quantized_model_beside_a_declared_base() -> None:
    card = (
        "---\nbase_model: acme/Saga3-0.6B-Base\n---\n# own\n\nThis is quantized version of"
        " [acme/Saga3-0.6B](https://huggingface.co/acme/Saga3-0.6B) created with a tool. See also"
        " [acme/Rune](https://huggingface.co/acme/Rune).\n"
    )
    found = read(card, "packer/Saga3-0.6B-GGUF")["base_model"]
    assert found == ["acme/Saga3-0.6B-Base", "acme/Saga3-0.6B"]


def test_the_original_of_a_packed_model_has_its_name() -> None:
    card = "# own\n\n- Original model: Tailor 7B\n"
    assert read(card, "packer/Tailor-7B-AWQ")["base_model"] == ["Tailor 7B"]
    assert "base_model" not in read(card, "acme/Tailor-7B")


def test_quotes_of_looser_words_are_text() -> None:
    found = [
        v for v in values("# own\n\n`saga-v1` fine-tuned on runes.\n") if v.field == "base_model"
    ]
    assert [(value.origin, value.quote) for value in found] == [("text", "`saga-v1` fine-tuned on")]
