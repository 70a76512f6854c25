"""Findings in an account's own objects count as causes, unless a person found them clean."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanner.adapters.sql import Database
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.usage_content import SqlContentCauses
from scanner.domain.cases import Case, CaseState
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.findings import Confidence, Severity
from scanner.domain.usage.causes import CauseKind

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def case(number: int, rule: str, **more: object) -> Case:
    subject = Subject("b", f"k{number}", account="acme")
    made = Case(
        f"C{number}",
        subject,
        "0" * 64,
        "3.1.3.7",
        rule,
        Severity.HIGH,
        Confidence.HIGH,
        CaseState.QUEUED,
        "scan",
        NOW,
        NOW,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_miner_configuration_in_a_bucket_is_a_cause_of_its_account(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'aup.sqlite3'}")
    database.migrate()
    cases = (
        case(1, "miner.config"),
        case(2, "webshell.php"),
        case(3, "miner.config", state=CaseState.DECIDED_CLEAN),
        case(4, "miner.config", source="usage"),
        case(5, "miner.old", state=CaseState.CLOSED, opened_at=NOW - timedelta(days=9)),
        case(6, "miner.config", subject=Subject("b", "k6")),
    )
    SqlRegister(database).commit(Change(cases=cases))
    content = SqlContentCauses(database)
    (cause,) = content.found(["miner."], NOW - timedelta(days=1))
    assert (cause.account, cause.kind, cause.name) == ("acme", CauseKind.CONTENT, "miner.config")
    assert "case C1: s3://b/k1" in cause.detail
    assert content.found([], NOW - timedelta(days=1)) == []
    database.close()
