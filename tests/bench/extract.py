"""The rules extractor against reading the card alone, and against the Hub client's card class.

``python -m tests.bench.extract --folder CARDS`` where CARDS holds cards as ``owner__name.md``. Each
way reads the same cards from memory, in a process of its own, the second time of two; what counts
is the time of the core, which other work on the machine hardly changes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench.page import machine, table, write_section
from tests.bench.process import Outcome, measure

_START = """
import json, logging, sys, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
logging.disable()
cards = [(path.read_bytes().decode("utf-8", "replace"), path.stem.replace("__", "/", 1))
         for path in sorted(Path(sys.argv[1]).glob("*.md"))]
{imports}
found = 0
begun = time.process_time()
for card, model in cards:
    {work}
print(json.dumps(dict(seconds=time.process_time() - begun, cards=len(cards), found=found)))
"""
_WAYS = {
    "miner extract, all rules": (
        "from miner.pipelines.derive.cards.rule_extractor import extract",
        "found += len(extract(card, model))",
    ),
    "its reading of the card alone": (
        "from miner.pipelines.derive.cards.card_markdown import read_document",
        "read_document(card, model)",
    ),
    "`pyromark` events alone": (
        "import pyromark",
        "sum(1 for _ in pyromark.events(card, options=pyromark.Options.ENABLE_TABLES))",
    ),
    "`markdown_it` tokens alone": (
        "from markdown_it import MarkdownIt; parser = MarkdownIt('commonmark').enable('table')",
        "parser.parse(card)",
    ),
    "`ModelCard` of huggingface_hub": (
        "from huggingface_hub import ModelCard",
        "\n    try:\n        ModelCard(card, ignore_metadata_errors=True)"
        "\n    except Exception:\n        pass",
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--no-page", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    text = _report(options.folder.resolve())
    print(text)
    if not options.no_page:
        write_section("extract", text)
    return 0


def _report(folder: Path) -> str:
    measured = {name: _run(folder, *way) for name, way in _WAYS.items()}
    own, outcome = measured["miner extract, all rules"]
    rate = own["cards"] / own["seconds"]
    rows = [
        [
            name,
            f"{found['cards'] / found['seconds']:,.0f}",
            f"{found['cards'] / found['seconds'] / rate:.2f}",
        ]
        for name, (found, _) in measured.items()
    ]
    return "\n\n".join(
        [
            "## Reading cards",
            f"{own['cards']:,} cards from memory, one core; {own['found']:,} values, the largest "
            f"{outcome.peak_bytes / 2**20:,.0f} MiB resident, the cards included.",
            table(["way", "cards/s", "times miner extract"], rows),
            machine(),
            "`python -m tests.bench.extract --folder CARDS`",
        ]
    )


def _run(folder: Path, imports: str, work: str) -> tuple[dict[str, float], Outcome]:
    """Run twice; the second time counts."""
    command = [sys.executable, "-c", _START.format(imports=imports, work=work), str(folder)]
    measure(command, {})
    outcome = measure(command, {})
    return json.loads(outcome.output), outcome


if __name__ == "__main__":
    sys.exit(main())
