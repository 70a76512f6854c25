"""Webhooks and their delivery log as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update

from scanner.adapters.api_tables import delivery as logged
from scanner.adapters.api_tables import webhook as hooks
from scanner.adapters.sql import Database, chunks, stamp
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.tables import audit
from scanner.domain.audit import AuditEntry
from scanner.domain.webhooks import Delivery, Told, Webhook
from scanner.errors import ConflictError


@dataclass(frozen=True, slots=True)
class SqlWebhooks:
    """It is Webhooks of `scanner.ports_reports`."""

    database: Database

    def webhook(self, webhook_id: str) -> Webhook | None:
        """The webhook, or None."""
        return next(iter(self._hooks(hooks.c.id == webhook_id)), None)

    def webhooks(self) -> list[Webhook]:
        """All webhooks, the oldest first."""
        return self._hooks()

    def put(self, row: Webhook, deliveries: Sequence[Delivery], entries: Sequence[AuditEntry]) -> None:
        """Write a webhook with its new deliveries; ConflictError if another was faster."""
        values = {name: getattr(row, name) for name in Webhook.__dataclass_fields__}
        values["events"] = " ".join(row.events)
        with self.database.writing() as connection:
            if row.revision == 1:
                connection.execute(insert(hooks).values(**values))
            else:
                mine = (hooks.c.id == row.id, hooks.c.revision == row.revision - 1)
                if connection.execute(update(hooks).where(*mine).values(**values)).rowcount != 1:
                    raise ConflictError("somebody else changed it first", where=row.id, mend="read it again")
            for part in chunks([_delivery_row(one) for one in deliveries], 100):
                connection.execute(insert(logged), list(part))
            SqlRegister(self.database).append(connection, entries)

    def delivery(self, delivery_id: str) -> Delivery | None:
        """The delivery, or None."""
        return next(iter(self._deliveries(logged.c.id == delivery_id, limit=1)), None)

    def deliveries(self, webhook_id: str, after: int, limit: int) -> list[Delivery]:
        """A webhook's deliveries in the order of what they tell."""
        return self._deliveries(logged.c.webhook == webhook_id, logged.c.number > after, limit=limit)

    def due(self, now: datetime, limit: int) -> list[Delivery]:
        """Deliveries whose time has come, to receivers that are told: what one is owed that is off keeps no other."""
        due = (logged.c.state == Told.PENDING.value, logged.c.due_at <= stamp(now))
        told = logged.c.webhook.in_(select(hooks.c.id).where(hooks.c.is_on))
        return self._deliveries(*due, told, limit=limit, order=logged.c.due_at)

    def settle(self, row: Delivery, entries: Sequence[AuditEntry]) -> None:
        """Write a delivery as it stands; ConflictError if another was faster."""
        mine = (logged.c.id == row.id, logged.c.revision == row.revision - 1)
        with self.database.writing() as connection:
            if connection.execute(update(logged).where(*mine).values(**_delivery_row(row))).rowcount != 1:
                raise ConflictError("somebody else changed it first", where=row.id, mend="read it again")
            SqlRegister(self.database).append(connection, entries)

    def head(self) -> int:
        """The number of the newest audit entry."""
        with self.database.reading() as connection:
            return int(connection.execute(select(func.max(audit.c.number))).scalar() or 0)

    def _hooks(self, *wanted: Any) -> list[Webhook]:
        query = select(hooks).where(*wanted).order_by(hooks.c.created_at, hooks.c.id)
        with self.database.reading() as connection:
            return [_webhook(row) for row in connection.execute(query).mappings()]

    def _deliveries(self, *wanted: Any, limit: int, order: Any = logged.c.number) -> list[Delivery]:
        query = select(logged).where(*wanted).order_by(order, logged.c.id).limit(limit)
        with self.database.reading() as connection:
            return [_delivery(row) for row in connection.execute(query).mappings()]


def _webhook(row: RowMapping) -> Webhook:
    values = _timed(row)
    return Webhook(**{**values, "events": tuple(values["events"].split())})


def _delivery(row: RowMapping) -> Delivery:
    values = _timed(row)
    return Delivery(**{**values, "state": Told(values["state"])})


def _delivery_row(row: Delivery) -> dict[str, object]:
    values = {name: getattr(row, name) for name in Delivery.__dataclass_fields__}
    return {**values, "state": row.state.value}


def _timed(row: RowMapping) -> dict[str, Any]:
    """SQLite gives times back without their zone; all of ours are UTC."""
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
        for name, value in row.items()
    }
