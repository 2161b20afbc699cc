"""What runs against a server on loopback may cost, and what they say that they cost."""

from __future__ import annotations

import pytest

from miner.errors import BudgetSpent
from miner.pipelines.derive.cards.llm.llm_run import estimate
from tests.llm_cards import Reader, cards, settings_of
from tests.llm_server import Asked, Behavior, Reply, reading, serving_llm, slowly


class TestMoney:
    def test_the_budget_is_never_passed_and_all_that_is_paid_is_kept(self) -> None:
        with serving_llm(_costing(2_000)) as server:
            reader = Reader()
            settings = settings_of(server, budget_usd=0.05)
            with pytest.raises(BudgetSpent, match="the budget of") as caught:
                reader.run(cards(50), settings)
            paid = len(server.asked)
            assert len(reader.kept) == paid
            assert reader.ledger.cost_usd is not None
            assert reader.ledger.cost_usd == pytest.approx(paid * 0.0021)
            assert reader.ledger.cost_usd <= 0.05
            assert 0.05 - reader.ledger.cost_usd < 0.04  # what one request can cost at most
            assert f"{len(reader.outcomes)} cards are read" in caught.value.kept
            assert "--budget-usd" in caught.value.next_step
            ledger = reader.run(cards(50), settings_of(server, budget_usd=1.0))
            assert len(server.asked) == 50
        assert (ledger.cached, ledger.requests) == (paid, 50 - paid)
        assert len(reader.outcomes) == 50

    def test_nothing_is_spent_with_nothing_to_spend(self) -> None:
        with serving_llm() as server:
            with pytest.raises(BudgetSpent):
                Reader().run(cards(3), settings_of(server, budget_usd=0))
            assert not server.asked

    def test_free_servers_have_a_budget_of_any_size(self) -> None:
        with serving_llm() as server:
            chosen = settings_of(server, budget_usd=0, price_in=0, price_out=0)
            assert Reader().run(cards(3), chosen).is_complete

    def test_lost_answers_count_against_the_budget(self) -> None:
        with serving_llm(slowly(reading, 5)) as server:
            chosen = settings_of(server, budget_usd=0.05, timeout_seconds=0.2, attempts=50)
            with pytest.raises(BudgetSpent):
                Reader().run(cards(1), chosen)
            assert len(server.asked) <= 3

    def test_no_price_no_cost(self) -> None:
        with serving_llm() as server:
            reader = Reader()
            ledger = reader.run(cards(1), settings_of(server, price_in=None, price_out=None))
        assert ledger.cost_usd is None
        assert reader.outcomes["acme/m0"].cost_usd is None

    def test_an_estimate_asks_nothing(self) -> None:
        with serving_llm() as server:
            reader, settings = Reader(), settings_of(server)
            reader.run(cards(2), settings)
            found = estimate(cards(5), settings, reader.answers)
            assert len(server.asked) == 2
        assert (found.cards, found.requests, found.cached) == (5, 3, 2)
        assert found.cost_usd is not None
        expected = (found.prompt_tokens + 2 * found.completion_tokens) / 1e6
        assert found.cost_usd == pytest.approx(expected)


def _costing(tokens: int) -> Behavior:
    def behave(asked: Asked) -> Reply:
        reply = reading(asked)
        reply.body["usage"] = {"prompt_tokens": tokens, "completion_tokens": 50}
        return reply

    return behave
