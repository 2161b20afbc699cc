"""``miner demo``: the whole job on the bundled sample, offline, by the commands a user types."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import click

from miner.children import safe_environment
from miner.cli.echo import echo
from miner.errors import ConfigurationError
from miner.settings import DEMO_MARK

_SAMPLE = Path(str(files("miner.sample")))
SAMPLE = _SAMPLE / "hub"
REPOSITORIES = _SAMPLE / "github"
CRAWL = (
    "crawl", "--since", "2024-01", "--history", "--discussions", "--github", "--issues",
    "--repositories",
)  # fmt: skip
USES = """SELECT repository, model, place, api, license, downloads, evidence_url FROM (
    SELECT used.*, path || ':' || line AS place, known.license, known.downloads,
        row_number() OVER (PARTITION BY repository ORDER BY known.downloads DESC) AS rank
    FROM use_site AS used
    JOIN model AS known ON known.hub = used.hub AND known.name = used.model_resolved
    WHERE role = 'use' AND NOT is_copy
) WHERE rank <= 2 ORDER BY repository, rank"""
FIELDS = (
    "SELECT field, models_with_card, stated, share_of_cards FROM cards_completeness() "
    "ORDER BY stated DESC, field LIMIT 8"
)
LICENSES = (
    "SELECT repository, model, model_license, distance, verdict, reason "
    "FROM licenses_restrictive_in_permissive(top := 8)"
)
QUESTIONS: tuple[tuple[str, ...], ...] = (
    ("models/by_month", "-p", "first_day=2026-01-01"),
    (
        "--sql",
        "SELECT model, pipeline_tag, license, downloads FROM models_most_downloaded(top := 8)",
    ),
    ("models/by_license", "-p", "top=8"),
    ("lineage/deepest", "-p", "top=8"),
    ("quality/documentation_completeness",),
    ("--sql", FIELDS),
    ("uses/most_used_models", "-p", "top=8"),
    ("--sql", USES),
    ("history/license_commits", "-p", "top=8"),
    ("licenses/by_relation",),
    ("--sql", LICENSES),
)
"""What follows ``miner query``: shipped queries, and one through its macro, in SQL."""

_FOREIGN = ("HF_TOKEN", "GITHUB_TOKEN", "MINER_DATABASE_URL")


@click.command()
@click.option(
    "--keep",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(".demo"),
    show_default=True,
    help="Folder for all that the demo makes. One left by an earlier demo is replaced.",
)
@click.option(
    "--sample",
    type=click.Path(path_type=Path),
    help="Another folder to crawl, laid out as `miner replay` reads it. [default: the bundled one]",
)
def demo(folder: Path, sample: Path | None) -> None:
    """Run the whole job on a small sample, offline.

    Serves the sample on loopback as a hub and as a GitHub, crawls both with `miner crawl`: models,
    and the repositories that use them. Then runs a few queries with `miner query`. Your own data
    directory and tokens are not used.
    """
    from miner.pipelines.sources.replay.folder import load_catalog
    from miner.pipelines.sources.replay.serve import serving

    folders = [sample or SAMPLE]
    if sample is None or not (sample / "repositories").is_dir():
        folders.append(REPOSITORIES)
    catalog = load_catalog(folders)
    _make_folder(folder)
    settings = {"MINER_DATA_DIR": str(folder)}
    with serving(catalog) as server:
        echo(
            f"The sample, served on this machine as a hub and a GitHub: {server.endpoint}", err=True
        )
        places = {
            "HF_ENDPOINT": server.endpoint,
            "GITHUB_API_URL": server.github_url,
            "GITHUB_TOKEN": "demo",
        }
        _run((*CRAWL, str(REPOSITORIES / "list.txt")), settings | places, to_stderr=True)
    for query in QUESTIONS:
        echo()
        _run(("query", *query), settings)
    echo()
    _run(("repository", "example-harbor-lab/harbor-serve"), settings)
    _tell_what_next(folder)


def _make_folder(folder: Path) -> None:
    """Make an empty folder for the demo, in place of an earlier demo's.

    Raises:
        ConfigurationError: The folder exists and is not a demo's.
    """
    if (folder / DEMO_MARK).is_file() and not folder.is_symlink():
        shutil.rmtree(folder)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ConfigurationError(
            f"{folder} exists and was not made by a demo",
            kept="nothing in it was touched",
            next_step="miner demo --keep ANOTHER_FOLDER",
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DEMO_MARK).touch()


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without the user's own store, tokens and miner.toml."""
    own = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    loopback = ",".join(filter(None, (own.get("NO_PROXY"), "127.0.0.1", "localhost")))
    no_file = str(Path(settings["MINER_DATA_DIR"]).absolute() / "no-miner.toml")
    return safe_environment(own | {"NO_PROXY": loopback, "MINER_CONFIG": no_file} | dict(settings))


def _run(
    arguments: tuple[str, ...], settings: Mapping[str, str], *, to_stderr: bool = False
) -> None:
    """Show a command as it would be typed, run it, and end with its code if it fails."""
    words = [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
    echo(f"$ {' '.join(words)} miner {shlex.join(arguments)}", err=to_stderr)
    sys.stdout.flush()
    done = subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, "-P", "-m", "miner", *arguments], env=_environment(settings), check=False
    )
    if done.returncode:
        echo(f"The demo stops here: `miner {arguments[0]}` ended with {done.returncode}.", err=True)
        click.get_current_context().exit(done.returncode)


def _tell_what_next(folder: Path) -> None:
    here = f"MINER_DATA_DIR={shlex.quote(str(folder))}"
    echo(
        f"\nThe file that answers SQL, with DuckDB or with miner: {folder / 'miner.duckdb'}\n"
        "Owners named example-, fictional-, imaginary- or made-up- are invented. Of real\n"
        "models the sample has facts alone: here their cards count as missing, and most of their\n"
        "revisions are made up.\n\n"
        "Next:\n"
        f"  {here} miner query --list\n"
        f"  {here} miner model example-quant-mill/harbor-1b-support-merged-GGUF\n"
        "  miner crawl --since 2024-01 --limit 2000      # the real hub"
    )
