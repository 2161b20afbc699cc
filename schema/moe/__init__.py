"""What is known of families of models whose layers choose between experts: one row a family.

Rows tell where a config names the number of experts, how many a token uses, the shared ones, the
pattern of layers and the width; which model types, classes and GGUF architectures belong to the
family; how it chooses; and how its models are called. Types that never hold experts stand in a
list of their own. Facts only: ``miner.pipelines.derive.architecture`` reads what a config means.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from miner.errors import ConfigurationError
from miner.schema.patterns import bounded

if __name__ != "miner.schema.moe":
    raise ImportError("import miner.schema.moe, not moe")

_FOLDER = Path(__file__).parent
WHEN = ("always", "usually", "either", "never")
"""How often a model of the family's types holds experts.

``always``; ``usually``: a few are dense; ``either``: the type alone says nothing; ``never``: the
family only looks like one that does.
"""
_COLUMNS = (
    "family", "title", "maker", "released", "when", "types", "classes", "gguf", "experts", "top_k",
    "shared", "fixed", "router", "experts_keys", "top_k_keys", "shared_keys", "layers_keys",
    "width_keys", "names", "dense_names", "reader",
)  # fmt: skip
_LEAST_LETTERS = 3
_FIXED = {"experts", "top_k", "shared"}
_SUFFIX = bounded(r"(for[a-z]\w*+|(lm)?headmodel|models?|pretrained|lm|chatmodel)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MoeFamily:
    """One family.

    Attributes:
        name: Short name, unique, as in column ``moe_family``.
        title: Name for people.
        maker: Account on the hub that made it.
        released: Year, or year and month, of the first model; empty if not known.
        when: One of ``WHEN``.
        types: Values of ``model_type``, of nested configs too.
        classes: Names of classes in ``architectures`` or ``_class_name``.
        gguf: Values of ``general.architecture``.
        experts: Experts of the implementation's own defaults, None if it has none.
        top_k: Experts a token uses by those defaults, or by design where no config tells it.
        shared: Experts that are always on, by the same.
        fixed: Which of these three are the same in every published model of the family.
        router: How experts are chosen, in words.
        keys: Config keys by what they tell: experts, top_k, shared, layers, width.
        names: Matches names of models of the family, lower case, without the owner, from the
            beginning of a word on.
        dense_names: Matches names of its models without experts.
        reader: Module of ``derive.architecture.readers`` for configs with odd rules.
    """

    name: str
    title: str
    maker: str
    released: str
    when: str
    types: tuple[str, ...]
    classes: tuple[str, ...]
    gguf: tuple[str, ...]
    experts: int | None
    top_k: int | None
    shared: int | None
    fixed: frozenset[str]
    router: str
    keys: dict[str, tuple[str, ...]]
    names: re.Pattern[str] | None
    dense_names: re.Pattern[str] | None
    reader: str


@dataclass(slots=True)
class Families:
    """The families of one table, found by type, class, GGUF architecture or name.

    Attributes:
        rows: Families by name, in the order of the table.
        dense: Model types without experts.
    """

    rows: dict[str, MoeFamily]
    dense: frozenset[str]
    _types: dict[str, MoeFamily] = field(init=False)
    _classes: dict[str, MoeFamily] = field(init=False)
    _gguf: dict[str, MoeFamily] = field(init=False)
    _stems: dict[str, MoeFamily] = field(init=False)
    _dense_stems: frozenset[str] = field(init=False)
    _kin: dict[str, set[str]] = field(init=False)
    _house: dict[str, Counter[str]] = field(init=False)
    _names: re.Pattern[str] = field(init=False)
    _dense_names: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """Index the rows."""
        rows = self.rows.values()
        self._types = {name.lower(): row for row in rows for name in row.types}
        self._classes = {name.lower(): row for row in rows for name in row.classes}
        self._gguf = {name: row for row in rows for name in row.gguf}
        self._stems = {_plain(name): row for row in rows for name in row.types}
        self._dense_stems = frozenset(map(_plain, self.dense))
        self._names = _any(row.names for row in rows)
        self._dense_names = _any(row.dense_names for row in rows)
        self._kin, self._house = defaultdict(set), defaultdict(Counter)
        named = [(name, row.when, row.name) for row in rows for name in row.types]
        for name, when, row_name in [*named, *((name, "never", "") for name in self.dense)]:
            self._kin[_letters(name)].add(when)
            has_experts = when in {"always", "usually"}
            self._house[_first_word(name)][row_name if has_experts else ""] += 1

    def of_type(self, model_type: str) -> MoeFamily | None:
        """Return the family of a ``model_type``."""
        return self._types.get(model_type.lower())

    def of_class(self, name: str) -> MoeFamily | None:
        """Return the family of a class, by its name or by the type in its name."""
        return self._classes.get(name.lower()) or self._stems.get(stem(name))

    def of_gguf(self, name: str) -> MoeFamily | None:
        """Return the family of a ``general.architecture``."""
        return self._gguf.get(name)

    def is_named(self, name: str) -> bool:
        """Return whether a name, lower case, is of any family: one look for all that follow."""
        return self._names.search(name) is not None

    def is_named_dense(self, name: str) -> bool:
        """Return whether a name, lower case, is of models without experts of any family."""
        return self._dense_names.search(name) is not None

    def has_kin(self, name: str) -> bool:
        """Return whether a type differs from known ones in its numbers alone, all with experts.

        What a maker calls by the same letters and the next number is mostly the next of its kind.
        """
        letters = _letters(name)
        if not any(sign.isdigit() for sign in name):
            return False
        return len(letters) > _LEAST_LETTERS and self._kin.get(letters) == {"always"}

    def has_house(self, model_type: str) -> bool:
        """Return whether a type begins with a word of a house that builds with experts.

        A house that begins the types of several families by one word, more than five of six of
        them with experts, seldom calls a dense one so; unless its first models were dense, whose
        type is the word alone.
        """
        word = _first_word(model_type)
        known = self._house.get(word, Counter())
        if word in self.dense:
            return False
        has_several = len(known) - ("" in known) > 1
        return len(word) > _LEAST_LETTERS and has_several and 6 * known[""] < known.total()

    def is_dense_type(self, model_type: str) -> bool:
        """Return whether models of a type never hold experts."""
        return model_type.lower() in self.dense

    def is_dense_class(self, name: str) -> bool:
        """Return whether a class is one of a type that never holds experts."""
        return stem(name) in self._dense_stems

    def without(self, names: Iterable[str]) -> Families:
        """Return the table as it would be without some families, for cross-validation."""
        left_out = set(names)
        return Families(
            {name: row for name, row in self.rows.items() if name not in left_out}, self.dense
        )


def stem(name: str) -> str:
    """Return the part of a class's name that tells the type, lower case without separators.

    ``Qwen2_5_VLForConditionalGeneration`` and the type ``qwen2_5_vl`` give the same.
    """
    return _plain(_SUFFIX.sub("", name))


def _first_word(name: str) -> str:
    return re.split(r"[^a-z]", name.lower(), maxsplit=1)[0]


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def load_families() -> Families:
    """Return the table that miner ships.

    Raises:
        ConfigurationError: A row lacks what it needs, or two rows claim one type, class or name.
    """
    try:
        with (_FOLDER / "families.csv").open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise ValueError(f"its columns are not {', '.join(_COLUMNS)}")
            rows = [_family(row) for row in reader]
        dense = _dense_types((_FOLDER / "dense_types.txt").read_text("utf-8"))
        _check(rows, dense)
    except (OSError, ValueError, KeyError, re.error, csv.Error) as error:
        raise ConfigurationError(f"cannot read the families of experts: {error}") from error
    return Families({row.name: row for row in rows}, dense)


def _dense_types(text: str) -> frozenset[str]:
    return frozenset(
        line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")
    )


def _family(row: dict[str, str]) -> MoeFamily:
    fixed = frozenset(row["fixed"].split())
    if row["when"] not in WHEN or not fixed <= _FIXED or None in row.values():
        raise ValueError(f"the row {row['family']} is not as the columns ask")
    return MoeFamily(
        row["family"], row["title"], row["maker"], row["released"], row["when"],
        tuple(row["types"].split()), tuple(row["classes"].split()), tuple(row["gguf"].split()),
        _number(row["experts"]), _number(row["top_k"]), _number(row["shared"]), fixed,
        row["router"],
        {name: tuple(row[f"{name}_keys"].split())
         for name in ("experts", "top_k", "shared", "layers", "width")},
        _pattern(row["names"]), _pattern(row["dense_names"]), row["reader"],
    )  # fmt: skip


def _number(text: str) -> int | None:
    return int(text) if text else None


_BEGIN = r"(?<![a-z\d])"


def _pattern(text: str) -> re.Pattern[str] | None:
    return re.compile(f"{_BEGIN}(?:{text})") if text else None


def _any(patterns: Iterable[re.Pattern[str] | None]) -> re.Pattern[str]:
    """Return a pattern that matches where any of some does; nothing matches if there are none."""
    parts = [one.pattern.removeprefix(_BEGIN) for one in patterns if one is not None]
    return re.compile(f"{_BEGIN}(?:{'|'.join(parts)})" if parts else r"(?!)")


def _check(rows: list[MoeFamily], dense: frozenset[str]) -> None:
    seen: dict[tuple[str, str], str] = {("type", name): "the list of dense types" for name in dense}
    for row in rows:
        claims = [("family", row.name)]
        claims += [("type", name.lower()) for name in row.types]
        claims += [("class", name.lower()) for name in row.classes]
        claims += [("gguf", name) for name in row.gguf]
        for claim in dict.fromkeys(claims):
            if claim in seen:
                raise ValueError(f"{claim[1]} is claimed by {row.name} and {seen[claim]}")
            seen[claim] = row.name
