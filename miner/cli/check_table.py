"""A check's report on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from miner.cli.echo import counted
from miner.cli.sheet import Sheet, SheetLink
from miner.pipelines.check.gate import Gate
from miner.pipelines.check.plain_text import readable, shortened
from miner.pipelines.check.report import (
    NOT_ADVICE,
    ChainFinding,
    CheckReport,
    LoadSite,
    ModelReport,
    Obligation,
    unpinned,
)
from miner.schema.licenses.terms import Verdict

_OPEN_LOADS = 20
_PLACES = 3
_SENTENCE = 1_000  # characters
_SILENT = frozenset({"NOT_HELD"})  # the first table says it all


def write_table(report: CheckReport) -> None:
    """Write the report to stdout: overview, findings, what is asked for, what it rests on."""
    sheet = Sheet()
    at = f" at {report.commit[:12]}" if report.commit else ""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in report.counts.items() if count)
    found = counted(len(report.models), "model")
    sheet.title(f"{report.name}{at}: {found}{': ' + counts if counts else ''}")
    source = f" ({report.terms.source})" if report.terms.source else ""
    sheet.line(f"license of its code: {report.terms.label}{source}")
    _overview(sheet, report)
    _gate(sheet, report.gate)
    _own(sheet, report)
    for model in report.models:
        _model(sheet, model, report.gate)
    _obligations(sheet, report)
    _open_loads(sheet, report)
    _beside(sheet, report)
    _changed(sheet, report)
    sheet.line()
    for note in report.notes:
        sheet.line(f"note: {shortened(note, _SENTENCE)}")
    if report.mention_count:
        sheet.line(
            f"note: only mentioned, and not judged: {counted(report.mention_count, 'model')}"
        )
    sheet.line(f"matrix {report.matrix} {report.matrix_version}. {NOT_ADVICE}")


def _overview(sheet: Sheet, report: CheckReport) -> None:
    sheet.table(
        "Models",
        ["verdict", "model", "hub", "license", "commercial use", "place", "because"],
        [
            (
                model.verdict,
                shortened(model.resolved),
                model.hub,
                _license(model),
                model.commercial_use,
                _places(model.sites),
                model.findings[0].reason if model.findings else "",
            )
            for model in report.models
        ],
    )


def _license(model: ModelReport) -> str:
    """Return what is declared, and what the project itself concluded instead."""
    declared = shortened(model.terms.label)
    if model.is_concluded:
        return f"{model.concluded.expression} (the project concluded; declared: {declared})"
    return declared


def _gate(sheet: Sheet, gate: Gate) -> None:
    """Write what fails and what was waived, and what the policy alone warns of."""
    name = gate.policy or "defaults"
    failed, warned, waived = (len(gate.of_level(one)) for one in ("fail", "warn", "waived"))
    sheet.line()
    sheet.line(f"policy ({name}): {gate.state}; {failed} failed, {warned} warned, {waived} waived")
    sheet.table(
        "What the policy says",
        ["level", "of", "finding", "place", "because"],
        [
            (one.level, shortened(one.subject), one.code,
             f"{one.path}:{one.line}" if one.line else one.path,
             shortened(f"waived: {one.waiver}" if one.waiver else one.text, _SENTENCE))
            for one in gate.items
            if one.level != "warn" or one.is_policy
        ],
    )  # fmt: skip


def _places(sites: tuple[LoadSite, ...]) -> str:
    first = sites[0]
    role = "" if first.role == "use" else f" ({first.role})"
    more = f" +{len(sites) - 1}" if len(sites) > 1 else ""
    return f"{first.place}{role}{more}"


def _own(sheet: Sheet, report: CheckReport) -> None:
    if report.findings:
        sheet.line()
        sheet.title("The project's own license")
    for one in report.findings:
        waiver = report.gate.waiver_of("", report.name, one.finding.reason)
        _finding(sheet, one.finding, "", waiver)


def _model(sheet: Sheet, model: ModelReport, gate: Gate) -> None:
    shown = [
        one
        for one in model.findings
        if one.verdict != Verdict.CONSISTENT.value and one.reason not in _SILENT
    ]
    if not shown:
        return
    sheet.line()
    sheet.title(
        f"{shortened(model.resolved)}, loaded at {_some(site.place for site in model.sites)}"
    )
    if model.concluded.comment:
        expression = model.concluded.expression or "no assertion"
        concluded = readable(expression, model.concluded.licenses)
        sheet.line(f"  concluded license: {concluded}. {model.concluded.comment}")
    for one in shown:
        waiver = gate.waiver_of(model.hub, model.resolved, one.reason)
        _finding(sheet, one, model.resolved, waiver)


def _some(places: Iterable[str]) -> str:
    found = [shortened(place) for place in places]
    more = f" and {len(found) - _PLACES} more" if len(found) > _PLACES else ""
    return ", ".join(found[:_PLACES]) + more


def _finding(sheet: Sheet, one: ChainFinding, model: str, waiver: str) -> None:
    mark = "waived: " if waiver else ""
    explained = shortened(one.explanation, _SENTENCE)
    sheet.line(f"  {mark}{one.verdict} ({one.severity}) {one.reason}: {explained}")
    pairs: list[tuple[str, object]] = [("  waived", shortened(waiver, _SENTENCE))] if waiver else []
    pairs.append(("  what to do", shortened(one.action, _SENTENCE)))
    if one.clause:
        pairs.append(("  clause", one.clause))
    if one.clause_url:
        pairs.append(("  read it at", one.clause_url))
    if len(one.chain) > 2 or not model:
        pairs.append(("  chain", " → ".join(shortened(step) for step in one.chain)))
    if one.evidence_url:
        pairs.append(("  evidence", one.evidence_url))
    sheet.facts(pairs)


def _obligations(sheet: Sheet, report: CheckReport) -> None:
    """Write what is asked for, once a license, with the models that it comes with."""
    found: dict[tuple[str, str], tuple[Obligation, list[str]]] = {}
    for model in report.models:
        for duty in model.obligations:
            entry = found.setdefault((duty.license, duty.kind), (duty, []))
            entry[1].append(model.resolved)
    sheet.table(
        "What the licenses ask for",
        ["license", "when", "what to do", "models", "clause", "read it at"],
        [
            (duty.license, duty.when, duty.text, _some(models), duty.clause, _link(duty.url))
            for duty, models in found.values()
        ],
    )


def _beside(sheet: Sheet, report: CheckReport) -> None:
    """Write what the project uses beside models of hubs, and loads that can change."""
    if report.datasets:
        sheet.table(
            "Datasets that the project loads",
            ["verdict", "dataset", "license", "place", "because"],
            [
                (one.verdict, shortened(one.resolved), shortened(one.terms.label),
                 _places(one.sites), one.finding.reason)
                for one in report.datasets
            ],
        )  # fmt: skip
    if report.hosted:
        sheet.table(
            "Models that services run (not judged)",
            ["service", "model", "place"],
            [(one.service, shortened(one.name), _places(one.sites)) for one in report.hosted],
        )
    if report.weights:
        sheet.table(
            "Weight files in the tree",
            ["file", "format", "architecture", "bytes", "sha256", "file of"],
            [
                (shortened(one.path), one.format, shortened(one.architecture),
                 "" if one.size_bytes is None else one.size_bytes, one.sha256[:12],
                 _some(f"{file.model}/{file.path}" for file in one.hub_files))
                for one in report.weights
            ],
        )  # fmt: skip
    loose = [(model, places) for model in report.models if (places := unpinned(model.sites))]
    if loose:
        sheet.table(
            "Loads that name no commit",
            ["model", "revision seen", "places"],
            [
                (shortened(model.resolved), model.version[:12], _some(places))
                for model, places in loose
            ],
        )


def _changed(sheet: Sheet, report: CheckReport) -> None:
    """Write what changed since an earlier report."""
    if (found := report.comparison) is None:
        return
    sheet.line()
    sheet.line(
        f"since {found.created or 'an earlier report'}: {len(found.new)} new, {len(found.gone)} "
        f"gone, {len(found.fixed)} fixed, {counted(found.unchanged_count, 'finding')} unchanged"
    )
    parts = (("new", found.new), ("gone", found.gone), ("fixed", found.fixed))
    sheet.table(
        "What changed",
        ["change", "what", "of", "finding", "verdict", "place"],
        [
            (change, one.kind, one.subject, one.code, one.level, one.place)
            for change, group in parts
            for one in group
        ],
    )


def _link(url: str) -> SheetLink | str:
    return SheetLink("text", url) if url else ""


def _open_loads(sheet: Sheet, report: CheckReport) -> None:
    rows = [(site.place, site.api, shortened(site.argument)) for site in report.unresolved]
    sheet.table(
        "Loads of a model that the source does not name", ["place", "by", "named by"],
        rows[:_OPEN_LOADS],
    )  # fmt: skip
    if len(rows) > _OPEN_LOADS:
        sheet.line(f"and {len(rows) - _OPEN_LOADS} more: --format json has all")
