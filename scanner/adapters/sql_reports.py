"""Reports as rows, with the documents that came."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from scanner.adapters.api_tables import abuse_report as table
from scanner.adapters.sql import Database
from scanner.domain.reports import Received
from scanner.errors import ConflictError, UnknownError
from scanner.wire.records import from_text, to_text

SPLIT = "\n"  # between what we read of a report and the document itself; JSON text holds none


@dataclass(frozen=True, slots=True)
class SqlReports:
    """It is Reports of `scanner.ports_reports`."""

    database: Database

    def received(self, report_id: str) -> Received | None:
        """The report, or None."""
        return next(iter(self._find(table.c.id == report_id, limit=1)), None)

    def document(self, report_id: str) -> str:
        """The document as it came; UnknownError if there is none."""
        with self.database.reading() as connection:
            found = connection.execute(select(table.c.document).where(table.c.id == report_id)).scalar()
        if found is None:
            raise UnknownError("no such report", where=report_id, mend="check the id")
        return str(found).partition(SPLIT)[2]

    def of_case(self, case_id: str) -> list[Received]:
        """The reports behind a case."""
        return self._find(table.c.case_id == case_id, limit=500)

    def listed(self, after: str, limit: int) -> list[Received]:
        """Reports by id."""
        return self._find(table.c.id > after, limit=limit)

    def keep(self, received: Received, document: str) -> bool:
        """Keep it; False if it is known."""
        row = {
            "id": received.report.id,
            "case_id": received.case,
            "account": received.account,
            "reporter": received.report.reporter.org,
            "received_at": received.received_at,
            "document": to_text(received) + SPLIT + document,
        }
        try:
            with self.database.writing() as connection:
                connection.execute(insert(table).values(**row))
        except ConflictError:
            return False
        return True

    def _find(self, *wanted: Any, limit: int) -> list[Received]:
        query = select(table.c.document).where(*wanted).order_by(table.c.id).limit(limit)
        with self.database.reading() as connection:
            return [from_text(text.partition(SPLIT)[0], Received) for text in connection.execute(query).scalars()]
