"""Talking to the caged parser: one question, answers for as long as there is time, each of them checked."""

import functools
import io
import os
import select
import signal
import subprocess
import time
from dataclasses import asdict
from typing import Any

from scanner.detection.cage import frames
from scanner.detection.cage.answers import AnswerError, gap_from, strings, view_from
from scanner.detection.unpack.haul import Haul
from scanner.domain.content import Sample
from scanner.domain.coverage import Reason
from scanner.domain.limits import Limits

GRACE = 0.5  # seconds that the child has to end by itself once the content's wall time is over
MOST_WRITTEN = PIPE_BYTES = 1 << 20


class LostError(Exception):
    """The child died, hung or lied; `reason` and `detail` become the content's gap."""

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(detail)


class Reader:
    """Bytes from the child, for as long as there is time; the clock runs only while we wait."""

    def __init__(self, child: subprocess.Popen[bytes], seconds: float) -> None:
        assert child.stdout is not None
        self._child, self._left = child, seconds
        self._fd = child.stdout.fileno()
        self._held = bytearray()
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)

    def wait(self, poll: select.poll) -> None:
        """Wait until the other side is ready; LostError when the time is over."""
        begun = time.monotonic()
        ready = poll.poll(max(self._left, 0) * 1000)
        self._left -= time.monotonic() - begun
        if not ready:
            raise LostError(Reason.TIMEOUT, "the caged parser was killed at its deadline")

    def exactly(self, count: int) -> bytes:
        """Exactly `count` bytes; what came along behind them is kept for the next call."""
        if count > 2 * PIPE_BYTES:
            return self._large(count)
        held = self._held
        while len(held) < count:
            held += self._more(PIPE_BYTES)
        wanted = bytes(memoryview(held)[:count])
        del held[:count]
        return wanted

    def _large(self, count: int) -> bytes:
        """As `exactly`, without ever holding the bytes twice."""
        whole = io.BytesIO()
        whole.write(self._held)
        self._held.clear()
        while whole.tell() < count:
            whole.write(self._more(min(PIPE_BYTES, count - whole.tell())))
        return whole.getvalue()

    def _more(self, most: int) -> bytes:
        self.wait(self._poll)
        piece = os.read(self._fd, most)
        if not piece:
            raise LostError(*self._how_it_died())
        return piece

    def _how_it_died(self) -> tuple[Reason, str]:
        code = self._child.wait()
        if -code == signal.SIGXCPU:
            return Reason.TIMEOUT, "the caged parser used up its CPU time"
        word = signal.Signals(-code).name if code < 0 else f"exit {code}"
        return Reason.PARSER_CRASHED, f"the caged parser died ({word})"


@functools.lru_cache(maxsize=8)
def _words_of(limits: Limits) -> dict[str, Any]:
    return asdict(limits)


class Exchange:
    """One content: ask, then take what comes until the child is done."""

    def __init__(self, child: subprocess.Popen[bytes], limits: Limits, sample: Sample, haul: Haul) -> None:
        self._child, self._limits, self._sample, self._haul = child, limits, sample, haul
        self._reader = Reader(child, limits.wall_seconds + GRACE)

    def run(self, passwords: tuple[str, ...]) -> tuple[int, int, tuple[str, ...]]:
        """(members, produced bytes, not judged) once the child is done."""
        self._ask(passwords)
        try:
            while True:
                kind, words, raw = frames.received(self._reader.exactly, self._limits.member_bytes * 2)
                if kind == frames.DONE:
                    members, produced, not_judged = words
                    return int(members), int(produced), strings(not_judged)
                self._take(kind, words, raw)
        except (frames.FrameError, AnswerError, ValueError, TypeError) as error:
            raise LostError(Reason.PARSER_CRASHED, f"the caged parser broke the protocol: {error}") from error

    def _ask(self, passwords: tuple[str, ...]) -> None:
        sample = self._sample
        words: dict[str, Any] = {
            "name": sample.name, "media_type": sample.media_type, "encoding": sample.encoding,
            "passwords": list(passwords), "limits": _words_of(self._limits),
        }  # fmt: skip
        head = frames.packed(frames.ASK, words, len(sample.data))
        if len(sample.data) < PIPE_BYTES:
            self._write(head + sample.data)
        else:
            self._write(head)
            self._write(sample.data)

    def _write(self, raw: bytes) -> None:
        assert self._child.stdin is not None
        fd, view = self._child.stdin.fileno(), memoryview(raw)
        poll = select.poll()
        poll.register(fd, select.POLLOUT)
        try:
            while view:
                try:
                    view = view[os.write(fd, view[:MOST_WRITTEN]) :]
                except BlockingIOError:
                    self._reader.wait(poll)
        except BrokenPipeError:
            return  # it is dead: reading what it said before tells how

    def _take(self, kind: bytes, words: Any, raw: bytes) -> None:
        if kind == frames.VIEW:
            self._haul.view(view_from(words, raw, self._sample.data))
        elif kind == frames.GAP:
            self._haul.gap(gap_from(words))
        elif kind == frames.NAME:
            self._haul.name(str(words))
        elif kind == frames.NOTE:
            self._haul.note(str(words))
        elif kind == frames.FORGIVE:
            self._haul.forgive(str(words))
        else:
            raise AnswerError(f"unknown frame {kind!r}")
