"""``miner trace``: from one paper to models, derivatives and repositories, with dates and lags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from miner.cli.echo import echo_json
from miner.cli.options import table_or_everything

if TYPE_CHECKING:
    from miner.schema.moe.lists import TracedPaper
    from miner.settings import Settings

_FIRST = 12
_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S{1,200})", re.IGNORECASE)
_OF_ARXIV = "10.48550/arxiv."
_ADDRESS = re.compile(
    r"(?:(?:https?://)?(?:www\.)?arxiv\.org/(?:abs|pdf|html)/|arxiv:\s*)", re.IGNORECASE
)


@click.command()
@click.argument("paper", metavar="ARXIV|DOI|TITLE")
@click.option(
    "--live", is_flag=True, help="Ask the hub and GitHub now. [default: where there is no file]"
)
@click.option(
    "--models", default=3, show_default=True, type=click.IntRange(1, 20),
    help="With --live, how many models to follow to derivatives and repositories; each takes "
    "several requests.",
)  # fmt: skip
@table_or_everything
def trace(paper: str, live: bool, models: int, format_name: str) -> None:
    """Follow a paper into models, derivatives and repositories, with dates.

    The answer comes from the DuckDB file that `miner query` asks (`moe/paper-trace`), or, with
    --live, from the hub's listing by the paper's tag and from GitHub's searches by id, title and
    names of models (GITHUB_TOKEN). It says what was searched and what it would take to know more.
    Nothing is stored. A DOI or title leads to an arXiv id only if the paper is in miner's list, or
    the DOI is arXiv's own.
    """
    from miner.schema.moe.lists import load_papers
    from miner.settings import load_settings

    settings = load_settings()
    arxiv_id, listed = _identified(paper, load_papers())
    if live or not settings.duckdb_path.is_file():
        from miner.pipelines.crawl.trace_paper import trace_paper

        row = trace_paper(settings, paper.strip(), listed, arxiv_id, models=models).as_row()
        if format_name == "json":
            echo_json(row, indent=True)
        else:
            _print_live(row)
        return
    if arxiv_id is None:
        raise click.UsageError("the data identify papers by arXiv id: give one, or use --live")
    row = _stored(settings, arxiv_id)
    if format_name == "json":
        echo_json(row, indent=True)
    else:
        _print_stored(row)


def _identified(text: str, papers: list[TracedPaper]) -> tuple[str | None, TracedPaper | None]:
    """Return the arXiv id that a text tells, and the paper's row in the list."""
    from miner.pipelines.sources.records.statements import arxiv_id

    bare = re.split(r"[?#]", _ADDRESS.sub("", text.strip()))[0].removesuffix(".pdf")
    if (doi := _DOI.fullmatch(text.strip())) is not None and doi[1].lower().startswith(_OF_ARXIV):
        bare = doi[1][len(_OF_ARXIV) :]
    found = arxiv_id(bare)
    words = _words(text)
    listed = next(
        (
            one
            for one in papers
            if one.arxiv_id == found or (not found and _words(one.title) == words)
        ),
        None,
    )
    return found or (listed.arxiv_id if listed is not None else None), listed


def _words(title: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", title.lower())


def _stored(settings: Settings, arxiv_id: str) -> dict[str, Any]:
    """Return the row of the shipped query."""
    from miner.queries.dataset import open_dataset

    with (
        open_dataset(settings.duckdb_path) as data,
        data.query("moe/paper-trace", paper=arxiv_id).result() as result,
    ):
        rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows()]
        notes = list(result.notes)
    return {**(rows[0] if rows else {"arxiv_id": arxiv_id}), "notes": notes}


def _print_stored(row: dict[str, Any]) -> None:
    from miner.cli.sheet import Sheet

    sheet, notes = Sheet(), row.pop("notes")
    sheet.title(f"{row.pop('arxiv_id')} {row.pop('title', None) or ''}".rstrip())
    sheet.facts([(name.replace("_", " "), value) for name, value in row.items()])
    sheet.line()
    for note in notes:
        sheet.line(note)
    sheet.line("For what is published now: miner trace PAPER --live")


def _print_live(row: dict[str, Any]) -> None:
    from miner.cli.sheet import Sheet

    sheet = Sheet()
    sheet.title(f"{row['paper']} {row['title']}".strip())
    sheet.facts(
        [
            ("published", row["published_on"]),
            ("first model", _dated(row, "model")),
            ("first derivative", _dated(row, "derivative")),
            ("first repository", _dated(row, "repository")),
            ("requests", row["request_count"]),
        ]
    )
    for title, how in (("Models that cite it", "cites"), ("Derived from these", "derived")):
        models = [one for one in row["models"] if one["how"] == how]
        sheet.table(
            f"{title}: {len(models):,}",
            ("model", "created", "days", "downloads", "base"),
            [(one["name"], one["created_on"], one["days"], one["downloads"], one["base"])
             for one in models[:_FIRST]],
        )  # fmt: skip
    sheet.table(
        f"Repositories: {len(row['repositories']):,}",
        ("repository", "created", "days", "relation", "model"),
        [(one["name"], one["created_on"], one["days"], one["how"], one["model"])
         for one in row["repositories"][:_FIRST]],
    )  # fmt: skip
    sheet.table(
        "What was searched",
        ("where", "for", "found", "known", "to know more"),
        [(one["where"], one["what"], one["found"], one["state"], one["to_know_more"])
         for one in row["searched"]],
    )  # fmt: skip


def _dated(row: dict[str, Any], what: str) -> str | None:
    name, day = row[f"first_{what}"], row[f"first_{what}_on"]
    if name is None:
        return None
    days, since = row[f"days_to_{what}"], "the first model" if what == "derivative" else "the paper"
    return f"{name}, {day}" + (f", {days} days after {since}" if days is not None else "")
