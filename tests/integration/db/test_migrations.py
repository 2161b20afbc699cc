"""The migrations lead to the tables, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect

from miner.db import migrations
from miner.db.address import store_url
from miner.db.migrations import draft
from miner.db.session import open_store, read_store
from miner.errors import ConfigurationError
from miner.schema.tables import metadata
from miner.settings import Settings


def test_the_migrations_lead_to_the_tables_as_defined() -> None:
    missing = draft.draft()
    assert not missing, f"python -m miner.db.migrations.draft:\n{missing}"


def test_a_new_store_has_every_table(store: Engine) -> None:
    assert set(inspect(store).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_a_changed_table_gives_a_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the first test of this file could not fail."""
    changed = draft.bare_metadata()
    changed.tables["owner"].c["name"].nullable = True
    monkeypatch.setattr(draft, "bare_metadata", lambda: changed)
    text = draft.draft()
    compile(text, "draft", "exec")
    assert "alter_column" in text
    assert f'revision = "{len(migrations.known_revisions()) + 1:04}"' in text


def test_the_first_migration_can_be_drawn_up_anew() -> None:
    text = draft.draft(from_nothing=True)
    compile(text, "draft", "exec")
    assert text.count("op.create_table(") == len(metadata.tables)


def test_revisions_are_a_single_line_named_by_their_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    line = [script.revision for script in scripts.walk_revisions()]
    assert line[::-1] == migrations.known_revisions()


def test_a_migration_that_breaks_off_leaves_nothing(settings: Settings) -> None:
    settings.data_dir.mkdir()
    engine = create_engine(store_url(settings.database_url))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT NOT NULL)")
        connection.exec_driver_sql("CREATE TABLE owner (id INTEGER)")  # in the migration's way
    with pytest.raises(Exception, match=r'owner"? already exists'):
        open_store(settings)
    assert set(inspect(engine).get_table_names()) == {"alembic_version", "owner"}
    engine.dispose()


@pytest.mark.parametrize("revision", migrations.known_revisions())
def test_a_store_of_every_earlier_schema_is_brought_up_to_date(
    settings: Settings, revision: str
) -> None:
    settings.data_dir.mkdir()
    engine = create_engine(store_url(settings.database_url))
    with engine.begin() as connection:
        migrations.upgrade(connection, to=revision)
        assert migrations.current_revision(connection) == revision
        connection.exec_driver_sql(
            "INSERT INTO hub VALUES (1, 'acme', 'Acme', '', '', NULL, NULL, NULL, NULL)"
        )
    engine.dispose()
    store = open_store(settings)
    with store.connect() as connection:
        assert migrations.current_revision(connection) == migrations.known_revisions()[-1]
        assert connection.exec_driver_sql("SELECT name FROM hub").scalar() == "acme"
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, draft.bare_metadata()) == []
    store.dispose()


def test_an_older_store_is_upgraded_by_writers_and_refused_by_readers(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(settings).dispose()
    known = migrations.known_revisions()
    monkeypatch.setattr(migrations, "known_revisions", lambda: [*known, "9999"])
    with pytest.raises(ConfigurationError, match=f"revision {known[-1]}") as caught:
        read_store(settings)
    assert caught.value.next_step == "miner db upgrade"
