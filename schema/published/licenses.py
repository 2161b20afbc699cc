"""Published tables on licenses: facts, rules, and findings along the chains."""

from __future__ import annotations

from miner.schema import tables
from miner.schema.description import Column, Table
from miner.schema.published.base import described

_FACTS = {
    "license": "Key used everywhere; that of the Hub where the Hub has one",
    "title": "Its name",
    "spdx": "SPDX id or expression, else a LicenseRef- of its own",
    "family": "License family: licenses that ask for the same kind of thing",
    "line": "Agreement that it is a version of, such as llama",
    "version": "Version within its line",
    "later": "Of GNU licenses: only, or-later, or unstated",
    "commercial_use": "Whether it grants commercial use",
    "derivatives": "Whether derivatives may be made and shared",
    "redistribution": "What may be passed on",
    "attribution": "Whether credit or a notice has to stay",
    "copyleft_scope": "What has to stay under it",
    "use_restrictions": "Which uses it rules out",
    "flow_down": "Whether these have to bind the next users too",
    "same_license": "What derivatives come under",
    "name_prefix": "How the name of a derivative has to begin",
    "display": "A line that products have to show",
    "user_threshold": "Users or revenue above which another license is needed",
    "output_training": "What holds for models trained on its outputs",
    "network_clause": "Whether offering it over a network counts as passing it on",
    "patent_grant": "Whether it grants patents",
    "territory_limit": "Where it grants nothing",
    "clause": "The sections that say so, in words of our own",
    "evidence": "How it is known: standard, text, reported, hub, memory or name",
    "url": "Where to read it",
    "note": "What else to know",
}

LICENSES: tuple[Table, ...] = (
    Table(
        "license",
        "What one license says, as reviewed: unknown where it is not known. No legal advice.",
        tuple(Column(name, "VARCHAR", meaning) for name, meaning in _FACTS.items()),
        key=("license",),
    ),
    described(tables.RepositoryLicense),
    Table(
        "license_rule",
        "A reason that a finding can have, in the matrix of this file.",
        (
            Column("matrix", "VARCHAR", "Name of the set of rules"),
            Column("matrix_version", "VARCHAR", "Its version"),
            Column("reason", "VARCHAR", "Code of the reason"),
            Column("verdict", "VARCHAR", "Verdict that it gives unless a rule says otherwise"),
            Column("severity", "VARCHAR", "How much hangs on it, likewise"),
            Column("meaning", "VARCHAR", "What it means, with places for the licenses"),
            Column("action", "VARCHAR", "What to do about it"),
        ),
        key=("matrix", "matrix_version", "reason"),
    ),
    Table(
        "license_finding",
        "Whether what is stated downstream goes with what is stated upstream: one row a link of a "
        "chain (dataset to model, base to model, model to repository), one for every base further "
        "up whose terms go on, and one for each place that states another license of the same "
        "thing. No legal advice.",
        (
            Column("upstream_kind", "VARCHAR", "model, dataset, or the source of a statement"),
            Column("upstream_hub", "VARCHAR", "Where the upstream is published"),
            Column("upstream", "VARCHAR", "Its name; of a merge whose bases exclude each other, "
                   "all of them"),
            Column("upstream_license", "VARCHAR", "Its key; null: none; unknown: not known"),
            Column("upstream_family", "VARCHAR", "License family, the strictest of several"),
            Column("downstream_kind", "VARCHAR", "model, dataset or repository"),
            Column("downstream_hub", "VARCHAR", "Where the downstream is published, or github"),
            Column("downstream", "VARCHAR", "Its name"),
            Column("downstream_license", "VARCHAR", "Its key, as stated; null: none"),
            Column("downstream_family", "VARCHAR", "License family, the strictest of several"),
            Column("relation", "VARCHAR", "A relation between models, trained_on, used_by, self"),
            Column("distance", "BIGINT", "Links between them; 0: the same thing", "links"),
            Column("via", "VARCHAR", "The last model between them, where there is one"),
            Column("verdict", "VARCHAR", "consistent, needs-review, unknown or inconsistent"),
            Column("reason", "VARCHAR", "Code of the rule behind it; table license_rule"),
            Column("severity", "VARCHAR", "info, low, medium or high"),
            Column("explanation", "VARCHAR", "In one sentence or two"),
            Column("clause", "VARCHAR", "The sections that say so"),
            Column("action", "VARCHAR", "What to do about it"),
            Column("evidence_url", "VARCHAR", "Where to read the license that it rests on"),
            Column("matrix", "VARCHAR", "Set of rules"),
            Column("matrix_version", "VARCHAR", "Its version"),
            Column("is_from_text", "BOOLEAN", "A link of it is stated in the text of a card alone"),
            Column("confidence", "DOUBLE", "Precision of the rule that read it there, the least "
                   "of several; null: no such link"),
        ),
        key=("upstream_kind", "upstream_hub", "upstream", "downstream_kind", "downstream_hub",
             "downstream", "relation"),
        order=("downstream_kind", "downstream_hub", "downstream", "upstream_kind", "upstream_hub",
               "upstream", "relation"),  # most ask what a thing builds on
        warnings=("declared_only", "names_unresolved", "not_legal_advice"),
    ),
)  # fmt: skip
