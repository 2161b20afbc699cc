"""What a key of a config is about, by the words in its name.

A key is ``num_local_experts``, ``moe.topK`` or ``experts_per_token``: whoever wrote it used words.
The words of a block that it stands in tell what it belongs to; its own tell what it counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_EXPERT = {"expert", "experts", "nexperts"}
_COUNTED = {"num", "n", "nb", "nums", "number", "count", "cnt", "total", "nexperts"}
_NUMBER = _COUNTED | {"routed", "local", "moe"}
_NOT_A_COUNT = {
    "per", "tok", "token", "tokens", "share", "shared", "activated", "activate", "active",
    "selected", "selects", "select", "used", "use", "chosen", "zero", "null", "identity", "group",
    "groups", "capacity", "factor", "loss", "aux", "coef", "coefficient", "dim", "dims", "width",
    "hidden", "intermediate", "inner", "dtype", "layer", "layers", "period", "offset", "interval",
    "frequency", "freq", "every", "step", "bias", "scale", "scaling", "parallel", "router",
    "selection", "fn", "weight", "weights", "jitter", "dropout", "load", "balance", "tp", "ep",
    "top", "k", "topk", "begin", "start", "end", "map", "ids", "id", "type", "types", "act", "lora",
    "rank", "score", "prob", "clip", "strategy", "redundant", "physical", "mova", "limit",
    "limited", "drop", "temperature", "noise", "threshold", "overlap", "eps", "std", "init",
    "chunk", "multiplier", "ratio", "quant", "bits", "backend", "min", "max", "fused", "head",
    "heads", "vocab", "labels", "classes", "attention", "attn", "blocks", "block", "epochs",
    "version", "seed", "size",
}  # fmt: skip
_USED = {"activated", "activate", "active", "selected", "selects", "select", "used", "use",
         "chosen"}  # fmt: skip
_ROUTES = _EXPERT | {"moe", "router", "routing", "routed", "gate", "gating"}
_NOT_A_TOP_K = {
    "group", "groups", "index", "indexer", "method", "prob", "probs", "limited", "loss", "norm",
    "dim", "intermediate", "hidden", "layer", "layers", "ids", "freq", "type", "fn", "sampling",
    "bias", "weight", "weights", "size", "scaling", "coef", "factor", "blocks", "shared", "share",
    "capacity", "temperature", "heads", "dense", "first", "replace", "every", "step", "version",
    "attn", "attention", "kv",
}  # fmt: skip
_SHARED = {"shared", "share"}
_LEADING = {"first", "leading", "initial", "num", "n", "start"}
_WIDTH = {"dim", "size", "width", "hidden", "intermediate", "inner", "ffn"}
_NOT_A_WIDTH = {"num", "n", "vocab", "batch", "chunk", "block", "head", "rank", "latent", "group",
                "cache", "kv", "k", "act", "router", "capacity", "dtype", "ratio"}  # fmt: skip
_SWITCH = {"is", "use", "enable", "enabled", "with", "has", "moe", "block", "blocks", "layer",
           "layers", "mlp", "ffn", "expert", "experts", "model"}  # fmt: skip
_SWITCH_WORDS = {"is", "use", "enable", "enabled", "with", "has"}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a key, lower case.

    Attributes:
        own: Of the key itself, in order.
        all: Its own and those of the blocks that it stands in.
    """

    own: list[str]
    all: frozenset[str]

    @property
    def is_count(self) -> bool:
        """It tells how many experts a layer has to choose from."""
        own = set(self.own)
        if {"per", "layer"} <= own or {"per", "layers"} <= own:
            own -= {"per", "layer", "layers"}
        if own & _NOT_A_COUNT or not self.all & _EXPERT:
            return False
        if "ffn" in own and not own & _COUNTED:
            return False  # a width: of the block that an expert is
        return own == {"experts"} or bool(own & _NUMBER)

    @property
    def is_top_k(self) -> bool:
        """It tells how many experts a token uses."""
        own = set(self.own)
        if own & _NOT_A_TOP_K:
            return False
        chooses = "topk" in own or {"top", "k"} <= own or self.own[-1:] == ["k"] or "k" in own
        if chooses:
            return bool(self.all & _ROUTES)
        if self.all & _EXPERT:
            is_each = "per" in own and bool(own & {"tok", "token", "tokens"})
            return is_each or bool(own & _USED)
        if "moe" in self.all and own & _USED and own & _COUNTED:
            return True
        return self.own == ["num", "selects"]

    @property
    def is_shared_count(self) -> bool:
        """It tells how many experts are always on."""
        own = set(self.own)
        if not own & _SHARED or own & (_NOT_A_COUNT - _SHARED) or own & _WIDTH:
            return False
        if not self.all & (_EXPERT | {"moe"}):
            return False
        return bool(own & _COUNTED) or own <= _SHARED | _EXPERT | {"moe"}

    @property
    def is_shared_width(self) -> bool:
        """It tells how wide the experts are together that are always on."""
        own = set(self.own)
        return bool(
            own & _SHARED and own & _WIDTH and self.all & (_EXPERT | {"intermediate", "ffn", "moe"})
        )

    @property
    def is_width(self) -> bool:
        """It tells how wide one expert is."""
        own = set(self.own)
        return own == {"d", "expert"} or bool(
            own & _WIDTH
            and self.all & (_EXPERT | {"moe"})
            and not own & (_SHARED | _NOT_A_WIDTH)
            and own & {"intermediate", "inner", "ffn", "dim", "width"}
        )

    @property
    def is_leading(self) -> bool:
        """It tells how many layers come before the first with experts."""
        own = set(self.own)
        if own & {"moe", "expert", "experts"}:
            return bool(own & {"start", "begin", "first"}) and bool(own & {"layer", "layers"})
        return "dense" in own and bool(own & _LEADING) and bool(own & {"layer", "layers", "blocks"})

    @property
    def is_step(self) -> bool:
        """It tells that every so many layers hold experts."""
        own = set(self.own)
        return bool(
            own & {"every", "freq", "frequency", "interval", "step", "period"}
            and own & {"moe", "expert", "experts", "sparse"}
            and not own & {"encoder", "update", "log", "eval", "loss"}
        )

    @property
    def is_switch(self) -> bool:
        """It tells whether there are experts at all."""
        own = set(self.own)
        return bool(own <= _SWITCH and own & _SWITCH_WORDS and own & ({"moe"} | _EXPERT))


@lru_cache(maxsize=50_000)
def words_of(key: str) -> Words:
    """Return the words of a key, named by its dotted path."""
    *_, last = key.split(".")
    own = [word.lower() for word in _WORD.findall(last)]
    return Words(own, frozenset(word.lower() for word in _WORD.findall(key)))
