"""Names that models declare, joined to the stored models and datasets: set by set, in the store.

A declared name is looked up as it stands, then among the aliases, then without case. What is
not stored stays as declared; the look-up runs again whenever something was read.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, func, select, text

from miner.db import dialect
from miner.schema.tables import HubDataset, ModelDataset, ModelEdge
from miner.schema.vocab import ModelState


def resolve_names(engine: Engine, hub_id: int) -> dict[str, int]:
    """Resolve the declared bases and datasets that are still open.

    Args:
        engine: The store.
        hub_id: Names are looked up on this hub only.

    Returns:
        How many of what were resolved now.
    """
    with engine.begin() as connection:
        return {
            "bases resolved": resolve(
                connection,
                hub_id,
                ("model_edge", "parent", "parent_id"),
                "model",
                of="model_edge.child_id",
            ),
            "datasets resolved": resolve(
                connection,
                hub_id,
                ("model_dataset", "dataset", "dataset_id"),
                "dataset",
                of="model_dataset.model_id",
            ),
        }


def resolve(
    connection: Connection,
    hub_id: int,
    place: tuple[str, str, str],
    subject: str,
    *,
    where: tuple[str, str] | None = None,
    of: str | None = None,
) -> int:
    """Resolve the names of a table that are still open.

    Args:
        connection: In a transaction.
        hub_id: Names are looked up on this hub only.
        place: Table, column with the name, column for the surrogate key.
        subject: ``model`` or ``dataset``.
        where: A column of the table and the value that its rows have to have.
        of: SQL for the key of the model that states the name: only those of this hub are
            resolved, since a model means names of its own hub.

    Returns:
        Rows that were resolved now.
    """
    table, declared, resolved = place
    folded = partial(dialect.folded, connection)
    among_these = f" AND {table}.{where[0]} = :where" if where else ""
    if of:
        among_these += (
            f" AND EXISTS (SELECT 1 FROM model AS stating WHERE stating.id = {of} "
            "AND stating.hub_id = :hub_id)"
        )

    def run(statement: str) -> int:
        values = {"hub_id": hub_id, "where": where and where[1]}
        bound = {name: value for name, value in values.items() if f":{name}" in statement}
        return connection.execute(text(statement), bound).rowcount

    count = run(
        f"UPDATE {table} SET {resolved} = s.id FROM {subject} AS s WHERE {table}.{resolved} "
        f"IS NULL AND s.hub_id = :hub_id AND s.name = {table}.{declared}{among_these}"
    )
    count += run(
        f"UPDATE {table} SET {resolved} = a.id FROM (SELECT alias, min({subject}_id) AS id FROM "
        f"{subject}_alias WHERE hub_id = :hub_id GROUP BY alias) AS a "
        f"WHERE {table}.{resolved} IS NULL AND a.alias = {table}.{declared}{among_these}"
    )
    # without case: one pass over the stored names, against the few that are unresolved
    run(
        f"CREATE TEMPORARY TABLE open_name AS SELECT DISTINCT {declared} AS declared, "
        f"{folded(declared)} AS folded FROM {table} WHERE {resolved} IS NULL{among_these}"
    )
    run("CREATE INDEX temp_open_name ON open_name (folded)")
    run(
        "CREATE TEMPORARY TABLE folded_name AS SELECT o.declared, min(s.id) AS id "
        f"FROM {subject} s JOIN open_name o ON o.folded = {folded('s.name')} "
        "WHERE s.hub_id = :hub_id GROUP BY o.declared"
    )
    count += run(
        f"UPDATE {table} SET {resolved} = n.id FROM folded_name AS n "
        f"WHERE {table}.{resolved} IS NULL AND n.declared = {table}.{declared}{among_these}"
    )
    run("DROP TABLE folded_name")
    run("DROP TABLE open_name")
    return count


def open_bases(engine: Engine, at_least: int) -> list[str]:
    """Return declared bases that are not stored, named by so many models, most named first."""
    return _open(engine, ModelEdge.parent, ModelEdge.parent_id, ModelEdge.child_id, at_least)


def open_datasets(engine: Engine, at_least: int = 1) -> list[str]:
    """Return declared datasets that are not stored, named by so many models, most named first."""
    use = ModelDataset
    return _open(engine, use.dataset, use.dataset_id, use.model_id, at_least)


def _open(engine: Engine, declared: Any, resolved: Any, model: Any, at_least: int) -> list[str]:
    models = func.count(model.distinct())
    query = select(declared).where(resolved.is_(None)).group_by(declared)
    by_name = dialect.in_code_points(engine.dialect.name, declared)
    with engine.connect() as connection:
        return list(
            connection.scalars(query.having(models >= at_least).order_by(models.desc(), by_name))
        )


def stored_datasets(engine: Engine, hub_id: int, not_of_run: int) -> list[str]:
    """Return the datasets that are stored as present and were not written by this run."""
    query = select(HubDataset.name).where(
        HubDataset.hub_id == hub_id,
        HubDataset.state == ModelState.PRESENT.value,
        HubDataset.run_id != not_of_run,
    )
    with engine.connect() as connection:
        return sorted(connection.scalars(query))
