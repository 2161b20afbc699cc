"""Cards, models and repositories that burn: in a state, not in the way; and SIGTERM meanwhile.

What burns is planted through Python's own ``sitecustomize``, in the command and in its workers: one
call of C code, in which no thread and no signal handler has a turn.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from miner.pipelines.sources.replay.serve import serving
from miner.settings import Settings
from tests.crawling import ask, build, command, environment, name, settings_for
from tests.forges import build as build_forge
from tests.forges import forge_command, forge_settings
from tests.forges import name as repository_name

PLANT = """
import pathlib, re

def burn():
    pathlib.Path({mark!r}).touch()
    re.match(r"(?:a+)+$", "a" * 60 + "!")

def planted(item, *given, **named):
    if {name!r} in repr(item)[:400]:
        burn()
    return original(item, *given, **named)

import {module} as place
original = place.{function}
place.{function} = planted
planted.__module__, planted.__qualname__ = place.__name__, {function!r}
"""
CARDS = ("miner.pipelines.derive.cards.card_reading", "read_card", name(3))
MODELS = ("miner.pipelines.derive.architecture.precedence", "architecture", name(3))
SOURCES = ("miner.pipelines.crawl.github.tarball", "read_source", repository_name(3))


def planted(folder: Path, settings: Settings, plant: tuple[str, str, str]) -> dict[str, str]:
    """An environment in which a function burns on what has a name."""
    module, function, wanted = plant
    mark = str(folder / "burns")
    text = PLANT.format(mark=mark, module=module, function=function, name=wanted)
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(text, encoding="utf-8")
    return {**os.environ, **environment(settings), "PYTHONPATH": str(folder / "site")}


def test_what_burns_has_a_state_and_is_not_tried_again(tmp_path: Path) -> None:
    with serving(build(8)) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        env = planted(tmp_path, settings, CARDS) | {"MINER_ITEM_SECONDS": "1"}
        words = command("--hub", "huggingface", "--no-export", "--min-downloads", "0")
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "1  cards too-slow" in done.stderr
        states = dict(ask(settings, "SELECT state, count(*) FROM extraction GROUP BY state"))
        assert states == {"extracted": 7, "too-slow": 1}
        (tmp_path / "burns").unlink()
        again = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        assert again.returncode == 0, again.stderr
        assert not (tmp_path / "burns").exists()


def test_requests_for_an_architecture_that_burn_are_unknown(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data", "http://127.0.0.1:1")
    env = planted(tmp_path, settings, MODELS) | {"MINER_ITEM_SECONDS": "4"}
    lines = tmp_path / "requests.jsonl"
    lines.write_text("".join(f'{{"model": "{name(number)}"}}\n' for number in (2, 3, 4)))
    run = partial(subprocess.run, env=env, capture_output=True, text=True, check=True)
    words = [sys.executable, "-m", "miner", "architecture"]
    rows = [json.loads(line) for line in run([*words, "--jsonl", str(lines)]).stdout.splitlines()]
    assert [row["model"] for row in rows] == [name(2), "", name(4)]
    assert "line 2: failed: not done within" in rows[1]["reasons"][0]
    row = json.loads(run([*words, "--model", name(3), "--tag", "moe"]).stdout)
    assert (row["model"], row["is_moe"]) == (name(3), None)
    assert "not done within" in row["reasons"][0]


@pytest.mark.parametrize("plant", [CARDS, MODELS], ids=["cards", "models"])
@pytest.mark.parametrize(
    "sign", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.soak)]
)
def test_a_crawl_ends_while_a_worker_burns(
    tmp_path: Path, plant: tuple[str, str, str], sign: signal.Signals
) -> None:
    with serving(build(8)) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        env = planted(tmp_path, settings, plant) | {"MINER_ITEM_SECONDS": "600"}
        words = command("--hub", "huggingface", "--no-export", "--summary", "--min-downloads", "0")
        _ended_in_order(words, env, tmp_path / "burns", sign)


def test_a_crawl_ends_while_a_scan_burns(tmp_path: Path) -> None:
    with serving(build_forge(8)) as server:
        settings = forge_settings(tmp_path / "data", server)
        listed = tmp_path / "list"
        listed.write_text("".join(f"{repository_name(number)}\n" for number in range(8)))
        env = planted(tmp_path, settings, SOURCES) | {"MINER_REPOSITORY_SECONDS": "600"}
        words = forge_command("--no-search", "--summary", "--repositories", str(listed))
        _ended_in_order(words, env, tmp_path / "burns", signal.SIGTERM)


def _ended_in_order(
    words: list[str], env: dict[str, str], mark: Path, sign: signal.Signals
) -> None:
    with subprocess.Popen(
        words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        latest = time.monotonic() + 120
        while not mark.exists():
            assert running.poll() is None, running.communicate()[1]
            assert time.monotonic() < latest
            time.sleep(0.02)
        running.send_signal(sign)
        started = time.monotonic()
        out, errors = running.communicate(timeout=60)
        seconds = time.monotonic() - started
    assert running.returncode == 0, errors
    assert "state=interrupted" in out
    assert "miner: stopped; the same command goes on from here" in errors
    assert "Traceback" not in errors
    print(f"{mark.parent.name}: {sign.name} to exit {seconds:.1f} s")
    assert seconds < 40  # what burns may do so for 600 s
