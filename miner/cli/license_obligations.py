"""``miner license obligations``: what the licenses of a model and of its bases ask for."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from miner.cli.echo import echo, echo_json
from miner.schema.vocab import DEFAULT_HUB


@click.command()
@click.argument("model", metavar="OWNER/NAME")
@click.option("--hub", default=DEFAULT_HUB, show_default=True, help="Where it is published.")
@click.option(
    "--duckdb", "duckdb_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="What is known of models: this file instead of the one in the data directory.",
)  # fmt: skip
@click.option(
    "--format", "format_name", type=click.Choice(["table", "json"]), default="table",
    show_default=True, help="How to write it.",
)  # fmt: skip
def obligations(model: str, hub: str, duckdb_file: Path | None, format_name: str) -> None:
    """Show what the licenses of a model and of its bases ask for.

    A base counts as far as its weights are in the model. What a base states that is not known is
    unknown, and says so. Not legal advice.
    """
    from miner.db.lookup import open_lookup
    from miner.errors import InvalidData
    from miner.pipelines.check import duties, license_terms
    from miner.pipelines.check.chain import follow
    from miner.settings import load_settings

    with open_lookup(duckdb_file or load_settings().duckdb_path) as lookup:
        known = lookup.model(hub, model)
        if known is None:
            raise InvalidData(
                f"no model {model} of {hub} is known",
                next_step="miner crawl brings it in, or name another file with --duckdb FILE",
            )
        chain = follow(known, lookup)
        found = [asdict(one) for one in duties.obligations(chain)]
        answer: dict[str, Any] = {
            "hub": known.hub,
            "model": known.name,
            "license": license_terms.of_model(known).text or None,
            "commercial_use": duties.commercial_use(chain),
            "bases": [
                {"model": link.chain[0], "relation": link.edge.relation,
                 "license": link.statement.text or None, "is_held": link.base is not None}
                for link in chain.bases
            ],
            "obligations": found,
        }  # fmt: skip
    if format_name == "json":
        echo_json(answer, indent=True)
    else:
        _table(answer)


def _table(answer: dict[str, Any]) -> None:
    from miner.cli.sheet import Sheet

    sheet = Sheet()
    sheet.title(f"{answer['hub']}:{answer['model']}")
    sheet.facts(
        [
            ("license", answer["license"] or "not stated"),
            ("commercial use", answer["commercial_use"]),
            ("derived from", [
                f"{base['model']} ({base['relation']}, {base['license'] or 'license not known'})"
                for base in answer["bases"]
            ] or None),
        ]
    )  # fmt: skip
    sheet.table(
        "Obligations",
        ["when", "what", "license of", "license", "clause"],
        [
            (one["when"], one["text"], one["origin"], one["license"], one["clause"])
            for one in answer["obligations"]
        ],
    )
    echo("Not legal advice.", err=True)
