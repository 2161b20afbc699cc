"""Every title rule, by its own examples."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.licenses.texts import titles
from miner.pipelines.derive.licenses.texts.detect import detect
from miner.pipelines.derive.licenses.texts.found import Method, TextState
from miner.schema.licenses import load_licenses
from tests.license_texts import BODY

# Licenses that the table of facts does not have: their texts are told apart, their terms are not.
NAMED_ONLY = {
    "ai2-impact-low-risk", "alphafold3-nc-terms", "chameleon-research-license", "codegeex",
    "cogvideox", "ltx-video-open-weights", "minimax-model", "openatom-model-license",
    "orion-model-license", "s-lab-nc-1.0", "sam-license", "sdxl-0.9-research", "seamless",
    "skywork-model-license", "xverse-model-license",
}  # fmt: skip
EXAMPLES = [(title, key) for rule in titles.rules() for title, key in rule.examples.items()]


@pytest.mark.parametrize(("title", "key"), EXAMPLES)
def test_a_title_above_a_text_says_which_license_it_is(title: str, key: str) -> None:
    # The modified MIT is told by its clause on large products, too: others use its title.
    clause = "Show our name above a million monthly active users." if "mit" in key else ""
    found = detect(f"{title}\n\n{BODY}\n{clause}", "LICENSE")
    if key:
        assert (found.state, found.license) == (TextState.RECOGNIZED, key)
        assert found.matches[0].method is Method.TITLE
        assert found.matches[0].quote.strip() == title
    else:
        assert found.license == ""


def test_every_license_is_in_the_table_or_known_to_be_missing_there() -> None:
    keys = {key for _, key in EXAMPLES if key}
    assert keys - set(load_licenses()) <= NAMED_ONLY


def test_there_are_rules_for_more_than_sixty_licenses() -> None:
    assert len({key for _, key in EXAMPLES if key}) > 60


@pytest.mark.parametrize(
    "title",
    [
        "# LLAMA 3.1 COMMUNITY LICENSE AGREEMENT #",
        "**Llama 3.1 Community License Agreement**",
        '<h2 align="center"> LLAMA 3.1 COMMUNITY LICENSE </h2>',
        "\ufeffLLAMA 3.1 COMMUNITY LICENSE AGREEMENT",
        "Copyright (c) 2024 Somebody\nAll rights reserved\n\nLlama 3.1 Community Licence",
    ],
)
def test_marks_around_a_title_do_not_matter(title: str) -> None:
    assert detect(f"{title}\r\n\r\n{BODY}").license == "llama3.1"


def test_a_version_that_no_table_has_keeps_its_own_name() -> None:
    found = detect(f"LLAMA 9 COMMUNITY LICENSE AGREEMENT\n\n{BODY}")
    assert (found.license, found.spdx) == ("llama9", "LicenseRef-llama9")


def test_a_sentence_that_mentions_a_title_is_no_title() -> None:
    text = f"This work builds on a model that came under the Gemma Terms of Use.\n\n{BODY}"
    assert detect(text, "LICENSE").state is TextState.UNRECOGNIZED


def test_an_unknown_text_keeps_its_title() -> None:
    found = detect(f"Acme Research License\n\n{BODY}", "LICENSE")
    assert (found.state, found.reason, found.title) == (
        TextState.UNRECOGNIZED, "unknown-text", "Acme Research License",
    )  # fmt: skip


def test_a_policy_on_uses_is_no_license() -> None:
    found = detect(f"# Llama 3 Acceptable Use Policy\n\n{BODY}", "USE_POLICY.md")
    assert (found.state, found.reason) == (TextState.UNRECOGNIZED, "use-policy")
