"""Dead letters and small documents as rows."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from scanner.adapters.intake_tables import dead_letter, pipeline_note
from scanner.adapters.sql import Database, stamp
from scanner.domain.deliveries import DeadLetter
from scanner.errors import UnknownError


@dataclass(frozen=True, slots=True)
class SqlDeadLetters:
    """Messages that could not be used. The same message of a source is one letter, however often it came."""

    database: Database

    def keep(self, letters: Sequence[DeadLetter]) -> None:
        """Keep them."""
        if not letters:
            return
        insert = insert_sqlite if self.database.is_sqlite else insert_postgres
        statement = insert(dead_letter).values([_letter_row(one) for one in letters])
        with self.database.writing() as connection:
            connection.execute(statement.on_conflict_do_nothing(index_elements=["digest"]))

    def letters(self, limit: int) -> list[DeadLetter]:
        """Open letters, the oldest first."""
        query = select(dead_letter).where(dead_letter.c.state == "open").order_by(dead_letter.c.id).limit(limit)
        with self.database.reading() as connection:
            return [_letter(row) for row in connection.execute(query).mappings()]

    def letter(self, number: int) -> DeadLetter:
        """One letter; UnknownError if there is none open of that number."""
        query = select(dead_letter).where(dead_letter.c.id == number, dead_letter.c.state == "open")
        with self.database.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise UnknownError("no such dead letter", where=f"L{number}", mend="see `aup deadletters list`")
        return _letter(row)

    def settle_letter(self, number: int) -> None:
        """It was used after all."""
        with self.database.writing() as connection:
            connection.execute(update(dead_letter).where(dead_letter.c.id == number).values(state="used"))

    def causes(self) -> dict[str, int]:
        """Open letters by cause."""
        query = select(dead_letter.c.cause, func.count()).where(dead_letter.c.state == "open")
        with self.database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(dead_letter.c.cause))}


@dataclass(frozen=True, slots=True)
class SqlNotes:
    """Small documents by kind and name."""

    database: Database

    def note(self, kind: str, name: str) -> str:
        """The document, or ""."""
        return self.notes(kind).get(name, "")

    def notes(self, kind: str) -> dict[str, str]:
        """All of a kind."""
        query = select(pipeline_note.c.name, pipeline_note.c.document).where(pipeline_note.c.kind == kind)
        with self.database.reading() as connection:
            return {row.name: row.document for row in connection.execute(query.order_by(pipeline_note.c.name))}

    def save_note(self, kind: str, name: str, document: str) -> None:
        """Write it, whatever was there."""
        insert = insert_sqlite if self.database.is_sqlite else insert_postgres
        statement = insert(pipeline_note).values(kind=kind, name=name, document=document)
        replace = statement.on_conflict_do_update(index_elements=["kind", "name"], set_={"document": document})
        with self.database.writing() as connection:
            connection.execute(replace)


def _letter_row(letter: DeadLetter) -> dict[str, object]:
    seed = f"{letter.source}\x1f{letter.size}\x1f".encode() + letter.body
    return {
        "digest": hashlib.sha256(seed).hexdigest(),
        "source": letter.source,
        "cause": letter.cause,
        "detail": letter.detail,
        "body": letter.body,
        "size": letter.size,
        "state": "open",
        "at": stamp(letter.at),
    }


def _letter(row: RowMapping) -> DeadLetter:
    return DeadLetter(row["source"], row["cause"], row["detail"], row["body"], row["size"], row["at"], row["id"])
