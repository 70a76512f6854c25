"""Rescanning: a bucket listed shard by shard, page by page; what is unchanged under unchanged rules costs no more."""

import hashlib
from collections import Counter, deque
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
from scanner.errors import AupError, ConflictError, GoneError, TransitionError, UnknownError, UsageError
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
SLOWEST, FASTEST = 0.01, 1e6  # of a rate cap: objects listed a second
MOST_OWED = 20_000  # requests of one rescan that wait at once: listing waits for scanning


_LIVE = (RescanState.LISTING, RescanState.SCANNING)
_STEPS = {
    "pause": (_LIVE, RescanState.PAUSED),
    "resume": ((RescanState.PAUSED,), RescanState.LISTING),
    "cancel": ((*_LIVE, RescanState.PAUSED, RescanState.CANCELLED), RescanState.CANCELLED),
}
_LET_GO = ((RequestState.HELD, RequestState.OWED),)
_OBEYED: Mapping[RescanState, Sequence[tuple[RequestState, RequestState]]] = {
    RescanState.LISTING: _LET_GO,
    RescanState.SCANNING: _LET_GO,
    RescanState.PAUSED: ((RequestState.OWED, RequestState.HELD),),
    RescanState.CANCELLED: ((RequestState.OWED, RequestState.DONE), (RequestState.HELD, RequestState.DONE)),
    RescanState.DONE: (),
}


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
        if rate and not SLOWEST <= rate <= FASTEST:
            mend = f"give {SLOWEST} to {FASTEST:.0f} objects a second, or 0 for no cap"
            raise UsageError(f"{rate} is no rate", where=bucket, mend=mend)
        if self.contents.missing(bucket):
            raise GoneError("no such bucket", where=bucket, mend="check the name and the credentials")
        now = self.clock.now()
        text = f"{bucket}\x1f{prefix}\x1f{now.isoformat()}"
        name = name or "R" + hashlib.sha256(text.encode()).hexdigest()[:11]
        rescan = Rescan(name, bucket, prefix, RescanState.LISTING, now, requester=requester, full=full, rate=rate)
        bounds = ["", *split(self.pages, bucket, prefix, self.parts)]
        shards = [
            Shard(name, n, low, high) for n, (low, high) in enumerate(zip(bounds, [*bounds[1:], ""], strict=True))
        ]
        try:
            self.shards.create(shards)
        except ConflictError:
            if self._is_known(name):
                raise
        self.rescans.save(rescan)  # also where whoever made its shards died before this: they cover the same keys
        return rescan

    def _is_known(self, name: str) -> bool:
        try:
            return bool(self.rescans.rescan(name))
        except UnknownError:
            return False

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
        finally:
            self._obey(rescan_id)  # what was filed while somebody paused or cancelled it
        return Step.LISTED

    def run_listing(self, rescan_id: str) -> Iterator[Step]:
        """List page after page until the bucket ends, the rescan is paused, or it has to wait."""
        while (step := self.list_page(rescan_id)) is Step.LISTED:
            yield step
        yield step

    def advance(self, seconds: float) -> tuple[int, list[str]]:
        """List pages of all rescans that are under way, for about so long; how many, and what hindered any.

        One whose bucket cannot be listed waits for the next beat and keeps no other from its turn.
        """
        until, pages, troubles = self.clock.now() + timedelta(seconds=seconds), 0, list[str]()
        unfinished = self.rescans.unfinished()
        for row in unfinished:
            self._obey(row.id)
        owed = deque(row.id for row in unfinished if row.state is RescanState.LISTING)
        while owed and self.clock.now() < until:
            name = owed.popleft()
            try:
                if self.list_page(name) is Step.LISTED:
                    pages += 1
                    owed.append(name)
            except ConflictError:
                continue  # another lists the shard by now
            except AupError as error:
                troubles.append(f"{name}: {error}")
        for row in self.rescans.unfinished():
            if row.state is RescanState.SCANNING:
                self.progress(row.id)
        return pages, troubles

    def statement(self, rescan_id: str) -> Statement:
        """What became of everything listed so far."""
        shards, lines = self.shards.shards(rescan_id), self.knowing.store.tallies(rescan_id)
        cached: Counter[str] = Counter()
        for shard in shards:
            cached.update(shard.cached)
        owed = sum(shard.requested for shard in shards) - sum(lines.values())
        twice = max(0, -owed)  # replaced while a page was listed anew, whose lister had died: both states were filed
        return Statement(sum(shard.listed for shard in shards) + twice, dict(cached), lines, max(0, owed))

    def progress(self, rescan_id: str) -> Progress:
        """The rescan with its statement; DONE once nothing is owed."""
        rescan, statement = self.rescans.rescan(rescan_id), self.statement(rescan_id)
        counted = replace(
            rescan,
            listed=statement.listed,
            cached=sum(statement.cached.values()),
            requested=statement.listed - sum(statement.cached.values()),
        )
        if rescan.state is RescanState.SCANNING and not statement.owed and not self.requests.waits(rescan_id):
            done = replace(counted, state=RescanState.DONE, ended_at=self.clock.now())
            counted = done if self.rescans.move(done, rescan.state) else counted
        return Progress(counted, statement)

    def steer(self, rescan_id: str, verb: str) -> Rescan:
        """`pause`, `resume` or `cancel`; TransitionError where that makes no sense."""
        froms, to = _STEPS[verb]
        while True:
            rescan = self.progress(rescan_id).rescan
            if rescan.state not in froms:
                what = f"cannot {verb} a rescan that is {rescan.state}"
                raise TransitionError(what, where=rescan_id, mend="see `aup rescans list`")
            moved = replace(rescan, state=to)
            if self.rescans.move(moved, rescan.state):
                self._obey(rescan_id)
                return moved

    def _obey(self, rescan_id: str) -> None:
        """What waits for a scan is held back, let go, or dropped, as the rescan's state says.

        It is said again until the state stays what it was: pages are listed and rescans steered side by side. Whoever
        died between the two leaves it to the next beat, or to a second `cancel`.
        """
        state = None
        while state is not (now := self.rescans.rescan(rescan_id).state):
            state = now
            for old, new in _OBEYED[state]:
                self.requests.shift(rescan_id, old, new)

    def _finish(self, rescan: Rescan) -> Step:
        """Nothing could be claimed: either all shards are done, or others have them."""
        if not all(shard.done for shard in self.shards.shards(rescan.id)):
            return Step.WAITING
        self.rescans.move(replace(rescan, state=RescanState.SCANNING), rescan.state)
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
