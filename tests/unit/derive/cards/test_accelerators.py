"""One name for a device, however it is written, with count and memory beside it."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.cards.accelerators import describe, name_of
from tests.reading import values


@pytest.mark.parametrize(
    ("spellings", "name"),
    [
        (("A100", "NVIDIA A100-SXM4-80GB", "Tesla A100", "8 x A100 GPUs"), "NVIDIA A100"),
        (("RTX3090", "NVIDIA GeForce RTX 3090", "Nvidia 3090 GPUs with CUDA 11"),
         "NVIDIA GeForce RTX 3090"),
        (("GTX1080Ti", "Nvidia RTX 1080 Ti"), "NVIDIA GeForce GTX 1080 Ti"),
        (("a6000", "RTXA6000", "RTX-A6000"), "NVIDIA RTX A6000"),
        (("A6000 Ada", "RTX 6000 Ada"), "NVIDIA RTX 6000 Ada"),
        (("TPU Pod V3-8", "v3-8 TPU", "Google Cloud TPU v3-8", "TPUv3-8 VM"), "Google TPU v3-8"),
        (("TPU-v4s", "TPU v4"), "Google TPU v4"),
        (("Cloud TPUs",), "Google TPU"),
        (("single 24GB GPU",), "GPU"),
        (("our cluster", "BERT A1000 B2000"), None),
    ],
)  # fmt: skip
def test_spellings_of_one_device(spellings: tuple[str, ...], name: str | None) -> None:
    assert {name_of(one) for one in spellings} == {name}


def test_count_and_memory_are_read_from_the_words() -> None:
    assert describe("8 Nvidia A100 80GB", {}) == {
        "accelerator": "NVIDIA A100", "count": 8, "memory_gb": 80,
    }  # fmt: skip
    assert describe("2 x A100", {"count": 4}) == {"accelerator": "NVIDIA A100"}
    assert describe("somewhere", {}) == {}
    assert describe("a single 24GB GPU", {})["count"] == 1
    for one in ("40 GB A100", "24 GB RTX 3090", "3090 GPU", "2080 Ti", "100 hours on T4"):
        assert "count" not in describe(one, {}), one


def test_what_a_family_took_together_is_marked() -> None:
    card = (
        "# own\n\nIn aggregate, training all 9 Tale models required 400K GPU hours on A100. "
        "Total emissions were 65.3 tCO2eq.\n\nTraining this one took 12 hours on A100.\n"
    )
    found = {one.field: one for one in values(card)}
    assert found["carbon_emitted"].qualifiers["of"] == "family"
    assert found["training_time"].qualifiers["of"] == "family"
    alone = card[card.index("Training this") :]
    assert all("of" not in one.qualifiers for one in values(alone) if one.field == "training_time")


def test_grams_may_have_thousands_set_apart() -> None:
    card = "---\nco2_eq_emissions:\n  emissions: 24_700_000\n---\n"
    assert [one.value for one in values(card) if one.field == "carbon_emitted"] == [24_700.0]


def test_a_paper_has_the_title_of_its_entry() -> None:
    card = (
        "# own\n\nPaper: [arXiv](https://arxiv.org/abs/2301.00001)\n\n```\n@article{a,\n"
        "  title={{Own}: A Model\n of Tales},\n  eprint={2301.00001}\n}\n```\n"
    ).replace("Model\n of", "Model of")
    (paper,) = [one for one in values(card) if one.field == "paper"]
    assert (paper.value, paper.qualifiers["title"]) == ("2301.00001", "Own: A Model of Tales")
