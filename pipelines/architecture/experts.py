"""What a part of a config says of its experts, under whatever key it says it.

Keys that families are known to use come first; what they do not name is found by the words in a
key, so that a family nobody has described is read by the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from miner.pipelines.architecture import values
from miner.pipelines.architecture.part import Part
from miner.schema.moe import Family

MAX_EXPERTS = 1_000_000
_EXPERT = {"expert", "experts", "nexperts"}
_NUMBER = {"num", "n", "nums", "number", "count", "total", "routed", "local", "moe", "nexperts"}
_NOT_A_COUNT = {
    "per", "tok", "token", "tokens", "share", "shared", "activated", "activate", "active",
    "selected", "selects", "select", "used", "use", "chosen", "zero", "null", "identity", "group",
    "groups", "capacity", "factor", "loss", "aux", "coef", "coefficient", "dim", "dims", "width",
    "hidden", "intermediate", "inner", "dtype", "layer", "layers", "period", "offset", "interval",
    "frequency", "freq", "bias", "scale", "scaling", "parallel", "router", "selection", "fn",
    "weight", "weights", "jitter", "dropout", "load", "balance", "tp", "ep", "top", "k", "topk",
    "begin", "start", "end", "map", "ids", "id", "type", "types", "act", "lora", "rank", "score",
    "prob", "clip", "strategy", "redundant", "physical", "mova", "limit", "limited", "drop",
    "temperature", "noise", "threshold", "overlap", "eps", "std", "init", "chunk", "multiplier",
    "ratio", "quant", "bits", "backend", "min", "max", "ffn", "fused",
}  # fmt: skip
_FIRST = ("n_routed_experts", "num_routed_experts", "num_experts", "num_local_experts",
          "moe_num_experts")  # fmt: skip
_USED = {"activated", "activate", "active", "selected", "selects", "select", "used", "chosen"}
_TOP_K_FIRST = (
    "num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_top_k", "moe_k",
    "top_k_experts", "experts_per_token",
)  # fmt: skip
_NOT_A_TOP_K = {
    "group", "groups", "index", "indexer", "method", "prob", "probs", "limited", "loss", "norm",
    "dim", "intermediate", "hidden", "layer", "layers", "ids", "freq", "type", "fn", "sampling",
    "bias", "weight", "weights", "size", "scaling", "coef", "factor", "blocks", "shared",
}  # fmt: skip
_SHARED = {"shared", "share"}
_WIDTH = {"dim", "size", "width", "hidden", "intermediate", "inner", "ffn"}
_SWITCH = {"is", "use", "enable", "enabled", "with", "has", "moe", "block", "blocks", "layer",
           "layers", "mlp", "ffn", "expert", "experts", "model"}  # fmt: skip
_SWITCH_WORDS = {"is", "use", "enable", "enabled", "with", "has"}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(slots=True)
class Experts:
    """What a part says.

    Attributes:
        count: Routed experts of a layer; 0 or 1 says that there are none to choose between.
        top_k: Experts that a token uses.
        shared: Experts that are always on, as a count.
        shared_width: Their width together, where the config gives a width.
        is_off: A switch of the config turns the experts off; None: it has no switch.
        keys: Keys by what they told.
        notes: What contradicts or cannot be used.
        is_unusable: A key of the number of experts holds something that is none.
    """

    count: int | None = None
    top_k: int | None = None
    shared: int | None = None
    shared_width: int | None = None
    is_off: bool | None = None
    keys: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    is_unusable: bool = False


def read_experts(part: Part, family: Family | None) -> Experts:
    """Read what a part says of its experts.

    Args:
        part: The part.
        family: Its family, where the table has it: its keys come first.
    """
    found = Experts()
    known = family.keys if family else {}
    words = {key: _words(key) for key, _ in part.items()}
    _read_count(part, words, known.get("experts", ()), found)
    _read_top_k(part, words, known.get("top_k", ()), found)
    _read_shared(part, words, known.get("shared", ()), found)
    for key, value in part.items():
        if _is_switch(words[key]) and (state := values.truth(value)) is not None:
            found.is_off = not state if found.is_off is None else found.is_off and not state
            found.keys["switch"] = key
    if found.top_k and found.count and found.count > 1 and found.top_k > found.count:
        found.notes.append(f"{found.top_k} experts a token of {found.count}")
    return found


def _words(key: str) -> list[str]:
    """Return the words of a key without its block's name, lower case; a block counts as a word."""
    return [word.lower() for word in _WORD.findall(key)]


def _ordered(
    part: Part,
    words: dict[str, list[str]],
    first: Iterable[str],
    fits: Callable[[list[str]], bool],
) -> list[str]:
    """Return keys that are there: the ones named first, then those whose words fit."""
    there = {key.rsplit(".", 1)[-1]: key for key in reversed(words)} | {key: key for key in words}
    named = [there[key] for key in first if key in there]
    return list(dict.fromkeys([*named, *(key for key, one in words.items() if fits(one))]))


def _read_count(
    part: Part, words: dict[str, list[str]], known: tuple[str, ...], found: Experts
) -> None:
    told: dict[str, int] = {}
    keys = _ordered(part, words, (*known, *_FIRST), _is_count)
    for key in keys:
        value = part.get(key)
        number = values.whole(value)
        if number is not None and (number := max(number, _largest(value))) <= MAX_EXPERTS:
            told[key] = number
        elif value is not None:
            found.notes.append(f"{key} is no number of experts")
    found.is_unusable = bool(found.notes) and not told
    if not told:
        if keys and not found.notes:
            found.count, found.keys["experts"] = 0, keys[0]  # null: the design can, it does not
        return
    key, found.count = next(
        ((key, number) for key, number in told.items() if number > 1), next(iter(told.items()))
    )
    found.keys["experts"] = key
    more = sorted({number for number in told.values() if number > 1})
    if len(more) > 1:
        found.notes.append(f"keys name {' and '.join(map(str, more))} experts")


def _largest(value: object) -> int:
    """Return the largest number of a list: layers without experts stand in it as 0 or 1."""
    if not isinstance(value, list):
        return 0
    return max((one for one in map(values.whole, value[:20_000]) if one is not None), default=0)


def _is_count(words: list[str]) -> bool:
    if _NOT_A_COUNT.intersection(words) or not _EXPERT.intersection(words):
        return False
    return words == ["experts"] or bool(_NUMBER.intersection(words))


def _read_top_k(
    part: Part, words: dict[str, list[str]], known: tuple[str, ...], found: Experts
) -> None:
    in_block = {key for key in words if "." in key and key.endswith((".top_k", ".topk"))}
    alone = [key for key in words if key == "topk"]
    keys = _ordered(part, words, (*known, *_TOP_K_FIRST), _is_top_k)
    for key in dict.fromkeys([*keys, *in_block, *alone]):
        number = values.most_common(part.get(key))
        if number is not None and 0 < number <= MAX_EXPERTS:
            found.top_k = number
            found.keys["top_k"] = key
            return
        if number is None and part.get(key) is not None:
            found.notes.append(f"{key} is no number of experts")


def _is_top_k(words: list[str]) -> bool:
    there = set(words)
    if there & _NOT_A_TOP_K:
        return False
    chooses = "topk" in there or {"top", "k"} <= there or words[-1:] == ["k"]
    if chooses:
        return bool(there & (_EXPERT | {"moe", "router", "gate", "gating"}))
    if there & _EXPERT:
        return bool(there & _USED) or ("per" in there and bool(there & {"tok", "token", "tokens"}))
    return words == ["num", "selects"]


def _read_shared(
    part: Part, words: dict[str, list[str]], known: tuple[str, ...], found: Experts
) -> None:
    for key in _ordered(part, words, known, lambda one: bool(_SHARED.intersection(one))):
        one = set(words[key])
        if not one & _SHARED:
            continue
        number = values.most_common(part.get(key))
        if number is None or number < 0 or type(part.get(key)) is bool:
            continue
        if one & _WIDTH and one & (_EXPERT | {"intermediate", "ffn"}):
            if found.shared_width is None:
                found.shared_width = number
                found.keys["shared_width"] = key
        elif found.shared is None and _is_shared_count(one):
            found.shared = number
            found.keys["shared"] = key


def _is_shared_count(words: set[str]) -> bool:
    return bool(
        words & _EXPERT
        and words & {"num", "n", "number", "count"}
        and not words & _NOT_A_COUNT - _SHARED
    )


def _is_switch(words: list[str]) -> bool:
    there = set(words)
    return bool(there <= _SWITCH and there & _SWITCH_WORDS and there & ({"moe"} | _EXPERT))
