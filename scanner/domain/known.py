"""What is known: detections by content, verdicts by stored object, and what a change of rules leaves of them."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from scanner.domain.content import Subject
from scanner.domain.coverage import Coverage, Reason
from scanner.domain.findings import Confidence, Finding, Layer
from scanner.domain.rules import Rule
from scanner.domain.verdicts import Detection

PASSING = frozenset(
    {Reason.TIMEOUT, Reason.PARSER_CRASHED, Reason.ACCESS_DENIED, Reason.UNANSWERED, Reason.GONE, Reason.CHANGED}
)  # gaps that another try may not have: nothing with one of them is remembered
BY_RULES = frozenset({Reason.OVER_SIZE})  # gaps that a flood of matches may have left, so that they hang on the rules
SETTLES = timedelta(seconds=2)  # stores tell changes apart by the second: younger objects may still be replaced unseen
LIBMAGIC = "libmagic: "  # begins the remark that only contents with a finding get
_ENTANGLED = re.compile(r"\bglobal\b|[(,]\s*[A-Za-z_]\w*\*")  # a global rule, or `any of (rule_*)`
DETECTED, CACHED, DELTA = "detected", "cached", "delta"  # counters: by all rules, not at all, by changed rules only
MOST_CHANGED = 0.25  # of the rules: beyond that a scan by all of them costs little more


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything that decides, at one time.

    `base` digests what is no rule: engines, limits and our own code. `rules` has a digest by rule id over all that
    bears on what the rule finds. `judging` is the rulebook's digest: what turns findings into a verdict.
    """

    base: str
    rules: Mapping[str, str]
    judging: str
    id: str = field(init=False, default="")  # names all of it; 16 hex digits

    def __post_init__(self) -> None:
        rules = [f"{rule}={digest}" for rule, digest in sorted(self.rules.items())]
        object.__setattr__(self, "id", _short(_short(self.base, *rules), self.judging))


@dataclass(frozen=True, slots=True)
class Difference:
    """What one edition has changed since another. `whole`: so much that everything is to be scanned by all rules."""

    changed: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    whole: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether every finding stands as it was."""
        return not (self.changed or self.removed or self.whole)


@dataclass(frozen=True, slots=True)
class Known:
    """A detection that holds for every key with this content. `content` as `content_ids` names it; no name findings.

    `edition` names what it was made under.
    """

    content: str
    edition: str
    detection: Detection


Mark = tuple[str, str, int, str]  # key, ETag, size and second of change: what tells a stored object's states apart


@dataclass(frozen=True, slots=True)
class Look:
    """Listed objects beside what is settled: the verdict of each that is unchanged, or ""; keys that are gone."""

    words: Sequence[str]
    gone: Sequence[str]


@dataclass(frozen=True, slots=True)
class Settled:
    """A stored object as it was read, and the verdict over it: `word` under edition `edition`.

    `modified` is what a listing shows (ISO, UTC, to the second). `content` names the known detection.
    """

    bucket: str
    key: str
    etag: str
    size: int
    modified: str
    edition: str
    word: str
    content: str
    sha256: str = ""

    @property
    def mark(self) -> Mark:
        """What tells this state of the object from any other."""
        return self.key, self.etag, self.size, self.modified


def since(old: Edition, new: Edition) -> Difference:
    """The difference; `whole` where engines, limits or code are others, or very many rules."""
    if old.base != new.base:
        return Difference(whole=True)
    changed = frozenset(rule for rule, digest in new.rules.items() if old.rules.get(rule) != digest)
    removed = frozenset(old.rules) - frozenset(new.rules)
    return Difference(changed, removed, len(changed) > max(10.0, MOST_CHANGED * len(new.rules)))


@lru_cache(maxsize=256)  # asked for every rule of a file, and it reads all of the file
def is_entangled(text: str) -> bool:
    """Whether a YARA file's rules may hang on more of it than their own text and the rules that they name."""
    return _ENTANGLED.search(text) is not None


def content_ids(sha256: str, way: str, name: str) -> tuple[str, str]:
    """Two names of a content: for every key that is taken in the same `way`, and for keys with this last part only.

    The second is for contents that were opened: a member's path and a password may come from the key.
    """
    stem = f"{sha256}:{len(way)}:{way}:"
    ids = (stem, stem + name.rsplit("/", 1)[-1])
    return _whole(ids[0]), _whole(ids[1])


def is_keepable(detection: Detection) -> bool:
    """Whether another scan by the same rules would give the same: read to the end, nothing cut, no passing trouble."""
    coverage = detection.coverage
    if not detection.content.sha256 or coverage.fatal or detection.finding_count > len(detection.findings):
        return False
    return not any(gap.reason in PASSING for gap in coverage.gaps)


def is_opened(coverage: Coverage) -> bool:
    """Whether anything but the content's own bytes was looked at."""
    return bool(coverage.member_count or coverage.gaps or coverage.view_count != 1)


def nameless(detection: Detection) -> Detection:
    """The detection without what the key showed."""
    kept = tuple(finding for finding in detection.findings if finding.layer is not Layer.NAME)
    if len(kept) == len(detection.findings):
        return detection
    notes = tuple(note for note in detection.coverage.notes if kept or not note.startswith(LIBMAGIC))
    return replace(detection, findings=kept, finding_count=len(kept), coverage=replace(detection.coverage, notes=notes))


def carried(findings: Iterable[Finding], difference: Difference, rules: Mapping[str, Rule]) -> tuple[Finding, ...]:
    """Findings of rules that are as they were, graded as those rules are graded now."""
    gone = difference.changed | difference.removed
    return tuple(regraded(f, rules[f.rule]) for f in findings if f.rule not in gone and f.rule in rules)


def regraded(finding: Finding, rule: Rule) -> Finding:
    """The finding with what its rule says of itself now."""
    confidence = Confidence.LOW if finding.is_meant else rule.confidence
    now = (rule.revision, rule.clause, rule.severity, confidence)
    if now == (finding.revision, finding.clause, finding.severity, finding.confidence):
        return finding
    return replace(finding, revision=rule.revision, clause=rule.clause, severity=rule.severity, confidence=confidence)


def settles(modified: str, read_at: datetime) -> bool:
    """Whether a version of that ISO time, read at `read_at`, can no longer be replaced within the same second."""
    try:
        changed_at = datetime.fromisoformat(modified)
    except ValueError:
        return False
    return changed_at.tzinfo is not None and read_at - changed_at >= SETTLES


def second_of(modified: str) -> str:
    """A listing's or header's ISO time to the second, without its zone: `2026-01-01T00:00:00`."""
    return modified[:19]


def settled(subject: Subject, edition: str, word: str, content: str, sha256: str) -> Settled:
    """The stored object as it was read, with its verdict."""
    return Settled(
        subject.bucket,
        subject.key,
        subject.etag,
        subject.size,
        second_of(subject.modified),
        edition,
        word,
        content,
        sha256,
    )


def _short(*parts: str) -> str:
    return _whole("".join(f"{len(part)}:{part}" for part in parts))[:16]


def _whole(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
