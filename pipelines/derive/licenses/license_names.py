"""Which license does a name, key or address stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from license_expression import get_spdx_licensing

from miner.pipelines.derive.licenses import publisher_names
from miner.schema.licenses import KnownLicense, load_addresses, load_licenses, load_names
from miner.schema.licenses.terms import LicenseFamily
from miner.schema.patterns import bounded

MAX_TEXT = 500
_NOTHING = frozenset(
    {"", "none", "null", "nan", "no-license", "not-specified", "unspecified", "not-stated", "-"}
)
_PREFIX = re.compile(r"^(?:licen[sc]e:|spdx:|licenseref-scancode-|licenseref-|x-)")
_WRAPPED = re.compile(r"^(other|custom|proprietary)\s*\((.*)\)$", re.DOTALL)
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"^the-", ""),
        (r"[,()\"']", ""),
        (r"-?\bversion-", "-"),
        (r"-v-?(?=\d)", "-"),
        (r"gnu-affero-general-public(?:-licen[sc]e)?|affero-gpl|gnu-agpl", "agpl"),
        (r"gnu-(?:lesser|library)-general-public(?:-licen[sc]e)?|gnu-lgpl", "lgpl"),
        (r"gnu-general-public(?:-licen[sc]e)?|gnu-gpl", "gpl"),
        (r"gnu-free-documentation(?:-licen[sc]e)?", "gfdl"),
        (r"^(?:the-)?apache-software-licen[sc]e|^asf", "apache"),
        (r"creative-commons-zero.*|^cc-?0(?:-.*)?$", "cc0-1.0"),
        (r"creative-commons", "cc"),
        (r"attribution", "by"),
        (r"non-?commercial", "nc"),
        (r"share-?alike", "sa"),
        (r"no-?deriv(?:ative)?s?", "nd"),
        (r"-{2,}", "-"),
    )
)
_TAIL = re.compile(r"-(?:public-)?licen[sc]e(?:-agreement)?(?=-\d|$)|-agreement$")
_CC = bounded(
    r"^cc-?((?:by|nc|sa|nd)(?:-(?:by|nc|sa|nd))*)-?(\d(?:\.\d)?)?"
    r"(?:-(?:international|intl|unported|generic|deed|igo|[a-z]{2}))*$"
)
_GNU = re.compile(
    r"^(agpl|lgpl|gpl)-?v?(\d(?:\.\d)?)(?:\.0)?(-only|-or-later|-or-newer|-plus|-later|\+)?$"
)
_BSD = re.compile(r"^(?:bsd-?([1-4])(?:-?clause)?|([1-4])-clause-bsd)$")
_LLAMA = re.compile(r"^(?:meta-)?llama-?(2|3(?:[.-][1-3])?|4)(?:-community)?$")
_APACHE = re.compile(r"^apache-?2(?:\.0)?$")
_CC_ADDRESS = re.compile(r"creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)", re.IGNORECASE)
_SPDX_ADDRESS = re.compile(r"spdx\.org/licenses/([\w.+-]+?)(?:\.html|\.json)?$", re.IGNORECASE)
_RESEARCH = re.compile(
    r"(?:^|[-_. ])(?:nc|non-?commercial|research(?:-only|-use|-purposes?)?|academic)(?:[-_. ]|$)"
)
_OPENRAIL = bounded(r"open-?rail")


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says.

    Attributes:
        license: The license; None where it says none.
        kind: ``license``, ``missing`` (nothing is stated), ``no-information`` (something is, and
            it does not say which license) or ``noassertion`` (GitHub could not tell).
        is_stale: The text behind the name was replaced by that of another license.
        is_known: The table, or the list of SPDX, has it; not only concluded from the words.
    """

    license: KnownLicense | None
    kind: str
    is_stale: bool = False
    is_known: bool = True


_MISSING = Named(None, "missing")
_NO_INFORMATION = Named(None, "no-information")
_NOASSERTION = Named(None, "noassertion")


@lru_cache(maxsize=100_000)
def resolve(text: str) -> Named:
    """Return what a name, key, ``other(name)`` or address of a license says.

    Args:
        text: As written.
    """
    if len(text) > MAX_TEXT:
        return _NO_INFORMATION
    plain = text.strip().strip("\"'`").lower()
    if wrapped := _WRAPPED.match(plain):
        inner = resolve(wrapped[2])
        if wrapped[1] == "proprietary":
            return _provider(wrapped[2], inner)
        return _NO_INFORMATION if inner.kind == "missing" else inner
    if "://" in plain or plain.startswith("www."):
        return _by_address(plain)
    name = re.sub(r"[\s_]+", "-", _PREFIX.sub("", plain)).strip("-.")
    return (
        _no_name(name)
        or _by_name(name)
        or _by_name(_spelled(name))
        or _spdx(name)
        or _by_publisher(name)
        or _concluded(name)
    )


def _no_name(name: str) -> Named | None:
    if name in _NOTHING:
        return _MISSING
    return _NOASSERTION if name == "noassertion" else None


def _spelled(name: str) -> str:
    for pattern, by in _WORDS:
        name = pattern.sub(by, name)
    return _TAIL.sub("", name.strip("-")).strip("-")


def _by_name(name: str) -> Named | None:
    """Look a name up in the tables, then read the spellings that follow a rule."""
    known = load_licenses()
    if name in known:
        return Named(known[name], "license")
    if entry := load_names().get(name):
        if not entry.license:
            return _NO_INFORMATION
        return Named(known[entry.license], "license", is_stale=entry.kind == "stale-name")
    key = _by_rule(name)
    return Named(known[key], "license") if key in known else None


def _by_publisher(name: str) -> Named | None:
    """Find a publisher's own license under another of its names."""
    key = publisher_names.agreement(name)
    return Named(load_licenses()[key], "license") if key else None


def _by_rule(name: str) -> str:
    if match := _CC.match(name):
        parts = set(match[1].split("-"))
        elements = "-".join(part for part in ("by", "nc", "nd", "sa") if part in parts | {"by"})
        elements = elements.replace("nd-sa", "nd")
        version = match[2] or ""
        version = f"{version}.0" if len(version) == 1 else version
        return f"cc-{elements}-{version}" if version else f"cc-{elements}"
    if match := _GNU.match(name):
        version = match[2] if "." in match[2] else f"{match[2]}.0"
        later = {None: "", "-only": "-only"}.get(match[3], "-or-later")
        return f"{match[1]}-{version}{later}"
    if match := _BSD.match(name):
        return f"bsd-{match[1] or match[2]}-clause"
    if match := _LLAMA.match(name):
        return f"llama{match[1].replace('-', '.')}"
    return "apache-2.0" if _APACHE.match(name) else ""


@cache
def _spdx_keys() -> dict[str, str]:
    """Return ids of the SPDX list by their lower case."""
    symbols = get_spdx_licensing().known_symbols
    return {
        key.lower(): key
        for key, symbol in symbols.items()
        if not symbol.is_exception and not key.startswith("LicenseRef-")
    }


@cache
def _exceptions() -> dict[str, str]:
    symbols = get_spdx_licensing().known_symbols
    return {key.lower(): key for key, symbol in symbols.items() if symbol.is_exception}


def exception_id(key: str) -> str:
    """Return an exception's id as the SPDX list writes it; itself if it is not there."""
    return _exceptions().get(key.lower(), key)


@cache
def _by_spdx() -> dict[str, KnownLicense]:
    return {one.spdx.lower(): one for one in load_licenses().values() if " " not in one.spdx}


def _spdx(name: str) -> Named | None:
    if found := _by_spdx().get(name) or _by_spdx().get(f"licenseref-{name}"):
        return Named(found, "license")
    if key := _spdx_keys().get(name):
        return Named(unread(name, key, f"https://spdx.org/licenses/{key}.html"), "license")
    return None


@lru_cache(maxsize=10_000)
def unread(name: str, spdx: str = "", url: str = "") -> KnownLicense:
    """Return a license of which no more than the name is known."""
    blank = load_licenses()["cc"]
    return replace(
        blank, license=name, title=name, spdx=spdx or f"LicenseRef-{_slug(name)}", line="",
        evidence="name", url=url, note="not in the tables",
    )  # fmt: skip


def _concluded(name: str) -> Named:
    """Conclude the family from the words of a name that no table has; else only note the name."""
    known = load_licenses()
    if _OPENRAIL.search(name):
        return Named(known["openrail"], "license", is_known=False)
    if _RESEARCH.search(name):
        base = known["research-only"]
        concluded = replace(base, license=name, title=name, spdx=f"LicenseRef-{_slug(name)}")
        return Named(concluded, "license", is_known=False)
    if publisher_names.is_reference(name):
        return _NO_INFORMATION
    return Named(unread(name), "license", is_known=False)


def _provider(name: str, inner: Named) -> Named:
    """Return terms of a hosted service; a name that says nothing leaves it unresolved."""
    if inner.license is None:
        return _NO_INFORMATION
    if inner.license.family in {LicenseFamily.PROVIDER_TERMS, LicenseFamily.RESEARCH_ONLY}:
        return inner
    terms = load_licenses()["provider-terms"]
    return Named(replace(terms, license=name, title=name), "license", is_known=False)


def _by_address(address: str) -> Named:
    if match := _CC_ADDRESS.search(address):
        return _by_name(f"cc-{match[1]}-{match[2]}") or _NO_INFORMATION
    if match := _SPDX_ADDRESS.search(address):
        return resolve(match[1])
    for pattern, key in load_addresses():
        if pattern.search(address):
            return Named(load_licenses()[key], "license")
    return _NO_INFORMATION


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-")


def provider_of(generator: str) -> bool:
    """Return whether a model that generated data is behind a provider's terms of use."""
    return bool(_PROVIDER.search(generator)) and not _OPEN_GPT.search(generator)


_OPEN_GPT = re.compile(r"gpt-?2\b|gpt-?(?:j|neo)|gpt-?oss", re.IGNORECASE)
_PROVIDER = re.compile(
    r"open-?ai|chat-?gpt|\bgpt-?(?:3|4|5)|davinci|codex|\bo[134](?:-mini|-preview)?\b|dall-?e"
    r"|anthropic|claude|gemini|\bbard\b|\bpalm\b|google (?:cloud )?translat|deepl\b|grok\b"
    r"|cohere (?:api|command)|playground|ai21|jurassic",
    re.IGNORECASE,
)
