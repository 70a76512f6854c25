"""Condemned content that is back under any URL of the account reopens its case, once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.adapters.cdn_returned import SqlSightings, SqlWatched
from scanner.adapters.memory import FixedClock
from scanner.adapters.sql import Database
from scanner.adapters.sql_register import SqlRegister
from scanner.domain.cases import Case, CaseState, Decision, Outcome
from scanner.domain.cdn.returned import Return, Sighting, is_news, returned
from scanner.domain.changes import Change, Judged
from scanner.domain.content import Content, Subject
from scanner.domain.coverage import Coverage
from scanner.domain.findings import Confidence, Severity
from scanner.domain.similarity import Kind, Similar, Sketch, nearest
from scanner.domain.verdicts import Standing, Verdict
from scanner.services.cdn_reappearing import Reappearing
from scanner.text.sketches import sketch_of

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
    assert returned([condemned()], [seen(SECOND, 5), seen(SECOND, 3)]) == [Return(condemned(), seen(SECOND, 3))]
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
    old: list[Sighting] = field(default_factory=list)

    def since(self, moment: datetime, limit: int) -> list[Sighting]:
        return [row for row in self.rows if row.at > moment]

    def of(self, contents: Sequence[str], moment: datetime) -> list[Sighting]:
        return [row for row in self.rows if row.at > moment and row.sha256 in contents]

    def first(self, sha256: str, account: str) -> datetime | None:
        rows = [row for row in self.rows + self.old if (row.sha256, row.subject.account) == (sha256, account)]
        return min((row.at for row in rows), default=None)


@dataclass
class Near:
    """Sketches, and the cases over contents."""

    sketches: dict[str, Sketch] = field(default_factory=dict)
    judged: list[Case] = field(default_factory=list)

    def sketch(self, sha256: str) -> Sketch | None:
        return self.sketches.get(sha256)

    def like(self, sketch: Sketch, limit: int) -> list[Similar]:
        return nearest(sketch, self.sketches.items(), limit)

    def over(self, contents: Sequence[str], limit: int) -> list[Case]:
        return [case for case in self.judged if case.sha256 in contents]


def sweeper(rows: list[Sighting], cases: Cases, clock: FixedClock, near: Near | None = None) -> Reappearing:
    held = near or Near()
    return Reappearing(Seen(rows), cases, cases, clock, held, held)  # type: ignore[arg-type]


def test_a_sweep_reopens_once_and_says_where(clock: FixedClock) -> None:
    clock.advance(600)
    cases = Cases(condemned())
    service = sweeper([seen(SECOND, 5)], cases, clock)
    assert [case.summary for case in service.sweep()] == ["the same content is back at http://w.example/again"]
    assert (cases.case.state, cases.verbs) == (CaseState.QUEUED, ["case-reopened"])
    assert service.sweep() == []
    again = Decision(Outcome.VIOLATING, "li", "malware", "", clock.now())
    cases.case = replace(cases.case, state=CaseState.DECIDED_VIOLATING, decision=again)
    assert service.sweep() == []


def test_what_is_back_is_seen_before_any_flood_of_other_contents(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    database.migrate()
    others = [Judged(replace(SECOND, key=f"flood/{n}"), verdict_of_content(f"{n:064}")) for n in range(30)]
    SqlRegister(database).commit(Change(verdicts=(Judged(SECOND, verdict_of_content(SHA)), *others)))
    clock = FixedClock(datetime.now(UTC))
    cases = Cases(condemned())
    nobody = Near()
    service = Reappearing(SqlSightings(database), cases, cases, clock, nobody, nobody)  # type: ignore[arg-type]
    assert [case.id for case in service.sweep(limit=10)] == ["C1"]
    database.close()


def verdict_of_content(sha256: str) -> Verdict:
    return Verdict(Content(sha256, 5), Standing.CLEAN, (), Coverage())


def test_sightings_are_the_newest_verdicts(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    database.migrate()
    verdict = Verdict(Content(SHA, 5), Standing.CLEAN, (), Coverage())
    SqlRegister(database).commit(Change(verdicts=(Judged(SECOND, verdict),)))
    now = datetime.now(UTC)
    found = SqlSightings(database).since(now - timedelta(minutes=5), 10)
    assert [(row.subject, row.sha256) for row in found] == [(SECOND, SHA)]
    assert SqlSightings(database).since(now + timedelta(minutes=5), 10) == []
    assert SqlSightings(database).of([SHA, OTHER], now - timedelta(minutes=5)) == found
    assert SqlSightings(database).of([SHA], now + timedelta(minutes=5)) == []
    database.close()


WORDS = "the bright casino of the town pays a bonus to each new guest who brings a friend along tonight number"
OTHER = "b" * 64


def sketched(text: str) -> Sketch:
    found = sketch_of(text.encode())
    assert found is not None
    return found


@pytest.fixture
def near() -> Near:
    return Near({SHA: sketched(f"{WORDS} one"), OTHER: sketched(f"{WORDS} two"), "c" * 64: sketched("garden " * 30)})


def test_nearly_the_same_content_reopens_the_case_once(clock: FixedClock, near: Near) -> None:
    clock.advance(600)
    cases = Cases(condemned())
    service = sweeper([seen(SECOND, 6, OTHER), seen(SECOND, 5, OTHER), seen(SECOND, 5, "c" * 64)], cases, clock, near)
    [case] = service.sweep()
    assert case.summary.startswith("similar content (")
    assert case.summary.endswith("% differ) is back at http://w.example/again")
    assert service.sweep() == []
    again = Decision(Outcome.VIOLATING, "li", "malware", "", clock.now())
    cases.case = replace(cases.case, state=CaseState.DECIDED_VIOLATING, decision=again)
    rows = [seen(SECOND, 12, OTHER)]
    later = Reappearing(Seen(rows, [seen(SECOND, 5, OTHER)]), cases, cases, clock, near, near)  # type: ignore[arg-type]
    clock.advance(300)
    assert later.sweep() == []  # the reviewer knew of it: it was there before the decision


def test_what_a_person_judged_another_account_has_or_nobody_sketched_is_not_back(clock: FixedClock, near: Near) -> None:
    clock.advance(600)
    cases = Cases(condemned())
    elsewhere = replace(seen(SECOND, 5, OTHER), subject=replace(SECOND, account="other"))
    assert sweeper([elsewhere, seen(SECOND, 5, "d" * 64)], cases, clock, near).sweep() == []
    near.judged = [replace(condemned(Outcome.CLEAN), sha256=OTHER)]
    assert sweeper([seen(SECOND, 5, OTHER)], cases, clock, near).sweep() == []
    assert not is_news(condemned(), None)


def test_only_accounts_with_condemned_contents_are_sketched(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    database.migrate()
    register = SqlRegister(database)
    register.commit(Change(cases=(condemned(),), sketches=((SHA, sketched(WORDS)),)))
    watched = SqlWatched(database)
    assert (watched("tenant"), watched("tenant"), watched("other")) == ({Kind.TEXT}, {Kind.TEXT}, set())
    verdict = Verdict(Content(OTHER, 5), Standing.CLEAN, (), Coverage())
    register.commit(Change(verdicts=(Judged(SECOND, verdict),)))
    when = SqlSightings(database).first(OTHER, "tenant")
    assert when is not None
    assert abs((datetime.now(UTC) - when).total_seconds()) < 60
    assert SqlSightings(database).first(OTHER, "other") is None
    database.close()
