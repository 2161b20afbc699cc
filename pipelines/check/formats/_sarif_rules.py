"""Rules of the SARIF format: one a code of a finding, with what it means and what to do."""

from __future__ import annotations

from typing import Any

from miner.pipelines.check.chain_findings import OWN_REASONS
from miner.pipelines.check.policy_reasons import POLICY_REASONS
from miner.schema.licenses import load_reasons
from miner.schema.licenses.terms import Severity, Verdict

Json = dict[str, Any]

LEVELS = {
    Severity.HIGH.value: "error",
    Severity.MEDIUM.value: "warning",
    Severity.LOW.value: "note",
    Severity.INFO.value: "note",
}
"""Level of a result by the severity of a finding."""

_ACTIONS = {
    "NOT_HELD": "Check the name and the access to it, or read its license where it is published "
    "and conclude it in the policy of the project.",
    "NOT_READ": "Read the license where the model is published, and conclude it in the policy of "
    "the project.",
    "BASE_NOT_HELD": "Read the license of the base where it is published.",
    "DATA_NOT_HELD": "Read the licenses of the data where they are published.",
    "CHAIN_CUT": "Look at the lineage of the model with miner model.",
    "FAILED": "Read the license yourself, and report the error with its place.",
    "MODEL_UNLICENSED": "Ask the owner for a license, load another model, or conclude in the "
    "policy of the project what the owner granted elsewhere.",
    "UNRESOLVED_LOAD": "Find out which model is loaded there, and read its license.",
    "LICENSE_DENIED": "Load another model, or change the policy.",
    "LICENSE_NOT_ALLOWED": "Load another model, or allow the license in the policy.",
    "LICENSE_TO_REVIEW": "Read its terms, then waive this finding or allow the license.",
    "NON_COMMERCIAL_MODEL": "Load another model, or get a license from its owner.",
    "NETWORK_CLAUSE": "Meet what it asks for of what is passed on, or load another model.",
    "MODEL_GONE": "Load another model, or keep a copy as far as its license allows.",
    "MODEL_GATED": "Accept its terms with the account that loads it.",
    "REVISION_UNPINNED": "Name a commit where the model is loaded, as revision=.",
    "PICKLE_WEIGHTS": "Load a revision or model with safetensors.",
    "WAIVER_EXPIRED": "Have it renewed, or take it out of the policy.",
    "WAIVER_UNUSED": "Take it out of the policy.",
    "CONCLUSION_UNUSED": "Take it out of the policy.",
}
_POLICY = "policy"
_READ_IT = "Read the license where the model is published."
_ERRORS = frozenset(
    {"MODEL_UNLICENSED", "LICENSE_DENIED", "LICENSE_NOT_ALLOWED", "NON_COMMERCIAL_MODEL",
     "WAIVER_EXPIRED"}
)  # fmt: skip
_NOTES = frozenset({"BASE_NOT_HELD", "DATA_NOT_HELD", "CHAIN_CUT", "UNRESOLVED_LOAD"})


def rule(code: str) -> Json:
    """Return the rule of a code."""
    reason = load_reasons().get(code)
    if reason is None:
        meaning = OWN_REASONS.get(code) or POLICY_REASONS[code]
        level = "error" if code in _ERRORS else "note" if code in _NOTES else "warning"
        kind = _POLICY if code in POLICY_REASONS else Verdict.UNKNOWN.value
        return _rule(code, meaning, _ACTIONS.get(code, _READ_IT), level, kind)
    return _rule(
        code, _plain(reason.meaning), _plain(reason.action), LEVELS[reason.severity.value],
        reason.verdict.value,
    )  # fmt: skip


def _rule(code: str, meaning: str, action: str, level: str, kind: str) -> Json:
    return {
        "id": code,
        "name": "".join(part.capitalize() for part in code.split("_")),
        "shortDescription": {"text": meaning},
        "fullDescription": {"text": meaning},
        "help": {
            "text": f"{meaning} What to do: {action}",
            "markdown": f"{meaning}\n\n**What to do:** {action}",
        },
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["license", kind]} | ({} if kind == _POLICY else {"verdict": kind}),
    }


def _plain(sentence: str) -> str:
    """Return a sentence of the table of reasons with its places filled by what stands there."""
    return sentence.format_map(_Places())


class _Places(dict[str, str]):
    """Words for the places of a sentence, where no case fills them."""

    def __missing__(self, key: str) -> str:
        return {"up": "the upstream license", "down": "the downstream license"}.get(
            key, f"the {key}"
        )
