"""License expressions that nobody would write, and those that stop a parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.check.license_terms import terms_of
from miner.pipelines.derive.licenses import statement
from miner.pipelines.derive.licenses.case import Case, decide
from miner.pipelines.derive.licenses.matrices import open_matrix
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


def _listed(word: str, count: int) -> str:
    return "|".join(f"{word}{number}" for number in range(count))


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (Case("1", _listed("l", 1_500), _listed("x", 1_500), "finetune"), "OTHER_UNRESOLVED"),
        (Case("1", "mit | " * 3_000 + "mit", "mit", "merge"), "BAD_CASE"),
        (Case("1", "(" * 160 + "mit" + ")" * 160, "mit", "finetune"), "ALIAS"),
        (Case("1", "mit", "mit", "finetune", facts="k=v;" * 30_000), "SAME"),
    ],
    ids=["lists", "parents", "brackets", "facts"],
)
@pytest.mark.timeout(60)
def test_no_case_is_compared_without_end(case: Case, reason: str) -> None:
    """Lists and parents are compared in pairs: a case of 30 kB took 13 s."""
    assert decide(case, open_matrix("miner")).reason == reason
