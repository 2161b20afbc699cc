"""What each page shows. The templates only lay it out."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from miner.errors import ConfigurationError, InvalidData
from miner.queries.dataset import Dataset
from miner.queries.header import Query
from miner.queries.loader import bound_sql, find
from miner.queries.missing import missing
from miner.queries.output import TABLE_ROWS
from miner.queries.pictures.drawable import PAGE, PHONE, Layout
from miner.queries.pictures.file import draw_for_page
from miner.queries.records import find as names
from miner.queries.records.rows import plain
from miner.schema.published import GROUP_TITLES, GROUPS, PUBLISHED, VIEWS
from miner.schema.warnings import WARNINGS
from miner.web import answers, cells
from miner.web.schema_picture import draw_schema

_TABLES = {**GROUPS, "views": VIEWS}
_COUNTED = ("model", "repository", "dataset", "paper", "model_edge", "use_site", "license_finding")
_FIRST_QUERIES = (
    "models/most_downloaded", "models/by_month", "moe/adoption", "licenses/by_relation",
    "uses/most_used_models", "lineage/deepest",
)  # fmt: skip
_MOST_PICTURES = 100
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is laid out.

    Attributes:
        template: File in ``templates``.
        title: Its title.
        data: What its JSON holds.
        context: What its template reads.
        is_json: JSON was asked for by the end of a name.
    """

    template: str
    title: str
    data: Any
    context: dict[str, Any] = field(default_factory=dict)
    is_json: bool = False


def home(_request: Request, data: Dataset) -> Page:
    """Return the first page: what there is, how fresh, and where to begin."""
    counts = {
        name: data.sql(f'SELECT count(*) FROM "{name}"').fetchall()[0][0]
        for name in _COUNTED
        if name in data.tables
    }
    sweeps = data.sql(
        "SELECT hub, subject, max(ended_at) AS ended_at, bool_or(is_complete) AS is_complete "
        "FROM sweep GROUP BY ALL ORDER BY ALL"
    )
    rows = [dict(zip(sweeps.columns, row, strict=True)) for row in sweeps.fetchall()]
    content = {"path": data.path.name, "counts": counts, "sweeps": rows, "warnings": WARNINGS}
    queries = [data.queries[name] for name in _FIRST_QUERIES]
    return Page("home.html", "miner", content, {**content, "first_queries": queries})


def search(request: Request, data: Dataset) -> Page:
    """Return what is called so."""
    text, kind = request.query_params.get("q", ""), request.query_params.get("kind", "")
    if kind and kind not in names.KINDS:
        raise ConfigurationError(
            f"there is no kind {cells.shown(kind)}", next_step=f"one of {', '.join(names.KINDS)}"
        )
    found = [
        {**row, "href": cells.link_to(row["kind"], row["name"], row["hub"])}
        for row in data.search(text, kind or None)
    ]
    content = {"q": text, "kind": kind, "found": found}
    return Page("search.html", "Search", content, {**content, "kinds": list(names.KINDS)})


def model(request: Request, data: Dataset) -> Page | Response:
    """Return all about one model."""
    hub, name, is_json = _asked(request, data, "model")
    found = data.model(name, hub=hub or None)
    if found.found_by == "alias" and not is_json:
        return RedirectResponse(cells.link_to("model", found.name, found.hub))
    context = {
        "record": found,
        "line": cells.line_of(found.observations.rows, "downloads"),
        "has_scans": bool(data.sql("SELECT 1 FROM scan LIMIT 1").fetchall()),
    }
    return Page("model.html", found.name, plain(found), context, is_json)


def repository(request: Request, data: Dataset) -> Page:
    """Return all about one repository."""
    _, name, is_json = _asked(request, data, "repository")
    found = data.repository(name)
    context = {"record": found, "line": cells.line_of(found.observations.rows, "stars")}
    return Page("repository.html", found.name, plain(found), context, is_json)


def _other(kind: str) -> Callable[[Request, Dataset], Page]:
    def make(request: Request, data: Dataset) -> Page:
        hub, name, is_json = _asked(request, data, kind)
        found = data.record(kind, name, hub=hub or None)
        parts = {part: plain(rows) for part, rows in found.parts.items()}
        content = {
            "kind": kind,
            "hub": found.hub,
            "name": found.name,
            "facts": found.facts,
            **parts,
        }
        return Page("record.html", found.name, content, {"record": found}, is_json)

    return make


RECORDS: dict[str, Callable[[Request, Dataset], Page | Response]] = {
    "model": model,
    "repository": repository,
    **{kind: _other(kind) for kind in ("dataset", "paper", "license", "family")},
}
"""Pages of one thing, by its kind."""


def _asked(request: Request, data: Dataset, kind: str) -> tuple[str, str, bool]:
    """Return hub and name, and whether JSON was asked for by the end of the path."""
    asked = {**request.query_params, **request.path_params}
    hub, name = str(asked.get("hub", "")), str(asked.get("name", ""))
    if not name:
        raise InvalidData(f"no {kind} is named", next_step="search for it")
    if not request.url.path.endswith(".json"):
        return hub, name, False
    try:
        names.find(data.connection, names.KINDS[kind], name, hub or None)
    except InvalidData:
        return hub, name.removesuffix(".json"), True
    return hub, name, False


def queries(_request: Request, data: Dataset) -> Page:
    """Return the gallery."""
    topics: dict[str, list[Query]] = {}
    for query in data.queries.values():
        topics.setdefault(query.topic, []).append(query)
    content = [
        {"name": query.full_name, "title": query.title, "question": query.purpose}
        for query in data.queries.values()
    ]
    return Page("queries.html", "Queries", content, {"topics": topics})


def query(request: Request, data: Dataset) -> Page:
    """Return a query with its answer."""
    found, typed = _query_of(request, data)
    fetched = answers.fetch(data.query(found.full_name, **typed))
    content = {"name": found.full_name, "parameters": typed, "notes": fetched.notes}
    rows = [dict(zip(fetched.columns, row, strict=True)) for row in fetched.fetched[:TABLE_ROWS]]
    context = {
        **_table(request, fetched), "query": found, "typed": typed, "sql": bound_sql(found),
        "link": urlencode(typed),
        "lacking": () if fetched.fetched else missing(found.reads, data.connection),
    }  # fmt: skip
    return Page("query.html", found.title, {**content, "rows": rows}, context)


def query_file(request: Request, data: Dataset) -> Response:
    """Return a query's answer as a file, or its picture."""
    found, typed = _query_of(request, data)
    extension = request.path_params["extension"]
    if extension == "svg":
        is_narrow = "_narrow" in request.query_params
        content = _picture(data, found, typed, PHONE if is_narrow else PAGE)
        headers = {"content-security-policy": _PICTURE_POLICY}
        return Response(content, media_type="image/svg+xml", headers=headers)
    answer = data.query(found.full_name, **typed)
    return _file(answers.fetch(answer), extension, found.macro_name)


_drawing = threading.Lock()
_pictures: OrderedDict[tuple[object, ...], bytes] = OrderedDict()


def _picture(data: Dataset, query: Query, typed: dict[str, str], layout: Layout) -> bytes:
    """Return a query's picture, drawn one at a time and kept: it takes a second of a processor."""
    key = (data.path, data.path.stat().st_mtime_ns, query.full_name, layout,
           *sorted(typed.items()))  # fmt: skip
    with _drawing:
        if key not in _pictures:
            with data.limits():
                _pictures[key] = draw_for_page(query, typed, data.connection, layout)
            if len(_pictures) > _MOST_PICTURES:
                _pictures.popitem(last=False)
        return _pictures[key]


def schema(_request: Request, _data: Dataset) -> Page:
    """Return all tables, each group with a picture of its keys."""
    groups = [
        {
            "name": name, "title": GROUP_TITLES[name], "tables": tables,
            "picture": draw_schema(tables) if any(one.references for one in tables) else None,
        }
        for name, tables in _TABLES.items()
    ]  # fmt: skip
    content = [
        {"group": group, "table": one.name, "description": one.description, "key": one.key}
        for group, tables in _TABLES.items()
        for one in tables
    ]
    return Page("schema.html", "Tables", content, {"groups": groups})


def table(request: Request, data: Dataset) -> Page:
    """Return what a table holds, column by column."""
    name = request.path_params["name"]
    group, found = next(
        ((group, one) for group, tables in _TABLES.items() for one in tables
         if one.name == name), ("", None),
    )  # fmt: skip
    if found is None:
        raise InvalidData(f"there is no table {cells.shown(name)}", next_step="/schema lists all")
    rows = None
    if name in data.tables:
        rows = data.sql(f'SELECT count(*) FROM "{name}"').fetchall()[0][0]
    context = {
        "table": found, "group": group, "rows": rows,
        "named_by": [(other.name, one) for other in PUBLISHED.values() for one in other.references
                     if one.table == name],
        "hazards": [WARNINGS[key] for key in found.warnings],
    }  # fmt: skip
    return Page("table.html", name, {"group": group, "rows": rows, **asdict(found)}, context)


def sql(request: Request, data: Dataset) -> Page:
    """Return the box for SQL, with the answer."""
    statement = request.query_params.get("sql", "").strip()
    context: dict[str, Any] = {"statement": statement, "groups": GROUPS, "error": None}
    if not statement:
        return Page("sql.html", "SQL", {}, {**context, "table": None})
    try:
        fetched = answers.fetch(data.sql(statement))
    except ConfigurationError as error:
        if request.url.path.endswith(".json"):
            raise
        return Page("sql.html", "SQL", {"error": error.message, "next": error.next_step},
                    {**context, "table": None, "error": error})  # fmt: skip
    context |= {**_table(request, fetched), "link": urlencode({"sql": statement})}
    rows = [list(row) for row in fetched.fetched[:TABLE_ROWS]]
    return Page("sql.html", "SQL", {"columns": fetched.columns, "rows": rows}, context)


def sql_file(request: Request, data: Dataset) -> Response:
    """Return the answer to SQL as a file."""
    statement = request.query_params.get("sql", "").strip()
    if not statement:
        raise ConfigurationError("no SQL is given", next_step="/sql?sql=FROM model LIMIT 10")
    return _file(answers.fetch(data.sql(statement)), request.path_params["extension"], "answer")


def _query_of(request: Request, data: Dataset) -> tuple[Query, dict[str, str]]:
    """Return the query, and its parameters as typed; those left empty take their defaults."""
    found = find(data.queries, f"{request.path_params['topic']}/{request.path_params['name']}")
    typed = {
        name: value
        for name, value in request.query_params.items()
        if value != "" and not name.startswith("_")
    }
    return found, typed


def _table(request: Request, fetched: answers.Fetched) -> dict[str, Any]:
    """Return the part of an answer that a page shows."""
    sort, descending = request.query_params.get("_sort", ""), "_desc" in request.query_params
    text = request.query_params.get("_page", "1")
    number = min(max(int(text) if text.isascii() and text.isdigit() else 1, 1), fetched.page_count)
    kept = {name: value for name, value in request.query_params.items() if not name.startswith("_")}

    def address(**own: str) -> str:
        return "?" + urlencode({**kept, **own})

    def page(other: int) -> str:
        order = {"_sort": sort} | ({"_desc": "1"} if descending else {}) if sort else {}
        return address(**order, _page=str(other))

    def sorted_by(column: str) -> str:
        turned = {"_desc": "1"} if column != sort or not descending else {}
        return address(_sort=column, **turned)

    return {
        "table": fetched, "rows": fetched.page(number, sort, is_descending=descending),
        "number": number, "page_address": page, "sorted_by": sorted_by, "sort": sort,
        "is_descending": descending,
    }  # fmt: skip


def _file(fetched: answers.Fetched, extension: str, name: str) -> Response:
    if extension not in answers.TYPES:
        raise InvalidData(
            f"there is no format {cells.shown(extension)}",
            next_step=f"one of {', '.join(answers.TYPES)}",
        )
    headers = {"content-disposition": f'inline; filename="{name}.{extension}"'}
    if not fetched.is_whole:
        headers["x-miner-rows"] = f"the first {answers.MOST_ROWS}"
    media_type = answers.TYPES[extension]
    return Response(answers.as_file(fetched, extension), media_type=media_type, headers=headers)
