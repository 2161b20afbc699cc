"""NOTICE: whose models, under which licenses, what to show, and where the texts are."""

from __future__ import annotations

from dataclasses import replace

from miner.pipelines.check.report import CheckReport
from miner.pipelines.scan.file_kinds import FileKind
from miner.pipelines.scan.reports import is_own_text, is_report
from tests.check_reports import HOSTILE, render
from tests.checking import SHELF


def _sections(text: str) -> dict[str, str]:
    """Return what stands under each heading."""
    found: dict[str, str] = {}
    title = ""
    lines = text.splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line and set(below) == {"-"} and len(below) == len(line):
            title = line
        found[title] = found.get(title, "") + line + "\n"
    return found


def test_a_line_is_shown_where_a_license_of_the_chain_asks_for_it(judged: CheckReport) -> None:
    shown = _sections(render("notice", judged))["Lines to show"]
    assert "\n  Built with Llama\n" in shown
    assert "for lab/again, lab/tuned, big/llama-like" in shown
    without = replace(
        judged, models=tuple(one for one in judged.models if one.resolved.startswith("odd/"))
    )
    assert "Lines to show" not in render("notice", without)


def test_models_are_attributed_with_revision_license_and_bases(judged: CheckReport) -> None:
    models = _sections(render("notice", judged))["Models"].split("\n\n")
    (again,) = [one for one in models if one.startswith("lab/again\n")]
    assert again.splitlines()[1:] == [
        "  published by lab at https://huggingface.co/lab/again",
        f"  revision {'5' * 40}",
        "  license: MIT AND Llama 3.1 Community License (declared: MIT)",
        "  derived from lab/tuned (mit), big/llama-like (llama3.1)",
    ]
    (vague,) = [one for one in models if one.startswith("odd/vague\n")]
    assert "MIT OR Apache-2.0, as the project concluded" in vague


def test_licenses_are_named_once_with_the_address_of_their_text(judged: CheckReport) -> None:
    licenses = _sections(render("notice", judged))["Licenses"]
    assert licenses.count("\nMIT License (MIT)\n") == 1
    assert "  text: https://www.llama.com/llama3_1/license/" in licenses
    assert "Pass on its license, copyright and notices" in licenses


def test_what_is_not_known_is_said(judged: CheckReport) -> None:
    found = _sections(render("notice", judged))
    for name in ("nobody/knows", "odd/silent", "odd/unread", "odd/beside"):
        assert f"\n{name}\n" in found["License not known"]
        assert f"\n{name}\n" not in found["Models"]


def test_files_beside_the_weights_are_named_at_their_revision(judged: CheckReport) -> None:
    (beside,) = [one for one in judged.models if one.resolved == "odd/beside"]
    key = 1 + list(SHELF.models).index("odd/beside")
    assert beside.license_files == (f"https://huggingface.co/odd/beside/blob/{key:040x}/LICENSE",)
    first = replace(judged.models[0], license_files=beside.license_files)
    text = render("notice", replace(judged, models=(first,)))
    assert f"  license file: {beside.license_files[0]}" in text


def test_names_of_strangers_make_no_lines(odd: CheckReport) -> None:
    text = render("notice", odd)
    assert all(line.isprintable() for line in text.splitlines())
    assert max(map(len, text.splitlines())) < 400
    assert text.count("\nNOTICE\n") == 0
    assert not any(name in text for name in HOSTILE if not name.isprintable())


def test_a_check_reads_no_notice_of_its_own(judged: CheckReport) -> None:
    data = render("notice", judged).encode()
    assert is_own_text(data)
    assert is_report(data, FileKind.DOCS)
