"""PyTorch Hub: pages in the repository ``pytorch/hub``, entry points in the repositories they name.

A model is ``owner/repo:entry``, with the repository as the pages' ``github-id`` spells it. Its page
is its card. What a page's code loads and what the repository's ``hubconf.py`` offers are its
entries; no code is run. ``torchvision:entry`` is another name of ``pytorch/vision:entry``: the
library and the hub load the same function.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from miner.errors import ConfigurationError, SourceRefused
from miner.pipelines.sources.hubs.protocol import ArchivedAnswers, FilesWanted, Forge
from miner.pipelines.sources.hubs.pytorch_hub.entry_points import (
    HUBCONF,
    PAGES,
    read_entry_points,
    repositories_named,
)
from miner.pipelines.sources.hubs.pytorch_hub.github_files import GitHubForge
from miner.pipelines.sources.hubs.pytorch_hub.profile import PROFILE
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.facts import CatalogFacts
from miner.settings import Settings


class PyTorchHub:
    """PyTorch Hub, read from a forge.

    Args:
        forge: Where its repositories are.
    """

    name = PROFILE.name
    profile = PROFILE

    def __init__(self, forge: Forge) -> None:
        self._forge = forge

    @classmethod
    def open(cls, settings: Settings, stop: threading.Event) -> Self:
        """Return the hub, read from GitHub."""
        return cls(GitHubForge(settings, stop))

    @property
    def request_count(self) -> int:
        """Requests sent so far."""
        return self._forge.request_count

    def check_token(self) -> None:
        """Tell whether there is a token; a wrong one is refused with the first answer.

        Raises:
            ConfigurationError: There is none.
        """
        self._forge.check_token()

    def close(self) -> None:
        """Close the connections to the forge."""
        self._forge.close()

    def missing_resources(self, answers: Sequence[ReceivedAnswer]) -> list[str]:
        """Return what has to be got besides these answers: the pages, then the repositories.

        A repository without ``hubconf.py`` on its default branch is asked for it at the branches
        and tags that the pages name, one after the other until one has it.
        """
        got: dict[str, list[ReceivedAnswer]] = {}
        for answer in answers:
            got.setdefault(answer.context["need"], []).append(answer)
        if PAGES not in got:
            return [PAGES]
        asked = (
            _next_place(repository, refs, got)
            for repository, refs in repositories_named(answers).items()
        )
        return [need for need in asked if need]

    def fetch_resource(self, need: str, archived: ArchivedAnswers) -> list[ReceivedAnswer]:
        """Get the pages, or a repository's ``hubconf.py``.

        Raises:
            ConfigurationError: There are no pages at this forge.
            SourceRefused: The forge refuses the repository with the pages.
            RetryLater: The forge does not answer properly.
            Stopped: The run was asked to end.
        """
        repository, _, ref = need.partition(":")
        path = "*.md" if need == PAGES else HUBCONF
        answers = self._forge.get_files(FilesWanted(repository, ref, path), archived)
        if need == PAGES:
            _check_pages(answers)
        return [replace(one, context={**one.context, "need": need}) for one in answers]

    @staticmethod
    def read_catalog(answers: Sequence[ReceivedAnswer]) -> CatalogFacts:
        """Read pages and ``hubconf.py`` files; see ``parse.entry_points``."""
        return read_entry_points(answers)


def _check_pages(answers: Sequence[ReceivedAnswer]) -> None:
    """Check that there are pages: without any, every model would pass for gone.

    Raises:
        ConfigurationError: The forge has none: it is not the one where the hub is.
        SourceRefused: It refuses them.
    """
    if any(one.context.get("path") for one in answers):
        return
    status = answers[0].status
    if status not in {200, 404}:
        raise SourceRefused(
            f"GitHub refuses the repository {PAGES} with the pages of PyTorch Hub ({status})",
            next_step=f"look at https://github.com/{PAGES}",
            kept="what was read of it before",
        )
    raise ConfigurationError(
        f"there are no pages in {PAGES} at this GitHub (status {status})",
        next_step="check GITHUB_API_URL, or choose another --hub",
        kept="what was read of it before",
    )


def _next_place(
    repository: str, refs: Sequence[str], got: dict[str, list[ReceivedAnswer]]
) -> str | None:
    """Return where a repository's ``hubconf.py`` is to be looked for next, None when it is known.

    A repository that the forge does not have is not asked for anything more.
    """
    for need in (repository, *(f"{repository}:{ref}" for ref in refs)):
        if need not in got:
            return need
        answers = got[need]
        if answers[0].status != 200:
            return None
        if any(one.context.get("path") == HUBCONF and one.status == 200 for one in answers):
            return None
    return None
