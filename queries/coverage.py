"""How much is known of what a query counts, by models and by their downloads.

A query on mixtures names the facts that it rests on (``coverage`` of its header). Whether a model
is a mixture is counted over all models that are present; what mixtures are made of over those that
are known to be mixtures. So what is unknown is never taken for dense, nor left out in silence.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

KIND = "kind"
FACTS = {
    "family": ("family", "moe_family"),
    "experts": ("experts", "expert_count"),
    "used": ("experts per token", "experts_per_token"),
    "shared": ("shared experts", "shared_expert_count"),
    "granularity": ("granularity", "granularity"),
    "router": ("router", "router"),
    "parameters": ("parameters", "parameter_count"),
    "active": ("active parameters", "active_parameter_count"),
}
"""Facts of mixtures: what they are called, and their column of ``model_architecture``."""


def describe_coverage(facts: Sequence[str], connection: duckdb.DuckDBPyConnection) -> str:
    """Return one line on how much is known of some facts; empty where there are no models.

    Args:
        facts: ``kind`` (mixture or dense) and keys of ``FACTS``.
        connection: An open DuckDB file.
    """
    if not facts:
        return ""
    parts = []
    if KIND in facts:
        row = connection.execute(
            "SELECT count(*), count(is_moe), sum(downloads), "
            "sum(downloads) FILTER (WHERE is_moe IS NOT NULL) FROM model WHERE state = 'present'"
        ).fetchone()
        models, known, downloads, known_downloads = row or (0, 0, 0, 0)
        parts.append(
            f"of {models:,} models it is known for "
            f"{_shares(known, models, known_downloads, downloads)} whether they are MoE or dense, "
            "the others count as neither"
        )
        if not models:
            return ""
    if named := [FACTS[fact] for fact in facts if fact in FACTS]:
        columns = ", ".join(
            f"count(a.{column}), sum(m.downloads) FILTER (WHERE a.{column} IS NOT NULL)"
            for _, column in named
        )
        row = connection.execute(
            f"SELECT count(*), sum(m.downloads), {columns} FROM model AS m "
            "JOIN model_architecture AS a ON a.hub = m.hub AND a.model = m.name "
            "WHERE m.is_moe AND m.state = 'present'"
        ).fetchone()
        counts = row or (0, 0)
        if counts[0]:
            shares = (
                _shares(known, counts[0], known_downloads, counts[1])
                for known, known_downloads in zip(counts[2::2], counts[3::2], strict=True)
            )
            words = (f"{name} for {share}" for (name, _), share in zip(named, shares, strict=True))
            parts.append(f"of {counts[0]:,} MoE models are known: {'; '.join(words)}")
    return "; ".join(parts)


def _shares(known: int, models: int, known_downloads: int | None, downloads: int | None) -> str:
    """Return a share of models and of downloads in words; neither is rounded up to all."""
    by_models = _percent(known, models)
    if not downloads:
        return by_models
    return f"{by_models} ({_percent(known_downloads or 0, downloads)} of downloads)"


def _percent(part: int, whole: int) -> str:
    if not whole:
        return "0 %"
    return f"{int(1000 * part / whole) / 10:g} %"
