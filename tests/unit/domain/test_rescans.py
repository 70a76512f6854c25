"""When a rescan still has something to do."""

from datetime import UTC, datetime

from scanner.domain.rescans import Rescan, RescanState

START = datetime(2026, 11, 24, tzinfo=UTC)


def test_only_a_rescan_that_lists_or_scans_is_live() -> None:
    live = {state for state in RescanState if Rescan("r1", "bucket", "", state, START).is_live}
    assert live == {RescanState.LISTING, RescanState.SCANNING}
