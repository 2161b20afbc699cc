"""Published tables on what sweeps saw over time."""

from __future__ import annotations

from miner.schema.description import Column, Table
from miner.schema.published.base import HUB, OF_HUB


def _observation(subject: str) -> Table:
    return Table(
        f"{subject}_observation",
        f"What a sweep saw of a {subject}. Rows of a {subject} that was renamed carry its present "
        "name. One row a sweep: a change shows where two sweeps have it; sweep lists them.",
        (
            HUB,
            Column(subject, "VARCHAR", f"Name of the {subject}; it need not be held"),
            Column("uid", "VARCHAR", "Identity on the hub, kept over renames"),
            Column("observed_at", "TIMESTAMP", "Date of the answer, UTC"),
            Column("sweep", "VARCHAR", "Name of the sweep"),
            Column("downloads", "BIGINT", "Downloads of 30 days", "downloads"),
            Column("downloads_all_time", "BIGINT", "Downloads of all time", "downloads"),
            Column("likes", "BIGINT", "Likes", "likes"),
            Column("license", "VARCHAR", "Declared license"),
            Column("gated", "VARCHAR", "Whether files need asking for", vocabulary="Gating"),
            Column("is_disabled", "BOOLEAN", "Disabled by the hub"),
            Column("sha", "VARCHAR", "Head revision"),
            Column("last_modified_at", "TIMESTAMP", "Time of the head revision, UTC"),
            Column("state", "VARCHAR", "Whether it is there", vocabulary="ModelState"),
        ),
        key=("hub", subject, "sweep"),
        references=(OF_HUB,),
        warnings=("downloads_30_days",),
        order=("sweep", "hub", subject),
    )


OBSERVATIONS: tuple[Table, ...] = (
    _observation("model"),
    _observation("dataset"),
)
