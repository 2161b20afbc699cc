"""What both versions of SPDX say in words: places, findings, and what is declared."""

from __future__ import annotations

from miner.pipelines.check.license_terms import NO_FILE
from miner.pipelines.check.report import ChainFinding, LoadSite, ModelReport, Terms, Upstream

NONE = "NONE"
"""In place of an expression: it is known that no license is stated."""
_NOT_STATED = "No license is stated in what was read; a license file beside it was not read."
_BASE = "The model that was derived from it names no revision: this one was seen."


def declared_of(terms: Terms) -> tuple[str | None, str]:
    """Return the expression that is declared, and what to say of it.

    Returns:
        An expression, ``NONE``, or None for no assertion; and a comment, empty where all is plain.
    """
    if terms.expression and terms.state == "stated":
        return terms.expression, terms.detail
    if terms.state == "not-stated":
        return (NONE, "") if terms.detail == NO_FILE else (None, _NOT_STATED)
    if terms.state == "not-known":
        return None, "Not read."
    return None, f"Stated: {terms.label}. {terms.detail}".strip()


def use_statement(model: ModelReport) -> str:
    """Return where a model is loaded, and which revision each load names."""
    return f"Loaded at {'; '.join(_site(site) for site in model.sites)}"


def _site(site: LoadSite) -> str:
    revision = f"revision {site.revision}" if site.revision else "no revision"
    address = f" {site.url}" if site.url else ""
    return f"{site.place} ({site.role}, {site.api}, {revision}){address}"


def finding_statement(one: ChainFinding, waiver: str) -> str:
    """Return a finding, what to do, and why it is waived, if it is."""
    parts = [
        f"{one.verdict} ({one.severity}) {one.reason}: {one.explanation}",
        f"What to do: {one.action} Chain: {' -> '.join(one.chain)}",
    ]
    if waiver:
        parts.append(f"Waived: {waiver}")
    return " ".join(parts)


def base_comment(base: Upstream) -> str:
    """Return which revision of a base a BOM names."""
    return _BASE if base.version else ""
