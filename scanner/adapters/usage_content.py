"""Findings in an account's own objects that are causes of its use: read from the review cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from scanner.adapters.sql import Database
from scanner.adapters.tables import review_case
from scanner.domain.cases import Case, CaseState
from scanner.domain.usage.causes import Cause, CauseKind
from scanner.wire.records import from_text

CLAUSES = ("3.1.3.6", "3.1.3.7", "3.1.3.8")
MAX_CASES = 10_000


@dataclass(frozen=True, slots=True)
class SqlContentCauses:
    """Cases of accounts' objects; one that a person decided to be clean is no cause."""

    database: Database

    def found(self, prefixes: Sequence[str], since: datetime) -> Sequence[Cause]:
        """One cause for each case whose rule id begins with one of the prefixes."""
        wanted = tuple(prefixes)
        query = select(review_case.c.document).where(review_case.c.clause.in_(CLAUSES), review_case.c.account != "")
        query = query.where(review_case.c.state != CaseState.DECIDED_CLEAN).order_by(review_case.c.due_at.desc())
        with self.database.reading() as connection:
            cases = [from_text(text, Case) for text in connection.execute(query.limit(MAX_CASES)).scalars()]
        return [_cause(case) for case in cases if wanted and case.rule.startswith(wanted) and _stands(case, since)]


def _stands(case: Case, since: datetime) -> bool:
    return case.source == "scan" and (case.is_open or case.opened_at >= since)


def _cause(case: Case) -> Cause:
    account = case.subject.account
    return Cause(account, CauseKind.CONTENT, case.rule, case.opened_at, f"case {case.id}: {case.subject.url[:200]}")
