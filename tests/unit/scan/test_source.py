"""Reading the files of a repository: folders, git directories, tarballs, and hostile ones."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.scan import source_files
from miner.pipelines.scan.file_kinds import is_wanted
from miner.pipelines.scan.source_files import SourceFile, from_tarball, open_source

CODE = b'MODEL = "zoo/alpha"\n'


def tarball(members: Iterable[tuple[str, bytes | None, str]]) -> bytes:
    """A .tar.gz; a member is (name, data, link target or '')."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data, target in members:
            member = tarfile.TarInfo(name)
            if target:
                member.type, member.linkname = tarfile.SYMTYPE, target
            member.size = len(data or b"")
            archive.addfile(member, io.BytesIO(data or b""))
    return buffer.getvalue()


def read(data: bytes) -> list[SourceFile]:
    return list(from_tarball(io.BytesIO(data), is_wanted))


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
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", encoding="latin-1") as archive:
        member = tarfile.TarInfo("root/caf\xe9.py")
        member.size = len(CODE)
        archive.addfile(member, io.BytesIO(CODE))
    (file,) = read(buffer.getvalue())
    assert file.data == CODE
