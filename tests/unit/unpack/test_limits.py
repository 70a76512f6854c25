"""Bounds hold for any input, are counted in what was really produced, and leave a gap."""

import bz2
import gzip
import io
import zipfile

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detection.unpack.budget import CHUNK
from scanner.detection.unpack.unpacking import unpack
from scanner.detection.unpack.views import Unpacked
from scanner.domain.content import Sample
from scanner.domain.coverage import Reason
from scanner.domain.limits import Limits
from tests.evasion import packers
from tests.evasion.zips import Member, write_zip

KIB = 1024


def reasons(found: Unpacked) -> set[Reason]:
    return {gap.reason for gap in found.gaps}


def test_a_ratio_bomb_ends_at_the_ratio() -> None:
    limits = Limits(ratio_floor=KIB * KIB, ratio=10)
    found = unpack(Sample("a.gz", gzip.compress(bytes(64 * KIB * KIB))), limits)
    assert reasons(found) == {Reason.OVER_RATIO}
    assert found.produced <= KIB * KIB + 2 * CHUNK


def test_a_large_harmless_file_is_no_bomb() -> None:
    found = unpack(Sample("a.gz", gzip.compress(bytes(4 * KIB * KIB))), Limits())
    assert found.gaps == ()


def test_produced_bytes_are_bounded_whatever_is_declared() -> None:
    bomb = write_zip([Member(data=bytes(8 * KIB * KIB), central={"size": 100}, local={"size": 100})])
    found = unpack(Sample("a.zip", bomb), Limits(produced_bytes=KIB * KIB))
    assert reasons(found) == {Reason.OVER_SIZE}
    assert found.produced <= KIB * KIB + 2 * CHUNK


def test_one_member_over_its_bound_is_cut_and_the_rest_is_read() -> None:
    data = write_zip([Member(data=b"x" * 300_000), Member(b"b.txt", b"the other one")])
    found = unpack(Sample("a.zip", data), Limits(member_bytes=100_000))
    assert [(gap.reason, gap.path) for gap in found.gaps] == [(Reason.OVER_SIZE, "a.php")]
    assert {view.path: len(view.data) for view in found.views}["a.php"] == 100_000
    assert "b.txt" in {view.path for view in found.views}


def test_members_are_counted_over_all_containers() -> None:
    inner = write_zip([Member(b"%d.txt" % number, b"x" * 9) for number in range(40)])
    outer = write_zip([Member(b"one.zip", inner), Member(b"two.zip", inner + b"another")])
    found = unpack(Sample("a.zip", outer), Limits(members=50))
    assert Reason.OVER_MEMBERS in reasons(found)
    assert found.member_count == 50


def test_300_000_empty_members_end_at_the_member_limit() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(20_000):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")
    found = unpack(Sample("a.zip", out.getvalue()), Limits())
    assert reasons(found) == {Reason.OVER_MEMBERS}


def test_nesting_ends_at_the_depth_limit() -> None:
    data = b"innermost"
    for _ in range(30):
        data = gzip.compress(data)
    found = unpack(Sample("a.gz", data), Limits(depth=5))
    assert reasons(found) == {Reason.OVER_DEPTH}
    assert len(found.views) == 6


def test_nesting_up_to_the_depth_limit_leaves_no_gap() -> None:
    data = b"innermost"
    for _ in range(5):
        data = bz2.compress(data)
    found = unpack(Sample("a.bz2", data), Limits(depth=5))
    assert found.gaps == ()
    assert found.views[-1].data == b"innermost"


def test_the_same_archive_many_times_is_opened_once() -> None:
    inner = write_zip([Member(data=bytes(100_000))])
    outer = write_zip([Member(b"%d.zip" % number, inner) for number in range(50)])
    found = unpack(Sample("a.zip", outer), Limits())
    assert found.gaps == ()
    assert found.produced < 50 * len(inner) + 2 * 100_000


def test_an_archive_that_holds_itself_ends() -> None:
    """A fixed point cannot be built in a test; the walk's own rule is what ends it: the same bytes open once."""
    inner = write_zip([Member(b"a.zip", write_zip([Member()]), method=0)])
    found = unpack(Sample("a.zip", inner + inner), Limits())
    assert found.member_count < 20


def test_overlapping_members_do_not_multiply() -> None:
    """Many directory entries over one member: the trick of the overlap bomb."""
    whole = bytearray(write_zip([Member(data=bytes(200_000))], end=False))
    at = whole.find(b"PK\x01\x02")
    entry = bytes(whole[at:])
    found = unpack(Sample("a.zip", bytes(whole) + entry * 500), Limits())
    assert found.produced < 1_000_000


def test_time_is_bounded() -> None:
    found = unpack(Sample("a.zip", write_zip([Member(data=b"x" * 9)] * 3)), Limits(wall_seconds=0.0))
    assert reasons(found) == {Reason.TIMEOUT}


def test_entities_are_never_expanded() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "lol">' + "".join(
        f'<!ENTITY a{n} "{"&a" + str(n - 1) + ";" if n else "&a;"}{"&a;" * 9}">' for n in range(9)
    )
    found = unpack(Sample("a.svg", f"<?xml version='1.0'?>{laughs}]><svg>&a8;</svg>".encode()), Limits())
    assert found.produced < 10_000


_CONTAINERS = st.sampled_from(sorted(packers.PACKERS))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), _CONTAINERS, _CONTAINERS, st.integers(500, 20_000), st.integers(1, 12))
def test_no_nesting_of_containers_exceeds_the_limits(
    data: bytes, inner: str, outer: str, most: int, members: int
) -> None:
    limits = Limits(produced_bytes=most, members=members, member_bytes=most // 2, depth=3)
    found = unpack(Sample("x", packers.PACKERS[outer](packers.PACKERS[inner](data))), limits)
    assert found.produced <= most + CHUNK
    assert found.member_count <= members
    assert all(len(view.data) <= most // 2 + CHUNK for view in found.views[1:])
    assert all(view.path.count("!") <= 3 for view in found.views if "(" not in view.path)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), _CONTAINERS, _CONTAINERS)
def test_every_offset_points_at_the_views_bytes(data: bytes, inner: str, outer: str) -> None:
    whole = packers.PACKERS[outer](packers.PACKERS[inner](data))
    found = unpack(Sample("x", whole), Limits())
    parents = [view.data for view in found.views]
    for view in found.views:
        if view.offset is not None:
            end = view.offset + len(view.data)
            assert any(parent[view.offset : end] == view.data for parent in parents), view.path
