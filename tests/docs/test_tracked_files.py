"""What must not get into the repository: secrets, large files, traces of one machine."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

from miner.log import mask_secrets

ROOT = Path(__file__).resolve().parents[2]
LARGEST_BYTES = 1_000_000
# Joined from parts, so that this file does not hold what it looks for.
REGISTRIES = (".".join(("pypi", "org")), ".".join(("pythonhosted", "org")), "index" + "-url")
PRIVATE_KEY = "-----BEGIN" + " "
MACHINE_PATH = re.compile(r"(?<![\w./~-])/(?:home|root|Users|work)/\w+")
ADDRESS = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|io|dev)\b")
EXAMPLE = re.compile(r"@(?:[\w-]+\.)*example(?:\.\w+)?$")


@cache
def _paths() -> list[Path]:
    """Files that git tracks, or would track if they were added."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


@cache
def _texts() -> dict[str, str]:
    """Text of every such file by path; bytes that are no text are replaced."""
    return {
        str(path.relative_to(ROOT)): path.read_bytes().decode("utf-8", errors="replace")
        for path in _paths()
        if not path.is_symlink()
    }


def _found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}: {hit[0]}" for name, text in _texts().items() for hit in pattern.finditer(text)
    ]


def test_there_are_files_to_look_at() -> None:
    assert {"pyproject.toml", "miner/errors.py", "schema/vocab.py"} <= set(_texts())


def test_no_file_names_a_package_registry() -> None:
    assert _found(re.compile("|".join(map(re.escape, REGISTRIES)))) == []


def test_no_file_holds_a_path_of_one_machine() -> None:
    assert _found(MACHINE_PATH) == []


def test_no_file_holds_an_address_of_a_person() -> None:
    assert [found for found in _found(ADDRESS) if not EXAMPLE.search(found)] == []


def test_no_file_holds_a_private_key() -> None:
    assert _found(re.compile(PRIVATE_KEY)) == []


def test_no_file_holds_a_token_or_a_password() -> None:
    """Tests of masking build their tokens from parts, and name servers that cannot exist."""
    found = [
        f"{name}: {mask_secrets(line).strip()}"
        for name, text in _texts().items()
        for line in text.splitlines()
        if mask_secrets(line) != line and ".example" not in line
    ]
    assert found == []


def test_no_file_is_large() -> None:
    large = [str(path) for path in _paths() if path.stat().st_size > LARGEST_BYTES]
    assert large == []


def test_every_link_leads_to_something_inside() -> None:
    links = [path for path in ROOT.glob("*/*") if path.is_symlink() and ".venv" not in path.parts]
    assert links
    for link in links:
        assert link.resolve(strict=True).is_relative_to(ROOT)
