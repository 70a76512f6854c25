"""Which expressions are looked for: told by RE2, shown by hyperscan's databases, tried one by one where they refuse."""

from collections.abc import Iterator

import pytest

from scanner.bootstrap_local import default_rules_dir, load_rulebook
from scanner.detection.engine import prefilter
from scanner.detection.engine.cutting import pieces_of
from scanner.detection.engine.formula import Every, Formula, Literal, Pattern, Some

pytestmark = pytest.mark.skipif(not prefilter.available(), reason="no hyperscan here")

COMMON = Literal(b"function", False)  # tells nothing by itself
RARE = Pattern("qz[0-9]{3}xv", False, COMMON)
EMPTY = Pattern("(?:qz)*", False, COMMON)  # RE2 takes it; hyperscan refuses what matches where nothing is


def _patterns(formula: Formula) -> Iterator[Pattern]:
    match formula:
        case Pattern():
            yield formula
        case Every(parts) | Some(_, parts):
            for part in parts:
                yield from _patterns(part)


def test_re2_tells_the_rates_that_hyperscan_tells() -> None:
    book = load_rulebook(default_rules_dir())
    lanes = {rule.id: rule.lane for rule in book.rules.values()}
    every = [pattern for piece in pieces_of(book.yara, lanes) for pattern in _patterns(piece.needs)]
    assert len(every) > 500
    for pattern in every[::23]:
        assert prefilter.rate_of(pattern) == prefilter.rate_if_quick(pattern), pattern.expression


def test_what_hyperscan_refuses_is_not_looked_for_and_its_piece_is_asked_of_everything() -> None:
    plan, _, _ = prefilter.planned([EMPTY, RARE])
    assert plan.always == (0,)
    assert [expression for expression, _ in plan.atoms] == [RARE.expression]


def test_where_all_together_are_slow_each_is_tried_and_the_slow_one_is_not_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prefilter, "_seconds", lambda database: 1.0)
    plan, atoms, _ = prefilter.planned([RARE])
    assert (plan.always, plan.atoms, atoms) == ((0,), (), b"")
