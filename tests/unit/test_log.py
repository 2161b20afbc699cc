"""The log goes to stderr, as text or JSON, and no secret goes with it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from miner.log import mask_secrets, set_up

HUB_TOKEN = "hf_" + "aB3" * 8
LOGGER = logging.getLogger("miner.test")


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger("miner")
    before = (root.handlers[:], root.level, root.propagate)
    yield
    root.handlers[:], root.level, root.propagate = before


@pytest.mark.parametrize(
    "secret",
    [
        HUB_TOKEN,
        "ghp_" + "x9" * 18,
        "gho_" + "x9" * 18,
        "github_pat_" + "1A_b" * 10,
        "sk-" + "proj-" + "q7" * 20,
    ],
)
def test_tokens_are_masked_wherever_they_stand(secret: str) -> None:
    for text in (secret, f"Bearer {secret}", f'{{"token": "{secret}"}}', f"?token={secret}&x=1"):
        masked = mask_secrets(text)
        assert secret not in masked
        assert masked == text.replace(secret, "***")


def test_a_password_in_an_address_is_masked() -> None:
    assert mask_secrets("postgresql://ann:pw-1@db.example:5432/m") == (
        "postgresql://***@db.example:5432/m"
    )


@pytest.mark.parametrize(
    "text",
    [
        "acme/hf_model",
        "hf_endpoint",
        "https://hub.example/acme/model@main",
        "sk-1",
        "risk-free-and-long-enough",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask_secrets(text) == text


def test_text_goes_to_stderr_alone(capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    LOGGER.info("page %s", f"https://hub.example/?token={HUB_TOKEN}")
    LOGGER.debug("not asked for")
    assert capsys.readouterr() == ("", "page https://hub.example/?token=***\n")


def test_verbose_adds_debug_messages(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(verbose=True)
    LOGGER.debug("asked for")
    assert capsys.readouterr().err == "asked for\n"


def test_json_is_one_object_a_line_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(as_json=True)
    LOGGER.warning("two\nlines %s", HUB_TOKEN, extra={"facts": {"models": 3, "key": HUB_TOKEN}})
    (line,) = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert event.pop("time").endswith("+00:00")
    assert event == {
        "level": "warning",
        "logger": "miner.test",
        "message": "two\nlines ***",
        "models": 3,
        "key": "***",
    }


def test_setting_up_twice_does_not_say_things_twice(capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    set_up()
    LOGGER.info("once")
    assert capsys.readouterr().err == "once\n"


def test_a_traceback_is_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    try:
        raise ValueError(HUB_TOKEN)
    except ValueError:
        LOGGER.exception("failed")
    shown = capsys.readouterr().err
    assert "ValueError: ***" in shown
    assert HUB_TOKEN not in shown


def test_a_traceback_is_in_the_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(as_json=True)
    try:
        raise ValueError(HUB_TOKEN)
    except ValueError:
        LOGGER.exception("failed")
    event = json.loads(capsys.readouterr().err)
    assert "ValueError: ***" in event["traceback"]
