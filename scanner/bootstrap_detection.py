"""Detection that follows the rulebook in force, and that can run some of its rules only."""

import ctypes
import gc
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from scanner.detection import knowing, sieving
from scanner.detection.killable import KillableDetector
from scanner.domain.content import Sample
from scanner.domain.findings import Layer
from scanner.domain.known import Difference, Edition
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection
from scanner.ports import Rules
from scanner.rulebook.narrowing import narrowed

KEPT_NARROW = 2  # detectors of some rules that are kept; each has a process of its own


@cache
def own_code() -> str:
    """What detects in this release: the digest of our sources, and the libraries that read for them."""
    here = Path(__file__).parent
    return f"{knowing.code_digest(here / 'detection', here / 'keywords', here / 'text')} {knowing.libraries()}"


@dataclass(slots=True)
class LiveDetector:
    """Serves the port `KnowingDetector`: a new digest builds a new engine, between two contents."""

    rules: Rules
    build: Callable[[Rulebook], KillableDetector]
    engine: KillableDetector | None = None
    digest: str = ""
    _narrow: OrderedDict[frozenset[str], KillableDetector] = field(default_factory=OrderedDict)
    _edition: tuple[str, date, Edition] | None = None

    def detect(self, sample: Sample) -> Detection:
        """Detect under the rulebook in force."""
        return self._engine().detect(sample)

    def detect_all(self, samples: Sequence[Sample]) -> list[Detection]:
        """Detect many under the rulebook in force."""
        return self._engine().detect_all(samples)

    def edition(self) -> Edition:
        """What is in force today: hash lists expire by the day."""
        engine, today = self._engine(), datetime.now(UTC).date()
        if self._edition is None or self._edition[:2] != (self.digest, today):
            self._edition = self.digest, today, knowing.edition_of(engine.detector, today, own_code())
        return self._edition[2]

    def way(self, sample: Sample) -> str:
        """How the sample would be taken."""
        return knowing.way_of(sample)

    def changed(self, sample: Sample | None, known: Detection, difference: Difference) -> Detection | None:
        """What is known, brought up to date by the changed rules only; None where that is not sure.

        Without a sample only rules that are gone can be dealt with.
        """
        engine = self._engine()
        if difference.whole:
            return None
        if not difference.changed:
            return knowing.rejudged(known, difference, engine.detector)
        if sample is None:
            return None
        fresh = self._narrowed(difference.changed).detect(sample)
        return knowing.updated(known, fresh, difference, engine.detector)

    def changed_all(
        self, samples: Sequence[Sample], known: Sequence[Detection], difference: Difference
    ) -> list[Detection | None]:
        """As `changed`, for many."""
        engine = self._engine()
        if difference.whole or not difference.changed:
            return [self.changed(None, each, difference) for each in known]
        fresh = self._narrowed(difference.changed).detect_all(samples)
        pairs = zip(known, fresh, strict=True)
        return [knowing.updated(old, new, difference, engine.detector) for old, new in pairs]

    def untouched_all(
        self, samples: Sequence[Sample], known: Sequence[Detection], difference: Difference
    ) -> list[Detection | None]:
        """What is known, where a look at the raw bytes shows that no changed rule can match; else None."""
        engine = self._engine().detector
        plain = [sieving.is_plain(each, difference, engine) for each in known]
        bodies = [sample.data for sample, is_one in zip(samples, plain, strict=True) if is_one]
        seen = iter(self._narrowed(difference.changed).may_match(bodies) if bodies else ())
        return [
            sieving.untouched(each, difference, engine) if is_one and not next(seen) else None
            for each, is_one in zip(known, plain, strict=True)
        ]

    def calm_all(self, samples: Sequence[Sample], difference: Difference) -> list[bool]:
        """Whether a look at the raw bytes and the key shows that no rule finds anything where none did before."""
        engine = self._engine().detector
        if not sieving.is_of_bytes(difference, engine):
            return [False] * len(samples)
        quiet = [not engine.bundle.words.name_hits(sample.name, Layer.NAME) for sample in samples]
        if not difference.changed:
            return quiet
        seen = self._narrowed(difference.changed).may_match([sample.data for sample in samples])
        return [is_quiet and not may for is_quiet, may in zip(quiet, seen, strict=True)]

    def named(self, detection: Detection, sample: Sample) -> Detection:
        """With what the rules find in the key: those of the batch, which `edition` looked for."""
        return knowing.named((self.engine or self._engine()).detector, detection, sample)

    def _engine(self) -> KillableDetector:
        book = self.rules.current()
        if self.engine is None or book.digest != self.digest:
            fresh = self.build(book)
            self._retire()
            self.engine, self.digest = fresh, book.digest
            _set_aside()
        return self.engine

    def _retire(self) -> None:
        for old in (self.engine, *self._narrow.values()):
            if old is not None:
                old.close()
        self._narrow.clear()

    def _narrowed(self, changed: frozenset[str]) -> KillableDetector:
        found = self._narrow.pop(changed, None)
        if found is None:
            found = self.build(narrowed(self.rules.current(), changed))
        self._narrow[changed] = found
        if len(self._narrow) > KEPT_NARROW:
            self._narrow.popitem(last=False)[1].close()
        return found


def aside(act: Callable[[], object]) -> None:
    """Do it in a forked process, for what it leaves on disk; its troubles come again to whoever does it for himself."""
    pid = os.fork()
    if pid == 0:
        try:
            act()
        finally:
            os._exit(0)  # whatever came of it: no exit code of the process it came from runs here
    os.waitpid(pid, 0)


def _set_aside() -> None:
    """Give back what loading the rules left over, and take what they are made of out of the collector's rounds."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    with suppress(OSError, AttributeError):  # not every C library has it: what is free stays with the process then
        ctypes.CDLL(None).malloc_trim(0)
