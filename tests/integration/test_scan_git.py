"""Reading a repository from a checkout, a git directory and a tarball: the same files."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from miner.errors import ConfigurationError
from miner.pipelines.scan.file_kinds import is_wanted
from miner.pipelines.scan.source_files import SourceFile, blob_sha, open_source

CODE = b'MODEL = "zoo/alpha"\n'


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments],
        cwd=folder, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_bytes(CODE)
    (root / "picture.png").write_bytes(b"\x89PNG")
    (root / "link.py").symlink_to("/etc/passwd")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "one")
    return root


def seen(files: Iterable[SourceFile]) -> dict[str, tuple[bytes | None, str | None]]:
    return {file.path: (file.data, file.skipped) for file in files}


def test_folder_git_and_tarball_hold_the_same(checkout: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(checkout), str(bare))
    packed = tmp_path / "source.tar.gz"
    git(
        checkout,
        "archive",
        "--format=tar.gz",
        "--prefix=owner-name-abc/",
        "-o",
        str(packed),
        "HEAD",
    )
    wanted = {"src/a.py": (CODE, None), "link.py": (None, "symlink")}
    for place in (checkout, bare, packed):
        assert seen(open_source(place, is_wanted)) == wanted, place


def test_a_blob_sha_is_that_of_git(checkout: Path) -> None:
    (file,) = (one for one in open_source(checkout, is_wanted) if one.data)
    assert file.blob_sha == git(checkout, "rev-parse", "HEAD:src/a.py") == blob_sha(CODE)


def test_a_git_directory_is_read_at_a_commit(checkout: Path) -> None:
    first = git(checkout, "rev-parse", "HEAD")
    (checkout / "src" / "a.py").write_bytes(b"changed = 1\n")
    git(checkout, "commit", "-qam", "two")
    assert seen(open_source(checkout, is_wanted, first))["src/a.py"] == (CODE, None)
    with pytest.raises(ConfigurationError, match="git cannot read 0123"):
        list(open_source(checkout, is_wanted, "0123456789"))
