"""One frozen settings object, read once from the environment and ``miner.toml``.

Environment beats file beats default. Tokens and passwords are kept out of ``repr``; each may stand
in a file of its own that a variable names: ``HF_TOKEN_FILE``, ``MINER_DATABASE_URL_FILE``.
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from miner.errors import ConfigurationError

_CONTENT_HOSTS = ("hf.co", "huggingface.co")
_GITHUB_CONTENT_HOSTS = ("codeload.github.com",)
_HUB = "https://huggingface.co"
OPENAI_URL = "https://api.openai.com/v1"
_GITHUB_API = "https://api.github.com"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set from outside.

    Attributes:
        data_dir: Where miner keeps all it has: store, archive, observations, DuckDB file.
        database_url: SQLAlchemy URL of the store.
        hf_endpoint: Address of the Hugging Face Hub, without a trailing slash.
        hf_content_hosts: Further hosts that the Hub may redirect file downloads to.
        hf_token: Token for the Hub, or None.
        github_api_url: Address of GitHub's API, without a trailing slash.
        github_content_hosts: Further hosts that GitHub may redirect source downloads to.
        github_tokens: Tokens for GitHub; each is an account of its own.
        openai_base_url: Address of a server that speaks OpenAI's API, up to and with ``/v1``.
        openai_api_key: Key for it, or None.
        http_timeout_seconds: Time after which a silent server counts as stalled.
        http_attempts: Tries of one request before the run gives up on it.
        http_concurrency: Requests for single files in flight at once.
        max_card_bytes: A larger card is recorded as too-large, not kept.
        max_config_bytes: A larger config is recorded as too-large, not kept.
        max_tarball_bytes: Of a larger compressed source only the beginning is read.
        archive_segment_bytes: Size at which an archive segment is closed.
        snapshot_source: Where snapshots are got from, or None: a folder, an address, or
            ``owner/name`` of a dataset repository.
    """

    data_dir: Path
    database_url: str = field(repr=False)  # may hold a password
    hf_endpoint: str = _HUB
    hf_content_hosts: tuple[str, ...] = _CONTENT_HOSTS
    hf_token: str | None = field(default=None, repr=False)
    github_api_url: str = _GITHUB_API
    github_content_hosts: tuple[str, ...] = _GITHUB_CONTENT_HOSTS
    github_tokens: tuple[str, ...] = field(default=(), repr=False)
    openai_base_url: str = OPENAI_URL
    openai_api_key: str | None = field(default=None, repr=False)
    http_timeout_seconds: float = 30.0
    http_attempts: int = 6
    http_concurrency: int = 8
    max_card_bytes: int = 4_000_000
    max_config_bytes: int = 2_000_000
    max_tarball_bytes: int = 500_000_000
    archive_segment_bytes: int = 256_000_000
    snapshot_source: str | None = None

    @property
    def archive_dir(self) -> Path:
        """Folder of the archive's segments."""
        return self.data_dir / "archive"

    @property
    def observations_dir(self) -> Path:
        """Folder of the observations, one Parquet file a sweep."""
        return self.data_dir / "observations"

    @property
    def duckdb_path(self) -> Path:
        """The file that answers SQL."""
        return self.data_dir / "miner.duckdb"

    @property
    def hf_host(self) -> str:
        """Host and port of the Hub."""
        return urlsplit(self.hf_endpoint).netloc


def _read_file(path: Path) -> dict[str, str]:
    """Return the ``[miner]`` table of a TOML file as strings; an absent file is empty."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"cannot read settings from {path}: {error}",
            next_step=f"correct or remove {path}",
        ) from error
    table = content.get("miner", {})
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path}: [miner] must be a table")
    return {str(key).lower(): str(value) for key, value in table.items()}


def _number(name: str, text: str, smallest: float) -> float:
    """Return a setting as a number, or say which setting is wrong."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not smallest <= value < math.inf:
        raise ConfigurationError(f"setting {name} must be a number from {smallest:g}, not {text!r}")
    return value


def _endpoint(name: str, text: str, default: str) -> str:
    """Return an http(s) address without a trailing slash."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:  # a bracket that is not closed, a port that is none
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ConfigurationError(
            f"setting {name} must be an http or https address, not {text!r}",
            next_step=f"export {name}={default}",
        )
    return text.rstrip("/")


def _secret(env: Mapping[str, str], name: str) -> str | None:
    """Return a secret from its variable or from the file that ``NAME_FILE`` names, None for none.

    Raises:
        ConfigurationError: Both are set, or the file cannot be read.
    """
    value, path = env.get(name), env.get(f"{name}_FILE")
    if not path:
        return value or None
    if value:
        raise ConfigurationError(
            f"both {name} and {name}_FILE are set", next_step=f"unset one of them: unset {name}"
        )
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigurationError(
            f"the file {path} that {name}_FILE names cannot be read: {why}",
            next_step=f"put the value into that file, or unset {name}_FILE",
        ) from None  # a decoding error quotes the bytes of the secret


def _words(text: str | None) -> tuple[str, ...]:
    """Return what commas or spaces part, each once."""
    return tuple(dict.fromkeys((text or "").replace(",", " ").split()))


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        environment: Variables to read instead of the process's own.

    Returns:
        The settings, data directory made absolute (not created).

    Raises:
        ConfigurationError: A value cannot be used, or ``miner.toml`` cannot be read.
    """
    env = os.environ if environment is None else environment
    filed = _read_file(Path(env.get("MINER_CONFIG", "miner.toml")))

    def pick(name: str, key: str) -> str | None:
        return env.get(name) or filed.get(key)

    data_dir = Path(pick("MINER_DATA_DIR", "data_dir") or platformdirs.user_data_dir("miner"))
    data_dir = data_dir.expanduser().absolute()
    numbers: dict[str, float] = {}
    for key, smallest in {
        "http_timeout_seconds": 0.1,
        "http_attempts": 1,
        "http_concurrency": 1,
        "max_card_bytes": 1,
        "max_config_bytes": 1,
        "max_tarball_bytes": 1,
        "archive_segment_bytes": 1,
    }.items():
        name = f"MINER_{key.upper()}"
        if text := pick(name, key):
            numbers[key] = _number(name, text, smallest)
    whole: dict[str, Any] = {
        key: int(value) for key, value in numbers.items() if key != "http_timeout_seconds"
    }
    token = (_secret(env, "HF_TOKEN") or filed.get("hf_token") or "").split(",")[0].strip() or None
    hosts = _words(pick("MINER_HF_CONTENT_HOSTS", "hf_content_hosts"))
    code_hosts = _words(pick("MINER_GITHUB_CONTENT_HOSTS", "github_content_hosts"))
    return Settings(
        data_dir=data_dir,
        database_url=_secret(env, "MINER_DATABASE_URL")
        or filed.get("database_url")
        or f"sqlite:///{data_dir / 'miner.db'}",
        hf_endpoint=_endpoint("HF_ENDPOINT", pick("HF_ENDPOINT", "hf_endpoint") or _HUB, _HUB),
        hf_content_hosts=(*_CONTENT_HOSTS, *hosts),
        hf_token=token,
        github_api_url=_endpoint(
            "GITHUB_API_URL", pick("GITHUB_API_URL", "github_api_url") or _GITHUB_API, _GITHUB_API
        ),
        github_content_hosts=(*_GITHUB_CONTENT_HOSTS, *code_hosts),
        github_tokens=_words(_secret(env, "GITHUB_TOKEN") or filed.get("github_token")),
        openai_base_url=_endpoint(
            "OPENAI_BASE_URL", pick("OPENAI_BASE_URL", "openai_base_url") or OPENAI_URL, OPENAI_URL
        ),
        openai_api_key=_secret(env, "OPENAI_API_KEY") or filed.get("openai_api_key"),
        http_timeout_seconds=numbers.get("http_timeout_seconds", 30.0),
        snapshot_source=pick("MINER_SNAPSHOT_SOURCE", "snapshot_source"),
        **whole,
    )
