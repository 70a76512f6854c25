"""A page that is left, loaded again, or open twice: what becomes of the claim."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from scanner.domain.cases import Outcome
from scanner.domain.changes import Change
from scanner.domain.review_queue import held_by
from scanner.domain.review_steps import GRACE
from scanner.errors import ConflictError
from scanner.services.desk import Desk
from tests.unit.desk.desks import Office, office


@dataclass
class Meddling:
    """A register before which something else comes first, some times."""

    inner: Any
    first: Callable[[], object]
    times: int

    def commit(self, change: Change) -> Any:
        if self.times:
            self.times -= 1
            self.first()
        return self.inner.commit(change)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def claimed() -> tuple[Office, int]:
    house = office()
    house.open(house.case(1))
    return house, house.desk.reviewing.claim("C1", "li").tokens


def meddled(house: Office, first: Callable[[], object], times: int = 1) -> Desk:
    register = Meddling(house.register, first, times)
    return replace(house.desk, reviewing=replace(house.desk.reviewing, register=register))


def test_a_page_that_was_left_gives_its_case_back_after_the_grace() -> None:
    house, token = claimed()
    left = house.desk.leave("C1", "li", token)
    assert held_by(left, house.clock.now()) == "li"
    assert not house.desk.end_left("C1", "li", token)
    house.clock.moment += GRACE
    assert house.desk.end_left("C1", "li", token)
    assert house.store.case("C1").state == "QUEUED"
    assert not house.desk.end_left("C1", "li", token)


def test_a_page_that_was_loaded_again_keeps_it() -> None:
    house, token = claimed()
    house.desk.leave("C1", "li", token)
    house.clock.moment += GRACE / 2
    house.desk.keep("C1", "li", token)
    house.clock.moment += GRACE
    assert not house.desk.end_left("C1", "li", token)
    assert held_by(house.store.case("C1"), house.clock.now()) == "li"
    house.desk.leave("C1", "li", token)
    assert house.desk.leave("C1", "li", token) == house.store.case("C1")


def test_what_somebody_else_took_meanwhile_is_left_alone() -> None:
    house, token = claimed()
    house.desk.leave("C1", "li", token)
    house.clock.moment += GRACE
    house.desk.reviewing.claim("C1", "wang")
    assert not house.desk.end_left("C1", "li", token)
    assert held_by(house.store.case("C1"), house.clock.now()) == "wang"


def test_a_heartbeat_that_comes_between_does_not_refuse_the_decision() -> None:
    house, token = claimed()
    desk = meddled(house, lambda: house.desk.keep("C1", "li", token))
    assert desk.decide("C1", "li", token, Outcome.CLEAN, "benign-context").state == "DECIDED_CLEAN"


def test_two_windows_that_write_at_once_are_both_heard_but_not_for_ever() -> None:
    house, token = claimed()
    assert meddled(house, lambda: house.desk.keep("C1", "li", token)).leave("C1", "li", token).claim is not None
    endless = meddled(house, lambda: house.desk.keep("C1", "li", token), times=99)
    with pytest.raises(ConflictError, match="somebody else changed it first"):
        endless.keep("C1", "li", token)
    with pytest.raises(ConflictError, match="somebody else changed it first"):
        endless.decide("C1", "li", token, Outcome.CLEAN, "benign-context")


def test_a_decision_that_somebody_else_made_meanwhile_is_told() -> None:
    house, token = claimed()

    def other() -> None:
        house.clock.moment += house.desk.reviewing.hold
        taken = house.desk.reviewing.claim("C1", "wang")
        house.desk.decide("C1", "wang", taken.tokens, Outcome.VIOLATING, "malware")

    with pytest.raises(ConflictError):
        meddled(house, other).decide("C1", "li", token, Outcome.CLEAN, "benign-context")
    assert house.store.case("C1").state == "DECIDED_VIOLATING"
