"""Catalogs built again from the archive: answers gathered, and taken in when they are whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from miner.pipelines.crawl.catalog import whole_needs
from miner.pipelines.intake.catalogs import Kept, ingest_catalog, ingest_catalog_part
from miner.pipelines.intake.sweeps import RunContext, open_sweep, plan_of
from miner.pipelines.sources.hubs.protocol import CatalogHub


class Catalogs:
    """Takes the catalogs of hubs in, one after the other.

    Args:
        setting_of: Opens a hub by its name; None for one that is not known here.
    """

    def __init__(self, setting_of: Callable[[str], RunContext | None]) -> None:
        self._setting_of = setting_of
        self._gathered: dict[str, list[Kept]] = {}
        self._counts: Counter[str] = Counter()

    def others(self, answers: Iterator[Kept]) -> Iterator[Kept]:
        """Gather the answers of catalogs, and yield all others."""
        for location, answer in answers:
            if "need" not in answer.context:
                yield location, answer
                continue
            self._counts[f"answers: {answer.kind}"] += 1
            sweep = answer.context["sweep"]
            if sweep not in self._gathered:
                self.finish(answer.context["hub"])
            self._gathered.setdefault(sweep, []).append((location, answer))

    def finish(self, hub: str | None = None) -> Counter[str]:
        """Take in what was gathered, of one hub or of all; return how many answers came."""
        for sweep, gathered in list(self._gathered.items()):
            if hub in {None, gathered[0][1].context["hub"]}:
                del self._gathered[sweep]
                self._take(sweep, gathered)
        return self._counts

    def _take(self, name: str, gathered: list[Kept]) -> None:
        setting = self._setting_of(gathered[0][1].context["hub"])
        if setting is None or not isinstance(setting.hub, CatalogHub):
            return
        sweep = open_sweep(setting, plan_of(gathered[0][1]), "", name)
        sweep = ingest_catalog_part(setting, sweep, gathered)
        kept = whole_needs(gathered)
        answers = [answer for _, answer in kept]
        if not setting.hub.open_needs(answers):
            ingest_catalog(setting, sweep, kept, setting.hub.read_catalog(answers))
