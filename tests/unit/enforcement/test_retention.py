"""Retention: the longest floor wins, a hold overrides, and nothing expires under an appeal."""

from datetime import timedelta

import pytest

from scanner.domain.enforcement.appeals import WINDOW
from scanner.domain.enforcement.retention import AFTER_APPEAL, Floors, keep_until, next_state
from scanner.domain.evidence import NEXT_STATES, EvidenceState
from tests.unit.enforcement.courses import NOW

E = EvidenceState


def test_the_longest_of_all_floors_wins() -> None:
    assert keep_until(NOW, 30, Floors(), noticed_at=None, ended_at=None) == NOW + timedelta(days=180)
    assert keep_until(NOW, 400, Floors(), noticed_at=None, ended_at=None) == NOW + timedelta(days=400)
    late = NOW + timedelta(days=100)
    assert keep_until(NOW, 30, Floors(), noticed_at=late, ended_at=None) == late + WINDOW + AFTER_APPEAL
    ended = NOW + timedelta(days=300)
    assert keep_until(NOW, 30, Floors(), noticed_at=NOW, ended_at=ended) == ended + timedelta(days=60)


@pytest.mark.parametrize(
    ("state", "held", "appeal_open", "over", "wanted"),
    [
        (E.VERIFIED, False, False, False, E.RETAINED),
        (E.VERIFIED, True, False, True, E.HELD),
        (E.HELD, True, False, True, E.HELD),
        (E.HELD, False, False, True, E.RETAINED),
        (E.RETAINED, False, False, False, E.RETAINED),
        (E.RETAINED, False, False, True, E.EXPIRED),
        (E.RETAINED, False, True, True, E.RETAINED),
        (E.RETAINED, True, False, True, E.HELD),
        (E.EXPIRED, True, False, True, E.EXPIRED),
        (E.TAINTED, True, False, True, E.TAINTED),
        (E.CAPTURED, False, False, True, E.CAPTURED),
    ],
)
def test_evidence_becomes_what_its_time_and_holds_say(
    state: EvidenceState, held: bool, appeal_open: bool, over: bool, wanted: EvidenceState
) -> None:
    until = NOW if over else NOW + timedelta(seconds=1)
    found = next_state(state, NOW, until, held=held, waits=appeal_open)
    assert found is wanted
    assert found is state or found in NEXT_STATES[state]
