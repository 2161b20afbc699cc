"""Shared code names no hub: what is true of one hub only is in its folder."""

from __future__ import annotations

import re
from pathlib import Path

from miner.pipelines.sources.hubs import hub_names

ROOT = Path(__file__).parents[2]
FOLDERS = ("db", "miner", "pipelines", "queries", "schema")
HOME = "pipelines/sources/hubs/"
ALLOWED = {
    "miner/settings.py": "HF_ENDPOINT and HF_TOKEN are variables of other tools too",
    "pipelines/crawl/github/terms.py": "words that GitHub is searched for",
    "pipelines/derive/cards/": "addresses and names that authors write in cards",
    "pipelines/derive/issues/": "addresses and names that people write in issues",
    "pipelines/intake/seeds.py": "rows of a dump in the form of its publisher",
    "pipelines/scan/": "how source code names the models of each hub",
    "pipelines/snapshot/": "publishing to a dataset repository, by its client library",
    "pipelines/sources/dump.py": "rows of a dump in the form of its publisher",
    "pipelines/sources/peatmoss/": "rows of a dump in the form of its publisher",
    "pipelines/sources/rate_limits.py": "a client library that reads the RateLimit headers",
    "pipelines/sources/records/card.py": "addresses that authors write in cards",
    "pipelines/sources/records/statements.py": "addresses that authors write in cards",
    "pipelines/sources/replay/": "speaks the wire protocol of the hub that it replays",
    "schema/vocab.py": "DEFAULT_HUB, the one default",
}
"""File or folder → why a hub's name stands there: data that others wrote, or a face."""

_TEXT_OR_COMMENT = re.compile(r"^\s*#.*$|\"\"\"(?s:.*?)\"\"\"", re.MULTILINE)


def _named() -> dict[str, list[str]]:
    """Lines of code that name a hub, by file."""
    forms = {form for name in hub_names() for form in (name, name.replace("-", "_"))}
    pattern = re.compile("|".join(sorted(map(re.escape, forms))), re.IGNORECASE)
    found: dict[str, list[str]] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            is_link = any(parent.is_symlink() for parent in path.parents)
            if is_link or place.startswith(HOME) or "/sample/" in place:
                continue
            code = _TEXT_OR_COMMENT.sub("", path.read_text(encoding="utf-8"))
            if lines := [line.strip() for line in code.splitlines() if pattern.search(line)]:
                found[place] = lines
    return found


def test_shared_code_names_no_hub() -> None:
    named = _named()
    strange = {
        place: lines for place, lines in named.items() if not place.startswith(tuple(ALLOWED))
    }
    assert not strange, f"move it into a folder of {HOME}, or say in ALLOWED why it stays"
    unneeded = {entry for entry in ALLOWED if not any(place.startswith(entry) for place in named)}
    assert not unneeded, "nothing there names a hub any more"
