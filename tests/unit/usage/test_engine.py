"""The vectorised engine against the plain step: equal to the last bit."""

import random
from collections import Counter
from datetime import UTC, date, datetime

from scanner.adapters.usage_engine import VectorEngine
from scanner.adapters.usage_table import COLUMNS
from scanner.domain.usage.resources import NUMBER, Resource
from scanner.domain.usage.series import Series, Step, advance
from tests.unit.usage.books import THRESHOLDS, columns, small_book

KINDS = (Resource.CPU, Resource.STEAL, Resource.BANDWIDTH_OUT, Resource.MEMORY)
START = 1_700_000_000
Row = tuple[int, Resource, int, float, bool]


def hostile_stream(seed: int, minutes: int = 3_000) -> list[list[Row]]:
    """Batches of one check each, with losses, twins, late and wild samples, totals that start again, mixed kinds."""
    rng, batches = random.Random(seed), list[list[Row]]()
    levels = {(account, kind): rng.choice([0.01, 0.2, 0.5, 0.95]) for account in range(1, 4) for kind in KINDS}
    totals = dict.fromkeys(levels, 0.0)
    for minute in range(0, minutes, rng.choice([1, 7])):
        rows: list[Row] = []
        for (account, kind), level in levels.items():
            if rng.random() < 0.01:
                levels[account, kind] = rng.choice([0.01, 0.2, 0.5, 0.95, 4.0, 900.0])
            value = level * rng.uniform(0.8, 1.2) * (1e6 if kind is Resource.BANDWIDTH_OUT else 1.0)
            at = START + minute * 60 + rng.choice([0, 0, 0, 1, -59, -4_000]) * (rng.random() < 0.1)
            total = kind is Resource.BANDWIDTH_OUT and rng.random() < 0.95
            if total:
                totals[account, kind] = value = 0.0 if rng.random() < 0.01 else totals[account, kind] + value * 60
            if rng.random() > 0.12:
                rows += [(account, kind, at, value, total)] * rng.choice([1, 1, 1, 2])
        if rng.random() < 0.01:
            continue
        batches.append(rows)
    return batches


def plain_run(batches: list[list[Row]]) -> tuple[dict[tuple[int, Resource], Series], Counter[str]]:
    """What the plain step makes of the batches."""
    book, states, outcome = small_book("a1", "a2", "a3"), dict[tuple[int, Resource], Series](), Counter[str]()
    for rows in batches:
        for account, kind, at, value, total in sorted(rows, key=lambda row: row[2]):
            limit = book.entitlements.entitled(f"a{account}", kind, _day(at)) or float("inf")
            terms = THRESHOLDS.terms(kind)
            before = states.get((account, kind))
            after, step = advance(before, at, value, limit, terms, THRESHOLDS.timing, counter=total)
            outcome[step.name.lower()] += 1
            if after is not None:
                states[account, kind] = after
    return states, outcome


def _day(at: int) -> date:
    return datetime.fromtimestamp(at, UTC).date()


def engine_run(batches: list[list[Row]], *, restart: bool = False) -> tuple[VectorEngine, Counter[str]]:
    """What the engine makes of them, through a dump and load before each batch if wanted."""
    book, ids, outcome = small_book("a1", "a2", "a3"), {"a1": 1, "a2": 2, "a3": 3}, Counter[str]()
    engine = VectorEngine()
    engine.govern(book, ids)
    for rows in batches:
        if restart:
            parts, engine = engine.dump(), VectorEngine()
            engine.govern(book, ids)
            engine.load(parts)
        outcome += Counter(engine.absorb(columns(rows)))
    return engine, outcome


def assert_equal(engine: VectorEngine, states: dict[tuple[int, Resource], Series]) -> None:
    assert engine.table.count == len(states)
    for (account, kind), state in states.items():
        row = engine.table.row(account, NUMBER[kind])
        for name in COLUMNS:
            if name not in ("account", "resource"):
                assert engine.table.columns[name][row] == getattr(state, name), (account, kind, name)
        assert engine.table.usual[row].tobytes() == state.usual


def test_the_engine_equals_the_plain_step_to_the_last_bit_on_hostile_streams() -> None:
    seen: set[str] = set()
    for seed in range(4):
        batches = hostile_stream(seed, minutes=900)
        states, outcome = plain_run(batches)
        engine, counted = engine_run(batches)
        assert_equal(engine, states)
        assert counted == outcome
        seen |= set(outcome)
    assert seen == {step.name.lower() for step in Step}


def test_a_restart_before_every_batch_changes_nothing() -> None:
    batches = hostile_stream(11, minutes=200)
    states, _ = plain_run(batches)
    engine, _ = engine_run(batches, restart=True)
    assert_equal(engine, states)
