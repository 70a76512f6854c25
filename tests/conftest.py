"""Fixtures that several suites share: real servers from wheels, a clock that moves when told, a small rulebook."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest

from scanner.adapters.memory import FixedClock
from scanner.detection.child import WHOLE, Child
from scanner.detection.detector import Detector
from scanner.detection.killable import KillableDetector
from scanner.detection.telling import Telling
from scanner.domain.clauses import Agreement, Ceiling, Clause
from scanner.domain.findings import Confidence, Severity
from scanner.domain.policy import ClausePolicy, Policy
from scanner.domain.rules import Rule, Rulebook, RuleKind, RuleStatus

_detectors, _children = WeakSet[KillableDetector](), list[Child]()
_made, _started = KillableDetector.__init__, Child.start


def _noting_detector(self: KillableDetector, detector: Detector) -> None:
    _made(self, detector)
    _detectors.add(self)


def _noting_child(detector: Detector, telling: Telling[Any] = WHOLE) -> Child:
    _children.append(_started(detector, telling))
    return _children[-1]


KillableDetector.__init__ = _noting_detector  # type: ignore[method-assign]
Child.start = staticmethod(_noting_child)  # type: ignore[method-assign, assignment]


@pytest.fixture(scope="module", autouse=True)
def no_scanner_outlives_its_module() -> Iterator[None]:
    """Scanners that a module's tests left behind are ended: fifty of them used up 24 GB.

    A detector that is used on finds a fresh one.
    """
    yield
    for detector in list(_detectors):
        detector._end()
    for child in _children:
        with suppress(ChildProcessError):  # its test has waited for it already
            child.end()
    _children.clear()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL (from a wheel), one per test session."""
    pgserver = pytest.importorskip("pgserver", reason="the PostgreSQL wheel is not installed")
    folder = Path(tempfile.mkdtemp(prefix="aup-pg-"))
    server = pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def clock() -> FixedClock:
    """A clock that moves when told."""
    return FixedClock()


def small_rule(rule_id: str, clause: str, status: RuleStatus, ceiling: Ceiling, severity: Severity) -> Rule:
    """A rule's metadata, for tests of what follows from a hit."""
    return Rule(rule_id, RuleKind.YARA, clause, severity, Confidence.HIGH, ceiling, status, "a test rule")


@pytest.fixture
def book() -> Rulebook:
    """Two clauses: one under which a machine may suspend, one that always goes to review."""
    clauses = {
        "3.1.3.7": Clause("3.1.3.7", "不进行任何危害网络安全的行为", "no harm to network security", Ceiling.SUSPEND),
        "3.1.3.5.8": Clause("3.1.3.5.8", "其他违反法律法规的内容", "other unlawful content", Ceiling.REVIEW),
    }
    policies = {
        "3.1.3.7": ClausePolicy("3.1.3.7", ceiling=Ceiling.SUSPEND),
        "3.1.3.5.8": ClausePolicy("3.1.3.5.8"),
    }
    rules = {
        "malware.test": small_rule("malware.test", "3.1.3.7", RuleStatus.AUTO, Ceiling.SUSPEND, Severity.HIGH),
        "ads.test": small_rule("ads.test", "3.1.3.5.8", RuleStatus.REVIEW, Ceiling.REVIEW, Severity.MEDIUM),
        "new.test": small_rule("new.test", "3.1.3.7", RuleStatus.NURSERY, Ceiling.SUSPEND, Severity.CRITICAL),
    }
    policy = Policy(policies, partial_to_review=frozenset({"parser-crashed"}))
    return Rulebook(Agreement("test", clauses), policy, rules, digest="d" * 64)
