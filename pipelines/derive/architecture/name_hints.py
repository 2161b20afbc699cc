"""What the name of a model says: sizes, of active parameters too, experts times a size, words.

The account before the slash says nothing. A name is not a size: eight experts of 7 B share their
attention. A name that tells what a model learned from, or of what it is a part, is not its own.
"""

from __future__ import annotations

import re

from miner.pipelines.derive.architecture.family import fill_fixed, from_type
from miner.pipelines.derive.architecture.model_evidence import AnswerSource, SourceAnswer
from miner.schema.moe import Families, MoeFamily
from miner.schema.patterns import bounded

_ACTIVE = re.compile(
    r"(?:(?<![\w.])(?P<all>\d+(?:\.\d+)?)(?P<unit>[bmt])[-_ ]?|(?<![a-z\d]))"
    r"a(?P<active>\d+(?:\.\d+)?)(?P<active_unit>[bm])(?![a-z\d])"
)
_TIMES = re.compile(
    r"(?<![a-z\d.])(?P<experts>\d{1,3})x(?P<size>\d+(?:\.\d+)?[bm])(?![a-z\d])"
    r"|(?<![a-z\d.])(?P<each>\d+(?:\.\d+)?b)x(?P<times>\d{1,3})(?![a-z\d])"
)
_EXPERTS = bounded(
    r"(?<![a-z\d])(?P<a>\d{1,3})[-_]?experts?(?![a-z])|\db-(?P<b>\d{1,3})e(?![a-z\d]|-\d)"
    r"|moe\S*[-_](?P<c>\d{1,3})e(?![a-z\d])|(?<![a-z\d])(?P<d>\d{1,3})e[-_]?top[-_]?\d"
)
_CLASS = bounded(r"(?<![A-Za-z\d])[A-Z][A-Za-z\d_]*?(?:For[A-Z][A-Za-z]+|Model)(?![A-Za-z\d])")
_DENSE = re.compile(r"(?:^|[-_])dense(?:$|[-_.])")
_NO_MODEL = re.compile(r"(?:^|[-_])(?:tokenizer|processor|vae|projector|mmproj|imatrix)s?$")
_WORD = re.compile(r"MoE(?![a-z])|(?<![A-Z])MOE(?![A-Z])|Mixture-?of-?Experts", re.ASCII)
_SPELLED = "MoE"
_FORMAT = bounded(r"mxfp4[-_]moe", re.IGNORECASE)
"""A format of weights."""
_LOWER = re.compile(r"(?:^|[-_.\d])moe(?:$|[-_.\d])|mixture-?of-?experts|frankenmoe|clown-?car")
_DRAWN = (
    r"anime|girl|chan\b|waifu|sdxl|(?:^|[-_])(?:sd(?:[-_.]?\d+)?|lora|style|char|counterfeit|vtuber|"
    r"hentai|manga|kawaii|ification)(?:$|[-_])"
)
_IS_DRAWN = re.compile(_DRAWN)
_NOT_LANGUAGE = re.compile(
    rf"{_DRAWN}|tts|vits|voice|speech|diffusion|(?:^|[-_])(?:xl|art|ddsp|rvc|svc|card|draw|sovits|"
    r"kws|tagger)(?:$|[-_])"
)
_NONE_OF_OWN = re.compile(
    r"(?:^|[-_])(?:router|classifier|gate|predictor)(?:$|[-_.])|no-?moe|moe-?to-?dense"
)
"""Words that say that "moe" beside them is about a mixture, and not what the model is."""
_LANGUAGE = re.compile(
    r"\d[bm](?![a-z])|gguf|awq|gptq|llm|chat|instruct|embed|base|llama|qwen|mistral"
)
_DISTILLED = re.compile(r"distill?(?:ed|ation)?(?![a-z])")
_DRAFT = re.compile(
    r"eagle-?\d|(?:^|[-_.])(?:p?eagle|medusa|draft(?:er)?|speculators?|dflash|dspark|hydra|nextn)"
    r"(?:$|[-_.\d])"
)
_SIZE = re.compile(r"(?<![a-z\d.])\d+(?:\.\d+)?b(?![a-z\d])")
_WHOLE_SIZE = re.compile(rf"(?<!\d_)(?<!(?<![\d.])0-)(?!0\d){_SIZE.pattern}")
_STUDENT = re.compile(r"llama|qwen|mistral|gemma|phi")
"""Families that teach little and learn much: dense unless a size says otherwise."""
_OTHER = re.compile(r"(?:^|[-_])(?:asr|tts|tokenizer|vae|encoder|projector|mmproj)(?:$|[-_])")
_UNIT = {"m": 10**6, "b": 10**9, "t": 10**12}
PATTERNS = (_ACTIVE, _TIMES, _EXPERTS, _CLASS, _DENSE, _WORD, _LOWER, _DISTILLED, _DRAFT)
"""Of which one matches in each name that says more than sizes, beside those of families."""


def own_name(model: str) -> str:
    """Return the name of a model without its account."""
    return model.rsplit("/", 1)[-1]


def sizes_of(model: str) -> list[int]:
    """Return the numbers of parameters that a name spells as ``7B``.

    ``0_6b`` and ``08b`` spell a fraction: they are left out.
    """
    found = _WHOLE_SIZE.finditer(own_name(model).lower())
    sizes = [round(float(match[0][:-1]) * _UNIT["b"]) for match in found]
    return [size for size in sizes if size]


def size_of_one(model: str) -> str | None:
    """Return the size of one expert that a name such as 4x7B spells, ``7b``; None if it has none.

    It stands before the number of experts as well: 7Bx4.
    """
    found = _TIMES.search(own_name(model).lower())
    return (found["size"] or found["each"]) if found is not None else None


def smallest_size(model: str) -> int | None:
    """Return the smallest number of parameters that a name spells as ``7B``; None if none does."""
    return min(sizes_of(model), default=None)


def read_name(
    model: str, families: Families, family: MoeFamily | None = None
) -> SourceAnswer | None:
    """Return what a name says; None if there is none, or it says nothing.

    Args:
        model: owner/name.
        families: The table.
        family: The family that model type and classes tell, if they do: it tells which sizes of
            a family are dense.
    """
    name = own_name(model).strip()
    if not name:
        return None
    lower = name.lower()
    answer = SourceAnswer(AnswerSource.NAME, "name", read_in=name[:200])
    if _DRAFT.search(lower):
        answer.method = "name-draft"
        answer.reasons.append("the name is of a part that drafts for another model")
        return answer
    if _NO_MODEL.search(lower):
        return None
    student = _student(lower, families)
    if student is not None:
        _distilled(answer, student, families)
    elif _DENSE.search(lower) and not _ACTIVE.search(lower):
        _no(answer, "name-dense")
        answer.is_weak = True
    elif not _by_sizes(answer, lower, families) and not _by_class(answer, name, families):
        _by_words(answer, name, families, family)
    return answer if answer.method != "name" else None


def _by_class(answer: SourceAnswer, name: str, families: Families) -> bool:
    """Judge by a class that the name holds, as those of small models for tests do."""
    found = _CLASS.search(name)
    by_class = from_type(families, AnswerSource.NAME, None, (found[0],)) if found else None
    if by_class is None or not by_class.is_moe:
        return False
    family = families.of_class(found[0]) if found else None
    _yes(answer, "name-family" if family else "name-word", [family] if family else [])
    answer.is_weak = by_class.is_weak
    return True


def _by_sizes(answer: SourceAnswer, lower: str, families: Families) -> bool:
    """Judge by sizes of active parameters and numbers of experts; return whether there are any."""
    named = _families(lower, families)
    if (active := _last(_ACTIVE, lower)) is not None:
        _yes(answer, "name-active", named)
        _set_sizes(answer, active)
        return True
    times, counted = _TIMES.search(lower), _EXPERTS.search(lower)
    experts = int(times["experts"] or times["times"]) if times else 0
    if experts > 1:
        _yes(answer, "name-times", named)
        answer.expert_count = experts
        return True
    number = max(int(one or 0) for one in counted.groups()) if counted else 0
    if number > 1 and "lora" not in lower and not _is_dense_of_own(lower, families):
        _yes(answer, "name-times", named)
        answer.expert_count = number
        return True
    if experts == 1:
        _no(answer, "name-times")  # one expert, extracted from a model of several
    return experts == 1


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for found in pattern.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    return found


def _families(lower: str, families: Families) -> list[MoeFamily]:
    """Return families with experts that a name is of, the longest match first."""
    if not families.is_named(lower):
        return []
    found = [
        (len(match[0]), family)
        for family in families.rows.values()
        if family.names is not None
        and (match := family.names.search(lower)) is not None
        and match[0]
        and not (family.dense_names is not None and family.dense_names.search(lower))
    ]
    return [family for _, family in sorted(found, key=lambda one: -one[0])]


def _is_dense(lower: str, families: Families, family: MoeFamily | None) -> bool:
    if not families.is_named_dense(lower):
        return False
    rows = [family] if family is not None and family.dense_names else families.rows.values()
    return any(row.dense_names is not None and row.dense_names.search(lower) for row in rows)


def _is_dense_of_own(lower: str, families: Families) -> bool:
    """Return whether a name is of a family with experts, and of its models without them."""
    return families.is_named_dense(lower) and any(
        row.names is not None and row.names.search(lower) and row.dense_names is not None
        and row.dense_names.search(lower) for row in families.rows.values()
    )  # fmt: skip


def _yes(answer: SourceAnswer, method: str, named: list[MoeFamily]) -> None:
    answer.is_moe, answer.method = True, method
    if named:
        answer.moe_family = named[0].name
        answer.router = named[0].router or None
        fill_fixed(answer, named[0])


def _no(answer: SourceAnswer, method: str) -> SourceAnswer:
    answer.is_moe, answer.method = False, method
    return answer


def _set_sizes(answer: SourceAnswer, match: re.Match[str]) -> None:
    """Set the rounded sizes that the publisher put into the name."""
    if match["all"]:
        answer.parameter_count = round(float(match["all"]) * _UNIT[match["unit"]])
    answer.active_parameter_count = round(float(match["active"]) * _UNIT[match["active_unit"]])
    total = answer.parameter_count
    if total is not None and answer.active_parameter_count >= total:
        answer.parameter_count = answer.active_parameter_count = None


def _student(lower: str, families: Families) -> str | None:
    """Return the part of a name that is the model's own, if it tells of a distillation.

    ``teacher-distill-student`` names the model last, ``student-distilled-…`` and ``…-distill``
    first. None: it tells of no distillation, or its own sizes stand before the word.
    """
    learned = _DISTILLED.search(lower)
    if learned is None:
        return None
    head, rest = lower[: learned.start()], lower[learned.end() :].strip("-_.")
    if learned[0] == "distill" and _tells(rest, families):
        return rest
    return None if _ACTIVE.search(head) or _TIMES.search(head) else head


def _tells(name: str, families: Families) -> bool:
    """Return whether a part of a name tells a size or a family by itself."""
    return bool(
        _SIZE.search(name)
        or _STUDENT.search(name)
        or _families(name, families)
        or _is_dense(name, families, None)
    )


def _distilled(answer: SourceAnswer, student: str, families: Families) -> None:
    """Judge by the part of the name that is the student's."""
    answer.method = "name-distilled"
    if _by_sizes(answer, student, families):
        return
    is_sized = _SIZE.search(student) is not None
    named = _families(student, families)
    if named and is_sized and not _is_dense(student, families, None):
        _yes(answer, "name-distilled", named)
        answer.is_weak = True
    elif _is_dense(student, families, None) or (_STUDENT.search(student) and not named):
        _no(answer, "name-distilled")
    else:
        answer.reasons.append("the name tells what it was distilled from, not what it is")


def _by_words(
    answer: SourceAnswer, name: str, families: Families, family: MoeFamily | None
) -> None:
    lower = name.lower()
    named = _families(lower, families)
    is_dense = _is_dense(lower, families, family)
    says_so = calls_itself(name)
    if named and family is not None and family in named:
        _yes(answer, "name-family", [family])
    elif named and is_dense and _SIZE.search(lower) and _has_types(named[0]):
        answer.is_weak = True
        answer.reasons.append("the name is of two families")
        _no(answer, "name-dense")
    elif named:
        _yes(answer, "name-family", named)
        answer.is_weak = bool(_OTHER.search(lower))
    elif is_dense and not (says_so and not _is_dense_of_own(lower, families)):
        _no(answer, "name-dense")
    elif says_so:
        _yes(answer, "name-word", [])
        answer.is_weak = is_dense or not (_WORD.search(name) or _LANGUAGE.search(lower))


def _has_types(family: MoeFamily) -> bool:
    """Return whether a family has an implementation; others are put on models of any."""
    return bool(family.types or family.classes or family.gguf)


def calls_itself(name: str) -> bool:
    """Return whether a name has the word for a mixture of experts, said of a language model."""
    lower = name.lower()
    if _NONE_OF_OWN.search(lower):
        return False
    if _WORD.search(_FORMAT.sub("", name)):
        return (_IS_DRAWN if _SPELLED in name else _NOT_LANGUAGE).search(lower) is None
    return bool(_LOWER.search(_FORMAT.sub("", lower))) and _NOT_LANGUAGE.search(lower) is None


def is_only_a_word(answer: SourceAnswer) -> bool:
    """Return whether a name has but the word in it, spelled as a style of drawing is, too."""
    return answer.method == "name-word" and _SPELLED not in answer.read_in
