"""Rescanning: a bucket listed shard by shard, page by page; what is unchanged under unchanged rules costs no more."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scanner.domain.changes import Change, Judged
from scanner.domain.content import Subject
from scanner.domain.known import Mark
from scanner.domain.requests import Lane, Owed, RequestState
from scanner.domain.rescans import Rescan, RescanState, Shard, Statement
from scanner.domain.verdicts import Standing
from scanner.errors import GoneError, TransitionError
from scanner.ports import Clock, Contents, Register, Requests, Rescans
from scanner.ports_knowing import Pages, Shards
from scanner.services.casework import Casework
from scanner.services.intake import Intake
from scanner.services.knowing import Knowing
from scanner.services.renewing import Renewals, Renewing
from scanner.services.sharding import split

PAGE = 5_000  # keys listed between two writes of a cursor
PACED = 1_000  # the same where the rate is capped: less comes at once
LEASE = timedelta(seconds=60)  # how long a page may take before another lists it
MOST_OWED = 20_000  # requests of one rescan that wait at once: listing waits for scanning


class Step(StrEnum):
    """What an attempt to list a page came to."""

    LISTED = "listed"
    WAITING = "waiting"  # held by others, by the rate cap, or by requests that wait
    OVER = "over"  # nothing is left to list, or the rescan is not under way


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rescan is."""

    rescan: Rescan
    statement: Statement


@dataclass(frozen=True, slots=True)
class Rescanning:
    """Starts, lists, pauses, resumes and cancels bulk rescans."""

    rescans: Rescans
    shards: Shards
    requests: Requests
    register: Register
    contents: Contents
    pages: Pages
    intake: Intake
    knowing: Knowing
    casework: Casework
    clock: Clock
    parts: int = 4
    renewing: Renewing | None = None

    def start(
        self, bucket: str, prefix: str = "", *, requester: str, full: bool = False, rate: float = 0.0, name: str = ""
    ) -> Rescan:
        """A new rescan, not yet listed; GoneError if there is no such bucket, ConflictError if `name` is taken."""
        if self.contents.missing(bucket):
            raise GoneError("no such bucket", where=bucket, mend="check the name and the credentials")
        now = self.clock.now()
        text = f"{bucket}\x1f{prefix}\x1f{now.isoformat()}"
        name = name or "R" + hashlib.sha256(text.encode()).hexdigest()[:11]
        rescan = Rescan(name, bucket, prefix, RescanState.LISTING, now, requester=requester, full=full, rate=rate)
        bounds = ["", *split(self.pages, bucket, prefix, self.parts)]
        self.shards.create(
            [Shard(name, n, low, high) for n, (low, high) in enumerate(zip(bounds, [*bounds[1:], ""], strict=True))]
        )
        self.rescans.save(rescan)
        return rescan

    def list_page(self, rescan_id: str) -> Step:
        """List the next page of some shard and file what needs a scan."""
        rescan = self.rescans.rescan(rescan_id)
        if rescan.state is not RescanState.LISTING:
            return Step.OVER
        now = self.clock.now()
        if self.statement(rescan_id).owed >= MOST_OWED:
            return Step.WAITING
        shard = self.shards.claim(rescan_id, now, now + LEASE)
        if shard is None:
            return self._finish(rescan)
        try:
            self.shards.save(self._listed(rescan, shard, now))
        except BaseException:
            self.shards.save(replace(shard, careful=True))  # whoever goes on does not know what was filed
            raise
        return Step.LISTED

    def run_listing(self, rescan_id: str) -> Iterator[Step]:
        """List page after page until the bucket ends, the rescan is paused, or it has to wait."""
        while (step := self.list_page(rescan_id)) is Step.LISTED:
            yield step
        yield step

    def advance(self, seconds: float) -> int:
        """List pages of all rescans that are under way, for about so long; how many pages."""
        until, pages = self.clock.now() + timedelta(seconds=seconds), 0
        live = [row.id for row in self.rescans.rescans(100) if row.state is RescanState.LISTING]
        while live and self.clock.now() < until:
            live = [name for name in live if self.list_page(name) is Step.LISTED]
            pages += len(live)
        for row in self.rescans.rescans(100):
            if row.state is RescanState.SCANNING:
                self.progress(row.id)
        return pages

    def statement(self, rescan_id: str) -> Statement:
        """What became of everything listed so far."""
        shards, lines = self.shards.shards(rescan_id), self.knowing.store.tallies(rescan_id)
        cached: Counter[str] = Counter()
        for shard in shards:
            cached.update(shard.cached)
        requested = sum(shard.requested for shard in shards)
        owed = max(0, requested - sum(lines.values()))
        return Statement(sum(shard.listed for shard in shards), dict(cached), lines, owed)

    def progress(self, rescan_id: str) -> Progress:
        """The rescan with its statement; DONE once nothing is owed."""
        rescan, statement = self.rescans.rescan(rescan_id), self.statement(rescan_id)
        counted = replace(
            rescan,
            listed=statement.listed,
            cached=sum(statement.cached.values()),
            requested=statement.listed - sum(statement.cached.values()),
        )
        if rescan.state is RescanState.SCANNING and not statement.owed:
            counted = replace(counted, state=RescanState.DONE, ended_at=self.clock.now())
            self.rescans.save(counted)
        return Progress(counted, statement)

    def steer(self, rescan_id: str, verb: str) -> Rescan:
        """`pause`, `resume` or `cancel`; TransitionError where that makes no sense."""
        rescan = self.progress(rescan_id).rescan
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
        self._shift(rescan_id, verb)
        return moved

    def _shift(self, rescan_id: str, verb: str) -> None:
        """What waits for a scan is held back, let go, or dropped."""
        owed, held, done = RequestState.OWED, RequestState.HELD, RequestState.DONE
        if verb == "pause":
            self.requests.shift(rescan_id, owed, held)
        elif verb == "resume":
            self.requests.shift(rescan_id, held, owed)
        else:
            dropped = sum(self.requests.shift(rescan_id, state, done) for state in (owed, held))
            self.register.commit(Change(counts=((0, rescan_id, "cancelled:by-request"),) * dropped))

    def _finish(self, rescan: Rescan) -> Step:
        """Nothing could be claimed: either all shards are done, or others have them."""
        if not all(shard.done for shard in self.shards.shards(rescan.id)):
            return Step.WAITING
        self.rescans.save(replace(rescan, state=RescanState.SCANNING))
        return Step.OVER

    def _listed(self, rescan: Rescan, shard: Shard, now: datetime) -> Shard:
        """The shard after its next page."""
        most = PACED if rescan.rate else PAGE
        page = self.pages.page(rescan.bucket, rescan.prefix, shard.cursor, shard.last, most)
        words = self._words(rescan, shard, page)
        wanted = [mark for mark, word in zip(page, words, strict=True) if not word] if "" in words else []
        if wanted:
            self.intake.file([self._owed(mark, rescan) for mark in wanted])
        cached = Counter(words)
        cached.pop("", None)
        rate = rescan.rate / max(1, len(self.shards.shards(rescan.id))) if rescan.rate else 0.0
        return replace(
            shard,
            cursor=page[-1][0] if page else shard.cursor,
            listed=shard.listed + len(page),
            requested=shard.requested + len(wanted),
            cached=dict(Counter(shard.cached) + cached),
            done=len(page) < most,
            careful=False,
            due_at=now + timedelta(seconds=len(page) / rate) if rate else None,
        )

    def _words(self, rescan: Rescan, shard: Shard, page: Sequence[Mark]) -> list[str]:
        """The verdict of each listed object that needs no scan, else ""."""
        if rescan.full or shard.careful:
            return [""] * len(page)
        edition = self.knowing.edition().id
        after = shard.cursor or rescan.prefix[:-1]
        look = self.knowing.store.look(rescan.bucket, after, page, edition)
        if look.gone and not rescan.prefix:
            self.knowing.store.forget(rescan.bucket, look.gone)
        if "" not in look.words:
            return list(look.words)
        rest = [mark for mark, word in zip(page, look.words, strict=True) if not word]
        judged = self._judged_unread(rescan, rest)
        return [word or judged.get(mark[0], "") for mark, word in zip(page, look.words, strict=True)]

    def _judged_unread(self, rescan: Rescan, marks: Sequence[Mark]) -> dict[str, str]:
        """Known objects whose rules changed only so that no scan is needed: the new word of each, which is recorded.

        No byte is needed, or a look at them is enough. What needs a case is scanned: its evidence is the bytes.
        """
        settled = self.knowing.store.settled(rescan.bucket, [mark[0] for mark in marks])
        same = {mark[0]: settled[mark[0]] for mark in marks if mark[0] in settled and settled[mark[0]].mark == mark}
        found = self.knowing.unread(same)
        rest = {key: row for key, row in same.items() if key not in found}
        read = self.renewing.renewed(rest, self._account(rescan.bucket)) if self.renewing and rest else Renewals()
        found |= read.judged
        calm = {k: v for k, v in found.items() if v[1].standing is Standing.CLEAN and not self.casework.wants(v[1])}
        moved = [(row, verdict) for key, (row, verdict, _) in calm.items() if row.word != same[key].word]
        if moved:
            subjects = [(Subject(r.bucket, r.key, "", r.etag, r.size, self._account(r.bucket)), v) for r, v in moved]
            self.register.commit(Change(verdicts=tuple(Judged(s, v, rescan=rescan.id) for s, v in subjects)))
        rows, contents = [row for row, _, _ in calm.values()], [known for _, _, known in calm.values()]
        brought = len(read.calm) + sum(key in calm for key in read.judged)
        self.knowing.store.renew(rows, contents, list(read.calm.values()), brought)
        return {key: row.word for key, (row, _, _) in calm.items()} | {key: row.word for key, row in read.calm.items()}

    def _owed(self, mark: Mark, rescan: Rescan) -> Owed:
        key, etag, size, modified = mark
        subject = Subject(rescan.bucket, key, "", etag, size, self._account(rescan.bucket), modified)
        return Owed(subject, Lane.BULK, "rescan", rescan=rescan.id)

    def _account(self, bucket: str) -> str:
        accounts: Mapping[str, str] = self.intake.accounts
        return accounts.get(bucket, bucket)
