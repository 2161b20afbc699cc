"""What a policy says of one model: of the licenses in its chain, and of its states."""

from __future__ import annotations

from collections.abc import Iterator

from miner.pipelines.check import duties
from miner.pipelines.check.chain import Chain
from miner.pipelines.check.gate import PolicyHit
from miner.pipelines.check.license_groups import covered
from miner.pipelines.check.policy_file import GatePolicy
from miner.pipelines.check.report import ModelReport
from miner.pipelines.derive.licenses.statement import Op, Statement

FAIL, WARN, IGNORE = "fail", "warn", "ignore"


def of_chain(policy: GatePolicy, chain: Chain) -> tuple[PolicyHit, ...]:
    """Return what a policy says of the licenses of a model and of the bases in it."""
    found = []
    for name, statement in duties.weights_of(chain):
        found += list(_of_license(policy, name, statement))
    if policy.commercial and duties.commercial_use(chain) == "no":
        found.append(
            PolicyHit(
                "NON_COMMERCIAL_MODEL", FAIL,
                f"{chain.model.name} may not be used commercially, and the project is commercial.",
                "Load another model, or get a license from its owner.",
            )
        )  # fmt: skip
    return tuple(dict.fromkeys(found))


def _of_license(policy: GatePolicy, name: str, statement: Statement) -> Iterator[PolicyHit]:
    if not statement.is_known and statement.op is not Op.MISSING:
        return  # what is not known is a state of the model, and judged as such
    text = statement.text or "no license"
    instead = "Load another model, or change the policy."
    if covered(statement, policy.deny, every=False):
        yield PolicyHit("LICENSE_DENIED", FAIL, f"{name}: the policy denies {text}.", instead)
    elif covered(statement, policy.review, every=False):
        yield PolicyHit(
            "LICENSE_TO_REVIEW", WARN, f"{name}: the policy asks for a review of {text}.",
            "Read its terms, then waive this finding or allow the license.",
        )  # fmt: skip
    elif policy.allow and statement.is_known and not is_allowed(policy, statement):
        yield PolicyHit(
            "LICENSE_NOT_ALLOWED", FAIL, f"{name}: the policy does not allow {text}.", instead
        )
    elif policy.context == "hosted" and any(
        one.network_clause == "yes" for one in statement.leaves()
    ):
        yield PolicyHit(
            "NETWORK_CLAUSE", WARN,
            f"{name}: {text} counts the offer over a network as passing on.",
            "Meet what it asks for of what is passed on, or load another model.",
        )  # fmt: skip


def is_allowed(policy: GatePolicy, statement: Statement) -> bool:
    """Return whether a policy names a license as one that passes."""
    return covered(statement, policy.allow, every=True)


def of_states(policy: GatePolicy, model: ModelReport) -> tuple[PolicyHit, ...]:
    """Return what a policy says of the states of a model and of its loads."""
    found = list(_states(model))
    return tuple(
        PolicyHit(code, policy.levels[state], text, action)
        for state, code, text, action in found
        if policy.levels[state] != IGNORE
    )


def _states(model: ModelReport) -> Iterator[tuple[str, str, str, str]]:
    name = model.resolved
    if model.state not in {"", "present"}:
        yield (
            "gone", "MODEL_GONE", f"{name} is {model.state} on its hub.",
            "Load another model, or keep a copy as far as its license allows.",
        )  # fmt: skip
    if model.gated not in {"", "no"}:
        yield (
            "gated", "MODEL_GATED", f"The terms of {name} have to be accepted before a download.",
            "Accept them with the account that loads it.",
        )  # fmt: skip
    if loose := [site for site in model.sites if not site.is_pinned]:
        more = f" and {len(loose) - 1} more" if len(loose) > 1 else ""
        yield (
            "unpinned", "REVISION_UNPINNED",
            f"The load of {name} at {loose[0].place}{more} names no commit.",
            f"Pin a commit{f', as {model.version}' if model.version else ''}.",
        )  # fmt: skip
    if model.pickle_files:
        yield (
            "pickle", "PICKLE_WEIGHTS",
            f"The weights of {name} are pickled only, as {model.pickle_files[0]}: loading them can "
            "run code.",
            "Load a revision or model with safetensors.",
        )  # fmt: skip
