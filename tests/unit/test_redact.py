"""What is taken out of quoted source, and what only looks like a secret and stays."""

from __future__ import annotations

import json
import time

import pytest

from miner.schema.redact import redacted
from tests.scanning import scanned

LETTERS = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1BcD4fGh7j"
# put together, so that no scanner of this project's own source takes them for real ones
SECRETS = {
    "Hugging Face": "hf" + "_" + LETTERS[:34],
    "Hugging Face, cut": "hf" + "_" + LETTERS[:12],
    "GitHub": "ghp" + "_" + LETTERS,
    "GitHub, fine-grained": "github" + "_pat_" + LETTERS,
    "OpenAI": "sk" + "-" + LETTERS,
    "OpenAI, project": "sk" + "-proj-" + LETTERS,
    "Amazon": "AKIA" + "ABCDEFGH12345678",
    "Google": "AIza" + LETTERS[:35],
    "Slack": "xoxb" + "-123456789012-abc",
    "GitLab": "glpat" + "-" + LETTERS[:20],
    "Replicate": "r8" + "_" + LETTERS,
    "JWT": "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
}
SK, GIT, DASHES = "sk" + "-", "git" + "@github.com", "-" * 5
PLACES = {
    "bare": "{}",
    "quoted": "load('{}')",
    "after a letter of another script": "語{}",
    "in JSON": '{{"a": "{}"}}',
    "as the user of an address": "https://user:{}@hub.example/acme/one",
    "in an address": "https://huggingface.co/acme/one?x=1&y={}",
    "beside a model": 'from_pretrained("acme/one", "{}")',
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_known_secrets_go_wherever_they_stand(secret: str, place: str) -> None:
    kept = redacted(place.format(secret))
    assert secret[4:] not in kept
    assert "[secret]" in kept
    assert redacted(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "api_key='QQQ-hunter-2'", 'f(openai_api_key="QQQ-hunter-2")', "API_KEY = 'QQQ-hunter-2'",
        "password: 'QQQ-hunter-2'", 'auth="user:QQQ-hunter-2"', "token='QQQ-hunter-2'",
        "hf_token := `x`; secret = r'QQQ-hunter-2'", '{"access_token": "QQQ-hunter-2"}',
        'os.environ["HF_TOKEN"] = "QQQ-hunter-2"', 'os.getenv("HF_TOKEN", "QQQ-hunter-2")',
        '{"quote": "token=\\"QQQ-hunter-2\\""}', "token='QQQ/hunter2abcdefgh1234567'",
        "api_key='acme/QQQ-hunter-2'", "token='QQQ-hunter-2",
        "serve acme/one --api-key QQQ-hunter-2", "download --hf_token=QQQ-hunter-2 acme/one",
        "--password 'QQQ-hunter-2'", "HF_TOKEN=QQQ-hunter-22 python app.py",
        "Authorization: Bearer QQQ-hunter-2-hunter-2", 'headers={"Authorization": "Bearer QQQ-2"}',
        "https://api.example.org/v1?key=QQQ-hunter-2", "https://x.org/?a=1&sig=QQQ-hunter-2",
        "https://me:QQQ-hunter-2@hub.example/x",
        f"{DASHES}BEGIN RSA PRIVATE KEY{DASHES}\nQQQ\nhunter\n{DASHES}END RSA PRIVATE KEY{DASHES}",
        f"{DASHES}BEGIN PRIVATE KEY{DASHES}\nQQQ-hunter",
    ],
)  # fmt: skip
def test_what_is_given_to_a_name_that_says_secret_goes(text: str) -> None:
    kept = redacted(text)
    assert "QQQ" not in kept
    assert "hunter" not in kept
    assert "[secret]" in kept
    assert redacted(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "tokenizer='acme/one-7b'", "tokenizer_name = 'acme/one-7b'", 'dict(tokenizer="bert-base")',
        'token="acme/one-7b"', "TOKEN_CLASSIFIER = 'acme/bert-large-NER'",
        "token_classification='acme/bert-large-NER'", "author='Somebody Else'",
        "author: 'acme/one-7b'", "args.hf_checkpoint", "hf_transformers_model or hf_pretrained",
        f"'acme/{SK}embedding-large-v2'", f"https://huggingface.co/acme/{SK}embedding-large-v2",
        "'acme/hf_converted12345'", f"'{SK}learn-embedding-base'", "pad_token='<|endoftext|>'",
        "mask_token='[MASKED]'", "token='${HF_TOKEN}'", 'api_key="{{ env.KEY }}"',
        "token=f'{HF_TOKEN}'", 'headers={"Authorization": "Bearer ${HF_TOKEN}"}',
        "token=os.environ['HF_TOKEN']", "HF_TOKEN=os.environ.get(name)", "--max-token 1000000",
        f"{GIT}:acme/one.git", "pytorch/vision@v0.10.0", "acme/one@main",
        "bearer of good news", "max_tokens: 'all of them'", "--token $HF_TOKEN acme/one",
    ],
)  # fmt: skip
def test_names_words_and_references_stay(text: str) -> None:
    assert redacted(text) == text


def test_addresses_of_people_go() -> None:
    assert redacted("by jane.doe+x@mail.example.org, and more") == "by [email], and more"


def test_a_use_site_keeps_its_model_and_loses_its_secret() -> None:
    code = (
        "from transformers import AutoModel\n"
        "AutoModel.from_pretrained(pick(tokenizer='acme/one-7b', name=sys.argv[1]))\n"
        f"AutoModel.from_pretrained(pick(api_key='{SECRETS['OpenAI']}', name=sys.argv[1]))\n"
    )
    found = scanned({"app.py": code}).sites
    assert [json.dumps(site.argument) for site in found if site.model is None] == [
        json.dumps("pick(tokenizer='acme/one-7b', name=sys.argv[1])"),
        json.dumps("pick(api_key='[secret]', name=sys.argv[1])"),
    ]


@pytest.mark.parametrize(
    "text", ["a" * 100_000 + "@", f"/{SK}aaaaaaaaaaaaaaaa1" * 5_000, 'token="' * 15_000],
    ids=["letters", "names", "quotes"],
)  # fmt: skip
def test_long_texts_take_time_as_they_are_long(text: str) -> None:
    begun = time.process_time()
    redacted(text)
    assert time.process_time() - begun < 5  # a second at most; minutes if it were quadratic
