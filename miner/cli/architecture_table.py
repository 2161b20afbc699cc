"""The architecture of a model as a table for people: what it is, from where, and how sure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from miner.cli.sheet import Sheet

_BILLION = 1_000_000_000
_FEW = 10
_KINDS = {True: "a mixture of experts", False: "dense", None: "not known"}


def print_architecture(row: Mapping[str, Any]) -> None:
    """Print the answer to one request.

    Args:
        row: Its columns, as they are printed in JSON; parameters are counts.
    """
    sheet = Sheet()
    sheet.title(str(row["model"] or "a model without a name"))
    is_sure = "" if row["is_moe"] is None or not row["is_unsure"] else ", not sure"
    sheet.facts(
        [
            ("it is", f"{_KINDS[row['is_moe']]}{is_sure}"),
            ("family", row["moe_family"]),
            ("type", row["model_type"]),
            ("experts", _experts(row)),
            ("router", row["router"]),
            ("parameters", _parameters(row["parameter_count"])),
            ("active parameters", _parameters(row["active_parameter_count"])),
            ("without embedding", _parameters(row["active_parameter_count_no_embedding"])),
            ("counted by", row["parameter_source"]),
            ("weights", row["parameter_check"]),
            ("known from", _source(row)),
        ]
    )
    sheet.table(
        "What each source says, best first",
        ["source", "says", "experts", "a token", "shared", "parameters", "active", "confidence",
         "read in"],
        [_answer(answer) for answer in row["evidence"]],
    )  # fmt: skip
    sheet.table("Where sources disagree", ["what"], [[one] for one in row["conflicts"]])
    sheet.table("Why it is not sure", ["what"], [[one] for one in row["reasons"]])


def _answer(answer: Mapping[str, Any]) -> list[object]:
    confidence = answer.get("confidence")
    says = {True: "experts", False: "dense", None: "nothing"}[answer["is_moe"]]
    return [
        f"{answer['source']} ({answer['method']})",
        f"{says}, weak" if answer.get("is_weak") else says,
        answer.get("expert_count"),
        answer.get("experts_per_token"),
        answer.get("shared_expert_count"),
        _parameters(answer.get("parameter_count")),
        _parameters(answer.get("active_parameter_count")),
        f"{confidence:.3f}" if confidence else None,
        answer.get("read_in"),
    ]


def _experts(row: Mapping[str, Any]) -> str | None:
    if not row["is_moe"]:
        return None
    count, used = row["expert_count"], row["experts_per_token"]
    shared = row["shared_expert_count"]
    text = f"{'?' if count is None else count} a layer, {'?' if used is None else used} a token"
    return f"{text}, {shared} shared" if shared else text


def _source(row: Mapping[str, Any]) -> str | None:
    if not row["source"]:
        return None
    return f"{row['source']} ({row['method']}), right in {row['confidence']:.1%} of those measured"


def _parameters(count: int | None) -> str | None:
    if count is None:
        return None
    billions = count / _BILLION
    return f"{billions:.2f} B" if billions < _FEW else f"{billions:,.1f} B"
