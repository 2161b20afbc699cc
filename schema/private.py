"""What must not be published: e-mail addresses, secrets, paths in somebody's home.

Here are the patterns, and nothing else; ``schema.redact`` is the one place that applies them. They
are read by RE2, so no text takes longer than its length. Where a column names things (a model, a
file), only what cannot be a name is taken for a secret or an address: a model may be called
``sk-something-long``, and a file ``checkpoint@best.pt``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from miner.schema.published import PUBLISHED


@dataclass(frozen=True, slots=True)
class Token:
    """A kind of token that its issuer lets begin, or be built, in a way of its own.

    Attributes:
        hints: Texts without one of which the pattern cannot match.
        pattern: Finds it in any text, also where it was cut short.
        whole: Finds it as its issuer makes it, in full: what no name happens to look like.
        is_certain: Whether its shape alone tells; else its letters have to look random as well.
        maybe: A short pattern that finds every text in which it may stand; empty: the hints.
    """

    hints: tuple[str, ...]
    pattern: str
    whole: str
    is_certain: bool = False
    maybe: str = ""


def _begins(prefix: str, letters: str, length: int, cut: int = 16) -> Token:
    """Describe a token by its prefix, and the characters behind: in full, and cut short."""
    begin = re.escape(prefix)
    return Token((prefix,), f"{begin}{letters}{{{cut},}}", f"{begin}{letters}{{{length},}}")


def _shaped(pattern: str, *hints: str, maybe: str = "") -> Token:
    return Token(hints, pattern, pattern, is_certain=True, maybe=maybe)


_ALNUM, _WORD, _HEX, _BASE64 = "[A-Za-z0-9]", r"[\w-]", "[0-9a-f]", r"[\w+/=-]"

_LANGUAGE_MODELS = (
    _begins("hf_", _ALNUM, 30, 10),
    _begins("api_org_", _ALNUM, 30),
    Token(
        ("sk-",),
        r"sk-[A-Za-z0-9_-]{16,}",
        r"sk-(?:proj|ant|svcacct|admin|or)-[\w-]{24,}|sk-[A-Za-z0-9]{32,}",
    ),
    _begins("gsk_", _ALNUM, 40),
    _begins("csk-", _ALNUM, 40),
    _begins("nvapi-", _WORD, 40),
    _begins("xai-", _ALNUM, 60),
    _begins("pplx-", _ALNUM, 40),
    _begins("r8_", _ALNUM, 37),
    _begins("tgp_v1_", _WORD, 30),
    _begins("rpa_", _ALNUM, 40),
    _begins("jina_", _ALNUM, 40),
    _begins("pcsk_", r"\w", 40),
    _begins("lsv2_", r"\w", 40),
    _begins("tvly-", _WORD, 30),
    _begins("wandb_v1_", _WORD, 40),
    _begins("KGAT_", _ALNUM, 32),
    _begins("sk_", _HEX, 48, 40),
)
_CLOUDS = (
    _shaped(
        r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b", "A3T", "KIA", "SIA", "BIA", "CCA"
    ),
    _begins("ABSK", _BASE64, 100, 60),
    _begins("AIza", _WORD, 35, 30),
    Token(("ya29.",), r"ya29\.[\w.-]{16,}", r"ya29\.[\w.-]{30,}"),
    _begins("GOCSPX-", _WORD, 28, 20),
    _begins("1//0", _WORD, 40, 40),
    _begins("LTAI", _ALNUM, 20, 20),
    _begins("AKID", _ALNUM, 32, 32),
    _shaped(r"[\w.~]{3}[0-9]Q~[\w.~-]{31,34}", "Q~"),
    *(_begins(f"do{kind}_v1_", _HEX, 64, 32) for kind in "opr"),
    _shaped(r"dapi[0-9a-f]{32}(?:-[0-9])?\b", "dapi"),
    _begins("HRKU-", _WORD, 36, 36),
    _begins("nfp_", _ALNUM, 36, 30),
    _shaped(r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}", "v1.0-"),
    _begins("AKCp", _ALNUM, 60, 60),
    _begins("sha256~", _WORD, 43, 43),
    _shaped(r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,}", ".atlasv1."),
    _begins("pul-", _HEX, 40, 40),
    Token(("hvs.", "hvb."), r"hv[sb]\.[\w-]{20,}", r"hv[sb]\.[\w-]{24,}"),
    Token(("dp.",), r"dp\.[a-z]{2,5}\.[A-Za-z0-9]{30,}", r"dp\.[a-z]{2,5}\.[A-Za-z0-9]{40,}"),
    _shaped(r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{40,}", "dt0c01."),
)
_CODE = (
    *(_begins(f"gh{kind}_", _ALNUM, 36) for kind in "opsur"),
    _begins("github_pat_", r"\w", 22),
    *(
        _begins(f"gl{kind}-", _WORD, 20)
        for kind in ("pat", "dt", "ft", "soat", "rt", "rtr", "cbt", "imt", "ptt", "agent", "oas")
    ),
    _begins("GR1348941", _WORD, 20),
    _begins("npm_", _ALNUM, 36, 30),
    _begins("pypi-AgE", _WORD, 60, 40),
    _begins("rubygems_", _HEX, 48, 40),
    _begins("CLOJARS_", _ALNUM, 60, 40),
    _begins("dckr_pat_", _WORD, 27),
    _begins("dckr_oat_", _WORD, 27),
    _begins("oy2", "[a-z0-9]", 43, 43),
    _begins("ATATT3", r"[\w=-]", 60, 40),
    _begins("ATCTT3", r"[\w=-]", 60, 40),
    _begins("sgp_", r"\w", 40, 40),
    _begins("PMAK-", _WORD, 50, 40),
    *(_begins(prefix, _BASE64, 40) for prefix in ("sntrys_", "sntryu_", "glsa_", "glc_")),
    _begins("sbp_", _HEX, 40, 32),
    _begins("sb_secret_", _WORD, 20),
    *(_begins(f"pscale_{kind}_", r"[\w.=-]", 32) for kind in ("tkn", "pw", "oauth")),
)
_DISCORD = r"[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}\b"
_SERVICES = (
    _shaped(r"(?i)xox[abeoprs]-[0-9][\w-]{10,}", "xox", "XOX"),
    Token(("xox",), r"xox[abeoprs]-[\w-]{10,}", r"xox[abeoprs]-[0-9][\w-]{10,}"),
    _shaped(r"xapp-[0-9]-[A-Z0-9]+-[0-9]+-[A-Za-z0-9]+", "xapp-"),
    _shaped(r"SG\.[\w-]{16,32}\.[\w-]{16,64}", "SG."),
    _begins("xkeysib-", _WORD, 64, 40),
    _shaped(r"key-[0-9a-f]{32}\b", "key-", maybe="key-[0-9a-f]{6}"),
    _shaped(r"[0-9a-z]{32}-us[0-9]{1,2}\b", "-us", maybe="[0-9a-z]{4}-us[0-9]"),
    _shaped(r"(?:bot)?[0-9]{8,10}:[A-Za-z0-9_-]{35}\b", ":", maybe=r"[0-9]{8}:[\w-]{8}"),
    Token((".",), _DISCORD, _DISCORD, maybe=r"\.[\w-]{6}\.[\w-]{8}"),
    _shaped(r"(?:AC|SK)[0-9a-f]{32}\b", "AC", "SK", maybe="(?:AC|SK)[0-9a-f]{6}"),
    Token(
        ("_live_", "_test_", "_prod_"),
        r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,}",
        r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{20,}",
    ),
    _begins("whsec_", _BASE64, 30),
    _shaped(r"sq0(?:csp|atp|idp)-[\w-]{22,}", "sq0"),
    *(_begins(f"shp{kind}_", "[0-9a-fA-F]", 32, 30) for kind in ("at", "ca", "pa", "ss")),
    _begins("lin_api_", _ALNUM, 32),
    _begins("ntn_", _ALNUM, 40, 30),
    _begins("secret_", _ALNUM, 43, 40),
    _begins("figd_", _WORD, 40, 30),
    _begins("NRAK-", _ALNUM, 27, 20),
    _shaped(r"AGE-SECRET-KEY-1[A-Z0-9]{40,}", "AGE-SECRET-KEY-1"),
    _begins("ops_eyJ", _BASE64, 100, 40),
    _begins("p8e-", _ALNUM, 32, 32),
    _begins("sl.", _WORD, 100, 100),
    _shaped(r"eyJ[\w=-]{10,}\.[\w=-]{10,}(?:\.[\w=-]*)?", "eyJ"),
)

TOKENS: tuple[Token, ...] = (*_LANGUAGE_MODELS, *_CLOUDS, *_CODE, *_SERVICES)
"""Of every issuer whose tokens can be told by their form; formats as the issuers document them."""

BEGIN = r"(^|[^\w])"
"""What stands before a token."""

_KEY_LINE = r"[A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-{5}"
PEM = rf"(?s)-{{5}}BEGIN {_KEY_LINE}.*?(?:-{{5}}END {_KEY_LINE}|$)"
HOOK = (
    r"(?i)(hooks\.slack\.com/(?:services|workflows|triggers)/"
    r"|discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/"
    r"|[\w.-]*\.?webhook\.office\.com/webhookb2/|outlook\.office\.com/webhook/"
    r"|chat\.googleapis\.com/v1/spaces/)[\w/.@%~-]{8,}"
)
ACCOUNT = r"(?i)([a-z][a-z0-9+.-]*://)([^/\s@\"'\[:]*(?::[^\s@\"'\[<>]+)?(?:@[^/\s@\"'\[<>]*)*)@"
"""Scheme, and what stands before the last @. A password may hold a slash (those of S3 do)."""

_QUERY = (
    r"(?:[a-z]+[_-])*(?:aws)?(?:api_?key|token|sig|signature|secret|password|passwd|accesskeyid"
    r"|credential|access_?key)"
)
QUERY = rf"(?i)([?&](?:{_QUERY})=)([^&\s\"'\[]+)"
PLAIN_KEY = r"(?i)([?&]key=)([^&\s\"'\[]+)"
AUTHORIZED = (
    r"(?i)((?:^|[^\w])(?:bearer|authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:basic|token))\s+)"
    r"((?:[\w.~+/=-]{4,}[0-9][\w.~+/=-]{10,}|[\w.~+/=-]{12,}[0-9][\w.~+/=-]*))"
)
BEARER = r"(?i)((?:^|[^\w])bearer\s+)([\w.~+/=-]{16,})"
ASSIGNED_RANDOM = (
    r"(?i)((?:api[_-]?key|token|secret|password|passwd|pwd|access[_-]?key|secret[_-]?key"
    r"|account[_-]?key|private[_-]?key|credentials?|auth)"
    r"\\*[\"'`]?\]?\s{0,3}(?:=>|[:=])\s{0,3}\\*[\"'`]?)([\w+/.~-]{16,}={0,2})"
)
"""A name that says secret, and what it is assigned: only what looks random is taken out."""

HOME = (
    r"((?:^|[^\w.~-])(?:/(?:mnt(?:/[A-Za-z])?|var|data[0-9]*|export|private|storage|nfs"
    r"|Volumes/[^/\s]+))?/(?:home|Users)/"
    r"|(?:^|[^\w])[A-Za-z]:[/\\]+(?:(?i:Users)|Documents and Settings)[/\\]+"
    r"|\\\\[\w.-]+\\+(?i:Users)\\+)([^/\\\s\"'\[\]]+)"
)

_TOP_LEVEL = (
    "(?:com|org|net|edu|gov|mil|info|biz|io|ai|dev|app|co|me|tv|xyz|uk|de|fr|it|es|nl|ch|at|be|se"
    "|no|fi|dk|pl|cz|hu|ro|gr|ru|ua|tr|il|ir|cn|jp|kr|tw|hk|sg|in|vn|th|id|my|au|nz|ca|us|br|mx|ar"
    "|cl|za|eg|eu)"
)
_LETTERS = "\u00c0-\u024f\u0370-\u03ff\u0400-\u052f\u1e00-\u1eff"
"""Of Latin, Greek and Cyrillic; those of scripts without spaces would take in the words before."""
_WIDE_AT = "\uff20"
_LOCAL = rf"[\w{_LETTERS}][\w.+{_LETTERS}-]*"
_DOMAIN = rf"[A-Za-z0-9{_LETTERS}][\w{_LETTERS}-]*(?:\.[\w{_LETTERS}-]+)*\."
EMAIL = rf"({_LOCAL})@{_DOMAIN}[A-Za-z][\w-]+"
EMAIL_IN_NAMES = rf"({_LOCAL})@{_DOMAIN}{_TOP_LEVEL}\b"
EMAIL_IN_CODE = (
    rf"[\w.+-]{{1,32}}(?:{_WIDE_AT}|&#(?:0*64|[xX]40);|%40)[\w-]+(?:\.[\w-]+)*\.{_TOP_LEVEL}\b"
)

_CALLED = (
    r"(?:(?:api|access|secret|private|auth)[_-]?key|token|secret|password|passwd|passphrase"
    r"|credentials?|auth|authorization)(?:_(?:value|string|str|hash))?"
)
_QUOTED = r"((?:[^\"'\\\n]|\\[^\"'\n]){6,})"

ASSIGNED: tuple[str, ...] = (
    rf"(?i)({_CALLED}(?:\\*[\"'])?\]?\s*(?::=|=>|[=:])\s*[a-z]{{0,2}}\\*[\"']){_QUOTED}",
    rf"((?:API_?KEY|TOKEN|SECRET|PASSWORD)\\*[\"']\s*,\s*\\*[\"']){_QUOTED}",
    r"(?i)((?:^|\s)--(?:[a-z]+[_-])*(?:api[_-]?key|token|secret|password)(?:=|\s+)\\*[\"']?)"
    r"([^\s\"'\\-][^\s\"'\\]{5,})",
    r"((?:^|[^\w])(?:[A-Z][A-Z0-9]*_)*(?:API_?KEY|ACCESS_KEY|TOKEN|SECRET|PASSWORD)=)"
    r"([\w+/~-]{5,}[0-9][\w+/=~-]*|[\w+/~-]*[0-9][\w+/=~-]{5,})",
)
"""In source: a name that says secret (first group), and what it is assigned (second): a literal,
the value that stands in for a variable of the environment, an option of a command, a variable of a
shell."""

MAYBE_TOKEN = "|".join(
    dict.fromkeys(token.maybe or "|".join(map(re.escape, token.hints)) for token in TOKENS)
)
"""Finds every text with a token."""

MAYBE = "|".join(
    (
        MAYBE_TOKEN,
        rf"[@{_WIDE_AT}]|&#|%40|PRIVATE KEY|(?i:bearer|basic|hook|authorization)",
        r"(?i:key|token|secret|password|passwd|pwd|credentials?|auth|sig|signature|keyid)"
        r"\\*[\"'`]?\]?\s{0,3}[:=]",
        r"/(?:home|Users)/|(?i::[/\\]+Users|\\Users)|Documents and Settings",
    )
)
"""Finds every text that one of the patterns may match: one look at what is nearly always clean."""

MAYBE_IN_SOURCE = rf"{MAYBE}|(?i:key|token|secret|passw|passphrase|credential|auth)"
"""Finds every piece of source that one of the patterns may match."""

_NAMING = frozenset(
    {
        "api", "argument", "author", "blob_sha", "commit", "dataset_declared", "evidence_url",
        "head_commit", "license_link", "merge_sha", "model_resolved", "name_or_path", "named",
        "old_blob_sha", "owner", "parent", "parent_declared", "repository_declared", "root", "sha",
        "sha256", "url", "via",
    }
)  # fmt: skip
FREELY_WRITTEN = frozenset({"tag", "topic"})
"""Columns that name things, and in which people write what they like."""


def naming_columns() -> frozenset[str]:
    """Return the names of columns that hold names, addresses or digests, not words."""
    keys = {column for table in PUBLISHED.values() for column in table.key}
    targets = {
        column
        for table in PUBLISHED.values()
        for reference in table.references
        for column in reference.columns
    }
    return _NAMING | keys | targets
