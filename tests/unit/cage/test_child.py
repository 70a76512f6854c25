"""The child's own code, run in this process over pipes; its walls are tested from outside."""

import json
import os
import threading
from dataclasses import asdict

import pytest

from scanner.detection.cage import child, frames, layers, seccomp
from scanner.domain.coverage import Gap, Reason
from scanner.domain.limits import Limits
from tests.evasion.zips import Member, write_zip


class Gone(Exception):
    """Stands for the end of the child process."""


@pytest.fixture
def pipes(monkeypatch: pytest.MonkeyPatch):
    to_child, from_child = os.pipe(), os.pipe()
    monkeypatch.setattr(child, "IN", to_child[0])
    monkeypatch.setattr(child, "OUT", from_child[1])
    monkeypatch.setattr(layers, "put_up", lambda memory: ("seccomp",))
    monkeypatch.setattr(layers, "bound_cpu", lambda seconds: None)
    monkeypatch.setattr("sys.argv", ["child", "1000"])

    def leave(code: int) -> None:
        raise Gone

    monkeypatch.setattr(os, "_exit", leave)
    yield to_child[1], from_child[0]
    for end in (to_child[0], *from_child):
        os.close(end)


def answers(fd: int, until: bytes = frames.DONE) -> list[tuple[bytes, object, bytes]]:
    found = []
    while not found or found[-1][0] != until:
        found.append(frames.received(lambda count: b"".join(os.read(fd, 1) for _ in range(count)), 1 << 20))
    return found


def ask(fd: int, data: bytes) -> None:
    words = {"name": "a.zip", "media_type": "", "encoding": "", "passwords": [], "limits": asdict(Limits())}
    os.write(fd, frames.packed(frames.ASK, words, len(data)) + data)


def test_the_child_says_which_walls_stand_and_serves_until_the_pipe_ends(pipes) -> None:
    feed, answer = pipes
    ended = []

    def live() -> None:
        try:
            child.main()
        except Gone:
            ended.append(True)

    running = threading.Thread(target=live)
    running.start()
    data = write_zip([Member(), Member(b"b.txt", b"words" * 30_000, method=0)])
    ask(feed, data)
    ask(feed, b"plain")
    told = [answers(answer), answers(answer)]
    os.close(feed)
    running.join(10)
    assert ended == [True]
    assert told[0][0][:2] == (frames.READY, ["seccomp"])
    kinds = [kind for kind, _, _ in told[0]]
    assert kinds.count(frames.VIEW) == 3
    assert kinds.count(frames.NAME) == 2
    root = next(words for kind, words, _ in told[0] if kind == frames.VIEW)
    assert root[-1] == len(data), "the content itself goes as a length, not as bytes"


def test_gaps_notes_and_second_tries_are_sent(pipes) -> None:
    _, answer = pipes
    sender = child.Sender(b"root")
    sender.gap(Gap(Reason.DAMAGED, "a", "b"))
    sender.note("remark")
    sender.forgive("a")
    sender.close(frames.packed(frames.DONE, [0, 0, []]))
    assert [(kind, words) for kind, words, _ in answers(answer)] == [
        (frames.GAP, ["damaged", "a", "b"]),
        (frames.NOTE, "remark"),
        (frames.FORGIVE, "a"),
        (frames.DONE, [0, 0, []]),
    ]


def test_a_question_that_is_none_ends_the_child(pipes) -> None:
    feed, answer = pipes
    os.write(feed, frames.packed(frames.NOTE, "hello"))
    ask(feed, b"plain")
    child.main()
    os.close(feed)
    assert [kind for kind, _, _ in answers(answer, until=frames.READY)] == [frames.READY]
    os.set_blocking(answer, False)
    with pytest.raises(BlockingIOError):  # what came behind it was not served
        os.read(answer, 1)


def _decide(steps: bytes, number: int, arch: int, words: tuple[int, ...] = (0,) * 6) -> int:
    """A small reading of the kernel's filter language: what the program answers to one call."""
    memory = number.to_bytes(4, "little") + arch.to_bytes(4, "little") + bytes(8)
    memory += b"".join(word.to_bytes(8, "little") for word in words)
    at, held = 0, 0
    while True:
        code, yes, no, value = seccomp.struct.unpack_from("=HBBI", steps, at * 8)
        at += 1
        if code == 0x20:
            held = int.from_bytes(memory[value : value + 4], "little")
        elif code == 0x06:
            return value
        else:
            hit = held == value if code == 0x15 else bool(held & value)
            at += yes if hit else no


@pytest.mark.parametrize(("machine", "arch"), [("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)])
def test_the_filter_allows_what_is_listed_and_nothing_else(monkeypatch, machine: str, arch: int) -> None:
    monkeypatch.setattr(seccomp.platform, "machine", lambda: machine)
    steps = seccomp.program()
    assert steps is not None
    _, numbers = seccomp._MACHINES[machine]
    calls = dict(zip(seccomp._NAMES.split(), map(int, numbers.split()), strict=True))
    listed = {calls[name] for name in calls if name not in ("mmap", "mprotect", "tgkill", "prlimit64")}
    allowed = {number for number in range(1_000) if _decide(steps, number, arch) == seccomp._ALLOW}
    assert allowed - {calls["mmap"], calls["mprotect"], calls["prlimit64"]} == listed
    assert calls["tgkill"] not in allowed
    assert _decide(steps, calls["read"], arch ^ 1) == seccomp._REFUSE
    assert _decide(steps, calls["mmap"], arch, (0, 0, 7, 0, 0, 0)) == seccomp._REFUSE
    assert _decide(steps, calls["mmap"], arch, (0, 0, 3, 0, 0, 0)) == seccomp._ALLOW
    assert _decide(steps, calls["tgkill"], arch, (os.getpid(), 0, 0, 0, 0, 0)) == seccomp._ALLOW
    assert _decide(steps, calls["prlimit64"], arch, (77, 0, 0, 0, 0, 0)) == seccomp._REFUSE


def test_there_is_no_filter_for_an_unknown_machine(monkeypatch) -> None:
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "vax")
    assert seccomp.program() is None
    assert not seccomp.install()


@pytest.mark.parametrize("text", [b"{", b"\xff", b"[" * 100_000])
def test_words_that_are_no_json_are_refused(text: bytes) -> None:
    raw = frames.HEAD.pack(b"N", len(text), 0) + text
    with pytest.raises(frames.FrameError):
        frames.received(_reader(raw), 10)


def test_a_frame_says_how_long_it_is() -> None:
    raw = frames.packed(frames.VIEW, ["ü"], 3) + b"abc"
    assert frames.received(_reader(raw), 3) == (frames.VIEW, ["ü"], b"abc")
    with pytest.raises(frames.FrameError, match="frame of"):
        frames.received(_reader(raw), 2)
    assert json.loads(raw[frames.HEAD.size : -3]) == ["ü"]


def _reader(raw: bytes):
    held = bytearray(raw)

    def exactly(count: int) -> bytes:
        piece = bytes(held[:count])
        del held[:count]
        return piece

    return exactly
