"""Documents cannot rot: the files, commands and words that they name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from miner.cli.reference import walk
from miner.schema import vocab
from tests.docs.adding_blocks import PAGE, adding_blocks

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "GLOSSARY.md", "tests/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PATH = re.compile(
    r"(?:\.\./)*[\w.-]*[a-z][\w./-]*(?:/|\.(?:csv|jsonl?|md|py|sql|toml|ya?ml|cff))|[A-Z]\w+\.\w+"
)
# of a model, of a user, of another dataset
FOREIGN = {"config.json", "hubconf.py", "miner.toml", "miner.duckdb", ".demo/"}
FOREIGN |= {"PeaTMOSS.db", "PeaTMOSS.py", "Plots/"}
PLACEHOLDER = re.compile(r"NNNN|YYYY|\bname\b|\btopic\b|\bformat\b")


def _named_files(text: str) -> set[str]:
    """Return what stands in back-ticks or links and looks like a path of this project."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    quoted = re.findall(r"`([^`\n]+)`", prose)
    linked = [link for link in re.findall(r"\]\(([^)#\s]+)", prose) if "://" not in link]
    paths = {name for name in quoted + linked if PATH.fullmatch(name)}
    return {name for name in paths - FOREIGN if not PLACEHOLDER.search(name)}


def _typed_commands(text: str) -> list[str]:
    """Return the lines of shell blocks that call miner."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [
        line.strip() for block in blocks for line in re.findall(r"^miner\b[^#|\n]*", block, re.M)
    ]


def test_names_of_files_are_told_from_other_words() -> None:
    text = (
        "`docs/x.md` [y](../docs/y.md#top) `schema/` `HF_TOKEN` `a.b` [z](https://z.md) `name.py`"
    )
    assert _named_files(text) == {"docs/x.md", "../docs/y.md", "schema/"}


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = _named_files(page.read_text(encoding="utf-8"))
    if page == PAGE:
        named -= {block.path for block in adding_blocks() if block.is_new}
    bases = (ROOT, page.parent)
    assert sorted(name for name in named if not any((b / name).exists() for b in bases)) == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_typed_exists(page: Path) -> None:
    known = {
        context.command_path: {
            option for param in context.command.get_params(context) for option in param.opts
        }
        for context in walk()
    }
    groups = {path.rpartition(" ")[0] for path in known}
    for line in _typed_commands(page.read_text(encoding="utf-8")):
        words = line.split()
        path = "miner"
        for word in words[1:]:
            if path not in groups or word.startswith("-"):
                break
            path = f"{path} {word}"
        assert path in known, line
        options = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert options <= known[path] | known["miner"], line


def test_every_question_that_is_asked_exists() -> None:
    pages = (ROOT / "README.md", ROOT / "docs" / "operations.md")
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    questions = {
        path.relative_to(ROOT / "queries").with_suffix("").as_posix()
        for path in (ROOT / "queries").rglob("*.sql")
    }
    asked = set(re.findall(r"miner query (\w+/\w+)", text))
    macros = set(re.findall(r"^FROM (\w+)\(", text, flags=re.MULTILINE))
    assert asked
    assert macros
    assert asked - questions == set()
    assert macros - {name.replace("/", "_") for name in questions} == set()


def test_the_readme_fits_on_a_few_screens() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_first_screen_of_the_readme_leads_to_an_answer() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    first = "\n".join(lines[:40])
    needed = ("make demo", "make test", "miner crawl --since", "miner query", "extract --with llm")
    assert [words for words in needed if words not in first] == []


def test_the_glossary_has_the_relations_of_the_vocabulary() -> None:
    lines = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").splitlines()
    (row,) = (line for line in lines if line.startswith("| **relation**"))
    assert set(re.findall(r"`(\w+)`", row)) == {relation.value for relation in vocab.Relation}


def test_every_helper_of_tests_is_on_their_page() -> None:
    page = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+\.py)` \|", page, flags=re.MULTILINE))
    assert listed == {path.name for path in (ROOT / "tests").glob("*.py")}


def test_the_guides_stay_short() -> None:
    """Measurements and reasons have folders of their own, commands and columns generated pages."""
    pages = [page for page in (ROOT / "docs").glob("*.md") if page.name != "commands.md"]
    words = {page.name: len(page.read_text(encoding="utf-8").split()) for page in pages}
    assert sum(words.values()) < 15_000, words
