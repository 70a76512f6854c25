"""Cases, custody, the outbox and rescans as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, delete, insert, select, text, update

from scanner.adapters.sql import Database, chunks, stamp
from scanner.adapters.tables import OPEN, action, custody, rescan, review_case
from scanner.domain.actions import LAST_RETRY, SLACK, Action, ActionState, is_misdated
from scanner.domain.cases import Case
from scanner.domain.changes import Custody
from scanner.domain.rescans import Rescan, RescanState
from scanner.errors import UnknownError
from scanner.wire.records import from_text, to_text


@dataclass(frozen=True, slots=True)
class SqlCasebook:
    """Cases and custody."""

    database: Database

    def case(self, case_id: str) -> Case:
        """The case; UnknownError if there is none."""
        return from_text(_document(self.database, review_case, case_id, "case"), Case)

    def cases(self, states: Sequence[str], limit: int, after: str) -> list[Case]:
        """Cases in those states (all, if none are named), the most severe and soonest due first."""
        table = review_case
        query = select(table.c.document).order_by(table.c.severity.desc(), table.c.due_at, table.c.id).limit(limit)
        if states:
            query = query.where(table.c.state.in_(list(states)))
        if after:
            query = query.offset(int(after))
        with self.database.reading() as connection:
            return [from_text(document, Case) for document in connection.execute(query).scalars()]

    def known(self, case_ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that exist."""
        if not case_ids:
            return frozenset()
        found: set[str] = set()
        with self.database.reading() as connection:
            for part in chunks(list(case_ids)):
                found |= set(connection.execute(select(review_case.c.id).where(review_case.c.id.in_(part))).scalars())
        return frozenset(found)

    def custody(self, evidence_id: str) -> Custody:
        """The custody row; UnknownError if there is none."""
        with self.database.reading() as connection:
            row = connection.execute(select(custody).where(custody.c.id == evidence_id)).mappings().first()
        if row is None:
            raise UnknownError("no such evidence", where=evidence_id, mend="see `aup cases show`")
        return Custody(
            row["id"],
            row["case_id"],
            row["ref"],
            row["sha256"],
            row["content_sha256"],
            row["state"],
            row["retain_until"],
        )


@dataclass(frozen=True, slots=True)
class SqlOutbox:
    """Action intents."""

    database: Database

    def action(self, action_id: str) -> Action:
        """The action; UnknownError if there is none."""
        return from_text(_document(self.database, action, action_id, "action"), Action)

    def due_actions(self, now: datetime, limit: int) -> list[Action]:
        """Unfinished actions whose time has come, oldest first; then those that a clock running ahead put off."""
        due = self._unfinished(action.c.due_at <= stamp(now), limit)
        if len(due) == limit:
            return due
        ahead = action.c.due_at > stamp(now + LAST_RETRY + SLACK)
        far = self._unfinished(and_(text("NOT waits"), ahead), limit - len(due))
        return [*due, *(one for one in far if is_misdated(one, now))]

    def _unfinished(self, when: ColumnElement[bool], limit: int) -> list[Action]:
        query = select(action.c.document).where(text(OPEN), when).order_by(action.c.due_at, action.c.id).limit(limit)
        with self.database.reading() as connection:
            return [from_text(document, Action) for document in connection.execute(query).scalars()]

    def actions_in(self, state: ActionState, limit: int) -> list[Action]:
        """Actions in that state, the longest due first."""
        query = select(action.c.document).where(action.c.state == str(state)).order_by(action.c.due_at).limit(limit)
        with self.database.reading() as connection:
            return [from_text(document, Action) for document in connection.execute(query).scalars()]

    def actions_of(self, case_id: str) -> list[Action]:
        """All actions of a case, oldest first."""
        query = select(action.c.document).where(action.c.case_id == case_id)
        with self.database.reading() as connection:
            found = [from_text(document, Action) for document in connection.execute(query).scalars()]
        return sorted(found, key=lambda act: (act.created_at, act.id))


@dataclass(frozen=True, slots=True)
class SqlRescans:
    """Bulk rescans."""

    database: Database

    def save(self, row: Rescan) -> None:
        """Write the rescan as it stands."""
        with self.database.writing() as connection:
            connection.execute(delete(rescan).where(rescan.c.id == row.id))
            values = {"id": row.id, "state": row.state, "started_at": stamp(row.started_at), "document": to_text(row)}
            connection.execute(insert(rescan).values(**values))

    def rescan(self, rescan_id: str) -> Rescan:
        """The rescan; UnknownError if there is none."""
        return from_text(_document(self.database, rescan, rescan_id, "rescan"), Rescan)

    def rescans(self, limit: int) -> list[Rescan]:
        """The newest rescans."""
        query = select(rescan.c.document).order_by(rescan.c.started_at.desc()).limit(limit)
        with self.database.reading() as connection:
            return [from_text(document, Rescan) for document in connection.execute(query).scalars()]

    def unfinished(self) -> list[Rescan]:
        """All that go on, or may: the longest begun first."""
        over = [str(state) for state in (RescanState.DONE, RescanState.CANCELLED)]
        query = select(rescan.c.document).where(rescan.c.state.not_in(over)).order_by(rescan.c.started_at, rescan.c.id)
        with self.database.reading() as connection:
            return [from_text(document, Rescan) for document in connection.execute(query).scalars()]

    def move(self, row: Rescan, was: RescanState) -> bool:
        """Write the rescan if it is still in that state."""
        values = {"state": row.state, "document": to_text(row)}
        statement = update(rescan).where(rescan.c.id == row.id, rescan.c.state == was).values(**values)
        with self.database.writing() as connection:
            return int(connection.execute(statement).rowcount) == 1


def _document(database: Database, table: Table, row_id: str, word: str) -> str:
    with database.reading() as connection:
        document = connection.execute(select(table.c.document).where(table.c.id == row_id)).scalar()
    if document is None:
        raise UnknownError(f"no such {word}", where=row_id, mend=f"list the {word}s and take an id from there")
    return str(document)
