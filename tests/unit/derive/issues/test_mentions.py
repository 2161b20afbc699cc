"""Which models and libraries a text of an issue names, by which rule."""

from __future__ import annotations

import time

import pytest

from miner.pipelines.derive.issues.mentions import Known, libraries_in, mentions_in, names_in
from miner.schema.vocab import IssueMethod

KNOWN = Known(
    models={"openai/whisper-tiny": "huggingface", "bert-base-uncased": "huggingface",
            "src/models": "huggingface", "large": "huggingface"},
    used={"lab/used-7b": "huggingface"},
    files={"src/load.py": [("huggingface", "lab/used-7b")]},
)  # fmt: skip

CASES = [
    ("I use openai/whisper-tiny.", {("openai/whisper-tiny", "known-name")}),
    ("I use OpenAI/Whisper-Tiny", set()),
    ("(`lab/used-7b`)", {("lab/used-7b", "known-name")}),
    ("see github.com/openai/whisper-tiny", set()),
    ("see https://github.com/openai/whisper-tiny/issues/3", set()),
    ("same as openai/whisper-tiny#12", set()),
    ("docs/openai/whisper-tiny/readme", set()),
    ("openai/whisper-tiny-en is another", set()),
    ("https://huggingface.co/openai/other/discussions/3.", {("openai/other", "address")}),
    ("[card](https://huggingface.co/openai/other)", {("openai/other", "address")}),
    ("https://huggingface.co/datasets/openai/data", set()),
    ("https://modelscope.cn/models/lab/thing", {("lab/thing", "address")}),
    ("https://[::1", set()),
    ("from_pretrained('new-lab/new-7b')", {("new-lab/new-7b", "loaded")}),
    ("new-lab/new-7b is mentioned", set()),
    ("from_pretrained('your-org/your-model')", set()),
    ("--model openai/gpt-4o", set()),
    ("hf.co/new-lab/new-7b", {("new-lab/new-7b", "loaded")}),
    ('AutoModel("bert-base-uncased")', {("bert-base-uncased", "bare-name")}),
    ("bert-base-uncased in prose", set()),
    ("the `large` one", set()),
    ("error in src/load.py line 3", {("lab/used-7b", "file")}),
    ("error in lib/src/load.py", set()),
    ("", set()),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text[:40] for text, _ in CASES])
def test_models_that_a_text_names(text: str, expected: set[tuple[str, str]]) -> None:
    found = mentions_in(text, KNOWN, with_files=True)
    assert {(each.model, each.method.value) for each in found} == expected
    assert all(each.quote in text for each in found)


def test_a_file_counts_only_beside_a_library() -> None:
    assert mentions_in("error in src/load.py", KNOWN, with_files=False) == []


def test_the_surest_rule_is_kept() -> None:
    text = "openai/whisper-tiny, https://huggingface.co/openai/whisper-tiny"
    (found,) = mentions_in(text, KNOWN, with_files=True)
    assert found.method is IssueMethod.ADDRESS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Upgrade Transformers to 5", {"transformers"}),
        ("sentence-transformers and sentence_transformers", {"sentence_transformers"}),
        ("the vLLM server, with PEFT", {"vllm", "peft"}),
        ("our datasets and a whisper", set()),
        ("`whisper` fails", set()),
        ("import clip", {"clip"}),
        ("pip install flair", {"flair"}),
        ("see huggingface/transformers#3", set()),
        ("transformers-based", set()),
        ("", set()),
    ],
)
def test_libraries_that_a_text_names(text: str, expected: set[str]) -> None:
    assert libraries_in(text) == expected


@pytest.mark.parametrize(
    "text",
    ["a/" * 30_000, "a-" * 30_000, "`" * 60_000, "[" * 60_000, "https://" * 8_000, "x" * 60_000,
     "'a" * 30_000, "./" * 30_000, "a.b/" * 15_000, "hf.co/" * 10_000, "import " * 9_000],
    ids=lambda text: text[:10],
)  # fmt: skip
def test_hostile_texts_take_no_longer_than_their_length(text: str) -> None:
    started = time.process_time()
    names_in(text)
    mentions_in(text, KNOWN, with_files=True)
    libraries_in(text)
    assert time.process_time() - started < 3
