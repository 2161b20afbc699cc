"""Repositories: of the model, of its declared base's owner, ported code."""

from __future__ import annotations

import pytest

from tests.reading import read


@pytest.mark.parametrize(
    ("text", "is_own"),
    [
        ("A ported version of saga-based [runes](https://github.com/saga/deep) for en-de.", True),
        ("12/21: We released our paper, [code](https://github.com/saga/deep) and a page.", True),
        ("An experiment using [tale](https://github.com/base/tale) on sagas.", True),
        ("An experiment using [tale](https://github.com/other/tale) on sagas.", False),
        ("An experiment using [rune](https://github.com/base/rune) on sagas.", False),
    ],
)
def test_whose_repository_it_is(text: str, is_own: bool) -> None:
    card = f"---\nbase_model: base/tale-8x7b\n---\n# own\n\n{text}\n"
    assert ("repository" in read(card, "packer/tale-8x7b-GPTQ")) is is_own
