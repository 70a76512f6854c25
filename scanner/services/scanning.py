"""Scanning: read, detect, judge, and record a batch in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scanner.domain.actions import Action
from scanner.domain.audit import AuditEntry
from scanner.domain.cdn.places import CDN
from scanner.domain.changes import Change, Judged
from scanner.domain.content import Content, Subject
from scanner.domain.coverage import Gap, Reason, unread
from scanner.domain.known import DETECTED, Settled
from scanner.domain.requests import LONGEST_LEASE, MAX_ATTEMPTS, Lane, Owed, ScanRequest
from scanner.domain.rescans import tally_of
from scanner.domain.rules import Rulebook
from scanner.domain.similarity import Sketch
from scanner.domain.verdicts import Detection, Standing, Verdict, judge
from scanner.errors import ConflictError
from scanner.ports import Clock, Contents, Doorbell, Fetched, Pulse, Register, Requests, Rules, Unread
from scanner.services.casework import Casework, Opening
from scanner.services.intake import Intake
from scanner.services.knowing import Found, Knowing
from scanner.services.reads import groups

TURN = 8  # uploads taken at once: as long as this may somebody wait who waits for one
TURNS = 4  # of uploads at least, where so many wait, whatever a ring tells of
CHOICES = 5  # of the next requests, where others were faster
PASSES = frozenset({Reason.UNANSWERED, Reason.TIMEOUT})  # of a read: another may well succeed when the store is back
PATIENCE = {1: 1, 2: 5}  # leases until the next try, by the attempts that are burned; after the last one it is said
_Read = Fetched | Unread
_RULES_CHANGED = Gap(Reason.CHANGED, "", "the rules changed while a URL was asked whether it had")


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a batch came to: verdicts, requests lost to another worker, cases opened, requests put off for later."""

    judged: tuple[Judged, ...] = ()
    lost: frozenset[int] = frozenset()
    cases: int = 0
    actions: int = 0
    put_off: int = 0

    def plus(self, other: "BatchReport") -> "BatchReport":
        """Both together."""
        return BatchReport(
            self.judged + other.judged,
            self.lost | other.lost,
            self.cases + other.cases,
            self.actions + other.actions,
            self.put_off + other.put_off,
        )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one read came to: its rows, a case, how it was detected, and the object as it can be known again."""

    rows: tuple[Judged, ...]
    opening: Opening | None = None
    found: Found | None = None
    settled: Settled | None = None
    alike: Sketch | None = None
    later: tuple[ScanRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class Scanning:
    """Scans requests under a lease. `limit` bounds the bytes read of one object."""

    requests: Requests
    contents: Contents
    knowing: Knowing
    rules: Rules
    register: Register
    casework: Casework
    intake: Intake
    doorbell: Doorbell
    clock: Clock
    pulse: Pulse
    limit: int
    lease: timedelta = timedelta(seconds=120)

    def answer(self, lane: Lane, worker: str, told: int) -> BatchReport:
        """Scan for a ring that tells of so many requests.

        Uploads are taken a few at a time, chosen anew each time, so that who waits for one does not wait for another's
        thousands; and where more wait than the ring tells of, some more are taken: their own rings cost less then.
        """
        if lane is not Lane.UPLOADS:
            return self.scan_next(lane, worker, told)
        report, left = BatchReport(), max(told, TURNS * TURN)
        while left > 0:
            fresh = self.scan_next(lane, worker, min(left, TURN))
            report, left = report.plus(fresh), left - max(1, len(fresh.judged))
            if not fresh.judged and not fresh.lost:
                break
        return report

    def scan_next(self, lane: Lane, worker: str, limit: int) -> BatchReport:
        """Scan the next requests of a lane, shared evenly among the accounts that wait.

        Two workers may choose the same ones at once; who comes too late chooses again, or its ring would be wasted.
        """
        for _ in range(CHOICES):
            ids = self.requests.fair(lane, self.clock.now(), limit)
            report = self.scan_batch(ids, worker)
            if not ids or report.judged or report.lost or report.put_off:
                break
        return report

    def scan_batch(self, ids: Sequence[int], worker: str) -> BatchReport:
        """Scan those of the requests that nobody else holds; every one of them ends with a verdict.

        What was tried before is taken one by one: if it kills workers, it burns nobody's attempts but its own.
        """
        now = self.clock.now()
        held = self.requests.claim(ids, worker, now, now + self.lease, fresh=True)
        report, taken = self._scan(held), {request.id for request in held}
        rest = [number for number in ids if number not in taken]
        for number in self.requests.tried(rest, self.clock.now()) if rest else []:
            now = self.clock.now()
            report = report.plus(self._scan(self.requests.claim([number], worker, now, now + self.lease)))
        return report

    def _scan(self, held: Sequence[ScanRequest]) -> BatchReport:
        if not held:
            return BatchReport()
        spent = [request for request in held if request.attempts > MAX_ATTEMPTS]
        outcomes = [_Outcome((_crashed(request),)) for request in spent]
        wanted, now = _by_subject(held), self.clock.now()
        try:
            with self.pulse.beating(lambda: self._extend(held), self.lease.total_seconds() / 3):
                for group in groups(self.contents.read(list(wanted), self.limit)):
                    outcomes += self._judge_all(wanted, group, now)
            self._put_off([request for outcome in outcomes for request in outcome.later])
            return self._record(outcomes)
        except KeyboardInterrupt:
            self.requests.give_back(held)  # stopped by a person: nobody has to wait for the lease, no attempt is lost
            raise

    def _extend(self, held: Sequence[ScanRequest]) -> None:
        """Keep the leases while one content takes longer than a lease."""
        self.requests.extend(held, self.clock.now() + self.lease)

    def _put_off(self, later: Sequence[ScanRequest]) -> None:
        """Nobody takes them before their leases run out: what is busy is not asked again at once."""
        now = self.clock.now()
        for attempts, patience in PATIENCE.items():
            if some := [request for request in later if request.attempts == attempts]:
                self.requests.extend(some, now + min(patience * self.lease, LONGEST_LEASE / 2))

    def _judge_all(
        self, wanted: Mapping[Subject, Sequence[ScanRequest]], group: Sequence[_Read], asked_at: datetime
    ) -> list[_Outcome]:
        """One read answers every request for the same version."""
        read_now = [read for read in group if isinstance(read, Fetched)]
        found = iter(self.knowing.detect_all([read for read in read_now if not read.unchanged]))
        stands = iter(self.knowing.standing([read for read in read_now if read.unchanged]))
        book, outcomes = self.rules.current(), list[_Outcome]()
        for read in group:
            known = (next(stands) if read.unchanged else next(found)) if isinstance(read, Fetched) else None
            if isinstance(read, Fetched) and known is not None:
                outcomes.append(self._judge(wanted[read.asked], read, known, book, asked_at))
            else:
                gap = read.gap if isinstance(read, Unread) else _RULES_CHANGED
                outcomes.append(self._unread(wanted[read.asked], Unread(read.asked, gap)))
        return outcomes

    def _unread(self, requests: Sequence[ScanRequest], read: Unread) -> _Outcome:
        passes = read.gap.reason in PASSES and not read.asked.bucket.startswith(CDN)
        later = [request for request in requests if passes and request.attempts in PATIENCE]
        final = [request for request in requests if request not in later]
        if final:
            self._look_again(final[0], read)
        verdict = _unread_verdict(read.asked, read.gap)
        return _Outcome(tuple(_row(request, read.asked, verdict) for request in final), later=tuple(later))

    def _judge(
        self, requests: Sequence[ScanRequest], read: Fetched, found: Found, book: Rulebook, asked_at: datetime
    ) -> _Outcome:
        verdict, subject = judge(_with_gaps(found.detection, read.gaps), book), read.subject
        if subject.account != read.asked.account:
            subject = replace(subject, account=read.asked.account)
        rows = tuple(_row(request, subject, verdict) for request in requests)
        wanted = self.casework.wants(verdict) and not self.casework.spares(subject)
        opening = self.casework.opening(rows[0], read.data) if wanted else None
        missing = opening is not None and opening.custody is None  # looked at again until the vault takes it
        settled = None if missing else self.knowing.settle(read, found, verdict, asked_at)
        is_new = found.how == DETECTED and opening is None and bool(verdict.content.sha256)
        alike = self.casework.likeness(subject.account, verdict.content.media_type, read.data) if is_new else None
        return _Outcome(rows, opening, found, settled, alike)

    def _look_again(self, request: ScanRequest, read: Unread) -> None:
        """What was replaced while it was read, or is spelled otherwise in the store, is owed a scan of its own."""
        current, reason = replace(request.subject, etag="", version_id="", size=0), read.gap.reason
        if reason is Reason.CHANGED:
            self.intake.file([Owed(current, request.lane, "changed", f"changed-{request.id}")])
        if reason in (Reason.GONE, Reason.CHANGED) and request.raw_key not in ("", request.subject.key):
            raw = replace(request.subject, key=request.raw_key)  # `a+b` was told of, and another object is called `a b`
            self.intake.file([Owed(raw, request.lane, "raw-key", f"raw-{request.id}")])

    def _record(self, outcomes: Sequence[_Outcome]) -> BatchReport:
        """One transaction; if a case of the batch was opened elsewhere meanwhile, it is left out and tried again."""
        judged = [row for outcome in outcomes for row in outcome.rows]
        openings = [outcome.opening for outcome in outcomes if outcome.opening is not None]
        for _ in range(3):
            fresh = self.casework.unopened(openings)
            opened = {o.case.id for o in fresh}
            back = self.casework.returned([o for o in openings if o.case.id not in opened])
            change = Change(
                verdicts=tuple(judged),
                cases=tuple(o.case for o in fresh),
                actions=(*(action for o in fresh for action in o.actions), *back),
                custody=tuple(o.custody for o in fresh if o.custody),
                audit=(*(entry for o in fresh for entry in o.audit), *map(_back, back)),
                known=tuple(o.found.known for o in outcomes if o.found is not None and o.found.known is not None),
                settled=tuple((o.rows[0].request, o.settled) for o in outcomes if o.settled is not None),
                sketches=tuple((o.rows[0].verdict.content.sha256, o.alike) for o in outcomes if o.alike is not None),
                counts=tuple(count for outcome in outcomes for count in _counts(outcome)),
            )
            try:
                lost = self.register.commit(change)
            except ConflictError:
                continue  # nothing of it was written: what is unopened still is looked up anew
            actions = [*(action for o in fresh for action in o.actions), *back]
            self._wake(actions)
            later = sum(len(outcome.later) for outcome in outcomes)
            return BatchReport(tuple(judged), lost, len(fresh), len(actions), later)
        raise ConflictError(
            "a case was opened by others three times over", where="scan_batch", mend="the sweep retries"
        )

    def _wake(self, actions: Iterable[Action]) -> None:
        if any(True for _ in actions):
            self.doorbell.ring(Lane.ENFORCEMENT, [])


def _back(action: Action) -> AuditEntry:
    facts = {"subject": action.subject.url, "sha256": action.sha256}
    return AuditEntry(action.created_at, action.proposer, "suspend-filed", action.id, "it lies there again", facts)


def _by_subject(held: Iterable[ScanRequest]) -> dict[Subject, list[ScanRequest]]:
    wanted: dict[Subject, list[ScanRequest]] = {}
    for request in held:
        if request.attempts <= MAX_ATTEMPTS:
            wanted.setdefault(request.subject, []).append(request)
    return wanted


def _counts(outcome: _Outcome) -> Iterator[tuple[int, str, str]]:
    """One more for the counters of all and of the rescan that asked."""
    for row in outcome.rows:
        if outcome.found is not None and row is outcome.rows[0]:
            yield row.request, "", outcome.found.how
        if row.rescan:
            yield row.request, row.rescan, tally_of(row.verdict)


def _row(request: ScanRequest, subject: Subject, verdict: Verdict) -> Judged:
    return Judged(subject, verdict, request.id, request.token, request.rescan)


def _with_gaps(detection: Detection, gaps: tuple[Gap, ...]) -> Detection:
    """The detection with what was wrong with the way the content came."""
    coverage = detection.coverage
    return replace(detection, coverage=replace(coverage, gaps=(*coverage.gaps, *gaps))) if gaps else detection


def _unread_verdict(subject: Subject, gap: Gap) -> Verdict:
    return Verdict(Content("", subject.size), Standing.CLEAN, (), unread([gap]))


def _crashed(request: ScanRequest) -> Judged:
    gap = Gap(Reason.PARSER_CRASHED, "", f"{MAX_ATTEMPTS} workers died of it")
    return _row(request, request.subject, _unread_verdict(request.subject, gap))
