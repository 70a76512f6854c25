"""When a rescan still has something to do."""

from datetime import UTC, datetime

from scanner.domain.rescans import Rescan, RescanState, Statement

START = datetime(2026, 11, 24, tzinfo=UTC)


def test_only_a_rescan_that_lists_or_scans_is_live() -> None:
    live = {state for state in RescanState if Rescan("r1", "bucket", "", state, START).is_live}
    assert live == {RescanState.LISTING, RescanState.SCANNING}
    over = {state for state in RescanState if Rescan("r1", "bucket", "", state, START).is_over}
    assert over == {RescanState.DONE, RescanState.CANCELLED}


def test_a_statement_is_whole_when_everything_listed_is_accounted_for() -> None:
    said = Statement(10, {"CLEAN": 3}, {"scanned:CLEAN": 5, "failed:gone": 1}, 1)
    assert (said.is_whole, said.done, said.of("failed")) == (True, 9, {"gone": 1})
    assert not Statement(11, {"CLEAN": 3}, {"scanned:CLEAN": 5}, 1).is_whole
