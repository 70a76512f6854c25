"""What a look at the raw bytes alone shows of changed rules: that none of them can match a content that is known."""

from scanner.detection.detector import Detector
from scanner.detection.engine.reporting import ordered
from scanner.detection.knowing import covered, hangs_on_rules
from scanner.domain.known import Difference, carried, is_opened
from scanner.domain.rules import RuleKind
from scanner.domain.verdicts import Detection


def may_match(detector: Detector, data: bytes) -> bool:
    """Whether any YARA rule of the detector could match `data`, whatever its lane; its literals decide."""
    sieve = detector.bundle.engine.sieve
    return sieve is None or bool(sieve.always) or bool(sieve.prefilter.possible(data))


def is_plain(old: Detection, difference: Difference, detector: Detector) -> bool:
    """Whether changed rules see nothing of the content but its own bytes: YARA rules, one view, nothing missing.

    Which views are made hangs on the content, the limits and our code, and those are as they were.
    """
    return is_of_bytes(difference, detector) and not (is_opened(old.coverage) or hangs_on_rules(old.coverage))


def is_of_bytes(difference: Difference, detector: Detector) -> bool:
    """Whether only YARA rules changed: what they say of a content's own bytes hangs on nothing else."""
    rules = detector.book.rules
    changed = all(name in rules and rules[name].kind is RuleKind.YARA for name in difference.changed)
    return changed and not difference.whole


def untouched(old: Detection, difference: Difference, detector: Detector) -> Detection:
    """The known detection under the rules in force, where none of those that changed can match."""
    whole = ordered(carried(old.findings, difference, detector.book.rules)) if old.findings else []
    coverage = covered(old.coverage, (), difference, whole, detector)
    return Detection(old.content, tuple(whole), coverage, len(whole))
