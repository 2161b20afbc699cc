"""License findings of a whole hub, set by set: time, memory and cost of an edge.

``python -m tests.bench.licenses [--sizes 310000,3100000]``. Each size is a hub made in SQL from a
seed: 28 % of the models have a base (popular ones have most), 40 % name datasets, licenses in about
the shares of the real Hub. Beside it stands what the judge alone takes, link by link.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from miner.db import analytics
from miner.db.export import select_of
from miner.pipelines.derive.licenses.chain_judge import open_judge
from miner.pipelines.derive.licenses.chains import judge_chains
from miner.pipelines.derive.licenses.questions import LicenseLink
from miner.schema.published import PUBLISHED
from tests.bench.page import machine, table, write_section
from tests.bench.process import measure

_EDGES_ASKED = 50_000
_LICENSES = """
['apache-2.0', 'apache-2.0', 'apache-2.0', 'apache-2.0', 'mit', 'mit', '', '', '', '', '', '',
 'other(llama3)', 'llama3.1', 'llama2', 'gemma', 'cc-by-nc-4.0', 'cc-by-4.0', 'cc-by-sa-4.0',
 'creativeml-openrail-m', 'openrail', 'bigscience-bloom-rail-1.0', 'gpl-3.0', 'agpl-3.0', 'other',
 'other(qwen)', 'other(my own words)', 'afl-3.0', 'bsd-3-clause', 'unknown']
"""
_MAKE = """
CREATE TABLE published.model AS
SELECT
    'huggingface' AS hub,
    'owner-' || (hash(i, 1) % 400000) || '/'
    || CASE WHEN hash(i, 2) % 5 = 0 THEN 'Llama-3-' ELSE '' END || 'model-' || i AS name,
    'present' AS state,
    i
FROM range({size}) AS t(i);
CREATE TABLE published.dataset AS
SELECT 'huggingface' AS hub, 'data/set-' || i AS name, 'present' AS state, i
FROM range({size} // 15) AS t(i);
CREATE TABLE published.license_statement AS
SELECT
    hub,
    kind AS subject_kind,
    name AS subject,
    0 AS position,
    'declared' AS source,
    CASE WHEN starts_with(license, 'other(') THEN 'other' ELSE license END AS canonical,
    CASE WHEN starts_with(license, 'other(') THEN license[7:-2] END AS license_name,
    NULL::VARCHAR AS license_link,
    true AS is_chosen
FROM (
    SELECT hub, 'model' AS kind, name, ({licenses})[1 + (hash(i, 3) % 30)::INTEGER] AS license
    FROM published.model
    UNION ALL
    SELECT hub, 'dataset', name, ({licenses})[1 + (hash(i, 4) % 30)::INTEGER]
    FROM published.dataset
)
WHERE license <> '';
CREATE TABLE store.lineage_told AS
SELECT
    'huggingface' AS hub,
    child.name AS child,
    parent.name AS parent,
    ['finetune', 'quantized', 'adapter', 'merge', 'quantized'][
        1 + (hash(child.i, 5) % 5)::INTEGER
    ] AS relation,
    'declared' AS source,
    NULL::DOUBLE AS confidence
FROM published.model AS child
JOIN published.model AS parent
    -- the power makes few bases popular; a base is older, so there are chains and no cycles
    ON parent.i = (child.i * pow((hash(child.i, 6) % 1000003) / 1000003, 3))::BIGINT
        AND parent.i < child.i
WHERE hash(child.i, 7) % 100 < 28;
CREATE TABLE published.model_dataset AS
SELECT
    'huggingface' AS hub,
    model.name AS model,
    dataset.name AS dataset,
    'trained_on' AS role
FROM published.model AS model
JOIN published.dataset AS dataset
    ON dataset.i = (({size} // 15) * pow((hash(model.i, 8) % 1000003) / 1000003, 4))::BIGINT
WHERE hash(model.i, 9) % 100 < 40;
"""
_EMPTY = (
    "extracted_field",
    "model_commit_change",
    "model_use",
    "repository",
    "repository_license",
    "scan",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="310000,3100000")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--no-page", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(_one(options.one)))
        return 0
    rows = []
    for size in map(int, options.sizes.split(",")):
        outcome = measure([sys.executable, "-m", "tests.bench.licenses", "--one", str(size)], {})
        figures = json.loads(outcome.output)
        rows.append(
            [
                f"{size:,}",
                f"{figures['direct']:,}",
                f"{figures['rows']:,}",
                f"{figures['questions']:,}",
                f"{figures['seconds']:,.1f}",
                f"{figures['seconds'] / figures['rows'] * 1e6:,.1f}",
                f"{figures['one_by_one']:,.1f}",
                f"{outcome.peak_bytes / 2**20:,.0f}",
            ]
        )
    head = [
        "models", "direct links", "links judged", "distinct questions", "seconds", "µs a link",
        "µs a link of the judge alone", "peak MiB, the making of the hub too",
    ]  # fmt: skip
    text = "\n\n".join(
        [
            "## License findings",
            "All links between datasets, bases and models of a synthetic hub, and the bases "
            "further up whose terms go on.",
            table(head, rows),
            machine(),
            f"`python -m tests.bench.licenses --sizes {options.sizes}`",
        ]
    )
    print(text)
    if not options.no_page:
        write_section("licenses", text)
    return 0


def _one(size: int) -> dict[str, float]:
    """Make a hub of so many models, judge it, and tell what it took."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work.duckdb"
        with analytics.open_work(work) as connection:
            connection.execute("CREATE SCHEMA store")
            connection.execute(f"ATTACH '{folder}/published.duckdb' AS published")
            connection.execute(_MAKE.format(size=size, licenses=_LICENSES))
            for name in _EMPTY:
                connection.execute(analytics.create_table(PUBLISHED[name], "published"))
            judge = open_judge()
            begun = time.perf_counter()
            judge_chains(connection, judge)
            connection.execute(
                f"CREATE TABLE published.license_finding AS {select_of('license_finding')}"
            )
            seconds = time.perf_counter() - begun
            ((rows, direct, questions),) = connection.execute(
                "SELECT (SELECT count(*) FROM published.license_finding), "
                "(SELECT count(*) FROM store.license_row WHERE distance <= 1), "
                "(SELECT count(*) FROM store.answer)"
            ).fetchall()
            asked = connection.execute(
                "SELECT upstream_license, downstream_license, relation, upstream_kind, "
                f"downstream_kind FROM store.license_row LIMIT {_EDGES_ASKED}"
            ).fetchall()
    begun = time.perf_counter()
    for up, down, relation, up_kind, down_kind in asked:
        judge.decide(LicenseLink(up, down, relation, up_kind, down_kind, False, (), ()))
    one_by_one = (time.perf_counter() - begun) / len(asked) * 1e6
    return {"seconds": seconds, "rows": rows, "direct": direct, "questions": questions,
            "one_by_one": one_by_one}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
