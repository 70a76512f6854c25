"""Condemned content that is back under any URL of the account reopens its case, once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanner.adapters.cdn_returned import SqlSightings
from scanner.adapters.memory import FixedClock
from scanner.adapters.sql import Database
from scanner.adapters.sql_register import SqlRegister
from scanner.domain.cases import Case, CaseState, Decision, Outcome
from scanner.domain.cdn.returned import Sighting, returned
from scanner.domain.changes import Change, Judged
from scanner.domain.content import Content, Subject
from scanner.domain.coverage import Coverage
from scanner.domain.findings import Confidence, Severity
from scanner.domain.verdicts import Standing, Verdict
from scanner.services.cdn_reappearing import Reappearing

START = datetime(2026, 1, 1, tzinfo=UTC)
SHA = "a" * 64
FIRST = Subject("cdn:w.example", "http://w.example/bad", account="tenant")
SECOND = Subject("cdn:w.example", "http://w.example/again", account="tenant")


def condemned(outcome: Outcome = Outcome.VIOLATING) -> Case:
    decision = Decision(outcome, "li", "malware", "", START)
    state = CaseState.DECIDED_VIOLATING if outcome is Outcome.VIOLATING else CaseState.DECIDED_CLEAN
    due = START + timedelta(hours=1)
    return Case(
        "C1", FIRST, SHA, "3.1.3.7", "r", Severity.HIGH, Confidence.HIGH, state, "scan", START, due, decision=decision
    )


def seen(subject: Subject, minutes: float, sha: str = SHA) -> Sighting:
    return Sighting(subject, sha, START + timedelta(minutes=minutes))


def test_the_same_bytes_elsewhere_in_the_account_are_back() -> None:
    other = replace(SECOND, account="other")
    assert returned([condemned()], [seen(SECOND, 5), seen(SECOND, 3)]) == [(condemned(), seen(SECOND, 3))]
    assert returned([condemned()], [seen(other, 5), seen(SECOND, 5, "b" * 64), seen(SECOND, -5)]) == []
    assert returned([condemned()], [seen(FIRST, 5), seen(replace(FIRST, key=FIRST.key + "#as=phone"), 5)]) == []
    assert returned([condemned(Outcome.CLEAN)], [seen(SECOND, 5)]) == []


@dataclass
class Cases:
    """A casebook and register of one case."""

    case: Case
    verbs: list[str] = field(default_factory=list)

    def cases(self, states: Sequence[str], limit: int, after: str) -> list[Case]:
        return [self.case] if self.case.state in states else []

    def commit(self, change: Change) -> frozenset[int]:
        [self.case] = change.cases
        self.verbs += [entry.verb for entry in change.audit]
        return frozenset()


@dataclass
class Seen:
    """What was read of late."""

    rows: list[Sighting]

    def since(self, moment: datetime, limit: int) -> list[Sighting]:
        return [row for row in self.rows if row.at > moment]


def test_a_sweep_reopens_once_and_says_where(clock: FixedClock) -> None:
    clock.advance(600)
    cases = Cases(condemned())
    service = Reappearing(Seen([seen(SECOND, 5)]), cases, cases, clock)  # type: ignore[arg-type]
    assert [case.summary for case in service.sweep()] == ["the same content is back at http://w.example/again"]
    assert (cases.case.state, cases.verbs) == (CaseState.QUEUED, ["case-reopened"])
    assert service.sweep() == []
    again = Decision(Outcome.VIOLATING, "li", "malware", "", clock.now())
    cases.case = replace(cases.case, state=CaseState.DECIDED_VIOLATING, decision=again)
    assert service.sweep() == []


def test_sightings_are_the_newest_verdicts(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    database.migrate()
    verdict = Verdict(Content(SHA, 5), Standing.CLEAN, (), Coverage())
    SqlRegister(database).commit(Change(verdicts=(Judged(SECOND, verdict),)))
    now = datetime.now(UTC)
    found = SqlSightings(database).since(now - timedelta(minutes=5), 10)
    assert [(row.subject, row.sha256) for row in found] == [(SECOND, SHA)]
    assert SqlSightings(database).since(now + timedelta(minutes=5), 10) == []
    database.close()
