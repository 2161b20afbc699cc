"""Published tables on what models are made of: experts or none, how many, how large."""

from __future__ import annotations

from miner.schema import tables
from miner.schema.description import Column, Table
from miner.schema.published.base import EVIDENCE, HUB, MODEL, OF_MODEL, SOURCE, described

_IS_MOE = Column("is_moe", "BOOLEAN", "Holds experts to choose between; null: nothing tells")
_FAMILY = Column("moe_family", "VARCHAR", "Family of experts; null: none, or in no table")
_TYPE = Column("model_type", "VARCHAR", "Family of the implementation")
_EXPERTS = (
    Column("expert_count", "BIGINT", "Routed experts of a layer", "experts"),
    Column("experts_per_token", "BIGINT", "Of these, those that a token uses", "experts"),
    Column("shared_expert_count", "BIGINT", "Experts that are always on", "experts"),
    Column("granularity", "DOUBLE", "Four times the hidden size, by the inner width of one expert"),
)
_ACTIVE = (
    Column(
        "active_parameter_count",
        "BIGINT",
        "Parameters that one token uses, embeddings included",
        "parameters",
    ),
    Column(
        "active_parameter_count_no_embedding",
        "BIGINT",
        "The same without the input embedding; never mix the two in one chart",
        "parameters",
    ),
)
_ROUTER = Column("router", "VARCHAR", "How experts are chosen, in words")
_METHOD = Column("method", "VARCHAR", "How that was read, the key of its measured precision")
_CONFIDENCE = Column("confidence", "DOUBLE", "Measured precision of the method, 0 to 1")

ARCHITECTURE: tuple[Table, ...] = (
    described(tables.ModelArchitecture),
    Table(
        "architecture_evidence",
        "What one source says of what a model is made of. One row a source and model, best first.",
        (
            HUB,
            MODEL,
            Column("position", "BIGINT", "0 for the best source of the model"),
            SOURCE,
            _METHOD,
            _IS_MOE,
            _FAMILY,
            _TYPE,
            *_EXPERTS,
            _ROUTER,
            Column("parameter_count", "BIGINT", "Parameters that it tells", "parameters"),
            *_ACTIVE,
            Column("is_weak", "BOOLEAN", "A better answer of a later source goes before it"),
            Column("is_chosen", "BOOLEAN", "is_moe of model_architecture is its answer"),
            _CONFIDENCE,
            Column(
                "state", "VARCHAR", "How its reading ended: read, partial, unparsable, too-large"
            ),
            Column("reasons", "VARCHAR[]", "Why it is not sure"),
            Column("read_in", "VARCHAR", "Where it was read: keys, words"),
            EVIDENCE,
        ),
        key=("hub", "model", "position"),
        references=(OF_MODEL,),
    ),
    Table(
        "moe_family",
        "A family of models with experts, as miner's own reviewed table has it.",
        (
            Column("name", "VARCHAR", "Short name, as in model_architecture.moe_family"),
            Column("title", "VARCHAR", "Name for people"),
            Column("maker", "VARCHAR", "Account on the hub that made it"),
            Column("released", "VARCHAR", "Year, or year and month, of its first model"),
            Column(
                "holds_experts",
                "VARCHAR",
                "How often models of its types hold experts: always, usually, either, never",
            ),
            Column("router", "VARCHAR", "How experts are chosen, in words"),
        ),
        key=("name",),
    ),
    Table(
        "engine_support",
        "A library runs models of a type that holds experts, as its own registry said at a "
        "version. No row: not there at that version, or not looked up.",
        (
            Column("engine", "VARCHAR", "Name of the library; gguf: what llama.cpp names"),
            Column("version", "VARCHAR", "Its version that was read"),
            Column(
                "model_type",
                "VARCHAR",
                "Type, class or GGUF architecture that it runs; with of: one of several families",
            ),
            Column("moe_family", "VARCHAR", "Family of that type; null: in no family"),
            Column(
                "since_version",
                "VARCHAR",
                "The oldest of its versions looked at that has the type; null: none was looked at",
            ),
        ),
        key=("engine", "version", "model_type"),
    ),
    Table(
        "traced_paper",
        "A paper whose way into models and repositories is followed, with how to know models that "
        "implement it. miner's own reviewed table.",
        (
            Column("arxiv_id", "VARCHAR", "arXiv id without version"),
            Column("title", "VARCHAR", "Its title"),
            Column("kind", "VARCHAR", "What it is about"),
            Column("technique", "VARCHAR", "What it proposes, in a few words"),
            Column("families", "VARCHAR", "Families of experts built on it, with a blank between"),
            Column("owners", "VARCHAR", "Accounts of its authors, with a blank between"),
            Column(
                "names",
                "VARCHAR",
                "Words that names of its models have, with a blank between; a hyphen stands for "
                "every other sign, and for the end of a word",
            ),
            Column("repository", "VARCHAR", "Its code, owner/name on GitHub"),
        ),
        key=("arxiv_id",),
    ),
)
