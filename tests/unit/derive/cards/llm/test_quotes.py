"""Where a quote stands in a card, and what of a card its reader sees."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.derive.cards.card_markdown import read_document
from miner.pipelines.derive.cards.llm.visible import Visible
from miner.pipelines.derive.cards.value import MAX_QUOTE


def visible(card: str) -> Visible:
    return Visible(read_document(card, "acme/own"))


def found(card: str, quote: str) -> str | None:
    place = visible(card).find(quote, 0, len(card))
    return None if place is None else card[place[0] : place[1]]


@pytest.mark.parametrize(
    ("card", "quote", "expected"),
    [
        ("It has 7 billion parameters.", "7 billion parameters", "7 billion parameters"),
        ("It has 7 billion\nparameters.", "7 billion parameters", "7 billion\nparameters"),
        ("It has **7 billion** parameters.", "has 7 billion parameters",
         "has **7 billion** parameters"),
        ("Based on [acme/base](https://x.org/a) here.", "Based on acme/base here",
         "Based on [acme/base](https://x.org/a) here"),
        ("| F1 | 0.91 |\n|---|---|\n| a | 2 |\n", "| F1 | 0.91 |", "| F1 | 0.91 |"),
        ("---\nlicense: mit\n---\n# own\n", "license: mit", "license: mit"),
        ("🦙 It has 7\u200bB parameters 🦙", "7B parameters", "7\u200bB parameters"),
        ("训练 使用 了 8 张 A100", "使用了8张 A100", "使用 了 8 张 A100"),
    ],
)  # fmt: skip
def test_the_words_are_those_of_the_card(card: str, quote: str, expected: str) -> None:
    assert found(card, quote) == expected


@pytest.mark.parametrize(
    ("card", "quote"),
    [
        ("They permit it.", "mit"), ("It has 17B.", "7B"), ("It has 7.5B parameters.", "7"),
        ("It has 7.5B parameters.", "5B parameters"), ("It has 7B parameters.", "7B Parameters"),
        ("Seven.", ""), ("Seven.", " \n"), ("Seven.", "\x00"), ("a <!-- x --> b", "a b"),
    ],
)  # fmt: skip
def test_what_is_not_there_as_whole_words_is_not_found(card: str, quote: str) -> None:
    assert found(card, quote) is None


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- license: mit -->", "<!-- license: mit", "<script>license: mit</script>",
        "<style>license: mit</style>", '<p style="display:none">license: mit</p>',
        "<div hidden>license: mit</div>", '<span style="font-size: 0">license: mit</span>',
        "[//]: # (license: mit)", "[comment]: <> (license: mit)",
    ],
)  # fmt: skip
def test_what_its_reader_does_not_see_holds_no_quote(hidden: str) -> None:
    card = f"# own\n\nWords.\n\n{hidden}\n\nMore words.\n"
    seen = visible(card)
    assert seen.find("license: mit", 0, len(card)) is None
    assert seen.holds_hidden("license:  mit")
    assert "mit" not in seen.text(0, len(card))


def test_a_comment_in_a_block_of_code_is_seen() -> None:
    assert found("```html\n<!-- license: mit -->\n```\n", "license: mit") == "license: mit"


def test_comments_of_the_front_matter_are_not_seen() -> None:
    card = "---\n# license: gpl-3.0\nlicense: mit\n---\n# license: other\n"
    assert found(card, "license: gpl-3.0") is None
    assert found(card, "license: mit") == "license: mit"
    assert found(card, "license: other") == "license: other"


def test_only_in_the_part_that_was_shown() -> None:
    card = "It has 7B parameters.\n\nOther words.\n"
    assert visible(card).find("7B parameters", 20, len(card)) is None


def test_a_long_place_is_cut() -> None:
    card = "a" + " " * 500 + "b"
    place = visible(card).find("a b", 0, len(card))
    assert place == (0, MAX_QUOTE)


@given(st.text(alphabet="ab 1.*`_[](){}<!->\n|#é🦙\\", max_size=120), st.integers(0, 2**32))
def test_any_visible_words_are_found_again(card: str, seed: int) -> None:
    seen = visible(card)
    noise = random.Random(seed)
    start = noise.randint(0, len(card))
    end = noise.randint(start, len(card))
    place = seen.find(card[start:end], 0, len(card))
    if place is not None:
        assert 0 <= place[0] < place[1] <= len(card)
        assert place[1] - place[0] <= MAX_QUOTE


@pytest.mark.parametrize(
    "unit", ["<", "<!--", "<p hidden", "<p hidden>", "<style>", "[", "`", "\\", "a\x00", "<a "]
)
@pytest.mark.timeout(30)
def test_long_nonsense_takes_linear_time(unit: str) -> None:
    card = unit * 20_000
    seen = visible(card)
    seen.text(0, len(card))
    assert seen.find("not there", 0, len(card)) is None
