"""Which published member a model is, by the reviewed table of them.

Ways, best first: it is listed there; its name is that of a member beside words for formats; a
name holds a member's; its family and the size in its name are those of a member; its family and
the total of its weights are. A total that contradicts the name leaves the counts unknown.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from miner.pipelines.derive.architecture.headers import Weights
from miner.pipelines.derive.architecture.model_evidence import AnswerSource, SourceAnswer
from miner.pipelines.derive.architecture.name_hints import own_name
from miner.pipelines.derive.architecture.packing import names_pruning
from miner.pipelines.derive.architecture.parameters import granularity
from miner.schema.moe import load_families
from miner.schema.moe.members import Member, load_members

LISTED, COPY, NAMED = "member", "member-copy", "member-named"
SIZE, SIZE_ALONE, TOTAL = "member-size", "member-size-alone", "member-total"
"""Methods: the last but one is a size that no total of weights confirms."""

SAME = 0.03
_SAME_TOTAL = 0.002
_TOWERS = 1.3
_A_PART = 1 / 3
_MOST_WORDS = 9
_BETWEEN = re.compile(r"[-_ ]+")
_FORMAT = re.compile(
    r"gguf|ggml|awq|gptq|exl[23]|mlx|mtplx|hf|bnb|unsloth|ud|dynamic|i1|apex|bf16|fp16|f16|fp[48]|nf4"
    r"|mxfp[48]|nvfp4|int[2-8]|w\d+a\d+|[1-8](?:\.\d+)?-?bits?|[1-8](?:\.\d+)?bpw|bit|o?q\d\w*|k|m|s|l"
    r"|xl|g\d+|gs\d+|quantized|quant|autoround|imatrix|fp16mix|int[48]mix|paddle|pt|diffusers"
)
_OTHER = re.compile(
    r"distill?(?:ed|ation)?|tiny|random|mini|small|nano|micro|toy|dummy|draft(?:er)?|eagle\d*|mtp|nextn"
    r"|dspark|dflash|router|thrift|keep\d*|experts?|\d+e|x\d+|mmproj|projector|tokenizer|upscaled?"
    r"|frankenmoe|layers?|slim(?!orca)"
)
"""Words of models that are made from a member, and are not its shape again."""
_SIZE = re.compile(r"a?\d{1,9}(?:\.\d{1,9})?[bmt]|\d{1,4}x\d{1,9}(?:\.\d{1,9})?b")
_SIZES = re.compile(
    r"(?<![a-z\d.])(?:\d+x\d+(?:\.\d+)?b|\d+(?:\.\d+)?[bt](?:[-_]a\d+(?:\.\d+)?[bm])?)(?![a-z\d])"
)


@dataclass(frozen=True, slots=True)
class MemberIndex:
    """Members by what they are found by, in lower case.

    Attributes:
        by_id: By owner/name.
        by_words: By the words of a name without its account.
        first_words: First words of these.
        by_size: By family and size in their names; None: several shapes have it.
        by_family: By family, a row a shape.
    """

    by_id: dict[str, Member]
    by_words: dict[tuple[str, ...], Member]
    first_words: frozenset[str]
    by_size: dict[tuple[str, str], Member | None]
    by_family: dict[str, tuple[Member, ...]]


@cache
def index() -> MemberIndex:
    """Return the members that miner ships, indexed."""
    by_id: dict[str, Member] = {}
    by_words: dict[tuple[str, ...], Member] = {}
    by_size: dict[tuple[str, str], Member | None] = {}
    by_family: dict[str, dict[object, Member]] = defaultdict(dict)
    for member in load_members():
        by_family[member.family].setdefault(_shape(member), member)
        for name in member.names:
            by_id[name.lower()] = member
            by_words.setdefault(_bare(_words(name)), member)
            sizes = _sizes(name)
            for size in sizes | {size.split("-")[0] for size in sizes}:
                other = by_size.setdefault((member.family, size), member)
                if other is None or _shape(other) != _shape(member):
                    by_size[member.family, size] = None
    return MemberIndex(
        by_id, by_words, frozenset(words[0] for words in by_words), by_size,
        {family: tuple(rows.values()) for family, rows in by_family.items()},
    )  # fmt: skip


def _shape(member: Member) -> object:
    return (member.experts, member.top_k, member.shared, member.counted_total or member.total)


def _words(name: str) -> tuple[str, ...]:
    return tuple(word for word in _BETWEEN.split(own_name(name).lower()) if word)


def _bare(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return words without those for formats; the words as they are if nothing would be left."""
    return tuple(word for word in words if not _FORMAT.fullmatch(word)) or words


def _sizes(name: str) -> set[str]:
    """Return sizes that a name spells, as ``30b-a3b`` or ``8x7b``."""
    return {size.replace("_", "-") for size in _SIZES.findall(own_name(name).lower())}


def is_listed(model: str) -> bool:
    """Return whether a model is one of the table."""
    return model.lower() in index().by_id


def read_listed(model: str) -> SourceAnswer | None:
    """Return what is published of a model that is listed, or named as one that is; else None."""
    known = index()
    if (member := known.by_id.get(model.lower())) is not None:
        return _answer(member, LISTED, model)
    words = _words(model)
    if not words or words[0] not in known.first_words:
        return None
    member = known.by_words.get(_bare(words)) if len(words) > 1 else None
    return _answer(member, COPY, model) if member is not None else None


def read_member(model: str, families: set[str], weights: Weights) -> SourceAnswer | None:
    """Return what is published of the member that a model is; None if it is none.

    Args:
        model: owner/name.
        families: Families that type, class and tags tell; empty if they tell none.
        weights: What headers of its weights tell.
    """
    for member, method in candidates(model, families, weights):
        if families and member.family not in families and method != LISTED:
            continue
        answer = _answer(member, method, model)
        if method in {LISTED, TOTAL}:
            return answer
        agrees = agree(member.totals, weights)
        if names_pruning(model):
            answer.expert_count = answer.parameter_count = None
            answer.reasons.append("experts or layers were pruned: how many are left is not known")
        elif agrees is False:
            return contradicted(answer, weights)
        if method == SIZE and agrees is None:
            answer.method = SIZE_ALONE
        return answer
    return None


def candidates(model: str, families: set[str], weights: Weights) -> Iterator[tuple[Member, str]]:
    """Yield the members that a model may be, each with the way in which it was found, best first.

    Args:
        model: owner/name.
        families: Families that type, class and tags tell; empty if they tell none.
        weights: What headers of its weights tell.
    """
    known, words = index(), _words(model)
    if (member := known.by_id.get(model.lower())) is not None:
        yield member, LISTED
    bare = _bare(words)
    if (member := known.by_words.get(bare)) is not None and (
        len(bare) > 1 or agree(member.totals, weights)
    ):
        yield member, COPY
    if (member := _contained(words, known)) is not None:
        yield member, NAMED
    sizes = _sizes(model)
    is_sized = len(sizes) == 1 and not any(_OTHER.fullmatch(word) for word in words)
    if len(families) != 1:
        return  # types that disagree
    for family in families:
        for size in sizes if is_sized else ():
            if (member := known.by_size.get((family, size))) is not None:
                yield member, SIZE
        if (member := _by_total(known.by_family.get(family, ()), weights)) is not None:
            yield member, TOTAL


def _contained(words: tuple[str, ...], known: MemberIndex) -> Member | None:
    """Return the member with the longest name that a name holds, where the rest contradicts not."""
    best: tuple[int, int, Member] | None = None
    for begin, word in enumerate(words):
        if word not in known.first_words:
            continue
        for end in range(min(len(words), begin + _MOST_WORDS), begin, -1):
            member = known.by_words.get(words[begin:end])
            if member is not None and (best is None or end - begin > best[1] - best[0]):
                best = begin, end, member
                break
    if best is None or (best[1] - best[0] == 1 and not any(map(str.isdigit, words[best[0]]))):
        return None
    rest = words[: best[0]] + words[best[1] :]
    if any(_OTHER.fullmatch(word) or _SIZE.fullmatch(word) for word in rest):
        return None
    return best[2]


def _by_total(members: tuple[Member, ...], weights: Weights) -> Member | None:
    """Return the only shape of a family whose weights add up to this total."""
    count = weights.count or weights.elements
    if not count:
        return None
    found = [
        member
        for member in members
        if any(abs(count / total - 1) <= _SAME_TOTAL for total in member.totals)
    ]
    return found[0] if len(found) == 1 else None


def agree(totals: tuple[int, ...], weights: Weights) -> bool | None:
    """Return whether weights add up to one of some totals; None where that cannot be seen.

    Fewer elements are no contradiction where they can be packed, or of one file of several; more
    are none up to a third, as towers and layers that predict further tokens are.
    """
    count = weights.count
    if count is None or not totals:
        return None
    if any(abs(count / total - 1) <= SAME for total in totals):
        return True
    if count < min(totals):
        is_open = weights.may_be_packed or count < _A_PART * min(totals)
    else:
        is_open = count <= _TOWERS * max(totals)
    return None if is_open else False


def contradicted(answer: SourceAnswer, weights: Weights) -> SourceAnswer:
    """Return an answer that the weights contradict: it has both values, and counts for nothing."""
    answer.reasons = [
        f"{answer.read_in} has {answer.parameter_count or 0:,} parameters, "
        f"the weights {weights.count or 0:,}"
    ]
    answer.is_moe = None
    return answer


def _answer(member: Member, method: str, model: str) -> SourceAnswer:
    family = load_families().rows[member.family]
    is_copy = model.lower() not in {name.lower() for name in member.names}
    return SourceAnswer(
        AnswerSource.MEMBER,
        method,
        is_moe=True,
        moe_family=member.family,
        expert_count=member.experts,
        experts_per_token=member.top_k,
        shared_expert_count=member.shared,
        granularity=granularity(member.hidden, member.expert_width),
        router=family.router or None,
        parameter_count=member.counted_total or member.total,
        active_parameter_count=member.used,
        active_parameter_count_no_embedding=member.counted_active_no_embedding,
        read_in=member.name if is_copy else model,
    )
