"""Many courses at once: what is in trouble keeps nothing else from its notice, its look or its end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.domain.actions import MAX_ATTEMPTS, ActionState
from scanner.domain.changes import Change
from scanner.domain.enforcement.brakes import Breaker
from scanner.domain.enforcement.notices import Delivery
from scanner.domain.enforcement.stages import Stage
from scanner.domain.rules import Rulebook
from scanner.errors import ConflictError, EnforcementError
from tests.unit.services.test_courses import Town
from tests.unit.services.test_courses_troubles import failing

MANY = 5


@pytest.fixture
def town(book: Rulebook) -> Town:
    """A town with several suspended versions."""
    town = Town(book)
    guarding = replace(town.house.guarding, breaker=Breaker(share=1.0, least=1_000))
    carrying = replace(town.house.enforcing.carrying, guarding=guarding)
    town.house.enforcing = replace(town.house.enforcing, carrying=carrying)
    for number in range(MANY):
        town.house.upload(f"a{number}", b"EVIL")
    town.house.work()
    return town


def test_notices_that_nobody_takes_keep_no_other_course_from_its_own(town: Town) -> None:
    town.letters.down = True
    for _ in range(MANY):
        assert len(town.noticing.write(1)) == 1
    assert town.noticing.write(1) == []
    assert [notice.state for notice in town.noticing.send()] == [Delivery.PENDING] * MANY


def test_a_notice_that_another_worker_sends_keeps_no_other_from_being_sent(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = town.noticing.write()[0]
    commit = type(town.house.kept).commit

    def late(self: object, change: Change) -> object:
        if any(notice.id == first.id for notice in change.notices):
            raise ConflictError("somebody else changed it first")
        return commit(town.house.kept, change)

    monkeypatch.setattr(type(town.house.kept), "commit", late)
    assert len(town.noticing.send()) == MANY - 1


def test_a_notice_taken_while_the_clock_was_set_back_still_begins_its_cool_off(town: Town) -> None:
    town.noticing.write()
    due = {notice.due_at for notice in town.house.kept.due_notices(town.house.clock.now(), 10)}
    assert len(due) == 1
    filed = town.course()
    later = replace(filed, changed_at=town.house.clock.now() + timedelta(seconds=5), revision=filed.revision + 1)
    town.house.kept.commit(Change(courses=(later,)))
    town.noticing.send()
    assert town.course().stage is Stage.NOTICED


def test_what_cannot_be_seen_keeps_nothing_else_from_being_looked_at(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = type(town.house.surface).observe
    leaking = town.course()
    town.house.surface.suspended.pop(("tenant", leaking.subject.key))
    with monkeypatch.context() as patch:
        patch.setattr(
            type(town.house.surface),
            "observe",
            lambda self, subject: really(self, subject) if subject == leaking.subject else "unclear",
        )
        town.house.clock.advance(7_200)
        found = [word for _ in range(MANY) for word in town.watching.look_again(1)]
    assert sorted(found) == ["mended", *["unclear"] * (MANY - 1)]


def test_what_cannot_be_seen_is_told_once_for_each_look(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.house.clock.advance(7_200)
    with monkeypatch.context() as patch:
        patch.setattr(type(town.house.surface), "observe", lambda _self, _subject: "unclear")
        assert town.watching.look_again() == {"unclear": MANY}
        assert town.watching.look_again() == {}
        town.house.clock.advance(400)
        assert town.watching.look_again() == {"unclear": MANY}


def test_a_dead_suspension_that_was_cleared_is_carried_out_when_it_is_replayed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.house.upload("late", b"EVIL", "2")
    with failing(monkeypatch, town.house.surface, "plan", EnforcementError("answered 503")):
        town.house.work()
        for _ in range(MAX_ATTEMPTS):
            town.house.clock.advance(timedelta(hours=25).total_seconds())
            town.house.enforcing.carry_out()
    [dead] = [one for one in town.house.store.action_rows.values() if one.state is ActionState.DEAD]
    assert town.watching.clear() == 1
    town.house.enforcing.replay(dead.id, "ops")
    town.house.enforcing.carry_out()
    assert town.house.store.action(dead.id).state is ActionState.DONE
