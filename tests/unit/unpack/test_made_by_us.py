"""The made containers beside the checkout: what must be found is found, what must be bounded is."""

import base64
import gzip
import json
import time
from pathlib import Path

import pytest

from scanner.detection.unpack.unpacking import unpack
from scanner.domain.content import Sample
from scanner.domain.limits import Limits

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "made_by_us.jsonl.gz"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR"


def _rows() -> list[dict]:
    if not DATA.exists():
        pytest.skip("../shared/data is not there")
    with gzip.open(DATA, "rt") as lines:
        return [json.loads(line) for line in lines]


def test_every_form_that_must_be_found_shows_the_marker() -> None:
    rows = [row for row in _rows() if row["expect"] == "must"]
    missed = []
    for row in rows:
        found = unpack(Sample(row["form"], base64.b64decode(row["b64"])), Limits())
        if not any(EICAR in view.data for view in found.views) or found.gaps:
            missed.append(row["form"])
    assert len(rows) >= 16
    assert missed == []


def test_every_hostile_form_ends_in_time_and_within_bounds() -> None:
    limits = Limits()
    for row in _rows():
        if row["expect"] == "bounded":
            begun = time.monotonic()
            found = unpack(Sample(row["form"], base64.b64decode(row["b64"])), limits)
            assert time.monotonic() - begun < 15, row["form"]
            assert found.produced <= limits.produced_bytes + limits.ratio_floor, row["form"]
