"""Which kinds of store a test runs on."""

from __future__ import annotations

import pytest

only_sqlite = pytest.mark.parametrize("store_kind", ["sqlite"], indirect=True)
only_postgres = pytest.mark.parametrize("store_kind", ["postgres"], indirect=True)
