"""Settings: environment beats file beats default, and a bad value says which one it is."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from miner.errors import ConfigurationError
from miner.settings import Settings, load_settings


def _load(tmp_path: Path, toml: str | bytes = "", **environment: str) -> Settings:
    """Load settings from this file text and these variables alone."""
    path = tmp_path / "miner.toml"
    path.write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    return load_settings(
        {"MINER_CONFIG": str(path), "MINER_DATA_DIR": str(tmp_path), **environment}
    )


def test_without_any_setting_everything_lies_in_the_users_data_directory() -> None:
    settings = load_settings({"MINER_CONFIG": "no-such-file.toml"})
    assert settings.data_dir.is_absolute()
    assert settings.data_dir.name == "miner"
    assert settings.hf_endpoint == "https://huggingface.co"
    assert settings.hf_token is None


def test_the_data_directory_moves_everything_that_miner_keeps(tmp_path: Path) -> None:
    settings = load_settings({"MINER_CONFIG": "no-such-file.toml", "MINER_DATA_DIR": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path / 'miner.db'}"
    for path in (settings.archive_dir, settings.observations_dir, settings.duckdb_path):
        assert path.is_relative_to(tmp_path)


def test_a_relative_data_directory_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({"MINER_DATA_DIR": "here"})
    assert settings.data_dir == tmp_path / "here"
    assert not settings.data_dir.exists()


def test_environment_beats_file_beats_default(tmp_path: Path) -> None:
    toml = '[miner]\nhf_endpoint = "http://file.example"\nhttp_attempts = 3\n'
    assert _load(tmp_path).http_attempts == 6
    assert _load(tmp_path, toml).http_attempts == 3
    assert _load(tmp_path, toml, MINER_HTTP_ATTEMPTS="9").http_attempts == 9
    assert _load(tmp_path, toml).hf_endpoint == "http://file.example"
    assert _load(tmp_path, toml, HF_ENDPOINT="http://env.example").hf_endpoint == (
        "http://env.example"
    )


def test_the_source_of_snapshots_has_no_default(tmp_path: Path) -> None:
    toml = '[miner]\nsnapshot_source = "acme/supply-chain"\n'
    assert _load(tmp_path).snapshot_source is None
    assert _load(tmp_path, MINER_SNAPSHOT_SOURCE="").snapshot_source is None
    assert _load(tmp_path, toml).snapshot_source == "acme/supply-chain"
    assert _load(tmp_path, toml, MINER_SNAPSHOT_SOURCE="/data").snapshot_source == "/data"


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert _load(tmp_path, '[miner]\nhf_token = "from-file"\n', HF_TOKEN="").hf_token == "from-file"


def test_the_endpoint_loses_its_trailing_slash(tmp_path: Path) -> None:
    settings = _load(tmp_path, HF_ENDPOINT="http://127.0.0.1:8000/")
    assert settings.hf_endpoint == "http://127.0.0.1:8000"
    assert settings.hf_host == "127.0.0.1:8000"


def test_the_token_is_read_and_never_shown(tmp_path: Path) -> None:
    settings = _load(tmp_path, HF_TOKEN="a-secret-word")
    assert settings.hf_token == "a-secret-word"
    assert "a-secret-word" not in repr(settings)


def test_a_password_in_the_stores_address_is_never_shown(tmp_path: Path) -> None:
    settings = _load(tmp_path, MINER_DATABASE_URL="postgresql://ann:a-secret-word@db.example/m")
    assert settings.database_url.startswith("postgresql://ann:")
    assert "a-secret-word" not in repr(settings)


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    settings = _load(tmp_path)
    with pytest.raises(FrozenInstanceError):
        settings.http_attempts = 1  # type: ignore[misc]  # that it is refused is the test


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HF_ENDPOINT", "huggingface.co"),
        ("HF_ENDPOINT", "file:///etc/passwd"),
        ("HF_ENDPOINT", "https://"),
        ("HF_ENDPOINT", "http://[::1"),
        ("HF_ENDPOINT", "http://127.0.0.1:99999"),
        ("MINER_HTTP_ATTEMPTS", "many"),
        ("MINER_HTTP_ATTEMPTS", "0"),
        ("MINER_HTTP_ATTEMPTS", "nan"),
        ("MINER_HTTP_CONCURRENCY", "-1"),
        ("MINER_HTTP_CONCURRENCY", "inf"),
        ("MINER_HTTP_TIMEOUT_SECONDS", "0"),
        ("MINER_MAX_CARD_BYTES", "4 MB"),
        ("MINER_ARCHIVE_SEGMENT_BYTES", "1e"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_setting(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ConfigurationError, match=name) as caught:
        _load(tmp_path, **{name: value})
    assert value in str(caught.value)


@pytest.mark.parametrize(
    "toml", ["[miner", "miner = 1", b"[miner]\nhf_token = '\xff'\n"], ids=["cut", "flat", "latin-1"]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, toml: str | bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"miner\.toml"):
        _load(tmp_path, toml)


def test_content_hosts_are_added_to_the_hubs_own(tmp_path: Path) -> None:
    own = _load(tmp_path).hf_content_hosts
    assert "hf.co" in own
    added = _load(tmp_path, MINER_HF_CONTENT_HOSTS="cdn.example, other.example:8080")
    assert added.hf_content_hosts == (*own, "cdn.example", "other.example:8080")


SECRETS = ("HF_TOKEN", "MINER_DATABASE_URL")


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_can_stand_in_a_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / "secret"
    path.write_text("  a-secret-word\n", encoding="utf-8")
    settings = _load(tmp_path, **{f"{name}_FILE": str(path)})
    assert "a-secret-word" in {settings.hf_token, settings.database_url}
    assert "a-secret-word" not in repr(settings)


@pytest.mark.parametrize("name", SECRETS)
def test_an_empty_file_of_a_secret_sets_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / "secret"
    path.write_text("\n", encoding="utf-8")
    assert _load(tmp_path, **{f"{name}_FILE": str(path)}) == _load(tmp_path)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("content", [None, b"a-secret-\xff-word"], ids=["absent", "no text"])
def test_a_file_of_a_secret_that_cannot_be_read_is_named(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=f"{name}_FILE") as caught:
        _load(tmp_path, **{f"{name}_FILE": str(path)})
    assert str(path) in caught.value.message
    assert "word" not in caught.value.render()


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_given_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"both {name} and {name}_FILE"):
        _load(tmp_path, **{name: "a-secret-word", f"{name}_FILE": str(tmp_path / "secret")})
