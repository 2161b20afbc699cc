"""Reading the files of a repository: folders, git directories, tarballs, and hostile ones."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.scan import source_files
from miner.pipelines.scan.file_kinds import is_wanted
from miner.pipelines.scan.source_files import SourceFile, blob_sha, from_tarball, open_source

CODE = b'MODEL = "zoo/alpha"\n'


def tarball(members: Iterable[tuple[str, bytes | None, str]]) -> bytes:
    """A .tar.gz; a member is (name, data, link target or '')."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for name, data, target in members:
            member = tarfile.TarInfo(name)
            if target:
                member.type, member.linkname = tarfile.SYMTYPE, target
            member.size = len(data or b"")
            archive.addfile(member, io.BytesIO(data or b""))
    return held.getvalue()


def read(data: bytes) -> list[SourceFile]:
    return list(from_tarball(io.BytesIO(data), is_wanted))


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
    packed = tmp_path / "source_files.tar.gz"
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


def test_what_is_nothing_or_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK")
    for path, message in ((tmp_path / "none", "nothing"), (tmp_path / "a.zip", "no tar archive")):
        with pytest.raises(ConfigurationError, match=message):
            list(open_source(path, is_wanted))


def test_paths_that_leave_the_archive_and_links_are_counted_not_read() -> None:
    data = tarball(
        [
            ("root/a.py", CODE, ""),
            ("root/../../etc/b.py", CODE, ""),
            ("/abs/c.py", CODE, ""),
            ("root/d.py", None, "/etc/passwd"),
            ("root/" + "x/" * 70 + "e.py", CODE, ""),
        ]
    )
    reasons = [file.skipped for file in read(data)]
    assert reasons == [None, "unsafe-path", "unsafe-path", "symlink", "unsafe-path"]


def test_a_file_that_is_too_large_is_counted_not_read() -> None:
    big = b"x = 1\n" * (source_files.MAX_FILE_BYTES // 6 + 10)
    files = read(tarball([("root/a.py", big, ""), ("root/b.py", CODE, "")]))
    assert [(file.path, file.skipped) for file in files] == [("a.py", "too-large"), ("b.py", None)]


def test_a_compressed_bomb_ends_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_files, "MAX_TOTAL_BYTES", 1_000_000)
    members = [(f"root/{number}.bin", b"\0" * 400_000, "") for number in range(50)]
    files = read(tarball([("root/a.py", CODE, ""), *members, ("root/z.py", CODE, "")]))
    assert [(file.path, file.skipped) for file in files] == [
        ("a.py", None),
        ("root/2.bin", "bound"),
    ]


def test_an_archive_that_is_cut_keeps_what_came_before() -> None:
    noise = zlib.compress(bytes(range(256)) * 400, 0)
    whole = tarball([("root/a.py", CODE, ""), ("root/b.py", b"#" + noise.hex().encode(), "")])
    files = read(whole[: len(whole) // 2])
    assert files[0].path == "a.py"
    assert files[-1].skipped == "cut-archive"


def test_what_is_no_archive_at_all_is_invalid() -> None:
    with pytest.raises(InvalidData, match="source archive cannot be read"):
        read(b"<html>not found</html>")


def test_names_that_are_no_utf8_are_read() -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz", encoding="latin-1") as archive:
        member = tarfile.TarInfo("root/caf\xe9.py")
        member.size = len(CODE)
        archive.addfile(member, io.BytesIO(CODE))
    (file,) = read(held.getvalue())
    assert file.data == CODE
