"""The words of this package: what is found in a text, and in what state a text is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_QUOTE = 200


class TextState(StrEnum):
    """What is known of the license in a text, or of a part of a repository."""

    RECOGNIZED = "recognized"  # one license
    SEVERAL = "several"  # more than one, each recognized
    UNRECOGNIZED = "unrecognized"  # there is a text, and it is none that is known as it stands
    EMPTY = "empty"  # a file without text
    NONE = "none"  # no file and no statement at all


class Method(StrEnum):
    """How a license was recognized."""

    CLASSIFIER = "classifier"  # its standard text, word for word
    TITLE = "title"  # the title of a license of models, with its text below
    SPDX_TAG = "spdx-tag"  # an SPDX-License-Identifier
    REFERENCE = "reference"  # a name, a header or an address, without the text
    METADATA = "metadata"  # the license field of a package


# Share of right answers of each method where it was measured, rounded down (docs/licenses.md).
SCORES: dict[Method, float] = {
    Method.CLASSIFIER: 0.99,
    Method.TITLE: 0.98,
    Method.SPDX_TAG: 0.98,
    Method.METADATA: 0.98,
    Method.REFERENCE: 0.95,
}


class LicenseScope(StrEnum):
    """What a license covers."""

    CODE = "code"
    WEIGHTS = "weights"
    DATA = "data"
    DOCS = "docs"
    UNKNOWN = "unknown"  # not said: everything beside it


@dataclass(frozen=True, slots=True)
class Match:
    """One license in a text.

    Attributes:
        license: Its key in ``schema/licenses``; a name of its own where the table has none.
        spdx: Its SPDX id or expression, else a ``LicenseRef-``.
        method: How it was recognized.
        score: Share of right answers of this method, 0 to 1.
        scope: What it covers.
        start: First code point of the evidence in the text.
        end: One past the last.
        line: Line of the evidence, from 1.
        quote: The evidence, ``text[start:end]``, at most ``MAX_QUOTE`` code points; addresses of
            people are taken out.
        is_third_party: It covers what somebody else made and this work includes.
    """

    license: str
    spdx: str
    method: Method
    score: float
    scope: LicenseScope
    start: int
    end: int
    line: int
    quote: str
    is_third_party: bool = False


@dataclass(frozen=True, slots=True)
class Detected:
    """What a text says of its license.

    Attributes:
        path: Where the text stands.
        state: What is known.
        matches: Every license in it, in the order of the text.
        joined: Of several, or of files that it points to: ``or`` at choice, ``and`` each for its
            part, empty if not said.
        title: What the text calls itself, where that is all that is known.
        resembles: Key of the standard license whose changed text it is; empty if none.
        reason: Why a text is not recognized: ``changed-text``, ``extra-terms``, ``binary``,
            ``points-elsewhere``, ``use-policy``, ``no-license-in-it`` or ``unknown-text``.
        is_cut: Only its beginning was read.
    """

    path: str
    state: TextState
    matches: tuple[Match, ...] = ()
    joined: str = ""
    title: str = ""
    resembles: str = ""
    reason: str = ""
    is_cut: bool = False

    @property
    def own(self) -> tuple[Match, ...]:
        """The licenses of the work itself, without those of what it includes."""
        return tuple(match for match in self.matches if not match.is_third_party)

    @property
    def third_party(self) -> tuple[str, ...]:
        """Keys of the licenses of what the work includes, without its own."""
        return tuple(dict.fromkeys(one.license for one in self.matches if one.is_third_party))

    @property
    def licenses(self) -> tuple[str, ...]:
        """Keys of the work's own licenses, each once; empty unless recognized."""
        if self.state not in {TextState.RECOGNIZED, TextState.SEVERAL}:
            return ()
        return tuple(dict.fromkeys(match.license for match in self.own))

    @property
    def license(self) -> str:
        """Key of the one license; empty if there is not exactly one."""
        return self.licenses[0] if self.state is TextState.RECOGNIZED else ""

    @property
    def spdx(self) -> str:
        """SPDX id or expression of the licenses; empty if how several relate is not said."""
        names = list(dict.fromkeys(match.spdx for match in self.own if self.licenses))
        if len(names) < 2:
            return names[0] if names else ""
        word = f" {self.joined.upper()} "
        return word.join(f"({n})" if " " in n else n for n in names) if self.joined else ""

    @property
    def scope(self) -> LicenseScope:
        """What the text covers, where all its licenses cover the same."""
        scopes = {match.scope for match in self.own}
        return scopes.pop() if len(scopes) == 1 else LicenseScope.UNKNOWN


def line_of(text: str, position: int) -> int:
    """Return the line of a code point, from 1."""
    return text.count("\n", 0, position) + 1


def quote_at(text: str, start: int, end: int) -> str:
    """Return what stands there, at most ``MAX_QUOTE`` code points, blanks at its end left off."""
    return text[start : min(end, start + MAX_QUOTE)].rstrip()
