"""Command ``fields``: values that extractors read from labelled cards, scored side by side."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from miner.cli.echo import echo_json
from miner.cli.sheet import Sheet
from tests.accuracy.field_answers import ALL, MISSING, RecordedAnswers
from tests.accuracy.field_job import FieldJob, ScoredFields, score_job
from tests.accuracy.field_scores import ENOUGH, FieldResult
from tests.accuracy.peatmoss_labels import NOT_IN_CARD
from tests.accuracy.scoring import FILE, FOLDER, SCORES, format_option, one_line, scored, three

_FORMS = ["miner", "peatmoss"]
_WIDE = 80
_VALUE = 60


@click.command("fields")
@click.option("--labels", type=FILE, required=True, help="JSON lines, a labelled card a line.")
@click.option("--cards", type=FOLDER, required=True, help="Folder with the cards they name.")
@click.option(
    "--predictions", type=FILE, multiple=True,
    help="Values of an extractor to score instead of the rules: lines of extract --format jsonl "
    "with the key model. Several files are put side by side.",
)  # fmt: skip
@click.option("--with-rules", is_flag=True, help="Put the rules beside the files.")
@click.option(
    "--answers", type=FOLDER,
    help="Answers of a language model to miner's own prompts, a file each, named by the hash of "
    "its prompt: scored alone and merged with the rules. Nothing is asked.",
)  # fmt: skip
@click.option("--write-prompts", type=click.Path(file_okay=False, path_type=Path),
              help="Write the prompts that have no answer yet into this folder.")  # fmt: skip
@click.option("--fields", "asked_fields", type=click.Choice([MISSING, ALL]), multiple=True,
              default=[MISSING], show_default=True,
              help="What is asked for, as in miner extract; give both to compare.")  # fmt: skip
@click.option(
    "--llm", default="recorded", show_default=True, metavar="NAME",
    help="Who answered: what was measured of it decides between it and the rules.",
)  # fmt: skip
@click.option("--covered", is_flag=True, help="Only cards that every source has read.")
@click.option(
    "--format-of-labels", type=click.Choice(_FORMS),
    help="Form of the labels: our own, or the ground truth of PeaTMOSS. Told from the file if not "
    "given.",
)  # fmt: skip
@click.option("--only", multiple=True, metavar="OWNER/NAME", help="Only the cards of these models.")
@format_option
def fields(
    *,
    labels: Path,
    cards: Path,
    predictions: tuple[Path, ...],
    with_rules: bool,
    answers: Path | None,
    write_prompts: Path | None,
    asked_fields: tuple[str, ...],
    llm: str,
    covered: bool,
    format_of_labels: str | None,
    only: tuple[str, ...],
    format_name: str,
) -> None:
    """Score the fields read from cards: precision, recall, F1, and every miss.

    The rules are scored, or files of other extractors' values, or a language model's recorded
    answers; of several, also what only one has right. A value counts only if its quote stands in
    the card. Labels of low confidence are set aside.
    """
    if write_prompts is not None and answers is None:
        raise click.UsageError("--write-prompts goes with --answers: a folder, empty at first")
    recorded = RecordedAnswers(answers, write_prompts, llm, asked_fields) if answers else None
    result = score_job(
        FieldJob(labels, cards, format_of_labels, only, predictions, with_rules, covered, recorded)
    )
    if format_name == "json":
        echo_json(result.as_dict(), indent=True)
    else:
        _print(result)


def _print(result: ScoredFields) -> None:
    sheet = Sheet()
    results = result.sides.results
    first = next(iter(results.values()))
    values = first.micro.right + first.micro.missed
    sheet.title(f"Fields: {first.cards} cards, {values} values")
    for name, count in result.uncovered.items():
        if count:
            sheet.line(f"{name}: no line of {count} cards, so nothing found on them")
    _print_replayed(sheet, result)
    if len(results) == 1:
        _print_one(sheet, first)
    else:
        _print_several(sheet, result)
    if result.not_compared is not None:
        _print_left_out(sheet, result)
    sheet.table(
        "Misses",
        ["source", "card", "field", "value", "found", "why", "quote"],
        [
            (name, miss.card, miss.field, miss.value[:_VALUE], miss.is_found, miss.reason,
             one_line(miss.quote, _WIDE))
            for name, one in results.items()
            for miss in one.misses
        ],
    )  # fmt: skip


def _print_replayed(sheet: Sheet, result: ScoredFields) -> None:
    if not result.replayed:
        return
    sheet.table(
        "Recorded answers",
        ["asked for", "cards", "prompts without an answer", "tokens in, about", "out"],
        [(one.name, len(one.cards), one.open_prompts, one.prompt_tokens, one.answer_tokens)
         for one in result.replayed],
    )  # fmt: skip
    sheet.table(
        "Cards that were not read to the end",
        ["asked for", "model", "state", "why"],
        [(one.name, model, str(outcome.state), outcome.reason)
         for one in result.replayed for model, outcome in one.cards.items() if outcome.reason],
    )  # fmt: skip
    sheet.table(
        "Values that the checks refused",
        ["asked for", "model", "field", "value", "why", "quote"],
        [(one.name, model, refused.field, refused.value[:_VALUE], refused.reason,
          one_line(refused.quote, _WIDE))
         for one in result.replayed for model, refused in one.rejected()],
    )  # fmt: skip


def _print_one(sheet: Sheet, one: FieldResult) -> None:
    columns = ["", *SCORES]
    sheet.table(
        "Scores",
        columns,
        [("micro", *scored(one.micro)),
         ("micro without the largest list of languages", *scored(one.without_largest))],
    )  # fmt: skip
    sheet.facts(_facts(one))
    for title, scores in (("By field", one.fields), ("By place of the words", one.by_origin)):
        sheet.table(title, columns, [(name, *scored(two)) for name, two in sorted(scores.items())])
    sheet.table(
        "Keys beside the value, where it is right",
        ["key", "right", "wrong"],
        [(key, one.keys[key, True], one.keys[key, False])
         for key in sorted({key for key, _ in one.keys})],
    )  # fmt: skip


def _facts(one: FieldResult) -> list[tuple[str, object]]:
    return [
        ("macro F1", three(one.macro())),
        (f"macro F1, fields of {ENOUGH} labels and more", three(one.macro(least=ENOUGH))),
        ("values whose quote is not in the card", one.bad_quotes),
        ("absent and left absent", f"{one.absent_right} of {one.absent_marks}"),
    ]


def _print_several(sheet: Sheet, result: ScoredFields) -> None:
    results = result.sides.results
    sheet.table("Scores", ["micro", *SCORES],
                [(name, *scored(one.micro)) for name, one in results.items()])  # fmt: skip
    facts = zip(*(_facts(one) for one in results.values()), strict=True)
    rows = [(row[0][0], *(cell for _, cell in row)) for row in facts]
    sheet.table("", ["", *results], rows)
    names = sorted({name for one in results.values() for name in one.fields})
    sheet.table(
        "By field",
        ["field", "source", *SCORES],
        [(name, source, *scored(one.fields[name])) for name in names
         for source, one in results.items() if name in one.fields],
    )  # fmt: skip
    alone = [(source,) for source in results]
    everyone = tuple(results)
    several = [f"only {source}" for source in results]
    sheet.table(
        "Labelled values found by",
        ["field", "all", *several, "others", "none"],
        [
            (name, counts[everyone], *(counts[one] for one in alone),
             _others(counts, {everyone, *alone}), counts[()])
            for name, counts in result.sides.counts().items()
        ],
    )  # fmt: skip
    sheet.table(
        "Right in some only",
        ["field", "card", "value", "right in", "quote"],
        [
            (one.field, one.card, one.value[:_VALUE], list(one.found_by),
             one_line(one.quote, _WIDE))
            for one in result.sides.differences()
        ],
    )  # fmt: skip


def _others(counts: Counter[tuple[str, ...]], known: set[tuple[str, ...]]) -> int:
    """Return how many values several sources found and not all."""
    return sum(count for names, count in counts.items() if names and names not in known)


def _print_left_out(sheet: Sheet, result: ScoredFields) -> None:
    sheet.table(
        "Values of the labels that are not compared",
        ["key", "why", "values"],
        sorted(
            (key, why, count)
            for (key, why), count in Counter(
                (one.key, one.reason) for one in result.left_out
            ).items()
        ),
    )
    sheet.table(
        "Of these, values whose words the card has not",
        ["model", "key", "value"],
        [
            (one.model, one.key, one_line(one.value, _VALUE))
            for one in result.left_out
            if one.reason == NOT_IN_CARD
        ],
    )
    sheet.line()
    sheet.line(f"Labelled models without a card in the folder: {len(result.without_card)}")
    sheet.table(
        "Values found in fields that the labels leave empty: neither right nor wrong",
        ["source", "field", "values"],
        [
            (source, name, count)
            for source, counts in (result.not_compared or {}).items()
            for name, count in sorted(counts.items())
        ],
    )
