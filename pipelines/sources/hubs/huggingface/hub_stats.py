"""The public dump ``hub-stats``: the Hub's models as one Parquet file, got by the Hub's library.

It is a dataset on the Hub itself. The library resumes a download that was broken off, and does
not download again what has not changed.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read at import: no request but ours

import httpx2
import tenacity
from huggingface_hub import HfApi
from huggingface_hub.errors import FileMetadataError, HfHubHTTPError, LocalEntryNotFoundError
from huggingface_hub.utils import disable_progress_bars

from miner import __version__
from miner.errors import MinerError, RetryLater, SourceRefused
from miner.settings import Settings

REPOSITORY = "cfahlgren1/hub-stats"
FILE = "models.parquet"


def download(settings: Settings) -> tuple[Path, datetime | None]:
    """Get the dump, or what has changed since it was got.

    Args:
        settings: The Hub's endpoint and token; the file is kept in the data directory.

    Returns:
        Where it is, and the date of its commit, UTC without zone; None where the Hub does not
        say it.

    Raises:
        RetryLater: The Hub does not answer properly.
        SourceRefused: It does not give the dump.
    """
    if not sys.stderr.isatty():
        disable_progress_bars()
    api = HfApi(
        endpoint=settings.hf_endpoint,
        token=settings.hf_token or False,
        library_name="miner",
        library_version=__version__,
    )
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(RetryLater),
        stop=tenacity.stop_after_attempt(settings.http_attempts),
        wait=tenacity.wait_random_exponential(multiplier=0.5, max=30),
        reraise=True,
    )
    return retrying(_download, api, settings)


def _download(api: HfApi, settings: Settings) -> tuple[Path, datetime | None]:
    """Try once to get the dump and its date; what has come stays for the next try.

    Raises:
        RetryLater: The Hub does not answer properly.
        SourceRefused: It does not give the dump.
        OSError: The disk does not take it.
    """
    try:
        path = api.hf_hub_download(
            REPOSITORY,
            FILE,
            repo_type="dataset",
            local_dir=settings.data_dir / "seeds" / "hub-stats",
            etag_timeout=settings.http_timeout_seconds,
        )
        return Path(path), _commit_date(api, settings)
    except HfHubHTTPError as error:
        raise _meaning(error) from error
    except (LocalEntryNotFoundError, FileMetadataError, httpx2.TransportError) as error:
        raise _unavailable(str(error)) from error
    except OSError as error:
        if error.errno is not None:
            raise  # of the disk: the library's own, for bytes that do not add up, have no number
        raise _unavailable(str(error)) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # the library takes a web page for the record that it asked for
        raise _unavailable(f"the answer is no record ({type(error).__name__})") from error


def _commit_date(api: HfApi, settings: Settings) -> datetime | None:
    """Return the date of the dataset's head; a mirror may have the file alone."""
    try:
        info = api.dataset_info(REPOSITORY, timeout=settings.http_timeout_seconds)
    except HfHubHTTPError as error:
        if error.response.status_code in {401, 404}:
            return None
        raise
    date = info.last_modified
    return date.astimezone(UTC).replace(tzinfo=None) if date else None


def _meaning(error: HfHubHTTPError) -> MinerError:
    status = error.response.status_code
    if status in {401, 403, 404, 410, 451}:
        return SourceRefused(
            f"the hub does not give the dump {REPOSITORY} ({status})",
            next_step="check HF_TOKEN and HF_ENDPOINT, or give a file: miner crawl --seed FILE",
        )
    return _unavailable(str(status))


def _unavailable(why: str) -> RetryLater:
    first = why.strip().splitlines()[0] if why.strip() else "no answer"
    return RetryLater(
        f"the dump {REPOSITORY} cannot be downloaded now: {first}",
        next_step="run the same command again later: the download goes on where it stopped",
    )
