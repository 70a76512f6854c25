"""A small soak in the default run: kills, lost and repeated events, a broker that is killed, a store that fails."""

from pathlib import Path

import pytest

from benchmarks.soak_pipeline import Plan, run

pytestmark = pytest.mark.slow  # about 15 s, and its clocks want a machine to themselves


def test_nothing_is_lost_and_nothing_is_wrong_under_everything_at_once(tmp_path: Path) -> None:
    plan = Plan(
        objects=40, kills=4, seconds=6.0, whole=0.0, redis_kills=1, flushes=1, freezes=0, hang_ups=1, garbage=0,
        workers=1, children=1, seed=11, drain=120.0,
    )  # fmt: skip
    outcome = run(plan, f"sqlite:///{tmp_path / 'soak.sqlite3'}", tmp_path)
    assert outcome.holds, outcome.summary()
    assert outcome.met["children killed"] == 4
    assert outcome.met["S3 503"] > 0
    assert outcome.events_lost > 0
    assert outcome.events_twice > 0
