"""What must not be published: e-mail addresses, secrets, paths in somebody's home.

The patterns are read by RE2 and by Python alike. Where a column names things (a model, a file),
only what cannot be a name is taken for a secret or an address: a model may be called
``sk-something-long``, and a file ``checkpoint@best.pt``.
"""

from __future__ import annotations

from dataclasses import dataclass

from miner.schema.published import PUBLISHED


@dataclass(frozen=True, slots=True)
class Private:
    """One kind of thing that is not published.

    Attributes:
        kind: What it is, as counted in the manifest.
        pattern: Finds it in any text.
        pattern_in_names: Finds it in a column that names things.
        replacement: What stands in its place, the first group in front of it kept.
        hint: A text without which the pattern cannot match, or empty.
    """

    kind: str
    pattern: str
    pattern_in_names: str
    replacement: str
    hint: str = ""


_TOP_LEVEL = (
    "(?:com|org|net|edu|gov|mil|info|biz|io|ai|dev|app|co|me|tv|xyz|uk|de|fr|it|es|nl|ch|at|be|se"
    "|no|fi|dk|pl|cz|hu|ro|gr|ru|ua|tr|il|ir|cn|jp|kr|tw|hk|sg|in|vn|th|id|my|au|nz|ca|us|br|mx|ar"
    "|cl|za|eg|eu)"
)
_BEGIN = r"(^|[^\w])"
_STRICT = (
    r"hf_[A-Za-z0-9]{30,}|gh[opsur]_[A-Za-z0-9]{36,}|github_pat_\w{22,}"
    r"|sk-(?:proj|ant|svcacct|admin|or)-[\w-]{24,}|sk-[A-Za-z0-9]{32,}|xox[abprs]-[0-9][\w-]{10,}"
    r"|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|glpat-[\w-]{20,}|r8_[A-Za-z0-9]{37,}|npm_[A-Za-z0-9]{36}"
    r"|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}"
)
_BROAD = (
    r"hf_[A-Za-z0-9]{10,}|gh[opsur]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|sk-[A-Za-z0-9_-]{16,}"
    r"|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|glpat-[\w-]{16,}|r8_\w{20,}"
    r"|npm_[A-Za-z0-9]{36}"
    r"|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}"
)
_ACCOUNT = r"(?i)(https?://)[^/\s@\"'\[]+@"
_KEY = r"(?i)([?&](?:api_?key|token|access_token|sig|signature|secret)=)[^&\s\"'\[]+"
_ABOVE = r"(?:/(?:mnt(?:/[A-Za-z])?|var|data\d*|export|private|storage|nfs|Volumes/[^/\s]+))?"
_HOME = (
    rf"((?:^|[^\w.~-]){_ABOVE}/(?:home|Users)/"
    r"|(?:^|[^\w])[A-Za-z]:[/\\]+(?:(?i:Users)|Documents and Settings)[/\\]+"
    r"|\\\\[\w.-]+\\+(?i:Users)\\+)[^/\\\s\"'\[\]]+"
)
_LETTERS = "\u00c0-\u024f\u0370-\u03ff\u0400-\u052f\u1e00-\u1eff"
"""Of Latin, Greek and Cyrillic; those of scripts without spaces would take in the words before."""
_WIDE_AT = "\uff20"
_LOCAL = rf"[\w.+{_LETTERS}-]"
_ACCOUNT_NAME = (
    rf"(?:\b|[{_LETTERS}])(?:{_LOCAL}{{4,}}|{_LOCAL}{{1,2}}"
    rf"|[a-fh-zA-Z0-9_{_LETTERS}]{_LOCAL}{_LOCAL}|g[a-hj-zA-Z0-9_.+{_LETTERS}-]{_LOCAL}"
    rf"|gi[a-su-zA-Z0-9_.+{_LETTERS}-])"
)
"""What stands before the @: anything but ``git``, the account that everybody uses."""
_DOMAIN = rf"[A-Za-z0-9{_LETTERS}][\w{_LETTERS}-]*(?:\.[\w{_LETTERS}-]+)*\."
_PEM = r"(?s)-{5}BEGIN [A-Z ]{0,40}PRIVATE KEY-{5}.*?(?:-{5}END [A-Z ]{0,40}PRIVATE KEY-{5}|$)"
_AUTHORIZED = (
    r"(?i)((?:^|[^\w])bearer\s+)"
    r"(?:[\w.~+/=-]{4,}[0-9][\w.~+/=-]{10,}|[\w.~+/=-]{12,}[0-9][\w.~+/=-]*)"
)
_HEXADECIMAL = (
    r"((?i:api_?key|token|secret|password)\\*[\"']?\]?\s{0,3}[:=]\s{0,3}\\*[\"']?)[0-9a-f]{40}\b"
)

PRIVATE: tuple[Private, ...] = (
    Private("private key in full", _PEM, _PEM, "[secret]", "PRIVATE KEY-----"),
    Private("secret", f"{_BEGIN}(?:{_BROAD})", f"{_BEGIN}(?:{_STRICT})", r"\1[secret]"),
    Private("authorization", _AUTHORIZED, _AUTHORIZED, r"\1[secret]", "earer"),
    Private("assigned secret", _HEXADECIMAL, _HEXADECIMAL, r"\1[secret]"),
    Private("account in an address", _ACCOUNT, _ACCOUNT, r"\1[secret]@", "@"),
    Private("key in an address", _KEY, _KEY, r"\1[secret]", "="),
    Private(
        "e-mail address",
        rf"{_ACCOUNT_NAME}@{_DOMAIN}[A-Za-z][\w-]+",
        rf"{_ACCOUNT_NAME}@{_DOMAIN}{_TOP_LEVEL}\b",
        "[email]",
        "@",
    ),
    *(
        Private("e-mail address in code", pattern, pattern, "[email]", hint)
        for hint, at in ((_WIDE_AT, _WIDE_AT), ("&#", "&#(?:0*64|[xX]40);"), ("%40", "%40"))
        for pattern in (rf"[\w.+-]{{1,32}}{at}[\w-]+(?:\.[\w-]+)*\.{_TOP_LEVEL}\b",)
    ),
    Private("path in a home", _HOME, _HOME, r"\1[user]"),
)
"""In the order in which they are looked for."""

_CALLED = (
    r"(?:(?:api|access|secret|private|auth)[_-]?key|token|secret|password|passwd|passphrase"
    r"|credentials?|auth|authorization)(?:_(?:value|string|str|hash))?"
)
_QUOTED = r"((?:[^\"'\\\n]|\\[^\"'\n]){6,})"
_PRIVATE_KEY = r"(?s)-{5}BEGIN [A-Z ]*PRIVATE KEY-{5}.*?(?:-{5}END [A-Z ]*PRIVATE KEY-{5}|$)"
_BEARER = r"(?i)((?:^|[^\w])bearer\s+)[\w.~+/=-]{16,}"
_PLAIN_KEY = r"(?i)([?&]key=)[^&\s\"'\[]+"

WITH_SOURCE: tuple[Private, ...] = (
    Private("private key", _PRIVATE_KEY, _PRIVATE_KEY, "[secret]", "-----BEGIN"),
    Private("bearer", _BEARER, _BEARER, r"\1[secret]"),
    Private("key in an address", _PLAIN_KEY, _PLAIN_KEY, r"\1[secret]", "="),
)
"""What is looked for besides, where source and answers are quoted: it would be far too broad
for all columns of a snapshot."""

ASSIGNED: tuple[str, ...] = (
    rf"(?i)({_CALLED}(?:\\*[\"'])?\]?\s*(?::=|=>|[=:])\s*[a-z]{{0,2}}\\*[\"']){_QUOTED}",
    rf"((?:API_?KEY|TOKEN|SECRET|PASSWORD)\\*[\"']\s*,\s*\\*[\"']){_QUOTED}",
    r"(?i)((?:^|\s)--(?:[a-z]+[_-])*(?:api[_-]?key|token|secret|password)(?:=|\s+)\\*[\"']?)"
    r"([^\s\"'\\-][^\s\"'\\]{5,})",
    r"((?:^|[^\w])(?:[A-Z][A-Z0-9]*_)*(?:API_?KEY|ACCESS_KEY|TOKEN|SECRET|PASSWORD)=)"
    r"([\w+/~-]{5,}[0-9][\w+/=~-]*|[\w+/~-]*[0-9][\w+/=~-]{5,})",
)
"""A name that says secret (first group), and what it is given (second): a literal, the value that
stands in for a variable of the environment, an option of a command, a variable of a shell."""

MAYBE = (
    rf"[@={_WIDE_AT}]|&#|%40|hf_|gh[opsur]_|github_pat_|sk-|xox[abprs]-|AKIA|AIza|glpat-|r8_|eyJ|npm_"
    r"|PRIVATE KEY-|earer|(?i:key|token|secret|password)\\*[\"']?\]?\s{0,3}:"
    r"|/(?:home|Users)/|(?i::[/\\]+Users|\\Users)|Documents and Settings"
)
"""Finds every text that one of the patterns may match: one look at what is nearly always clean."""

_NAMING = frozenset(
    {
        "api", "argument", "dataset_declared", "evidence_url", "head_commit", "license_link",
        "model_resolved", "named", "name_or_path", "owner", "parent", "parent_declared",
        "repository_declared", "root", "sha", "blob_sha", "sha256", "commit", "url", "via",
    }
)  # fmt: skip


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
