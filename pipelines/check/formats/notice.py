"""A NOTICE to pass on with a product: whose models it uses, under which licenses, what to show.

Texts of licenses are not carried, but named by their addresses: those of the license files beside
the weights, which have the copyright lines, and those of the licenses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from textwrap import wrap

from miner.pipelines.check.bom_parts import display_line, revision_of
from miner.pipelines.check.plain_text import plain, readable
from miner.pipelines.check.report import (
    NOT_ADVICE,
    CheckReport,
    LicenseName,
    ModelReport,
    Obligation,
)
from miner.pipelines.check.stamp import Stamp
from miner.schema.licenses import load_licenses

DESCRIPTION = "A NOTICE to pass on: attribution, lines to show, addresses of license texts."
IS_BOM = False

_WIDTH = 100
_MODELS = 20  # named with a license; all of them are among the models
_PASSED_ON = frozenset({"distribute", "derive"})


@dataclass
class _Entry:
    """A license, with the models that it comes with and what it asks of whoever passes them on."""

    title: str
    spdx: str
    url: str
    models: dict[str, None] = field(default_factory=dict)
    duties: dict[str, Obligation] = field(default_factory=dict)


def render(report: CheckReport, stamp: Stamp) -> str:
    """Return the NOTICE of a report."""
    known = [model for model in report.models if _is_known(model)]
    lines = [*_head(report, stamp)]
    licenses = _licenses(known)
    lines += _shown(licenses.values())
    lines += _section("Models", [line for model in known for line in _model(model)])
    lines += _section("Licenses", [line for one in licenses.values() for line in _license(one)])
    lines += _section("Weight files in the project", [*_files(report)])
    lines += _section("License not known", [*_open(report, known)])
    return "\n".join(lines).rstrip() + "\n"


def _head(report: CheckReport, stamp: Stamp) -> Iterator[str]:
    at = f" at {report.commit[:12]}" if report.commit else ""
    yield "NOTICE"
    yield ""
    yield from wrap(
        f"{plain(report.name)} uses the models below, which are the work of others. It loads them "
        "from where they are published; whoever passes their weights on passes on the texts of "
        "their licenses too. No text is copied here.",
        _WIDTH,
    )
    yield ""
    yield (
        f"Written{at} on {stamp.created:%Y-%m-%d} by miner {report.tool_version}, matrix "
        f"{report.matrix} {report.matrix_version}. {NOT_ADVICE}"
    )
    yield ""


def _section(title: str, lines: list[str]) -> list[str]:
    return [title, "-" * len(title), "", *lines] if lines else []


def _is_known(model: ModelReport) -> bool:
    return bool(model.concluded.licenses or (model.terms.licenses and not model.is_concluded))


def _licenses(models: Iterable[ModelReport]) -> dict[str, _Entry]:
    """Return the licenses of models and of the bases whose weights are in them, by key."""
    found: dict[str, _Entry] = {}
    for model in models:
        names = model.concluded.licenses
        names += () if model.is_concluded else model.terms.licenses
        for one in names:
            found.setdefault(one.key, _entry(one)).models[model.resolved] = None
        for duty in model.obligations:
            entry = found.setdefault(duty.license, _of_key(duty))
            entry.models[model.resolved] = None
            if duty.when in _PASSED_ON:
                entry.duties[duty.kind] = duty
    return dict(sorted(found.items()))


def _entry(one: LicenseName) -> _Entry:
    return _Entry(one.title, one.spdx, one.url)


def _of_key(duty: Obligation) -> _Entry:
    known = load_licenses().get(duty.license)
    return _Entry(known.title, known.spdx, known.url) if known else _Entry(duty.license, "", "")


def _shown(entries: Iterable[_Entry]) -> list[str]:
    """Return the lines that products have to show, as the licenses word it."""
    lines = []
    for one in entries:
        duty = one.duties.get("display")
        if duty is None:
            continue
        lines.append(f"  {display_line(duty)}")
        lines += _indented(f"asked for by {one.title}, {duty.clause}", 4)
        lines += [*_indented(f"for {_some(one.models)}", 4), ""]
    return _section("Lines to show", lines)


def _model(model: ModelReport) -> Iterator[str]:
    revision = revision_of(model)
    by = f"published by {plain(model.owner)}" if model.owner else "published"
    yield plain(model.resolved)
    yield f"  {by} at {model.url}" if model.url else f"  {by} on {model.hub}"
    if revision.version:
        how = "" if revision.is_pinned else " (the one seen: the source pins none)"
        yield f"  revision {plain(revision.version)}{how}"
    yield from _indented(f"license: {_terms(model)}")
    for url in model.license_files:
        yield f"  license file: {plain(url)}"
    if model.bases:
        names = (f"{plain(one.name)} ({plain(one.terms.label)})" for one in model.bases)
        yield from _indented(f"derived from {_some(names)}")
    yield ""


def _terms(model: ModelReport) -> str:
    declared = plain(model.terms.label)
    if model.terms.expression:
        declared = readable(model.terms.expression, model.terms.licenses)
    concluded = readable(model.concluded.expression or "", model.concluded.licenses)
    if model.is_concluded:
        return f"{concluded}, as the project concluded (declared: {declared})"
    if concluded in {"", declared}:
        return f"{declared}, as declared"
    return f"{concluded} (declared: {declared})"


def _license(one: _Entry) -> Iterator[str]:
    yield plain(one.title) + (f" ({one.spdx})" if one.spdx and one.spdx != one.title else "")
    if one.url:
        yield f"  text: {one.url}"
    for duty in one.duties.values():
        yield from _indented(duty.text)
    yield from _indented(f"of {_some(one.models)}")
    yield ""


def _files(report: CheckReport) -> Iterator[str]:
    """Yield the weight files that are passed on with the project, and whose they are."""
    for one in report.weights:
        yield plain(one.path)
        if one.hub_files:
            names = (f"{file.model} ({file.path})" for file in one.hub_files)
            yield from _indented(f"the same bytes as in {_some(names)}")
        else:
            yield "  of which model is not known"
        yield ""


def _open(report: CheckReport, known: list[ModelReport]) -> Iterator[str]:
    """Yield the models whose license is not known: nothing can be attributed for them."""
    named = {(model.hub, model.resolved) for model in known}
    for model in report.models:
        if (model.hub, model.resolved) not in named:
            why = plain(model.findings[0].explanation) if model.findings else ""
            yield plain(model.resolved)
            yield from _indented(why)
            if model.url:
                yield f"  {model.url}"
            yield ""


def _some(names: Iterable[str]) -> str:
    found = [plain(name) for name in names]
    more = f" and {len(found) - _MODELS} more" if len(found) > _MODELS else ""
    return ", ".join(found[:_MODELS]) + more


def _indented(text: str, by: int = 2) -> list[str]:
    """Return a text as lines; an address or a name is never cut in two."""
    blank = " " * by
    return wrap(
        text, _WIDTH, initial_indent=blank, subsequent_indent=f"{blank}  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
