"""Whatever happens in whatever order: nothing is deleted against the rules, nothing lost, and the books are true."""

import pytest

from scanner.domain.rules import Rulebook
from tests.unit.services.any_order import Life
from tests.unit.services.any_order_moved import MovedLife

SEEDS = 160


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("kind", [Life, MovedLife])
def test_whatever_happens_nothing_is_lost_and_nothing_deleted_against_the_rules(
    book: Rulebook, kind: type[Life], part: int
) -> None:
    found = {}
    for seed in range(part, SEEDS, 4):
        life = kind(book, seed).run(80)
        problems = [*life.broken, *life.left()]
        if problems:
            found[seed] = problems
    assert found == {}
