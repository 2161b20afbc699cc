"""A small store of made-up models for checks, exported as a DuckDB file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from miner.db.session import open_store
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.queries.loader import macros
from miner.schema.tables import metadata
from miner.settings import load_settings

SEEN = datetime(2026, 1, 2)  # noqa: DTZ001  the store's times carry no zone
_HOME = "https://huggingface.co"


@dataclass(frozen=True)
class Entry:
    """A model, or a dataset.

    Attributes:
        license: Key, or None: states none.
        license_name: Beside the key ``other``.
        others: License keys of a weaker source.
        bases: (name, relation).
        data: Names of datasets that it was trained on.
        is_read: Whether its tags are known.
        alias: A former name.
        files: Paths of its files, ``path@sha256`` where the digest is known, or None.
    """

    license: str | None
    license_name: str | None = None
    others: tuple[str, ...] = ()
    bases: tuple[tuple[str, str], ...] = ()
    data: tuple[str, ...] = ()
    is_read: bool = True
    alias: str | None = None
    files: tuple[str, ...] | None = None


@dataclass
class Shelf:
    """What the store holds, by name."""

    models: dict[str, Entry]
    datasets: dict[str, str | None] = field(default_factory=dict)


def export_shelf(shelf: Shelf, folder: Path) -> Path:
    """Fill a store in this folder and return its DuckDB file."""
    settings = load_settings({"MINER_DATA_DIR": str(folder)})
    engine = open_store(settings)
    with engine.begin() as connection:
        _fill(connection, shelf)
    engine.dispose()
    return export_duckdb(settings, settings.duckdb_path, macros=macros()).target


def _add(connection: Connection, table: str, **values: Any) -> None:
    connection.execute(insert(metadata.tables[table]).values(**values))


def _fill(connection: Connection, shelf: Shelf) -> None:
    _add(
        connection, "hub", id=1, name="huggingface", title="HF", home_page=_HOME, terms_url=_HOME,
        revision_page=f"{_HOME}/{{name}}/tree/{{revision}}",
        file_page=f"{_HOME}/{{name}}/blob/{{revision}}/{{path}}",
    )  # fmt: skip
    models = {name: number for number, name in enumerate(shelf.models, start=1)}
    datasets = {name: number for number, name in enumerate(shelf.datasets, start=1)}
    owners = sorted({name.partition("/")[0] for name in models if "/" in name})
    for number, owner in enumerate(owners, start=1):
        _add(connection, "owner", id=number, hub_id=1, name=owner)
    for name, key in datasets.items():
        stated = shelf.datasets[name]
        _add(connection, "dataset", id=key, hub_id=1, uid=f"d{key}", name=name, state="present",
             license=stated, created_at=SEEN, sha=f"{key:040x}", observed_at=SEEN)  # fmt: skip
        if stated:
            _state(connection, None, key, "declared", stated, None, "data", is_chosen=True)
    for name, key in models.items():
        _model(connection, key, name, shelf.models[name], owners)
    for name, key in models.items():
        for base, relation in shelf.models[name].bases:
            _add(connection, "model_edge", child_id=key, parent=base, parent_id=models.get(base),
                 relation=relation, relation_source="card", source="card",
                 is_chosen=True)  # fmt: skip
        for data in shelf.models[name].data:
            _add(connection, "model_dataset", model_id=key, dataset=data, role="trained_on",
                 dataset_id=datasets.get(data), source="card", is_chosen=True)  # fmt: skip


def _model(connection: Connection, key: int, name: str, entry: Entry, owners: list[str]) -> None:
    owner = name.partition("/")[0]
    _add(
        connection, "model", id=key, hub_id=1, uid=f"u{key}", name=name, state="present",
        owner_id=owners.index(owner) + 1 if "/" in name else None, parse_state="parsed",
        license=entry.license, license_name=entry.license_name, sha=f"{key:040x}", created_at=SEEN,
        tags=["a-tag"] if entry.is_read else None, pipeline_tag="text-generation",
        model_type="bert", safetensors_parameter_count=1000, observed_at=SEEN,
        files=None if entry.files is None else [
            {"path": path, "size_bytes": 1, "sha256": digest or None}
            for path, _, digest in (file.partition("@") for file in entry.files)
        ],
    )  # fmt: skip
    if entry.license:
        for place, stated in enumerate(entry.license.split("|")):
            _state(connection, key, None, "card", stated, entry.license_name, "weights",
                   is_chosen=True, position=place)  # fmt: skip
    for place, other in enumerate(entry.others):
        _state(connection, key, None, "tag", other, None, "weights", is_chosen=False,
               position=place)  # fmt: skip
    if entry.alias:
        _add(connection, "model_alias", hub_id=1, alias=entry.alias, model_id=key,
             observed_at=SEEN, source="redirect")  # fmt: skip


def _state(  # noqa: PLR0917
    connection: Connection, model: int | None, dataset: int | None, source: str, key: str,
    name: str | None, scope: str, *, is_chosen: bool, position: int = 0,
) -> None:  # fmt: skip
    _add(connection, "license_statement", model_id=model, dataset_id=dataset, source=source,
         position=position, key=key, canonical=key, license_name=name, scope=scope,
         is_chosen=is_chosen)  # fmt: skip


_HEADER = b'{"__metadata__":{"modelspec.architecture":"a-net"},"w":{"dtype":"F32",'
_HEADER += b'"shape":[2,3],"data_offsets":[0,24]}}'
WEIGHTS = len(_HEADER).to_bytes(8, "little") + _HEADER + bytes(24)
"""A safetensors file, which ``odd/weighed`` has."""

WEIGHTS_DIGEST = hashlib.sha256(WEIGHTS).hexdigest()

SHELF = Shelf(
    models={
        "acme/encoder": Entry("apache-2.0", data=("acme/pages",), alias="encoder-base"),
        "big/llama-like": Entry("llama3.1"),
        "lab/tuned": Entry("mit", bases=(("big/llama-like", "finetune"),)),
        "lab/again": Entry("mit", bases=(("lab/tuned", "quantized"),)),
        "free/for-study": Entry("cc-by-nc-4.0"),
        "lab/sold": Entry("apache-2.0", bases=(("free/for-study", "finetune"),)),
        "shop/rail": Entry("creativeml-openrail-m"),
        "odd/vague": Entry("other"),
        "odd/named": Entry("other", license_name="My Own Words 1"),
        "odd/chinese": Entry("other", license_name="许可"),
        "odd/silent": Entry(None, files=("config.json", "model.safetensors")),
        "odd/weighed": Entry("apache-2.0", files=(f"model.safetensors@{WEIGHTS_DIGEST}",)),
        "odd/beside": Entry(None, files=("LICENSE", "model.safetensors")),
        "odd/unread": Entry(None, is_read=False),
        "odd/two": Entry("mit|apache-2.0"),
        "odd/choice": Entry("mit OR apache-2.0"),
        "odd/twice": Entry("mit", others=("cc-by-nc-4.0",)),
        "odd/gpl": Entry("gpl-3.0"),
        "odd/orphan": Entry("mit", bases=(("gone/base", "finetune"),), data=("gone/data", "x")),
        "ring/first-one": Entry("mit", bases=(("ring/second-one", "merge"),)),
        "ring/second-one": Entry("mit", bases=(("ring/first-one", "merge"),)),
        "mix/merged": Entry("mit", bases=(("mix/sa", "merge"), ("free/for-study", "merge"))),
        "mix/sa": Entry("cc-by-sa-4.0"),
        "shop/on-nc": Entry("apache-2.0", data=("acme/study-only", "acme/open")),
    },
    datasets={"acme/pages": "cc-by-sa-4.0", "acme/study-only": "cc-by-nc-4.0", "acme/open": None},
)
"""One model for each way in which a check can go."""


def write_project(folder: Path, *names: str, license_text: str = 'license = "Apache-2.0"') -> Path:
    """Write a project that loads these models, one a line from line 3 on."""
    folder.mkdir(parents=True)
    loads = [f'AutoModel.from_pretrained("{name}")' for name in names]
    code = "\n".join(["from transformers import AutoModel", "", *loads, ""])
    (folder / "app.py").write_text(code, encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "a-project"\n{license_text}\n', encoding="utf-8"
    )
    return folder
