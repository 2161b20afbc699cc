"""What stands in which chapter of the report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from miner.queries.header import Query


@dataclass(frozen=True, slots=True)
class Chapter:
    """A page of the report.

    Attributes:
        name: Its file, without suffix.
        title: Its heading.
        purpose: What it is about.
        topics: Topics whose pictures stand in it.
        queries: Further queries, by full name; they come first.
        tables: Queries without a picture whose answers stand in it.
    """

    name: str
    title: str
    purpose: str
    topics: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


CHAPTERS = (
    Chapter(
        "models", "Models", "What is published: how much, when, by whom, for what.",
        ("models",), ("models/by_month", "history/new_models", "peatmoss/growth"),
        ("models/owner_concentration", "history/movers"),
    ),
    Chapter(
        "supply-chain", "Supply chain", "What models are built on, and how deep it goes.",
        ("lineage", "history"), (), ("models/dataset_use", "lineage/unresolved_bases"),
    ),
    Chapter(
        "licenses", "Licenses",
        "Licenses along the chain, where they conflict, and where they drift.",
        ("licenses",),
        ("peatmoss/license_flow", "licenses/by_relation", "licenses/drift", "models/by_license",
         "peatmoss/license_pairs"),
        ("licenses/by_pair",),
    ),
    Chapter(
        "moe", "Mixtures of experts",
        "Adoption, families, sizes, engines, and the papers they go back to.",
        ("moe",), ("moe/adoption", "moe/families", "moe/by_size", "moe/engines", "moe/paper_trace"),
    ),
    Chapter(
        "downstream", "Downstream", "Repositories that load models, and how.",
        ("uses", "peatmoss"), ("uses/by_month", "uses/most_used_models"),
    ),
    Chapter(
        "documentation", "Documentation", "What cards say, and what they leave out.",
        ("cards",), ("cards/completeness", "peatmoss/documentation_gaps"),
        ("quality/documentation_completeness",),
    ),
    Chapter(
        "method", "Method and accuracy",
        "How sure the facts are, where sources disagree, and what was not read.",
        ("quality",), ("moe/coverage", "moe/conflicts"),
        ("cards/disagreements", "quality/rejected_records", "quality/license_disagreements"),
    ),
)  # fmt: skip
"""All chapters, in order. A query stands in the first that names it, else in that of its topic."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as a chapter asks it.

    Attributes:
        query: The query.
        parameters: Values of its parameters; the others take their defaults.
    """

    query: Query
    parameters: tuple[tuple[str, str], ...] = ()


_TWICE = {"cards/completeness": (("by_part", "year"),)}
"""Queries that a chapter asks a second time, with parameters."""


def contents(queries: Iterable[Query]) -> dict[str, list[Asked]]:
    """Return the queries of each chapter, by its name, in order."""
    chapters = _contents(queries)
    return {
        name: [
            asked
            for query in found
            for asked in (
                Asked(query),
                *([Asked(query, _TWICE[query.full_name])] if query.full_name in _TWICE else []),
            )
        ]
        for name, found in chapters.items()
    }


def _contents(queries: Iterable[Query]) -> dict[str, list[Query]]:
    known = {query.full_name: query for query in queries}
    named = {name for chapter in CHAPTERS for name in (*chapter.queries, *chapter.tables)}
    return {
        chapter.name: [
            *(known[name] for name in chapter.queries),
            *(
                query
                for query in known.values()
                if query.topic in chapter.topics
                and query.picture
                and query.full_name not in named
                and not _needs_a_name(query)
            ),
            *(known[name] for name in chapter.tables),
        ]
        for chapter in CHAPTERS
    }


def _needs_a_name(query: Query) -> bool:
    """Return whether a query is on one thing that its reader names."""
    return any(param.name in {"of_model", "of_owner"} for param in query.params)
