"""docs/scale.md is what the model says of the measured figures, and the model's arithmetic holds."""

import json
from itertools import pairwise

import pytest

from benchmarks.scale import DOC, RESULT
from benchmarks.scale_model import DAY, LOADS, Figures, page, size

FIGURES = Figures(200.0, 150.0, 10.0, 5_000.0, 300.0, 600.0, 250.0, 1_500.0)


def test_the_page_is_fresh() -> None:
    stated = json.loads(RESULT.read_text(encoding="utf-8"))
    told = page(Figures.of(stated), stated)
    assert DOC.read_text(encoding="utf-8") == told, "run python -m benchmarks.scale --write"


def test_cores_follow_the_peak_and_the_share_that_is_used() -> None:
    one = size(FIGURES, DAY * 1_000)  # 1,000 objects a second on average, 3,000 at the peak
    assert one.rate == 3_000
    assert one.cores == 2  # 0.6 of a core of work, used to a half


def test_everything_grows_with_the_load() -> None:
    sizes = [size(FIGURES, load) for load in LOADS]
    for smaller, larger in pairwise(sizes):
        assert larger.cores >= smaller.cores
        assert larger.partition == pytest.approx(smaller.partition * 10)
        assert larger.redis == pytest.approx(smaller.redis * 10)
    assert sizes[0].cores == 1
