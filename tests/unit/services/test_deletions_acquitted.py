"""Bytes in which a mended rulebook finds nothing any more are not deleted, whoever agreed to it before (I6)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.domain.actions import Action, ActionState
from scanner.domain.changes import Change, Judged
from scanner.domain.coverage import Gap, Reason
from scanner.domain.enforcement.stages import Stage
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Standing
from tests.unit.services.test_courses import Town

COOL_OFF = timedelta(days=8).total_seconds()


@pytest.fixture
def town(book: Rulebook) -> Town:
    return Town(book)


def judged_anew(town: Town, *gaps: Gap, sha256: str = "") -> None:
    """A scan under mended rules that finds nothing in what was approved for deletion."""
    old: Judged = next(row for row in town.house.store.judged if row.subject.key == "a")
    content = replace(old.verdict.content, sha256=sha256 or old.verdict.content.sha256)
    coverage = replace(old.verdict.coverage, gaps=gaps)
    verdict = replace(
        old.verdict, content=content, standing=Standing.CLEAN, findings=(), coverage=coverage, clause="", rule=""
    )
    town.house.store.judged.append(replace(old, verdict=verdict))


def due(town: Town) -> Action:
    """What becomes of the deletion when its time has come."""
    town.house.clock.advance(COOL_OFF)
    [action] = town.house.enforcing.carry_out()
    return action


@pytest.mark.parametrize(("gaps", "word"), [((), "CLEAN"), ((Gap(Reason.TIMEOUT),), "PARTIAL")])
def test_what_the_newest_verdict_does_not_condemn_is_not_deleted(town: Town, gaps: tuple[Gap, ...], word: str) -> None:
    town.deleting.approve(town.proposed(), "wang", "seen it too")
    judged_anew(town, *gaps)
    action = due(town)
    assert (action.state, action.outcome) == (
        ActionState.REFUSED,
        f"the newest verdict over these bytes is {word}",
    )
    assert town.house.contents.objects
    assert (town.course().stage, town.course().trail.approver) == (Stage.NOTICED_FINAL, "")


def test_a_verdict_over_other_bytes_keeps_nothing_from_being_deleted(town: Town) -> None:
    town.deleting.approve(town.proposed(), "wang", "seen it too")
    judged_anew(town, sha256="0" * 64)
    assert due(town).state is ActionState.DONE


def test_what_was_reported_hangs_on_no_verdict_of_ours(town: Town) -> None:
    case = town.proposed()
    rows = town.house.store.case_rows
    rows[case] = replace(rows[case], source="report")
    town.deleting.approve(case, "wang", "seen it too")
    judged_anew(town)
    assert due(town).state is ActionState.DONE


def test_a_deletion_that_took_hold_is_recorded_whatever_was_judged_meanwhile(town: Town) -> None:
    action = town.deleting.approve(town.proposed(), "wang", "seen it too")
    town.house.clock.advance(COOL_OFF)
    opened = town.house.enforcing.carrying.open(action)
    town.house.kept.commit(Change(courses=opened.courses))
    town.house.contents.objects.clear()
    judged_anew(town)
    [done] = town.house.enforcing.carry_out()
    assert (done.state, town.course().stage) == (ActionState.DONE, Stage.DELETED)
