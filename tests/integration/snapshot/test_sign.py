"""Who signed a snapshot: checked where keys are set, told where none are."""

from __future__ import annotations

import base64
import json
import shutil
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from miner.cli import cli
from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.snapshot.locations import open_source
from miner.pipelines.snapshot.publish import publish
from miner.pipelines.snapshot.pull import Pulled, find_version, pull
from miner.pipelines.snapshot.snapshot_files import (
    keys_of,
    sign_snapshot,
    signature_bytes,
    verify_snapshot,
)
from miner.progress import Silent
from miner.schema import manifest
from miner.schema.manifest import MANIFEST
from miner.schema.signature import SIGNATURE, PublicKey, SecretKey, check_signature
from miner.settings import Settings, load_settings
from tests.crawling import settings_for

DATA = b'{"format": 1}\n'
KEY = SecretKey.generate()


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / made.name))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path / "fresh", "http://127.0.0.1:9")


def trusting(settings: Settings, *keys: SecretKey) -> Settings:
    return replace(settings, snapshot_keys=tuple(key.public.render() for key in keys))


def get(settings: Settings, source: Path, version: str | None = None) -> Pulled:
    stop = threading.Event()
    place = open_source(settings, str(source), stop)
    found, home = find_version(place, version), settings.data_dir / "snapshots"
    return pull(place, found, home, progress=Silent(), stop=stop, keys=keys_of(settings))


def test_a_signature_is_checked_and_every_flipped_bit_refused() -> None:
    signature = KEY.sign(DATA, "data-2026.01.0")
    assert signature == KEY.sign(DATA, "data-2026.01.0")
    assert check_signature(DATA, signature, [KEY.public]) == f"signed by {KEY.public.name}"
    begin = signature.index(b"\n") + 1  # the first line is for people, and not trusted
    for at in range(begin, len(signature)):
        for bit in (1, 2, 128):
            changed = bytearray(signature)
            changed[at] ^= bit
            if bytes(changed).split() != signature.split() and not _same(bytes(changed), signature):
                with pytest.raises(InvalidData):
                    check_signature(DATA, bytes(changed), [KEY.public])
    for data in (b"", DATA[:-1], DATA + b" "):
        with pytest.raises(InvalidData, match="its signature is not one of"):
            check_signature(data, signature, [KEY.public])


def _same(one: bytes, other: bytes) -> bool:
    """Whether only bits differ that base64 does not use."""
    try:
        return [base64.b64decode(line) for line in bytes(one).splitlines()[1::2]] == [
            base64.b64decode(line) for line in other.splitlines()[1::2]
        ] and one.splitlines()[2] == other.splitlines()[2]
    except ValueError:
        return False


def test_the_key_of_somebody_else_counts_for_nothing() -> None:
    other = SecretKey.generate()
    with pytest.raises(InvalidData, match=f"signed by {other.public.name}, a key that is not set"):
        check_signature(DATA, other.sign(DATA, "x"), [KEY.public])
    posing = SecretKey(KEY.id, other.seed)
    with pytest.raises(InvalidData, match="its signature is not one of"):
        check_signature(DATA, posing.sign(DATA, "x"), [KEY.public])


def test_without_keys_nothing_is_checked_and_that_is_told() -> None:
    assert check_signature(DATA, None, []) == "unsigned"
    assert check_signature(DATA, b"\xff" * 9_000, []) == "with a signature that is damaged"
    message = check_signature(b"other", KEY.sign(DATA, "x"), [])
    assert message.startswith(f"signed by {KEY.public.name}, which is not checked: no key is set")


def test_a_key_is_written_for_its_owner_alone_and_never_over_another(tmp_path: Path) -> None:
    path = tmp_path / "key"
    done = CliRunner().invoke(cli, ["snapshot", "keygen", str(path)], catch_exceptions=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key, public = SecretKey.read(path), PublicKey.parse((tmp_path / "key.pub").read_text())
    assert (key.public, public.render()) == (public, done.stdout.strip())
    again = CliRunner().invoke(cli, ["snapshot", "keygen", str(path)])
    assert isinstance(again.exception, ConfigurationError)
    for damage in ("", "RW", "x" * 212, path.read_text()[:-9] + "AAAAAAAA\n"):
        path.write_text(damage)
        with pytest.raises(ConfigurationError):
            SecretKey.read(path)
    with pytest.raises(ConfigurationError):
        PublicKey.parse("RWnonsense")


def test_build_and_publish_sign_and_pull_checks(
    copy: Path, store: Settings, settings: Settings, tmp_path: Path
) -> None:
    home = tmp_path / "published"
    publish(store, copy, str(home), sign_key=KEY)
    assert verify_snapshot(home / copy.name)[1] == []
    pulled = get(trusting(settings, SecretKey.generate(), KEY), home)
    assert pulled.signed == f"signed by {KEY.public.name}"
    assert signature_bytes(pulled.folder) == (copy / SIGNATURE).read_bytes()
    assert verify_snapshot(pulled.folder)[1] == []


@pytest.mark.parametrize("damage", ["none", "of another manifest", "of another key"])
def test_pull_refuses_what_is_not_signed_by_a_key_that_is_set(
    copy: Path, settings: Settings, damage: str
) -> None:
    sign_snapshot(copy, SecretKey.generate() if damage == "of another key" else KEY)
    if damage == "none":
        (copy / SIGNATURE).unlink()
    if damage == "of another manifest":
        content = json.loads((copy / MANIFEST).read_bytes()) | {"takedown": "nowhere"}
        del content["seal"]
        (copy / MANIFEST).write_bytes(manifest.sealed(content))
    with pytest.raises(InvalidData, match="the snapshot is refused"):
        get(trusting(settings, KEY), copy)
    assert not (settings.data_dir / "snapshots" / copy.name).exists()
    assert get(settings, copy).files > 0  # nobody asked


def test_verify_tells_who_signed_and_refuses_by_the_same_rule(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = CliRunner().invoke
    assert "unsigned" in run(cli, ["snapshot", "verify", str(copy)]).stdout
    monkeypatch.setenv("MINER_SNAPSHOT_KEYS", KEY.public.render())
    assert load_settings().snapshot_keys == (KEY.public.render(),)
    assert isinstance(run(cli, ["snapshot", "verify", str(copy)]).exception, InvalidData)
    sign_snapshot(copy, KEY)
    assert f"signed by {KEY.public.name}" in run(cli, ["snapshot", "verify", str(copy)]).stdout


def test_an_older_version_than_the_one_here_is_told(
    copy: Path, settings: Settings, tmp_path: Path
) -> None:
    sign_snapshot(copy, KEY)
    own = trusting(settings, KEY)
    newer = settings.data_dir / "snapshots" / "data-2099.01.0"
    newer.mkdir(parents=True)
    (newer / MANIFEST).write_text("{}")
    assert str(get(own, copy).newer) == "data-2099.01.0"
    shutil.rmtree(newer)
    assert get(own, copy).newer is None
