"""A role that crawls into PostgreSQL and does not own the store: rows, not the schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url

from miner.pipelines.sources.replay.serve import serving
from miner.settings import Settings
from tests.crawling import build, environment, name, one, record, run, settings_for
from tests.forges import miner as run_miner
from tests.postgres import Postgres

ROLE = "miner_crawler"


@pytest.fixture
def owner_url(postgres: Postgres) -> Iterator[str]:
    """An empty database, and the role that crawls, without any right."""
    postgres.run(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
    try:
        with postgres.database() as url:
            yield url
    finally:
        postgres.run(f"DROP ROLE {ROLE}")


def as_crawler(url: str) -> str:
    return make_url(url).set(username=ROLE).render_as_string(hide_password=False)


def grant(settings: Settings) -> None:
    done = run_miner(settings, "db", "grant", ROLE)
    assert (done.returncode, done.stderr) == (0, f"{ROLE} may read and write the store's rows\n")


def test_a_role_without_rights_on_the_schema_crawls(
    postgres: Postgres, owner_url: str, tmp_path: Path
) -> None:
    catalog = build(30, cards=6)
    with serving(catalog) as server:
        owner = settings_for(tmp_path, server.endpoint, database_url=owner_url)
        crawler = settings_for(tmp_path, server.endpoint, database_url=as_crawler(owner_url))
        grant(owner)
        done = run(crawler, "--hub", "huggingface")
        assert done.returncode == 0, done.stderr
        catalog.models.put(record(40, siblings=[]))
        catalog.remove_model(name(3))
        done = run(crawler, "--hub", "huggingface")
        assert done.returncode == 0, done.stderr
    assert one(owner, "SELECT count(*) FROM model") == 31
    assert one(owner, "SELECT count(*) FROM extraction") == 6
    assert (tmp_path / "miner.duckdb").exists()
    host = make_url(owner_url).query["host"]
    address = make_conninfo(host=str(host), user=ROLE, dbname=str(make_url(owner_url).database))
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in (
            "DROP TABLE model", "CREATE TABLE mine (a INT)", "ALTER TABLE model ADD COLUMN a INT",
            "TRUNCATE model CASCADE", "DELETE FROM alembic_version", "CREATE SCHEMA mine",
            "CREATE ROLE other",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_a_schema_that_is_behind_is_for_the_owner_to_upgrade(
    postgres: Postgres, owner_url: str, tmp_path: Path
) -> None:
    owner = settings_for(tmp_path, "http://127.0.0.1:9", database_url=owner_url)
    crawler = settings_for(tmp_path, "http://127.0.0.1:9", database_url=as_crawler(owner_url))
    done = run_miner(crawler, "db", "upgrade")
    assert done.returncode == 10
    assert "this role may not change it" in done.stderr
    assert "with the address of the store's owner" in done.stderr
    done = run_miner(owner, "db", "grant", "nobody_there")
    assert done.returncode == 10
    assert 'role "nobody_there" does not exist' in done.stderr
    grant(owner)
    assert run_miner(crawler, "db", "upgrade").returncode == 0


def test_only_postgresql_has_roles(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "http://127.0.0.1:9")
    done = run_miner(settings, "db", "grant", ROLE)
    assert done.returncode == 10
    assert "is no store in PostgreSQL" in done.stderr
    assert environment(settings)["MINER_DATABASE_URL"].startswith("sqlite")
