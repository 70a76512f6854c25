"""Incidents and snapshots as rows, and the recent samples of one series."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import zstandard
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from scanner.adapters.sql import Database, chunks, stamp
from scanner.adapters.usage_tables import usage_account, usage_batch, usage_incident, usage_snapshot
from scanner.domain.usage.causes import Snapshot, bounded
from scanner.domain.usage.incidents import Incident
from scanner.domain.usage.resources import NUMBER, Resource
from scanner.domain.usage.samples import ACCOUNT_SHIFT, RESOURCE_SHIFT, rates
from scanner.errors import UnknownError
from scanner.wire.usage_records import incident_of, incident_text, snapshot_of, snapshot_text

KEPT_SNAPSHOTS = 20  # of one account, and as many that are telling
TELLING = "C"  # begins the id of a snapshot that showed a cause when it came
_IS_TELLING = usage_snapshot.c.id.startswith(TELLING)


@dataclass(frozen=True, slots=True)
class SqlUsageRecord:
    """Incidents and snapshots as tables."""

    database: Database

    def incidents(self, account: str, *, only_open: bool, limit: int) -> Sequence[Incident]:
        """Incidents of an account ("" for all), the newest first."""
        query = select(usage_incident.c.document).order_by(usage_incident.c.started_at.desc(), usage_incident.c.id)
        if account:
            query = query.where(usage_incident.c.account == account)
        if only_open:
            query = query.where(usage_incident.c.is_open)
        with self.database.reading() as connection:
            return [incident_of(text) for text in connection.execute(query.limit(limit)).scalars()]

    def incident(self, incident_id: str) -> Incident:
        """One incident; UnknownError if there is none."""
        query = select(usage_incident.c.document).where(usage_incident.c.id == incident_id)
        with self.database.reading() as connection:
            text = connection.execute(query).scalar()
        if text is None:
            raise UnknownError("no such incident", where=incident_id, mend="list them: aup usage show")
        return incident_of(text)

    def owing(self, limit: int) -> Sequence[Incident]:
        """Incidents from which something follows that was not carried out."""
        query = select(usage_incident.c.document).where(usage_incident.c.owes).order_by(usage_incident.c.id)
        with self.database.reading() as connection:
            return [incident_of(text) for text in connection.execute(query.limit(limit)).scalars()]

    def update(self, incident: Incident) -> None:
        """Write one incident."""
        with self.database.writing() as connection:
            save_incidents(connection, [incident], is_sqlite=self.database.is_sqlite)

    def note(self, snapshots: Sequence[Snapshot], telling: Collection[Snapshot] = ()) -> None:
        """Keep snapshots, bounded; the same one twice is one. Of one account the newest stay, and the newest telling.

        A telling snapshot's id says so: what was seen of a miner stands though quiet snapshots come every minute.
        """
        put = insert_sqlite if self.database.is_sqlite else insert_postgres
        with self.database.writing() as connection:
            for whole in snapshots:
                snapshot, mark = bounded(whole), TELLING if whole in telling else "S"
                text = snapshot_text(snapshot)
                row = {"id": mark + hashlib.sha256(text.encode()).hexdigest()[:15], "document": text}
                new = put(usage_snapshot).values(account=snapshot.account, at=stamp(snapshot.at), **row)
                connection.execute(new.on_conflict_do_nothing(index_elements=["id"]))
            for account in {snapshot.account for snapshot in snapshots}:
                mine = usage_snapshot.c.account == account
                kept = select(usage_snapshot.c.id).where(mine).order_by(usage_snapshot.c.at.desc())
                newest = list(connection.execute(kept.limit(KEPT_SNAPSHOTS)).scalars())
                newest += connection.execute(kept.where(_IS_TELLING).limit(KEPT_SNAPSHOTS)).scalars()
                connection.execute(delete(usage_snapshot).where(mine, usage_snapshot.c.id.not_in(newest)))

    def snapshots(self, since: datetime, account: str, limit: int, *, telling: bool = False) -> Sequence[Snapshot]:
        """Snapshots from a time on, of one account or ("") of all, the newest first."""
        query = select(usage_snapshot.c.document).where(usage_snapshot.c.at >= stamp(since))
        if account:
            query = query.where(usage_snapshot.c.account == account)
        if telling:
            query = query.where(_IS_TELLING)
        with self.database.reading() as connection:
            texts = connection.execute(query.order_by(usage_snapshot.c.at.desc()).limit(limit)).scalars()
            return [snapshot_of(text) for text in texts]

    def history(self, account: str, resource: Resource, since: int, until: int) -> Sequence[tuple[int, float]]:
        """The journal's samples of one series as (second, rate), each second once, in order."""
        with self.database.reading() as connection:
            number = connection.execute(select(usage_account.c.id).where(usage_account.c.name == account)).scalar()
            if number is None:
                return []
            held = select(usage_batch.c.body).where(usage_batch.c.last_at >= since, usage_batch.c.first_at <= until)
            key, points = number << ACCOUNT_SHIFT | NUMBER[resource] << RESOURCE_SHIFT, dict[int, tuple[float, bool]]()
            for body in connection.execute(held.order_by(usage_batch.c.id)).scalars():
                points.update(_points(body, key, since, until))
        return rates(sorted(points.items()))


def save_incidents(connection: Connection, incidents: Sequence[Incident], *, is_sqlite: bool) -> None:
    """Insert or replace incidents."""
    put = insert_sqlite if is_sqlite else insert_postgres
    for part in chunks([_row(incident) for incident in incidents], 100):
        statement = put(usage_incident).values(list(part))
        changed = {name: statement.excluded[name] for name in ("is_open", "owes", "document")}
        connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))


def _points(body: bytes, key: int, since: int, until: int) -> dict[int, tuple[float, bool]]:
    raw = zstandard.decompress(body)
    count = len(raw) // 16
    keys, at = np.frombuffer(raw, "u4", count), np.frombuffer(raw, "u4", count, 4 * count)
    values = np.frombuffer(raw, "f8", count, 8 * count)
    mine = np.flatnonzero((keys & ~np.uint32(1) == key) & (at >= since) & (at <= until))
    return {int(at[i]): (float(values[i]), bool(keys[i] & 1)) for i in mine}


def _row(incident: Incident) -> dict[str, object]:
    return {
        "id": incident.id,
        "account": incident.account,
        "is_open": incident.is_open,
        "owes": incident.owes,
        "started_at": stamp(incident.started),
        "document": incident_text(incident),
    }
