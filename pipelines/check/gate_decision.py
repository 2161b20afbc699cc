"""Decides whether a project passes, from its report and its policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from miner.pipelines.check.gate import Gate, GateItem
from miner.pipelines.check.policy_file import GatePolicy, LicenseConclusion, Waiver
from miner.pipelines.check.policy_rules import FAIL, IGNORE, WARN
from miner.pipelines.check.report import ChainFinding, CheckReport, ModelReport
from miner.schema.licenses.terms import LicenseRelation, Verdict

WAIVED = "waived"
_ORDER = (FAIL, WARN, WAIVED)


def decide(
    report: CheckReport,
    policy: GatePolicy,
    today: date,
    unused_conclusions: list[LicenseConclusion],
) -> Gate:
    """Return whether a project passes.

    Args:
        report: What was found.
        policy: What fails.
        today: UTC; a waiver holds until the end of the day that it names.
        unused_conclusions: Conclusions on models that the project does not use.
    """
    path = policy.path.name if policy.path else ""
    items, used = [], set()
    for item, names in _found(report, policy):
        waiver = next((one for one in policy.waivers if one.covers(item.code, *names)), None)
        if waiver is None:
            items.append(item)
            continue
        used.add(waiver)
        is_valid = today <= waiver.expires
        items.append(replace(item, level=WAIVED, waiver=_words(waiver)) if is_valid else item)
    items += _on_waivers(policy, used, today, path)
    items += [
        _of_policy(WARN, "CONCLUSION_UNUSED", one.model, path,
                   f"The conclusion on {one.model} is not used: the project does not use it.",
                   "Take it out of the policy.")
        for one in unused_conclusions
    ]  # fmt: skip
    items.sort(key=lambda one: _ORDER.index(one.level))
    levels = {one.level for one in items}
    state = FAIL if FAIL in levels else WARN if WARN in levels else "pass"
    return Gate(
        state, tuple(dict.fromkeys(items)), str(policy.path or ""), policy.context,
        policy.commercial,
    )  # fmt: skip


def _found(report: CheckReport, policy: GatePolicy) -> Iterator[tuple[GateItem, tuple[str, ...]]]:
    """Yield what fails or is warned of, with the names that a waiver may use for its subject."""
    for model in report.models:
        names = (model.name, model.resolved)
        site = model.sites[0]
        for one in model.findings:
            level = _level(policy, one, model)
            if level != IGNORE:
                yield (
                    GateItem(level, one.reason, model.hub, model.resolved, one.explanation,
                             one.action, site.path, site.line, is_policy=False),
                    names,
                )  # fmt: skip
        for hit in model.policy:
            yield (
                GateItem(hit.level, hit.code, model.hub, model.resolved, hit.text, hit.action,
                         site.path, site.line, is_policy=True),
                names,
            )  # fmt: skip
    for data in report.datasets:
        if data.verdict == Verdict.UNKNOWN.value:
            continue  # few datasets state a license: that is said, and fails nothing
        if (level := _level(policy, data.finding, None)) != IGNORE:
            site = data.sites[0]
            yield (
                GateItem(level, data.finding.reason, data.hub, data.resolved,
                         data.finding.explanation, data.finding.action, site.path, site.line,
                         is_policy=False),
                (data.name, data.resolved),
            )  # fmt: skip
    for own in report.findings:
        level = _level(policy, own.finding, None)
        if level != IGNORE:
            yield (
                GateItem(level, own.finding.reason, "", report.name, own.finding.explanation,
                         own.finding.action, own.path, own.line, is_policy=False),
                (report.name,),
            )  # fmt: skip


def _level(policy: GatePolicy, one: ChainFinding, model: ModelReport | None) -> str:
    """Return what a policy does with a finding."""
    if one.verdict == Verdict.CONSISTENT.value:
        return IGNORE
    if one.reason == "MODEL_UNLICENSED":
        allows_none = any(group.is_none for group in policy.allow)
        return IGNORE if allows_none else policy.levels["unlicensed"]
    if one.verdict == Verdict.UNKNOWN.value:
        is_data = one.relation == LicenseRelation.TRAINED_ON.value
        return IGNORE if is_data else policy.levels["unknown"]
    if one.verdict == Verdict.INCONSISTENT.value and not one.is_reported:
        return policy.levels["inconsistent"]
    is_use = one.relation == LicenseRelation.USED_BY.value
    if is_use and model is not None and (model.is_allowed or _is_free_to_use(policy, one)):
        return IGNORE
    return policy.levels["needs-review"]


def _is_free_to_use(policy: GatePolicy, one: ChainFinding) -> bool:
    """Return whether a non-commercial model serves a project that says it is none of commerce."""
    return one.reason == "USE_NC_MODEL" and policy.commercial is False


def _on_waivers(
    policy: GatePolicy, used: set[Waiver], today: date, path: str
) -> Iterator[GateItem]:
    for one in policy.waivers:
        what = f"The waiver of {one.finding} for {one.model}"
        if one.expires < today:
            yield _of_policy(
                FAIL, "WAIVER_EXPIRED", one.model, path, f"{what} expired on {one.expires}.",
                f"Ask {one.who} to renew it, or take it out of the policy.",
            )  # fmt: skip
        elif one not in used:
            yield _of_policy(
                WARN, "WAIVER_UNUSED", one.model, path, f"{what} matches no finding.",
                "Take it out of the policy.",
            )  # fmt: skip


def _of_policy(  # noqa: PLR0917 - the fields of an item, in their order
    level: str, code: str, subject: str, path: str, text: str, action: str
) -> GateItem:  # fmt: skip
    return GateItem(level, code, "", subject, text, action, path, 0, is_policy=True)


def _words(waiver: Waiver) -> str:
    return f"{waiver.reason} ({waiver.who}, until {waiver.expires})"
