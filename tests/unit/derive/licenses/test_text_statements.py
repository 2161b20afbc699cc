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
        ("## License\n\nMIT. Its use is also governed by the Gemma Terms of Use.",
         ["mit", "gemma"]),
        ("## License\n\nApache 2.0. It is also subject to the terms of use of Gemma.",
         ["apache-2.0", "gemma"]),
        ("## License\n\nSame as the base model (Llama 2).", ["llama2"]),
        ("- License: the same as [Tiny](https://example.org/tiny)", ["other(the same as tiny)"]),
        ("It may be used for research purposes only: a model to learn from. The original Llama2 "
         "license and all limits of its data apply.", ["llama2"]),
        ("It is a tune of Mistral-7B, which is licensed under Apache 2.0.", []),
        ("Dolphin is Apache-2.0 licensed.", ["apache-2.0"]),
        ("Author: Ann Other, 2024. License: MIT.", ["mit"]),
        ("For research use only, not for commercial use.", ["research-only"]),
        ("## License\n\nApache 2.0, but not for commercial use.", ["research-only"]),
        ("## License\n\nModified MIT License: non commercial use only.", ["research-only"]),
        ("## License\n\nThe code is MIT. The model weights are under CC-BY-NC-4.0.",
         ["cc-by-nc-4.0"]),
        ("The datasets are all released under a CC0 license.", []),
        ("## License\n\nA custom license is available at https://ai.google.dev/gemma/terms.",
         ["gemma"]),
        ("## License\n\nIts use is subject to the Model License.\n\nSee the [LICENSE-MODEL]("
         "https://github.com/deepseek-ai/DeepSeek-Math/blob/main/LICENSE-MODEL).", ["deepseek"]),
        ("- **License:** Acme License\n\n## Base\n\n[license](https://llama.com/llama3/license)",
         ["acme license"]),
        ("I release it as public domain.", ["public domain"]),
        ("- **License:** The training code is under an Apache-2.0 license.", []),
        ("- License: CC-BY-NC", ["cc-by-nc"]),
    ],
)  # fmt: skip
def test_text_states(card: str, licenses: list[str]) -> None:
    assert [read(one).text for one in _stated(card)] == [read(one).text for one in licenses]


@pytest.mark.parametrize(
    ("badges", "licenses"),
    [
        (("Code%20License-Apache_2.0-green",), []),
        (("Code%20License-Apache_2.0-green", "Model%20License-CC_BY--NC_4.0-blue"),
         ["cc-by-nc-4.0"]),
        (("license-MIT-green",), ["mit"]),
    ],
)  # fmt: skip
def test_badge_of_code_is_not_that_of_weights(badges: tuple[str, ...], licenses: list[str]) -> None:
    card = "\n".join(f"[![b](https://img.shields.io/badge/{one}.svg)](LICENSE)" for one in badges)
    found = [one.value for one in extract(card, "acme/tuned") if one.field == "license"]
    assert found == licenses


@pytest.mark.parametrize(
    "front",
    ["license: other\nlicense_name: gemma", "license: gemma"],
)
def test_front_matter_of_the_copied_card(front: str) -> None:
    card = f"A copy.\n\nOriginal card:\n\n---\n{front}\n---\n\nIt writes."
    assert [one.value for one in extract(card, "acme/copy") if one.field == "license"] == ["gemma"]


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
        ("Skywork Community License", "other(LICENSE)", "TEXT_ONLY", "needs-review"),
        ("creativeml-openrail-m", "openrail", "FAMILY_KEY", "needs-review"),
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
