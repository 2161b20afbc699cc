"""Columns that the store and the published tables share: views made from their description.

``plain.<table>`` of an export holds every column of a table of the store, those of JSON lists as
lists, with the natural keys of what it refers to. ``plain.<table>`` of an import is the other way
round: the rows of a published table with the store's columns and surrogate keys. What is more than
a copy stands in ``db/sql``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import Table as StoredTable
from sqlalchemy.orm import Mapper

from miner.schema.published.base import how, publication_of
from miner.schema.tables import Base
from miner.schema.tables.base import Derived

SCHEMA = "plain"

_NAMED = {"model": "named_model", "dataset": "named_dataset"}
"""Tables of the store of which the export keeps the names apart, with what addresses need."""

_BESIDE = {
    "named_model": ("sha", "is_held", "card_revision", "card_url", "tree_url"),
    "named_dataset": ("sha", "is_held"),
}
"""Columns of those that an export's view holds too, after the name of the reference."""


def published_classes() -> dict[str, type[Base]]:
    """Return the classes of the store's tables whose rows are published, by published name."""
    mappers: Iterator[Mapper[Base]] = iter(Base.registry.mappers)
    classes = [mapper.class_ for mapper in mappers if hasattr(mapper.class_, "__published__")]
    return {published_name(found): found for found in classes}


def published_name(table: type[Base]) -> str:
    """Return the published name of a table of the store."""
    return publication_of(table).name or table.__tablename__


def stored_columns(table: type[Base]) -> StoredTable:
    """Return the table of the store that a class maps."""
    found = table.__table__
    if not isinstance(found, StoredTable):
        raise TypeError(f"{table.__name__} maps no table")
    return found


def export_view(table: type[Base]) -> str:
    """Return the statement that makes the view of an export.

    Args:
        table: A class of the store whose rows are published.
    """
    stored = stored_columns(table)
    source, joins, lists, more = stored.name, [], [], []
    for column in stored.columns:
        publication = how(column)
        if publication.natural is not None:
            target = next(iter(column.foreign_keys)).column.table.name
            alias = column.name.removesuffix("_id")
            alias = f"{alias}_row" if alias == source else alias
            joined = _NAMED.get(target, target)
            kind = "LEFT JOIN" if column.nullable else "JOIN"
            joins.append(
                f'{kind} store."{joined}" AS "{alias}" ON "{alias}".id = "{source}"."{column.name}"'
            )
            more += [
                f'"{alias}"."{key}" AS "{shown}"' for shown, key in publication.natural.items()
            ]
            prefix = column.name.removesuffix("_id")
            more += [f'"{alias}".{key} AS {prefix}_{key}' for key in _BESIDE.get(joined, ())]
        elif publication.type.endswith("[]"):
            value = f'nullif("{source}"."{column.name}", \'null\')'
            lists.append(f'from_json({value}, \'["VARCHAR"]\') AS "{column.name}"')
        if publication.name:
            more.append(f'"{source}"."{column.name}" AS "{publication.name}"')
    replaced = f" REPLACE ({', '.join(lists)})" if lists else ""
    columns = ", ".join([f'"{source}".*{replaced}', *more])
    return f'CREATE VIEW {SCHEMA}."{source}" AS SELECT {columns} FROM store."{source}" ' + " ".join(
        joins
    )


def import_view(table: type[Base], has_key: Callable[[str], bool]) -> str:
    """Return the statement that makes the view of an import.

    Beside the store's columns it holds the published ones that no column of the store is; of one
    that has the name of another column of the store, as ``published_<name>``.

    Args:
        table: A class of the store whose rows are published.
        has_key: Whether there is a table ``<name>_key`` of surrogate keys by natural key.
    """
    stored = stored_columns(table)
    columns: dict[str, str] = {}
    joins: list[str] = []
    for column in stored.columns:
        publication = how(column)
        if publication.natural is not None:
            columns[column.name] = f"key_{column.name}.id"
            joins.append(_key_join(column.name, table, publication.natural))
        elif column.name == "id":
            is_numbered = has_key(stored.name) and publication_of(table).key
            columns["id"] = _own_key(table, joins) if is_numbered else "row_number() OVER ()"
        elif column.name == "run_id":
            columns["run_id"] = "seed_run()"
        elif publication.is_published and not publication.derived:
            shown = publication.name or column.name
            value = f'source."{shown}"'
            is_list = publication.type.endswith("[]")
            columns[column.name] = f"as_json({value})" if is_list else value
    published = [name for name in _shown(table) if name != columns.get(name)]
    for name in published:
        own = f'source."{name}"'
        if columns.get(name) != own:
            columns[f"published_{name}" if name in stored.columns else name] = own
    selected = ", ".join(f'{value} AS "{name}"' for name, value in columns.items())
    return (
        f'CREATE VIEW {SCHEMA}."{stored.name}" AS SELECT {selected} '
        f'FROM published."{published_name(table)}" AS source ' + " ".join(joins)
    )


def _shown(table: type[Base]) -> list[str]:
    """Return the published columns of a table, in order."""
    names: list[str] = []
    for name in table.__annotations__:
        derived = vars(table).get(name)
        if isinstance(derived, Derived):
            names.append(derived.name or name)
            continue
        publication = how(stored_columns(table).c[name])
        if publication.natural is not None:
            names += publication.natural
        elif publication.is_published:
            names.append(publication.name or name)
    return list(dict.fromkeys(names))


def _key_join(column: str, table: type[Base], natural: Mapping[str, str]) -> str:
    foreign = stored_columns(table).c[column]
    target = next(iter(foreign.foreign_keys)).column.table.name
    shown_as = {key: shown for shown, key in natural.items()}
    keys = publication_of(_class_of(target)).key
    matches = " AND ".join(
        f'key_{column}."{key}" = source."{shown_as.get(key, key)}"' for key in keys
    )
    kind = "LEFT JOIN" if foreign.nullable else "JOIN"
    return f"{kind} {target}_key AS key_{column} ON {matches}"


def _own_key(table: type[Base], joins: list[str]) -> str:
    name = stored_columns(table).name
    matches = " AND ".join(f'own."{key}" = source."{key}"' for key in publication_of(table).key)
    joins.insert(0, f"JOIN {name}_key AS own ON {matches}")
    return "own.id"


def key_table(table: type[Base]) -> str:
    """Return the statement that numbers the rows of a published table by their natural key."""
    names = ", ".join(f'"{key}"' for key in publication_of(table).key)
    return (
        f"CREATE TABLE {stored_columns(table).name}_key AS SELECT {names}, "
        f'row_number() OVER (ORDER BY {names}) AS id FROM published."{published_name(table)}"'
    )


def _class_of(name: str) -> type[Base]:
    return next(found for found in published_classes().values() if found.__tablename__ == name)
