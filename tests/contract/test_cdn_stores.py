"""What is remembered of URLs, days' budgets, stops and sightings: one contract for memory, SQLite and PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.adapters.cdn_budgets import MemoryBudgets, SqlBudgets
from scanner.adapters.cdn_domains import SqlServed, SqlStops
from scanner.adapters.cdn_memory import MemoryMemories, SqlMemories
from scanner.adapters.cdn_returned import SqlSightings, SqlWatched
from scanner.adapters.sql import Database
from scanner.adapters.sql_register import SqlRegister
from scanner.domain.actions import Action, ActionState, Measure
from scanner.domain.cdn.budgets import Waiting
from scanner.domain.cdn.domains import Domain, Domains
from scanner.domain.cdn.memory import Remembered
from scanner.domain.changes import Change, Judged
from scanner.domain.content import Content, Subject
from scanner.domain.coverage import Coverage
from scanner.domain.enforcement.places import domain_place
from scanner.domain.similarity import Kind
from scanner.domain.verdicts import Standing, Verdict
from scanner.ports_cdn import Budgets, UrlMemories
from scanner.text.sketches import sketch_of
from tests.contract.databases import opened
from tests.unit.cdn.test_returned import SHA, condemned

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Kept:
    memories: UrlMemories
    budgets: Budgets
    database: Database | None = None


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    if request.param == "memory":
        yield Kept(MemoryMemories(), MemoryBudgets())
        return
    with opened(request, tmp_path) as database:
        yield Kept(SqlMemories(database), SqlBudgets(database), database)


def url(name: str, **more: object) -> Remembered:
    return Remembered(name, f"http://w.example/{name}", NOW, '"v1"', "", SHA, 5, "text/html", "", **more)  # type: ignore[arg-type]


def waiting(name: str, minutes: int) -> Waiting:
    return Waiting(name, "w.example", f"http://w.example/{name}", "new", 7, NOW + timedelta(minutes=minutes))


def test_rows_come_back_as_they_were_kept(kept: Kept) -> None:
    kept.memories.keep([url("a"), url("a", lies=True, doubt="differs"), url("b")])
    kept.memories.keep([])
    assert kept.memories.recall(["a", "b", "c"]) == {"a": url("a", lies=True, doubt="differs"), "b": url("b")}
    assert kept.memories.recall([]) == {}


def test_a_check_that_is_asked_for_leaves_the_rest_as_it_was(kept: Kept) -> None:
    kept.memories.keep([url("a", doubt="differs")])
    kept.memories.check([Remembered("a", "http://w.example/a", NOW), Remembered("n", "http://n.example/", NOW)])
    found = kept.memories.recall(["a", "n"])
    assert found["a"] == url("a", doubt="differs", checks=True)
    assert found["n"] == Remembered("n", "http://n.example/", NOW, checks=True)
    assert kept.memories.prune(NOW + timedelta(days=1)) == 2


def test_a_division_is_kept_and_read_back(kept: Kept) -> None:
    budgets = kept.budgets
    budgets.settle("2026-01-01", "w.example", ["i1", "i1", "i2"], [], [waiting("b", 1), waiting("a", 2)])
    budgets.settle("2026-01-01", "w.example", ["i2"], [], [waiting("b", 9)])
    assert budgets.taken("2026-01-01", "w.example") == {"i1", "i2"}
    assert budgets.line("w.example", 5) == [waiting("b", 1), waiting("a", 2)]
    assert budgets.line("w.example", 1) == [waiting("b", 1)]
    assert (budgets.spent("2026-01-01"), budgets.waiting()) == ({"w.example": 2}, {"w.example": 2})
    budgets.settle("2026-01-02", "w.example", [], ["b"], [])
    assert (budgets.spent("2026-01-02"), budgets.waiting()) == ({}, {"w.example": 1})
    assert budgets.prune("2026-01-02") == 2
    assert budgets.taken("2026-01-01", "w.example") == frozenset()


def test_stops_that_are_filed_are_found_by_their_place(kept: Kept) -> None:
    if kept.database is None:
        pytest.skip("there is no twin in memory")
    register = SqlRegister(kept.database)

    def filed(number: int, place: Subject, state: ActionState) -> Action:
        name = f"C{number}"
        return Action(f"A{number}", name, place, SHA, Measure.SUSPEND, "3.1.3.7", "wang", state, NOW, NOW)

    places = [domain_place("w.example", "t"), domain_place("w_example", "t"), Subject("bucket:b", "", account="t")]
    rows = [filed(number, place, ActionState.PENDING) for number, place in enumerate(places)]
    register.commit(Change(actions=(*rows, filed(9, domain_place("done.example", "t"), ActionState.DONE))))
    stops = SqlStops(kept.database)
    assert stops.cases("domain:w_example", whole=True) == ["C1"]
    assert sorted(stops.cases("domain:", whole=False)) == ["C0", "C1"]


def test_what_was_read_of_late_is_told_by_host_by_content_and_by_account(kept: Kept) -> None:
    if kept.database is None:
        pytest.skip("there is no twin in memory")
    register, verdict = SqlRegister(kept.database), Verdict(Content(SHA, 5), Standing.CLEAN, (), Coverage())
    subjects = [Subject("cdn:w.example", f"http://w.example/{n}", account="tenant") for n in range(5)]
    sketch = sketch_of(b"a long sentence about the casino of the town and what it pays to each new guest of it")
    assert sketch is not None
    rows = tuple(Judged(one, verdict) for one in subjects)
    register.commit(Change(verdicts=rows, cases=(condemned(),), sketches=((SHA, sketch),)))
    served = SqlServed(kept.database, Domains.of((Domain("w.example"),)))
    assert served("w.example") == [f"http://w.example/{n}" for n in (4, 3, 2)]
    when = SqlSightings(kept.database).first(SHA, "tenant")
    assert when is not None
    here = SqlSightings(kept.database).of([SHA], datetime.now(UTC) - timedelta(hours=1))
    assert [one.subject for one in here] == subjects[::-1]
    assert abs((datetime.now(UTC) - when).total_seconds()) < 60
    assert (SqlWatched(kept.database)("tenant"), SqlWatched(kept.database)("x")) == ({Kind.TEXT}, frozenset())
