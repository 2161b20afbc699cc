"""Facts beside two licenses: what they say as flags."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.licenses.case import Case, edges_of
from miner.pipelines.derive.licenses.circumstances import Circumstances, facts_of
from miner.pipelines.derive.licenses.edge import Flags


def _flags(facts: str, *, downstream_kind: str = "model", name: str = "a/x") -> Flags:
    found = Circumstances("model", downstream_kind, name, "unknown", facts_of(facts))
    return found.flags()


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("", {}),
        ("a=b", {"a": "b"}),
        (" A = b c ; d=e=f;;g", {"a": "b c", "d": "e=f", "g": "yes"}),
        ("=x", {}),
    ],
)
def test_facts_are_read(text: str, facts: dict[str, str]) -> None:
    assert facts_of(text) == facts


@pytest.mark.parametrize("facts", ["", "notice=none", "repo_files=model.safetensors", "notice="])
def test_no_notice(facts: str) -> None:
    assert _flags(facts).notice is None


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ("notice=yes", set()),
        ("notice=Built with Llama+llama3.2 license+AUP", {"llama", "llama3.2"}),
        ("notice=Llama 3.1+Gemma", {"llama", "llama3.1", "gemma"}),
        ("repo_files=weights.bin,LICENSE-GEMMA", {"gemma"}),
        ("repo_files=USE_POLICY.md", set()),
        ("repo_files=LICENSE.txt", set()),
    ],
)
def test_a_notice_and_what_it_names(facts: str, named: set[str]) -> None:
    assert _flags(facts).notice == frozenset(named)


def test_a_repository_has_a_license_file_of_its_own() -> None:
    assert _flags("repo_files=m.bin,LICENSE", downstream_kind="repo").notice is None
    assert _flags("repo_files=m.bin,NOTICE", downstream_kind="repo").notice == frozenset()


@pytest.mark.parametrize(
    "name", ["model.safetensors", "pytorch_model.bin", "a/b/v1-5.ckpt", "x.gguf", "weights.pt"]
)
def test_weights_among_files(name: str) -> None:
    assert _flags(f"repo_files=README.md,{name}").names_weights
    assert not _flags("repo_files=README.md,train.py").names_weights


@pytest.mark.parametrize(
    ("facts", "region"),
    [
        ("licensee_region=EU", "eu"),
        ("licensee_region=Germany", "eu"),
        ("licensee_region=GB", "uk"),
        ("region=KR", "south korea"),
        ("licensee_region=unknown", ""),
        ("", ""),
    ],
)
def test_regions(facts: str, region: str) -> None:
    assert _flags(facts).region == region


@pytest.mark.parametrize(
    ("facts", "generator"),
    [
        ("generated_by=ChatGPT", "provider"),
        ("generated_by=Llama-2-70b-chat", "llama2"),
        ("generated_by=gemma-2-27b-it", "gemma"),
        ("generated_by=Mixtral-8x7B", ""),
        ("generated_by=Qwen2.5-72B", ""),
        ("generated_by=humans", ""),
    ],
)
def test_who_made_the_data(facts: str, generator: str) -> None:
    assert _flags(facts).generator == generator


@pytest.mark.parametrize(
    ("facts", "base"),
    [
        ("base_model=meta-llama/Meta-Llama-3-8B", "llama3"),
        ("base_model=meta-llama/Llama-3.1-8B", "llama3.1"),
        ("base_model=Qwen/Qwen2-7B", "qwen"),
        ("base_model=acme/x", "acme/x"),
        ("base_model=none", ""),
    ],
)
def test_the_base(facts: str, base: str) -> None:
    assert _flags(facts).base == base


def test_texts_of_the_downstream() -> None:
    flags = _flags("card_text=non-commercial only;linked_file=apache-2.0")
    assert flags.text is not None
    assert flags.text.text == "research-only"
    assert flags.file is not None
    assert flags.file.text == "apache-2.0"
    assert _flags("card_text=see below;license_file=LICENSE").text is None


def test_a_history_leaves_out_what_holds_now() -> None:
    former = _flags("upstream_license_history=cc-by-nc-4.0>mit>apache-2.0").former
    assert [one.text for one in former] == ["cc-by-nc-4.0", "mit"]


def test_a_name_beside_other_is_taken_for_it() -> None:
    (edge,) = edges_of(Case("", "mit", "other", "finetune", facts="license_name=gemma"))
    assert edge.downstream.text == "gemma"


def test_a_file_is_of_the_side_that_needs_one() -> None:
    (edge,) = edges_of(Case("", "other", "mit", "finetune", facts="license_file=llama2"))
    assert (edge.upstream.text, edge.flags.file) == ("llama2", None)


@pytest.mark.parametrize(
    ("names", "licenses", "read"),
    [
        ("a/x | a/y", "mit | gpl-3.0", ["mit", "gpl-3.0"]),
        ("a/x | a/y", "mit|isc | gpl-3.0", ["mit | isc", "gpl-3.0"]),
        ("a/x | a/y", "mit|gpl-3.0", ["mit", "gpl-3.0"]),
        ("a/x | a/y", " | mit", ["", "mit"]),
        ("a/x | a/y | a/z", "mit |  | isc", ["mit", "", "isc"]),
        ("a/x | a/y", "", ["", ""]),
        ("", "mit | isc", ["mit", "isc"]),
        ("a/x", "mit|isc", ["mit | isc"]),
    ],
)
def test_parents(names: str, licenses: str, read: list[str]) -> None:
    case = Case("", licenses, "mit", "merge", upstream_id=names)
    assert [edge.upstream.text for edge in edges_of(case)] == read
