"""What all tests share: the place of the reference data, a clean log, and stores of both kinds."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings

from tests.browsing import find_chromium

if TYPE_CHECKING:
    from tests.postgres import Postgres

from tests.sharing import forks_workers_ready, makes_stores_from_one

ROOT = Path(__file__).resolve().parents[1]

# A machine that does other work is no failure: tests that measure time say so themselves. The same
# code gets the same examples, so that a run can be repeated; `make fuzz` looks for new ones.
hypothesis_settings.register_profile("miner", deadline=None, derandomize=True)
hypothesis_settings.load_profile("miner")

forks_workers_ready()
makes_stores_from_one()


def shared_folder() -> Path:
    """Return the place of the reference data; it need not exist."""
    return (ROOT / os.environ.get("MINER_SHARED", "../shared")).resolve()


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The reference data; tests that ask for it carry the marker ``shared``."""
    return shared_folder()


@pytest.fixture(autouse=True)
def _clean_log() -> Iterator[None]:
    """Put miner's logger back as it was: commands run in this process set it up for stderr."""
    logger = logging.getLogger("miner")
    before = (logger.handlers[:], logger.propagate, logger.level)
    yield
    logger.handlers[:], logger.propagate = before[0], before[1]
    logger.setLevel(before[2])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests on the reference data, or in Chromium, where there is none; count them."""
    absent = set() if shared_folder().is_dir() else {"shared"}
    if find_chromium() is None:
        absent.add("browser")
    left_out = [item for item in items if any(map(item.get_closest_marker, absent))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Leave what was collected out of every later search for garbage: it stays to the end."""
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server."""
    from tests.postgres import serving_postgres  # noqa: PLC0415 - starts a server when imported

    with serving_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def store_kind(request: pytest.FixtureRequest) -> str:
    """The kind of store; a test that asks for it, or for ``store_url``, runs on each."""
    return str(request.param)


@pytest.fixture
def store_url(store_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a store that is not there yet: a file to be made, or an empty database.

    With a test that asks for a ``store`` the database has its tables already: that is faster.
    """
    if store_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'data' / 'miner.db'}"
        return
    server = request.getfixturevalue("postgres")
    with server.database(with_store="store" in request.fixturenames) as url:
        yield url
