"""One frozen settings object, read once from the environment and the user's own file.

Environment beats file beats default. The file is the one that ``--config`` or ``MINER_CONFIG``
names, else ``miner.toml`` in the user's configuration folder. The working directory is not asked:
it may be a stranger's checkout (see ``miner.project``).

Tokens and passwords are kept out of ``repr``; each may stand in a file of its own that a variable
names: ``HF_TOKEN_FILE``, ``MINER_DATABASE_URL_FILE``.
"""

from __future__ import annotations

import difflib
import logging
import math
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
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
FILE_NAME = "miner.toml"
DEMO_MARK = "made-by-miner-demo"
"""Empty file that says that a data directory is a demo's: the next demo may replace it, and a
snapshot of it says so in its name."""

log = logging.getLogger(__name__)

_NUMBERS = {
    "http_timeout_seconds": 0.1,
    "http_attempts": 1,
    "http_concurrency": 1,
    "max_card_bytes": 1,
    "max_config_bytes": 1,
    "max_tarball_bytes": 1,
    "item_seconds": 1,
    "repository_seconds": 1,
    "archive_segment_bytes": 1,
    "query_memory_mb": 50,
    "query_seconds": 1,
    "refused_again_days": 0,
}
"""Settings that are numbers, with the smallest value of each."""

_SHARED_NAMES = (
    "hf_endpoint", "hf_token", "github_api_url", "github_token", "openai_base_url",
    "openai_api_key",
)  # fmt: skip
"""Settings whose variables other tools read too; those of the others begin with ``MINER_``."""

VARIABLES = {name: name.upper() for name in _SHARED_NAMES} | {
    name: f"MINER_{name.upper()}"
    for name in (
        "data_dir", "database_url", "hf_content_hosts", "github_content_hosts", "snapshot_source",
        "snapshot_keys", *_NUMBERS,
    )
}  # fmt: skip
"""Setting → variable. In a file a setting goes by its own name."""

_SERVICE_ENDINGS = ("_ENDPOINT", "_API_TOKEN")
_CLOSE = 0.85  # so alike are a name and its misspelling; MINER_ has other variables as well


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
        item_seconds: Processor time after which the reading of one card, config or source file is
            given up.
        repository_seconds: Processor time after which the scan of one repository is given up.
        archive_segment_bytes: Size at which an archive segment is closed.
        refused_again_days: A gated card or config is asked for again after so many days.
        snapshot_source: Where snapshots are got from, or None: a folder, an address, or
            ``owner/name`` of a dataset repository.
        snapshot_keys: Public keys of minisign; where there are any, only snapshots that are signed
            with one of them are used.
        query_memory_mb: Most memory that a question may take, in MB.
        query_seconds: Most time that a question may take.
        services: Variables of further services, as ``NAME_ENDPOINT`` and ``NAME_API_TOKEN``; what
            each means is known where the service is asked (see ``service``).
        settings_file: The file that was read besides the environment, or None.
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
    item_seconds: float = 20.0
    repository_seconds: float = 120.0
    archive_segment_bytes: int = 256_000_000
    refused_again_days: int = 30
    snapshot_source: str | None = None
    snapshot_keys: tuple[str, ...] = ()
    query_memory_mb: int = 4_000
    query_seconds: int = 900
    services: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # may hold tokens
    settings_file: Path | None = None

    def service(self, variable: str, default: str = "") -> str:
        """Return a variable of a further service, without a trailing slash."""
        return dict(self.services).get(variable, default).rstrip("/")

    def without_secrets(self) -> Settings:
        """Return the settings without tokens and keys, for what needs none."""
        return replace(self, hf_token=None, github_tokens=(), openai_api_key=None, services=())

    @property
    def archive_dir(self) -> Path:
        """Folder of the archive's segments."""
        return self.data_dir / "archive"

    @property
    def observations_dir(self) -> Path:
        """Folder of the observations, one Parquet file a sweep."""
        return self.data_dir / "observations"

    @property
    def snapshots_dir(self) -> Path:
        """Folder of snapshots, built here or pulled."""
        return self.data_dir / "snapshots"

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
    _require_known(content, ["miner", "check"], path, "table")  # check: see miner.project
    table = content.get("miner", {})
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path}: [miner] must be a table")
    table = {str(key).lower(): value for key, value in table.items()}
    _require_known(table, VARIABLES, path, "setting")
    for key, value in table.items():
        if isinstance(value, dict | list):
            raise ConfigurationError(
                f"{path}: {key} must be a text or a number", next_step=f'{key} = "one, other"'
            )
    return {key: str(value) for key, value in table.items()}


def _require_known(names: Iterable[str], known: Iterable[str], place: Path, kind: str) -> None:
    """Refuse a name that is none of ours: misspelled, it would be a setting without effect."""
    known = list(known)
    for name in names:
        if name not in known:
            raise ConfigurationError(
                f"{place}: there is no {kind} {name!r}",
                next_step=did_you_mean(name, known) or f"write one of {', '.join(known)}",
            )


def did_you_mean(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return a question for the known name nearest to one that is not; empty if none is near."""
    near = difflib.get_close_matches(name, list(known), 1, cutoff)
    return f"did you mean {near[0]}?" if near else ""


def _require_spelled(env: Mapping[str, str]) -> None:
    """Refuse a variable that is nearly one of ours."""
    known = {
        *VARIABLES.values(), "MINER_CONFIG", "MINER_DATABASE_URL_FILE",
    }  # fmt: skip
    for name in env:
        if name.startswith("MINER_") and name not in known:
            suggestion = did_you_mean(name, known, _CLOSE)
            if suggestion:
                raise ConfigurationError(
                    f"there is no setting {name}", next_step=f"{suggestion} else: unset {name}"
                )


def settings_file(environment: Mapping[str, str] | None = None) -> Path:
    """Return the one file that settings may stand in, whether it exists or not.

    Args:
        environment: Variables to read instead of the process's own.
    """
    env = os.environ if environment is None else environment
    named = env.get("MINER_CONFIG")
    return Path(named) if named else platformdirs.user_config_path("miner") / FILE_NAME


@cache
def _announce(path: Path) -> None:
    """Name the file that settings were taken from, once."""
    log.info("settings from %s", path)


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
        ConfigurationError: A value cannot be used, a name is misspelled, or the file of settings
            cannot be read.
    """
    env = os.environ if environment is None else environment
    path = settings_file(env)
    filed = _read_file(path)
    if filed:
        _announce(path.absolute())
    _require_spelled(env)

    def pick(key: str) -> str | None:
        return env.get(VARIABLES[key]) or filed.get(key)

    data_dir = Path(pick("data_dir") or platformdirs.user_data_dir("miner"))
    data_dir = data_dir.expanduser().absolute()
    numbers = {
        key: _number(VARIABLES[key], text, smallest)
        for key, smallest in _NUMBERS.items()
        if (text := pick(key))
    }
    whole: dict[str, Any] = {
        key: value if key.endswith("_seconds") else int(value) for key, value in numbers.items()
    }
    token = (_secret(env, "HF_TOKEN") or filed.get("hf_token") or "").split(",")[0].strip() or None
    hosts = _words(pick("hf_content_hosts"))
    code_hosts = _words(pick("github_content_hosts"))
    return Settings(
        data_dir=data_dir,
        database_url=_secret(env, "MINER_DATABASE_URL")
        or filed.get("database_url")
        or f"sqlite:///{data_dir / 'miner.db'}",
        hf_endpoint=_endpoint("HF_ENDPOINT", pick("hf_endpoint") or _HUB, _HUB),
        hf_content_hosts=(*_CONTENT_HOSTS, *hosts),
        hf_token=token,
        github_api_url=_endpoint(
            "GITHUB_API_URL", pick("github_api_url") or _GITHUB_API, _GITHUB_API
        ),
        github_content_hosts=(*_GITHUB_CONTENT_HOSTS, *code_hosts),
        github_tokens=_words(_secret(env, "GITHUB_TOKEN") or filed.get("github_token")),
        openai_base_url=_endpoint(
            "OPENAI_BASE_URL", pick("openai_base_url") or OPENAI_URL, OPENAI_URL
        ),
        openai_api_key=_secret(env, "OPENAI_API_KEY") or filed.get("openai_api_key"),
        snapshot_source=pick("snapshot_source"),
        snapshot_keys=_words(pick("snapshot_keys")),
        services=tuple(
            (key, value)
            for key, value in sorted(env.items())
            if key.endswith(_SERVICE_ENDINGS) and key not in VARIABLES.values() and value
        ),
        settings_file=path.absolute() if filed else None,
        **whole,
    )
