"""Addresses of git and the lines behind them."""

from __future__ import annotations

import pytest

from miner.pipelines.check.forge import line_url, place_of

AT = "@"  # apart, or an address of git would read as one of a person


@pytest.mark.parametrize(("origin", "name", "home"), [
    ("https://github.com/acme/app.git", "acme/app", "https://github.com/acme/app"),
    (f"git{AT}github.com:acme/app", "acme/app", "https://github.com/acme/app"),
    (f"https://user:secret{AT}gitlab.com/a/b/c.git", "a/b/c", "https://gitlab.com/a/b/c"),
    (f"ssh://git{AT}codeberg.org:22/acme/app/", "acme/app", "https://codeberg.org/acme/app"),
    ("https://bitbucket.org/acme/app", "acme/app", "https://bitbucket.org/acme/app"),
])  # fmt: skip
def test_an_address_leads_to_a_project(origin: str, name: str, home: str) -> None:
    found = place_of(origin)
    assert found is not None
    assert (found.name, found.url) == (name, home)


@pytest.mark.parametrize("origin", [
    "https://evil.example/github.com/acme/app", "https://github.com.evil.example/a/b",
    "https://notgithub.com/a/b", "/srv/git/app.git", "https://github.com/acme", "",
])  # fmt: skip
def test_other_addresses_lead_nowhere(origin: str) -> None:
    assert place_of(origin) is None


def test_a_line_is_linked_at_its_commit() -> None:
    commit = "a" * 40
    assert line_url("https://github.com/a/b", commit, "x y/#1.py", 7) == (
        f"https://github.com/a/b/blob/{commit}/x%20y/%231.py#L7"
    )
    assert line_url("https://gitlab.com/a/b", commit, "x.py", 7) == (
        f"https://gitlab.com/a/b/-/blob/{commit}/x.py#L7"
    )
    assert line_url("https://github.com/a/b", "", "x.py", 7) == ""
    assert line_url("", commit, "x.py", 7) == ""
