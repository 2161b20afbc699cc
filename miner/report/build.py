"""Write a report: pages, pictures and tables in one folder that appears complete or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from miner.errors import ConfigurationError
from miner.queries.dataset import Dataset
from miner.queries.output import write_csv
from miner.queries.pictures.file import render_figure
from miner.report.chapters import CHAPTERS, Chapter, contents
from miner.report.figures import TABLE_ROWS, Figure, figure_of
from miner.schema.warnings import WARNINGS
from miner.web import cells
from miner.web.rendering import environment

_HERE = Path(__file__).parent
_MARK = "miner-report.txt"
_MARK_TEXT = "A report of miner. It is written anew as a whole by miner report.\n"
_COUNTED = {
    "model": "models", "model_edge": "derivations", "dataset": "datasets", "paper": "papers",
    "license_finding": "license verdicts", "repository": "repositories",
    "use_site": "places of use",
}  # fmt: skip
_OF_GITHUB = ("repository", "use_site")

Heard = Callable[[str], None]


@dataclass(slots=True)
class WrittenReport:
    """What a report holds.

    Attributes:
        pages: Number of pages.
        pictures: Number of questions with a picture.
        empty: Questions that have no answer here, and why.
        size_bytes: Of the whole folder.
    """

    pages: int = 0
    pictures: int = 0
    empty: dict[str, str] = field(default_factory=dict)
    size_bytes: int = 0


def write_report(
    data: Dataset, folder: Path, chapters: Collection[str] = (), heard: Heard = lambda _: None
) -> WrittenReport:
    """Write the report of a file.

    Args:
        data: The file.
        folder: Where it goes; an older report is replaced.
        chapters: Names of those to write; none: all.
        heard: Is called with the name of each chapter.

    Returns:
        What was written.

    Raises:
        ConfigurationError: The folder holds something else, or an extra is not installed.
    """
    render = environment([_HERE / "templates"], value_of=cell, is_numeric=is_numeric)
    _require_ours(folder)
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for name in ("pictures", "data"):
            (part / name).mkdir(parents=True)
        (part / _MARK).write_text(_MARK_TEXT)
        kept = [chapter for chapter in CHAPTERS if not chapters or chapter.name in chapters]
        written = _write_pages(data, part, kept, render, heard)
        if folder.exists():
            shutil.rmtree(folder)
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    written.size_bytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return written


def write_figures(data: Dataset, folder: Path, chapters: Collection[str] = ()) -> int:
    """Write each picture as PNG and SVG, with title and small print, for a paper.

    Args:
        data: The file.
        folder: Where they go; other files in it stay.
        chapters: Names of those whose pictures are written; none: all.

    Returns:
        Number of pictures.

    Raises:
        ConfigurationError: The extra ``report`` is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for chapter, queries in contents(data.queries.values()).items():
        if chapters and chapter not in chapters:
            continue
        for query in {asked.query.full_name: asked.query for asked in queries}.values():
            if not query.picture:
                continue
            found = render_figure(query, data.connection, ("svg", "png"))
            count += bool(found)
            for extension, content in found.items():
                (folder / f"{query.macro_name}.{extension}").write_bytes(content)
    return count


def _require_ours(folder: Path) -> None:
    if folder.exists() and not (folder / _MARK).is_file():
        is_free = folder.is_dir() and not any(folder.iterdir())
        if not is_free:
            raise ConfigurationError(
                f"{folder} is no report of miner, and is left as it is",
                next_step="name another folder: miner report --out DIR",
            )
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)


def _write_pages(
    data: Dataset,
    folder: Path,
    chapters: Sequence[Chapter],
    render: Callable[..., str],
    heard: Heard,
) -> WrittenReport:
    written = WrittenReport(pages=1 + len(chapters))
    style = (_HERE.parent / "web" / "static" / "style.css").read_text(encoding="utf-8")
    style += (_HERE / "templates" / "report.css").read_text(encoding="utf-8")
    common = {"chapters": chapters, "style": style, "file": data.path.name,
              "freshness": _freshness(data)}  # fmt: skip
    queries = contents(data.queries.values())
    chosen: dict[str, list[Figure]] = {}
    for chapter in chapters:
        heard(chapter.title)
        figures = [figure_of(data, asked) for asked in queries[chapter.name]]
        for figure in figures:
            _write_figure(figure, folder, written)
        page = render("chapter.html", **common, chapter=chapter, figures=figures,
                      accuracy=_accuracy(data) if chapter.name == "method" else [],
                      table_rows=TABLE_ROWS)  # fmt: skip
        (folder / f"{chapter.name}.html").write_text(page, encoding="utf-8")
        chosen[chapter.name] = figures
    page = render("overview.html", **common, chapter=None, counts=_counts(data),
                  chosen=chosen, warnings=WARNINGS, empty=written.empty)  # fmt: skip
    (folder / "index.html").write_text(page, encoding="utf-8")
    return written


def _write_figure(figure: Figure, folder: Path, written: WrittenReport) -> None:
    if figure.wide:
        written.pictures += 1
        for suffix, svg in (("", figure.wide), ("-narrow", figure.narrow)):
            file = folder / "pictures" / f"{figure.name}{suffix}.svg"
            file.write_text(svg, encoding="utf-8")
    elif not figure.rows.fetched:
        written.empty[figure.query.full_name] = "; ".join(figure.lacking)
    with (folder / "data" / f"{figure.name}.csv").open("w", encoding="utf-8") as stream:
        write_csv(figure.rows, stream)  # type: ignore[arg-type]  # it reads what both have


def _counts(data: Dataset) -> list[tuple[str, int | None]]:
    """Return what there is; None: it was not crawled."""
    has_scans = _first(data, "SELECT count(*) FROM scan") > 0
    return [
        (words, _first(data, f'SELECT count(*) FROM "{table}"') if has_scans
         or table not in _OF_GITHUB else None)
        for table, words in _COUNTED.items()
    ]  # fmt: skip


def _first(data: Dataset, sql: str) -> int:
    row = data.connection.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _freshness(data: Dataset) -> list[dict[str, Any]]:
    return _rows(
        data,
        "SELECT hub, subject, max(ended_at) AS ended_at, bool_or(is_complete) AS is_complete "
        "FROM sweep GROUP BY ALL ORDER BY ALL",
    )


def _accuracy(data: Dataset) -> list[dict[str, Any]]:
    return _rows(data, "SELECT * FROM method_accuracy ORDER BY ALL")


def _rows(data: Dataset, sql: str) -> list[dict[str, Any]]:
    cursor = data.connection.execute(sql)
    columns = [column[0] for column in cursor.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def cell(row: Mapping[str, Any], column: str, links: Mapping[str, str]) -> cells.Cell:
    """Return a value of a table; a model leads to where its facts stand."""
    value = row[column]
    text = cells.shown(value, column)
    if cells.is_address(value) or (isinstance(value, str) and value in links):
        return cells.Cell(text, links.get(value, value), is_external=True)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return cells.Cell(text, is_number=is_number)


def is_numeric(rows: Sequence[Mapping[str, Any]], column: str) -> bool:
    """Return whether a column holds numbers."""
    return any(isinstance(row[column], int | float) and row[column] is not True for row in rows)
