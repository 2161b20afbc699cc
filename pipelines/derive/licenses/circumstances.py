"""What is stated beside two licenses, as ``k=v;k=v``: which of it matters, as flags of an edge."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from miner.pipelines.derive.licenses.edge import Flags, prefixes_of, region_of
from miner.pipelines.derive.licenses.license_names import provider_of
from miner.pipelines.derive.licenses.statement import Op, Statement, read
from miner.schema.patterns import bounded

_NOTHING = frozenset({"", "none", "no", "n/a", "unknown", "false", "0", "-"})
_YES = frozenset({"yes", "true", "1", "y"})
_NO = frozenset({"no", "false", "0", "n"})
_TEXT_KEYS = ("card_text", "readme", "text", "card")
_FILE_KEYS = ("linked_file", "license_file", "license_text", "file", "license_link")
_NOTICE_KEYS = ("notice", "notices", "notice_file", "terms", "license_copy")
_LINES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), line)
    for pattern, line in (
        (r"llama", "llama"),
        (r"gemma", "gemma"),
        (r"qwen|tongyi", "qwen"),
        (r"deep-?seek", "deepseek"),
        (r"falcon", "falcon"),
        (r"exaone", "exaone"),
        (r"hunyuan", "hunyuan"),
        (r"\bflux", "flux"),
        (r"nvidia|nemotron", "nvidia"),
        (r"stability|stable-?(?:video|cascade)", "stability"),
        (r"rail\b|rail\+\+|rail-m|bloom|creativeml", "openrail"),
        (r"dbrx|databricks", "dbrx"),
        (r"\bmistral", "mistral"),
        (r"chat-?glm|\bglm", "glm"),
    )
)
_LLAMA = re.compile(r"llama[-_ ]?(2|3(?:\.\d)?|4)\b", re.IGNORECASE)
_NOT_COMMERCIAL = re.compile(
    r"non-?commercial|research (?:use |purposes? )?only|no commercial|academic (?:use )?only",
    re.IGNORECASE,
)
_HISTORY = re.compile(r"history|relicens")
_TERMS_FILE = re.compile(
    r"licen[sc]e|notice|copying|use[-_ ]?policy|agreement|terms", re.IGNORECASE
)
_PLAIN_LICENSE = re.compile(r"^(?:licen[sc]e|copying)(?:\.(?:md|txt|rst))?$", re.IGNORECASE)
_WEIGHTS_FILE = re.compile(
    r"\.(?:safetensors|bin|pt|pth|ckpt|onnx|gguf|ggml|h5|msgpack|pb|tflite|mlmodel|npz|pkl|joblib"
    r"|engine|pdparams|keras)$|weights",
    re.IGNORECASE,
)


def facts_of(text: str) -> dict[str, str]:
    """Return ``k=v;k=v`` by key, lower case; a key without a value counts as ``yes``."""
    found = {}
    for part in text.split(";"):
        key, equals, value = part.partition("=")
        if key.strip():
            found[key.strip().lower()] = value.strip() if equals else "yes"
    return found


@dataclass(frozen=True, slots=True)
class Circumstances:
    """One row's ids, kinds and facts.

    Attributes:
        upstream_kind: As stated.
        downstream_kind: As stated.
        downstream: Name of the downstream.
        ships: Whether weights lie in the repository: ``yes``, ``no``, ``unknown``.
        facts: By key.
    """

    upstream_kind: str
    downstream_kind: str
    downstream: str
    ships: str
    facts: dict[str, str]

    def flags(self) -> Flags:
        """Return what matters of it."""
        facts = self.facts
        files = _files(facts.get("repo_files", ""))
        return Flags(
            upstream_kind=self.upstream_kind,
            downstream_kind=self.downstream_kind,
            ships=self.ships,
            names_weights=any(_WEIGHTS_FILE.search(name) for name in files),
            same_owner=facts.get("same_owner", "").lower() in _YES,
            notice=_notice(facts, files, is_repository=self.downstream_kind != "model"),
            prefixes=prefixes_of(self.downstream),
            region=_region(facts),
            is_multimodal=_maybe(facts.get("multimodal", "")),
            generator=_generator(facts.get("generated_by", "")),
            base=_base(facts.get("base_model", "")),
            audited=_stated(facts.get("audited_license", "")),
            text=_first(facts, _TEXT_KEYS),
            file=_first(facts, _FILE_KEYS),
            former=_former(facts),
        )


def named(statement: Statement, facts: dict[str, str]) -> Statement:
    """Return a bare ``other`` with its ``license_name``, where one is stated.

    Args:
        statement: As read from the license field.
        facts: With ``license_name`` perhaps.
    """
    name = facts.get("license_name", "")
    if statement.op is not Op.UNRESOLVED or name.lower() in _NOTHING:
        return statement
    stated = read(name)
    return replace(stated, wording=f"other({stated.wording})") if stated.is_known else statement


def filed(statement: Statement, facts: dict[str, str]) -> Statement:
    """Return an ``other`` with what its license file or text is reported to say.

    Args:
        statement: As read, after :func:`named`.
        facts: With ``license_file``, ``linked_file`` or ``card_text`` perhaps.
    """
    resolved = _first(facts, _FILE_KEYS + _TEXT_KEYS)
    if statement.op is not Op.UNRESOLVED or resolved is None:
        return statement
    return replace(resolved, wording=f"{statement.wording} ({resolved.wording})")


def without_texts(facts: dict[str, str]) -> dict[str, str]:
    """Return facts without those on the texts of one side."""
    return {key: value for key, value in facts.items() if key not in _FILE_KEYS + _TEXT_KEYS}


def explaining(flags: Flags, others: list[Statement]) -> Flags:
    """Return flags that know which lines of licenses the other parents bring in."""
    lines = {word for other in others for one in other.leaves() for word in (one.license, one.line)}
    return replace(flags, explained=frozenset(lines - {""}))


def _files(text: str) -> list[str]:
    if text.lower() in _NOTHING:
        return []
    names = bounded(r"[,|+\s]+").split(text)
    return [name.rpartition("/")[2] for name in names if name]


def _notice(
    facts: dict[str, str], files: list[str], *, is_repository: bool
) -> frozenset[str] | None:
    """Return what a notice beside the work names: licenses and lines, or None without one."""
    notices = [facts[key] for key in _NOTICE_KEYS if facts.get(key, "").lower() not in _NOTHING]
    # a repository has a license file for its own code
    notices += [
        name
        for name in files
        if _TERMS_FILE.search(name) and not (is_repository and _PLAIN_LICENSE.match(name))
    ]
    if not notices:
        return None
    words = " ".join(notices)
    found = {line for pattern, line in _LINES if pattern.search(words)}
    found |= {f"llama{match[1]}" for match in _LLAMA.finditer(words)}
    return frozenset(found)


def _region(facts: dict[str, str]) -> str:
    for key in ("licensee_region", "region", "territory", "licensee"):
        if (value := facts.get(key, "")).lower() not in _NOTHING:
            return region_of(value)
    return ""


def _maybe(text: str) -> bool | None:
    plain = text.strip().lower()
    return True if plain in _YES else False if plain in _NO else None


def _generator(text: str) -> str:
    """Return ``provider``, or the line of a license with terms on outputs, or nothing.

    Other vendors put their models under several licenses: by the name alone nothing is said.
    """
    if provider_of(text):
        return "provider"
    line = _line_of(text)
    return line if line.startswith("llama") or line in {"gemma", "hunyuan"} else ""


def _base(text: str) -> str:
    """Return the license line of a base model by its name, its name where there is none."""
    if text.lower() in _NOTHING:
        return ""
    return _line_of(text) or text.lower()


def _line_of(model: str) -> str:
    """Return the license that a model's name points at, or its line; empty if it does not."""
    if match := _LLAMA.search(model):
        return f"llama{match[1]}"
    return next((line for pattern, line in _LINES if pattern.search(model)), "")


def _stated(text: str) -> Statement | None:
    if text.lower() in _NOTHING or text.lower() in {"unspecified", "x-unspecified"}:
        return None
    found = read(text)
    return found if found.is_known else None


def _first(facts: dict[str, str], keys: tuple[str, ...]) -> Statement | None:
    for key in keys:
        if found := _in_words(facts.get(key, "")):
            return found
    return None


def _in_words(text: str) -> Statement | None:
    """Return the license that words of a card state; a limit to non-commercial use is one."""
    if text.lower() in _NOTHING:
        return None
    whole = read(text)
    if whole.is_known and all(one.evidence != "name" for one in whole.leaves()):
        return whole
    if _NOT_COMMERCIAL.search(text):
        return read("research-only")
    return None


def _former(facts: dict[str, str]) -> tuple[Statement, ...]:
    """Return the licenses of a history ``a>b>c`` but the last, which holds now."""
    text = next((value for key, value in facts.items() if _HISTORY.search(key)), "")
    parts = [read(part) for part in bounded(r"\s*(?:->|>|→)\s*").split(text) if part]
    return tuple(part for part in parts[:-1] if part.is_known)
