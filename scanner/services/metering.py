"""Metering: samples into the journal, a check over them each minute, and what follows for each account."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.causes import Snapshot, causes_of
from scanner.domain.usage.entitlements import HOST
from scanner.domain.usage.incidents import Incident
from scanner.domain.usage.samples import RawSample, Refusal, Tally, merged, refused, sift
from scanner.domain.usage.thresholds import Ruling
from scanner.errors import AupError
from scanner.ports import Clock
from scanner.ports_usage import (
    ContentCauses,
    IncidentSink,
    Pulled,
    Stored,
    UsageEngine,
    UsageLedger,
    UsageRecord,
    UsageRules,
    UsageSource,
)
from scanner.services.metering_weighing import Weighing

BATCHES = 64  # of the journal read at once
TOGETHER = 2_000_000  # samples stepped together: sources that were pulled one after the other meet in time
UNREAD = Stored(revision=-1)


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check did: steps by outcome, signals standing, incidents changed, measures carried, what failed."""

    steps: Mapping[str, int] = field(default_factory=dict)
    signals: int = 0
    incidents: tuple[Incident, ...] = ()
    carried: int = 0
    troubles: tuple[str, ...] = ()


@dataclass(slots=True)
class Metering:
    """Usage, from samples to incidents. One process checks at a time; `ids` and the engine live as long as it does."""

    ledger: UsageLedger
    record: UsageRecord
    engine: UsageEngine
    rules: UsageRules
    content: ContentCauses
    sink: IncidentSink
    clock: Clock
    keeps_state: bool = True  # false: nothing survives the process (simulation)
    ids: dict[str, int] = field(default_factory=dict)
    held: Stored = UNREAD  # what the engine's state is at

    def ingest(self, samples: Iterable[RawSample], cursors: Mapping[str, int] | None = None) -> Tally:
        """Keep what is usable, count what is not and why. Durable on return; the cursors move on with the samples."""
        book, now, raws = self.rules.usage(), self.clock.now(), list(samples)
        self._enrol(book, {raw.account for raw in raws}, now.date())
        columns, tally = sift(raws, self.ids, now.timestamp(), book.thresholds.timing.skew)
        if len(columns) or cursors:
            self.ledger.append(columns, now, cursors or {})
        return tally

    def pull(self, source: UsageSource) -> list[tuple[str, Tally]]:
        """Ask a source for all that came since its cursors; a query that fails keeps its cursor and is asked again."""
        now, lag = self.clock.now(), self.rules.usage().thresholds.timing.lag
        answers = (source.pull(name, self.ledger.cursor(name), int(now.timestamp()) - lag) for name in source.names)
        return [(pulled.trouble or pulled.source, self._pulled(pulled)) for pulled in answers]

    def note(self, snapshots: Sequence[Snapshot]) -> Tally:
        """Keep snapshots of known accounts; those of unknown ones or from the future are counted."""
        book, limit = (
            self.rules.usage(),
            self.clock.now() + timedelta(seconds=self.rules.usage().thresholds.timing.skew),
        )
        known = [s for s in snapshots if book.entitlements.knows(s.account)]
        timely = [s for s in known if s.at <= limit]
        self.record.note(timely, {snapshot for snapshot in timely if causes_of(snapshot, book.signs)})
        tally = Tally(len(timely))
        if len(known) < len(snapshots):
            tally += refused(Refusal.UNKNOWN_ACCOUNT, count=len(snapshots) - len(known))
        return tally + refused(Refusal.FUTURE, count=len(known) - len(timely)) if len(timely) < len(known) else tally

    def check(self) -> Checked:
        """Step everything new in the journal, weigh every account that shows something, and carry out what follows.

        What comes in late as a whole (after an outage) is weighed interval by interval, each as of its own end.
        """
        book, now = self.rules.usage(), self.clock.now()
        self._wake(book)
        held, self.held = self.held, UNREAD  # until this check is stored, what the engine holds is not
        weighing = Weighing(book, self.record, self.engine, self.content, self.sink)
        steps, position = self._absorbed(weighing, held.position, now)
        signals = weighing.at(now)
        moved, changed = position != held.position or held.revision == 0, list(weighing.touched.values())
        if moved or changed:
            parts = self.engine.dump() if moved and self.keeps_state else None
            held = replace(held, position=position, revision=held.revision + 1)
            self.ledger.save(replace(held, parts=parts), changed)
            self.ledger.prune(int(now.timestamp()), position)
        self.held = held
        carried, troubles = self.carry_out()
        return Checked(steps, signals, tuple(changed), carried, tuple(troubles))

    def _absorbed(self, weighing: Weighing, position: int, now: datetime) -> tuple[Mapping[str, int], int]:
        """Step the journal from `position` on; what became of the samples, and where it ends."""
        steps: Counter[str] = Counter()
        recent = now - timedelta(seconds=weighing.book.thresholds.timing.interval)

        def ended(second: int) -> None:
            moment = datetime.fromtimestamp(second, UTC)
            if moment < recent:
                weighing.at(moment)

        batches = self.ledger.after(position, BATCHES)
        oldest = min((min(columns.at) for _, columns in batches), default=int(now.timestamp()))
        weighing.begin(datetime.fromtimestamp(oldest, UTC), now)
        while batches:
            for columns in merged([columns for _, columns in batches], TOGETHER):
                steps += Counter(self.engine.absorb(columns, ended, int(now.timestamp())))
            position = batches[-1][0]
            batches = self.ledger.after(position, BATCHES)
        return steps, position

    def carry_out(self, limit: int = 1_000) -> tuple[int, list[str]]:
        """Do what incidents owe: throttle, propose, refer, lift. What fails is named and stays owed."""
        done, troubles = 0, list[str]()
        for incident in self.record.owing(limit):
            try:
                self.record.update(self._carried(incident))
                done += 1
            except AupError as error:
                troubles.append(f"{incident.id}: {error}")
        return done, troubles

    def _carried(self, incident: Incident) -> Incident:
        if not incident.is_open or (incident.cleared and incident.carried is incident.ruling):
            return self.sink.lift(incident)
        if incident.ruling is Ruling.SALES:
            return self.sink.refer(incident)
        return self.sink.carry(incident)

    def _pulled(self, pulled: Pulled) -> Tally:
        if pulled.trouble:
            return Tally(0, {"source-failed": 1}, (pulled.trouble,))
        return pulled.tally + self.ingest(pulled.samples, {pulled.source: pulled.cursor})

    def _enrol(self, book: UsageBook, accounts: Iterable[str], day: date) -> None:
        new = {account for account in accounts if account not in self.ids and book.entitlements.knows(account)}
        pools = {book.entitlements.pool(account, day) for account in new} - {""} - self.ids.keys()
        if new or pools:
            self.ids.update(self.ledger.enrol(sorted(new | pools)))

    def _wake(self, book: UsageBook) -> None:
        """Take up the state as stored, unless this engine is what stored it."""
        stored = self.ledger.state(with_parts=False)
        if not self.ids or stored.revision != self.held.revision:
            self._enrol(
                book, [*book.entitlements.grants, *(HOST + host for host in book.entitlements.hosts)], self._today()
            )
        self.engine.govern(book, self.ids)
        if stored.revision != self.held.revision:
            stored = self.ledger.state(with_parts=True)
            self.engine.load(stored.parts or {})
            self.held = replace(stored, parts=None)

    def _today(self) -> date:
        return self.clock.now().astimezone(UTC).date()
