"""The report as Markdown, for a pull request or a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.check.gate import Gate
from miner.pipelines.check.report import (
    NOT_ADVICE,
    ChainFinding,
    CheckReport,
    LoadSite,
    ModelReport,
    Upstream,
)
from miner.pipelines.check.stamp import Stamp
from miner.schema.licenses.terms import Verdict

DESCRIPTION = "A report for people, for a pull request or a file."
IS_BOM = False

_SITES = 8
_ORIGINS = 12
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def render(report: CheckReport, stamp: Stamp) -> str:
    """Return the report."""
    lines = [*_head(report, stamp), *_gate(report.gate), *_overview(report)]
    for model in report.models:
        if model.is_held:
            lines += _model(model)
    lines += _unheld(report)
    lines += _unresolved(report)
    lines += _rest(report)
    return "\n".join(lines).rstrip() + "\n"


def _head(report: CheckReport, stamp: Stamp) -> Iterator[str]:
    counts = ", ".join(f"{count} {verdict}" for verdict, count in report.counts.items() if count)
    yield f"# Models used by {_text(report.name)}"
    yield ""
    at = f" at `{report.commit[:12]}`" if report.commit else ""
    yield (
        f"{len(report.models)} models{': ' + counts if counts else ''}. Checked{at} on "
        f"{stamp.created:%Y-%m-%d} by miner {report.tool_version}, matrix {report.matrix} "
        f"{report.matrix_version}. {NOT_ADVICE}"
    )
    yield ""
    own = "; ".join(
        f"{_text(one.terms.label)} ({_place(one.path, one.line)}{_scope(one.scope)})"
        for one in report.own
    )
    yield f"License of the project's code: {_text(report.terms.label)}{f' — {own}' if own else ''}."
    yield ""
    for one in report.findings:
        yield from _finding(one.finding)
    if report.findings:
        yield ""


def _gate(gate: Gate) -> Iterator[str]:
    """Yield what fails, what was waived, and what the policy alone warns of."""
    failed, warned, waived = (len(gate.of_level(one)) for one in ("fail", "warn", "waived"))
    name = _code(gate.policy) if gate.policy else "defaults"
    yield f"**Policy** ({name}): {gate.state}; {failed} failed, {warned} warned, {waived} waived."
    yield ""
    for one in gate.items:
        if one.level == "warn" and not one.is_policy:
            continue
        place = f" ({_place(one.path, one.line)})" if one.path else ""
        why = f" Waived: {_text(one.waiver)}." if one.waiver else ""
        yield f"- **{one.level}** {_text(one.subject)}{place}: {_text(one.text)} `{one.code}`{why}"
    if gate.items:
        yield ""


def _scope(scope: str) -> str:
    return "" if scope == "unknown" else f", {scope}"


def _overview(report: CheckReport) -> Iterator[str]:
    if not report.models:
        yield "No load of a model was found."
        yield ""
        return
    yield "| verdict | model | license | commercial use | first place | why |"
    yield "|---|---|---|---|---|---|"
    for model in report.models:
        first = model.findings[0] if model.findings else None
        cells = (
            model.verdict,
            _linked(model.resolved, model.url),
            _text(model.terms.label),
            model.commercial_use,
            _site(model.sites[0]),
            _text(first.explanation) if first else "",
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _model(model: ModelReport) -> Iterator[str]:
    yield f"## {_text(model.resolved)}"
    yield ""
    yield from _facts(model)
    yield ""
    open_ones = [one for one in model.findings if one.verdict != Verdict.CONSISTENT.value]
    fine = len(model.findings) - len(open_ones)
    for one in open_ones:
        yield from _finding(one)
    if fine:
        yield f"- {fine} consistent: " + ", ".join(
            sorted({one.reason for one in model.findings if one.verdict == "consistent"})
        )
    yield ""
    if model.obligations:
        yield "| when | what to do | license | clause |"
        yield "|---|---|---|---|"
        for duty in model.obligations:
            license_cell = _linked(duty.license, duty.url)
            if duty.origin != model.resolved:
                license_cell += f" of {_text(duty.origin)}"
            yield f"| {duty.when} | {_text(duty.text)} | {license_cell} | {_text(duty.clause)} |"
        yield ""


def _unheld(report: CheckReport) -> Iterator[str]:
    absent = [model for model in report.models if not model.is_held]
    if not absent:
        return
    yield "## Unknown models"
    yield ""
    yield "Their licenses are not known: read them where the models are published."
    yield ""
    for model in absent:
        places = _some([_site(site) for site in model.sites], _SITES)
        yield f"- {_linked(model.resolved, model.url)} ({_text(model.hub)}): {places}"
    yield ""


def _facts(model: ModelReport) -> Iterator[str]:
    if model.name != model.resolved:
        yield f"- written as {_text(model.name)}"
    if model.state not in {"", "present"}:
        yield f"- on its hub: {_text(model.state)}"
    if model.gated not in {"", "no"}:
        yield f"- gated ({_text(model.gated)}): its terms have to be accepted first"
    terms = model.terms
    where = f", {_linked(terms.source or 'evidence', terms.url)}" if terms.url else ""
    detail = f"; {_text(terms.detail)}" if terms.detail else ""
    yield f"- declared: {_text(terms.label)}{where}{detail}"
    if model.concluded.comment:
        license_text = model.concluded.expression or "no assertion"
        yield f"- concluded: {_text(license_text)}. {_text(model.concluded.comment)}"
    if model.bases:
        yield "- derived from: " + _some([_origin(one) for one in model.bases], _ORIGINS)
    trained = [one for one in model.datasets if one.relation == "trained_on"]
    if trained:
        yield "- trained on: " + _some([_origin(one) for one in trained], _ORIGINS)
    yield f"- loaded at {_some([_site(one) for one in model.sites], _SITES)}"


def _origin(one: Upstream) -> str:
    how = f"{one.relation}, " if one.kind == "model" else ""
    license_text = one.terms.label if one.is_held else "not known"
    below = f" of {_text(one.child)}" if len(one.chain) > 2 else ""
    return f"{_linked(one.name, one.url)} ({how}{_text(license_text)}{below})"


def _finding(one: ChainFinding) -> Iterator[str]:
    yield f"- **{one.verdict}**, {one.severity}: {_text(one.explanation)} `{one.reason}`"
    yield f"  - what to do: {_text(one.action)}"
    if one.clause:
        yield f"  - clause: {_linked(one.clause, one.clause_url)}"
    evidence = f" ({_linked('evidence', one.evidence_url)})" if one.evidence_url else ""
    yield f"  - chain: {_text(' → '.join(one.chain))}{evidence}"


def _unresolved(report: CheckReport) -> Iterator[str]:
    if not report.unresolved:
        return
    yield "## Loads whose model the source does not name"
    yield ""
    yield "| place | by | named by |"
    yield "|---|---|---|"
    for site in report.unresolved:
        yield f"| {_site(site)} | {_text(site.api)} | {_text(site.argument)} |"
    yield ""


def _rest(report: CheckReport) -> Iterator[str]:
    yield "## What this rests on"
    yield ""
    for note in report.notes:
        yield f"- {_text(note)}"
    if report.mention_count:
        yield f"- {report.mention_count} models are only mentioned, and not judged"


def _some(parts: list[str], most: int) -> str:
    more = f" and {len(parts) - most} more" if len(parts) > most else ""
    return ", ".join(parts[:most]) + more


def _site(site: LoadSite) -> str:
    role = "" if site.role == "use" else f" ({site.role})"
    copy = " (copy)" if site.is_vendored else ""
    shown = _code(site.place)
    return (f"[{shown}]({_address(site.url)})" if site.url else shown) + role + copy


def _place(path: str, line: int) -> str:
    return _code(f"{path}:{line}" if line else path)


def _code(text: str) -> str:
    """Return a text of strangers as code; what would end the code or the cell is removed."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return f"`{plain.replace('`', chr(39)).replace('|', '/')}`"


def _linked(text: str, url: str) -> str:
    if not url.startswith(("https://", "http://")):
        return _text(text)
    return f"[{_text(text)}]({_address(url)})"


def _address(url: str) -> str:
    """Return an address without the signs that would end the link or the cell."""
    return url.replace(" ", "%20").replace(")", "%29").replace("|", "%7C")


def _text(text: str) -> str:
    """Return a text of strangers with everything escaped that Markdown would act on."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return _SPECIAL.sub(r"\\\1", plain)
