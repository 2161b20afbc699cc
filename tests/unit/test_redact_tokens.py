"""Tokens in the forms that their issuers document: all go, and a well-kept detector agrees."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins.base import BasePlugin, RegexBasedDetector

from miner.schema.redact import TextKind, redact

ALNUM, HEX, UPPER = string.ascii_letters + string.digits, "0123456789abcdef", "ABCDEFGHJK234567"
WORD = f"{ALNUM}-_"
NOT_BY_FORM = {
    "Public IP (ipv4)": "no secret",
    "Artifactory Credentials": "ten letters behind AKC or APA: names begin so too",
    "Cloudant Credentials": "any hash, by the word before it",
    "IBM Cloud IAM Key": "any hash, by the word before it",
    "IBM COS HMAC Credentials": "any hash, by the word before it",
    "SoftLayer Credentials": "any hash, by the word before it",
}
BY_PREFIX = (
    ("hf_", ALNUM, 34), ("api_org_", ALNUM, 34), ("gsk_", ALNUM, 52), ("nvapi-", WORD, 64),
    ("sk-proj-", WORD, 48), ("sk-ant-api03-", WORD, 95), ("sk-or-v1-", HEX, 64),
    ("xai-", ALNUM, 80), ("pplx-", ALNUM, 48), ("r8_", ALNUM, 37), ("rpa_", UPPER, 40),
    ("jina_", ALNUM, 60),
    ("lsv2_pt_", HEX, 43), ("tvly-dev-", ALNUM, 32), ("csk-", HEX, 48), ("sk_", HEX, 48),
    ("AIza", WORD, 35), ("ya29.", WORD, 120), ("GOCSPX-", WORD, 28), ("AKIA", UPPER, 16),
    ("ASIA", UPPER, 16), ("LTAI", ALNUM, 20), ("dop_v1_", HEX, 64), ("dapi", HEX, 32),
    ("hvs.", WORD, 90), ("dp.pt.", ALNUM, 43), ("pul-", HEX, 40), ("ghp_", ALNUM, 36),
    ("gho_", ALNUM, 36), ("github_pat_", ALNUM, 82), ("glpat-", WORD, 20), ("glrt-", WORD, 20),
    ("npm_", ALNUM, 36), ("pypi-AgEIcHlwaS5vcmc", WORD, 150), ("rubygems_", HEX, 48),
    ("dckr_pat_", WORD, 27), ("dckr_oat_", WORD, 32), ("ATATT3", WORD, 186), ("PMAK-", HEX, 59),
    ("glsa_", ALNUM, 41), ("sntrys_", ALNUM, 90), ("sbp_", HEX, 40), ("pscale_tkn_", WORD, 43),
    ("xoxb-1234567890-", ALNUM, 24), ("xapp-1-A0B1C2D3E-123456-", HEX, 64), ("key-", HEX, 32),
    ("xkeysib-", HEX, 64), ("AC", HEX, 32), ("SK", HEX, 32), ("sk_live_", ALNUM, 24),
    ("rk_live_", ALNUM, 99), ("whsec_", ALNUM, 32), ("sq0csp-", WORD, 43), ("shpat_", HEX, 32),
    ("lin_api_", ALNUM, 40), ("ntn_", ALNUM, 46), ("secret_", ALNUM, 43), ("figd_", WORD, 40),
    ("NRAK-", UPPER, 27), ("AGE-SECRET-KEY-1", UPPER, 58), ("CLOJARS_", HEX, 60),
)  # fmt: skip
SK, DASHES, PGP = "sk" + "-", "-" * 5, "PGP PRIVATE KEY BLOCK"
SHAPES = {
    "OpenAI": f"{SK}{{a20}}T3BlbkFJ{{a20}}",
    "SendGrid": "SG.{w22}.{w43}",
    "Discord": "MTk4NjIy{a16}.{w6}.{w27}",
    "Telegram": "1234567890:AA{w33}",
    "Mailchimp": "{h32}-us12",
    "Terraform": "{a14}.atlasv1.{w60}",
    "Azure application": "{a3}8Q~{a34}",
    "JSON Web Token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{w43}",
    "JSON Web Token, not signed": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0",
    "Slack hook": "https://hooks.slack.com/services/T{u9}/B{u9}/{a24}",
    "Slack workflow": "https://hooks.slack.com/workflows/T{u9}/A{u9}/123/{a24}",
    "Discord hook": "https://discord.com/api/webhooks/123456789/{w68}",
    "Teams hook": "https://acme.webhook.office.com/webhookb2/{h36}@{h36}/IncomingWebhook/{h32}",
    "Azure storage": "AccountKey={b86}==",
    "Amazon, in a variable": "aws_secret_access_key={b40}",
    "Amazon, in a file": "aws_secret_access_key = '{b40}'",
    "any, in a variable": "WANDB_API_KEY={h40}",
    "npm, in a file": "//registry.example.org/:_authToken=npm_{a36}",
    "Amazon, in an address": "s3://" + "AKIA{u16}:{b40}@bucket/path",
    "SSH": "ssh://root:{a9}@host.example",
    "Redis": "redis://:{a12}@cache.example:6379/0",
    "MongoDB": "mongodb+srv://me:{a9}@cluster.example/?retryWrites=true",
    "PostgreSQL": "postgresql://me:p@ss/{a9}@db.example:5432/x",
    "FTP": "ftp://me:{a9}@files.example",
    "a clone": "git clone https://oauth2:{a20}@git.example/acme/one",
    "a signed address": "https://b.example/x?X-Amz-Credential={a30}&X-Amz-Signature={h64}",
    "a signed address, older": "https://b.example/x?AWSAccessKeyId=x{a9}&Signature={a28}",
    "Basic": "Authorization: Basic {a20}7==",
    "PGP": f"{DASHES}BEGIN {PGP}{DASHES}\n{{a60}}\n{DASHES}END {PGP}{DASHES}",
    "OpenSSH": f"{DASHES}BEGIN OPENSSH PRIVATE KEY{DASHES}\n{{a60}}",
}
LETTERS = {"a": ALNUM, "w": WORD, "h": HEX, "u": UPPER, "b": f"{ALNUM}+/"}


def drawn(letters: str, count: int, source: random.Random) -> str:
    return "".join(source.choice(letters) for _ in range(count))


def tokens() -> Iterator[tuple[str, str, list[str]]]:
    """Name, token, and the random parts of it: none of them may stay."""
    for prefix, letters, count in BY_PREFIX:
        part = drawn(letters, count, random.Random(prefix))
        yield prefix, prefix + part, [part]
    for name, shape in SHAPES.items():
        source, parts, text = random.Random(name), [], ""
        for n, piece in enumerate(shape.replace("{", "}").split("}")):
            if n % 2:
                parts.append(drawn(LETTERS[piece[0]], int(piece[1:]), source))
            text += parts[-1] if n % 2 else piece
        yield name, text, parts


TOKENS = [pytest.param(token, parts, id=name) for name, token, parts in tokens()]
PLACES = ("{}", "the key is {} here", "({})", '"{}"', "語{}", "acme/one {}")


def detectors() -> dict[str, BasePlugin]:
    known: dict[str, type[Any]] = get_mapping_from_secret_type_to_class()
    return {
        kind: plugin()
        for kind, plugin in known.items()
        if kind not in NOT_BY_FORM and issubclass(plugin, RegexBasedDetector)
    }


@pytest.mark.parametrize("kind", [TextKind.WORDS, TextKind.SOURCE])
@pytest.mark.parametrize(("token", "parts"), TOKENS)
def test_a_token_goes_wherever_it_stands(token: str, parts: list[str], kind: TextKind) -> None:
    for place in PLACES:
        kept = redact(place.format(token), kind)
        assert kept.kinds
        assert [part for part in parts if part in kept.text] == []
        assert [part for part in parts if len(part) > 8 and part[4:] in kept.text] == []
        assert redact(kept.text, kind).text == kept.text


def test_the_detector_finds_all_its_forms_before_and_none_behind() -> None:
    plugins = detectors()
    found = {}
    for _, token, _ in tokens():
        for kind, plugin in plugins.items():
            if list(plugin.analyze_string(f'x = "{token}"')):
                found[kind] = token
            left = redact(f'x = "{token}"').text.replace("[secret]", "")
            assert not list(plugin.analyze_string(left)), (kind, left)
    assert found.keys() == plugins.keys()


@pytest.mark.parametrize(
    "name",
    [
        f"madatnlp/{SK}kogptv2-kormath-causal", f"{SK}kogptv2-kormath-causal",
        "hf_internal_testing",
        f"acme/{SK}TinyLlama1B-GPTQ4bit-128g", "acme/gsk_8k_benchmark_finetuned_v2",
        "dataset:acme/npm_packages_for_code_generation_and_more", "acme/dapi-bert-base-uncased",
        "bert-base-uncased@v1.2", "https://huggingface.co/acme/one/resolve/main/model.safetensors",
        "acme/glpat-something-long-and-wordy",
        "acme/xai-explainable-model-for-everybody-in-the-world",
        "base_model:quantized:acme/Mistral-7B-Instruct-v0.2.module.something-rather-long-and-more",
        "eos_token: <|endoftext|>", "pad_token = tokenizer.eos_token_and_more_words",
        "token: acme/Llama2-7B-x4-Q8", "https://host.example:8080/p/@scope/x",
        "ssh://" + "git@" + "github.com/acme/one", "docker.io/acme/one@sha256:" + "a1b2" * 16,
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", list(TextKind))
def test_what_is_declared_stays(name: str, kind: TextKind) -> None:
    assert redact(name, kind).text == name


def test_addresses_of_people_in_tags_go_whatever_their_domain() -> None:
    tag = "jane.roe" + "@private-mail.example"
    assert redact(tag, TextKind.WORDS).text == "[email]"
    assert (
        redact("git" + "@git.example:acme/one", TextKind.WORDS).text
        == "git" + "@git.example:acme/one"
    )


@pytest.mark.shared
def test_no_name_of_the_reference_corpus_is_altered(shared_dir: Path) -> None:
    names = set()
    with (shared_dir / "hub-corpus" / "models.jsonl").open("rb") as lines:
        for record in map(json.loads, lines):
            tags = [tag for tag in record.get("tags") or [] if isinstance(tag, str)]
            declared = (tag.rpartition(":")[2] for tag in tags)
            names |= {record["id"], *tags, *(name for name in declared if "/" in name)}
    assert len(names) > 30_000
    altered = [
        (name, kind) for name in names for kind in TextKind if redact(name, kind).text != name
    ]
    assert altered == []
