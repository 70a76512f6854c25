"""The account of one content: views go in, findings, gaps and counts come out."""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from scanner.detection.bundle import Bundle
from scanner.detection.chunks import chunks
from scanner.detection.clock import Clock, NoClock, words_budget, yara_budget
from scanner.detection.engine.hits import Scanned
from scanner.detection.engine.reporting import yara_finding
from scanner.detection.hashes import PDQ_QUALITY, HashBook, hash_finding
from scanner.detection.scripts.reader import READER
from scanner.detection.unpack.views import HASHER, JOINT, Unpacked, View
from scanner.detection.words import keyword_finding
from scanner.domain.content import Sample
from scanner.domain.coverage import Coverage, Gap, Reason, ViewRead
from scanner.domain.findings import Finding, Layer
from scanner.domain.limits import Limits
from scanner.domain.rules import Rule
from scanner.keywords.values import KeywordHit

KEPT_VIEWS = 200  # views listed on the coverage; all are counted
KEPT_NOTES = 50
MOST_HELD = 20_000  # findings held before the gravest are chosen; beyond that only rules not seen yet are added
SPARE = 0.5  # seconds before the end of the time in which no further piece of a text is begun
OUT_OF_TIME = "no time for the text from"
REMEMBERED = 1_000  # answers kept of one content, so that the same bytes seen by two readers are asked once

WordAnswers = tuple[tuple[KeywordHit, ...], tuple[str, ...], tuple[str, ...]]  # hits, notes, what was not judged
Answers = tuple[Scanned, tuple[KeywordHit, ...], tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a verdict was made with: equal stamps and equal bytes give equal findings."""

    rulebook_digest: str
    engines: tuple[str, ...]
    limits_digest: str


@dataclass(slots=True)
class Judging:
    """One content's account. `digest` is the sha256 of the content itself once its view was seen."""

    bundle: Bundle
    hashes: HashBook
    rules: Mapping[str, Rule]
    limits: Limits
    today: date
    deadline: float
    clock: Clock = field(default_factory=NoClock)
    digest: str = ""
    told: str = ""  # the sha256 of the content itself where somebody has it already
    views: list[ViewRead] = field(default_factory=list)
    gaps: dict[Gap, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    view_count: int = 0
    dropped: int = 0
    _found: dict[tuple[object, ...], Finding] = field(default_factory=dict)
    _seen_rules: set[str] = field(default_factory=set)
    _answers: dict[tuple[object, ...], Answers] = field(default_factory=dict)

    @property
    def findings(self) -> list[Finding]:
        """All findings, each told once."""
        return list(self._found.values())

    def view(self, view: View) -> None:
        """Ask every rule of the view that is to be asked of it."""
        digest = self.admit(view)
        if not digest:
            return
        key = (digest, view.lanes, view.family, view.layer, view.charset)
        answers = self._answers.get(key)
        if answers is None:
            answers = self.ask(view)
            if len(self._answers) < REMEMBERED:
                self._answers[key] = answers
        self.tell(view, answers)

    def admit(self, view: View) -> str:
        """Count the view and look its hash up; its sha256, or "" where nothing is to be asked.

        That is where it holds a picture's hash and no bytes, and where the time is over, which is then a gap.
        """
        if view.reader == HASHER:
            self._picture(view)
            return ""
        is_whole = not view.path and view.reader == "raw"
        digest = (is_whole and self.told) or hashlib.sha256(view.data).hexdigest()
        if is_whole:
            self.digest = digest
        self.view_count += 1
        if time.monotonic() >= self.deadline:
            self.gap(Gap(Reason.TIMEOUT, "", f"over {self.limits.wall_seconds:g} s: views from {view.path or '.'} on"))
            return ""
        if len(self.views) < KEPT_VIEWS:
            self.views.append(ViewRead(view.path, str(view.layer), view.family, len(view.data), view.reader))
        self._hash_hits(view, digest)
        return digest

    def names(self, name: str, members: Sequence[str]) -> None:
        """Keyword rules over the object's key and the members' names."""
        for each, layer in ((name, Layer.NAME), *((member, Layer.MEMBER) for member in members)):
            if time.monotonic() >= self.deadline:
                self.gap(Gap(Reason.TIMEOUT, each, "names from here on"))
                return
            path = each if layer is Layer.MEMBER else ""
            for hit in self.bundle.words.name_hits(each, layer):
                self.find(keyword_finding(hit, self.rules[hit.rule], path, self.limits.excerpt_chars))

    def find(self, finding: Finding) -> None:
        """Keep a finding; the same place of the same rule is told once, and a flood leaves room for other rules."""
        key = (finding.rule, finding.path, finding.layer, finding.offset, finding.length, finding.matched)
        if key in self._found:
            return
        if len(self._found) >= MOST_HELD and finding.rule in self._seen_rules:
            self.dropped += 1
            return
        self._seen_rules.add(finding.rule)
        self._found[key] = finding

    def gap(self, gap: Gap) -> None:
        """Something not read; told once."""
        self.gaps.setdefault(gap)

    def coverage(self, sample: Sample, unpacked: Unpacked, stamp: Stamp) -> Coverage:
        """What was read, and with what."""
        remarks = [*unpacked.notes, *self.notes]
        if self.dropped:
            remarks.append(f"{self.dropped} more findings of the same rules are not listed")
        return Coverage(
            views=tuple(self.views),
            gaps=(*unpacked.gaps, *(gap for gap in self.gaps if gap not in unpacked.gaps)),
            view_count=self.view_count,
            member_count=unpacked.member_count,
            bytes_read=len(sample.data),
            rules_run=self.bundle.rules_run,
            engines=stamp.engines,
            rulebook_digest=stamp.rulebook_digest,
            limits_digest=stamp.limits_digest,
            not_judged=unpacked.not_judged,
            notes=tuple(sorted(dict.fromkeys(remarks), key=_is_minor))[:KEPT_NOTES],
        )

    def ask(self, view: View) -> Answers:
        """Both halves over the view."""
        seconds = yara_budget(len(view.data), self.limits.yara_seconds)
        self.clock.begin(2 * seconds + 1)
        scanned = self.bundle.engine.scan(view.data, view.lanes, self._within(seconds))
        self.clock.end()
        return scanned, *self.words(view)

    def words(self, view: View) -> WordAnswers:
        """The keyword half over the view, large texts in pieces, with what is to be said of its text."""
        if view.reader == READER:
            return (), (), ()
        hits: list[KeywordHit] = []
        notes: list[str] = []
        unread: list[str] = []
        in_sample = is_in_sample(self.told or self.digest, self.limits.nursery_sample)
        before = now = time.monotonic()
        for chunk, begin in chunks(view, self.limits.text_chars):
            before, now = now, time.monotonic()
            if begin and 2 * now - before > self.deadline - SPARE:  # the next piece takes about as long as the last
                unread.append(f"{OUT_OF_TIME} byte {begin:,} on")
                break
            self.clock.begin(words_budget(len(chunk.data), self.limits.wall_seconds))
            found, said, left = self.bundle.words.hits(chunk, with_nursery=in_sample)
            self.clock.end()
            hits += moved(found, begin)
            notes += said
            unread += left
        return tuple(hits), tuple(notes), tuple(unread)

    def rules_alone(self, view: View, pieces: Sequence[int], seconds: int) -> Scanned:
        """These pieces of the rulebook over the view and no others; TimeoutError when YARA says so."""
        engine = self.bundle.engine
        return engine.scanned(engine.ask_alone(pieces, view.data, seconds), view.lanes)

    def fresh(self) -> "Judging":
        """An empty account with the same rules and deadline."""
        told = self.told or self.digest
        return Judging(self.bundle, self.hashes, self.rules, self.limits, self.today, self.deadline, told=told)

    def _within(self, seconds: float) -> int:
        """Whole seconds, at least one, of what is left."""
        return max(1, int(min(seconds, self.deadline - time.monotonic())))

    def tell(self, view: View, answers: Answers) -> None:
        """Turn what a view's rules answered into findings and gaps."""
        scanned, hits, notes, unread = answers
        chars = self.limits.excerpt_chars
        for hit in scanned.hits:
            self.find(yara_finding(hit, self.rules[hit.rule], view, chars))
        for word in hits:
            self.find(keyword_finding(word, self.rules[word.rule], view.path, chars))
        for gap in _unfinished(view, scanned):
            self.gap(gap)
        for left in unread:
            self.gap(Gap(Reason.TIMEOUT, view.path, left))
        self.notes.update(dict.fromkeys(notes))

    def _hash_hits(self, view: View, digest: str) -> None:
        for entry in self.hashes.same(digest, self.today):
            if entry.allow:
                self.notes.setdefault(f"allowed by {entry.rule}: sha256 {digest} {view.path}".rstrip())
            else:
                self.find(hash_finding(entry, self.rules[entry.rule], view.path, len(view.data)))

    def _picture(self, view: View) -> None:
        """A perceptual hash, its quality and the picture's size, as the reader of pictures gave them."""
        perceptual, quality, size = view.data.decode("ascii").split(" ")
        if int(quality) < PDQ_QUALITY:
            return
        path = view.path.rpartition(JOINT)[0]
        for entry, distance in self.hashes.alike(perceptual, self.digest or "0" * 8, self.today):
            if entry.allow:
                note = f"allowed by {entry.rule}: pdq {perceptual}, {distance} bits from {entry.digest} {path}"
                self.notes.setdefault(note.rstrip())
            else:
                self.find(hash_finding(entry, self.rules[entry.rule], path, int(size), distance))


def is_in_sample(digest: str, one_in: int) -> bool:
    """Whether a content, by its sha256, is one of those that scorers in the nursery read: the same on every scan."""
    return one_in <= 1 or not digest or int(digest[:8], 16) % one_in == 0


def moved(hits: Sequence[KeywordHit], by: int) -> Iterator[KeywordHit]:
    """The hits of a piece of a view, at their places in the whole view."""
    return (hit if not by or hit.offset is None else replace(hit, offset=hit.offset + by) for hit in hits)


def _is_minor(note: str) -> bool:
    """Remarks are cut at some number; that readers disagree about the bytes is told before all others."""
    return not note.startswith("disagreement:")


def _unfinished(view: View, scanned: Scanned) -> Iterator[Gap]:
    if scanned.unfinished:
        yield Gap(Reason.TIMEOUT, view.path, f"rules that did not end: {_listed(scanned.unfinished)}")
    if scanned.flooded:
        yield Gap(Reason.OVER_SIZE, view.path, f"more matches than are counted: {_listed(scanned.flooded)}")


def _listed(rules: Sequence[str]) -> str:
    return ", ".join(rules[:5]) + (f" and {len(rules) - 5} more" if len(rules) > 5 else "")
