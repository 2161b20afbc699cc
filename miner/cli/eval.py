"""``miner eval``: how often is what miner finds right, against labels and against others."""

from __future__ import annotations

import click

from miner.cli.eval_fields import fields
from miner.cli.eval_licenses import licenses
from miner.cli.eval_links import links
from miner.cli.eval_moe import moe
from miner.cli.eval_statements import statements


@click.group("eval")
def eval() -> None:  # noqa: A001 (named as the command)
    """Score what miner finds against labels: precision, recall, and every miss."""


for command in (fields, licenses, links, moe, statements):
    eval.add_command(command)
