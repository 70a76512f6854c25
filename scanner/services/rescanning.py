"""Rescanning: a bucket's listing becomes requests on the bulk lane, resumable at any key."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from scanner.domain.content import Subject
from scanner.domain.requests import Lane, Owed
from scanner.domain.rescans import Rescan, RescanState
from scanner.errors import GoneError, TransitionError
from scanner.ports import Clock, Contents, Register, Requests, Rescans, Rules
from scanner.services.intake import Intake

PAGE = 1_000  # keys listed between two writes of the cursor


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rescan is: the rescan, and its requests by state."""

    rescan: Rescan
    requests: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rescanning:
    """Starts, lists, pauses, resumes and cancels bulk rescans."""

    rescans: Rescans
    requests: Requests
    register: Register
    contents: Contents
    intake: Intake
    rules: Rules
    clock: Clock

    def start(self, bucket: str, prefix: str = "", *, requester: str, full: bool = False) -> Rescan:
        """A new rescan, not yet listed; GoneError if there is no such bucket."""
        if self.contents.missing(bucket):
            raise GoneError("no such bucket", where=bucket, mend="check the name and the credentials")
        now = self.clock.now()
        text = f"{bucket}\x1f{prefix}\x1f{now.isoformat()}"
        name = "R" + hashlib.sha256(text.encode()).hexdigest()[:11]
        rescan = Rescan(name, bucket, prefix, RescanState.LISTING, now, requester=requester, full=full)
        self.rescans.save(rescan)
        return rescan

    def list_page(self, rescan_id: str) -> Rescan:
        """List the next page and file its requests; an object whose verdict is still good costs only its listing."""
        rescan = self.rescans.rescan(rescan_id)
        if rescan.state is not RescanState.LISTING:
            return rescan
        page = list(islice(self.contents.listing(rescan.bucket, rescan.prefix, rescan.cursor), PAGE))
        fresh = [subject for subject in page if rescan.full or not self._still_good(subject)]
        self.intake.file([self._owed(subject, rescan) for subject in fresh])
        return self._turn(rescan, page, len(fresh))

    def run_listing(self, rescan_id: str) -> Iterator[Rescan]:
        """List page after page until the bucket ends or the rescan is paused."""
        while True:
            rescan = self.list_page(rescan_id)
            yield rescan
            if rescan.state is not RescanState.LISTING:
                return

    def progress(self, rescan_id: str) -> Progress:
        """The rescan with its requests by state; DONE once none is owed."""
        rescan, counts = self.rescans.rescan(rescan_id), self.requests.counts(rescan_id)
        if rescan.state is RescanState.SCANNING and not (counts.get("owed", 0) + counts.get("leased", 0)):
            rescan = replace(rescan, state=RescanState.DONE)
            self.rescans.save(rescan)
        return Progress(rescan, counts)

    def steer(self, rescan_id: str, verb: str) -> Rescan:
        """`pause`, `resume` or `cancel`; TransitionError where that makes no sense."""
        rescan = self.rescans.rescan(rescan_id)
        steps = {
            "pause": ((RescanState.LISTING, RescanState.SCANNING), RescanState.PAUSED),
            "resume": ((RescanState.PAUSED,), RescanState.LISTING),
            "cancel": ((RescanState.LISTING, RescanState.SCANNING, RescanState.PAUSED), RescanState.CANCELLED),
        }
        froms, to = steps[verb]
        if rescan.state not in froms:
            raise TransitionError(
                f"cannot {verb} a rescan that is {rescan.state}", where=rescan_id, mend="see `aup rescans list`"
            )
        moved = replace(rescan, state=to)
        self.rescans.save(moved)
        return moved

    def _turn(self, rescan: Rescan, page: list[Subject], fresh: int) -> Rescan:
        counted = replace(
            rescan,
            listed=rescan.listed + len(page),
            requested=rescan.requested + fresh,
            cached=rescan.cached + len(page) - fresh,
            cursor=page[-1].key if page else rescan.cursor,
            state=RescanState.LISTING if len(page) == PAGE else RescanState.SCANNING,
        )
        self.rescans.save(counted)
        return counted

    def _still_good(self, subject: Subject) -> bool:
        """The same stored object (version, or etag and size) judged under the same rulebook, and fully read."""
        last = self.register.latest(subject)
        if last is None or last.subject.etag != subject.etag or last.subject.size != subject.size:
            return False
        coverage = last.verdict.coverage
        return coverage.rulebook_digest == self.rules.current().digest and not coverage.gaps

    def _owed(self, subject: Subject, rescan: Rescan) -> Owed:
        account = self.intake.accounts.get(subject.bucket, subject.bucket)
        return Owed(replace(subject, account=account), Lane.BULK, "rescan", rescan=rescan.id)
