"""Metering over twins in memory: a clock that is set, a control plane that keeps limits, real cases and evidence."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from scanner.adapters.memory import MemoryDoorbell, MemoryStore, MemoryVault
from scanner.adapters.usage_engine import VectorEngine
from scanner.adapters.usage_memory import FixedUsage, MemoryUsage
from scanner.domain.actions import Action, ActionState, Measure, applied, begin, confirmed
from scanner.domain.changes import Change
from scanner.domain.clauses import Agreement, Ceiling, Clause
from scanner.domain.policy import ClausePolicy, EvidenceKeeping, Policy
from scanner.domain.rules import Rulebook
from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.causes import Cause, Process, Snapshot
from scanner.domain.usage.resources import Resource
from scanner.domain.usage.samples import RawSample
from scanner.ports import Outbox, Register
from scanner.services.casework import Casework
from scanner.services.metering import Checked, Metering
from scanner.services.metering_cases import UsageCasework
from scanner.services.metering_plots import Plotting
from scanner.services.metering_simulation import MovedClock
from tests.unit.services.house import OneBook, PlainSealer

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def rulebook(*protected: str) -> Rulebook:
    """Clauses 3.1.3.6 and 3.1.3.7 as shipped."""
    clauses = {number: Clause(number, "条款", "clause", Ceiling.THROTTLE) for number in ("3.1.3.6", "3.1.3.7")}
    policies = {
        number: ClausePolicy(number, ceiling=Ceiling.THROTTLE, keep=EvidenceKeeping.BYTES) for number in clauses
    }
    return Rulebook(Agreement("test", clauses), Policy(policies, protected=frozenset(protected)), {}, digest="d" * 64)


@dataclass(slots=True)
class ControlPlane:
    """Limits of accounts: a throttle takes the old limit as its inverse and sets the one that was bought."""

    limits: dict[str, str] = field(default_factory=dict)

    def carry_out(self, outbox: Outbox, register: Register, now: datetime) -> list[Action]:
        """Drain the outbox."""
        done = []
        for action in outbox.due_actions(now, 100):
            held = begin(action, now + timedelta(minutes=1))
            register.commit(Change(actions=(held,)))
            after = applied(held, self.set_limit(held), "set")
            register.commit(Change(actions=(after,)))
            final = confirmed(after, "read back")
            register.commit(Change(actions=(final,)))
            done.append(final)
        return done

    def set_limit(self, action: Action) -> str:
        """Throttle, or put back what was there; the inverse."""
        place, inverse = action.subject.account, action.inverse
        if action.measure is Measure.UNTHROTTLE:
            self.limits[place] = inverse
            return inverse
        old, self.limits[place] = self.limits.get(place, "unlimited"), f"throttled {action.subject.key}"
        return old


@dataclass(slots=True)
class FixedCauses:
    """Findings in objects that a test puts there."""

    rows: list[Cause] = field(default_factory=list)

    def found(self, prefixes: object, since: datetime) -> list[Cause]:
        return self.rows


class World:
    """One metering with everything behind it."""

    def __init__(self, book: UsageBook, *protected: str) -> None:
        self.book, self.clock, self.rows, self.store = book, MovedClock(START), MemoryUsage(), MemoryStore()
        self.vault, self.plane, self.content = MemoryVault(), ControlPlane(), FixedCauses()
        rules = FixedUsage(book)
        casework = Casework(OneBook(rulebook(*protected)), self.store, self.vault, PlainSealer(), self.clock)
        plotting = Plotting(self.rows, rules, self.clock)
        store = self.store
        self.sink = UsageCasework(casework, store, store, store, MemoryDoorbell(), rules, plotting, self.clock)
        self.metering = self.opened()

    def opened(self) -> Metering:
        """A metering as a fresh process opens it."""
        rules = FixedUsage(self.book)
        return Metering(self.rows, self.rows, VectorEngine(), rules, self.content, self.sink, self.clock)

    def restart(self) -> None:
        """The process ends, another begins."""
        self.metering = self.opened()

    def minute(self, **cores: float | None) -> Checked:
        """One minute: samples of cores by account (None is lost), then a check."""
        self.clock.moment += timedelta(minutes=1)
        at = self.clock.moment.timestamp()
        self.metering.ingest([RawSample(a, "cpu", at, v, "cores") for a, v in cores.items() if v is not None])
        return self.metering.check()

    def minutes(self, count: int, **cores: float | None) -> None:
        """So many minutes alike."""
        for _ in range(count):
            self.minute(**cores)

    def see_miner(self, account: str) -> None:
        """An agent sees a miner now."""
        self.metering.note([Snapshot(account, self.clock.moment, "agent", (Process("xmrig -o pool", 0.9),))])

    def steal(self, host: str, minutes: int, share: float, **cores: float) -> None:
        """Minutes in which a host's time is stolen."""
        for _ in range(minutes):
            at = self.clock.moment.timestamp() + 60
            self.metering.ingest([RawSample(f"host:{host}", Resource.STEAL, at, share, "ratio")])
            self.minute(**cores)

    def drain(self) -> list[Action]:
        """What workers would carry out."""
        return self.plane.carry_out(self.store, self.store, self.clock.moment)

    def actions(self, state: ActionState | None = None) -> list[Action]:
        """All actions, the oldest first."""
        found = [a for case in self.store.cases([], 1_000, "0") or [] for a in self.store.actions_of(case.id)]
        return [action for action in found if state is None or action.state is state]


def with_signs(book: UsageBook, **changes: object) -> UsageBook:
    """The book with other parts."""
    return replace(book, **changes)  # type: ignore[arg-type]
