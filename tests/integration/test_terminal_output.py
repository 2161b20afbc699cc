"""On a terminal nothing that a stranger wrote steers it; in a file and a pipe values stay."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

LOAD = 'from transformers import AutoModel\nAutoModel.from_pretrained("zoo/alpha")\n'
COMMANDS = (["scan", "--format", "csv"], ["scan"])


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_file_name_with_an_escape_is_written_out(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a\x1b]0;owned\x07.py").write_text(LOAD, encoding="utf-8")
    command = [sys.executable, "-m", "miner", *words, str(tmp_path / "p")]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TERM": "dumb"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, env=environment, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        told = b""
        while True:
            try:
                if not (part := os.read(ours, 65536)):
                    break
            except OSError:  # the other end is closed
                break
            told += part
    os.close(ours)
    assert running.returncode == 0, told
    assert b"\x1b]" not in told
    assert b"\x07" not in told
    assert b"x1b" in told
