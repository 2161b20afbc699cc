"""The evidence on a model, what each source of it states, and what is chosen of that."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from miner.schema.vocab import DEFAULT_HUB

if TYPE_CHECKING:
    from miner.pipelines.derive.architecture.gguf import Header


class AnswerSource(StrEnum):
    """Where an answer was read, best first: the order is the precedence."""

    CONFIG = "config"  # config.json, or the file that takes its place
    GGUF = "gguf"  # metadata of a GGUF file
    SAFETENSORS = "safetensors"  # names and sizes of weights in the headers of safetensors files
    API = "api"  # model type and classes, as the hub repeats them from a config
    TAG = "tag"  # tags of the hub's record
    MEMBER = "member"  # the reviewed table of published members of families
    INHERITED = "inherited"  # what is known of its base model
    NAME = "name"  # its name
    CARD = "card-rule"  # the text of its card


class ReadState(StrEnum):
    """How the reading of a source ended."""

    READ = "read"  # read to the end
    PARTIAL = "partial"  # cut short, or some of it could not be used; what could is the answer
    UNPARSABLE = "unparsable"  # not what it should be; it gives no answer
    TOO_LARGE = "too-large"  # larger than what is read


@dataclass(frozen=True, slots=True)
class EvidenceBase:
    """A base model of another.

    Attributes:
        name: owner/name.
        relation: A member of ``vocab.Relation``.
        architecture: What is known of it; None: only its name is.
    """

    name: str
    relation: str = "unknown"
    architecture: Architecture | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence on one model; everything is optional.

    Attributes:
        model: owner/name.
        hub: Hub of the model.
        config: config.json: bytes as received, or decoded; model_index.json and params.json too.
        gguf: Metadata of a GGUF file by key; or the bytes that the file begins with, or these
            as read.
        tensors: Names of weights, with their shape and type where known, as in the header of
            safetensors files.
        dtypes: Elements by number format, as the hub reports them from these headers.
        safetensors_total: Elements of all weights, as the hub reports them.
        gguf_total: Parameters, as the hub reports them from a GGUF file.
        model_type: As the hub repeats it.
        classes: As the hub repeats them.
        quantization: Method of quantization, as the hub repeats it.
        tags: Tags of the hub's record.
        bases: Its base models.
        card: Text of its card.
        problems: Evidence that cannot be used.
    """

    model: str = ""
    hub: str = DEFAULT_HUB
    config: bytes | Mapping[str, object] | None = None
    gguf: bytes | Header | Mapping[str, object] | None = None
    tensors: Mapping[str, object] | None = None
    dtypes: Mapping[str, int] | None = None
    safetensors_total: int | None = None
    gguf_total: int | None = None
    model_type: str | None = None
    classes: tuple[str, ...] = ()
    quantization: str | None = None
    tags: tuple[str, ...] = ()
    bases: tuple[EvidenceBase, ...] = ()
    card: str | None = None
    problems: tuple[str, ...] = ()


COUNTS = ("expert_count", "experts_per_token", "shared_expert_count")
SHAPE = (*COUNTS, "granularity")
"""What sources state of the experts of a layer."""
PARAMETERS = ("parameter_count", "active_parameter_count", "active_parameter_count_no_embedding")


@dataclass(slots=True)
class SourceAnswer:
    """What one source says.

    Attributes:
        source: Which.
        method: How it was read, the key of its measured precision.
        is_moe: Holds experts to choose between; None: it does not say.
        moe_family: Name of the family in the table.
        model_type: As it names it.
        expert_count: Routed experts a layer.
        experts_per_token: Of these, those that a token uses.
        shared_expert_count: Experts that are always on.
        granularity: Into how many parts the experts cut a block of four times the model's width.
        router: How experts are chosen, in words.
        parameter_count: All parameters.
        active_parameter_count: Those that one token uses, embeddings included.
        active_parameter_count_no_embedding: The same without the input embedding.
        is_weak: A better answer of a later source takes precedence.
        reasons: Why it is not sure.
        state: How the reading ended.
        read_in: Where it was read: keys, words.
        confidence: Measured precision of the method, 0 to 1.
    """

    source: AnswerSource
    method: str
    is_moe: bool | None = None
    moe_family: str | None = None
    model_type: str | None = None
    expert_count: int | None = None
    experts_per_token: int | None = None
    shared_expert_count: int | None = None
    granularity: float | None = None
    router: str | None = None
    parameter_count: int | None = None
    active_parameter_count: int | None = None
    active_parameter_count_no_embedding: int | None = None
    is_weak: bool = False
    reasons: list[str] = field(default_factory=list)
    state: ReadState = ReadState.READ
    read_in: str = ""
    confidence: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """Return what it says, without what it does not."""
        # not dataclasses.asdict: it copies every value, and there are millions of answers
        values = {name: getattr(self, name) for name in self.__slots__}
        return {
            key: value
            for key, value in values.items()
            if value not in (None, "", [], False) or key == "is_moe"
        }


@dataclass(slots=True)
class Architecture:
    """What is chosen of all answers.

    Attributes:
        hub: Hub of the model.
        model: owner/name; empty if it is not known.
        is_moe: Holds experts to choose between; None: nothing says.
        moe_family: Family in the table; None: in none of them.
        model_type: Type of the implementation.
        architecture: First class that the config names.
        expert_count: Routed experts a layer.
        experts_per_token: Of these, those that a token uses.
        shared_expert_count: Experts that are always on.
        granularity: Into how many parts the experts cut a block of four times the model's width.
        parameter_count: All parameters of the language part.
        active_parameter_count: Those that one token uses, embeddings included.
        active_parameter_count_no_embedding: The same without the input embedding.
        parameter_source: How they were counted: ``formula`` from the config, ``tensors`` and
            ``safetensors`` from headers, ``gguf``, ``published`` (active ones in the publisher's
            own way of counting), ``inherited``, ``name`` (rounded by whoever named it).
        parameter_check: What the totals of the weights say of the formula, see ``totals``.
        router: How experts are chosen, in words.
        source: Source of ``is_moe``.
        method: How it was read.
        confidence: Measured precision of that method, 0 to 1; 0 without an answer.
        is_unsure: Sources or keys contradict each other, or a default stands for a key.
        reasons: Why it is not sure.
        conflicts: What sources say against what was chosen.
        memory_bytes: Bytes of the weights by precision.
        evidence: The answer of every source, best first.
    """

    hub: str
    model: str
    is_moe: bool | None = None
    moe_family: str | None = None
    model_type: str | None = None
    architecture: str | None = None
    expert_count: int | None = None
    experts_per_token: int | None = None
    shared_expert_count: int | None = None
    granularity: float | None = None
    parameter_count: int | None = None
    active_parameter_count: int | None = None
    active_parameter_count_no_embedding: int | None = None
    parameter_source: str | None = None
    parameter_check: str | None = None
    router: str | None = None
    source: str | None = None
    method: str | None = None
    confidence: float = 0.0
    is_unsure: bool = False
    reasons: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    memory_bytes: dict[str, int] = field(default_factory=dict)
    evidence: list[SourceAnswer] = field(default_factory=list)

    def as_row(self) -> dict[str, object]:
        """Return it as one JSON object, every column included."""
        row = {
            one.name: getattr(self, one.name)
            for one in dataclasses.fields(self)
            if one.name != "evidence"
        }
        return {**row, "evidence": [answer.as_dict() for answer in self.evidence]}
