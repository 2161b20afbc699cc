"""What the tests of histories share: the past of a model, made in code."""

from __future__ import annotations

from typing import Any

from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.history import History


def sha(number: int, model: int = 0) -> str:
    return f"{model:08x}{number:032x}"


def commit(number: int, files: dict[str, str | None], **more: Any) -> dict[str, Any]:
    """The n-th commit of a model, a day after the one before."""
    return {
        "id": sha(number, more.pop("model", 0)),
        "title": f"Commit {number}",
        "message": "",
        "authors": ["ada"],
        "date": f"2024-03-{number:02}T10:00:00.000Z",
        "files": files,
        **more,
    }


def stating(key: str, *bases: str) -> str:
    """A card with a license and bases."""
    listed = "".join(f"\n- {base}" for base in bases)
    return (
        f"---\nlicense: {key}{f'{chr(10)}base_model:{listed}' if bases else ''}\n---\n# A model\n"
    )


def event(number: int, kind: str, author: str | None = "ada", **data: Any) -> dict[str, Any]:
    """The n-th event of a discussion; the author None was deleted."""
    time = f"2024-05-01T{number % 24:02}:00:00.000Z"
    made: dict[str, Any] = {"id": f"{number:024x}", "type": kind, "createdAt": time, "data": data}
    return made if author is None else made | {"author": {"name": author, "type": "user"}}


def comment(number: int, text: str, author: str | None = "ada", **data: Any) -> dict[str, Any]:
    data = {"edited": False, "hidden": False, "latest": {"raw": text}, **data}
    return event(number, "comment", author, **data)


def discussion(number: int, *events: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "num": number, "title": f"Question {number}", "status": "open",
        "createdAt": "2024-05-01T00:00:00.000Z", "author": {"name": "ada", "type": "user"},
        "events": list(events), **fields,
    }  # fmt: skip


def with_past(catalog: Catalog, name: str, *, model: int = 0) -> History:
    """Give a model six commits, of which three changed the card and one the config, and refs."""
    number = [
        commit(6, {"weights.bin": "b"}, model=model, authors=["bob", "Ada <ada@acme.example>"]),
        commit(5, {"README.md": stating("llama3", "acme/base")}, model=model),
        commit(4, {"config.json": '{"n_ctx": 7}'}, model=model),
        commit(3, {"README.md": stating("apache-2.0", "acme/base")}, model=model),
        commit(2, {"README.md": stating("apache-2.0")}, model=model),
        commit(1, {"weights.bin": "a"}, model=model, title="initial commit"),
    ]  # fmt: skip
    refs = {
        "tags": [{"name": "v1", "ref": "refs/tags/v1", "targetCommit": sha(2, model)}],
        "pullRequests": [{"name": "2", "ref": "refs/pr/2", "targetCommit": "c" * 40}],
    }
    talk = [
        discussion(1, comment(1, "How long is it?"), comment(2, "Look at it, @Ada, please", None)),
        discussion(
            2,
            comment(1, "Set the license. Mail me: ada@acme.example"),
            event(2, "commit", subject="Update README.md", oid="c" * 40),
            event(3, "title-change", **{"from": "a", "to": "b"}),
            event(4, "status-change", status="merged"),
            event(5, "pinned"),
            status="merged", isPullRequest=True, title="b",
            changes={"base": "refs/heads/main", "mergeCommitId": sha(5, model)},
        ),
    ]  # fmt: skip
    history = History(number, refs, talk)
    catalog.put_history(name, history)
    return history
