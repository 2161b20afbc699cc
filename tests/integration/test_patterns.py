"""No pattern of the package is slow on a string that was made to slow it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from miner.schema.patterns import bounded
from tests.patterns import LIMIT, ROOT, Found, measure

LENGTHS = (1_000, 10_000)
# What these functions compile depends on what they get: words that they escape.
OPEN = frozenset(
    """
    db/export.py in _filled
    pipelines/scan/name_classifier.py in _of_library
    pipelines/scan/readers/lexer.py in _patterns
    pipelines/scan/readers/python_strings.py in _is_only_checked
    pipelines/scan/readers/shell.py in _named_by
    pipelines/scan/signatures.py in _distinct
    pipelines/derive/cards/llm/says.py in _factors
    pipelines/derive/cards/llm/says.py in _says_month
    pipelines/derive/cards/llm/says.py in says_date
    pipelines/derive/cards/rules/dataset_mentions.py in _is_part
    pipelines/derive/cards/rules/languages.py in _stated
    pipelines/derive/issues/mentions.py in _library_words
    pipelines/derive/licenses/case.py in _split
    pipelines/derive/licenses/texts/package_metadata.py in _line
    pipelines/derive/licenses/texts/titles.py in rules
    queries/pictures/draw.py in _without_underscores
    schema/licenses/__init__.py in load_addresses
    schema/moe/__init__.py in _any
    schema/moe/__init__.py in _pattern
    schema/patterns.py in bounded
    """.strip().splitlines()
)


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """Measure all patterns in a process of its own: they are recorded as they are compiled."""
    command = [sys.executable, "-m", "tests.bench.patterns", "--json", "--limit", "10"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=850)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.slow
@pytest.mark.timeout(900)  # a minute of the processor; on a busy machine many of the clock
def test_no_pattern_is_slow(measured: dict[str, Any]) -> None:
    assert len(measured["patterns"]) > 900
    limit = 3 * measured["of_square"]  # by this machine, now: seconds alone would say less
    slow = [
        (one["place"], one["pattern"], one["seconds"])
        for one in measured["patterns"]
        if one["seconds"]["10000"] >= limit
    ]
    assert slow == []


@pytest.mark.slow
@pytest.mark.timeout(900)  # a minute of the processor; on a busy machine many of the clock
def test_no_function_compiles_what_was_not_measured(measured: dict[str, Any]) -> None:
    places = {re.sub(r":\d+", "", place) for place in measured["open"]}
    assert places <= {place.strip() for place in OPEN}


@pytest.mark.parametrize(
    "pattern",
    [
        r"Qwen(?:[-\s]?(?:\d[\w.]*|base))+(?=[,;]|$)",
        r"(\d+\s*(?:k|million)?)[\s-]*((?:GPU)?[\s-]*)hours",
        r"(?:base|[Bb]ase)+$",
        r"\s*,",
        r"\w+@",
    ],
)
def test_a_slow_pattern_is_found(pattern: str) -> None:
    assert measure(Found("here", pattern, 0), (1_000, 20_000)).seconds[20_000] > 0.1


@pytest.mark.parametrize("pattern", [r"\s*,", r"\w+@", r"(?:\w+-)*x"])
def test_the_same_pattern_with_an_end_is_quick(pattern: str) -> None:
    ended = bounded(pattern).pattern
    assert measure(Found("here", ended, 0), (1_000, 10_000)).seconds[10_000] < LIMIT


@pytest.mark.parametrize(
    ("written", "compiled"),
    [
        (r"\s*,", r"\s{0,40},"), (r"[\s-]+?x", r"[\s-]{1,40}?x"), (r"\w++", r"\w{1,200}+"),
        (r"\*+", r"\*{1,200}"), (r"[*+]*", r"[*+]{0,200}"), (r"[]a]+", r"[]a]{1,200}"),
        (r"(?:a|b)*", r"(?:a|b){0,300}"), (r"[^)]*\S+", r"[^)]{0,1000}\S{1,1000}"),
        (r"a.*b.+", r"a.*b.+"), (r"a?+b{2,}+c??", r"a?+b{2,}+c??"), (r"\\+", r"\\{1,200}"),
    ],
)  # fmt: skip
def test_every_repetition_gets_an_end(written: str, compiled: str) -> None:
    assert bounded(written).pattern == compiled


def test_patterns_of_bytes_get_an_end_too() -> None:
    assert bounded(rb"\w+").pattern == rb"\w{1,200}"
