"""Pages of the documentation site that are made when it is built; a hook of mkdocs.

The site has the pages of ``docs/`` as they are, the documents of the project's root, a page a
topic with every query and its answer, and the notebooks with what their cells show. Answers are of
the DuckDB file that MINER_DOCS_DUCKDB names, else of ``.demo/``, which ``make demo`` writes.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
from collections.abc import Iterator
from html import escape
from itertools import islice
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import Any

import miner
from miner.queries.dataset import Dataset
from miner.queries.header import Query
from miner.queries.output import value_for_people
from miner.schema.warnings import WARNINGS

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Path(os.environ.get("MINER_DOCS_DUCKDB", ROOT / ".demo" / "miner.duckdb"))
ROWS = 5
"""Most rows of an answer on a page."""

ROOT_PAGES = {
    "README.md": "readme.md",
    "CONTRIBUTING.md": "contributing.md",
    "GLOSSARY.md": "glossary.md",
    "CHANGELOG.md": "changelog.md",
    "DATA_CHANGELOG.md": "data_changelog.md",
}
NOTEBOOKS = ("first_hour", "license_drift")
"""Notebooks that run on the sample."""

TOPICS = {
    "cards": "What cards state",
    "history": "Changes over time",
    "licenses": "Licenses",
    "lineage": "Lineage",
    "models": "Models",
    "moe": "Mixtures of experts",
    "peatmoss": "The questions of PeaTMOSS",
    "quality": "How good the data is",
    "uses": "Uses in repositories",
}
PARAMETERS = {
    "of_model": "example-harbor-lab/Harbor-1B-Base",
    "of_repository": "example-harbor-lab/harbor-serve",
    "on_dataset": "MMLU",
}
"""What a query is asked with here where it has to be asked of something."""

_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```.*?^```)", re.MULTILINE | re.DOTALL)


def on_config(config: Any) -> Any:
    """Put the pages of a folder where the navigation names the folder."""
    folders = {name: _listed(name) for name in ("dictionary", "decisions", "measurements")}
    folders["queries"] = ["queries/index.md", *(f"queries/{topic}.md" for topic in TOPICS)]
    for section in config.nav:
        for title, entries in section.items():
            if isinstance(entries, list):
                section[title] = [_expanded(entry, folders) for entry in entries]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made."""
    from mkdocs.structure.files import File  # noqa: PLC0415 - only where the site is built

    for path, content in generated().items():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links of a page of docs/ into links within the site."""
    path = page.file.src_uri
    is_made = page.file.generated_by is not None
    return markdown if is_made else within_site(markdown, f"docs/{path}", path)


def generated() -> dict[str, str | bytes]:
    """Return the pages that are made, by path in the site.

    Raises:
        SystemExit: There is no file of the sample.
    """
    if not SAMPLE.is_file():
        raise SystemExit(f"{SAMPLE} is not there: run make demo, or name a file: MINER_DOCS_DUCKDB")
    found: dict[str, str | bytes] = {}
    for name, path in {"docs/site/index.md": "index.md", **ROOT_PAGES}.items():
        found[path] = within_site((ROOT / name).read_text(encoding="utf-8"), name, path)
    with miner.open(SAMPLE) as data:
        found |= query_pages(data)
    for name in NOTEBOOKS:
        found |= notebook_page(name)
    return found


def query_pages(data: Dataset) -> dict[str, str | bytes]:
    """Return a page a topic with every query, and one that lists them."""
    index = [
        "# Queries",
        "",
        "Each is a command, a table macro in the DuckDB file, and a page of `miner serve`.",
        f"The answers are of the sample, the first {ROWS} rows.",
    ]
    pages = {topic: [f"# {title}"] for topic, title in TOPICS.items()}
    for name, query in data.queries.items():
        topic = name.partition("/")[0]
        if len(pages[topic]) == 1:
            index += ["", f"## {TOPICS[topic]}", ""]
        index.append(f"- [{query.title}]({topic}.md#{_anchor(query)}): {query.purpose}")
        pages[topic] += _query(query, data)
    found: dict[str, str | bytes] = {"queries/index.md": "\n".join(index) + "\n"}
    return found | {f"queries/{topic}.md": "\n".join(lines) for topic, lines in pages.items()}


def _query(query: Query, data: Dataset) -> list[str]:
    asked = {p.name: PARAMETERS[p.name] for p in query.params if p.name in PARAMETERS}
    words = "".join(f" -p {name}={value}" for name, value in asked.items())
    call = ", ".join(f"{name} := '{value}'" for name, value in asked.items())
    lines = [
        "", f"## {query.title} {{ #{_anchor(query)} }}", "", query.purpose, "",
        "```sh", f"miner query {query.full_name}{words}", "```", "",
        "```sql", f"FROM {query.full_name.replace('/', '_')}({call});", "```", "",
        f"One row: {query.row}. Counted: {query.counts}.", "",
    ]  # fmt: skip
    if query.params:
        lines += ["| parameter | type | default | what |", "|---|---|---|---|"]
        lines += [
            f"| `{p.name}` | {p.type} | `{p.default}` | {p.description} |" for p in query.params
        ]
        lines.append("")
    answer = data.query(query.full_name, **asked)
    rows = answer.fetchall()
    lines += [table(answer.columns, rows) if rows else "The sample has no such row.", ""]
    lines += [f"{note}\n" for note in answer.notes if not note.startswith("caveat: ")]
    lines += [f"- {WARNINGS[key]}" for key in query.caveats]
    body = "".join(f"    {line}\n" for line in query.body.strip().splitlines())
    return [*lines, "", '??? note "SQL"', "    ```sql", f"{body}    ```", ""]


def _anchor(query: Query) -> str:
    return query.full_name.partition("/")[2]


def table(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Return the first rows as a table in HTML: what strangers wrote is text there."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    lines = ("".join(map(_cell, row, columns)) for row in islice(rows, ROWS))
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    more = f"<p>{len(rows) - ROWS:,} more rows</p>" if len(rows) > ROWS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(value: object, column: str) -> str:
    # Line ends become blanks first: printable text would show them as escapes.
    plain = " ".join(value.split()) if isinstance(value, str) else value
    return f"<td>{escape(value_for_people(plain, column)[:200])}</td>"


def notebook_page(name: str) -> dict[str, str | bytes]:
    """Return a notebook as a page, with what its cells show, and its pictures."""
    path = ROOT / "docs" / "notebooks" / f"{name}.ipynb"
    lines: list[str] = []
    found: dict[str, str | bytes] = {}
    for number, (kind, source, shown, printed) in enumerate(run_notebook(path, SAMPLE)):
        if kind == "markdown":
            lines += [source, ""]
            continue
        lines += ["```python", source, "```", ""]
        if printed:
            lines += ["```text", printed.rstrip(), "```", ""]
        if hasattr(shown, "to_dict") and hasattr(shown, "save"):
            stream = io.StringIO()
            shown.save(stream, format="svg")
            found[f"notebooks/{name}-{number}.svg"] = stream.getvalue().encode()
            lines += [f"![what the cell above draws]({name}-{number}.svg)", ""]
        elif hasattr(shown, "rows"):
            lines += [table(tuple(shown.columns), shown.rows()), ""]
        elif shown is not None:
            lines += ["```text", *map(str, shown), "```", ""]
    return {f"notebooks/{name}.md": "\n".join(lines), **found}


def run_notebook(path: Path, data: Path) -> Iterator[tuple[str, str, Any, str]]:
    """Run a notebook's cells in order.

    Args:
        path: The notebook.
        data: The DuckDB file that ``miner.open()`` opens in it.

    Yields:
        Of each cell its kind (``markdown`` or ``code``), its source, the value of its last
        expression, and what it printed.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    before = os.environ.get("MINER_DATA_DIR")
    os.environ["MINER_DATA_DIR"] = str(data.parent)
    try:
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
            source = "".join(cell["source"])
            if cell["cell_type"] != "code":
                yield "markdown", source, None, ""
                continue
            body, printed, shown = ast.parse(source), io.StringIO(), None
            last = body.body.pop() if isinstance(body.body[-1], ast.Expr) else None
            with contextlib.redirect_stdout(printed):
                exec(compile(body, f"cell {number}", "exec"), names)  # noqa: S102 - our notebooks
                if isinstance(last, ast.Expr):
                    code = compile(ast.Expression(last.value), f"cell {number}", "eval")
                    shown = eval(code, names)  # noqa: S307
            yield "code", source, shown, printed.getvalue()
    finally:
        if "data" in names:
            names["data"].close()
        os.environ.pop("MINER_DATA_DIR")
        if before is not None:
            os.environ["MINER_DATA_DIR"] = before


def within_site(text: str, origin: str, path: str) -> str:
    """Return a document with its links as they lead within the site.

    A file that the site does not have is named, without a link.

    Args:
        text: The document.
        origin: Where it lies in the project.
        path: Where it lies in the site.
    """

    def change(found: re.Match[str]) -> str:
        words, target = found.groups()
        file, mark, anchor = target.partition("#")
        if "://" in target or not file:
            return found[0]
        place = _place(normpath(join(dirname(origin), file)))
        if place is None:
            return words
        return f"[{words}]({relpath(place, dirname(path) or '.')}{mark}{anchor})"

    parts = _FENCE.split(text)
    return "".join(part if part.startswith("```") else _LINK.sub(change, part) for part in parts)


def _place(file: str) -> str | None:
    """Return where a file of the project lies in the site, None if it is not there."""
    if file in ROOT_PAGES:
        return ROOT_PAGES[file]
    folder, _, rest = file.partition("/")
    if folder == "queries":
        return f"queries/{rest or 'index'}.md" if rest in {"", *TOPICS} else None
    if folder != "docs" or rest.startswith("site/"):
        return None
    notebook = Path(rest).stem
    if rest.endswith(".ipynb"):
        return f"notebooks/{notebook}.md" if notebook in NOTEBOOKS else None
    return rest if (ROOT / file).is_file() else None


def _listed(folder: str) -> list[str]:
    names = sorted(path.name for path in (ROOT / "docs" / folder).glob("*.md"))
    names.sort(key=lambda name: name != "index.md")
    return [f"{folder}/{name}" for name in names]


def _expanded(entry: dict[str, Any], folders: dict[str, list[str]]) -> dict[str, Any]:
    ((title, target),) = entry.items()
    if isinstance(target, str) and target.endswith("/"):
        return {title: folders[target.removesuffix("/")]}
    return entry
