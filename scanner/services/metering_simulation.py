"""Simulation: samples replayed under proposed thresholds: who would have been watched, throttled or suspended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from scanner.domain.usage.causes import Snapshot
from scanner.domain.usage.incidents import Incident, IncidentState
from scanner.domain.usage.samples import RawSample, Tally
from scanner.domain.usage.thresholds import Ruling
from scanner.services.metering import Metering


@dataclass(slots=True)
class MovedClock:
    """A clock that is set."""

    moment: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """The time it was set to."""
        return self.moment


@dataclass(frozen=True, slots=True)
class Course:
    """What one account would have met with, and when first; `shadow`: how far shadow thresholds would have led."""

    account: str
    watched: datetime | None = None
    throttled: datetime | None = None
    proposed: datetime | None = None
    referred: datetime | None = None
    lifted: datetime | None = None
    incidents: int = 0
    shadow: Ruling = Ruling.NONE


@dataclass(frozen=True, slots=True)
class Simulated:
    """The courses by account, and what became of the samples."""

    courses: tuple[Course, ...]
    tally: Tally
    checks: int


@dataclass(slots=True)
class Simulating:
    """Replays into a metering of its own (in memory, over `clock`), with one check at the end of each interval."""

    metering: Metering
    clock: MovedClock
    courses: dict[str, Course] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def run(self, samples: Iterable[RawSample], snapshots: Sequence[Snapshot] = ()) -> Simulated:
        """Replay in order of time, to the last sample."""
        timing = self.metering.rules.usage().thresholds.timing
        interval = timing.interval
        by_tick: dict[int, list[RawSample]] = {}
        tally = Tally()
        for sample in samples:
            tick = int(sample.at) // interval if sample.at == sample.at and 0 < sample.at < 2**32 else 0
            by_tick.setdefault(tick, []).append(sample)
        shots: dict[int, list[Snapshot]] = {}
        for snapshot in snapshots:
            shots.setdefault(int(snapshot.at.timestamp()) // interval, []).append(snapshot)
        ticks = _ticks(by_tick.keys() | shots.keys(), timing.stale // interval + 1)
        for tick in ticks:
            tally += self._tick(tick, interval, by_tick.get(tick, []), shots.get(tick, []))
        return Simulated(tuple(sorted(self.courses.values(), key=_order)), tally, len(ticks))

    def _tick(self, tick: int, interval: int, samples: list[RawSample], snapshots: list[Snapshot]) -> Tally:
        self.clock.moment = datetime.fromtimestamp((tick + 1) * interval, UTC)
        tally = self.metering.ingest(samples) if samples else Tally()
        if snapshots:
            self.metering.note(snapshots)
        for incident in self.metering.check().incidents:
            self._follow(incident, self.clock.moment)
        return tally

    def _follow(self, incident: Incident, now: datetime) -> None:
        course = self.courses.get(incident.account, Course(incident.account))
        if incident.id not in self.known:
            self.known.add(incident.id)
            course = replace(course, incidents=course.incidents + 1)
        if incident.ruling >= Ruling.WATCH:
            course = replace(course, watched=course.watched or now)
        if incident.ruling is Ruling.SALES:
            course = replace(course, referred=course.referred or now)
        if incident.ruling >= Ruling.THROTTLE:
            course = replace(course, throttled=course.throttled or now)
        if incident.ruling is Ruling.PROPOSE:
            course = replace(course, proposed=course.proposed or now)
        if incident.state is IncidentState.RESOLVED and incident.ruling >= Ruling.THROTTLE:
            course = replace(course, lifted=now)
        self.courses[incident.account] = replace(course, shadow=max(course.shadow, incident.would))


def _ticks(filled: Iterable[int], more: int) -> list[int]:
    """Each interval with samples, and so many after it: in a longer silence everything stays frozen."""
    known = sorted(filled)
    wanted = {tick + later for tick in known for later in range(more + 1) if tick + later <= known[-1]}
    return sorted(wanted)


def _order(course: Course) -> tuple[bool, bool, datetime, str]:
    first = course.watched or datetime.max.replace(tzinfo=UTC)
    return course.proposed is None, course.throttled is None, first, course.account
