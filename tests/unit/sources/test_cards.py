"""Cards: what their front matter and links say, each with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.sources.records.card import CardFacts, decode, read_card
from miner.pipelines.sources.records.facts import Span
from tests.unit.sources.strategies import CARD_KEYS, assert_storable


def read(text: str) -> CardFacts:
    return read_card(text.encode(), "b" * 40, "owner/name")


def front(block: str, body: str = "# Title\n") -> str:
    return f"---\n{block}\n---\n{body}"


def quoted(text: str, span: Span | None) -> str:
    assert span is not None
    assert span.blob_sha == "b" * 40
    return text[span.start : span.end]


CARD = """\ufeff---\r
tags:\r
- mit\r
- squad\r
- 🦙 owner/base\r
license: mit\r
base_model: &base https://huggingface.co/owner/base/tree/main # where it comes from\r
base_model_relation: quantized\r
datasets: [squad, 'owner/data']\r
language: [no, EN]\r
model-index:\r
- name: x\r
  results:\r
  - dataset: {type: squad, name: SQuAD}\r
---\r
See 🦙 https://arxiv.org/abs/2106.09685v2 and arXiv: 2305.14314.\r
"""


def test_everything_a_card_says_has_its_own_place() -> None:
    facts = read(CARD)
    assert (facts.state, facts.reason) == ("parsed", "")
    assert facts.languages == ["no", "en"]
    (license_,) = facts.statements.licenses
    assert (license_.canonical, quoted(CARD, license_.span)) == ("mit", "mit")
    assert license_.span is not None
    assert CARD[: license_.span.start].endswith("license: ")  # not the tag of the same text
    (edge,) = facts.statements.edges
    assert (edge.parent, edge.relation, edge.relation_source, edge.source) == (
        "owner/base",
        "quantized",
        "card",
        "card",
    )
    assert quoted(CARD, edge.span) == "https://huggingface.co/owner/base/tree/main"
    uses = facts.statements.datasets
    assert [(use.dataset, use.role, quoted(CARD, use.span)) for use in uses] == [
        ("squad", "trained_on", "squad"),
        ("owner/data", "trained_on", "owner/data"),
        ("squad", "evaluated_on", "squad"),
    ]
    places = [use.span.start for use in uses if use.span]
    assert places == sorted(places)
    assert len(set(places)) == 3
    assert [(p.arxiv_id, p.role, quoted(CARD, p.span)) for p in facts.statements.papers] == [
        ("2106.09685", "cites", "2106.09685"),
        ("2305.14314", "cites", "2305.14314"),
    ]


@pytest.mark.parametrize(
    "block", ["license: &x 其他\ntags: [*x]", "tags: [&x 其他]\nlicense: *x", "license: '其他'"]
)
def test_a_value_that_is_not_ascii_has_a_place_too(block: str) -> None:
    (license_,) = read(front(block)).statements.licenses
    assert quoted(front(block), license_.span) == license_.key == "其他"


@pytest.mark.parametrize(
    ("block", "field"),
    [
        ("license: {name: mit}", "license"),
        ("license: [mit, {a: b}]", "license"),
        ("base_model: {name: a/b}", "base_model"),
        ("base_model: [[a/b]]", "base_model"),
        ("datasets: {train: squad}", "datasets"),
        ("datasets: [{name: squad}]", "datasets"),
        ("language: {en: true}", "language"),
        ("tags: {a: b}", "tags"),
        ("library_name: [a, b]", "library_name"),
        (f"license: {'x' * 20_000}", "license"),
    ],
)
def test_an_odd_field_makes_the_card_partial(block: str, field: str) -> None:
    facts = read(front(block))
    assert (facts.state, facts.reason) == ("partial", field)
    assert [problem.name for problem in facts.problems] == ["owner/name"]


@pytest.mark.parametrize(
    "block",
    ["license:", "license: null", "license: ~", "license: ''", "base_model: null", "datasets: []",
     "base_model: [null, '']", "self: x", "model-index: oops", "model-index: [a, {results: b}]"],
)  # fmt: skip
def test_nothing_said_is_nothing_found(block: str) -> None:
    facts = read(front("x: y\n" + block))
    assert facts.state == "parsed"
    assert (facts.statements.licenses, facts.statements.edges, facts.statements.datasets) == (
        [],
        [],
        [],
    )


def test_two_licenses_keep_their_order_and_case() -> None:
    facts = read(front("license: [MIT, 'Apache 2.0']\nlicense_name: own\nlicense_link: LICENSE"))
    assert [
        (item.position, item.key, item.canonical, item.license_name, item.license_link)
        for item in facts.statements.licenses
    ] == [
        (0, "MIT", "mit", "own", "LICENSE"),
        (1, "Apache 2.0", "apache 2.0", "own", "LICENSE"),
    ]


def test_library_and_tags_of_the_card_infer_the_relation() -> None:
    facts = read(front("base_model: a/b\nlibrary_name: peft"))
    assert [(e.relation, e.relation_source, e.source) for e in facts.statements.edges] == [
        ("adapter", "inferred", "card")
    ]


@pytest.mark.parametrize(
    ("body", "papers"),
    [
        ("https://arxiv.org/abs/2106.09685", ["2106.09685"]),
        ("https://arxiv.org/pdf/2106.09685.pdf", ["2106.09685"]),
        ("[x](http://www.arxiv.org/pdf/2106.09685v3)", ["2106.09685"]),
        ("https://huggingface.co/papers/2106.09685", ["2106.09685"]),
        ("https://hf.co/papers/2106.09685", ["2106.09685"]),
        ("arXiv:2106.09685 [cs.CL]", ["2106.09685"]),
        ("journal={arXiv preprint arXiv:2106.09685}", ["2106.09685"]),
        ("doi: 10.48550/arXiv.2106.09685", ["2106.09685"]),
        ("  eprint = {2106.09685},", ["2106.09685"]),
        ('  eprint="2106.09685v1",', ["2106.09685"]),
        ("https://arxiv.org/abs/cs/0112017", ["cs/0112017"]),
        ("https://arxiv.org/abs/math.GT/0309136", ["math.gt/0309136"]),
        ("ARXIV.ORG/ABS/2106.09685 arxiv:2106.09685v2", ["2106.09685"]),
        ("https://arxiv.org/abs/2113.09685", []),
        ("https://arxiv.org/abs/2106.096851", []),
        ("arXiv:9912.12345", []),
        ("version 2106.09685, arxiv.org, arXiv: soon", []),
        ("eprint = {10.1000/182}", []),
    ],
)
def test_papers_in_the_text(body: str, papers: list[str]) -> None:
    found = read(body).statements.papers
    assert [paper.arxiv_id for paper in found] == papers
    for paper in found:
        assert quoted(body, paper.span).lower() == paper.arxiv_id


def test_papers_are_bounded() -> None:
    body = "\n".join(f"arXiv:2106.{number:05d}" for number in range(1000))
    assert 0 < len(read(body).statements.papers) <= 200


def test_not_utf8_is_read_and_said() -> None:
    body = b"---\nlicense: mit\nx: caf\xe9\n---\ncaf\xe9 arXiv:2106.09685"
    facts = read_card(body, "b" * 40, "owner/name")
    assert (facts.state, facts.reason) == ("partial", "bytes")
    text, is_utf8 = decode(body)
    assert not is_utf8
    assert [quoted(text, item.span) for item in facts.statements.licenses] == ["mit"]
    assert [quoted(text, item.span) for item in facts.statements.papers] == ["2106.09685"]


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"# Title", "empty"),
        ("---\na: b\n---\n".encode("utf-16"), "partial"),
        (b"\x00" * 1000, "empty"),
        (b"---\na: \x00\n---\n", "unparsable"),
        (b"---\n- a\n---\n", "unparsable"),
        (b"---\n" + b"a: &a [x]\n" * 3 + b"---", "parsed"),
        (b"x" * 10_000_000, "empty"),
        (b"arxiv:" * 1_000_000, "empty"),
        (b"---\n" + b" \n" * 100_000 + b"---\n", "empty"),
    ],
)
def test_odd_files_have_a_state(body: bytes, state: str) -> None:
    facts = read_card(body, "b" * 40, "owner/name")
    assert facts.state == state


def test_an_unparsable_block_still_leaves_the_papers() -> None:
    facts = read("---\na: [b\n---\narXiv:2106.09685")
    assert facts.state == "unparsable"
    assert facts.reason
    assert [paper.arxiv_id for paper in facts.statements.papers] == ["2106.09685"]


@given(st.binary(max_size=300))
def test_no_bytes_make_a_card_fail(body: bytes) -> None:
    for whole in (body, b"---\n" + body + b"\n---\n" + body):
        assert_storable(read_card(whole, "b" * 40, "owner/name"))


_values = st.recursive(
    st.one_of(
        st.text(st.characters(codec="utf-8"), max_size=12),
        st.sampled_from(["a/b", "mit", "*x", "&x v", "|", "'a'", '"\\0"', '"\\u00e9"', "null"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.tuples(st.sampled_from(CARD_KEYS), inner).map(lambda pair: f"{{{pair[0]}: {pair[1]}}}"),
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.sampled_from(CARD_KEYS), _values), max_size=5), st.booleans())
def test_no_front_matter_makes_a_card_fail(lines: list[tuple[str, str]], crlf: bool) -> None:
    text = front("\n".join(f"{key}: {value}" for key, value in lines))
    text = text.replace("\n", "\r\n") if crlf else text
    facts = read(text)
    assert_storable(facts)
    statements = facts.statements
    spans = [
        *(edge.span for edge in statements.edges),
        *(use.span for use in statements.datasets),
        *(paper.span for paper in statements.papers),
        *(license_.span for license_ in statements.licenses),
    ]
    for span in spans:
        assert span is not None
        assert 0 <= span.start <= span.end <= len(text)
    for license_ in statements.licenses:
        if license_.key.isprintable() and license_.key.isascii():
            written = quoted(text, license_.span)
            assert written == license_.key or set(written) & set("\\'\n\r")


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("It was introduced in\n[this paper](https://arxiv.org/abs/2401.00001).", "implements"),
        ("Official code of [Herons](https://arxiv.org/abs/2401.00001)", "implements"),
        ("For details see our technical report (arXiv:2401.00001).", "implements"),
        ("These are the weights of the paper https://arxiv.org/pdf/2401.00001", "implements"),
        ("It was fine-tuned on the data described in https://arxiv.org/abs/2401.00001", "cites"),
        ("It uses the method introduced in https://arxiv.org/abs/2401.00001", "cites"),
        ("Introduced in 2024.\n\n- RoPE: https://arxiv.org/abs/2401.00001", "cites"),
        ("See our paper. It builds on https://arxiv.org/abs/2401.00001", "cites"),
        ("As in arXiv:2401.00001.\n\nIt was presented in arXiv:2401.00001", "implements"),
    ],
)  # fmt: skip
def test_a_card_says_which_paper_is_its_own(text: str, role: str) -> None:
    [paper] = read(text).statements.papers
    assert (paper.arxiv_id, paper.role) == ("2401.00001", role)
