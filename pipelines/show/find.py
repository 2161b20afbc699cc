"""A model that a person names, in the store: by name, former name, address, or in another case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from heapq import nlargest
from urllib.parse import unquote, urlsplit

from sqlalchemy import ColumnElement, Connection, func, select

from miner.db.dialect import in_code_points
from miner.errors import InvalidData
from miner.pipelines.sources.hubs import hub_profiles
from miner.schema.patterns import bounded
from miner.schema.tables import ArchivedAnswer, Hub, Model, ModelAlias, ModelEdge
from miner.settings import Settings

_PREFIX = bounded(r"([a-z][a-z0-9_-]*):(?!//)(.+)")
_CANDIDATES = 2_000
_SUGGESTIONS = 5
_LIKENESS = 0.6


@dataclass(frozen=True, slots=True)
class TypedName:
    """What a person named.

    Attributes:
        text: As typed.
        hub: Short name of the hub, None where none is named.
        name: ``owner/name``, or a legacy name without owner.
    """

    text: str
    hub: str | None
    name: str


@dataclass(frozen=True, slots=True)
class FoundModel:
    """The model that was meant.

    Attributes:
        model_id: Surrogate key.
        found_by: ``name``, ``alias`` (a former or redirecting name) or ``case``.
    """

    model_id: int
    found_by: str


def read_name(text: str, settings: Settings) -> TypedName:
    """Parse a name: ``owner/name``, ``hub:owner/name``, or an address on a hub.

    Args:
        text: As typed.
        settings: Where mirrors of hubs are.

    Raises:
        InvalidData: It names no model.
    """
    plain = text.strip().rstrip("/")
    by_host = {host: profile for profile in hub_profiles() for host in profile.hosts(settings)}
    if plain.startswith(("http://", "https://")) or plain.partition("/")[0] in by_host:
        parts = urlsplit(plain if "://" in plain else f"https://{plain}")
        words = [unquote(word) for word in parts.path.split("/") if word]
        profile = by_host.get(parts.netloc)
        named = profile.name_in_path(words) if profile else None
        if profile is None or named is None:
            raise InvalidData(
                f"{plain} is no address of a model on a hub that miner knows",
                next_step="miner model owner/name",
            )
        return TypedName(text, profile.name, named)
    prefixed = _PREFIX.fullmatch(plain)
    hub, name = (prefixed[1], prefixed[2]) if prefixed else (None, plain)
    if not name:
        raise InvalidData("no model is named", next_step="miner model owner/name")
    return TypedName(text, hub, name)


def find_model(connection: Connection, asked: TypedName) -> FoundModel:
    """Return the model that was meant.

    Raises:
        InvalidData: There is none, or the name fits several; the message names the nearest.
    """
    hubs = _hub_ids(connection, asked)
    on_hubs = Model.hub_id.in_(hubs)
    by_name = select(Model.id).where(on_hubs, Model.name == asked.name)
    by_alias = select(ModelAlias.model_id).where(
        ModelAlias.hub_id.in_(hubs), ModelAlias.alias == asked.name
    )
    # no index helps here; it is one pass over the index of names, made only for strangers
    by_case = select(Model.id).where(on_hubs, func.lower(Model.name) == asked.name.lower())
    alias_by_case = select(ModelAlias.model_id).where(
        ModelAlias.hub_id.in_(hubs), func.lower(ModelAlias.alias) == asked.name.lower()
    )
    for found_by, query in (
        ("name", by_name), ("alias", by_alias), ("case", by_case), ("alias", alias_by_case),
    ):  # fmt: skip
        ids = sorted(set(connection.scalars(query)))
        if len(ids) == 1:
            return FoundModel(ids[0], found_by)
        if ids:
            raise _ambiguous(connection, asked, ids)
    raise _unknown(connection, asked, hubs)


def with_colon(connection: Connection, asked: TypedName) -> TypedName:
    """Take what looks like a hub's prefix for a part of the name, where a model is called so.

    ``torchvision:resnet50`` is a name on PyTorch Hub.
    """
    whole = asked.text.strip()
    if asked.hub is None or whole != f"{asked.hub}:{asked.name}":
        return asked
    queries = (
        select(Model.id).where(Model.name == whole),
        select(ModelAlias.model_id).where(ModelAlias.alias == whole),
    )
    is_known = any(connection.scalar(query.limit(1)) is not None for query in queries)
    return TypedName(asked.text, None, whole) if is_known else asked


def _hub_ids(connection: Connection, asked: TypedName) -> list[int]:
    known = {str(name): int(key) for key, name in connection.execute(select(Hub.id, Hub.name))}
    if asked.hub is None:
        return sorted(known.values())
    if asked.hub not in known:
        raise InvalidData(
            f"the store has nothing of a hub named {asked.hub!r}; it knows: "
            f"{', '.join(sorted(known)) or 'none yet'}",
            next_step=f"miner model {asked.name}",
        )
    return [known[asked.hub]]


def _ambiguous(connection: Connection, asked: TypedName, ids: Sequence[int]) -> InvalidData:
    rows = connection.execute(
        select(Hub.name, Model.name)
        .join(Hub, Hub.id == Model.hub_id)
        .where(Model.id.in_(ids))
        .order_by(Hub.name, Model.name)
    ).all()
    names = [f"{hub}:{name}" for hub, name in rows]
    return InvalidData(
        f"{asked.name} may be {len(names)} models: {', '.join(names[:_SUGGESTIONS])}",
        next_step=f"miner model {names[0]}",
    )


def _unknown(connection: Connection, asked: TypedName, hubs: Sequence[int]) -> InvalidData:
    near = _nearest(asked.name, _candidates(connection, asked.name, hubs))
    message = f"the store holds no model named {asked.name}"
    if near:
        message += f"; near: {', '.join(near)}"
    return InvalidData(
        message,
        kept=_what_is_known(connection, asked.name),
        next_step=f"miner model {near[0]}" if near else "miner status shows what was crawled",
    )


def _what_is_known(connection: Connection, name: str) -> str:
    """Return what other models, or the hub's answers, say of a name that is not stored."""
    known = []
    children = connection.scalar(
        select(func.count(ModelEdge.child_id.distinct())).where(ModelEdge.parent == name)
    )
    if children:
        known.append(f"{children:,} models name it as their base")
    place = f"/api/models/{name}"
    url = in_code_points(connection.dialect.name, ArchivedAnswer.url)
    is_about = (ArchivedAnswer.url == place) | ((url >= f"{place}?") & (url < f"{place}@"))
    answer = connection.execute(
        select(ArchivedAnswer.status, ArchivedAnswer.observed_at)
        .where(is_about)
        .order_by(ArchivedAnswer.observed_at.desc())
        .limit(1)
    ).first()
    if answer is not None:
        known.append(f"the hub answered {answer.status} on {answer.observed_at:%Y-%m-%d}")
    return "; ".join(known)


def _candidates(connection: Connection, text: str, hubs: Sequence[int]) -> list[str]:
    """Return a bounded number of names that could have been meant."""
    owner, _, short = text.rpartition("/")
    middle = len(short) // 2
    words = sorted(re.findall(r"[A-Za-z0-9.]{3,}", short), key=len, reverse=True)
    # one slip of the fingers leaves a half, or a word, as it should be
    parts = [f"/{short}", short[:middle], short[middle:], *words[:2]]
    conditions: list[ColumnElement[bool]] = [
        Model.name.icontains(part, autoescape=True) for part in parts if len(part) > 2
    ]
    if owner:
        name = in_code_points(connection.dialect.name, Model.name)
        conditions.append((name >= f"{owner}/") & (name < f"{owner}0"))
    names: dict[str, None] = {}
    for condition in conditions:
        query = select(Model.name).where(Model.hub_id.in_(hubs), condition)
        like_long = func.abs(func.length(Model.name) - len(text))
        query = query.order_by(like_long, Model.name).limit(_CANDIDATES)
        names.update(dict.fromkeys(connection.scalars(query)))
    return list(names)


def _nearest(text: str, names: Iterable[str]) -> list[str]:
    """Return the names most like a text; without an owner in it, owners do not count."""
    has_owner = "/" in text
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(text.lower())

    def likeness(name: str) -> float:
        matcher.set_seq1(name.lower() if has_owner else name.lower().rpartition("/")[2])
        if matcher.real_quick_ratio() < _LIKENESS or matcher.quick_ratio() < _LIKENESS:
            return 0.0
        return matcher.ratio()

    scored = ((likeness(name), name) for name in names)
    close = [(score, name) for score, name in scored if score >= _LIKENESS]
    return [name for _, name in nlargest(_SUGGESTIONS, close)]
