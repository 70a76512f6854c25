"""A killable scanner: a forked process that scans what it is handed, says what it is at, and dies when it must."""

import ctypes
import fcntl
import gc
import os
import resource
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.detection import frames
from scanner.detection.arena import IDLE, Arena
from scanner.detection.careful import Supervisor
from scanner.detection.clock import StepClock
from scanner.detection.detector import Detector
from scanner.detection.groups import Group
from scanner.detection.rows import detection_row
from scanner.detection.sieving import may_match
from scanner.detection.telling import Telling, Whole
from scanner.domain.content import Sample

PIPE_BYTES = 1 << 20
TELL_SECONDS = 0.2  # so much work of a batch at most is lost with the scanner
WHOLE = Whole()
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    """The keeper's end. `inbox` gives [number, row] for each content that is done, in the order handed over.

    Of a batch or a group of files it gives lists of them.
    """

    pid: int
    into: int
    inbox: frames.Inbox
    clock: StepClock
    arena: Arena
    alive: bool = True
    _dead: bool = False

    @staticmethod
    def start(detector: Detector, telling: Telling[Any] = WHOLE) -> "Child":
        """Fork one; it shares the compiled rules with this process. `telling` makes the rows about files."""
        clock, arena = StepClock(), Arena()
        tasks, into = os.pipe()
        out, answers = os.pipe()
        for pipe in (into, answers):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        keeper = os.getpid()
        pid = os.fork()
        if pid == 0:
            _live(detector, tasks, answers, (clock, arena, telling), keeper)
        os.close(tasks)
        os.close(answers)
        os.set_blocking(into, False)
        return Child(pid, into, frames.Inbox(out), clock, arena)

    def give(self, head: list[Any], data: bytes, until: float) -> bool:
        """Hand a task over; False where the child does not take it by `until` (monotonic)."""
        return frames.write_within(self.into, head, data, until)

    def end(self) -> None:
        """Kill it, with everything it started, and give back what was shared with it."""
        if not self.alive:
            return
        self.alive = False
        os.close(self.into)
        os.close(self.inbox.pipe)
        self.kill()
        self.arena.close()

    def kill(self) -> None:
        """Kill it, with everything it started; what is shared can still be looked at."""
        if self._dead:
            return
        self._dead = True
        caged = _children_of(self.pid)  # its parser, which lives in a session of its own
        for kill, pid in ((os.killpg, self.pid), (os.kill, self.pid), *((os.kill, pid) for pid in caged)):
            try:
                kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue  # it had not made its group yet, or is gone
        os.waitpid(self.pid, 0)


def _children_of(pid: int) -> list[int]:
    """The processes that a process of ours has started; none where the system does not say."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except (OSError, ValueError):
        return []


_Shared = tuple[StepClock, Arena, Telling[Any]]


def _live(detector: Detector, tasks: int, answers: int, shared: _Shared, keeper: int) -> None:
    """The child's life; it never returns, and runs no exit code of the process it came from."""
    try:
        os.setpgid(0, 0)
        _die_with(keeper)
        gc.freeze()  # nothing of the keeper's is ever closed here
        _close_others(tasks, answers)
        _serve(detector.forked(), tasks, answers, *shared)
    except frames.ClosedError:
        os._exit(0)
    except BaseException as error:  # the keeper sees a child that died, and takes the careful way
        os.write(2, f"aup: a scanner died of {type(error).__name__}\n".encode())
    os._exit(1)


def _serve(detector: Detector, tasks: int, answers: int, clock: StepClock, arena: Arena, telling: Telling[Any]) -> None:
    base, group = _private_bytes(), Group(detector, clock, arena, telling, answers)
    while True:
        head, data = frames.read(tasks)
        kind, number, *words = head
        _bound_memory(base, len(data), detector)
        clock.reset()
        if kind == "files":
            group.scan(number, words[0])
        elif kind == "batch":
            for done in _batch(detector, words[0], clock, arena, base):
                frames.write(answers, done)
        elif kind == "sieve":
            rows = words[0]
            frames.write(answers, [row[0] for row in rows if may_match(detector, arena.bytes_at(row[1], row[2]))])
        elif kind == "bytes":
            detection = detector.detect(_sample(words, data), clock)
            frames.write(answers, [number, detection_row(detection)])
        else:
            seconds, why, *rest = words
            supervisor = Supervisor(detector, _sample(rest, data), time.monotonic() + float(seconds), str(why))
            frames.write(answers, [number, detection_row(supervisor.run())])
        clock.reset()


def _batch(detector: Detector, rows: list[Any], clock: StepClock, arena: Arena, base: int) -> Iterator[list[Any]]:
    """[number, row] of each content, some at a time."""
    done, told = list[Any](), time.monotonic()
    for row in rows:
        arena.begin(row[0])
        number, sample = arena.taken(row)
        _bound_memory(base, len(sample.data), detector)
        done.append([number, detection_row(detector.detect(sample, clock))])
        clock.reset()
        if time.monotonic() - told > TELL_SECONDS:
            arena.begin(IDLE)
            yield done
            done, told = [], time.monotonic()
    arena.begin(IDLE)
    yield done


def _sample(words: list[Any], data: bytes) -> Sample:
    name, media_type, encoding = words
    return Sample(str(name), data, str(media_type), str(encoding))


def _die_with(keeper: int) -> None:
    """Be killed when the keeper dies; where the system does not offer that, the closed pipe ends the child."""
    try:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    except (OSError, AttributeError):
        return
    if os.getppid() != keeper:
        os._exit(1)


def _close_others(*kept: int) -> None:
    """Close every file of the keeper's but the pipes and the standard ones: its database, sockets and keys."""
    before = 3
    for pipe in sorted(kept):
        os.closerange(before, pipe)
        before = pipe + 1
    os.closerange(before, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 65_536))


def _private_bytes() -> int:
    """Memory that counts against RLIMIT_DATA now; 0 where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData"))
    except (OSError, StopIteration):
        return 0


def _bound_memory(base: int, size: int, detector: Detector) -> None:
    """Room for one content above what the child began with: its bytes, and what its views and rules may take."""
    if base:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = base + 2 * size + 2 * detector.limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard < 0 else min(wanted, hard), hard))
