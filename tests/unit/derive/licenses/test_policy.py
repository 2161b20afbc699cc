"""The policy: cases of every relation, and what has to hold for all licenses."""

from __future__ import annotations

import csv
import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.derive.licenses.case import Case, case_of, decide, edges_of
from miner.pipelines.derive.licenses.edge import Flags, LicenseEdge
from miner.pipelines.derive.licenses.matrices import open_matrix, tabulate
from miner.pipelines.derive.licenses.policy import exclude_each_other
from miner.pipelines.derive.licenses.statement import read
from miner.schema.licenses import load_licenses
from miner.schema.licenses.terms import (
    LICENSE_RELATION_SPELLINGS,
    WEIGHTS,
    LicenseRelation,
    Severity,
    Verdict,
)

CASES = Path(__file__).parent / "cases.csv"
MINER = open_matrix("miner")
ONE_A_FAMILY = sorted({one.family: key for key, one in load_licenses().items()}.values())
STATED = [
    *ONE_A_FAMILY, "llama3", "llama3.1", "qwen", "openrail", "cc", "gpl", "cc-by-nc-4.0", "mit",
    "", "other", "NOASSERTION", "acme-weights", "mit|gpl-3.0", "mit OR llama2",
]  # fmt: skip


def _rows() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row["case_id"])
def test_a_case(row: dict[str, str]) -> None:
    found = decide(case_of(row), MINER)
    assert (found.verdict, found.reason) == (row["verdict"], row["reason"]), found.explanation
    assert found.reasons[0] == found.reason


def test_the_cases_cover_every_relation_verdict_and_flag() -> None:
    rows = _rows()
    assert len(rows) >= 150
    assert {row["verdict"] for row in rows} == set(Verdict)
    relations = {LICENSE_RELATION_SPELLINGS.get(row["relation"]) for row in rows}
    assert relations >= set(LicenseRelation) - {LicenseRelation.UNKNOWN}
    assert {row["redistributes"] for row in rows} == {"yes", "no", "unknown"}


def _edge(up: str, down: str, relation: LicenseRelation, **flags: object) -> LicenseEdge:
    return LicenseEdge(read(up), read(down), relation, Flags(**flags))  # type: ignore[arg-type]


PAIRS = list(itertools.product(STATED, STATED))


@pytest.mark.parametrize("relation", LicenseRelation)
def test_every_pair_has_an_answer_in_whole_sentences(relation: LicenseRelation) -> None:
    for up, down in PAIRS:
        found = MINER.decide(_edge(up, down, relation))
        assert found.explanation.endswith(".")
        assert not set("{}") & set(found.explanation + found.action)
        assert found.matrix == "miner"


def test_loading_a_model_by_name_is_never_inconsistent() -> None:
    for up, down in PAIRS:
        for ships in ("no", "unknown"):
            edge = _edge(up, down, LicenseRelation.USED_BY, downstream_kind="repo", ships=ships)
            assert MINER.decide(edge).verdict is not Verdict.INCONSISTENT


def test_data_are_never_of_high_severity() -> None:
    for up, down in PAIRS:
        found = MINER.decide(_edge(up, down, LicenseRelation.TRAINED_ON))
        assert found.severity is not Severity.HIGH


@pytest.mark.parametrize("relation", sorted(WEIGHTS))
def test_commercial_use_is_never_granted_by_who_does_not_have_it(relation: str) -> None:
    known = load_licenses().values()
    strict = [one for one in known if one.commercial_use == "no"][::5]
    for up, down in itertools.product(strict, [one for one in known if one.allows_commerce][::5]):
        edge = _edge(up.license, down.license, LicenseRelation(relation))
        assert MINER.decide(edge).verdict is Verdict.INCONSISTENT


def test_a_license_goes_with_itself_but_for_names_and_adaptations() -> None:
    for key, relation in itertools.product(load_licenses(), LicenseRelation):
        found = MINER.decide(_edge(key, key, relation))
        if found.verdict is Verdict.INCONSISTENT:
            assert found.reason in {"ND_DERIVED", "NAME_PREFIX_MISSING"}


def test_silence_upstream_is_never_consistent() -> None:
    for silent, down, relation in itertools.product(["", "other"], STATED, LicenseRelation):
        if relation is LicenseRelation.SELF:
            continue
        assert MINER.decide(_edge(silent, down, relation)).verdict is not Verdict.CONSISTENT


@given(st.permutations([("a/x", "mit"), ("a/y", "cc-by-nc-4.0"), ("a/z", ""), ("a/w", "llama3")]))
def test_the_order_of_parents_changes_no_verdict(parents: list[tuple[str, str]]) -> None:
    case = Case(
        "", " | ".join(stated for _, stated in parents), "mit", "merged_from",
        upstream_id=" | ".join(name for name, _ in parents),
    )  # fmt: skip
    assert len(edges_of(case)) == 4
    assert decide(case, MINER).verdict is Verdict.INCONSISTENT


@given(st.sampled_from(STATED), st.sampled_from(STATED))
def test_whether_parents_exclude_each_other_does_not_depend_on_their_order(
    one: str, other: str
) -> None:
    a, b = read(one), read(other)
    assert exclude_each_other(a, b) == exclude_each_other(b, a)
    assert not exclude_each_other(a, a)


def test_more_parents_never_make_a_merge_better() -> None:
    rank = list(Verdict).index
    for up, down in PAIRS:
        alone = decide(Case("", up, down, "merge", upstream_id="a/x"), MINER).verdict
        both = decide(Case("", f"{up} | mit", down, "merge", upstream_id="a/x | a/y"), MINER)
        if "UNEXPLAINED_COMMUNITY_TAG" in both.reasons or up == "":
            continue
        assert rank(both.verdict) >= rank(alone), (up, down)


def test_an_edge_is_decided_once_and_alike_for_all_rows_that_have_it() -> None:
    rows = [
        Case("", "llama3", "llama3", "finetune", downstream_id=f"owner{number}/Llama-3-{number}")
        for number in range(50)
    ] + [Case("", "llama3", "llama3", "finetune", downstream_id="owner/other-name")]
    edges = [edges_of(row)[0] for row in rows]
    found = tabulate(edges, MINER)
    assert len(found) == 2
    assert [found[edge].reason for edge in edges] == [decide(row, MINER).reason for row in rows]


def test_equal_edges_are_told_in_the_same_words() -> None:
    first = MINER.decide(_edge("gemma", "other(gemma-terms-of-use)", LicenseRelation.FINETUNE))
    second = MINER.decide(_edge("gemma", "gemma", LicenseRelation.FINETUNE))
    assert (first.reason, second.reason) == ("ALIAS", "SAME")


def test_an_owner_may_license_anew_and_the_reason_stays() -> None:
    edge = _edge("gpl-3.0", "mit", LicenseRelation.FINETUNE)
    mine = replace(edge, flags=replace(edge.flags, same_owner=True))
    assert MINER.decide(edge).verdict is Verdict.INCONSISTENT
    assert MINER.decide(mine).verdict is Verdict.NEEDS_REVIEW
    assert MINER.decide(mine).reason == MINER.decide(edge).reason


def test_a_finding_says_clause_action_address_and_version() -> None:
    found = MINER.decide(_edge("gemma", "mit", LicenseRelation.FINETUNE)).as_row()
    assert found["clause"].startswith("s.3.1")
    assert found["action"].startswith("State gemma")
    assert found["evidence_url"] == "https://ai.google.dev/gemma/terms"
    assert (found["matrix"], found["matrix_version"]) == ("miner", MINER.version)
