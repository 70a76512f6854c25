"""One check's judgement: what is known of each account at a moment, held against its open incident."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.causes import Cause, Snapshot, causes_of
from scanner.domain.usage.entitlements import HOST, OWNER, Entitlements
from scanner.domain.usage.incidents import Evidence, Incident, weigh
from scanner.domain.usage.legs import Signal
from scanner.ports_usage import ContentCauses, IncidentSink, UsageEngine, UsageRecord

MAX_OPEN = 100_000
MAX_SNAPSHOTS = 10_000


@dataclass(slots=True)
class Weighing:
    """The incidents of one check, moment by moment: a check that catches up judges the past as of its own time."""

    book: UsageBook
    record: UsageRecord
    engine: UsageEngine
    content: ContentCauses
    sink: IncidentSink
    causes: Sequence[Evidence] = ()
    open_: dict[str, Incident] = field(default_factory=dict)
    touched: dict[str, Incident] = field(default_factory=dict)

    def begin(self, since: datetime, now: datetime) -> None:
        """Read the open incidents, and the causes that may stand from `since` on."""
        rows = self.record.incidents("", only_open=True, limit=MAX_OPEN)
        self.open_ = {incident.account: self._settled(incident) for incident in rows}
        oldest = since - timedelta(seconds=self.book.thresholds.timing.cause)
        telling = self.record.snapshots(oldest, "", MAX_SNAPSHOTS, telling=True)
        shots = dict.fromkeys([*telling, *self.record.snapshots(oldest, "", MAX_SNAPSHOTS)])
        seen = [_evidence(self.book, shot, now.date()) for shot in shots]
        content = unexpected(self.book, self.content.found(self.book.signs.content_rules, oldest), now.date())
        self.causes = [*seen, *(Evidence(cause.account, causes=(cause,)) for cause in content)]

    def at(self, moment: datetime) -> int:
        """Judge every account that shows something or has an open incident; how many signals there were."""
        signals = self.engine.signals()
        evidence = gathered(self.book, signals, self.causes, moment.date())
        for account in self.open_:
            evidence.setdefault(account, Evidence(account))
        for account, seen in evidence.items():
            self._account(account, seen, moment)
        return len(signals)

    def _account(self, account: str, seen: Evidence, moment: datetime) -> None:
        before = self.open_.get(account)
        stale = before is not None and self._is_stale(before, moment)
        seen = seen if before or seen.signals else self._unanswered(seen)
        after = weigh(before, replace(seen, stale=stale), self.book.thresholds, moment)
        if after is None or after == before:
            return
        self.touched[after.id] = after
        self.open_[account] = after
        if not after.is_open:
            del self.open_[account]

    def _settled(self, incident: Incident) -> Incident:
        """The incident with what a person has decided on its case."""
        cleared = bool(incident.case) and self.sink.cleared(incident)
        if cleared is incident.cleared:
            return incident
        self.touched[incident.id] = replace(incident, cleared=cleared)
        return self.touched[incident.id]

    def _is_stale(self, incident: Incident, moment: datetime) -> bool:
        """Whether a series that the incident speaks of has had no sample for too long.

        A host that is no longer ours sends none, and would keep the incident, and its throttle, for good.
        """
        oldest, hosts = moment.timestamp() - self.book.thresholds.timing.stale, self.book.entitlements.hosts
        ours = [f for f in incident.facts if not f.account.startswith(HOST) or f.account[len(HOST) :] in hosts]
        return any(self.engine.seen(f.account, f.resource) < oldest for f in ours)

    def _unanswered(self, seen: Evidence) -> Evidence:
        """Without the causes that an incident was already about: alone, they open no second one."""
        mine = [incident for incident in self.touched.values() if incident.account == seen.account]
        last = mine[-1:] or self.record.incidents(seen.account, only_open=False, limit=1)
        causes = tuple(cause for cause in seen.causes if not last or cause.at > last[0].last)
        return replace(seen, causes=causes)


def _evidence(book: UsageBook, shot: Snapshot, day: date) -> Evidence:
    causes = unexpected(book, causes_of(shot, book.signs), day)
    return Evidence(shot.account, causes=causes, tops=tops_of(shot))


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
    owners = [account for account in found if account.startswith(OWNER)]
    pools = book.entitlements.pools(day) if owners else {}
    for owner in owners:
        for account in pools.get(owner, ()):
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
