"""What is asked of a matrix along chains of models, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ReadLicense:
    """What is known of a license as stated.

    Attributes:
        text: In canonical words; empty where nothing is stated.
        family: Its license family; of several the strictest; empty where there is none.
        goes_on: Its terms bind what is made of a derivative too.
        lines: Agreements that it is a version of, such as llama, in order.
    """

    text: str
    family: str
    goes_on: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LicenseLink:
    """Two licenses and how they meet.

    Attributes:
        upstream_license: As stated; empty: none; ``unknown``: not known what is stated.
        downstream_license: As ``upstream_license``.
        relation: A relation between models, ``trained_on``, ``used_by`` or ``self``.
        upstream_kind: model, dataset, or the place of a statement.
        downstream_kind: model, dataset or repository.
        same_owner: Both are of one owner.
        prefixes: Beginnings of names that licenses ask for and the downstream's name has.
        explained: Lines of the downstream's license that another of its bases brings in.
        upstream_terms: What the text of a dataset's card states beside its license.
        is_former: The upstream stated the downstream's license before, as its history has it.
    """

    upstream_license: str
    downstream_license: str
    relation: str
    upstream_kind: str
    downstream_kind: str
    same_owner: bool
    prefixes: tuple[str, ...]
    explained: tuple[str, ...]
    is_former: bool = False
    upstream_terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkVerdict:
    """What a matrix says of a question; texts are empty where there is nothing to say."""

    verdict: str
    reason: str
    severity: str
    explanation: str
    clause: str
    action: str
    evidence_url: str


class LicenseJudge(Protocol):
    """Decides questions by one matrix.

    Attributes:
        matrix: Its name.
        version: Its version.
        prefixes: Beginning of a name that a license asks for → its letters and digits, lower case.
    """

    matrix: str
    version: str
    prefixes: Mapping[str, str]

    def read(self, license: str) -> ReadLicense:  # noqa: A002 - the word of the tables
        """Return what is known of a license as stated."""
        ...

    def decide(self, link: LicenseLink) -> LinkVerdict:
        """Return the answer to a question."""
        ...

    def conflict(self, licenses: Sequence[str], downstream: str) -> LinkVerdict | None:
        """Return that the licenses of the parents of a merge exclude each other, if they do."""
        ...
