"""A search answers the same from the index as from all names."""

from __future__ import annotations

import random
import string

import duckdb
import pytest

from miner.db import analytics
from miner.queries.records.search import search
from miner.queries.records.search_index import SearchIndex, WordIndex
from tests.hostile_text import HOSTILE_NAMES

NAMES = (
    "qwen/qwen2.5-7b-instruct", "Qwen/Qwen2.5-7B-Instruct", "someone/Qwen2.5", "a/b", "ab/c", "b/a",
    "llama/x", "meta/Llama-3", "meta/llama", "x/llama", "y/my-llama_3", "z/ollama", "gpt2", "2/2",
    "-/-", "-a/_b", "größe/ÉTÉ-Ñ", "模型/通义千问-7B", "İ/i", "a/a/b", "x/a  b",
)  # fmt: skip
SIGNS = "ab1" + "-_./ 2" + "Éx"


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    """Return names of all kinds, on several hubs, many with as many downloads as another."""
    chance = random.Random(1)
    made = {"".join(chance.choices(SIGNS, k=chance.randrange(1, 12))) for _ in range(2_000)}
    names = sorted({*NAMES, *HOSTILE_NAMES, *made})
    opened = analytics.open_empty()
    opened.execute(
        "CREATE TEMP TABLE made AS SELECT unnest($names::VARCHAR[]) AS name", {"names": names}
    )
    opened.execute(
        "INSERT INTO model BY NAME SELECT hub, name, nullif(hash(hub, name) % 4, 0) AS "
        "downloads FROM made, (VALUES ('one'), ('two')) AS hubs (hub) WHERE hash(name) % 9 > 1"
    )
    opened.execute(
        "INSERT INTO repository BY NAME SELECT name, length(name) % 3 AS stars FROM made"
    )
    return opened


def test_answers_are_the_same(connection: duckdb.DuckDBPyConnection) -> None:
    index = SearchIndex(connection)
    chance = random.Random(2)
    names = [name for (name,) in connection.execute("SELECT name FROM repository").fetchall()]
    asked = [
        *SIGNS,
        *string.printable,
        *NAMES,
        *HOSTILE_NAMES,
        "q 7",
        "7b",
        "2.5",
        "llama 3",
        "lama",
    ]
    for name in chance.sample(names, 60):
        begin = chance.randrange(len(name))
        asked += [name, name[begin : begin + 5], f"{name[begin:]} {chance.choice(names)[:2]}"]
    answers = 0
    for text in asked:
        for kind in ("model", "repository"):
            every = search(connection, text, kind)
            assert search(connection, text, kind, index=index) == every, text
            answers += bool(every)
    assert answers > 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gpt", ["gpt2"]),
        ("meta/llama", ["meta/llama", "meta/llama-3"]),  # the whole name before the better one
        ("llama", ["llama/x", "meta/llama-3", "meta/llama", "x/llama", "y/my-llama_3"]),
        ("2.5 inst", ["qwen/qwen2.5-7b-instruct"]),
        ("/lla 3", ["meta/llama-3", "y/my-llama_3"]),
        ("lama", ["meta/llama-3", "y/my-llama_3", "meta/llama", "x/llama", "llama/x", "z/ollama"]),
        ("lama 3", []),
        ("llama zz", []),
        ("7", ["qwen/qwen2.5-7b-instruct"]),
    ],
)
def test_best_names_come_first(text: str, expected: list[str]) -> None:
    names = [
        "meta/llama-3", "y/my-llama_3", "meta/llama", "gpt2", "x/llama", "llama/x", "z/ollama",
        "qwen/qwen2.5-7b-instruct",
    ]  # fmt: skip
    index = WordIndex(
        [[name.encode() for name in names[:3]], [name.encode() for name in names[3:]]]
    )
    words = [word.lstrip("/") for word in text.split()]
    assert [names[number] for number in index.find(text, words, 30)] == expected
    assert [names[number] for number in index.find(text, words, 1)] == expected[:1]


def test_no_names() -> None:
    assert WordIndex([]).find("a", ["a"], 30) == []
