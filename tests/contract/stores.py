"""What the store suites share: the ports, and values to store."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scanner.domain.actions import Action, ActionState, Measure
from scanner.domain.cases import Case, CaseState
from scanner.domain.changes import Judged
from scanner.domain.content import Content, Subject
from scanner.domain.coverage import Coverage, Gap, Reason
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.requests import Lane, Owed
from scanner.domain.verdicts import Standing, Verdict
from scanner.ports import Casebook, Outbox, Register, Requests, Rescans

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=60)


@dataclass(frozen=True)
class Stores:
    """All ports of one store."""

    requests: Requests
    register: Register
    casebook: Casebook
    outbox: Outbox
    rescans: Rescans


def subject(key: str = "a/key", version: str = "v1") -> Subject:
    """A version of an object."""
    return Subject("tenant", key, version, "e" + version, 3, "account-1", "2026-01-01")


def owed(key: str = "a/key", version: str = "v1", lane: Lane = Lane.UPLOADS, sequencer: str = "") -> Owed:
    """A request to be filed."""
    return Owed(subject(key, version), lane, "hook", sequencer)


def verdict(sha256: str = "a" * 64) -> Verdict:
    """A verdict with a finding and a gap."""
    finding = Finding(
        "malware.test", "r", "3.1.3.7", Severity.HIGH, Confidence.HIGH, "x!y", Layer.RAW, 5, 2, "m", "ex\ud800"
    )
    coverage = Coverage(gaps=(Gap(Reason.ENCRYPTED, "x!z", "locked"),), rulebook_digest="d" * 64)
    return Verdict(
        Content(sha256, 3, "text/plain", "text"), Standing.VIOLATION, (finding,), coverage, "3.1.3.7", "malware.test"
    )


def judged(request: int = 0, token: int = 0, key: str = "a/key", version: str = "v1") -> Judged:
    """A verdict over a subject."""
    return Judged(subject(key, version), verdict(), request, token)


def case(case_id: str = "C1", severity: Severity = Severity.HIGH, due: datetime = LATER) -> Case:
    """A queued case."""
    return Case(
        case_id,
        subject(),
        "a" * 64,
        "3.1.3.7",
        "malware.test",
        severity,
        Confidence.HIGH,
        CaseState.QUEUED,
        "scan",
        NOW,
        due,
    )


def action(action_id: str = "A1", case_id: str = "C1", due: datetime = NOW) -> Action:
    """A pending suspension."""
    return Action(
        action_id, case_id, subject(), "a" * 64, Measure.SUSPEND, "3.1.3.7", "machine", ActionState.PENDING, NOW, due
    )
