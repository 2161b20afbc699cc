"""License expressions that nobody would write, and those that stop a parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.check.license_terms import terms_of
from miner.pipelines.derive.licenses import statement
from miner.pipelines.derive.licenses.statement import Op, read

HOSTILE = {
    "brackets that hold nothing": "() and mit",
    "brackets of nothing, then a name": "( ) gpl 2.0 or later",
    "brackets that do not end": "( and classpath-exception-2.0",
    "brackets that were not opened": "mit and )",
    "operators alone": "and or with",
    "an operator twice": "mit and and apache-2.0",
    "an exception of nothing": "with classpath-exception-2.0",
    "an exception to an exception": "gpl-2.0 with font-exception-2.0 with gcc-exception-3.1",
    "a sign that no id has": "mit and \x00 or *",
    "not": "not mit and not not apache-2.0",
    "one bracket for each sign": "(" * 240 + "mit" + ")" * 240 + " and mit",
    "one bracket for each operator": "(mit and " * 49 + "mit" + ")" * 49,
    "one exception after the other": "gpl-2.0 with " * 30 + "none",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_expression_is_no_error(text: str) -> None:
    found = read(text)
    assert found.wording == text
    assert terms_of(found).state in {"stated", "unresolved"}


PIECES = st.sampled_from(
    ["(", ")", "()", "and", "or", "with", "not", "mit", "apache-2.0", "gpl-2.0+", "[", "]", ",",
     "classpath-exception-2.0", "/", "é", "*"]
)  # fmt: skip


@given(st.lists(PIECES, min_size=1, max_size=12), st.sampled_from([" ", ""]))
def test_no_order_of_pieces_stops_the_reading(pieces: list[str], between: str) -> None:
    found = read(between.join(pieces))
    assert found.op in Op
    terms_of(found)


def test_an_error_of_ours_is_not_taken_for_one_of_the_parser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_node: object) -> statement.Statement:
        raise KeyError("a table of ours lacks a row")

    monkeypatch.setattr(statement, "_node", broken)
    with pytest.raises(KeyError, match="lacks a row"):
        read.__wrapped__("mit and apache-2.0")  # past its memory
