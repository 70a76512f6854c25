"""Whatever happens in whatever order: nothing is deleted against the rules, nothing lost, and the books are true."""

import pytest

from scanner.domain.rules import Rulebook
from tests.unit.services.any_order import Life

SEEDS = 160


@pytest.mark.parametrize("part", range(4))
def test_whatever_happens_nothing_is_lost_and_nothing_deleted_against_the_rules(book: Rulebook, part: int) -> None:
    found = {}
    for seed in range(part, SEEDS, 4):
        life = Life(book, seed).run(80)
        problems = [*life.broken, *life.left()]
        if problems:
            found[seed] = problems
    assert found == {}
