"""Whether words say a value."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.cards.llm.says import (
    has_words_beside_numbers,
    numbers_in,
    says_date,
    says_freely,
    says_number,
    says_setting,
    says_text,
    stated_number,
)
from miner.pipelines.derive.cards.value import FRONT_MATTER, TABLE, TEXT


@pytest.mark.parametrize(
    ("quote", "value"),
    [
        ("It has 7B parameters", 7e9), ("Llama-2-7b", 7e9), ("an 8x7B model", 8), ("8x7B", 7e9),
        ("1.3 billion parameters", 1.3e9), ("seven billion", 7e9), ("1,000,000 tokens", 1e6),
        ("lr 2e-5", 2e-5), ("1 x 10^-4", 1e-4), ("1\u00d710^{-4}", 1e-4),
        ("3.0 x 10<sup>-4</sup>", 3e-4), ("10^12 tokens", 1e12),
        ("loss: -0.5", -0.5), ("F1 91.2%", 91.2), ("batch_size_32", 32), ("128K context", 128_000),
        ("1 000 000 tokens", 1e6), ("1.000.000 Token", 1e6), ("12\u202f500 steps", 12_500),
        ("32 100 steps", 32), ("lr 0,05", 0.05), ("300 GT", 3e11), ("300G tokens", 3e11),
        ("1.8亿 parameters", 1.8e8), ("1,5 Mrd 2,5", 2.5),
        ("7-billion", 7e9), ("(0.91)", 0.91), ("1.5T tokens", 1.5e12), ("eight experts", 8),
    ],
)  # fmt: skip
def test_a_number_counts_as_it_is_written(quote: str, value: float) -> None:
    assert says_number(value, quote)


@pytest.mark.parametrize(
    ("quote", "value"),
    [
        ("It has 7B parameters", 7), ("7 billion", 7), ("an A100", 100), ("1,000,000", 1),
        ("0.91", 91), ("91%", 0.91), ("128K", 131_072), ("2e-5", 2), ("version 1.3", 3),
        ("0.125", 125), ("1,000", 1), ("32 100", 100_032), ("3 GPUs", 3e9), ("no number", 0),
        ("F1 0.5", -0.5), ("Llama-7B", -7e9 - 1),
    ],
)  # fmt: skip
def test_another_number_does_not(quote: str, value: float) -> None:
    assert not says_number(value, quote)


def test_a_scale_behind_the_quote_counts() -> None:
    assert not says_number(7, "It has 7", " billion parameters")
    assert says_number(7e9, "It has 7", " billion parameters")
    assert list(numbers_in("has", " 7 billion")) == []


@pytest.mark.parametrize(
    ("quote", "value", "unit", "is_stated"),
    [
        ("500 g of CO2", 0.5, "kgCO2eq", True), ("2 tonnes", 2000, "kgCO2eq", True),
        ("2 kg", 2, "kgCO2eq", True), ("2 kg", 2000, "kgCO2eq", False),
        ("30 minutes", 0.5, "hours", True), ("36 hours", 36, "hours", True),
        ("2290 tCO2eq", 2_290_000, "kgCO2eq", True), ("8k context", 8192, "tokens", True),
        ("8k context", 8000, "tokens", True), ("8000 tokens", 8192, "tokens", False),
        ("2 days", 2, "hours", False), ("2 weeks", 14, "days", True), ("48", 48, "hours", False),
        ("2.2 g", 0.0022, "kgCO2eq", True), ("2.2 g", 2.2, "kgCO2eq", False),
        ("2.2g CO2eq", 0.0022, "kgCO2eq", True), ("about 2.2", 2.2, "kgCO2eq", False),
        ("2 days", 48, "hours", True), ("48 hours", 2, "days", True),
        ("48 hours", 48, "days", False),
        ("Params (M): 88.6", 88_600_000, "parameters", True),
    ],
)  # fmt: skip
def test_units(quote: str, value: float, unit: str, is_stated: bool) -> None:
    assert says_number(value, quote, "", unit) is is_stated


def test_units_may_stand_elsewhere_in_tables_and_are_grams_in_the_front_matter() -> None:
    assert says_number(48, "| 48 |", "", "hours", TABLE, beside="Model | GPU hours")
    assert not says_number(48, "| 48 |", "", "hours", TABLE, beside="Model | Score")
    assert says_number(7e9, "| 7 |", "", "parameters", TABLE, beside="Params (B)")
    assert says_number(31_220, "| 31.22 |", "", "kgCO2eq", TABLE, beside="Emitted (tCO2eq)")
    assert says_number(0.5, "emissions: 500", "", "kgCO2eq", FRONT_MATTER)
    assert not says_number(0.5, "emissions: 500", "", "kgCO2eq", TEXT)


@pytest.mark.parametrize(
    ("field", "value", "quote", "is_stated"),
    [
        ("license", "apache-2.0", "under the Apache License, Version 2.0", True),
        ("license", "mit", "MIT License", True), ("license", "mit", "it permits use", False),
        ("license", "gpl-3.0", "MIT License", False),
        ("license", "llama2", "license: llama2", True),
        ("language", "en", "in English", True), ("language", "it", "it is a model", False),
        ("base_model", "acme/base", "[acme/base](https://x.org/acme/base)", True),
        ("base_model", "acme/base", "acme/other-base", False),
        ("hardware", "NVIDIA RTX3090", "on NVIDIA RTX 3090 cards", True),
        ("hardware", "A10", "an A100", False),
        ("paper", "2401.00001", "https://arxiv.org/abs/2401.00001", True),
        ("repository", "https://github.com/a/b", "see https://github.com/a/b.", True),
        ("repository", "https://github.com/a/b", "see https://github.com/a/c", False),
        ("paper", "2401.00001", "[paper](https://arxiv.org/pdf/2401.00001v2)", True),
        ("paper", "2401.00002", "[paper](https://arxiv.org/pdf/2401.00001v2)", False),
        ("repository", "https://www.github.com/a/b", "see github.com/a/b", True),
        ("training_dataset", "!!!", "!!!", False), ("training_dataset", "the Pile", "PILE", True),
        ("hardware", "A6000", "学習はA6000x8で", True), ("hardware", "A6000", "2xA6000", True),
        ("hardware", "A600", "2xA6000", False),
        ("task", "text-generation", "a causal language model", True),
        ("task", "translation", "a causal language model", False),
        ("task", "text-generation", "- causal-lm", True),
        ("language", "en", "languages: en, fr", True),
    ],
)  # fmt: skip
def test_names(field: str, value: str, quote: str, is_stated: bool) -> None:
    assert says_text(field, value, quote, is_declared=False) is is_stated


def test_emissions_given_as_written_are_converted() -> None:
    assert stated_number(2.2, "2.2 g of CO2", unit="kgCO2eq") == pytest.approx(0.0022)
    assert stated_number(2.2, "2.2 of CO2", unit="kgCO2eq") is None
    assert stated_number(500, "emissions: 500", unit="kgCO2eq", origin=FRONT_MATTER) == 0.5


def test_free_words_need_half_of_them_and_all_numbers() -> None:
    assert says_freely("images of 224 x 224 pixels", "images are resized to 224 x 224")
    assert not says_freely("images of 288 x 288 pixels", "images are resized to 224 x 224")
    assert not says_freely("audio at a low sampling rate", "images are resized")
    assert not says_freely("", "images")


def test_codes_of_languages_count_in_the_front_matter() -> None:
    assert says_text("language", "it", "- it", is_declared=True)
    assert says_text("language", "it", "- ita", is_declared=True)
    assert says_text("language", "zh", "languages: eng_Latn, zho_Hans", is_declared=False)
    assert says_text("language", "zho_Hans", "- zh", is_declared=True)
    assert not says_text("language", "de", "languages: eng_Latn", is_declared=False)


def test_settings_by_any_spelling() -> None:
    assert says_setting("learning_rate", "lr: 3e-4")
    assert says_setting("epochs", "num_train_epochs: 3")
    assert says_setting("training_steps", "for around 15,000 step")
    assert says_setting("warmup_steps", "a learning rate warm up of 500")
    assert not says_setting("batch_size", "image size: 224")
    assert not says_setting("seed", "batch: 3")
    assert not says_setting("", "batch: 3")


def test_dates() -> None:
    assert says_date("2024-03-05", "March 5, 2024")
    assert says_date("2024-03", "until 2024-03")
    assert says_date("2023", "in 2023")
    assert not says_date("2024-04", "March 2024")
    assert not says_date("2024-03-06", "March 5, 2024")
    assert not says_date("2023", "March 2024")


def test_a_bare_number_says_nothing() -> None:
    assert not has_words_beside_numbers("7B")
    assert not has_words_beside_numbers("| 90.1 |")
    assert has_words_beside_numbers("7B parameters")
