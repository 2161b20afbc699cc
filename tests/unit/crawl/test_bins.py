"""Parting a search ends, loses nothing and never repeats itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.crawl.github.bins import parts_of
from miner.pipelines.crawl.github.terms import code_terms, repository_terms
from miner.pipelines.intake.searches import CODE, REPOSITORY, Bin

ROOT = Bin(CODE, "transformers", "transformers from_pretrained language:python", id=1)


def test_sizes_are_parted_until_there_is_one() -> None:
    waiting, leaves = [ROOT], []
    while waiting:
        bin_ = waiting.pop()
        parts, is_all = parts_of(bin_)
        if bin_.lower is not None and bin_.lower == bin_.upper:
            assert not is_all
            leaves.append(int(bin_.lower))
            continue
        assert is_all
        assert len(parts) == 2
        first, second = parts
        assert int(str(first.upper)) + 1 == int(str(second.lower))
        if bin_.lower is not None:
            assert (first.lower, second.upper) == (bin_.lower, bin_.upper)
        if int(str(bin_.upper or 0)) > 2_000:  # the rest is as deep, and many
            waiting.append(first)
            continue
        waiting += parts
    assert leaves == sorted(leaves, reverse=True)
    assert set(range(50)) <= set(leaves)


@given(st.integers(0, 400_000), st.integers(0, 400_000))
def test_every_size_is_in_one_part(one: int, other: int) -> None:
    low, high = sorted((one, other))
    parts, is_all = parts_of(Bin(CODE, "t", "words", str(low), str(high), id=1))
    if low == high:
        assert not is_all
        return
    first, second = parts
    assert low <= int(str(first.upper)) < high
    assert int(str(second.lower)) == int(str(first.upper)) + 1


@given(st.dates(date(2015, 1, 1), date(2030, 1, 1)), st.integers(0, 5_000))
def test_every_day_is_in_one_part(first_day: date, length: int) -> None:
    last_day = first_day + timedelta(days=length)
    bin_ = Bin(REPOSITORY, "t", "topic:t", first_day.isoformat(), last_day.isoformat(), id=1)
    parts, is_all = parts_of(bin_)
    assert is_all
    if length == 0:
        assert parts == []
        return
    one, two = parts
    assert date.fromisoformat(str(one.upper)) + timedelta(days=1) == date.fromisoformat(
        str(two.lower)
    )
    assert (one.lower, two.upper) == (bin_.lower, bin_.upper)


def test_one_size_is_parted_by_extension_then_by_name_then_not_at_all() -> None:
    one = Bin(CODE, "t", "words", "7", "7", id=1)
    by_extension, is_all = parts_of(one)
    assert not is_all
    assert by_extension[0].query == "words size:7..7 extension:py"
    by_name, is_all = parts_of(by_extension[0])
    assert not is_all
    assert by_name[0].query == "words size:7..7 extension:py filename:app"
    assert parts_of(by_name[0]) == ([], True)
    yaml_only = Bin(CODE, "t", "words extension:yaml", "7", "7", id=1)
    assert all(part.filename and not part.extension for part in parts_of(yaml_only)[0])


@pytest.mark.parametrize("term", [*code_terms(), *repository_terms()])
def test_terms_are_what_github_takes(term: tuple[str, str]) -> None:
    query = term[1]
    longest = f"{query} size:399999..400000 extension:ipynb filename:requirements"
    assert len(longest) <= 256
    words = [word for word in query.split() if ":" not in word]
    if not query.startswith("topic:"):
        assert words, "qualifiers alone are refused"
    assert not {"OR", "NOT", "AND"} & set(words)
    assert not set("()*") & set(query)


def test_every_term_is_searched_once() -> None:
    queries = [term.query for term in code_terms()]
    assert len(queries) == len(set(queries))
    assert len(queries) > 50
