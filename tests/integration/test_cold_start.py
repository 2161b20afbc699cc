"""What a new process of the program imports: it has to be quick to ask for help."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "adbc_driver_sqlite",
    "alembic",
    "duckdb",
    "fastwarc",
    "huggingface_hub",
    "polars",
    "pyarrow",
    "rich",
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "warcio",
    "yaml",
}

LIST_MODULES = """
import json, sys
from miner.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert end.code == 0, end.code
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]], ids=repr)
def test_asking_for_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """Help has to appear within 0.3 s; which modules are loaded is what decides that."""
    code = LIST_MODULES.format(arguments=arguments)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stderr)}
    assert "click" in loaded
    assert loaded & HEAVY == set()


def test_questions_are_asked_without_the_extra() -> None:
    code = "import sys, miner.cli.query, miner.queries.loader, miner.queries.pictures.file\n"
    code += "assert not {'altair', 'vl_convert'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
