"""What the words of a card stand for: names of one agreement, addresses, limits, vendors."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.cards.rule_extractor import extract
from miner.pipelines.derive.licenses import double_statements
from miner.pipelines.derive.licenses.edge import LicenseEdge
from miner.pipelines.derive.licenses.statement import read
from miner.pipelines.derive.licenses.text_statements import license_of
from miner.schema.licenses.terms import LicenseRelation


def _stated(card: str) -> list[str]:
    return [
        license_of(
            str(value.value),
            value.qualifiers.get("link", ""),
            value.qualifiers.get("limit", ""),
        )
        for value in extract(card, "acme/tuned")
        if value.field == "license_in_text" and value.qualifiers.get("scope") != "code"
    ]


@pytest.mark.parametrize(
    ("card", "licenses"),
    [
        ("The model is subject to the Llama 2 license.", ["llama2"]),
        (
            "It is bound by the license & usage restrictions of the original Llama-2 model.",
            ["llama2"],
        ),
        ("It is governed by [tongyi-qianwen license](LICENSE).", ["tongyi-qianwen"]),
        ("- **License:** https://llama.meta.com/llama3/license/", ["llama3"]),
        ("**License** A custom commercial license is available at: "
         "[here](https://llama.meta.com/llama3/license)", ["llama3"]),
        ("This model release is for research purposes only.", ["research-only"]),
        ("## License\n\nModified MIT.\n\nThis is a license for academic, non-commercial purposes"
         " only.", ["research-only"]),
        ("- License: Academic research only.", ["research-only"]),
        ("## License\n\nThe license is `agpl-3.0`.\n\nIt is also subject to the Meta Llama 2 "
         "license terms.", ["agpl-3.0", "llama2"]),
        ("I release it as public domain.", ["public domain"]),
        ("- **License:** The training code is under an Apache-2.0 license.", []),
        ("- License: CC-BY-NC", ["cc-by-nc"]),
    ],
)  # fmt: skip
def test_text_states(card: str, licenses: list[str]) -> None:
    assert [read(one).text for one in _stated(card)] == [read(one).text for one in licenses]


@pytest.mark.parametrize(
    "card",
    [
        "The models are trained for research purposes.",
        "The model is intended for research purposes only. Possible areas are safe deployment.",
        "It has an apache-2.0 tag, so the model is suitable for commercial or non-commercial use.",
        "The model was fed a dataset that is for non-commercial use only.",
        "Do not use this model if you want a license for commercial use only.",
    ],
)
def test_text_sets_no_limit(card: str) -> None:
    assert "research-only" not in _stated(card)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("EXAONE AI Model License Agreement 1.1 - NC", "exaone"),
        ("DeepFloyd IF License Agreement", "deepfloyd-if-license"),
        ("Jamba Open Model License", "jamba-open-model-license"),
    ],
)
def test_names_of_one_agreement(one: str, other: str) -> None:
    assert read(one).text == read(other).text


@pytest.mark.parametrize(
    ("text", "tag", "reason", "verdict"),
    [
        ("meta license", "llama2", "OTHER_UNRESOLVED", "needs-review"),
        ("custom commercial license", "llama2", "OTHER_UNRESOLVED", "unknown"),
        ("llama license", "llama2", "OTHER_UNRESOLVED", "needs-review"),
        ("acme open weights license", "mit", "OTHER_UNRESOLVED", "unknown"),
        ("NVIDIA Open Model License", "nvidia-open-model", "ALIAS", "consistent"),
        ("mit", "apache-2.0", "CARD_FILE_CONFLICT", "needs-review"),
        ("research purposes only", "cc-by-nc-4.0", "STRICTER_OK", "consistent"),
        ("research purposes only", "apache-2.0", "CARD_FILE_CONFLICT", "needs-review"),
    ],
)
def test_conflict_needs_two_licenses(text: str, tag: str, reason: str, verdict: str) -> None:
    limit = "research-only" if "research" in text else ""
    stated = read(license_of(text, "", limit))
    found = double_statements.judge(LicenseEdge(stated, read(tag), LicenseRelation.SELF))
    assert (found.reason, found.verdict.value) == (reason, verdict)


def test_limit_beside_an_agreement_stays() -> None:
    stated = read(license_of("llama2", "", "noncommercial"))
    found = double_statements.judge(LicenseEdge(stated, read("llama2"), LicenseRelation.SELF))
    assert stated.text == "llama2 AND research-only"
    assert (found.reason, found.severity) == ("CARD_FILE_CONFLICT", "high")
