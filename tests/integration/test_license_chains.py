"""License findings along chains, from a crawled store to the file: every link, every root, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from sqlalchemy import insert
from sqlalchemy import text as sql

from miner.cli import cli
from miner.db.session import open_store
from miner.errors import InvalidData
from miner.pipelines.derive.licenses.chain_judge import open_judge
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.replay.catalog import CURRENT, Catalog, HubFile
from miner.pipelines.sources.replay.serve import serving
from miner.queries.loader import macros
from miner.schema.tables import ModelCommit, ModelCommitChange
from miner.settings import Settings
from tests.crawling import build, crawl, record
from tests.crawling import settings_for as settings_of

Finding = dict[str, Any]
Ask = Callable[..., list[Finding]]


def model(catalog: Catalog, number: int, name: str, text: str = "", **data: Any) -> None:
    """Put a model whose card says what its metadata say, and a text."""
    lines = [f"{key}: {value}" for key, value in data.items() if not isinstance(value, list)]
    for key, value in data.items():
        if isinstance(value, list):
            lines += [f"{key}:", *(f"- {one}" for one in value)]
    card = ("---\n" + "\n".join(lines) + f"\n---\n# A model\n\n{text}\n").encode()
    fields = record(number, id=name, cardData=data, tags=["transformers"])
    catalog.models.put(fields, files={(CURRENT, "README.md"): HubFile(card)})


def dataset(catalog: Catalog, number: int, name: str, license_key: str, text: str = "") -> None:
    data = {"license": license_key} if license_key else {}
    card = f"---\nlicense: {license_key}\n---\n# Data\n\n{text}\n".encode()
    catalog.datasets.put(
        {"_id": f"{900 + number:024x}", "id": name, "sha": f"{900 + number:040x}",
         "createdAt": "2023-01-01T00:00:00.000Z", "lastModified": "2023-01-01T00:00:00.000Z",
         "cardData": data, "tags": [f"license:{license_key}"] if license_key else [],
         "downloads": 5, "likes": 0, "gated": False, "private": False, "disabled": False},
        files={(CURRENT, "README.md"): HubFile(card)},
    )  # fmt: skip


def hub() -> Catalog:
    catalog = build(0)
    dataset(catalog, 1, "data/web", "cc-by-nc-4.0")
    model(catalog, 1, "meta/Llama-3-base", license="llama3")
    model(catalog, 2, "lab/tuned", license="apache-2.0", base_model="meta/Llama-3-base",
          base_model_relation="finetune", datasets=["data/web"])  # fmt: skip
    model(catalog, 3, "quants/tuned-GGUF", license="apache-2.0", base_model="lab/tuned",
          base_model_relation="quantized")  # fmt: skip
    model(catalog, 4, "lab/Llama-3-good", license="llama3", base_model="meta/Llama-3-base",
          base_model_relation="finetune")  # fmt: skip
    model(catalog, 5, "other/bare", base_model="meta/Llama-3-base",
          base_model_relation="finetune")  # fmt: skip
    model(catalog, 6, "lost/child", license="mit", base_model="gone/parent",
          base_model_relation="finetune")  # fmt: skip
    model(catalog, 7, "ring/one", license="gpl-3.0", base_model="ring/two",
          base_model_relation="finetune")  # fmt: skip
    model(catalog, 8, "ring/two", license="gpl-3.0", base_model="ring/one",
          base_model_relation="finetune")  # fmt: skip
    model(catalog, 9, "sa/base", license="cc-by-nc-sa-4.0")
    model(catalog, 10, "gpl/base", license="agpl-3.0")
    model(catalog, 11, "mix/merge", license="mit", base_model=["sa/base", "gpl/base"],
          base_model_relation="merge")  # fmt: skip
    many = [f"many/parent-{number:03d}" for number in range(200)]
    model(catalog, 12, "mix/many", license="mit", base_model=many, base_model_relation="merge")
    model(catalog, 13, "term/other", license="other", license_name="llama3")
    model(catalog, 14, "word/child", license="mit", base_model="term/other",
          base_model_relation="quantized")  # fmt: skip
    model(catalog, 15, "word/list", license=["mit", "apache-2.0"])
    model(catalog, 16, "word/kid", license="MIT", base_model="word/list",
          base_model_relation="finetune")  # fmt: skip
    model(catalog, 17, "word/free", license="other")
    model(catalog, 18, "word/freer", license="mit", base_model="word/free",
          base_model_relation="finetune")  # fmt: skip
    model(catalog, 19, "text/child", license="apache-2.0",
          text="A fine-tune of [it](https://huggingface.co/meta/Llama-3-base).")  # fmt: skip
    model(catalog, 20, "text/kid", license="mit", base_model="text/child",
          base_model_relation="quantized")  # fmt: skip
    model(catalog, 21, "link/tag", license="mit",
          license_link="https://llama.meta.com/llama3/license/")  # fmt: skip
    model(catalog, 22, "link/Llama-3-file", license="other",
          license_link="https://huggingface.co/meta/Llama-3-base/blob/main/LICENSE")  # fmt: skip
    model(catalog, 25, "lab/link-kid", license="mit", base_model="link/Llama-3-file",
          base_model_relation="quantized")  # fmt: skip
    model(catalog, 23, "once/base", license="cc-by-nc-4.0")
    model(catalog, 24, "once/kid", license="mit", base_model="once/base",
          base_model_relation="finetune")  # fmt: skip
    for number, (name, (license_key, text)) in enumerate(CARDS.items(), 2):
        dataset(catalog, number, f"card/{name}", license_key, text)
        model(catalog, 30 + number, f"on/{name}", license="mit", datasets=[f"card/{name}"])
    model(catalog, 50, "on/strict", license="cc-by-nc-4.0", datasets=["card/limit"])
    return catalog


CARDS = {
    "parts": ("mit", "| Part | License |\n|---|---|\n| a | MIT |\n| b | CC-BY-NC-4.0 |"),
    "hosted": ("apache-2.0", "All answers were generated with GPT-4."),
    "limit": ("mit", "The dataset is for non-commercial use only."),
    "granted": ("cc-by-nc-4.0", "The license permits commercial use."),
    "silent": ("mit", "Nothing else."),
    "refers": ("mit", "See the licenses of the original sources."),
    "other": ("mit", "## License\n\nCC BY-NC 4.0"),
    "same": ("mit", "## License\n\nMIT"),
    "bare": ("", "## License\n\nCC BY-NC 4.0"),
}
"""Datasets by name: their tag, and the text of their card."""


def relicense(settings: Settings, name: str, old: str, new: str) -> None:
    """Write into the store that a commit changed a model's license."""
    store = open_store(settings)
    with store.begin() as connection:
        [key] = connection.scalars(sql("SELECT id FROM model WHERE name = :name"), {"name": name})
        of_commit = {"model_id": key, "sha": "c" * 40}
        connection.execute(
            insert(ModelCommit).values(id=1, committed_at=datetime(2024, 1, 1, tzinfo=UTC),
                                       title="License", **of_commit)
        )  # fmt: skip
        connection.execute(
            insert(ModelCommitChange).values(id=1, path="README.md", field="license",
                                             old_value=old, new_value=new, **of_commit)
        )  # fmt: skip
    store.dispose()


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    with serving(hub()) as server:
        settings = settings_of(tmp_path_factory.mktemp("chains") / "data", server.endpoint)
        crawl(settings)
    relicense(settings, "once/base", "mit", "cc-by-nc-4.0")
    export_duckdb(settings, settings.duckdb_path, macros=macros(), judge=open_judge())
    return settings


@pytest.fixture(scope="module")
def ask(chains: Settings) -> Ask:
    def found(**where: Any) -> list[Finding]:
        with duckdb.connect(str(chains.duckdb_path), read_only=True) as connection:
            condition = " AND ".join(f"{column} = ?" for column in where) or "true"
            cursor = connection.execute(
                f"FROM license_finding WHERE {condition} ORDER BY ALL", list(where.values())
            )
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return found


def verdict(findings: list[Finding]) -> tuple[str, str]:
    [finding] = findings
    return finding["verdict"], finding["reason"]


def test_a_link_is_judged_by_its_two_licenses(ask: Ask) -> None:
    [dropped] = ask(upstream="meta/Llama-3-base", downstream="lab/tuned")
    assert (dropped["verdict"], dropped["reason"]) == ("inconsistent", "COMMUNITY_LICENSE_DROPPED")
    assert (dropped["relation"], dropped["distance"], dropped["via"]) == ("finetune", 1, None)
    assert (dropped["upstream_family"], dropped["downstream_family"]) == ("community", "permissive")
    assert dropped["clause"] and dropped["action"] and dropped["evidence_url"].startswith("https")
    assert (dropped["matrix"], bool(dropped["matrix_version"])) == ("miner", True)
    good = ask(upstream="meta/Llama-3-base", downstream="lab/Llama-3-good")
    assert verdict(good)[0] == "consistent"
    bare = ask(upstream="meta/Llama-3-base", downstream="other/bare")
    assert verdict(bare) == ("inconsistent", "MISSING_DOWNSTREAM")


def test_terms_that_go_on_are_followed_to_the_root(ask: Ask) -> None:
    direct = ask(upstream="lab/tuned", downstream="quants/tuned-GGUF")
    assert verdict(direct)[0] == "consistent"
    [further] = ask(upstream="meta/Llama-3-base", downstream="quants/tuned-GGUF")
    assert (further["verdict"], further["distance"], further["via"]) == (
        "inconsistent", 2, "lab/tuned",
    )  # fmt: skip
    assert further["relation"] == "finetune"  # of a quantized fine-tune the looser step


def test_the_address_of_a_models_license_file_stands_for_its_license(ask: Ask) -> None:
    [linked] = ask(downstream="lab/link-kid", upstream="link/Llama-3-file")
    assert (linked["upstream_license"], linked["verdict"]) == ("llama3", "inconsistent")


def test_a_base_that_only_the_text_names_makes_a_chain(ask: Ask, chains: Settings) -> None:
    [direct] = ask(upstream="meta/Llama-3-base", downstream="text/child")
    [further] = ask(upstream="meta/Llama-3-base", downstream="text/kid")
    assert direct["reason"] == further["reason"] == "COMMUNITY_LICENSE_DROPPED"
    assert direct["is_from_text"] and further["is_from_text"]
    assert 0.5 < further["confidence"] == direct["confidence"] <= 1
    [declared] = ask(upstream="text/child", downstream="text/kid")
    assert (declared["is_from_text"], declared["confidence"]) == (False, None)
    with duckdb.connect(str(chains.duckdb_path), read_only=True) as connection:
        edges = connection.execute(
            "SELECT child, relation, source, confidence FROM model_edge WHERE source = 'card-rule'"
        ).fetchall()
    assert edges == [("text/child", "finetune", "card-rule", direct["confidence"])]


def test_the_address_beside_a_tag_is_read(ask: Ask) -> None:
    [conflict] = ask(downstream="link/tag", relation="self")
    assert (conflict["upstream_kind"], conflict["upstream_license"]) == ("license-link", "llama3")
    assert (conflict["verdict"], conflict["reason"]) == ("needs-review", "CARD_FILE_CONFLICT")


def test_a_tag_that_the_base_once_had_is_stale(ask: Ask) -> None:
    assert verdict(ask(upstream="once/base", downstream="once/kid")) == (
        "needs-review", "STALE_TAG",
    )  # fmt: skip


def test_data_go_on_to_what_is_made_of_the_model(ask: Ask) -> None:
    [direct] = ask(upstream="data/web", downstream="lab/tuned")
    assert (direct["upstream_kind"], direct["verdict"], direct["reason"]) == (
        "dataset", "inconsistent", "NC_DATASET",
    )  # fmt: skip
    [further] = ask(upstream="data/web", downstream="quants/tuned-GGUF")
    assert (further["distance"], further["via"]) == (2, "lab/tuned")


def test_what_is_not_held_is_unknown_and_never_consistent(ask: Ask) -> None:
    [lost] = ask(upstream="gone/parent", downstream="lost/child")
    assert (lost["verdict"], lost["upstream_license"]) == ("unknown", "unknown")
    free = ask(upstream="word/free", downstream="word/freer")
    assert verdict(free)[0] == "unknown"


def test_a_cycle_ends(ask: Ask) -> None:
    pairs = {(row["upstream"], row["downstream"]) for row in ask() if row["distance"]}
    assert {("ring/one", "ring/two"), ("ring/two", "ring/one")} <= pairs
    assert not any(up == down for up, down in pairs)


def test_every_parent_of_a_merge_is_judged_and_parents_against_each_other(ask: Ask) -> None:
    found = ask(downstream="mix/merge")
    assert {row["upstream"] for row in found if row["reason"] != "MERGE_CONFLICT"} == {
        "sa/base", "gpl/base",
    }  # fmt: skip
    [conflict] = [row for row in found if row["reason"] == "MERGE_CONFLICT"]
    assert conflict["verdict"] == "inconsistent"
    assert len(ask(downstream="mix/many")) == 200


def test_names_lists_and_cases_of_letters_are_read(ask: Ask) -> None:
    [named] = ask(upstream="term/other", downstream="word/child")
    assert (named["upstream_license"], named["verdict"]) == ("llama3", "inconsistent")
    listed = ask(upstream="word/list", downstream="word/kid")
    assert verdict(listed)[0] == "consistent"


def test_each_row_has_a_key_and_a_reason_of_the_table(ask: Ask) -> None:
    rows = ask()
    keys = [tuple(row[name] for name in ("upstream_kind", "upstream", "downstream", "relation"))
            for row in rows]  # fmt: skip
    assert len(keys) == len(set(keys)) > 20
    assert {row["verdict"] for row in rows} <= {
        "consistent", "inconsistent", "needs-review", "unknown",
    }  # fmt: skip
    assert all(row["explanation"] for row in rows)


def test_obligations_are_those_of_the_bases_too(chains: Settings) -> None:
    command = ["license", "obligations", "quants/tuned-GGUF", "--format", "json", "--duckdb",
               str(chains.duckdb_path)]  # fmt: skip
    result = CliRunner().invoke(cli, command, catch_exceptions=False)
    report = json.loads(result.stdout)
    assert (report["license"], report["commercial_use"]) == ("apache-2.0", "conditional")
    assert [base["model"] for base in report["bases"]] == ["lab/tuned", "meta/Llama-3-base"]
    asked = {(one["kind"], one["origin"]) for one in report["obligations"]}
    assert ("name-prefix", "meta/Llama-3-base") in asked
    assert ("attribution", "quants/tuned-GGUF") in asked
    with pytest.raises(InvalidData, match="no/one"):
        CliRunner().invoke(cli, [*command[:2], "no/one", *command[3:]], catch_exceptions=False)


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("parts", "DATASET_CARD_NARROWS", "mit | cc-by-nc-4.0"),
        ("hosted", "DATASET_CARD_NARROWS", "openai-terms"),
        ("limit", "DATASET_CARD_NARROWS", "research-only"),
        ("refers", "DATASET_CARD_NARROWS", "each part has a license of its own"),
        ("other", "DATASET_CARD_NARROWS", "cc-by-nc-4.0"),
        ("granted", "DATASET_CARD_DIFFERS", "commercial use granted"),
    ],
)
def test_the_text_of_a_datasets_card_narrows_its_tag(
    ask: Ask, name: str, reason: str, words: str
) -> None:
    [finding] = ask(upstream=f"card/{name}", downstream=f"on/{name}")
    assert (finding["verdict"], finding["reason"]) == ("needs-review", reason)
    assert words in finding["explanation"]


@pytest.mark.parametrize("name", ["silent", "same"])
def test_a_text_that_adds_nothing_raises_no_alarm(ask: Ask, name: str) -> None:
    assert verdict(ask(upstream=f"card/{name}", downstream=f"on/{name}"))[0] == "consistent"


def test_a_limit_is_no_alarm_for_a_model_that_keeps_to_it(ask: Ask) -> None:
    assert verdict(ask(upstream="card/limit", downstream="on/strict"))[0] == "consistent"


def test_the_text_is_the_license_where_no_tag_is(ask: Ask) -> None:
    assert verdict(ask(upstream="card/bare", downstream="on/bare")) == (
        "inconsistent", "NC_DATASET",
    )  # fmt: skip


def test_terms_of_data_are_statements_with_their_quote(chains: Settings) -> None:
    with duckdb.connect(str(chains.duckdb_path), read_only=True) as connection:
        rows = connection.execute(
            "SELECT subject, canonical, license_name, is_chosen, span_end > span_start, "
            "evidence_url LIKE '%/datasets/card/%/blob/%/README.md' FROM license_statement "
            "WHERE source = 'card-rule' AND subject_kind = 'dataset' ORDER BY subject"
        ).fetchall()
    assert [row[:4] for row in rows] == [
        ("card/bare", "cc-by-nc-4.0", None, True),
        ("card/granted", "other", "commercial use granted", False),
        ("card/hosted", "openai-terms", "outputs of a hosted model", False),
        ("card/limit", "research-only", "limit on its use", False),
        ("card/other", "cc-by-nc-4.0", None, False),
        ("card/parts", "mit | cc-by-nc-4.0", "licenses of its parts", False),
        ("card/refers", "other", "licenses of its parts", False),
        ("card/same", "mit", None, False),
    ]
    assert all(row[4] and row[5] for row in rows)
