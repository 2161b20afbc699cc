"""Rows of a small PeaTMOSS file: whole ones, odd ones, and some that nothing can be made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.peatmoss import named, pairs

DAY = "2023-08-31 00:00:00.000000"
LATER = "2026-01-01 12:00:00.000000"


def model(key: Any, context: Any, hub: Any = 1, **values: Any) -> dict[str, Any]:
    return {"id": key, "context_id": context, "model_hub_id": hub, **values}


ROWS: Mapping[str, list[dict[str, Any]]] = {
    "model": [
        model(1, "bert-base-uncased", sha="a" * 40, downloads=48_000_000, likes=900),
        model(2, "acme/tuned", downloads="120", likes=3.0),
        model(3, "with blank/name"),
        model(4, 123, downloads="many"),
        model(5, "resnet18", 2, repo_url="https://github.com/pytorch/vision"),
        model(6, "of/no-hub", 9),
        model(7, None),
        model(8, "control\x07/name"),
        model(9, "of/null-hub", None),
    ],
    "tag": named("fill-mask", "mine", "write to me@example.org", None, " "),
    "license": named("apache-2.0", "license:mit"),
    "paper": named("https://arxiv.org/abs/1810.04805", "arxiv:1910.01108", "A Paper"),
    "dataset": named("wikipedia", "dataset:acme/data"),
    "author": named("acme", "joe@example.com", "None"),
    "library": named("pytorch", "transformers", "keras"),
    "framework": named("bert"),
    "architecture": named("BertForMaskedLM"),
    "language": [{"id": 1, "name": "English", "abbreviation": "en"}, {"id": 2, "name": "fr"}],
    "model_to_tag": pairs("model_to_tag", (1, 1), (1, 2), (2, 3), (2, 4), (2, 5), (2, 99), (50, 1)),
    "model_to_license": pairs("model_to_license", (1, 1), (2, 2)),
    "model_to_paper": pairs("model_to_paper", (1, 1), (2, 2), (2, 3)),
    "model_to_dataset": pairs("model_to_dataset", (1, 1), (2, 2)),
    "model_to_author": pairs("model_to_author", (2, 1), (2, 2), (1, 3)),
    "model_to_library": pairs("model_to_library", (1, 1), (1, 2), (2, 3)),
    "model_to_framework": pairs("model_to_framework", (1, 1)),
    "model_to_architecture": pairs("model_to_architecture", (1, 1)),
    "model_to_language": pairs("model_to_language", (1, 1), (1, 2)),
    "reuse_repository": [
        {"id": 1, "owner": "joe", "name": "my_app", "url": "github.com/joe/my_app"},
        {"id": 2, "owner": None, "name": None, "url": "github.com/ann/tool"},
        {"id": 3, "owner": "b ad", "name": "x", "url": None},
        {"id": 4, "owner": "old", "name": "name", "url": "github.com/old/name"},
    ],
    "model_to_reuse_repository": pairs(
        "model_to_reuse_repository", (1, 1), (5, 1), (1, 2), (1, 3), (77, 1), (1, 99), (2, 4)
    ),
    "reuse_file": [
        {"id": 1, "path": "joe_my_app/my_app/src/load.py", "model_id": 1, "reuse_repository_id": 1},
        {
            "id": 2,
            "path": "joe_my_app/my_app/tests/test_it.py",
            "model_id": 1,
            "reuse_repository_id": 1,
        },
        {"id": 3, "path": "demo.ipynb", "model_id": 5, "reuse_repository_id": 1},
        {"id": 4, "path": None, "model_id": 1, "reuse_repository_id": 1},
        {"id": 5, "path": "old_name/name/a.py", "model_id": 2, "reuse_repository_id": 4},
        {"id": 6, "path": "a.py", "model_id": 78, "reuse_repository_id": 4},
    ],
    "hf_commit": [
        {
            "id": 1,
            "commit_id": "1" * 40,
            "created_at": "2022-05-01 10:00:00+00:00",
            "title": "initial commit",
            "message": "",
            "model_id": 1,
        },
        {
            "id": 2,
            "commit_id": "a" * 40,
            "created_at": "not a date",
            "title": "by joe@example.com",
            "message": "more",
            "model_id": 1,
        },
        {"id": 3, "commit_id": "3" * 40, "created_at": None, "title": None, "model_id": 77},
        {"id": 4, "commit_id": None, "created_at": None, "title": None, "model_id": 1},
    ],
    "hf_commit_to_author": pairs("hf_commit_to_author", (1, 1), (2, 2)),
    "hf_git_ref": [{"id": 1, "model_id": 1}],
    "hf_git_ref_info": [
        {"id": 1, "name": "main", "ref": "refs/heads/main", "target_commit": "a" * 40},
        {"id": 2, "name": "v1", "ref": "refs/tags/v1", "target_commit": "1" * 40},
    ],
    "hf_git_ref_to_branch": pairs("hf_git_ref_to_branch", (1, 1)),
    "hf_git_ref_to_tag": pairs("hf_git_ref_to_tag", (1, 2), (9, 2)),
    "discussion": [
        {
            "id": 1,
            "title": "Which data?",
            "status": "closed",
            "num": "3",
            "is_pull_request": 0,
            "created_at": "2023-06-01 00:00:00+00:00",
            "model_id": 1,
        },
        {"id": 2, "title": "x", "status": "merged", "num": 4, "is_pull_request": 1, "model_id": 77},
        {"id": 3, "title": "x", "status": "strange", "num": None, "model_id": 1},
        {
            "id": 4,
            "title": "Add weights",
            "status": "merged",
            "num": 5,
            "is_pull_request": 1,
            "merge_commit_oid": "a" * 40,
            "model_id": 1,
        },
    ],
    "discussion_to_author": pairs("discussion_to_author", (1, 1), (4, 2)),
    "discussion_event": [
        {
            "id": 1,
            "event_id": "e1",
            "type": "comment",
            "created_at": "2023-06-01 00:00:00+00:00",
            "author": "acme",
            "content": "Write to joe@example.com",
            "hidden": 0,
            "edited": "True",
            "discussion_id": 1,
        },
        {
            "id": 2,
            "event_id": None,
            "type": "status-change",
            "author": "joe@example.com",
            "created_at": "2023-06-02 00:00:00+00:00",
            "new_status": "closed",
            "discussion_id": 1,
        },
        {"id": 3, "event_id": "e3", "type": "comment", "content": "lost", "discussion_id": 2},
        {"id": 4, "event_id": "e4", "type": "comment", "content": "lost", "discussion_id": 90},
    ],
    "github_user": [
        {"id": 1, "login": "joe", "email": "joe@example.com", "name": "Joe"},
        {"id": 2, "login": "joe@example.com"},
    ],
    "github_issue": [
        {
            "id": 1,
            "title": "`bert-base-uncased` fails",
            "body": "Ask joe@example.com, or see https://huggingface.co/acme/tuned",
            "number": 7,
            "state": "CLOSED",
            "author_id": 1,
            "created_at": "2022-05-01 10:00:00+00:00",
            "updated_at": "2022-05-03T10:00:00Z",
            "closed_at": "2022-05-02 10:00:00+00:00",
            "url": "https://github.com/joe/renamed/issues/7",
        },
        {
            "id": 2,
            "number": "8",
            "closed": 1,
            "author_id": 2,
            "url": "https://github.com/ann/tool/issues/8",
        },
        {"id": 3, "number": 9, "title": "of no repository"},
        {"id": 4, "number": None, "url": "https://github.com/ann/tool/issues/0"},
        {"id": 5, "number": 8, "url": "https://github.com/ann/tool/issues/8", "title": "again"},
        {"id": 6, "number": 1, "title": "of a repository that publishes models"},
    ],
    "github_pull_request": [
        {
            "id": 1,
            "number": 10,
            "title": "Use transformers in src/load.py",
            "state": "CLOSED",
            "author_id": 99,
            "merged_at": "2023-01-01 00:00:00+00:00",
        },
    ],
    "reuse_repo_to_issue": pairs("reuse_repo_to_issue", (1, 1), (9, 3), (1, 77)),
    "reuse_repo_to_pull_request": pairs("reuse_repo_to_pull_request", (1, 1)),
    "ptm_issues": [{"id": 1, "repo_url": "https://github.com/pytorch/vision"}],
    "ptm_issue_to_issue": pairs("ptm_issue_to_issue", (1, 6)),
    "github_comment": [
        {
            "id": 1,
            "issue_id": 1,
            "author_id": 1,
            "body": "acme/tuned works, joe@example.com",
            "created_at": "2022-05-01 11:00:00+00:00",
            "is_minimized": 1,
            "minimized_reason": "SPAM",
        },
        {"id": 2, "issue_id": 3, "body": "lost"},
        {"id": 3, "issue_id": 70, "body": "lost"},
        {"id": 4, "pull_request_id": 1, "body": "merged"},
        {"id": 5, "body": "lost"},
        {"id": 6, "issue_id": 5, "body": "again"},
    ],
    "github_label": [
        {"id": 1, "name": "bug", "issue_id": 1},
        {"id": 2, "name": "help wanted", "issue_id": 1},
        {"id": 3, "name": None, "issue_id": 1},
        {"id": 4, "name": "bug", "pull_request_id": 1},
    ],
    "github_review": [{"id": 1, "body": "Looks good", "pull_request_id": 1}],
}
