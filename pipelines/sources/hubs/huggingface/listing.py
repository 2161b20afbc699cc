"""A listing page of the Hugging Face Hub, from bytes to facts."""

from __future__ import annotations

from miner.errors import SkipRecord
from miner.pipelines.sources.hubs.huggingface.records import read_dataset, read_light, read_model
from miner.pipelines.sources.hubs.listing_pages import decode_page
from miner.pipelines.sources.records.facts import Listing, Problem
from miner.pipelines.sources.records.lost import lost
from miner.schema.vocab import RecordReason, SweepKind


def read_listing(body: bytes, subject: str, kind: str) -> Listing:
    """Read a page.

    Args:
        body: The page as received.
        subject: ``model`` or ``dataset``.
        kind: ``vocab.SweepKind``: whether records of models are light or full.
    """
    try:
        decoded = decode_page(body)
    except Exception as error:  # a bug costs this page, not the sweep, which is not complete then
        unread = Problem("", RecordReason.CUT_SHORT.value, "no record of the page was read", 1)
        return Listing([], [], [lost(error), unread], is_whole=False)
    listing = Listing([], [], list(decoded.problems), decoded.is_whole)
    read = read_light if kind == SweepKind.LIGHT else read_model
    for position, record in decoded.records:
        try:
            if subject == "dataset":
                listing.datasets.append(read_dataset(record, position))
            else:
                listing.models.append(read(record, position))
        except SkipRecord as error:
            listing.problems.append(Problem("", error.reason, error.message, position))
        except Exception as error:  # a bug costs this record, not the sweep
            listing.problems.append(lost(error, position=position))
    return listing
