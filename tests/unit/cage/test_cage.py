"""The keeper: same results as without a cage, one gap for a child that dies, hangs or lies, and nobody else hurt."""

import gzip
import os
import time
from collections.abc import Iterator

import pytest

from scanner.detection.cage import cage as cage_module
from scanner.detection.cage.cage import Cage
from scanner.detection.unpack.unpacking import unpack
from scanner.detection.unpack.views import View
from scanner.domain.content import Sample
from scanner.domain.coverage import Reason
from scanner.domain.limits import Limits
from scanner.errors import SettingsError
from tests.evasion import lies, packers
from tests.evasion.zips import Member, write_zip

ZIP = Sample("a.zip", write_zip([Member(), Member(b"b.txt", b"words")]))


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    kept = Cage(Limits())
    yield kept
    kept.close()


def bad_child(monkeypatch: pytest.MonkeyPatch, code: str) -> Cage:
    """A cage whose child says it is ready and then runs `code`."""
    ready = "import os,sys,time,signal; os.write(1, bytes.fromhex('5200000002') + (0).to_bytes(8,'big') + b'[]'); "
    monkeypatch.setattr(cage_module, "_START", ready + "os.read(0, 1 << 20); " + code)
    return Cage(Limits(wall_seconds=1.0))


def reasons(found: object) -> set[Reason]:
    return {gap.reason for gap in found.gaps}


def test_the_cage_gives_what_unpacking_in_process_gives(cage: Cage) -> None:
    forms = {
        **{name: pack(b"words " * 99) for name, pack in packers.PACKERS.items()},
        **lies.streams(),
        **lies.pdfs(),
        **lies.mails(),
    }
    for name, data in forms.items():
        given = Sample("object.bin", data)
        caged, plain = cage.unpack(given), unpack(given, Limits())
        assert (caged.views, caged.names, caged.gaps) == (plain.views, plain.names, plain.gaps), name
        assert (caged.member_count, caged.produced) == (plain.member_count, plain.produced)


def test_one_child_serves_many_contents(cage: Cage) -> None:
    before = cage.starts
    for _ in range(50):
        assert cage.unpack(ZIP).gaps == ()
    assert cage.starts - before <= 1


def test_the_child_is_recycled() -> None:
    kept = Cage(Limits(), recycle_after=3)
    for _ in range(7):
        assert len(kept.unpack(ZIP).views) == 3
    kept.close()
    assert kept.starts == 3


def test_views_can_be_taken_as_they_come(cage: Cage) -> None:
    taken: list[View] = []
    found = cage.unpack(ZIP, take=taken.append)
    assert [view.path for view in taken] == ["", "a.php", "b.txt"]
    assert found.views == ()


def test_a_taker_that_raises_does_not_poison_the_next_content(cage: Cage) -> None:
    def refuse(view: View) -> None:
        raise KeyError(view.path)

    with pytest.raises(KeyError):
        cage.unpack(ZIP, take=refuse)
    assert len(cage.unpack(ZIP).views) == 3


def test_time_spent_by_the_taker_is_not_the_contents() -> None:
    kept = Cage(Limits(wall_seconds=0.6))
    big = Sample("a.zip", write_zip([Member(b"%d" % n, os.urandom(400_000), method=0) for n in range(8)]))
    found = kept.unpack(big, take=lambda view: time.sleep(0.1))
    kept.close()
    assert found.gaps == ()


def test_passwords_reach_the_child(cage: Cage) -> None:
    data = packers.seven(b"secret words " * 50, "open sesame")
    assert reasons(cage.unpack(Sample("a.7z", data))) == {Reason.ENCRYPTED}
    found = cage.unpack(Sample("a.7z", data), ("wrong", "open sesame"))
    assert found.gaps == ()
    assert found.views[-1].data == b"secret words " * 50


def test_a_child_that_dies_costs_one_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = bad_child(monkeypatch, "os.kill(os.getpid(), signal.SIGSEGV)")
    found = kept.unpack(ZIP)
    kept.close()
    assert [(gap.reason, gap.detail) for gap in found.gaps] == [
        (Reason.PARSER_CRASHED, "the caged parser died (SIGSEGV)")
    ]
    assert [view.data for view in found.views] == [ZIP.data]


def test_a_child_that_hangs_is_killed_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = bad_child(monkeypatch, "time.sleep(60)")
    begun = time.monotonic()
    found = kept.unpack(ZIP)
    assert time.monotonic() - begun < 1.0 + 1.0
    assert reasons(found) == {Reason.TIMEOUT}
    kept.close()


def test_a_child_that_does_not_read_is_killed_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = bad_child(monkeypatch, "time.sleep(60)")
    begun = time.monotonic()
    found = kept.unpack(Sample("a.bin", bytes(8 << 20)))
    assert time.monotonic() - begun < 3.0
    assert reasons(found) == {Reason.TIMEOUT}
    kept.close()


def test_what_came_before_the_end_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = "b'N' + (5).to_bytes(4,'big') + (0).to_bytes(8,'big') + b'\"a.b\"'"
    kept = bad_child(monkeypatch, f"os.write(1, {frame}); os.abort()")
    found = kept.unpack(ZIP)
    kept.close()
    assert found.names == ("a.b",)
    assert reasons(found) == {Reason.PARSER_CRASHED}


@pytest.mark.parametrize(
    "lie",
    [
        "b'Z' + (2).to_bytes(4,'big') + (0).to_bytes(8,'big') + b'{}'",
        "b'V' + (2).to_bytes(4,'big') + (0).to_bytes(8,'big') + b'{}'",
        "b'V' + (2).to_bytes(4,'big') + (1 << 50).to_bytes(8,'big') + b'{}'",
        "b'G' + (3).to_bytes(4,'big') + (0).to_bytes(8,'big') + b'[1]'",
        "b'D' + (2).to_bytes(4,'big') + (0).to_bytes(8,'big') + b'[]'",
        "b'D' + (3).to_bytes(4,'big') + (0).to_bytes(8,'big') + b'nul'",
        "b'N' + (1 << 31).to_bytes(4,'big') + (0).to_bytes(8,'big')",
        "b'\\x80\\x04cposix\\nsystem\\n' * 9",
    ],
)
def test_a_child_that_lies_costs_one_gap(monkeypatch: pytest.MonkeyPatch, lie: str) -> None:
    kept = bad_child(monkeypatch, f"os.write(1, {lie}); time.sleep(60)")
    found = kept.unpack(ZIP)
    kept.close()
    assert reasons(found) <= {Reason.PARSER_CRASHED, Reason.TIMEOUT}
    assert reasons(found)
    assert [view.path for view in found.views] == [""]


def test_a_slice_outside_the_content_is_a_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    words = '["x","text",["text"],"zip","raw","",10,99999999]'
    frame = f"b'V' + ({len(words)}).to_bytes(4,'big') + (0).to_bytes(8,'big') + {words.encode()!r}"
    kept = bad_child(monkeypatch, f"os.write(1, {frame}); time.sleep(60)")
    found = kept.unpack(ZIP)
    kept.close()
    assert reasons(found) == {Reason.PARSER_CRASHED}


def test_memory_is_bounded() -> None:
    kept = Cage(Limits(memory_bytes=96 << 20, ratio_floor=1 << 30))
    found = kept.unpack(Sample("a.gz", gzip.compress(bytes(200 << 20))))
    again = kept.unpack(ZIP)
    kept.close()
    assert reasons(found) <= {Reason.OVER_RATIO, Reason.PARSER_CRASHED, Reason.OVER_SIZE}
    assert reasons(found)
    assert again.gaps == ()


def test_a_fork_gets_a_child_of_its_own(cage: Cage) -> None:
    assert cage.unpack(ZIP).gaps == ()
    reads, writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        found = cage.unpack(ZIP)
        cage.close()
        os.write(writes, b"%d" % len(found.views))
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reads, 9) == b"3"
    before = cage.starts
    assert len(cage.unpack(ZIP).views) == 3
    assert cage.starts == before
    os.close(reads)
    os.close(writes)


def test_off_needs_no_child() -> None:
    kept = Cage(Limits(), "off")
    assert len(kept.unpack(ZIP).views) == 3
    assert (kept.starts, kept.layers) == (0, ())
    assert "seccomp" in kept.missing


def test_strict_refuses_where_a_wall_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cage_module, "ALL_LAYERS", ("seccomp", "moat"))
    with pytest.raises(SettingsError, match="moat"):
        Cage(Limits(), "strict")


def test_a_strict_cage_that_loses_a_wall_later_parses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cage_module, "ALL_LAYERS", ("rlimits",))
    kept = Cage(Limits(), "strict")
    kept.close()
    monkeypatch.setattr(cage_module, "ALL_LAYERS", ("rlimits", "moat"))
    found = kept.unpack(ZIP)
    kept.close()
    assert reasons(found) == {Reason.PARSER_CRASHED}
    assert "moat is missing" in found.gaps[0].detail
    assert len(found.views) == 1  # the content's own bytes, which no parser touched


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(SettingsError, match="auto, strict or off"):
        Cage(Limits(), "sometimes")


def test_a_closed_cage_starts_again_when_needed() -> None:
    kept = Cage(Limits())
    kept.unpack(ZIP)
    kept.close()
    assert len(kept.unpack(ZIP).views) == 3
    kept.close()
