"""What a server takes: the form of an answer, and names of parameters; found out as it refuses."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import orjson

from miner.pipelines.derive.cards.llm.llm_answers import LlmRequest
from miner.pipelines.derive.cards.llm.llm_settings import LlmSettings
from miner.pipelines.derive.cards.llm.schema import answer_schema

FORMS = ("json_schema", "json_schema without bounds", "json_object", "text")
"""How the form of an answer is asked for, the strictest first."""
_SCHEMA_IN_PROMPT = "\n\nThe form of the answer, as a JSON Schema:\n"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server takes.

    Attributes:
        form: One of ``FORMS``.
        tokens_key: Its name for the bound of an answer.
        has_temperature: It takes a temperature.
        has_seed: It takes a seed.
    """

    form: str = FORMS[0]
    tokens_key: str = "max_tokens"
    has_temperature: bool = True
    has_seed: bool = True

    def parameters(self, settings: LlmSettings) -> dict[str, Any]:
        """Return the parameters as they are sent, for the record; ``form`` among them."""
        found: dict[str, Any] = {**settings.extra, self.tokens_key: settings.max_output_tokens}
        if self.has_temperature and settings.temperature is not None:
            found["temperature"] = settings.temperature
        if self.has_seed and settings.seed is not None:
            found["seed"] = settings.seed
        return {**found, "form": self.form}

    def body(self, request: LlmRequest, settings: LlmSettings) -> dict[str, Any]:
        """Return the request as the server wants it."""
        parameters = self.parameters(settings)
        del parameters["form"]
        messages = [dict(one) for one in request.messages]
        schema = answer_schema(request.fields, is_bounded=self.form != FORMS[1])
        if self.form in FORMS[:2]:
            parameters["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "card_fields", "strict": True, "schema": schema},
            }
        else:
            messages[0]["content"] += _SCHEMA_IN_PROMPT + orjson.dumps(schema).decode()
            if self.form == "json_object":
                parameters["response_format"] = {"type": "json_object"}
        return {"model": settings.model, "messages": messages, **parameters}


def first_dialect(settings: LlmSettings) -> Dialect:
    """Return what to try first."""
    return Dialect(tokens_key="max_completion_tokens" if settings.is_openai else "max_tokens")


def after_refusal(dialect: Dialect, message: str) -> tuple[Dialect, str] | None:
    """Return what to try after a server refused the first requests, for their form perhaps.

    Args:
        dialect: What was tried.
        message: The server's words, with the name of the parameter where it gives one.

    Returns:
        The next dialect, and what is given up in words; None: there is nothing left to try.
    """
    low = message.lower()
    if "max_completion_tokens" in low and dialect.tokens_key == "max_tokens":
        return dataclasses.replace(dialect, tokens_key="max_completion_tokens"), "max_tokens"
    if "max_completion_tokens" in low:
        return dataclasses.replace(dialect, tokens_key="max_tokens"), "max_completion_tokens"
    if "temperature" in low and dialect.has_temperature:
        return dataclasses.replace(dialect, has_temperature=False), "a temperature"
    if "seed" in low and dialect.has_seed:
        return dataclasses.replace(dialect, has_seed=False), "a seed"
    if dialect.form != FORMS[-1]:
        form = FORMS[FORMS.index(dialect.form) + 1]
        return dataclasses.replace(dialect, form=form), f"{dialect.form}, trying {form}"
    return None
