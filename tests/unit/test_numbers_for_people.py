"""Numbers as tables, pages and the documentation show them."""

from __future__ import annotations

import pytest

from miner.queries.output import number_for_people


@pytest.mark.parametrize(("value", "column", "expected"), [
    (2024, "downloads", "2,024"), (2024, "year", "2024"), (2024, "year(created_at)", "2024"),
    (2_237_040.725, "mean", "2,237,041"), (-1234.5, "change", "-1,234"),
    (118.80000000000018, "p90_days", "118.8"), (1.0, "share", "1"), (0.25, "share", "0.25"),
    (0.0, "share", "0"), (0.00001234, "rate", "1.234e-05"), (float("inf"), "ratio", "inf"),
])  # fmt: skip
def test_a_number_is_rounded_for_people(value: float, column: str, expected: str) -> None:
    assert number_for_people(value, column) == expected
