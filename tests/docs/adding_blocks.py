"""The code blocks of docs/adding.md, each with the file that it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "adding.md"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"(In|Add to|Above)\s+`([^`]+)`(?: in\s+`([^`]+)`)?:\s*\Z")


@dataclass(frozen=True, slots=True)
class AddingBlock:
    """One block.

    Attributes:
        path: The file, relative to the project.
        text: The code.
        anchor: What stands in the line that the code is inserted above; empty: the code is
            appended, or is the whole file.
        is_new: Whether the file is created.
    """

    path: str
    text: str
    anchor: str = ""
    is_new: bool = False

    def apply(self, root: Path) -> None:
        """Write the block into a copy of the project."""
        file = root / self.path
        if self.is_new:
            assert not file.exists(), f"{self.path} is there already: use another name"
            file.write_text(self.text, encoding="utf-8")
            return
        old = file.read_text(encoding="utf-8")
        if not self.anchor:
            file.write_text(f"{old.rstrip()}\n{self.text}", encoding="utf-8")
            return
        lines = old.splitlines(keepends=True)
        found = [n for n, line in enumerate(lines) if re.search(rf"^\W.*\b{self.anchor}\b", line)]
        assert found, f"no line of {self.path} has {self.anchor}"
        lines.insert(found[0], self.text)
        file.write_text("".join(lines), encoding="utf-8")


def adding_blocks() -> list[AddingBlock]:
    """Return every code block of the page; each has to say where it belongs."""
    text = PAGE.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        place = _PLACE.search(text[: match.start()])
        assert place, f"no place is named above the block: {match[2][:60]}"
        word, first, second = place.groups()
        if word == "Above":
            found.append(AddingBlock(second, match[2], anchor=first.strip('"')))
        else:
            found.append(AddingBlock(first, match[2], is_new=word == "In"))
    return found
