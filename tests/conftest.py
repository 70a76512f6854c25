"""Fixtures that several suites share: real servers from wheels, a clock that moves when told, a small rulebook."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest

from scanner.adapters.memory import FixedClock
from scanner.detection.cage.cage import Cage
from scanner.detection.killable import KillableDetector
from scanner.domain.clauses import Agreement, Ceiling, Clause
from scanner.domain.findings import Confidence, Severity
from scanner.domain.policy import ClausePolicy, Policy
from scanner.domain.rules import Rule, Rulebook, RuleKind, RuleStatus


def _noted(cls: type, made: "WeakSet[Any]") -> None:
    """Have every new one of the class put among `made`."""
    begin: Any = cls.__init__  # type: ignore[misc]

    def noting(self: Any, *given: Any, **named: Any) -> None:
        begin(self, *given, **named)
        made.add(self)

    cls.__init__ = noting  # type: ignore[misc]


_detectors, _cages = WeakSet[Any](), WeakSet[Any]()
_noted(KillableDetector, _detectors)
_noted(Cage, _cages)


@pytest.fixture(scope="module", autouse=True)
def no_scanner_outlives_its_module() -> Iterator[None]:
    """Scanners and parsers that a module's tests left behind are ended: fifty of them used up 24 GB.

    Who goes on with one finds a fresh process.
    """
    yield
    for detector in list(_detectors):
        detector._end()
    for cage in list(_cages):
        cage.close()


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
