"""Metering: samples into the journal, a check over them each minute, and what follows for each account."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.causes import Cause, Snapshot, causes_of
from scanner.domain.usage.entitlements import HOST, OWNER, Entitlements
from scanner.domain.usage.incidents import Evidence, Incident, weigh
from scanner.domain.usage.legs import Signal
from scanner.domain.usage.samples import RawSample, Refusal, Tally, refused, sift
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

BATCHES = 64  # of the journal read at once
MAX_OPEN = 100_000
MAX_SNAPSHOTS = 10_000
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
        self.record.note(timely)
        tally = Tally(len(timely))
        if len(known) < len(snapshots):
            tally += refused(Refusal.UNKNOWN_ACCOUNT, count=len(snapshots) - len(known))
        return tally + refused(Refusal.FUTURE, count=len(known) - len(timely)) if len(timely) < len(known) else tally

    def check(self) -> Checked:
        """Step everything new in the journal, weigh every account that shows something, and carry out what follows."""
        book, now = self.rules.usage(), self.clock.now()
        self._wake(book)
        steps: Counter[str] = Counter()
        position = self.held.position
        while batches := self.ledger.after(position, BATCHES):
            for _, columns in batches:
                steps += Counter(self.engine.absorb(columns))
            position = batches[-1][0]
        signals = self.engine.signals()
        changed = self.weighed(book, signals, now)
        moved = position != self.held.position or self.held.revision == 0
        if moved or changed:
            parts = self.engine.dump() if moved and self.keeps_state else None
            self.held = replace(self.held, position=position, revision=self.held.revision + 1)
            self._save(replace(self.held, parts=parts), changed)
            self.ledger.prune(int(now.timestamp()), position)
        carried, troubles = self.carry_out()
        return Checked(steps, len(signals), tuple(changed), carried, tuple(troubles))

    def weighed(self, book: UsageBook, signals: Iterable[Signal], now: datetime) -> list[Incident]:
        """The incidents that a check changes."""
        known = {incident.account: incident for incident in self.record.incidents("", only_open=True, limit=MAX_OPEN)}
        evidence = gathered(book, signals, self._causes(book, now), now.date())
        for account in known:
            evidence.setdefault(account, Evidence(account))
        changed = []
        for account, seen in evidence.items():
            before = known.get(account)
            stale = before is not None and self._is_stale(before, now, book.thresholds.timing.stale)
            seen = seen if before or seen.signals else self._unanswered(seen)
            after = weigh(before, replace(seen, stale=stale), book.thresholds, now)
            if after is not None and after.case:
                after = replace(after, cleared=self.sink.cleared(after))
            if after is not None and after != before:
                changed.append(after)
        return changed

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
        if incident.ruling.name == "SALES":
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

    def _save(self, stored: Stored, changed: Sequence[Incident]) -> None:
        try:
            self.ledger.save(stored, changed)
        except AupError:
            self.held = UNREAD  # what the engine holds was not stored: it is loaded anew
            raise

    def _is_stale(self, incident: Incident, now: datetime, seconds: int) -> bool:
        """Whether a series that the incident speaks of has had no sample for too long."""
        places = {(fact.account, fact.resource) for fact in incident.facts}
        return any(self.engine.seen(account, kind) < now.timestamp() - seconds for account, kind in places)

    def _unanswered(self, seen: Evidence) -> Evidence:
        """Without the causes that an incident was already about: alone, they open no second one."""
        last = self.record.incidents(seen.account, only_open=False, limit=1)
        causes = tuple(cause for cause in seen.causes if not last or cause.at > last[0].last)
        return replace(seen, causes=causes)

    def _causes(self, book: UsageBook, now: datetime) -> Sequence[Evidence]:
        since = now - timedelta(seconds=book.thresholds.timing.cause)
        found = []
        for snapshot in self.record.snapshots(since, "", MAX_SNAPSHOTS):
            causes = unexpected(book, causes_of(snapshot, book.signs), now.date())
            found.append(Evidence(snapshot.account, causes=causes, tops=tops_of(snapshot)))
        content = self.content.found(book.signs.content_rules, since)
        return found + [Evidence(cause.account, causes=(cause,)) for cause in unexpected(book, content, now.date())]

    def _today(self) -> date:
        return self.clock.now().astimezone(UTC).date()


def tops_of(snapshot: Snapshot) -> tuple[tuple[str, int], ...]:
    """The tops of a snapshot: objects or URLs by count, then processes by thousandths of a core."""
    busy = sorted(snapshot.processes, key=lambda process: -process.cpu)[:5]
    return (*snapshot.tops[:10], *((f"process {p.command[:120]}", round(p.cpu * 1_000)) for p in busy if p.cpu > 0))


def unexpected(book: UsageBook, causes: Iterable[Cause], day: date) -> tuple[Cause, ...]:
    """Causes that are not what the account's plan is for, of accounts that are known."""
    kept = []
    for cause in causes:
        grant = book.entitlements.grant(cause.account, day)
        expected = book.expects.get(grant.plan, frozenset()) if grant else frozenset()
        if grant and cause.kind not in expected:
            kept.append(cause)
    return tuple(kept)


def gathered(book: UsageBook, signals: Iterable[Signal], causes: Iterable[Evidence], day: date) -> dict[str, Evidence]:
    """All evidence by account: its own, that of its hosts' harm, and for owners that of their accounts."""
    found = {account: Evidence(account, tuple(own)) for account, own in _by_account(signals).items()}
    hosts = {account: found.pop(account) for account in list(found) if account.startswith(HOST)}
    for part in causes:
        if part.causes or part.account in found:
            found[part.account] = _joined(found.get(part.account, Evidence(part.account)), part)
    for account in list(found):
        for host in _hosts(book.entitlements, account, day):
            found[account] = _joined(found[account], hosts.get(HOST + host, Evidence(account)))
    for owner in [account for account in found if account.startswith(OWNER)]:
        for account in book.entitlements.accounts_of(owner, day):
            causes_there = found.get(account, Evidence(account)).causes
            found[owner] = _joined(found[owner], Evidence(owner, causes=causes_there))
    return found


def _by_account(signals: Iterable[Signal]) -> dict[str, list[Signal]]:
    found: dict[str, list[Signal]] = {}
    for signal in signals:
        found.setdefault(signal.account, []).append(signal)
    return found


def _joined(held: Evidence, part: Evidence) -> Evidence:
    tops = held.tops + tuple(top for top in part.tops if top not in held.tops)
    return replace(held, signals=held.signals + part.signals, causes=held.causes + part.causes, tops=tops)


def _hosts(bought: Entitlements, account: str, day: date) -> tuple[str, ...]:
    grant = bought.grant(account, day)
    return grant.hosts if grant else ()
