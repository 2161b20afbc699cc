"""The compact file of names: what it answers, and what is wrong with one that does not."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import pytest

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.scan.names_file import ListedName, NamesFile, write_names

HUB, DATA = "huggingface", "huggingface datasets"


def _written(path: Path, names: dict[str, tuple[str, ...]]) -> Path:
    listed = [ListedName(name, names[name]) for name in sorted(names)]
    assert write_names(path, lambda: listed, [DATA, HUB], {"date": "2026-12-01"}) == len(names)
    return path


def _many(count: int) -> dict[str, tuple[str, ...]]:
    chance = random.Random(5)
    words = ["base", "large", "instruct", "7b", "v2", "gguf", "é", "日本語"]
    return {
        f"owner-{chance.randrange(count)}/{'-'.join(chance.choices(words, k=4))}": (HUB,)
        for _ in range(count)
    }


def test_every_name_is_found_and_no_other(tmp_path: Path) -> None:
    names = {**_many(3_000), "gpt2": (HUB,), "squad": (DATA,), "a/both": (HUB, DATA)}
    with NamesFile(_written(tmp_path / "names.bin", names)) as file:
        assert all(file.lists_of(name) == names[name] for name in names)
        near = {
            wrong for name in names for wrong in (name + "x", name[:-1], name.upper(), name[1:])
        }
        assert not any(file.lists_of(name) for name in near - names.keys())
        assert not any(file.lists_of(name) for name in ("", "a\nb", "\t", "\ud800", "~" * 300))
        assert ("gpt2" in file, "squad" in file, "a/both" in file, 7 in file) == (
            True, False, True, False,
        )  # fmt: skip
        assert [*map(file.is_dataset, ("gpt2", "squad", "a/both", "nope"))] == [
            False, True, False, False,
        ]  # fmt: skip
        assert file.about == {"date": "2026-12-01", "lists": [HUB, DATA], "names": len(names)}


def test_the_same_names_give_the_same_bytes(tmp_path: Path) -> None:
    names = _many(500)
    one, two = (_written(tmp_path / name, names).read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_file_without_names(tmp_path: Path) -> None:
    with NamesFile(_written(tmp_path / "names.bin", {})) as file:
        assert "gpt2" not in file


def test_names_out_of_order_leave_no_file(tmp_path: Path) -> None:
    listed = [ListedName("b", (HUB,)), ListedName("a", (HUB,))]
    with pytest.raises(ValueError, match="'a' comes after 'b'"):
        write_names(tmp_path / "names.bin", lambda: listed, [HUB], {})
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_what_is_asked(tmp_path: Path) -> None:
    names = _many(30_000)
    path = _written(tmp_path / "names.bin", names)
    tracemalloc.start()
    with NamesFile(path) as file:
        assert all(name in file for name in names)
        assert tracemalloc.get_traced_memory()[0] < 2_000_000
    tracemalloc.stop()


def test_no_file_and_no_file_of_names(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no file") as caught:
        NamesFile(tmp_path / "none")
    assert "miner names build" in caught.value.next_step
    for data, why in (
        (b"", "is empty"),
        (b"PK\x03\x04", "is no file of names"),
        (b"miner names 7\nand more", "another version"),
        (b"miner names 1\n", "is torn"),
    ):
        (tmp_path / "bad").write_bytes(data)
        with pytest.raises(InvalidData, match=why):
            NamesFile(tmp_path / "bad")


def test_a_torn_file_is_refused_wherever_it_is_torn(tmp_path: Path) -> None:
    data = _written(tmp_path / "names.bin", _many(2_000)).read_bytes()
    for end in range(14, len(data), 997):
        (tmp_path / "torn").write_bytes(data[:end])
        with pytest.raises(InvalidData, match="torn"):
            NamesFile(tmp_path / "torn")


def test_a_changed_byte_is_noticed_or_changes_no_answer(tmp_path: Path) -> None:
    names = _many(1_000)
    data, chance = _written(tmp_path / "names.bin", names).read_bytes(), random.Random(3)
    noticed = 0
    for _ in range(300):
        place = chance.randrange(len(data))
        changed = data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
        (tmp_path / "changed").write_bytes(changed)
        try:
            with NamesFile(tmp_path / "changed") as file:
                assert all(file.lists_of(name) in {(HUB,), (DATA,), ()} for name in names)
        except InvalidData:
            noticed += 1
    assert noticed > 250
