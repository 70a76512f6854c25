"""A day's budget of a domain: nothing above it, nothing lost, and who waited comes first."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from scanner.domain.cdn.budgets import Purse, Waiting, budget_id, budget_name, day_of
from scanner.domain.cdn.domains import Domain
from scanner.domain.cdn.harvest import Candidate, Why

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
DOMAIN = Domain("w.example", budget=2)


def found(*names: str) -> list[Candidate]:
    return [Candidate(f"http://w.example/{name}", DOMAIN, Why.NEW, 7) for name in names]


def waiting(name: str, minutes: int = 0) -> Waiting:
    url = f"http://w.example/{name}"
    return Waiting(budget_id("w.example", url), "w.example", url, "new", 7, NOW + timedelta(minutes=minutes))


def test_what_is_over_the_budget_waits_and_what_waited_comes_first() -> None:
    share = Purse("w.example", DOMAIN, (), [waiting("old")]).share(found("a", "b", "c"), NOW)
    assert [each.text[-3:] for each in share.taken] == ["old", "e/a"]
    assert share.freed == (waiting("old").id,)
    assert [each.url[-1] for each in share.waiting] == ["b", "c"]
    assert share.over == ()


def test_what_was_taken_today_costs_nothing_again() -> None:
    done = {budget_id("w.example", "http://w.example/a")}
    share = Purse("w.example", DOMAIN, done, []).share(found("a", "b", "b", "c"), NOW)
    assert [each.text[-1] for each in share.taken] == ["b"]
    assert [each.url[-1] for each in share.waiting] == ["c"]


def test_a_line_that_is_too_long_tells_whom_it_leaves_out() -> None:
    line = [waiting(f"w{number}") for number in range(5)]
    share = Purse("w.example", DOMAIN, {"x", "y"}, line).share(found("a", "b", "c"), NOW)
    assert (share.taken, len(share.waiting)) == ((), 1)
    assert [each.text[-1] for each in share.over] == ["b", "c"]


def test_a_host_of_nobody_has_a_budget_of_its_own() -> None:
    assert (budget_name(Domain(""), "x.example"), budget_name(DOMAIN, "a.w.example")) == ("x.example", "w.example")
    assert day_of(NOW) == "2026-01-01"


@given(
    some.integers(0, 6),
    some.sets(some.integers(0, 12), max_size=8),
    some.sets(some.integers(0, 12), max_size=8),
    some.lists(some.integers(0, 12), max_size=12),
)
def test_every_url_is_taken_waits_or_is_named_and_never_twice(
    budget: int, done: set[int], line: set[int], new: list[int]
) -> None:
    domain = Domain("w.example", budget=budget)
    rows = [waiting(str(number), number) for number in sorted(line)]
    ids = {budget_id("w.example", f"http://w.example/{number}") for number in done}
    share = Purse("w.example", domain, ids, rows).share(found(*map(str, new)), NOW)
    taken = [each.text for each in share.taken]
    waits = [each.url for each in rows if each.id not in share.freed] + [each.url for each in share.waiting]
    over = [each.text for each in share.over]
    everything = {f"http://w.example/{number}" for number in {*line, *new} - done}
    assert sorted(taken + waits + over) == sorted(everything)
    assert len(taken) <= max(0, budget - len(ids))
    assert not taken or not (waits or over) or len(taken) == budget - len(ids)
