"""Entry points of ``hubconf.py``: what is offered, what only helps, what is no Python."""

from __future__ import annotations

import pytest

from miner.pipelines.sources.hubs.pytorch_hub.hubconf import (
    MAX_BYTES,
    MAX_ENTRIES,
    is_helper,
    read_hubconf,
)


def names(source: str) -> list[str]:
    return [entry.name for entry in read_hubconf(source.encode()).entries]


def test_functions_are_entry_points_with_their_lines() -> None:
    found = read_hubconf(
        b"dependencies = ['torch', 'numpy', 'torch']\n\n\ndef net_a(pretrained=False):\n"
        b"    return 1\n\n\n@decorated\ndef net_b():\n    return 2\n"
    )
    assert [tuple(entry) for entry in found.entries] == [("net_a", 4), ("net_b", 9)]
    assert found.requirements == ["torch", "numpy"]
    assert (found.state, found.reason, found.is_computed) == ("parsed", "", False)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from lib.models.resnet import (\n    resnet18,\n    resnet34 as r34,\n)\n",
         ["resnet18", "r34"]),
        ("from .zoo import net\n", ["net"]),
        ("from lib import build\ndef net():\n    return build()\n", ["net"]),
        ("from functools import partial\nfrom zoo import make\nnet = partial(make, 3)\n", ["net"]),
        ("import functools\nnet = functools.partial(int, 3)\n", ["net"]),
        ("net = lambda **kwargs: 1\n", ["net"]),
        ("urls = {'a': 1}\nnet = 3\nother = open('x')\n", []),
        ("def create():\n    return 1\ndef net():\n    return create()\n", ["net"]),
        ("def net(n):\n    return net(n - 1)\n", ["net"]),
        ("def _net():\n    return 1\n", []),
        ("from torch import nn\nfrom typing import Optional\nfrom os import path\n", []),
        ("import torch\nimport zoo.net\n", []),
        ("try:\n    from a import net\nexcept ImportError:\n    from b import net\n", ["net"]),
        ("if True:\n    def net():\n        return 1\nelse:\n    def other():\n        return 1\n",
         ["net", "other"]),
        ("def net():\n    return 1\nif __name__ == '__main__':\n    model = net()\n", ["net"]),
        ("with open('x') as f:\n    from a import net\n", ["net"]),
        ("async def net():\n    return 1\n", ["net"]),
        ("class Net:\n    pass\n", []),
        ("def transforms():\n    pass\ndef nvidia_ssd_processing_utils():\n    pass\n", []),
        ("", []),
    ],
)  # fmt: skip
def test_what_can_be_loaded(source: str, expected: list[str]) -> None:
    assert names(source) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("tokenizer", True), ("Config", True), ("my_utils", True), ("get_weight", True),
     ("nvidia_convnets_processing_utils", True), ("net", False), ("ofa_specialized_get", False),
     ("tts", False), ("transformer_b", False), ("configurable_net", False)],
)  # fmt: skip
def test_helpers_by_name(name: str, expected: bool) -> None:
    assert is_helper(name) is expected


@pytest.mark.parametrize(
    "line",
    ["globals()[name] = f", "for k in z: globals()[k] = 1", "from lib import *", "exec('x = 1')",
     "setattr(module, 'net', f)", "_entries = {m: f(m) for m in z}\nlocals().update(_entries)"],
)  # fmt: skip
def test_names_made_when_it_runs_are_said_to_be_missing(line: str) -> None:
    found = read_hubconf(f"def net():\n    return globals()\n{line}\n".encode())
    assert found.is_computed
    assert (found.state, found.reason) == ("partial", "names are made when it runs")
    assert [entry.name for entry in found.entries] == ["net"]


def test_what_a_function_does_inside_is_its_own_affair() -> None:
    assert not read_hubconf(b"def net():\n    globals()['x'] = 1\n").is_computed


@pytest.mark.parametrize(
    "body",
    [b"print 'python 2'\n", b"def net(:\n", b"\x00", b"# coding: x-nothing\n",
     b"\xff\xfe\xfa", b"-" * 200_000 + b"1", b"(" * 50_000, b"x" * (MAX_BYTES + 1)],
    ids=["python-2", "syntax", "nul", "coding", "bytes", "deep", "brackets", "large"],
)  # fmt: skip
def test_what_is_no_python_has_a_reason(body: bytes) -> None:
    found = read_hubconf(body)
    assert (found.entries, found.state) == ([], "unparsable")
    assert found.reason


def test_warnings_of_strange_code_are_not_ours() -> None:
    source = "def net():\n    return '\\d' is 'x'\n"
    assert names(source) == ["net"]


def test_entries_are_bounded() -> None:
    source = "\n".join(f"net_{number} = lambda: 1" for number in range(MAX_ENTRIES + 5))
    assert len(names(source)) == MAX_ENTRIES
