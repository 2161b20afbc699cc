"""Links of a repository: papers in documents and source, other repositories in READMEs."""

from __future__ import annotations

from miner.pipelines.scan.link_reader import MAX_LINKS
from miner.pipelines.scan.scanner import scan
from miner.pipelines.scan.source_files import SourceFile


def found(files: dict[str, str]) -> list[tuple[str, str, str, int]]:
    source = [SourceFile(path, text.encode(), "0" * 40) for path, text in files.items()]
    return [(one.kind, one.target, one.path, one.line) for one in scan(source).links]


def test_papers_are_read_in_all_spellings_and_without_version() -> None:
    text = (
        "[a](https://arxiv.org/abs/2401.06066v2)\nhttp://www.arxiv.org/pdf/2402.00699.pdf\n"
        "arXiv:2403.07652\n@misc{x, eprint={1}, journal={arXiv preprint arXiv:2404.19296}}\n"
        "https://huggingface.co/papers/2405.14507 and ARXIV: 2406.13233\n"
        "https://export.arxiv.org/html/2407.11633"
    )
    assert [(target, line) for _, target, _, line in found({"README.md": text})] == [
        ("2401.06066", 1), ("2402.00699", 2), ("2403.07652", 3), ("2404.19296", 4),
        ("2405.14507", 5), ("2406.13233", 5), ("2407.11633", 6),
    ]  # fmt: skip


def test_numbers_that_are_no_ids_are_left() -> None:
    text = "arxiv.org/abs/2413.00001 arxiv.org/abs/2401.123456789 marxiv:2401.06066 v2401.06066"
    assert found({"README.md": text}) == []


def test_source_names_papers_in_comments_and_config_does_not() -> None:
    files = {
        "moe.py": "# see https://arxiv.org/abs/2401.06066\nx = 1\n",
        "deep/er/README.md": "arXiv:2401.06066",
        "notes.yaml": "url: https://arxiv.org/abs/2402.00699",
    }
    assert found(files) == [("paper", "2401.06066", "moe.py", 1)]


def test_repositories_are_read_in_readmes_only() -> None:
    text = (
        "[![ci](https://github.com/me/mine/actions/x.svg)](https://github.com/me/mine)\n"
        "git clone git@"
        "github.com:deep/Moe-Code.git, https://github.com/topics/moe.\n"
        "https://github.com/deep/moe-code"
    )
    assert found({"docs/a.md": text, "README.rst": text}) == [
        ("repository", "me/mine", "README.rst", 1),
        ("repository", "deep/Moe-Code", "README.rst", 2),
    ]


def test_a_list_of_thousands_is_cut_nearest_to_the_root_first() -> None:
    lines = [f"arXiv:2401.{number:05d}" for number in range(MAX_LINKS + 50)]
    links = found({"docs/a.md": "\n".join(lines), "README.md": lines[-1]})
    assert len(links) == MAX_LINKS
    assert links[0][1:] == (f"2401.{MAX_LINKS + 49:05d}", "README.md", 1)
