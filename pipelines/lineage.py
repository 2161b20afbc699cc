"""Names that models declare, joined to the models and datasets held: set by set, in the store.

A declared name is looked up as it stands, then among the aliases, then without case. What is
not held stays as declared; the look-up is made again whenever something was read.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine


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
            "bases resolved": _resolve(
                connection, hub_id, ("model_edge", "parent", "parent_id"), "model"
            ),
            "datasets resolved": _resolve(
                connection, hub_id, ("model_dataset", "dataset", "dataset_id"), "dataset"
            ),
        }


def _resolve(connection: Connection, hub_id: int, place: tuple[str, str, str], subject: str) -> int:
    table, declared, resolved = place
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    count = connection.exec_driver_sql(
        f"UPDATE {table} SET {resolved} = s.id FROM {subject} AS s WHERE {table}.{resolved} "
        f"IS NULL AND s.hub_id = {mark} AND s.name = {table}.{declared}",
        (hub_id,),
    ).rowcount
    count += connection.exec_driver_sql(
        f"UPDATE {table} SET {resolved} = a.id FROM (SELECT alias, min({subject}_id) AS id FROM "
        f"{subject}_alias WHERE hub_id = {mark} GROUP BY alias) AS a "
        f"WHERE {table}.{resolved} IS NULL AND a.alias = {table}.{declared}",
        (hub_id,),
    ).rowcount
    # without case: one pass over the names held, against the few that are still open
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE open_name AS SELECT DISTINCT {declared} AS declared, "
        f"lower({declared}) AS folded FROM {table} WHERE {resolved} IS NULL"
    )
    connection.exec_driver_sql("CREATE INDEX temp_open_name ON open_name (folded)")
    connection.exec_driver_sql(
        "CREATE TEMPORARY TABLE folded_name AS SELECT o.declared, min(s.id) AS id "
        f"FROM {subject} s JOIN open_name o ON o.folded = lower(s.name) "
        f"WHERE s.hub_id = {mark} GROUP BY o.declared",
        (hub_id,),
    )
    count += connection.exec_driver_sql(
        f"UPDATE {table} SET {resolved} = n.id FROM folded_name AS n "
        f"WHERE {table}.{resolved} IS NULL AND n.declared = {table}.{declared}"
    ).rowcount
    connection.exec_driver_sql("DROP TABLE folded_name")
    connection.exec_driver_sql("DROP TABLE open_name")
    return count


def open_bases(engine: Engine, at_least: int) -> list[str]:
    """Return declared bases that are not held, named by so many models, most named first."""
    with engine.connect() as connection:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        rows = connection.exec_driver_sql(
            "SELECT parent, count(DISTINCT child_id) AS children FROM model_edge "
            f"WHERE parent_id IS NULL GROUP BY parent HAVING count(DISTINCT child_id) >= {mark} "
            "ORDER BY children DESC, parent",
            (at_least,),
        )
        return [str(row[0]) for row in rows]


def open_datasets(engine: Engine, at_least: int = 1) -> list[str]:
    """Return declared datasets that are not held, named by so many models, most named first."""
    with engine.connect() as connection:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        rows = connection.exec_driver_sql(
            "SELECT dataset, count(DISTINCT model_id) AS models FROM model_dataset "
            "WHERE dataset_id IS NULL GROUP BY dataset "
            f"HAVING count(DISTINCT model_id) >= {mark} ORDER BY models DESC, dataset",
            (at_least,),
        )
        return [str(row[0]) for row in rows]


def held_datasets(engine: Engine, hub_id: int, not_of_run: int) -> list[str]:
    """Return the datasets that are held as present and were not written by this run."""
    with engine.connect() as connection:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        rows = connection.exec_driver_sql(
            f"SELECT name FROM dataset WHERE hub_id = {mark} AND state = 'present' "
            f"AND run_id <> {mark} ORDER BY name",
            (hub_id, not_of_run),
        )
        return [str(row[0]) for row in rows]
