"""The report as Markdown, for a comment on a pull request: what fails in the open, the rest folded.

A forge refuses comments of more than 65,536 characters: sections for which there is no room are
named and left out, the least important first.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator

from miner.pipelines.check.formats._markdown_text import code, details, linked, table, text
from miner.pipelines.check.gate import Gate, GateItem
from miner.pipelines.check.plain_text import readable
from miner.pipelines.check.report import (
    NOT_ADVICE,
    ChainFinding,
    CheckReport,
    DatasetReport,
    LoadSite,
    ModelReport,
    Obligation,
    Upstream,
)
from miner.pipelines.check.stamp import Stamp
from miner.schema.licenses.terms import Verdict

DESCRIPTION = "A report for people, for a pull request or a file."
IS_BOM = False

_MOST = 60_000  # characters
_OPEN = 20  # rows that are not folded away
_SITES = 5
_ORIGINS = 12
_OF_NAMES = frozenset(string.ascii_letters + string.digits + "_/-")
_STATES = {"fail": "❌ Fails", "warn": "⚠️ Passes with warnings", "pass": "✅ Passes"}


def render(report: CheckReport, stamp: Stamp) -> str:
    """Return the report."""
    head = "\n".join([*_head(report), *_changed(report), *_failures(report)])
    foot = _foot(report, stamp)
    room = _MOST - len(head) - len(foot)
    parts, left_out = [], []
    for title, section in _sections(report):
        if len(section) <= room:
            parts.append(section)
            room -= len(section) + 1
        else:
            left_out.append(title)
    if left_out:
        foot = f"Too long for a comment, see another format: {', '.join(left_out)}. {foot}"
    return "\n".join([head, *filter(None, parts), foot]).rstrip() + "\n"


def _head(report: CheckReport) -> Iterator[str]:
    gate = report.gate
    counts = ", ".join(f"{count} {verdict}" for verdict, count in report.counts.items() if count)
    failed, warned, waived = (len(gate.of_level(one)) for one in ("fail", "warn", "waived"))
    by = f"policy of {code(gate.policy)}" if gate.policy else "default policy"
    models = f"{len(report.models)} model{'' if len(report.models) == 1 else 's'}"
    yield f"# Models used by {text(report.name)}"
    yield ""
    yield f"**{_STATES[gate.state]}** ({by}): {failed} failed, {warned} warned, {waived} waived."
    yield (f"{models}: {counts}." if report.models else "No load of a model was found.")
    yield f"License of the project's code: {text(report.terms.label)}."
    yield ""


def _failures(report: CheckReport) -> Iterator[str]:
    rows = _rows(report, report.gate.of_level("fail"))
    yield from table(["model", "what fails", "where", "what to do"], rows[:_OPEN])
    if rows[_OPEN:]:
        yield ""
        yield f"and {len(rows) - _OPEN} more, below."
    if rows:
        yield ""


def _rows(report: CheckReport, items: Iterable[GateItem]) -> list[list[str]]:
    """Return a row a finding; what holds of several models word by word is one row."""
    groups: dict[tuple[str, str, str], list[GateItem]] = {}
    for one in items:
        wording, action = (_without_name(words, one.subject) for words in (one.text, one.action))
        groups.setdefault((one.code, wording, action), []).append(one)
    rows = []
    for (reason, wording, action), found in groups.items():
        one = found[0]
        is_alone = len(found) == 1
        rows.append([
            _some(list(dict.fromkeys(code(item.subject) for item in found)), _SITES),
            f"{text(one.text if is_alone else wording)} `{reason}`",
            _some(list(dict.fromkeys(_where(report, item) for item in found)), _SITES),
            text(one.action if is_alone else action),
        ])  # fmt: skip
    return rows


def _without_name(words: str, subject: str) -> str:
    """Return words with ``it`` for a name; longer names that begin or end like it are others."""
    before, *rest = words.split(subject) if subject else [words]
    for after in rest:
        is_whole = before[-1:] not in _OF_NAMES and after[:1] not in _OF_NAMES
        before += ("it" if is_whole else subject) + after
    return before


def _where(report: CheckReport, one: GateItem) -> str:
    """Return the first place of a model or dataset, linked; of anything else, the file."""
    loaded: tuple[ModelReport | DatasetReport, ...] = (*report.models, *report.datasets)
    for model in loaded:
        if (model.hub, model.resolved) == (one.hub, one.subject):
            more = f" +{len(model.sites) - 1}" if len(model.sites) > 1 else ""
            return _site(model.sites[0]) + more
    return _place(one.path, one.line)


def _sections(report: CheckReport) -> Iterator[tuple[str, str]]:
    """Yield what is folded away, the most important first."""
    gate = report.gate
    columns = ["model", "finding", "where", "what to do"]
    further = _rows(report, gate.of_level("fail"))[_OPEN:]
    title = f"Further failures ({len(further)} more)"
    yield "further failures", details(title, table(columns, further))
    warnings = gate.of_level("warn")
    rows = table(columns, _rows(report, warnings))
    yield "warnings", details(f"Warnings ({len(warnings)})", rows)
    yield "waived findings", details(f"{len(gate.of_level('waived'))} waived", _waived(gate))
    yield "models", details(f"All models ({len(report.models)})", _models(report))
    yield "datasets", details(f"Datasets ({len(report.datasets)})", _datasets(report))
    title = f"Weight files in the tree ({len(report.weights)})"
    yield "weight files", details(title, _weights(report))
    title = f"Models that services run, not judged ({len(report.hosted)})"
    yield "hosted models", details(title, _hosted(report))
    yield "obligations", details("What the licenses ask for", _obligations(report))
    found = [line for model in report.models for line in _model(model, gate)]
    yield "chains and evidence", details("Chains, clauses and evidence", found)
    loads = [
        [_site(site), code(site.api), code(site.argument)] for site in report.unresolved
    ]  # fmt: skip
    yield (
        "open loads",
        details(
            f"Loads whose model the source does not name ({len(loads)})",
            table(["where", "by", "named by"], loads),
        ),
    )
    yield "notes", details("What this rests on", [*_rest(report)])


def _waived(gate: Gate) -> list[str]:
    rows = [
        [code(one.subject), f"{text(one.text)} `{one.code}`", text(one.waiver)]
        for one in gate.of_level("waived")
    ]
    return table(["model", "finding", "waived because"], rows)


def _models(report: CheckReport) -> list[str]:
    rows = [
        [
            model.verdict,
            linked(code(model.resolved), model.url),
            _license(model),
            model.commercial_use,
            _some([_site(site) for site in model.sites], _SITES),
        ]
        for model in report.models
    ]
    return table(["verdict", "model", "license", "commercial use", "where"], rows)


def _datasets(report: CheckReport) -> list[str]:
    rows = [
        [
            data.verdict,
            linked(code(data.resolved), data.url),
            text(data.terms.label),
            f"`{data.finding.reason}`",
            _some([_site(site) for site in data.sites], _SITES),
        ]
        for data in report.datasets
    ]
    return table(["verdict", "dataset", "license", "because", "where"], rows)


def _weights(report: CheckReport) -> list[str]:
    rows = [
        [
            code(one.path),
            text(" ".join(filter(None, (one.format, one.architecture)))),
            "" if one.size_bytes is None else f"{one.size_bytes:,}",
            _some([code(f"{file.model}/{file.path}") for file in one.hub_files], _SITES),
        ]
        for one in report.weights
    ]
    return table(["file", "format", "bytes", "file of"], rows)


def _hosted(report: CheckReport) -> list[str]:
    rows = [
        [text(one.service), code(one.name), _some([_site(site) for site in one.sites], _SITES)]
        for one in report.hosted
    ]
    return table(["service", "model", "where"], rows)


def _changed(report: CheckReport) -> Iterator[str]:
    """Say what changed since an earlier report, if one was named."""
    if (found := report.comparison) is None:
        return
    since = text(found.created or "an earlier report")
    yield (
        f"Since {since}: {len(found.new)} new, {len(found.gone)} gone, {len(found.fixed)} fixed; "
        "only what is new fails."
    )
    rows = [
        [change, one.kind, code(one.subject), f"`{one.code}`" if one.code else "", code(one.place)]
        for change, group in (("new", found.new), ("gone", found.gone), ("fixed", found.fixed))
        for one in group
    ]
    shown = table(["change", "what", "of", "finding", "where"], rows[: 5 * _OPEN])
    if len(rows) > 5 * _OPEN:
        shown += ["", f"and {len(rows) - 5 * _OPEN:,} more, in the JSON report"]
    yield details(f"What changed ({len(rows)})", shown)


def _license(model: ModelReport) -> str:
    """Return what is declared; what is concluded instead, and whose conclusion that is."""
    declared = text(model.terms.label)
    expression = model.concluded.expression
    if expression is None or expression == model.terms.expression:
        return declared
    shown = text(readable(expression, model.concluded.licenses))
    by = "the project concluded" if model.is_concluded else "concluded"
    return f"{shown} ({by}; declared: {declared})"


def _obligations(report: CheckReport) -> list[str]:
    """Return what is asked for, once a license, with the models that it comes with."""
    found: dict[tuple[str, str], tuple[Obligation, list[str]]] = {}
    for model in report.models:
        for duty in model.obligations:
            entry = found.setdefault((duty.license, duty.kind), (duty, []))
            entry[1].append(code(model.resolved))
    rows = [
        [linked(text(duty.license), duty.url), duty.when, text(duty.text), _some(models, _SITES)]
        for duty, models in found.values()
    ]
    return table(["license", "when", "what to do", "models"], rows)


def _model(model: ModelReport, gate: Gate) -> Iterator[str]:
    open_ones = [one for one in model.findings if one.verdict != Verdict.CONSISTENT.value]
    if not open_ones or not model.is_held:
        return
    yield f"**{code(model.resolved)}**"
    yield ""
    yield from _facts(model)
    for one in open_ones:
        yield from _finding(one, gate.waiver_of(model.hub, model.resolved, one.reason))
    yield ""


def _facts(model: ModelReport) -> Iterator[str]:
    if model.name != model.resolved:
        yield f"- written as {code(model.name)}"
    if model.state not in {"", "present"}:
        yield f"- on its hub: {text(model.state)}"
    if model.gated not in {"", "no"}:
        yield f"- gated ({text(model.gated)}): its terms have to be accepted first"
    source = linked(text(model.terms.source or "evidence"), model.terms.url)
    where = f", {source}" if model.terms.url else ""
    detail = f"; {text(model.terms.detail)}" if model.terms.detail else ""
    yield f"- declared: {text(model.terms.label)}{where}{detail}"
    if model.concluded.comment:
        yield f"- concluded: {_license(model)}. {text(model.concluded.comment)}"
    for title, kind in (("derived from", "model"), ("trained on", "dataset")):
        found = [one for one in (*model.bases, *model.datasets)
                 if one.kind == kind and one.relation != "evaluated_on"]  # fmt: skip
        if found:
            yield f"- {title} " + _some([_origin(one) for one in found], _ORIGINS)


def _origin(one: Upstream) -> str:
    how = f"{text(one.relation)}, " if one.kind == "model" else ""
    license_text = one.terms.label if one.is_held else "not known"
    return f"{linked(code(one.name), one.url)} ({how}{text(license_text)})"


def _finding(one: ChainFinding, waiver: str) -> Iterator[str]:
    yield f"- **{one.verdict}**, {one.severity}: {text(one.explanation)} `{one.reason}`"
    if waiver:
        yield f"  - waived: {text(waiver)}"
    yield f"  - what to do: {text(one.action)}"
    if one.clause:
        yield f"  - clause: {linked(text(one.clause), one.clause_url)}"
    evidence = f" ({linked('evidence', one.evidence_url)})" if one.evidence_url else ""
    yield f"  - chain: {' → '.join(code(step) for step in one.chain)}{evidence}"


def _rest(report: CheckReport) -> Iterator[str]:
    for own in report.own:
        scope = "" if own.scope == "unknown" else f" of its {text(own.scope)}"
        yield f"- license{scope}: {text(own.terms.label)}, {_place(own.path, own.line)}"
    for one in report.findings:
        waiver = report.gate.waiver_of("", report.name, one.finding.reason)
        yield from _finding(one.finding, waiver)
    for note in report.notes:
        yield f"- {text(note)}"
    if report.mention_count:
        yield f"- {report.mention_count} models are only mentioned, and not judged"


def _foot(report: CheckReport, stamp: Stamp) -> str:
    at = f" {code(report.commit[:12])}" if report.commit else ""
    return (
        f"Checked{at} on {stamp.created:%Y-%m-%d} by miner {report.tool_version}, matrix "
        f"{report.matrix} {report.matrix_version}. {NOT_ADVICE}"
    )


def _some(parts: list[str], most: int) -> str:
    more = f" and {len(parts) - most} more" if len(parts) > most else ""
    return ", ".join(parts[:most]) + more


def _site(site: LoadSite) -> str:
    role = "" if site.role == "use" else f" ({site.role})"
    copy = " (copy)" if site.is_vendored else ""
    return linked(code(site.place), site.url) + role + copy


def _place(path: str, line: int) -> str:
    return code(f"{path}:{line}" if line else path)
