"""Mutants of every container: no reader falls over, nothing is lost without a word, nobody runs late."""

import time

import pytest

from scanner.detection.cage.cage import Cage
from scanner.detection.unpack.unpacking import unpack
from scanner.domain.content import Sample
from scanner.domain.coverage import Reason
from scanner.domain.limits import Limits
from tests.evasion.mutants import mutants

SEED = 20_240
LIMITS = Limits(wall_seconds=10.0, cpu_seconds=8.0)


def test_no_reader_falls_over_400_mutants() -> None:
    fallen = []
    for name, data in mutants(400, SEED):
        found = unpack(Sample("object.bin", data), LIMITS)
        assert found.views[0].data == data
        fallen += [f"{name}: {gap.detail}" for gap in found.gaps if gap.reason is Reason.PARSER_CRASHED]
    assert fallen == []


@pytest.mark.slow
def test_10_000_mutants_cost_no_child_and_no_deadline() -> None:
    cage, fallen, late = Cage(LIMITS), [], []
    for name, data in mutants(10_000, SEED + 1):
        begun = time.monotonic()
        found = cage.unpack(Sample("object.bin", data))
        if time.monotonic() - begun > 11:
            late.append(name)
        fallen += [f"{name}: {gap.detail}" for gap in found.gaps if gap.reason is Reason.PARSER_CRASHED]
    starts = cage.starts
    cage.close()
    assert (fallen, late) == ([], [])
    assert starts < 20
