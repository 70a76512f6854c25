"""Where the CPU of a scanned URL goes, stage by stage, in one process: fetching, reading, detecting, recording.

Each stage is measured by itself, as often as there are URLs; what one contains of another is taken off.
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.cdn_edges import edges
from benchmarks.cdn_pages import ordinary
from scanner.bootstrap import House, open_house
from scanner.bootstrap_cdn import cdn_over
from scanner.bootstrap_detection import LiveDetector
from scanner.bootstrap_local import detector_of
from scanner.bootstrap_web import fetcher_of, remembering
from scanner.detection.killable import KillableDetector
from scanner.domain.cdn.fetching import Ask, Page
from scanner.domain.cdn.places import url_subject
from scanner.domain.cdn.urls import read_url
from scanner.domain.content import Sample, Subject
from scanner.domain.requests import Lane, Owed
from scanner.domain.verdicts import Detection
from scanner.ports import Fetched
from scanner.services.cdn_exploring import Reach
from scanner.settings import Settings

CACHE = Path.home() / ".cache" / "aup-scanner"
BATCH = 50


class InProcess(KillableDetector):
    """Detection without its child: what the child does counts as this process's CPU."""

    def detect(self, sample: Sample) -> Detection:
        """In this process."""
        return self.detector.detect(sample)

    def detect_all(self, samples: Sequence[Sample]) -> list[Detection]:
        """Each in this process."""
        return [self.detector.detect(sample) for sample in samples]


class Canned(InProcess):
    """Gives what was detected before: what is measured round it does not drown in detection."""

    def __init__(self, engine: InProcess, found: Mapping[str, Detection]) -> None:
        super().__init__(engine.detector)
        self.found = found

    def detect(self, sample: Sample) -> Detection:
        """By the sample's name."""
        return self.found[sample.name]

    def detect_all(self, samples: Sequence[Sample]) -> list[Detection]:
        """Of each."""
        return [self.found[sample.name] for sample in samples]


@dataclass(frozen=True, slots=True)
class Stages:
    """CPU µs of one URL, by stage; `words` are the verdicts that came of it."""

    spent: dict[str, float]
    words: dict[str, int]

    @property
    def total(self) -> float:
        """All stages of a scan together; exploring comes on top where it is done."""
        return sum(micros for stage, micros in self.spent.items() if not stage.startswith("explore"))


def stages(store: Any, bucket: str, count: int = 400, body: Callable[[int], bytes] = ordinary) -> Stages:
    """Measure over that many different pages behind one caching edge."""
    for number in range(count):
        store.put(f"s{number}.html", body(number), bucket)
    with edges(store.url, bucket, 1) as running, tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            state_dir=str(Path(folder) / "state"),
            s3_endpoint=store.url,
            s3_access_key="owner",
            s3_secret_key="secret",
            redis_url="redis+socket:///nowhere.sock",
            cache_dir=str(CACHE),
            cage="off",
            fetch_allow=(running.addresses[0].replace(":", "#"),),
            fetch_rate=1e6,
        )
        house = open_house(settings, role="cli")
        try:
            return _measured(house, [f"http://{running.addresses[0]}/s{number}.html" for number in range(count)])
        finally:
            house.close()


def _measured(house: House, urls: Sequence[str]) -> Stages:
    engine = InProcess(detector_of(house.settings, house.rules.current()))
    fetcher, subjects = fetcher_of(house.settings), [url_subject(read_url(url), "tenant") for url in urls]
    bodies = {page.asked.url: page.body for page in fetcher.fetch(Ask(url) for url in urls) if isinstance(page, Page)}
    samples = [Sample(url, bodies[url], "text/html") for url in urls]
    canned = {sample.name: engine.detect(sample) for sample in samples}  # this warms all caches too
    live = LiveDetector(house.rules, lambda _: Canned(engine, canned))
    knowing = replace(house.scanning.knowing, detector=live)
    contents = remembering(house.settings, house.scanning.contents, house.database, knowing, house.enforcing.clock)
    reads: list[Fetched] = []

    def read() -> None:
        found = [list(contents.read(part, 1 << 24)) for part in _parts(subjects)]
        reads[:] = [each for part in found for each in part if isinstance(each, Fetched)]

    fetch = _least(lambda: sum(1 for _ in fetcher.fetch(Ask(url) for url in urls)))
    reading, looked_up = _least(read), _least(lambda: _forgotten(knowing, reads))
    scanning = replace(house.scanning, knowing=knowing, contents=contents)
    scanned, words = _scanned(replace(house, scanning=scanning), subjects)
    exploring = replace(cdn_over(house).exploring, fetcher=fetcher, reach=Reach(depth=0))  # the links lead nowhere here
    spent = {
        "fetch": fetch,
        "remember, parked, wrap": reading - fetch,
        "detect": _least(lambda: engine.detect_all(samples)),
        "look up": looked_up,
        "claim, judge, record": scanned - reading - looked_up,
        "explore: links and four vantages": _least(lambda: exploring.explore(urls[:BATCH])) * len(urls) / BATCH,
    }
    fetcher.close()
    return Stages({name: each / len(urls) * 1e6 for name, each in spent.items()}, words)


def _scanned(house: House, subjects: Sequence[Subject]) -> tuple[float, dict[str, int]]:
    """CPU seconds of scanning requests for all, once, and the verdicts."""
    ids = house.intake.file([Owed(each, Lane.BULK, "bench", "1") for each in subjects])
    words: dict[str, int] = {}

    def scan() -> None:
        house.scanning.knowing._recent.clear()
        for part in _parts(ids):
            for row in house.scanning.scan_batch(part, "bench").judged:
                words[row.verdict.word] = words.get(row.verdict.word, 0) + 1

    return _cpu(scan), words


def _forgotten(knowing: Any, reads: Sequence[Fetched]) -> None:
    """What a content costs that nobody knows."""
    knowing._recent.clear()
    for part in _parts(reads):
        knowing.detect_all(part)


def _parts(things: Sequence[Any]) -> list[Sequence[Any]]:
    return [things[start : start + BATCH] for start in range(0, len(things), BATCH)]


def _least(work: Callable[[], object], rounds: int = 3) -> float:
    """CPU seconds of this thread, the least of some rounds."""
    return min(_cpu(work) for _ in range(rounds))


def _cpu(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began
