"""What a detection hangs on, and how a known one is brought up to date by the rules that changed."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scanner.detection import magicword
from scanner.detection.detector import Detector
from scanner.detection.engine.reporting import ordered
from scanner.detection.magics import BY_EXTENSION
from scanner.detection.sniff import PLAIN_NAMES, extension_of
from scanner.detection.words import keyword_finding
from scanner.domain.content import Sample
from scanner.domain.coverage import Coverage, Gap
from scanner.domain.findings import Finding, Layer
from scanner.domain.known import (
    BY_RULES,
    LIBMAGIC,
    Difference,
    Edition,
    carried,
    is_entangled,
    is_keepable,
    is_opened,
    nameless,
)
from scanner.domain.rules import Rule, Rulebook, RuleFile, RuleKind, RuleStatus, digest_of
from scanner.domain.verdicts import Detection

ALLOWED = "allowed by "
LIBRARIES = (
    "brotli", "cramjam", "google-re2", "inflate64", "libarchive-c", "lz4", "olefile", "onnxruntime", "pdqhash",
    "pillow", "py7zr", "pycdlib", "pylibmagic", "pypdfium2", "python-magic", "rapidocr", "rarfile", "zstandard",
    "zxing-cpp",
)  # fmt: skip
LISTED_MORE = " more findings of the same rules are not listed"


def edition_of(detector: Detector, today: date, code: str) -> Edition:
    """What is in force: `code` digests our own sources, `today` decides which entries of hash lists count.

    The passwords that are tried belong to it: with one more, what was shut may be read.
    """
    stamp, tried = detector.stamp, digest_of(("", word.encode()) for word in detector.passwords)
    said = (code, stamp.limits_digest, tried, *stamp.engines)
    base = digest_of((str(n), word.encode("utf-8", "surrogatepass")) for n, word in enumerate(said))
    return Edition(base, rule_digests(detector.book, today), detector.book.digest)


def rule_digests(book: Rulebook, today: date) -> dict[str, str]:
    """By rule id, a digest over all that bears on what the rule finds; grades are no part of it.

    Text is mended by the words of all keyword rules before any of them sees it: one that changes changes them all.
    """
    files = {rule: file for file in (*book.yara, *book.keywords, *book.scorers) for rule in file.names.values()}
    paths = {file.path: file for file in (*book.keywords, *book.scorers)}
    lists: dict[str, list[str]] = {}
    for entry in book.hashes:
        if entry.counts(today):
            row = (entry.algorithm, entry.digest, entry.allow, entry.distance, entry.rollout)
            lists.setdefault(entry.rule, []).append(repr(row))
    own = {
        rule.id: _digest(rule, files.get(rule.id) or paths.get(rule.file), sorted(lists.get(rule.id, [])))
        for rule in book.rules.values()
    }
    worded = sorted(rule.id for rule in book.rules.values() if rule.kind is RuleKind.KEYWORDS)
    together = digest_of((name, own[name].encode()) for name in worded)[:16]
    return own | dict.fromkeys(worded, together)


def code_digest(*folders: Path) -> str:
    """Names the sources that detect: a new release may read more of the same bytes."""
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.suffix in (".py", ".bin", ".txt"))
    return digest_of((file.as_posix(), file.read_bytes()) for file in files)[:16]


def libraries() -> str:
    """The versions of what reads contents for us: another may read more of the same bytes."""
    return ",".join(f"{name}={_version(name)}" for name in LIBRARIES)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def way_of(sample: Sample) -> str:
    """How the sample is taken, as far as its key's extension and its headers decide that."""
    extension = extension_of(sample.name)
    known = extension if extension in BY_EXTENSION or extension in PLAIN_NAMES else ""
    return "\x1f".join((known, sample.media_type.strip().lower(), sample.encoding.strip().lower()))


def named(detector: Detector, detection: Detection, sample: Sample) -> Detection:
    """The detection with what keyword rules find in the key. `sample.data` may be empty where it was not read again."""
    rules, chars = detector.book.rules, detector.limits.excerpt_chars
    hits = detector.bundle.words.name_hits(sample.name, Layer.NAME)
    found = {_place(finding): finding for finding in (keyword_finding(h, rules[h.rule], "", chars) for h in hits)}
    if not found:
        return detection
    whole = ordered([*detection.findings, *found.values()])
    word = magicword.description(sample.data) if sample.data and not detection.findings else ""
    notes = (*detection.coverage.notes, LIBMAGIC + word) if word else detection.coverage.notes
    kept = tuple(whole[: detector.limits.finding_count])
    return replace(
        detection, findings=kept, finding_count=len(whole), coverage=replace(detection.coverage, notes=notes)
    )


def updated(old: Detection, fresh: Detection, difference: Difference, detector: Detector) -> Detection | None:
    """The known detection with what the changed rules (`fresh`) found; None where a full scan might differ.

    `fresh` is by an engine that has the changed rules only; `detector` has all of them.
    """
    if not is_keepable(fresh) or hangs_on_rules(old.coverage) or hangs_on_rules(fresh.coverage):
        return None
    fresh = nameless(fresh)
    if (fresh.content, fresh.coverage.gaps) != (old.content, old.coverage.gaps):
        return None
    whole = ordered([*carried(old.findings, difference, detector.book.rules), *fresh.findings])
    if len(whole) > detector.limits.finding_count:
        return None
    coverage = covered(old.coverage, fresh.coverage.notes, difference, whole, detector)
    return Detection(old.content, tuple(whole), coverage, len(whole))


def rejudged(old: Detection, difference: Difference, detector: Detector) -> Detection | None:
    """The known detection without rules that are gone, when none that is left changed."""
    if difference.whole or difference.changed or (difference.removed and hangs_on_rules(old.coverage)):
        return None
    whole = ordered(carried(old.findings, difference, detector.book.rules))
    coverage = covered(old.coverage, (), difference, whole, detector)
    return Detection(old.content, tuple(whole), coverage, len(whole))


def covered(
    old: Coverage, said: Iterable[str], difference: Difference, found: list[Finding], detector: Detector
) -> Coverage:
    """The coverage as a full scan would give it; `said` are the remarks of the changed rules' own scan."""
    gone = tuple(f"{ALLOWED}{rule}:" for rule in (*difference.removed, *difference.changed))
    held = [note for note in old.notes if not (gone and note.startswith(gone))]
    notes = dict.fromkeys((*held, *said))
    words = [note for note in notes if note.startswith(LIBMAGIC)][:1] if found else []
    return replace(
        old,
        notes=(*(note for note in notes if not note.startswith(LIBMAGIC)), *words),
        rules_run=detector.bundle.rules_run,
        engines=detector.stamp.engines,
        rulebook_digest=detector.stamp.rulebook_digest,
        limits_digest=detector.stamp.limits_digest,
    )


def is_calm(detection: Detection) -> bool:
    """Whether nothing was found, by the rules or by lists, in a content whose own bytes were all that was looked at.

    Rules that can match none of its bytes leave such a detection as it is.
    """
    coverage = detection.coverage
    if detection.findings or detection.finding_count or is_opened(coverage) or hangs_on_rules(coverage):
        return False
    return not any(note.startswith(ALLOWED) for note in coverage.notes)


def hangs_on_rules(coverage: Coverage) -> bool:
    """Whether a gap or a cut may come from the rules' own matches."""
    return any(_by_rules(gap) for gap in coverage.gaps) or any(note.endswith(LISTED_MORE) for note in coverage.notes)


def _by_rules(gap: Gap) -> bool:
    return gap.reason in BY_RULES


def _digest(rule: Rule, file: RuleFile | None, entries: list[str]) -> str:
    """The rule's own revision, its lane and engine; the whole file where that says more than the revision.

    A scorer in the nursery reads a sample of contents only, so for scorers that is part of it.
    """
    whole = file is not None and (not rule.revision or (rule.kind is RuleKind.YARA and is_entangled(file.text)))
    text = file.text if whole and file is not None else ""
    life = "nursery" if rule.kind is RuleKind.SCORER and rule.status is RuleStatus.NURSERY else ""
    parts = (rule.kind, rule.lane, rule.revision, text, life, *entries)
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _place(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.path, finding.layer, finding.offset, finding.length, finding.matched
