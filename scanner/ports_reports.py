"""The ports of reports and webhooks. Adapters subclass nothing; `bootstrap_reports` wires them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from scanner.domain.audit import AuditEntry
from scanner.domain.reports import Received
from scanner.domain.webhooks import Delivery, Webhook


class Reports(Protocol):
    """Reports as received, with their documents; `keep` is False for one that is known."""

    def received(self, report_id: str) -> Received | None: ...

    def document(self, report_id: str) -> str: ...

    def of_case(self, case_id: str) -> list[Received]: ...

    def listed(self, after: str, limit: int) -> list[Received]: ...

    def keep(self, received: Received, document: str) -> bool: ...


class Webhooks(Protocol):
    """Webhooks and their delivery log.

    `put` writes a hook with new deliveries in one transaction, `settle` one delivery; both raise ConflictError unless
    the revision follows.
    """

    def webhook(self, webhook_id: str) -> Webhook | None: ...

    def webhooks(self) -> list[Webhook]: ...

    def put(self, webhook: Webhook, deliveries: Sequence[Delivery], entries: Sequence[AuditEntry]) -> None: ...

    def delivery(self, delivery_id: str) -> Delivery | None: ...

    def deliveries(self, webhook_id: str, after: int, limit: int) -> list[Delivery]: ...

    def due(self, now: datetime, limit: int) -> list[Delivery]: ...

    def settle(self, delivery: Delivery, entries: Sequence[AuditEntry]) -> None: ...

    def head(self) -> int: ...
