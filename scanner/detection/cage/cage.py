"""The keeper of the cage: starts the caged parser, feeds it, believes nothing it says unchecked, kills it in time."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from scanner.detection.cage import frames
from scanner.detection.cage.answers import strings
from scanner.detection.cage.exchange import PIPE_BYTES, Exchange, LostError, Reader
from scanner.detection.cage.layers import ALL_LAYERS
from scanner.detection.unpack.haul import Haul
from scanner.detection.unpack.views import Unpacked, View
from scanner.domain.content import Sample
from scanner.domain.coverage import Gap, Reason
from scanner.domain.limits import Limits
from scanner.errors import SettingsError

RECYCLE_AFTER = 2_000  # contents fed to one child
START_SECONDS = 30.0
LOOKED_AT_EVERY = 8  # contents between two looks at the child's memory
_ROOT = str(Path(__file__).resolve().parents[3])
_START = f"import sys; sys.path.insert(0, {_ROOT!r}); from scanner.detection.cage.child import main; main()"


class Cage:
    """A caged parser, started when first needed, one content at a time.

    `mode`: `auto` takes the walls that the kernel offers, `strict` raises SettingsError without all of them, `off`
    parses in this process. Safe to carry over a fork: the forked process starts a child of its own.
    """

    def __init__(self, limits: Limits, mode: str = "auto", recycle_after: int = RECYCLE_AFTER) -> None:
        if mode not in ("auto", "strict", "off"):
            raise SettingsError(f"unknown cage mode {mode!r}", where="cage", mend="use auto, strict or off")
        self._limits, self._mode, self._recycle_after = limits, mode, recycle_after
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner, self._fed, self._base = 0, 0, 0
        self._standing: tuple[str, ...] = ()
        self._proven = False  # that all walls of a strict cage were to be had once
        self.starts = 0
        if mode == "strict":
            self._require_all()

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the walls in force; none in mode `off`."""
        if self._mode != "off" and not self._standing:
            with self._lock:
                self._ready()
        return self._standing

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the walls that this kernel or mode does not give."""
        standing = self.layers
        return tuple(name for name in ALL_LAYERS if name not in standing)

    @property
    def remark(self) -> str:
        """What a verdict says of the walls behind which its content was parsed; "" where all of them stood."""
        if self._mode == "off":
            return "parsed outside the cage: it is switched off"
        missing = [name for name in ALL_LAYERS if name not in self._standing] if self._standing else []
        return f"parsed in a cage without {', '.join(missing)}" if missing else ""

    def unpack(
        self, sample: Sample, passwords: tuple[str, ...] = (), take: Callable[[View], None] | None = None
    ) -> Unpacked:
        """All views of `sample`, as `unpack` gives them; a child that dies or overruns costs a gap, not the views."""
        if self._mode == "off":
            from scanner.detection.unpack.unpacking import unpack  # its parsers take long to load

            return unpack(sample, self._limits, passwords, take)
        with self._lock:
            return self._unpack(sample, passwords, take)

    def close(self) -> None:
        """End the child, if there is one of this process."""
        with self._lock:
            self._end()

    def _require_all(self) -> None:
        if self.missing:
            raise SettingsError(
                f"the kernel does not give {', '.join(self.missing)}",
                where="cage",
                mend="allow them (docs/operating.md says how), or set cage = auto",
            )
        self._proven = True

    def _unpack(self, sample: Sample, passwords: tuple[str, ...], take: Callable[[View], None] | None) -> Unpacked:
        haul = Haul(self._limits, take)
        done: tuple[int, int, tuple[str, ...]] = (0, 0, ())
        try:
            child = self._ready()
            self._fed += 1
            done = Exchange(child, self._limits, sample, haul).run(passwords)
        except LostError as lost:
            haul.gap(Gap(lost.reason, "", lost.detail))
            self._end()
        except BaseException:
            self._end()  # the caller's `take` raised: what the child still has to say belongs to nobody
            raise
        if not haul.has_root:
            haul.raw(sample)
        return haul.done(*done)

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._owner != os.getpid():
            self._forget()
        if self._child is not None and (
            self._fed >= self._recycle_after or (self._fed % LOOKED_AT_EVERY == 0 and self._swollen())
        ):
            self._end()
        if self._child is None or self._child.poll() is not None:
            self._start()
        if self._child is None:
            raise LostError(Reason.PARSER_CRASHED, "the caged parser does not start")
        return self._child

    def _start(self) -> None:
        self._end()
        command = [sys.executable, "-I", "-c", _START, str(self._limits.memory_bytes), *_looks(self._limits)]
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/",
            close_fds=True, start_new_session=True, bufsize=0,
        )  # fmt: skip
        _prepare_pipes(child)
        self._child, self._owner, self._fed = child, os.getpid(), 0
        self.starts += 1
        try:
            _, words, _ = frames.received(Reader(child, START_SECONDS).exactly, 0)
        except (frames.FrameError, LostError) as error:
            self._end()
            raise LostError(Reason.PARSER_CRASHED, f"the caged parser does not start: {error}") from error
        self._standing = tuple(name for name in ALL_LAYERS if name in strings(words))
        self._base = _size_of(child.pid)
        fallen = [name for name in ALL_LAYERS if name not in self._standing]
        if self._proven and fallen:  # a namespace more than the system gives, for example
            self._end()
            raise LostError(
                Reason.PARSER_CRASHED, f"no strict cage is to be had any more: {', '.join(fallen)} is missing"
            )

    def _swollen(self) -> bool:
        """Whether the child keeps so much memory that the next content would start short of it."""
        return self._child is not None and _size_of(self._child.pid) - self._base > self._limits.memory_bytes // 4

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None or self._owner != os.getpid():
            return
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGKILL)
        child.wait()
        _close(child)

    def _forget(self) -> None:
        """After a fork: the child belongs to another process; drop our ends of its pipes, do not wait for it."""
        child, self._child = self._child, None
        self._standing = ()
        if child is not None:
            child.returncode = 0  # so that no destructor waits for another process's child
            _close(child)

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self._end()


def _looks(limits: Limits) -> list[str]:
    """What the child has to load beside parsers."""
    return [frames.TEXTS] * (limits.picture_texts > 0) + [frames.HASHES] * limits.picture_hashes


def _prepare_pipes(child: subprocess.Popen[bytes]) -> None:
    """Wide pipes, and an inward one that never blocks us: a child that does not read must not hold its keeper."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # a system that allows no wider pipes is only slower
                fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    if child.stdin is not None:
        os.set_blocking(child.stdin.fileno(), False)


def _close(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


def _size_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
