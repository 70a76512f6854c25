"""The careful way through a content that has killed its scanner or hung it: small steps, each in a process of its own.

The supervisor opens the content in the cage and keeps the views; what runs over them runs in forked runners, which are
killed one step at a time. A YARA step that is killed is asked again by eighths of its rules, so that in the end only
those rules are missing that really do not end. What is found in time is kept; what did not end is a gap.
"""

import json
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.detection.cage.cage import Cage
from scanner.detection.clock import NoClock
from scanner.detection.detector import Detector
from scanner.detection.engine.climbing import parts_of
from scanner.detection.engine.hits import Scanned
from scanner.detection.judging import Judging
from scanner.detection.rows import finding_of, finding_row, gap_of, gap_row
from scanner.detection.sniff import Sniffed, sniff
from scanner.detection.unpack.views import Unpacked, View
from scanner.domain.content import Sample
from scanner.domain.coverage import Gap, Reason
from scanner.domain.verdicts import Detection

STEP_SECONDS = 1.0
STEP_BYTES = 20e6  # more bytes give a step more seconds: one for each so many
MARGIN = 0.3  # seconds kept for writing the answer
UNPACK_SHARE = 0.5  # of the time left, for the cage


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of work: the keyword half of a view (`pieces` None), some rules over it, or the names (`view` -1)."""

    view: int
    pieces: tuple[int, ...] | None = None


@dataclass(slots=True)
class Supervisor:
    """One content, in small steps, until `deadline`."""

    detector: Detector
    sample: Sample
    deadline: float
    why: str
    views: list[View] = field(default_factory=list)
    held: int = 0
    unpacked: Unpacked = field(default_factory=lambda: Unpacked(()))

    def run(self) -> Detection:
        """What could be found out in time."""
        judging = self.detector.judging(self.deadline, NoClock())
        sniffed = sniff(self.sample.data, self.sample.name, self.sample.media_type)
        self._open(sniffed, judging)
        owed = [step for number in range(len(self.views)) for step in self._steps(number, judging)]
        owed.append(Step(-1))
        while owed and time.monotonic() < self.deadline - MARGIN:
            owed = self._round(owed, judging)
        for step in owed:
            judging.gap(self._gap(step, Reason.TIMEOUT))
        judging.notes.setdefault(f"scanned step by step: {self.why}")
        return self.detector.detection(self.sample, sniffed, self.unpacked, judging)

    def _open(self, sniffed: Sniffed, judging: Judging) -> None:
        """All views that fit into memory, from a cage that has part of the time only."""
        left = max(0.5, (self.deadline - time.monotonic()) * UNPACK_SHARE)
        limits = replace(self.detector.limits, wall_seconds=left)
        cage = Cage(limits, self.detector.cage_mode)

        def take(view: View) -> None:
            if self.held + len(view.data) > self.detector.limits.memory_bytes and view.path:
                judging.gap(Gap(Reason.OVER_SIZE, view.path, "views of this content do not fit into memory"))
            elif judging.admit(view):
                self.held += len(view.data)
                self.views.append(view)

        try:
            self.unpacked = self.detector.unpack(self.sample, sniffed, take, cage)
        finally:
            cage.close()

    def _steps(self, number: int, judging: Judging) -> list[Step]:
        view = self.views[number]
        engine = judging.bundle.engine
        pieces = sorted({*engine.possible(view.data, view.lanes), *engine.always(view.lanes)})
        return [Step(number), *([Step(number, tuple(pieces))] if pieces else [])]

    def _round(self, owed: list[Step], judging: Judging) -> list[Step]:
        """One runner over the steps: those that it ended are told; the one it was lost on is parted or given up."""
        runner = Runner.start(lambda step: self._work(step, judging), owed)
        done = 0
        try:
            while done < len(owed):
                left = min(self._budget(owed[done]), self.deadline - MARGIN - time.monotonic())
                answer = runner.answer(left)
                if answer is None:
                    break
                _told(answer, judging)
                done += 1
        finally:
            runner.end()
        if done == len(owed) or time.monotonic() >= self.deadline - MARGIN:
            return owed[done:]
        lost, rest = owed[done], owed[done + 1 :]
        return rest + self._parted(lost, judging, crashed=runner.crashed)

    def _parted(self, step: Step, judging: Judging, *, crashed: bool) -> list[Step]:
        """Smaller steps; none, and a gap, where the step is a single rule or cannot be parted."""
        if step.pieces is not None and len(step.pieces) > 1:
            return [Step(step.view, tuple(part)) for part in parts_of(step.pieces)]
        judging.gap(self._gap(step, Reason.PARSER_CRASHED if crashed else Reason.TIMEOUT))
        return []

    def _gap(self, step: Step, reason: Reason) -> Gap:
        path = self.views[step.view].path if step.view >= 0 else ""
        if step.pieces is None:
            return Gap(reason, path, "keyword rules over its text" if step.view >= 0 else "keyword rules over names")
        rules = [rule for piece in step.pieces for rule in self.detector.bundle.engine.pieces[piece].rules]
        return Gap(reason, path, f"rules that did not end: {', '.join(rules[:5])}" + (" …" if len(rules) > 5 else ""))

    def _budget(self, step: Step) -> float:
        size = len(self.views[step.view].data) if step.view >= 0 else 0
        return STEP_SECONDS + size / STEP_BYTES

    def _work(self, step: Step, judging: Judging) -> list[Any]:
        """In the runner: one step's findings, gaps and notes, as rows."""
        account = judging.fresh()
        if step.view < 0:
            account.names(self.sample.name, self.unpacked.names)
        else:
            view = self.views[step.view]
            seconds = int(self._budget(step)) + 1
            rules = account.rules_alone(view, step.pieces, seconds) if step.pieces is not None else Scanned()
            words = account.words(view) if step.pieces is None else ((), (), ())
            account.tell(view, (rules, *words))
        findings = [finding_row(finding) for finding in account.findings]
        return [findings, [gap_row(gap) for gap in account.gaps], list(account.notes)]


def _told(rows: Sequence[Any], judging: Judging) -> None:
    findings, gaps, notes = rows
    for row in findings:
        judging.find(finding_of(row))
    for row in gaps:
        judging.gap(gap_of(row))
    judging.notes.update(dict.fromkeys(map(str, notes)))


@dataclass(slots=True)
class Runner:
    """A forked process that works through steps and writes one line for each."""

    pid: int
    pipe: int
    buffer: bytearray = field(default_factory=bytearray)
    crashed: bool = False

    @staticmethod
    def start(work: Callable[[Step], list[Any]], steps: Sequence[Step]) -> "Runner":
        """Fork it."""
        out, into = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(out)
            _run(work, steps, into)
        os.close(into)
        return Runner(pid, out)

    def answer(self, seconds: float) -> list[Any] | None:
        """The next step's rows; None where it takes longer or the process died."""
        end = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.pipe], [], [], left)[0]:
                return None
            body = os.read(self.pipe, 1 << 20)
            if not body:
                self.crashed = True
                return None
            self.buffer += body
        line, _, rest = self.buffer.partition(b"\n")
        self.buffer = bytearray(rest)
        answer: list[Any] | None = json.loads(line)
        return answer

    def end(self) -> None:
        """Kill it, whatever it does."""
        os.close(self.pipe)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _run(work: Callable[[Step], list[Any]], steps: Sequence[Step], into: int) -> None:
    """The runner's life; it never returns."""
    status = 1
    try:
        for step in steps:
            _write(into, json.dumps(work(step)).encode() + b"\n")
        status = 0
    except TimeoutError:
        _write(into, b"null\n")
    except BaseException as error:  # whatever it is, the supervisor sees a runner that died at this step
        os.write(2, f"aup: a step of a careful scan failed: {type(error).__name__}\n".encode())
    finally:
        os._exit(status)


def _write(into: int, body: bytes) -> None:
    view = memoryview(body)
    while view:
        view = view[os.write(into, view) :]
