"""Examples that the help of each command ends with."""

from __future__ import annotations

import click

_EXAMPLES: dict[str, tuple[str, ...]] = {
    "miner": ("demo", "crawl --since 2024-01", "query models/by_month"),
    "miner crawl": ("--since 2024-01 --limit 2000", "--since 2024-01 --github --history",
                    "--models names.txt"),
    "miner scan": (".", "owner/name --format jsonl"),
    "miner names": ("build", "find bert-base-uncased"),
    "miner names build": ("",),
    "miner names find": ("bert-base-uncased gpt2",),
    "miner check": (".", ". --bom cyclonedx --out bom.json", ". --offline --format json"),
    "miner extract": ("--card README.md --model acme/one", "--with llm --dry-run"),
    "miner import": ("peatmoss PeaTMOSS.db",),
    "miner import peatmoss": ("PeaTMOSS.db",),
    "miner parse": ("--from-archive",),
    "miner replay": ("folder --port 8080",),
    "miner export": ("--duckdb models.duckdb", "--parquet folder"),
    "miner snapshot": ("pull", "build", "diff data-2026.11.0 data-2026.12.0"),
    "miner snapshot build": ("", "--out data-2026.12.0 --sign-key miner.key"),
    "miner snapshot diff": ("data-2026.11.0 data-2026.12.0",),
    "miner snapshot keygen": ("miner.key",),
    "miner snapshot list": ("",),
    "miner snapshot publish": ("data-2026.12.0 --dry-run",),
    "miner snapshot pull": ("", "data-2026.12.0"),
    "miner snapshot sign": ("data-2026.12.0 --key miner.key",),
    "miner snapshot verify": ("data-2026.12.0",),
    "miner query": ("--list", "moe", "models/most_downloaded -p top=20 --output top.csv",
                    '--sql "SELECT license, count(*) FROM model GROUP BY ALL"'),
    "miner serve": ("", "data-2026.12.0 --port 8080"),
    "miner report": ("--out report", "data-2026.12.0 --out report"),
    "miner model": ("mistralai/Mixtral-8x7B-v0.1 --quotes",),
    "miner repository": ("owner/name --format json",),
    "miner trace": ("2401.06066",),
    "miner status": ("", "--json"),
    "miner doctor": ("",),
    "miner license": ("explain llama3.1 apache-2.0", "facts mit gpl-3.0"),
    "miner license decide": ("--cases cases.csv --format csv",),
    "miner license explain": ("llama3.1 apache-2.0 --relation finetune",),
    "miner license facts": ("mit gpl-3.0",),
    "miner license obligations": ("mistralai/Mixtral-8x7B-v0.1",),
    "miner license pairs": ("pairs.csv",),
    "miner architecture": ("--config config.json", "--model mistralai/Mixtral-8x7B-v0.1"),
    "miner demo": ("", "--keep folder"),
    "miner db": ("upgrade", "diff one.db other.db"),
    "miner db diff": ("one.db other.db",),
    "miner db grant": ("crawler",),
    "miner db upgrade": ("",),
}  # fmt: skip
"""Command → what may stand behind it."""


def examples_of(path: str) -> list[str]:
    """Return the examples of a command as they are typed."""
    return [f"{path} {words}".rstrip() for words in _EXAMPLES.get(path, ())]


def epilog_of(path: str) -> str | None:
    """Return what the help of a command ends with; None where it has no examples."""
    examples = examples_of(path)
    return "\n".join(["\b", "Examples:", *(f"  {one}" for one in examples)]) if examples else None


def with_examples(command: click.Command, path: str) -> click.Command:
    """Let the help of a command, and of those below it, end with examples."""
    command.epilog = epilog_of(path) or command.epilog
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            with_examples(below, f"{path} {name}")
    return command
