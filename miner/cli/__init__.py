"""The command line. Each group is a module, imported only when it is called."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
from keyword import iskeyword
from pathlib import Path
from typing import Any

import click

from miner.cli.echo import echo
from miner.cli.examples import epilog_of, with_examples
from miner.errors import MinerError
from miner.terminal import printable

COMMANDS: dict[str, tuple[str, str]] = {
    "crawl": ("crawl", "Bring the store up to date with the hubs and GitHub."),
    "scan": ("scan", "Find the models that a repository loads, with file, line and how sure."),
    "names": (
        "names",
        "Make and ask the file of names by which a scan knows models and datasets.",
    ),
    "check": (
        "check",
        "Check a project: the models it loads, what their licenses ask for, and what conflicts.",
    ),
    "extract": (
        "extract",
        "Read the fields that cards state, each value with the words it stands in.",
    ),
    "import": ("importing", "Take another dataset into the store: PeaTMOSS."),
    "parse": ("parse", "Build a store from its archive, without network."),
    "replay": (
        "replay",
        "Serve folders of records, or archives, as a hub on loopback; repositories as a GitHub.",
    ),
    "export": ("export", "Write the store as a DuckDB file or as Parquet."),
    "snapshot": ("snapshot", "Make, verify, compare, get and publish snapshots of the data."),
    "query": ("query", "Run a shipped query, or your own SQL."),
    "serve": ("serve", "Show the data as pages in a browser."),
    "report": ("report", "Write a report: pages with all pictures, their data, and what to mind."),
    "model": ("model", "Show all that the store has on one model, with evidence and history."),
    "repository": (
        "repository",
        "Show all that the store has on one repository: the models it uses, with file and line.",
    ),
    "status": ("status", "Show what is stored, how fresh it is and what is left to do."),
    "doctor": ("doctor", "Check machine, store and hub, and say what to do."),
    "license": ("license", "Say what licenses ask for, and whether two of them go together."),
    "architecture": (
        "architecture",
        "Show the architecture of a model: dense or experts, how many, and its active parameters.",
    ),
    "trace": ("trace", "Follow a paper into models, derivatives and repositories, with dates."),
    "demo": ("demo", "Run the whole job on a small sample, offline."),
    "db": ("db", "Look after the store: upgrade its schema, compare two stores."),
}
"""Command → (module in miner.cli, one line of help). Help needs no import of the module."""


class _LazyGroup(click.Group):
    """A group that imports a command's module only when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called, and name the nearest where there is none."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx) from error

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"miner.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"miner.cli.{cmd_name} holds no command of that name")
        return with_examples(command, f"miner {cmd_name}")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from miner import __version__

        echo(f"miner {__version__}")
        ctx.exit()


@click.group(
    cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]},
    epilog=epilog_of("miner"),
)  # fmt: skip
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), metavar="FILE",
    help="Read settings from this file, table [miner], instead of the one in your configuration "
    "folder. A miner.toml of the working directory is not read otherwise.",
)  # fmt: skip
@click.option("--log-json", is_flag=True, help="Log one JSON object a line to stderr.")
@click.option("--verbose", is_flag=True, help="Log debug messages too.")
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version,
    help="Print the version.",
)  # fmt: skip
@click.pass_context
def cli(ctx: click.Context, config: str | None, log_json: bool, verbose: bool) -> None:
    """Mine the AI model supply chain into a dataset that answers SQL."""
    from miner import log
    from miner.project import notes_on

    log.set_up(as_json=log_json, verbose=verbose)
    if config is not None:
        os.environ["MINER_CONFIG"] = str(Path(config).absolute())  # for workers, too
    for note in notes_on(Path()):
        logging.getLogger("miner").warning("%s", note)
    ctx.obj = {"log_json": log_json}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with a code that says what to do next.

    A user's mistake prints a message and no traceback; codes are those of ``miner.errors``.
    """
    from miner.cli.failures import as_miner_error

    gc.set_threshold(50_000)  # imports make much that stays and no garbage: looking costs a fifth
    try:
        result: Any = cli.main(args=arguments, prog_name="miner", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        echo("miner: interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away; nothing is left to say
        sys.exit(0)
    except Exception as error:
        known = error if isinstance(error, MinerError) else as_miner_error(error)
        if known is None:
            raise
        logging.getLogger("miner").debug("traceback", exc_info=True)
        echo(f"miner: {printable(known.render(), keep=chr(10))}", err=True)
        sys.exit(known.exit_code)
    sys.exit(result if isinstance(result, int) else 0)
