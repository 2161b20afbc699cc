"""One frozen settings object, read once from the environment and ``miner.toml``.

Environment beats file beats default. Tokens and passwords are kept out of ``repr``.
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


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set from outside.

    Attributes:
        data_dir: Where miner keeps all it has: store, archive, observations, DuckDB file.
        database_url: SQLAlchemy URL of the store.
        hf_endpoint: Address of the Hugging Face Hub, without a trailing slash.
        hf_content_hosts: Further hosts that the Hub may redirect file downloads to.
        hf_token: Token for the Hub, or None.
        http_timeout_seconds: Time after which a silent server counts as stalled.
        http_attempts: Tries of one request before the run gives up on it.
        http_concurrency: Requests for single files in flight at once.
        max_card_bytes: A larger card is recorded as too-large, not kept.
        max_config_bytes: A larger config is recorded as too-large, not kept.
        archive_segment_bytes: Size at which an archive segment is closed.
    """

    data_dir: Path
    database_url: str = field(repr=False)  # may hold a password
    hf_endpoint: str = "https://huggingface.co"
    hf_content_hosts: tuple[str, ...] = ("hf.co", "huggingface.co")
    hf_token: str | None = field(default=None, repr=False)
    http_timeout_seconds: float = 30.0
    http_attempts: int = 6
    http_concurrency: int = 8
    max_card_bytes: int = 4_000_000
    max_config_bytes: int = 2_000_000
    archive_segment_bytes: int = 256_000_000

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


def _endpoint(name: str, text: str) -> str:
    """Return an http(s) address without a trailing slash."""
    try:
        parts = urlsplit(text)
    except ValueError:  # a bracket that is not closed
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ConfigurationError(
            f"setting {name} must be an http or https address, not {text!r}",
            next_step=f"export {name}=https://huggingface.co",
        )
    return text.rstrip("/")


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
        "archive_segment_bytes": 1,
    }.items():
        name = f"MINER_{key.upper()}"
        if text := pick(name, key):
            numbers[key] = _number(name, text, smallest)
    whole: dict[str, Any] = {
        key: int(value) for key, value in numbers.items() if key != "http_timeout_seconds"
    }
    token = (pick("HF_TOKEN", "hf_token") or "").split(",")[0].strip() or None
    return Settings(
        data_dir=data_dir,
        database_url=pick("MINER_DATABASE_URL", "database_url")
        or f"sqlite:///{data_dir / 'miner.db'}",
        hf_endpoint=_endpoint(
            "HF_ENDPOINT", pick("HF_ENDPOINT", "hf_endpoint") or "https://huggingface.co"
        ),
        hf_token=token,
        http_timeout_seconds=numbers.get("http_timeout_seconds", 30.0),
        **whole,
    )
