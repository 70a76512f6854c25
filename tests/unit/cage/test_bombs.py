"""Bombs in the cage: each ends in time, leaves a gap where it was stopped, and the next content is served."""

import time

import pytest

from scanner.detection.cage.cage import Cage
from scanner.domain.content import Sample
from scanner.domain.limits import Limits
from tests.evasion.bombs import BOMBS
from tests.evasion.zips import Member, write_zip

QUICK = (
    "zip: 2,000 overlapping members", "zip: 1,000 deep", "zip: a million bare signatures", "gzip: 1,000 deep",
    "tar: claims 8 GiB", "mail: 5,000 levels", "svg: a billion laughs",
    "docx: a billion laughs", "pdf: 512 MiB behind three filters", "pdf: two thousand million pages",
    "ole: sector chain in a circle", "png: 900 megapixels", "iso: a folder inside itself",
    "git: copies of 10 GiB in all", "woff: 60,000 tables over one", "avro: snappy claims 4 GiB",
    "lz4 of kernels: 2 GiB", "parquet: a million structs", "starts: 100,000 packs",
    "starts: 100,000 compound files", "starts: 200,000 gzip heads",
)  # fmt: skip


def broken_bounds(name: str) -> list[str]:
    """What a bomb did that it must not; the cage serves the next content as if nothing had been."""
    limits = Limits()
    cage = Cage(limits)
    data = BOMBS[name]()
    begun = time.monotonic()
    found = cage.unpack(Sample("bomb.bin", data))
    seconds = time.monotonic() - begun
    after = cage.unpack(Sample("a.zip", write_zip([Member()])))
    cage.close()
    held = sum(len(view.data) for view in found.views[1:])
    holds = {
        f"took {seconds:.1f} s": seconds <= limits.wall_seconds + 1,
        f"held {held} bytes": held <= limits.memory_bytes + limits.member_bytes,
        f"produced {found.produced} bytes": found.produced <= limits.produced_bytes + (1 << 20),
        f"the next content gave {len(after.views)} views and {after.gaps}": (len(after.views), after.gaps) == (2, ()),
    }
    return [what for what, is_true in holds.items() if not is_true]


@pytest.mark.parametrize("name", QUICK)
def test_a_quick_bomb_is_borne(name: str) -> None:
    assert broken_bounds(name) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(BOMBS) - set(QUICK)))
def test_every_other_bomb_is_borne(name: str) -> None:
    assert broken_bounds(name) == []
