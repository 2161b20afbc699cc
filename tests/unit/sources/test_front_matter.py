"""The YAML block of a card: values as written, their places, and hostile input.

What holds of a place: ``card[start:end]`` is the value itself where it stands plain or quoted on
one line without escapes; otherwise it is the source text of the value, with its escapes,
line ends and indentation, and without quotes, anchor, tag or header of a block scalar.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.sources.records.front_matter import (
    MAX_DEPTH,
    MAX_NODES,
    Scalar,
    read_front_matter,
)


def scalars(value: object) -> Iterator[Scalar]:
    if isinstance(value, Scalar):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from scalars(item)
    elif isinstance(value, list):
        for item in value:
            yield from scalars(item)


def card(block: str) -> str:
    return f"---\n{block}\n---\n# body\n"


EXACT = {
    "plain": ("license: mit", {"license": "mit"}),
    "several words": ("license: apache 2.0 ", {"license": "apache 2.0"}),
    "comment": ("license: mit # of the weights", {"license": "mit"}),
    "single quotes": ("license: 'mit'", {"license": "mit"}),
    "double quotes": ('license: "mit"', {"license": "mit"}),
    "empty quotes": ('license: ""', {"license": ""}),
    "flow list": ("tags: [a, 'b', \"c\", d e]", {"tags": ["a", "b", "c", "d e"]}),
    "flow object": ("x: {a: 1, b: [2, 3]}", {"x": {"a": "1", "b": ["2", "3"]}}),
    "block list": ("tags:\n- a\n-   b\n- 'c'", {"tags": ["a", "b", "c"]}),
    "list in list": ("x:\n- - a\n  - b", {"x": [["a", "b"]]}),
    "Norwegian": ("language: no", {"language": "no"}),
    "many words for truth": ("x: [yes, no, off, true]", {"x": ["yes", "no", "off", "true"]}),
    "a date stays text": ("date: 2024-01-01", {"date": "2024-01-01"}),
    "a number stays text": ("x: [1_0, 0x1F, 012, 1:30]", {"x": ["1_0", "0x1F", "012", "1:30"]}),
    "nulls": ("a: null\nb: ~\nc:\nd: Null", {"a": None, "b": None, "c": None, "d": None}),
    "null as text": ("a: 'null'\nb: \"\"", {"a": "null", "b": ""}),
    "beyond the BMP": ("a: 🦙🦙\nb: 🐍", {"a": "🦙🦙", "b": "🐍"}),
    "after beyond the BMP": ("# 🦙🦙🦙\na: é🦙\nlicense: mit", {"a": "é🦙", "license": "mit"}),
    "Chinese": ("license: 其他\nb: c", {"license": "其他", "b": "c"}),
    "anchor": ("a: &x mit\nb: *x", {"a": "mit", "b": "mit"}),
    "anchor and quotes": ("a: &x 'mit'\nb: [*x, *x]", {"a": "mit", "b": ["mit", "mit"]}),
    "anchored list": ("a: &x [p, q]\nb: *x", {"a": ["p", "q"], "b": ["p", "q"]}),
    "tag": ("a: !!str mit\nb: !own 'x'", {"a": "mit", "b": "x"}),
    "tag and anchor": ("a: !!str &x mit\nb: &y !!str \"mit\"", {"a": "mit", "b": "mit"}),
    "a tag makes no object": ("a: !!python/object/apply:os.system ['ls']", {"a": ["ls"]}),
    "duplicate keys": ("license: mit\nlicense: gpl-3.0", {"license": "gpl-3.0"}),
    "self": ("self: x\nid: y", {"self": "x", "id": "y"}),
    "key that is no text": ("? [a, b]\n: c\nd: e", {"d": "e"}),
    "complex key": ("? a\n: b", {"a": "b"}),
    "mark at the start": ("\ufeffa: 🦙\nb: c", {"a": "🦙", "b": "c"}),
    "other line ends": ("a: x\u2028b: y\x85c: z", {"a": "x", "b": "y", "c": "z"}),
    "alias of nothing": ("a: *nobody", {"a": None}),
    "alias of itself": ("a: &a [x, *a]", {"a": ["x", None]}),
    "dashes inside a line": ("a: b --- c", {"a": "b --- c"}),
    "one-line block scalar": ("a: |-\n  mit\nb: >-\n  x y", {"a": "mit", "b": "x y"}),
    "a tab behind a value": ("a: mit\t\nb: c", {"a": "mit", "b": "c"}),
    "percent": ("a: 50%", {"a": "50%"}),
}  # fmt: skip


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("before", ["", "\ufeff", "\n \n"], ids=["", "BOM", "empty lines"])
@pytest.mark.parametrize(("block", "data"), EXACT.values(), ids=EXACT.keys())
def test_values_and_their_places(
    block: str, data: dict[str, object], before: str, ends: str
) -> None:
    text = before + card(block).replace("\n", ends)
    front = read_front_matter(text)
    assert (front.state, front.reason) == ("parsed", "")
    assert front.data == data
    for scalar in scalars(front.data):
        assert text[scalar.start : scalar.end] == scalar
    assert text[front.end :].strip() == "# body"


@pytest.mark.parametrize(
    ("block", "value", "source"),
    [
        pytest.param('a: "caf\\u00e9"', "café", "caf\\u00e9", id="escape"),
        pytest.param('a: "say \\"x\\""', 'say "x"', 'say \\"x\\"', id="escaped quotes"),
        pytest.param('a: "x\\0y"', "x\ufffdy", "x\\0y", id="escaped NUL"),
        pytest.param("a: 'it''s'", "it's", "it''s", id="doubled quote"),
        pytest.param("a: two\n  lines\nb: x", "two lines", "two\n  lines", id="plain folded"),
        pytest.param('a: "two\n  lines"', "two lines", "two\n  lines", id="quoted folded"),
        pytest.param("a: |\n  one\n  two\nb: x", "one\ntwo\n", "one\n  two", id="literal"),
        pytest.param("a: >\n  one\n  two\n\nb: x", "one two\n", "one\n  two", id="folded"),
        pytest.param("a: |2-\n   one\n\n\nb: x", " one", "one", id="indented"),
        pytest.param("a: &x |+ # c\n  mit\n\nb: x", "mit\n\n", "mit", id="anchored, commented"),
        pytest.param("a: |\n\n  one\nb: x", "\none\n", "one", id="empty first line"),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_value_over_lines_or_escaped_has_its_source_text(
    block: str, value: str, source: str, ends: str
) -> None:
    text = "\ufeff" + card("x: 🦙\n" + block).replace("\n", ends)
    found = read_front_matter(text).data["a"]
    assert isinstance(found, Scalar)
    assert found == value
    assert text[found.start : found.end] == source.replace("\n", ends)


def test_an_empty_block_scalar_has_an_empty_place() -> None:
    text = card("a: |\nb: x")
    found = read_front_matter(text).data["a"]
    assert isinstance(found, Scalar)
    assert text[found.start : found.end] == found == ""


@pytest.mark.parametrize(
    "text",
    ["", "# Title\n", "text\n---\na: b\n---\n", "----\na: b\n----\n", "---\n---\n", "---\n\n---\n",
     "---\n# only a comment\n---\n", "---\n{}\n---\n", "---\nnull\n---\n", "-- -\n", "\ufeff",
     "---a: b---"],
)  # fmt: skip
def test_no_front_matter_is_empty(text: str) -> None:
    front = read_front_matter(text)
    assert (front.state, front.data, front.reason) == ("empty", {}, "")


BOMB = "\n".join(
    ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    + [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12)]
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("---\na: b\n", "not closed", id="unclosed"),
        pytest.param("---\na: b\n --- \n", "not closed", id="closed by an indented line"),
        pytest.param("---\n- a\n- b\n---\n", "a list where", id="list at the top"),
        pytest.param("---\njust a rule\n---\n", "a text where", id="text at the top"),
        pytest.param(card("a:\tb\n\tc: d"), "", id="tab as indentation"),
        pytest.param(card("a: b: c"), "", id="colon in a value"),
        pytest.param(card("a: [b"), "", id="open list"),
        pytest.param(card('a: "b'), "", id="open quotes"),
        pytest.param(card("a: @b"), "", id="reserved character"),
        pytest.param(card("a: b\x00c"), "", id="NUL"),
        pytest.param(card("a: b\x07c"), "", id="control character"),
        pytest.param(card("a: \ufffe"), "", id="noncharacter"),
        pytest.param(card('a: "\\ud800"'), "", id="escaped surrogate"),
        pytest.param(card("a: " + "[" * 5000), "deeper", id="deep open list"),
        pytest.param(card("a: " + "[" * 5000 + "]" * 5000), "deeper", id="deep list"),
        pytest.param(card("a: " + "{a: " * 5000 + "}" * 5000), "deeper", id="deep object"),
        pytest.param(
            card("\n".join(" " * n + "a:" for n in range(MAX_DEPTH + 2))), "deeper", id="deep lines"
        ),
        pytest.param(card(BOMB), f"more than {MAX_NODES}", id="alias bomb"),
        pytest.param(card("a: [" + "x, " * MAX_NODES + "x]"), f"more than {MAX_NODES}", id="many"),
        pytest.param(card("tags:\n" + "- x\n" * 1_250_000), "characters", id="5 MB"),
        pytest.param(card("a: " + "x" * 5_000_000), "characters", id="5 MB in one value"),
        pytest.param("---\n" + "a: b\n" * 1_000_000, "not closed", id="5 MB unclosed"),
    ],
)
def test_hostile_front_matter_is_a_state_with_a_reason(text: str, reason: str) -> None:
    begin = time.process_time()
    front = read_front_matter(text)
    assert time.process_time() - begin < 5  # no bound is exact here: a bomb would take hours
    assert (front.state, front.data) == ("unparsable", {})
    assert reason in front.reason
    assert 0 < len(front.reason) <= 200
    assert front.reason.isprintable()


def test_a_bomb_within_the_bound_is_read() -> None:
    front = read_front_matter(card("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]"))
    assert front.data["c"] == [[["x", "x"]] * 2] * 2


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_no_block_makes_it_fail_and_no_place_is_outside(block: str) -> None:
    text = card(block)
    front = read_front_matter(text)
    assert front.state in {"parsed", "empty", "unparsable"}
    for scalar in scalars(front.data):
        assert 0 <= scalar.start <= scalar.end <= len(text)


_PIECES = st.sampled_from(
    ["a", "b: ", "- ", "\n", "\n  ", "\r\n", "&x ", "*x", "!!str ", "|", ">", "'", '"', "[", "]",
     "{", "}", ", ", "# c", "\t", "🦙", "\ufeff", "---\n", "...\n", "? ", "no", "~", "\\", "%",
     "\u2028"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_no_mixture_of_yaml_makes_it_fail(block: str) -> None:
    text = "\ufeff" + card(block)
    for scalar in scalars(read_front_matter(text).data):
        written = text[scalar.start : scalar.end]
        # whatever the style, every letter of the value is in the text that is quoted for it
        assert [c for c in written if c.isalnum()] == [c for c in scalar if c.isalnum()]


# without NUL, and without the line ends that the writer itself does not keep
_written = st.characters(codec="utf-8", exclude_characters="\x00\x85\u2028\u2029\r")


@given(
    st.dictionaries(
        st.text("abc_-", min_size=1, max_size=5),
        st.one_of(
            st.text(_written, max_size=20),
            st.lists(st.text(_written, max_size=10), max_size=3),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.booleans(),
)
def test_what_a_yaml_writer_writes_is_read_back(
    data: dict[str, object], style: str | None, flow: bool
) -> None:
    block = yaml.safe_dump(data, default_style=style, default_flow_style=flow, allow_unicode=True)
    text = card(block)
    front = read_front_matter(text)
    assert front.data == data
    for scalar in scalars(front.data):
        written = text[scalar.start : scalar.end]
        if "\\" not in written and "\n" not in written and "''" not in written and written:
            assert written.strip() == scalar.strip()
