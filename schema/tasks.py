"""Tasks of models, and the domain that each belongs to: one reviewed table, ``tasks.csv``.

Tasks are those that hubs name; domains are those of PeaTMOSS, with the tasks that came since.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from miner.errors import ConfigurationError

_FILE = Path(__file__).parent / "tasks.csv"
_DOMAINS = frozenset({"NLP", "computer vision", "audio", "multimodal", "other"})


@dataclass(frozen=True, slots=True)
class Task:
    """A task that models have.

    Attributes:
        task: As hubs write it, in ``pipeline_tag`` or among the tags.
        domain: The domain that it belongs to.
        hub: The one hub whose word it is, a plain word elsewhere; empty: every hub's.
    """

    task: str
    domain: str
    hub: str


@cache
def load_tasks() -> list[Task]:
    """Return the tasks, in the order of the file.

    Raises:
        ConfigurationError: A task stands twice, or in no known domain.
    """
    with _FILE.open(encoding="utf-8", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    if header != [one.name for one in fields(Task)]:
        raise ConfigurationError(f"schema/tasks.csv cannot be used: its columns are {header}")
    tasks = [Task(*row) for row in rows]
    for task in tasks:
        if not task.task or task.domain not in _DOMAINS:
            raise ConfigurationError(f"schema/tasks.csv cannot be used: the row {task}")
    if len({task.task for task in tasks}) != len(tasks):
        raise ConfigurationError("schema/tasks.csv cannot be used: a task stands twice")
    return tasks
