"""What a config says of experts: by its keys, under the rules of its family where it has one."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import ModuleType

from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.experts import Experts, read_experts
from miner.pipelines.derive.architecture.family import family_of, from_type
from miner.pipelines.derive.architecture.layers import NAMING, layer_count, moe_layers
from miner.pipelines.derive.architecture.model_evidence import AnswerSource, ReadState, SourceAnswer
from miner.pipelines.derive.architecture.parameters import (
    Parameters,
    count_parameters,
    feed_forward,
    granularity,
    read_sizes,
)
from miner.pipelines.derive.architecture.part import ConfigPart, misfits, parts
from miner.schema.moe import Families, MoeFamily

_GUESSES = {"type-kin", "type-house"}
"""What a type is like says less than sizes without any key of experts."""


@dataclass(slots=True)
class PartReading:
    """One part of a config, read.

    Attributes:
        part: The part.
        family: Its family, None if the table does not have it.
        experts: What it says of experts.
        moe: For each layer whether it holds them; None if the number of layers is not known.
        layer_keys: Keys that state which layers do.
    """

    part: ConfigPart
    family: MoeFamily | None
    experts: Experts
    moe: list[bool] | None
    layer_keys: str

    @property
    def is_moe(self) -> bool | None:
        """Whether it holds experts to choose between; None: no key says."""
        experts = self.experts
        has_keys = bool(experts.count) or (experts.count is None and bool(self.layer_keys))
        if experts.is_off or (self.moe is not None and has_keys and not any(self.moe)):
            return False
        if experts.count is not None:
            return experts.count > 1
        return None

    @property
    def is_hinted(self) -> bool:
        """Whether other keys tell of experts, and only their number is left out."""
        if self.experts.count is not None or self.experts.is_off or self.part.is_tower:
            return False
        is_named = self.layer_keys in NAMING and self.moe is not None and any(self.moe)
        return self.experts.top_k is not None or is_named


def read_structure(
    config: bytes | Mapping[str, object], families: Families
) -> tuple[SourceAnswer, list[str]]:
    """Read a config.

    Args:
        config: As received, or decoded.
        families: The table; a type that it does not have is classified by the keys alone.

    Returns:
        What it says, and the classes that it names. A config that cannot be read gives an answer
        with a state and without a statement.
    """
    answer = SourceAnswer(AnswerSource.CONFIG, "config")
    if isinstance(config, bytes):
        decoded, reason = config_values.decode(config)
        if decoded is None:
            is_large = reason.startswith("too large")
            answer.state = ReadState.TOO_LARGE if is_large else ReadState.UNPARSABLE
            answer.reasons.append(reason)
            return answer, []
        config = decoded
    found = parts(config)
    classes = [name for part in found[:1] + found for name in part.classes]
    if (pair := _diffusion_pair(config, families)) is not None:
        return pair, classes
    readings = [_read(part, found, families) for part in found]
    _decide(answer, readings, families)
    return answer, list(dict.fromkeys(classes))


def _root(found: list[ConfigPart]) -> ConfigPart:
    return next(part for part in found if not part.path)


def _read(part: ConfigPart, found: list[ConfigPart], families: Families) -> PartReading:
    root = _root(found)
    family, _ = family_of(families, part.model_type, part.classes)
    if family is None and not part.is_tower:
        family, _ = family_of(families, root.model_type, root.classes)
        if family is not None and family.when == "never":
            family = None
    experts = read_experts(part, family)
    layers = layer_count(part)
    moe, keys = moe_layers(part, layers) if layers else (None, "")
    reader = _reader(family)
    if reader is not None and hasattr(reader, "adjust") and moe is not None:
        moe = reader.adjust(experts, part, moe)
    return PartReading(part, family, experts, moe, keys)


def _reader(family: MoeFamily | None) -> ModuleType | None:
    if family is None or not family.reader:
        return None
    return importlib.import_module(f"miner.pipelines.derive.architecture.readers.{family.reader}")


def _decide(answer: SourceAnswer, readings: list[PartReading], families: Families) -> None:
    """Choose the part that speaks: the first that holds experts, else the first mentioned."""
    root = next(one for one in readings if not one.part.path)
    chosen = next((one for one in readings if one.is_moe), None)
    main = next((one for one in readings if one.is_moe is not None), readings[0])
    chosen = chosen or main
    answer.model_type = root.part.model_type or chosen.part.model_type
    named, at_odds = family_of(families, root.part.model_type, root.part.classes)
    family = named or chosen.family
    if family is not None and family.when == "either" and chosen.family is not None:
        family = chosen.family if chosen.family.when != "never" else family
    answer.is_moe = chosen.is_moe
    answer.reasons += [note for one in readings for note in one.experts.notes]
    answer.read_in = _where(chosen)
    if answer.is_moe is None:
        _without_keys(answer, readings, families)
    else:
        _against_type(answer, chosen, named, families)
    if at_odds and answer.is_moe is not None:
        answer.reasons.append("model type and class disagree")
    if answer.is_moe:
        _describe(answer, chosen, family)
    if answer.method == "config":
        answer.method = "config" if family is not None else "config-structure"
    reading = chosen if answer.is_moe else readings[0]
    answer.reasons += misfits(reading.part)
    if answer.is_moe is not None:
        _set_parameters(answer, reading, root.part)


def _against_type(
    answer: SourceAnswer, reading: PartReading, named: MoeFamily | None, families: Families
) -> None:
    """Note where keys say other than what models of the type are known for.

    Keys win, but where models of a family are known to carry keys of experts that they do not
    have; a switch that is on says that these do.
    """
    model_type = reading.part.model_type or answer.model_type or ""
    if answer.is_moe and named is not None and named.when == "never":
        answer.is_weak = True
        answer.reasons.append("models of this type hold no experts, yet keys name some")
        answer.is_moe = reading.experts.is_off is False
    elif answer.is_moe and named is None and families.is_dense_type(model_type):
        answer.reasons.append("models of this type hold no experts, yet keys name some")
    elif answer.is_moe is False and named is not None and named.when == "always":
        answer.reasons.append("models of this type hold experts, this one names none")


def _where(reading: PartReading) -> str:
    path = f"{reading.part.path}." if reading.part.path else ""
    keys = [path + key for what, key in reading.experts.keys.items() if what != "width"]
    keys += [path + key for key in reading.layer_keys.split(", ") if key and keys]
    return ", ".join(keys)


def _describe(answer: SourceAnswer, reading: PartReading, family: MoeFamily | None) -> None:
    experts = reading.experts
    answer.moe_family = family.name if family is not None and family.when != "never" else None
    answer.router = family.router or None if family is not None else None
    if experts.count is None:
        return
    answer.expert_count = experts.count
    answer.experts_per_token = experts.top_k
    answer.shared_expert_count = _shared(reading)
    if reading.family is not None:
        if answer.shared_expert_count is None:
            answer.shared_expert_count = reading.family.shared
        if answer.experts_per_token is None and reading.family.top_k is not None:
            answer.experts_per_token = reading.family.top_k
            if "top_k" not in reading.family.fixed:
                answer.reasons.append("a default stands for the experts that a token uses")
    answer.shared_expert_count = answer.shared_expert_count or 0
    experts.top_k = answer.experts_per_token


def _shared(reading: PartReading) -> int | None:
    """Return shared experts as a count: a width is divided by that of one expert."""
    experts = reading.experts
    if experts.shared is not None:
        return experts.shared
    if experts.shared_width is None:
        family = reading.family
        has_key = family is not None and (family.keys["shared"] or "shared" in family.fixed)
        return None if has_key else 0
    width = experts.width or reading.part.count("intermediate_size")
    if not experts.shared_width or not width:
        return 0
    return max(1, round(experts.shared_width / width))


def _without_keys(answer: SourceAnswer, readings: list[PartReading], families: Families) -> None:
    """Decide where no key tells the number of experts: by the type, or by the other keys.

    Nested configs leave out what is the default of their class; so does a config that holds the
    type alone. A config that tells how many experts a token uses, or which layers hold them, is of
    a model that has some. One that tells sizes of a type that is not known, and nothing of
    experts, is of a dense model, unless it calls itself otherwise.
    """
    root = next(one for one in readings if not one.part.path)
    language = [one for one in readings if not one.part.is_tower]
    is_full = any(one.part.is_full for one in language)
    for reading in [root, *(one for one in language if one.part.model_type)]:
        by_type = from_type(
            families, AnswerSource.CONFIG, reading.part.model_type, tuple(reading.part.classes)
        )
        if by_type is None or not by_type.is_moe or (is_full and by_type.method in _GUESSES):
            continue
        if is_full and by_type.method != "type-word":
            _by_default(answer, by_type, _family_with_defaults(reading, language), language)
            return
        _copy_facts(answer, by_type)
        answer.is_weak = answer.is_weak or readings[0].part.is_full
        return
    known = from_type(families, AnswerSource.CONFIG, root.part.model_type, tuple(root.part.classes))
    is_dense = known is not None and known.is_moe is False
    hinted = next((one for one in language if one.is_hinted), None)
    if hinted is not None and not is_dense:
        _by_hint(answer, hinted)
    elif any(reading.experts.is_unusable for reading in readings):
        return
    elif is_full:
        answer.is_moe = False
        answer.read_in = "no key of experts"
        is_known = is_dense or (known is not None and known.method == "type-either")
        answer.method = "config" if is_known else "config-structure"
    elif known is not None:
        _copy_facts(answer, known)


def _by_hint(answer: SourceAnswer, reading: PartReading) -> None:
    """Take it from other keys that there are experts; a default stands for their number."""
    answer.is_moe, answer.is_weak, answer.read_in = True, True, _where(reading)
    answer.experts_per_token = reading.experts.top_k
    answer.reasons.append("keys tell of experts, and none tells how many there are")


def _family_with_defaults(reading: PartReading, language: list[PartReading]) -> MoeFamily | None:
    """Return the family whose defaults hold: that of a nested model before that of the whole."""
    found = [one.family for one in (reading, *language) if one.family is not None]
    return next((one for one in found if (one.experts or 0) > 1), found[0] if found else None)


def _by_default(
    answer: SourceAnswer,
    by_type: SourceAnswer,
    family: MoeFamily | None,
    language: list[PartReading],
) -> None:
    """Take the defaults of the implementation where a config leaves out the number of experts."""
    _copy_facts(answer, by_type)
    answer.method, answer.is_weak = "config-default", True
    answer.reasons.append("no key of experts: defaults of the implementation stand for them")
    if family is not None and family.experts is not None and family.experts > 1:
        stated = next((one.experts.top_k for one in language if one.experts.top_k), None)
        answer.expert_count, answer.experts_per_token = family.experts, stated or family.top_k
        answer.shared_expert_count = family.shared


def _copy_facts(answer: SourceAnswer, other: SourceAnswer) -> None:
    answer.is_moe, answer.method, answer.moe_family = other.is_moe, other.method, other.moe_family
    answer.router, answer.is_weak = other.router, other.is_weak
    answer.reasons += other.reasons
    answer.expert_count, answer.experts_per_token = other.expert_count, other.experts_per_token
    answer.shared_expert_count, answer.read_in = other.shared_expert_count, other.read_in


def _set_parameters(answer: SourceAnswer, reading: PartReading, root: ConfigPart) -> None:
    has_count = (reading.experts.count or 0) > 1
    if not answer.is_moe:  # keys can name experts that a switch turns off
        plain = [False] * len(reading.moe) if reading.moe is not None else None
        reading = replace(reading, experts=Experts(), moe=plain)
    elif has_count and (sizes := read_sizes(reading.part, reading.experts, [True], root)):
        answer.granularity = granularity(sizes.hidden, sizes.expert_width)
    counted = _count(reading, root) if has_count or not answer.is_moe else None
    if counted is not None and 0 < counted.active <= counted.total <= config_values.MAX_COUNT:
        answer.parameter_count = counted.total
        if not answer.is_moe or answer.experts_per_token is not None:
            answer.active_parameter_count = counted.active
            answer.active_parameter_count_no_embedding = counted.active_no_embedding


def _count(reading: PartReading, root: ConfigPart) -> Parameters | None:
    reader, family = _reader(reading.family), reading.family
    if family is not None and not root.classes and len(family.classes) == 1:
        root = ConfigPart(
            root.path, {**root.own, "architectures": list(family.classes)}, root.blocks
        )
    try:
        if reader is not None and hasattr(reader, "count"):
            counted: Parameters | None = reader.count(reading.part, reading.experts)
            return counted
        if reading.moe is None:
            return None
        return count_parameters(
            reading.part, reading.experts, reading.moe, root,
            traits=getattr(reader, "TRAITS", None),
            blocks=getattr(reader, "blocks", feed_forward),
            attentions=getattr(reader, "ATTENTIONS", 1),
        )  # fmt: skip
    except (ZeroDivisionError, OverflowError):
        return None  # sizes of 0 where a size divides: no count is better than a wrong one


def _diffusion_pair(config: Mapping[str, object], families: Families) -> SourceAnswer | None:
    """Read a pipeline of two whole transformers, of which each step of the diffusion uses one."""
    name = config_values.text(config.get("_class_name"))
    if name is None or not isinstance(config.get("transformer"), list):
        return None
    family = families.of_class(name)
    both = [config.get(key) for key in ("transformer", "transformer_2")]
    is_pair = all(isinstance(one, list) and len(one) == 2 and all(one) for one in both)
    answer = SourceAnswer(AnswerSource.CONFIG, "config-pair", model_type=name)
    answer.read_in = "transformer, transformer_2"
    if is_pair:
        answer.is_moe, answer.router = True, "by step of the diffusion"
        answer.moe_family = family.name if family is not None else None
        answer.expert_count, answer.experts_per_token, answer.shared_expert_count = 2, 1, 0
        return answer
    if family is not None and family.when == "either":
        answer.is_moe = False
        return answer
    return None
