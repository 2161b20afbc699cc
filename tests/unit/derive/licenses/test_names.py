"""Names, keys, expressions and addresses: which license is meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.derive.licenses.edge import prefixes_of
from miner.pipelines.derive.licenses.license_names import provider_of, resolve
from miner.pipelines.derive.licenses.statement import MAX_LIST, Op, one_of, read, same
from miner.schema.licenses import load_licenses
from miner.schema.licenses.terms import LicenseFamily

ONE = {
    "apache-2.0": "apache-2.0",
    " Apache-2.0 ": "apache-2.0",
    "Apache License, Version 2.0": "apache-2.0",
    "Apache 2": "apache-2.0",
    "The MIT License": "mit",
    "license:mit": "mit",
    "GPLv3": "gpl-3.0",
    "GPL-3.0+": "gpl-3.0-or-later",
    "gpl-2.0-plus": "gpl-2.0-or-later",
    "GNU General Public License v3.0": "gpl-3.0",
    "GNU Lesser General Public License v2.1 or later": "lgpl-2.1-or-later",
    "GNU Affero General Public License v3": "agpl-3.0",
    "CC BY-NC 4.0": "cc-by-nc-4.0",
    "cc_by_nc_sa_4.0": "cc-by-nc-sa-4.0",
    "CC-BY-SA-NC-4.0": "cc-by-nc-sa-4.0",
    "CC-BY-SA-3.0-DE": "cc-by-sa-3.0",
    "Creative Commons Attribution-NonCommercial-NoDerivatives 4.0 International":
        "cc-by-nc-nd-4.0",
    "cc0": "cc0-1.0",
    "BSD 3-Clause": "bsd-3-clause",
    "3-clause BSD": "bsd-3-clause",
    "bsd-new": "bsd-3-clause",
    "stable-diffusion-2022-08-22": "creativeml-openrail-m",
    "LicenseRef-scancode-llama-3.1-license-2024": "llama3.1",
    "Llama 3.1 Community License Agreement": "llama3.1",
    "other(llama-3)": "llama3",
    "Other( Gemma Terms of Use )": "gemma",
    "llama3-1": "llama3.1",
    "OpenMDW-1.0": "openmdw-1.0",
    "https://creativecommons.org/licenses/by-sa/4.0/": "cc-by-sa-4.0",
    "https://spdx.org/licenses/MIT.html": "mit",
    "https://www.apache.org/licenses/LICENSE-2.0": "apache-2.0",
    "https://ai.google.dev/gemma/terms": "gemma",
    "https://huggingface.co/spaces/bigscience/license": "bigscience-bloom-rail-1.0",
    "bsl-1.0": "bsl-1.0",
    "bsl-1.1": "busl-1.1",
    "unlicense": "unlicense",
    "proprietary(openai-terms)": "openai-terms",
}  # fmt: skip


@pytest.mark.parametrize(("text", "key"), ONE.items(), ids=ONE)
def test_a_name_leads_to_its_license(text: str, key: str) -> None:
    found = read(text)
    assert (found.op, found.text) == (Op.ONE, key)


@pytest.mark.parametrize("key", load_licenses())
def test_every_key_and_spdx_id_reads_back(key: str) -> None:
    known = load_licenses()[key]
    assert read(key).license is known
    if " OR " not in known.spdx:
        assert read(known.spdx).license is known


@pytest.mark.parametrize("text", ["", "  ", "none", "null", "NONE", "no license", "No License"])
def test_nothing_is_stated(text: str) -> None:
    assert read(text).op is Op.MISSING


@pytest.mark.parametrize(
    "text",
    ["other", "unknown", "other(other)", "other()", "custom", "see LICENSE", "proprietary",
     "unknown-license-reference", "data", "Upstream and dataset terms", "other(license)",
     "https://example.org/terms", "x" * 5000],
)  # fmt: skip
def test_what_says_nothing_stays_unresolved(text: str) -> None:
    assert read(text).op is Op.UNRESOLVED
    assert not read(text).is_known


def test_a_name_of_no_table_is_kept_and_nothing_is_made_up() -> None:
    found = read("other(acme-weights)").license
    assert found is not None
    facts = (found.license, found.family, found.commercial_use, found.evidence)
    assert facts == ("acme-weights", LicenseFamily.UNKNOWN, "unknown", "name")
    assert not resolve("acme-weights").is_known


def test_an_id_of_the_spdx_list_without_facts_keeps_its_address() -> None:
    found = read("Beerware").license
    assert found is not None
    assert (found.spdx, found.url) == ("Beerware", "https://spdx.org/licenses/Beerware.html")


@pytest.mark.parametrize(
    "text", ["acme-nc", "acme non-commercial", "Foo Research License", "academic-only-data"]
)
def test_words_of_a_name_can_say_that_it_is_not_commercial(text: str) -> None:
    found = read(text).license
    assert found is not None
    assert (found.family, found.commercial_use) == (LicenseFamily.RESEARCH_ONLY, "no")
    assert found.evidence == "name"


def test_two_names_that_say_non_commercial_are_two_licenses() -> None:
    assert read("acme-nc") != read("emca-nc")
    assert not same(read("acme-nc"), read("emca-nc"))


@pytest.mark.parametrize(
    ("text", "op", "text_read"),
    [
        ("mit|apache-2.0", Op.LIST, "mit | apache-2.0"),
        ("['mit', 'gpl-3.0']", Op.LIST, "mit | gpl-3.0"),
        ("mit, apache-2.0", Op.LIST, "mit | apache-2.0"),
        ("MIT/Apache-2.0", Op.LIST, "mit | apache-2.0"),
        ("MIT OR Apache-2.0", Op.ANY, "mit OR apache-2.0"),
        ("mit or apache 2.0", Op.ANY, "mit OR apache-2.0"),
        ("llama3 AND cc-by-nc-4.0", Op.ALL, "llama3 AND cc-by-nc-4.0"),
        ("(mit OR gpl-2.0) AND cc-by-4.0", Op.ALL, "(mit OR gpl-2.0) AND cc-by-4.0"),
        ("mit|MIT", Op.ONE, "mit"),
        ("mit|", Op.ONE, "mit"),
        ("apache-2.0 WITH LLVM-exception", Op.ONE, "apache-2.0 WITH llvm-exception"),
    ],
)
def test_several_licenses(text: str, op: Op, text_read: str) -> None:
    assert (read(text).op, read(text).text) == (op, text_read)


def test_keys_of_metadata_are_a_list() -> None:
    assert one_of(["mit", "", "gpl-3.0"]).text == "mit | gpl-3.0"
    assert one_of([]).op is Op.MISSING


def test_english_sentences_are_no_expressions() -> None:
    assert read("Terms and Conditions").op is Op.ONE
    assert read("MIT OR (apache").op is not Op.ANY


def test_an_exception_on_linking_weakens_copyleft() -> None:
    found = read("GPL-2.0-only WITH Classpath-exception-2.0").license
    assert found is not None
    assert found.family is LicenseFamily.WEAK_COPYLEFT
    assert found.spdx == "GPL-2.0-only WITH Classpath-exception-2.0"


def test_a_long_list_is_read_and_an_endless_one_is_not() -> None:
    assert read("|".join(["mit", "isc"] * 500)).text == "mit | isc"
    assert read("mit|" * MAX_LIST).op is Op.UNRESOLVED


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    found = read(text)
    assert found == read(text.upper().lower()) or not text.isascii()
    assert isinstance(found.text, str)


@given(st.lists(st.sampled_from(["(", ")", "mit", "OR", "and", "WITH", "|", ",", "other("])))
def test_broken_expressions_are_read(words: list[str]) -> None:
    assert read(" ".join(words)).op in Op


@pytest.mark.parametrize(
    ("name", "prefixes"),
    [
        ("a/Llama-3.1-8B", {"Llama", "Llama 3"}),
        ("a/Meta-Llama-3-8B@main", {"Llama", "Llama 3"}),
        ("llama_8b", {"Llama"}),
        ("a/EXAONE-tuned", {"EXAONE"}),
        ("Llama-3/my-model", set()),
        ("a/MetaMath-Llama", set()),
        ("", set()),
    ],
)
def test_beginnings_of_names(name: str, prefixes: set[str]) -> None:
    assert prefixes_of(name) == prefixes


@pytest.mark.parametrize("text", ["ChatGPT", "GPT-4", "text-davinci-003", "OpenAI o1", "Claude 3"])
def test_models_behind_terms_of_a_provider(text: str) -> None:
    assert provider_of(text)


@pytest.mark.parametrize("text", ["GPT-2", "OpenAI GPT-2", "GPT-NeoX", "Mixtral", "humans", ""])
def test_models_that_are_open(text: str) -> None:
    assert not provider_of(text)
