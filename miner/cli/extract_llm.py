"""``miner extract --with llm``: options, estimate, run and account of a language model."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from miner.cli.echo import echo

if TYPE_CHECKING:
    from miner.errors import InvalidData
    from miner.pipelines.derive.cards.extraction_stage import CardChoice
    from miner.pipelines.derive.cards.llm.ledger import Ledger
    from miner.pipelines.derive.cards.llm.llm_settings import LlmSettings
    from miner.pipelines.derive.cards.value import Value
    from miner.progress import Progress
    from miner.settings import Settings

_OPTIONS = (
    click.option("--llm", metavar="NAME", help="Name of the language model at the server."),
    click.option(
        "--base-url", metavar="URL",
        help="A server that speaks OpenAI's API (vLLM, Ollama, llama.cpp, ...), up to and with "
        "/v1. [default: OPENAI_BASE_URL, else OpenAI's own]",
    ),
    click.option(
        "--fields", "asked_fields", type=click.Choice(["missing", "all"]), default="missing",
        show_default=True,
        help="What to ask: what the rules left open, contradict themselves on or often read in "
        "part, or every field.",
    ),
    click.option("--all", "ask_all", is_flag=True, help="The same as --fields all."),
    click.option("--budget-usd", type=click.FloatRange(0), metavar="USD",
                 help="Most that the run may cost: it stops before a request could pass it."),
    click.option("--dry-run", is_flag=True, help="Say what would be asked and cost; ask nothing."),
    click.option("--price-in", type=click.FloatRange(0), metavar="USD",
                 help="Price of a million tokens of prompts, where the list has none."),
    click.option("--price-out", type=click.FloatRange(0), metavar="USD",
                 help="Price of a million tokens of answers."),
    click.option("--price-batch", type=click.FloatRange(0, 1), metavar="SHARE",
                 help="Share of your prices that --batch costs, such as 0.5. [default: 1]"),
    click.option("--concurrency", type=click.IntRange(1), default=8, show_default=True,
                 help="Requests in flight at once."),
    click.option("--requests-per-minute", type=click.IntRange(1), metavar="N",
                 help="Bound of your own; else what the server's headers say."),
    click.option("--tokens-per-minute", type=click.IntRange(1), metavar="N",
                 help="The same of tokens."),
    click.option("--timeout", "timeout_seconds", type=click.FloatRange(1), default=120.0,
                 show_default=True, metavar="SECONDS",
                 help="Time to wait for one answer; then it is asked for again."),
    click.option("--max-output-tokens", type=click.IntRange(16), default=4000, show_default=True,
                 help="Bound of one answer."),
    click.option("--part-characters", type=click.IntRange(1000), default=24_000, show_default=True,
                 help="Longest part of a card in one request; longer cards are cut by section."),
    click.option("--batch", "is_batch", is_flag=True,
                 help="Hand requests in as batches, at the lower price where the server has one."),
    click.option("--batch-wait", type=click.FloatRange(0), metavar="MINUTES",
                 help="How long to wait for batches; 0: collect what is done and hand in. The "
                 "same command later collects. [default: until all are done]"),
    click.option("--anew", is_flag=True,
                 help="Also cards that this model has read; what it answered is not asked again."),
    click.option("--again", multiple=True, type=click.Choice(["refused", "truncated", "invalid"]),
                 help="Ask anew where the kept answer is of no use."),
)  # fmt: skip


def llm_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a language model to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def llm_options_without_llm(ctx: click.Context) -> list[str]:
    """Return the options of a language model that the user set."""
    names = {parameter.name: parameter for parameter in ctx.command.params}
    arguments = []
    for name in _NAMES:
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            arguments.append(names[name].opts[0])
    return arguments


_NAMES = (
    "llm", "base_url", "asked_fields", "ask_all", "timeout_seconds", "price_batch", "budget_usd",
    "dry_run", "price_in", "price_out", "concurrency", "requests_per_minute", "tokens_per_minute",
    "max_output_tokens", "part_characters", "is_batch", "batch_wait", "anew", "again",
)  # fmt: skip


def chosen(settings: Settings, options: Mapping[str, Any]) -> LlmSettings:
    """Return which model to ask, and how.

    Raises:
        ConfigurationError: A value cannot be used, or a key or price is lacking.
    """
    from miner.pipelines.derive.cards.llm.llm_settings import llm_settings

    base_url = options["base_url"] or settings.openai_base_url
    wait = options["batch_wait"]
    return llm_settings(
        options["llm"] or "",
        base_url=base_url,
        # an estimate asks nothing, so it needs no key
        api_key=settings.openai_api_key or ("none" if options["dry_run"] else ""),
        ask_all=options["ask_all"] or options["asked_fields"] == "all",
        fields=options["fields"],
        concurrency=options["concurrency"],
        budget_usd=options["budget_usd"],
        price_in=options["price_in"],
        price_out=options["price_out"],
        price_batch=options["price_batch"],
        timeout_seconds=options["timeout_seconds"],
        requests_per_minute=options["requests_per_minute"],
        tokens_per_minute=options["tokens_per_minute"],
        attempts=settings.http_attempts,
        max_output_tokens=options["max_output_tokens"],
        part_characters=options["part_characters"],
        again=frozenset(options["again"]),
        is_batch=options["is_batch"],
        batch_wait_seconds=math.inf if wait is None else wait * 60,
    )


def read_stored(
    settings: Settings,
    options: Mapping[str, Any],
    choice: CardChoice,
    progress: Progress,
    stop: threading.Event,
) -> bool:
    """Have the cards of the store read; return whether anything may have changed in it."""
    from miner.pipelines.derive.cards.llm.ledger import Ledger
    from miner.pipelines.derive.cards.llm.llm_stage import estimate_llm, extract_with_llm
    from miner.pipelines.derive.job import deriving

    llm = chosen(settings, options)
    arguments = {name: value for name, value in options.items() if value not in (None, (), False)}
    with deriving(settings, "extract", arguments, stop) as work:
        if options["dry_run"]:
            _tell_estimate(
                estimate_llm(work, llm, choice, anew=options["anew"] or bool(options["again"])), llm
            )
            return False
        ledger = Ledger()
        try:
            extract_with_llm(
                work, llm, progress, choice, ledger, anew=options["anew"] or bool(options["again"])
            )
        finally:
            progress.finish()
            work.notes.update(llm=llm.model, ledger=ledger.as_report())
            tell_account(ledger)
        return ledger.cards.total() > 0


def read_one(
    card: str, model: str, rules: list[Value], options: Mapping[str, Any]
) -> tuple[list[Value], InvalidData | None]:
    """Return what rules and a language model read in one card, merged; nothing is kept.

    The second is the error to end with where the model did not read all of the card.
    """
    from miner.errors import InvalidData
    from miner.pipelines.derive.cards.llm.ledger import Ledger
    from miner.pipelines.derive.cards.llm.llm_stage import extract_card
    from miner.pipelines.derive.cards.merge_values import merged_readings
    from miner.schema.vocab import ExtractionState
    from miner.settings import load_settings

    llm = chosen(load_settings(), options)
    if options["dry_run"] or llm.is_batch:
        raise click.UsageError("--dry-run and --batch are for the cards of the store")
    ledger = Ledger()
    try:
        outcome = extract_card(card, model, llm, ledger, rules=rules)
    finally:
        tell_account(ledger)
    for rejected in outcome.rejected:
        echo(f"rejected: {rejected.field} = {rejected.value[:60]!r}: {rejected.reason}", err=True)
    problem = None
    if outcome.state is not ExtractionState.EXTRACTED:
        problem = InvalidData(
            f"{llm.model} did not read all of the card of {model}: {outcome.state}: "
            f"{outcome.reason}",
            kept="what the rules read, and what it answered, are printed",
            next_step="see `miner extract --help`: --timeout, --max-output-tokens, another --llm",
        )
    return merged_readings({"rules": rules, "llm": outcome.values}), problem


def _tell_estimate(estimate: Any, llm: LlmSettings) -> None:
    """Print what a run would take: data, so it goes to stdout."""
    cost = "not known: give --price-in and --price-out"
    if estimate.cost_usd is not None:
        of = f", list prices of {llm.price.as_of}" if llm.price and llm.price.as_of else ""
        cost = f"about {estimate.cost_usd:,.2f} USD{of}"
    for name, value in (
        ("cards", f"{estimate.cards:,}"),
        ("requests", f"{estimate.requests:,}, and {estimate.cached:,} that were answered before"),
        ("tokens of prompts", f"about {estimate.prompt_tokens:,}"),
        ("tokens of answers", f"about {estimate.completion_tokens:,}"),
        ("cost", cost),
    ):
        echo(f"{name:20}{value}")


def tell_account(ledger: Ledger) -> None:
    """Tell what was asked, got and paid, to stderr."""
    if not (ledger.cards or ledger.requests or ledger.batches or ledger.unfinished):
        echo("miner: this model has read every stored card", err=True)
        return
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(ledger.cards.items()))
    cost = "not known" if ledger.cost_usd is None else f"{ledger.cost_usd:.4f} USD"
    if ledger.uncertain_usd:
        cost += f", and at most {ledger.uncertain_usd:.4f} USD for requests without an answer"
    rejected = ", ".join(f"{count:,} {why}" for why, count in sorted(ledger.rejected.items()))
    for name, value in (
        ("cards", states or "none to the end"),
        ("left", f"{ledger.unfinished:,} begun" if ledger.unfinished else ""),
        ("values", f"{ledger.values:,} kept" + (f"; rejected: {rejected}" if rejected else "")),
        ("requests", f"{ledger.requests:,} answered, {ledger.cached:,} known from before, "
         f"{ledger.retries:,} sent again"),
        ("batches", f"{ledger.batches:,} handed in, {ledger.pending:,} requests not done"
         if ledger.batches or ledger.pending else ""),
        ("tokens", f"{ledger.prompt_tokens:,} sent, {ledger.completion_tokens:,} received"
         + (f"; estimated, at most, of {ledger.estimated:,} answers without usage"
            if ledger.estimated else "")),
        ("cost", cost),
    ):  # fmt: skip
        if value:
            echo(f"  {name:10}{value}", err=True)
