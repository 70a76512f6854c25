"""Generated calls over every operation: none may break the server or the document that describes it."""

import pytest

from benchmarks.api_fuzz import Tally, fuzz
from scanner.bootstrap import House

WATCHING = "GET /readyz 503"  # these houses have no Redis: not ready is what it should say


def wrong(tally: Tally) -> list[str]:
    return [line for line in tally.server_errors + tally.breaks if not line.startswith(WATCHING)]


def test_a_few_hundred_generated_calls_break_nothing(house: House) -> None:
    tally = fuzz(house, 200)
    assert tally.calls == 200
    assert wrong(tally) == []


@pytest.mark.slow
def test_twenty_thousand_generated_calls_break_nothing(house: House) -> None:
    tally = fuzz(house, 20_000, number=2)
    assert tally.calls == 20_000
    assert wrong(tally) == []
