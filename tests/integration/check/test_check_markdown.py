"""Markdown for a pull request: short, folded, linked to lines; names of strangers are only text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from miner.cli import check_table
from miner.pipelines.check.report import CheckReport
from tests.check_reports import WHY, render

OURS = re.compile(r"<details><summary>[^<>]+</summary>|</details>|<!-- -->")
HOME = ("https://huggingface.co/", "https://spdx.org/", "https://www.llama.com/",
        "https://creativecommons.org/", "https://www.gnu.org/")  # fmt: skip


def _tokens(text: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        yield token
        yield from token.children or []


def test_what_fails_is_in_the_open_and_the_rest_is_folded(judged: CheckReport) -> None:
    text = render("markdown", judged)
    opened, _, folded = text.partition("<details>")
    assert len(opened.splitlines()) < 25
    assert "❌ Fails** (policy of `miner.toml`): 7 failed" in opened
    assert "| `lab/sold` |" in opened
    assert "`NC_DROPPED` | `app.py:8` |" in opened
    assert text.count("<details>") == text.count("</details>") == 10
    assert f"| {WHY} |".replace("@", "@<!-- -->") in folded
    assert "MIT OR Apache-2.0 (the project concluded; declared: other" in folded
    assert "MIT AND Llama 3.1 Community License (concluded; declared: mit)" in folded
    assert text.splitlines()[-1].endswith("Not legal advice.")


def test_what_is_said_of_several_models_word_by_word_is_one_row(judged: CheckReport) -> None:
    first = next(one for one in judged.gate.items if one.code == "MODEL_UNLICENSED")
    other = "odd/other"
    again = replace(first, subject=other, text=first.text.replace(first.subject, other))
    text = render("markdown", replace(judged, gate=replace(judged.gate, items=(first, again))))
    (row,) = [line for line in text.splitlines() if line.startswith("| `odd/silent`, `odd/other`")]
    assert "odd/" not in row.split(" | ")[1]


def test_places_are_links_to_lines_at_the_commit(judged: CheckReport) -> None:
    url = f"https://github.com/acme/p/blob/{'c' * 40}/app.py#L5"
    models = tuple(
        replace(model, sites=tuple(replace(site, url=url) for site in model.sites))
        for model in judged.models
    )
    text = render("markdown", replace(judged, models=models, commit="c" * 40))
    assert f"[`app.py:5`]({url})" in text
    assert "Checked `cccccccccccc` on 2026-03-04" in text


def test_names_of_strangers_are_only_text(odd: CheckReport) -> None:
    text = render("markdown", odd)
    assert all(line.isprintable() for line in text.splitlines())
    width = 0
    for token in _tokens(text):
        if token.type in {"html_block", "html_inline"}:
            assert OURS.sub("", token.content).strip() == ""
        elif token.type == "link_open":
            assert str(token.attrs["href"]).startswith(HOME)
        elif token.type == "text":  # a forge makes links of these, whatever is escaped
            assert not re.search(r"@\w|#\d|://|\bwww\.", token.content)
        assert token.type not in {"image", "s_open", "em_open", "heading_open"} or (
            token.type == "heading_open" and token.map == [0, 1]
        )
        if token.type == "thead_open":
            width = 0
        width += token.type == "th_open"
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    cells = {len(re.findall(r"(?<!\\)\|", row)) - 1 for row in rows}
    assert cells == {3, 4, 5}
    assert width in cells


def test_a_long_report_leaves_out_what_a_forge_would_refuse(judged: CheckReport) -> None:
    items = tuple(
        replace(one, text=f"{one.text} {number}")
        for number in range(60)
        for one in judged.gate.items
    )
    many = replace(judged, models=judged.models * 40, gate=replace(judged.gate, items=items))
    text = render("markdown", many)
    assert len(text) < 65_536
    assert "Too long for a comment, see another format: further failures, warnings" in text
    assert "and 400 more, below." in text


def test_without_models_it_says_so(judged: CheckReport) -> None:
    text = render("markdown", replace(judged, models=()))
    assert "No load of a model was found." in text


def test_a_terminal_shows_what_is_waived_and_concluded(
    judged: CheckReport, capsys: pytest.CaptureFixture[str]
) -> None:
    check_table.write_table(judged)
    shown = capsys.readouterr().out
    assert "waived: inconsistent (high) COMMUNITY_LICENSE_DROPPED" in shown
    assert WHY in shown
    assert "(the project concluded; declared: other" in shown
    assert "concluded license: MIT AND Llama 3.1 Community License." in shown


def test_names_of_strangers_do_not_steer_a_terminal(
    odd: CheckReport, capsys: pytest.CaptureFixture[str]
) -> None:
    check_table.write_table(odd)
    shown = capsys.readouterr().out
    assert "owned" in shown
    assert shown.replace("\n", "").isprintable()
    assert "x" * 2_000 not in shown.replace("\n", "")
