"""``python -m tests.accuracy``: how often is what miner finds right, against labels and others."""

from __future__ import annotations

import sys

import click

from miner.errors import MinerError
from tests.accuracy.field_report import fields
from tests.accuracy.license_report import licenses
from tests.accuracy.link_report import links
from tests.accuracy.measured_rates import card_rates, moe_rates
from tests.accuracy.moe_report import moe
from tests.accuracy.moe_weights import weights
from tests.accuracy.statement_report import statements


@click.group()
def accuracy() -> None:
    """Score what miner finds against labels: precision, recall, and every miss."""


for command in (fields, licenses, links, moe, statements, card_rates, moe_rates, weights):
    accuracy.add_command(command)


def main() -> None:
    """Run a command; a user's mistake prints a message and exits with its code."""
    try:
        accuracy(prog_name="python -m tests.accuracy")
    except MinerError as error:
        click.echo(f"accuracy: {error.render()}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
