"""The texts of issues, and what the store knows of the names in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from miner.db import upsert as db
from miner.pipelines.derive.issues.mentions import Known, ModelMention, libraries_in, names_in
from miner.pipelines.intake.batch import table_of
from miner.pipelines.sources.github.issue_records import Comment, Issue
from miner.schema import tables
from miner.schema.vocab import DEFAULT_HUB, IssuePlace, UseRole

_MODEL = table_of(tables.Model)
_ALIAS = table_of(tables.ModelAlias)
_HUB = table_of(tables.Hub)
_SITE = table_of(tables.UseSite)

_MOST_IN_A_FILE = 20
"""A file that loads more models is a list, and names none of them."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of an issue: where it stands, and what it says."""

    number: int
    place: IssuePlace
    comment: str
    text: str


def texts_of(issue: Issue) -> list[Text]:
    """Return the title, the first text and the comments of an issue."""
    return [
        Text(issue.number, IssuePlace.TITLE, "", str(issue.values["title"] or "")),
        Text(issue.number, IssuePlace.BODY, "", str(issue.values["body"] or "")),
        *comment_texts(issue.number, issue.comments.comments),
    ]


def comment_texts(number: int, comments: Iterable[Comment]) -> list[Text]:
    """Return the comments on an issue; of two with one identity the last."""
    last = {comment.node_id: comment.body or "" for comment in comments}
    return [Text(number, IssuePlace.COMMENT, key, body) for key, body in last.items()]


def libraries_of(texts: Iterable[Text]) -> set[str]:
    """Return the loading libraries that some texts name."""
    return {name for one in texts for name in libraries_in(one.text)}


def mention_row(repository_id: int, place: Text, mention: ModelMention) -> db.Row:
    """Return the row of a model that a text names."""
    return {
        "repository_id": repository_id,
        "number": place.number,
        "place": place.place.value,
        "comment": place.comment,
        "hub": mention.hub,
        "model": mention.model,
        "quote": mention.quote,
        "method": mention.method.value,
        "confidence": None,
    }


def known_names(connection: Connection, texts: Mapping[int, Sequence[Text]]) -> dict[int, Known]:
    """Ask the store for the names that stand in some texts.

    Args:
        connection: Any connection.
        texts: By surrogate key of the repository whose issues have them.

    Returns:
        What is known, by surrogate key of the repository.
    """
    models = _models(connection, {name for each in texts.values() for one in each
                                  for name in names_in(one.text)})  # fmt: skip
    used: dict[int, dict[str, str]] = {key: {} for key in texts}
    files: dict[int, dict[str, list[tuple[str, str]]]] = {key: defaultdict(list) for key in texts}
    sites = connection.execute(
        select(_SITE.c.repository_id, _SITE.c.path, _SITE.c.hub, _SITE.c.model)
        .where(
            _SITE.c.repository_id.in_(list(texts)),
            _SITE.c.model.is_not(None),
            _SITE.c.role != UseRole.MENTION.value,
        )
        .distinct()
        .order_by(_SITE.c.repository_id, _SITE.c.path, _SITE.c.hub, _SITE.c.model)
    )
    for key, path, hub, model in sites:
        used[key].setdefault(str(model), str(hub))
        files[key][str(path)].append((str(hub), str(model)))
    return {key: Known(models, used[key], _few(files[key])) for key in texts}


def _few(files: Mapping[str, list[tuple[str, str]]]) -> dict[str, list[tuple[str, str]]]:
    return {path: found for path, found in files.items() if len(found) <= _MOST_IN_A_FILE}


def _models(connection: Connection, names: Iterable[str]) -> dict[str, str]:
    """Return the hub of each name that a model has, or had."""
    hubs = {int(key): str(name) for key, name in connection.execute(select(_HUB.c.id, _HUB.c.name))}
    models: dict[str, str] = {}
    for table, column in ((_ALIAS, "alias"), (_MODEL, "name")):
        found = db.select_rows(connection, table, (column, "hub_id"), column, names)
        for name, hub in sorted((row[column], hubs[row["hub_id"]]) for row in found):
            if models.get(name) != DEFAULT_HUB:  # on several hubs: that which people mean
                models[name] = hub
    return models
