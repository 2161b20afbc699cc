"""What a part of a config says of its experts, under whatever key it says it.

Keys that families are known to use come first; what they do not name is found by the words in a
key, so that a family nobody has described is read by the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.config_keys import Words, words_of
from miner.pipelines.derive.architecture.part import ConfigPart
from miner.schema.moe import MoeFamily

MAX_EXPERTS = 1_000_000
_MAX_NAMED = 5
_MOST_LISTED = 20_000
_SWITCHED_OFF = -1
_FIRST = ("n_routed_experts", "num_routed_experts", "num_experts", "num_local_experts",
          "moe_num_experts")  # fmt: skip
_TOP_K_FIRST = (
    "num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_top_k", "moe_k",
    "top_k_experts", "experts_per_token",
)  # fmt: skip


@dataclass(slots=True)
class Experts:
    """What a part says.

    Attributes:
        count: Routed experts of a layer; 0 or 1 says that there are none to choose between.
        top_k: Experts that a token uses.
        counts: Routed experts by layer, where a list tells them; else empty.
        top_ks: The same of those that a token uses.
        shared: Experts that are always on, as a count.
        shared_width: Their width together, where the config gives a width.
        width: Inner width of one expert, where the config gives it apart.
        is_off: A switch of the config turns the experts off; None: it has no switch.
        keys: Keys by what they state.
        notes: What contradicts or cannot be used.
        is_unusable: A key of the number of experts holds something that is none.
    """

    count: int | None = None
    top_k: int | None = None
    shared: int | None = None
    shared_width: int | None = None
    width: int | None = None
    is_off: bool | None = None
    counts: list[int] = field(default_factory=list)
    top_ks: list[int] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    is_unusable: bool = False


def read_experts(part: ConfigPart, family: MoeFamily | None) -> Experts:
    """Read what a part says of its experts.

    Args:
        part: The part.
        family: Its family, where the table has it: its keys come first.
    """
    found = Experts()
    known = family.keys if family else {}
    words = {key: words_of(key) for key, _ in part.items()}
    _read_count(part, words, known.get("experts", ()), found)
    _read_top_k(part, words, known.get("top_k", ()), found)
    _read_shared(part, words, known.get("shared", ()), found)
    _read_width(part, words, known.get("width", ()), found)
    for key, value in part.items():
        if words[key].is_switch and (state := config_values.truth(value)) is not None:
            found.is_off = not state if found.is_off is None else found.is_off and not state
            found.keys["switch"] = key
    if found.top_k and found.count and found.count > 1 and found.top_k > found.count:
        found.notes.append(f"{found.top_k} experts a token of {found.count}")
    return found


def _ordered(
    words: dict[str, Words], first: Iterable[str], fits: Callable[[Words], bool]
) -> list[str]:
    """Return keys that are there: the ones named first, then those whose words fit."""
    there = {key.rsplit(".", 1)[-1]: key for key in reversed(words)} | {key: key for key in words}
    named = [there[key] for key in first if key in there]
    return list(dict.fromkeys([*named, *(key for key, one in words.items() if fits(one))]))


def _read_count(
    part: ConfigPart, words: dict[str, Words], known: tuple[str, ...], found: Experts
) -> None:
    stated: dict[str, int] = {}
    keys = _ordered(words, (*known, *_FIRST), lambda one: one.is_count)
    for key in keys:
        value = part.get(key)
        number = config_values.whole(value)
        if isinstance(value, list) and number is not None:
            number = _largest(value)
        if number is not None and _SWITCHED_OFF <= number <= MAX_EXPERTS:
            stated[key] = number
            if isinstance(value, list) and not _listed(value):
                found.notes.append(f"{key} holds entries that are no number of experts")
        elif value is not None:
            found.notes.append(f"{key} is no number of experts")
    found.is_unusable = bool(found.notes) and not stated
    if not stated:
        if keys and not found.notes:
            found.count, found.keys["experts"] = 0, keys[0]  # null: the design can, it does not
        return
    key, found.count = next(
        ((key, number) for key, number in stated.items() if number > 1), next(iter(stated.items()))
    )
    found.keys["experts"] = key
    found.counts = _listed(part.get(key))
    each = {number for number in found.counts if number > 1}
    if len(each) > 1:
        found.notes.append(f"layers hold {min(each)} to {max(each)} experts: the most is told")
    more = sorted({number for number in stated.values() if number > 1})
    if len(more) > 1:
        found.notes.append(f"keys name {' and '.join(map(str, more[:_MAX_NAMED]))} experts")


def _listed(value: object) -> list[int]:
    """Return the numbers of a list; none where it holds something else, too."""
    if not isinstance(value, list):
        return []
    numbers = [0 if one is None else config_values.whole(one) for one in value[:_MOST_LISTED]]
    stated = [one for one in numbers if one is not None and 0 <= one <= MAX_EXPERTS]
    return stated if len(stated) == len(value) else []


def _largest(value: list[object]) -> int:
    """Return the largest number of a list: layers without experts stand in it as 0 or 1."""
    return max(
        (one for one in map(config_values.whole, value[:_MOST_LISTED]) if one is not None),
        default=0,
    )


def _read_top_k(
    part: ConfigPart, words: dict[str, Words], known: tuple[str, ...], found: Experts
) -> None:
    block = found.keys.get("experts", "").rpartition(".")[0]
    beside = [f"{block}.{name}" if block else name for name in ("top_k", "topk", "k")]
    beside = [key for key in beside if key in words and key != "top_k"]  # alone it is a sampler's
    keys = _ordered(words, (*known, *_TOP_K_FIRST), lambda one: one.is_top_k)
    for key in dict.fromkeys([*keys, *beside]):
        value = part.get(key)
        number = config_values.most_common(value)
        if number is not None and 0 < number <= MAX_EXPERTS:
            found.top_k, found.top_ks = number, _listed(value)
            found.keys["top_k"] = key
            each = {one for one in found.top_ks if one > 0}
            if len(each) > 1:
                found.notes.append(f"layers use {min(each)} to {max(each)} experts a token")
            return
        if number is None and value is not None and type(value) is not bool:
            found.notes.append(f"{key} is no number of experts")


def _read_shared(
    part: ConfigPart, words: dict[str, Words], known: tuple[str, ...], found: Experts
) -> None:
    fits = _ordered(words, known, lambda one: one.is_shared_width or one.is_shared_count)
    for key in fits:
        value = part.get(key)
        number = config_values.most_common(value)
        if number is None and isinstance(value, str | dict):
            found.notes.append(f"{key} is no number of experts")
        if number is None or number < 0:
            continue
        if words[key].is_shared_width and found.shared_width is None:
            found.shared_width = number
            found.keys["shared_width"] = key
        elif words[key].is_shared_count and found.shared is None:
            found.shared = number
            found.keys["shared"] = key


def _read_width(
    part: ConfigPart, words: dict[str, Words], known: tuple[str, ...], found: Experts
) -> None:
    for key in _ordered(words, known, lambda one: one.is_width):
        number = config_values.whole(part.get(key))
        if words[key].is_width and number is not None and number > 0:
            found.width = number
            found.keys["width"] = key
            return
