"""Several hubs, one after the other: trouble with one does not keep the others from their turn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from miner.errors import ConfigurationError, MinerError, RetryLater, SourceRefused
from miner.pipelines.crawl.open import on_hub
from miner.pipelines.crawl.run import CrawlChoice, crawl_hub, derive, look_up_used
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.hubs import hub_class

log = logging.getLogger(__name__)


def crawl_hubs(
    crawl: Crawl,
    names: Sequence[str],
    choice: CrawlChoice,
    *,
    then: Callable[[], bool] | None = None,
) -> bool:
    """Bring the store up to date with some hubs.

    Args:
        crawl: The crawl's setting, on the first of them.
        names: Their short names. Of several, one that is not configured is left out, with a
            warning.
        choice: What to do; a seed is for the first hub.
        then: A stage that follows all hubs and finds what uses their models; trouble with one does
            not keep it from its turn. Returns False when the run was asked to end.

    Returns:
        True when all stages ended, False when the run was asked to end before.

    Raises:
        RetryLater: A hub does not answer properly; the others had their turn.
        SourceRefused: A hub refuses; the others had their turn.
    """
    troubles: list[MinerError] = []
    for name in names:
        try:
            turned = crawl if name == crawl.setting.hub.name else on_hub(crawl, name)
            if not crawl_hub(turned, choice):
                return False
        except (RetryLater, SourceRefused) as error:
            troubles.append(error)
            if len(names) > 1:
                log.warning("%s: %s", name, error.message)
        except ConfigurationError as error:
            if name == crawl.setting.hub.name:
                raise
            log.warning("%s is left out: %s", name, error.message)
            crawl.counts["hubs left out"] += 1
    is_done = then() if then is not None else True
    if is_done and then is not None:
        listing = (name for name in names if hasattr(hub_class(name), "record_url"))
        is_done = all(_look_up_used(crawl, name, choice) for name in listing)
    if troubles and is_done:
        raise troubles[0]
    return is_done


def _look_up_used(crawl: Crawl, name: str, choice: CrawlChoice) -> bool:
    """Ask a hub for models that repositories use and it did not list; False: asked to end."""
    try:
        turned = on_hub(crawl, name)
        look_up_used(turned, choice.lookups_from)
        derive(turned)
    except Stopped:
        return False
    return True
