"""From a paper to models and repositories: a planted hub and GitHub, crawled and asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from miner.pipelines.sources.replay.catalog import CURRENT, Catalog, FileKey, HubFile
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.settings import Settings
from tests.crawling import record, run
from tests.forges import forge_settings, miner, put, source

PAPER = "2401.06066"  # of the list: experts that are many and small
FOREIGN = "2511.04321"  # of no list
OWN = "2505.00077"  # of no list either: a card says that it is its own
FINE = {
    "model_type": "deepseek_v2", "architectures": ["DeepseekV2ForCausalLM"], "hidden_size": 64,
    "intermediate_size": 128, "moe_intermediate_size": 32, "num_hidden_layers": 3,
    "num_attention_heads": 4, "num_key_value_heads": 4, "vocab_size": 1000, "n_routed_experts": 16,
    "n_shared_experts": 2, "num_experts_per_tok": 4, "first_k_dense_replace": 1,
    "kv_lora_rank": 16, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16,
}  # fmt: skip
DENSE = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 64,
    "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 4, "vocab_size": 1000,
}  # fmt: skip


def plant(
    catalog: Catalog, number: int, name: str, day: str, config: dict[str, Any] | None = None,
    *, base: tuple[str, str] | None = None, paper: str | None = None, card: str | None = None,
) -> None:  # fmt: skip
    tags, data = ["transformers"], {}
    files: dict[FileKey, HubFile] = {}
    if base is not None:
        relation, of = base
        data = {"base_model": [of], "base_model_relation": relation}
        tags += [f"base_model:{of}", f"base_model:{relation}:{of}"]
    if paper is not None:
        tags.append(f"arxiv:{paper}")
    if config is not None:
        files[CURRENT, "config.json"] = HubFile(orjson.dumps(config))
    if card is not None:
        files[CURRENT, "README.md"] = HubFile(card.encode())
    siblings = [{"rfilename": path} for _, path in files]
    shape = {key: config[key] for key in ("model_type", "architectures")} if config else {}
    fields = record(
        number, id=name, createdAt=f"{day}T00:00:00.000Z", lastModified=f"{day}T00:00:00.000Z",
        tags=tags, cardData=data, siblings=siblings, config=shape, downloads=number,
    )  # fmt: skip
    catalog.models.put(fields, files=files)


def planted() -> Catalog:
    """A first model ten days after the paper, its line, and who only cites."""
    catalog = Catalog()
    catalog.saw(datetime.fromisoformat("2026-01-01T12:00:00"))
    plant(catalog, 1, "deepseek-ai/deepseek-moe-16b-base", "2024-01-11", FINE)
    plant(
        catalog,
        2,
        "ann/tuned",
        "2024-01-31",
        FINE,
        base=("finetune", "deepseek-ai/deepseek-moe-16b-base"),
    )
    plant(catalog, 3, "bob/tuned-GGUF", "2024-02-10", base=("quantized", "ann/tuned"))
    plant(catalog, 4, "yan/unlike", "2024-06-01", FINE, paper=PAPER)
    plant(catalog, 5, "zoe/dense", "2024-03-01", DENSE, paper=PAPER)
    plant(
        catalog,
        6,
        "zoe/says",
        "2024-02-20",
        DENSE,
        card=f"# Says\n\nWe read [a paper](https://arxiv.org/abs/{PAPER}v1) once.\n",
    )
    plant(catalog, 7, "zoe/of-dense", "2024-03-05", DENSE, base=("finetune", "zoe/dense"))
    plant(catalog, 8, "zoe/foreign", "2025-11-20", DENSE, paper=FOREIGN)

    text = f"# Tern\n\nTern was introduced in [our paper](https://arxiv.org/abs/{OWN}).\n"
    plant(catalog, 9, "tern/tern-1b", "2025-05-11", DENSE, card=text)
    plant(
        catalog, 10, "bob/tern-1b-GGUF", "2025-05-16", card=text, base=("quantized", "tern/tern-1b")
    )
    plant(catalog, 11, "ann/tern-chat", "2025-05-21", DENSE, base=("finetune", "tern/tern-1b"))

    def brought(day: str) -> dict[str, Any]:
        return {"app.py": [[1, 9, "c" * 40, f"{day}T00:00:00Z"]]}

    repositories: list[tuple[str, dict[str, bytes], str]] = [
        ("r/early", {"app.py": source("bob/tuned-GGUF", 1)}, "2024-02-15"),
        ("r/late", {"app.py": source("yan/unlike", 2)}, "2025-01-01"),
        ("r/dense", {"app.py": source("zoe/dense", 3)}, "2024-04-01"),
        ("r/links", {"README.md": f"After https://arxiv.org/pdf/{PAPER}.pdf".encode(),
                     "app.py": source("zoe/none", 4)}, "2024-01-02"),
        ("r/code", {"README.md": b"Uses github.com/DeepSeek-AI/DeepSeek-MoE", "a.py": b""},
         "2024-01-02"),
        ("r/tern", {"app.py": source("ann/tern-chat", 6)}, "2025-06-10"),
        ("r/nothing", {"README.md": b"arXiv:2401.06067", "a.py": b""}, "2024-01-02"),
    ]  # fmt: skip
    for number, (name, files, day) in enumerate(repositories):
        put(catalog, number, full_name=name, files=files, introduced=brought(day))
    return catalog


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("trace")
    catalog = planted()
    names = ("early", "late", "dense", "links", "code", "tern", "nothing")
    (folder / "list.txt").write_text("".join(f"r/{name}\n" for name in names))
    with serving(catalog) as server:
        settings = forge_settings(folder / "data", server)
        done = run(
            settings, "--hub", "huggingface", "--github", "--no-search", "--introduced", "100",
            "--repositories", str(folder / "list.txt"),
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return settings


def traced(settings: Settings, paper: str) -> dict[str, Any]:
    done = miner(settings, "query", "moe/paper-trace", "-p", f"paper={paper}", "--format", "json")
    [row] = json.loads(done.stdout)
    assert isinstance(row, dict)
    return row


def test_the_trace_of_a_paper_is_the_planted_one(crawled: Settings) -> None:
    row = traced(crawled, PAPER)
    del row["title"], row["kind"]
    assert any(engine.startswith("transformers ") for engine in row.pop("engines"))
    more = row.pop("to_know_more")
    assert more.startswith("cards of 8 models") and more.endswith(f"miner trace {PAPER} --live")
    assert row == {
        "arxiv_id": PAPER, "published_on": "2024-01-01", "found": "implemented",
        # the tag of two models and the card of a third
        "citing_models": 3, "cited_by_tag": 2, "cited_by_card": 1, "first_citing_on": "2024-02-20",
        # the authors' first model, and one of the family that names no base
        "implementing_models": 2, "by_statement": 0, "by_family": 2, "by_owner": 1, "by_name": 0,
        "not_held": 0, "named_only": 0,
        "first_model": "deepseek-ai/deepseek-moe-16b-base", "first_model_on": "2024-01-11",
        "days_to_model": 10,
        # tuned, and quantized from that; what derives from a model that only cites is none
        "derivatives": 2, "first_derivative_on": "2024-01-31", "days_to_derivative": 20,
        "downloads": 1 + 2 + 3 + 4,
        "repositories": 2, "first_repository_on": "2024-02-15", "days_to_repository": 35,
        "linking_repositories": 2,
        "looked_in": "tags of 11 models, 3 cards, names of 11 models, source of 7 repositories",
    }  # fmt: skip


def test_a_paper_of_no_list_is_traced_too(crawled: Settings) -> None:
    row = traced(crawled, f"https://arxiv.org/abs/{FOREIGN}v3")
    assert (row["found"], row["citing_models"], row["first_citing_on"]) == (
        "only cited", 1, "2025-11-20",
    )  # fmt: skip
    assert row["implementing_models"] == row["repositories"] == row["linking_repositories"] == 0


def test_a_card_that_says_which_paper_is_its_own_implements_it(crawled: Settings) -> None:
    row = traced(crawled, OWN)
    columns = ("found", "implementing_models", "by_statement", "first_model", "first_model_on",
            "derivatives", "first_derivative_on", "repositories", "first_repository_on",
            "days_to_model", "days_to_derivative", "days_to_repository")  # fmt: skip
    # the copy in another format has the same card, and is a derivative
    assert tuple(row[key] for key in columns) == (
        "implemented", 1, 1, "tern/tern-1b", "2025-05-11", 2, "2025-05-16", 1, "2025-06-10",
        10, 5, 30,
    )  # fmt: skip


def test_what_is_no_paper_is_refused_and_old_ids_are_read(crawled: Settings) -> None:
    done = miner(crawled, "query", "moe/paper-trace", "-p", "paper=abc")
    assert done.returncode == 10
    assert "no arXiv id, like 2401.06066: abc" in done.stderr
    assert "Traceback" not in done.stderr
    row = traced(crawled, "cs/9901001")
    assert (row["found"], row["published_on"]) == ("nothing found", "1999-01-01")


def test_a_paper_that_nobody_knows_says_where_it_was_looked_for(crawled: Settings) -> None:
    row = traced(crawled, "2212.00001")
    assert (row["found"], row["published_on"]) == ("nothing found", "2022-12-01")
    assert row["looked_in"].endswith("source of 7 repositories")


def test_links_stand_with_their_place(crawled: Settings) -> None:
    done = miner(
        crawled, "query", "--format", "json", "--sql",
        "SELECT repository, kind, target, path, line, evidence_url FROM repository_link "
        f"WHERE target = '{PAPER}'",
    )  # fmt: skip
    [link] = json.loads(done.stdout)
    assert (link["repository"], link["path"], link["line"]) == ("r/links", "README.md", 1)
    assert link["evidence_url"].endswith("/README.md#L1")
    assert "r/links" in link["evidence_url"]


@pytest.fixture(scope="module")
def published() -> Iterator[ReplayServer]:
    """The planted hub and GitHub, as they are now."""
    with serving(planted()) as server:
        yield server


def followed(server: ReplayServer, folder: Path, *words: str, **changes: Any) -> dict[str, Any]:
    settings = forge_settings(folder / "data", server, **changes)
    done = miner(settings, "trace", *words, "--live", "--format", "json")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert isinstance(row, dict)
    return row


@pytest.mark.parametrize(
    "paper",
    [
        f"https://arxiv.org/abs/{PAPER}v2",
        f"arxiv:{PAPER}",
        f"doi:10.48550/arXiv.{PAPER}",
        "DeepSeekMoE: towards ultimate expert specialization in mixture-of-experts language models",
    ],
)
def test_a_paper_is_followed_where_it_is_published(
    published: ReplayServer, tmp_path: Path, paper: str
) -> None:
    row = followed(published, tmp_path, paper)
    assert (row["paper"], row["published_on"]) == (PAPER, "2024-01-01")
    assert [(one["name"], one["how"], one["days"]) for one in row["models"]] == [
        ("zoe/dense", "cites", 60), ("zoe/of-dense", "derived", 4), ("yan/unlike", "cites", 152),
    ]  # fmt: skip
    assert (row["first_model"], row["days_to_model"]) == ("zoe/dense", 60)
    assert (row["first_derivative"], row["days_to_derivative"]) == ("zoe/of-dense", 4)
    names = [(one["name"], one["how"], one["model"]) for one in row["repositories"]]
    assert sorted(names) == [("r/dense", "names", "zoe/dense"), ("r/late", "names", "yan/unlike")]
    assert all(one["created_on"] for one in row["repositories"])
    assert {one["state"] for one in row["searched"]} == {"all"}
    assert row["request_count"] >= 9


def test_what_could_not_be_asked_stands_in_the_answer(
    published: ReplayServer, tmp_path: Path
) -> None:
    row = followed(published, tmp_path, FOREIGN, "--models", "1", github_tokens=())
    assert [one["name"] for one in row["models"]] == ["zoe/foreign"]
    [github] = [one for one in row["searched"] if one["where"] == "GitHub"]
    assert (github["state"], github["found"]) == ("not asked", None)
    assert "GITHUB_TOKEN" in github["to_know_more"]
    row = followed(published, tmp_path, "A title that no list has")
    [hub] = [one for one in row["searched"] if one["where"] == "the hub"]
    assert (hub["state"], row["first_model"]) == ("not asked", None)
    assert "arXiv id" in hub["to_know_more"]


def test_a_trace_for_people_says_what_was_searched(
    published: ReplayServer, tmp_path: Path, crawled: Settings
) -> None:
    live = miner(forge_settings(tmp_path / "data", published), "trace", PAPER, "--live").stdout
    assert re.search(r"first model +zoe/dense, 2024-03-01, 60 days after the paper", live)
    assert re.search(r"the hub +models tagged arxiv:2401\.06066 +2 +all", live)
    stored = miner(crawled, "trace", PAPER).stdout
    assert re.search(r"first model +deepseek-ai/deepseek-moe-16b-base", stored)
    assert re.search(r"looked in +tags of 11 models", stored)
    assert miner(crawled, "trace", "A title that no list has").returncode == 2
