"""In-memory twins of the ports of signing in, of reports and of webhooks. Audit entries are kept in `entries`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from scanner.adapters.sql_access import FORGET, FREE, wait_after
from scanner.adapters.sql_answers import KEPT, UNDER_WAY
from scanner.domain.access import Account, Session, Token
from scanner.domain.audit import AuditEntry
from scanner.domain.reports import Received
from scanner.domain.webhooks import Delivery, Told, Webhook
from scanner.errors import ConflictError, UnknownError, UsageError
from scanner.ports_access import KeptAnswer


@dataclass(slots=True)
class MemoryAccess:
    """It is Accounts, Sessions, Tokens and Brakes."""

    by_name: dict[str, Account] = field(default_factory=dict)
    open: dict[str, Session] = field(default_factory=dict)
    issued: dict[str, Token] = field(default_factory=dict)
    failures: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    entries: list[AuditEntry] = field(default_factory=list)

    def account(self, name: str) -> Account | None:
        """The account, or None."""
        return self.by_name.get(name)

    def accounts(self) -> list[Account]:
        """All accounts by name."""
        return [self.by_name[name] for name in sorted(self.by_name)]

    def of_subject(self, subject: str) -> Account | None:
        """The account tied to this identity, or None."""
        return next((one for one in self.accounts() if subject and one.subject == subject), None)

    def keep(self, account: Account, entries: Sequence[AuditEntry]) -> None:
        """Write the account; ConflictError if another was faster."""
        held = self.by_name.get(account.name)
        _check(held.revision if held else 0, account.revision, account.name)
        self.by_name[account.name] = account
        self.entries += entries

    def session(self, digest: str) -> Session | None:
        """The session, or None."""
        return self.open.get(digest)

    def start(self, session: Session, entries: Sequence[AuditEntry]) -> None:
        """Keep a new session."""
        self.open[session.digest] = session
        self.entries += entries

    def seen(self, digest: str, at: datetime) -> None:
        """The session was used."""
        if digest in self.open:
            self.open[digest] = replace(self.open[digest], seen_at=at)

    def end(self, digest: str, entries: Sequence[AuditEntry]) -> None:
        """Drop a session; none is no error."""
        self.open.pop(digest, None)
        self.entries += entries

    def sweep(self, before: datetime) -> int:
        """Drop sessions opened before; how many."""
        old = [digest for digest, session in self.open.items() if session.opened_at < before]
        for digest in old:
            del self.open[digest]
        return len(old)

    def of_digest(self, digest: str) -> Token | None:
        """The token of that digest, or None."""
        return next((token for token in self.issued.values() if token.digest == digest), None)

    def token(self, token_id: str) -> Token | None:
        """The token of that id, or None."""
        return self.issued.get(token_id)

    def tokens(self) -> list[Token]:
        """All tokens, the oldest first."""
        return sorted(self.issued.values(), key=lambda token: (token.created_at, token.id))

    def keep_token(self, token: Token, entries: Sequence[AuditEntry]) -> None:
        """Write the token; ConflictError if another was faster."""
        held = self.issued.get(token.id)
        _check(held.revision if held else 0, token.revision, token.id)
        self.issued[token.id] = token
        self.entries += entries

    def held(self, keys: Sequence[str]) -> datetime | None:
        """When the next try is allowed. None: at once."""
        found = [self.failures[key] for key in keys if key in self.failures]
        return max((last + wait_after(count) for count, last in found if count >= FREE), default=None)

    def failed(self, key: str, now: datetime) -> None:
        """One more failure."""
        self.failures = {name: kept for name, kept in self.failures.items() if kept[1] >= now - FORGET}
        self.failures[key] = (self.failures.get(key, (0, now))[0] + 1, now)

    def cleared(self, key: str) -> None:
        """Forget the failures."""
        self.failures.pop(key, None)


@dataclass(slots=True)
class MemoryAnswers:
    """It is Answers."""

    rows: dict[str, tuple[str, KeptAnswer | None, datetime]] = field(default_factory=dict)

    def take(self, key: str, asked: str, now: datetime) -> KeptAnswer | None:
        """None: go on, the key is yours. Else the answer given before."""
        held = self.rows.get(key)
        if held is not None and held[2] < now - (UNDER_WAY if held[1] is None else KEPT):
            held = None
        if held is None:
            self.rows[key] = (asked, None, now)
            return None
        if held[0] != asked:
            raise UsageError("the key was used for another call", where="Idempotency-Key", mend="use a new key")
        if held[1] is None:
            raise ConflictError("the first call is under way", where="Idempotency-Key", mend="wait")
        return held[1]

    def keep(self, key: str, answer: KeptAnswer) -> None:
        """The answer of the call that took the key."""
        asked, _, at = self.rows[key]
        self.rows[key] = (asked, answer, at)

    def free(self, key: str) -> None:
        """The call came to nothing."""
        if key in self.rows and self.rows[key][1] is None:
            del self.rows[key]


@dataclass(slots=True)
class MemoryReports:
    """It is Reports."""

    rows: dict[str, tuple[Received, str]] = field(default_factory=dict)

    def received(self, report_id: str) -> Received | None:
        """The report, or None."""
        return self.rows[report_id][0] if report_id in self.rows else None

    def document(self, report_id: str) -> str:
        """The document as it came; UnknownError if there is none."""
        if report_id not in self.rows:
            raise UnknownError("no such report", where=report_id, mend="check the id")
        return self.rows[report_id][1]

    def of_case(self, case_id: str) -> list[Received]:
        """The reports behind a case."""
        return [row for row in self.listed("", len(self.rows)) if row.case == case_id]

    def listed(self, after: str, limit: int) -> list[Received]:
        """Reports by id."""
        return [self.rows[name][0] for name in sorted(self.rows) if name > after][:limit]

    def keep(self, received: Received, document: str) -> bool:
        """Keep it; False if it is known."""
        if received.report.id in self.rows:
            return False
        self.rows[received.report.id] = (received, document)
        return True


@dataclass(slots=True)
class MemoryWebhooks:
    """It is Webhooks; `number` is that of the newest audit entry."""

    hooks: dict[str, Webhook] = field(default_factory=dict)
    log: dict[str, Delivery] = field(default_factory=dict)
    entries: list[AuditEntry] = field(default_factory=list)
    number: int = 0

    def webhook(self, webhook_id: str) -> Webhook | None:
        """The webhook, or None."""
        return self.hooks.get(webhook_id)

    def webhooks(self) -> list[Webhook]:
        """All webhooks, the oldest first."""
        return sorted(self.hooks.values(), key=lambda hook: (hook.created_at, hook.id))

    def put(self, webhook: Webhook, deliveries: Sequence[Delivery], entries: Sequence[AuditEntry]) -> None:
        """Write a webhook with its new deliveries; ConflictError if another was faster."""
        held = self.hooks.get(webhook.id)
        _check(held.revision if held else 0, webhook.revision, webhook.id)
        self.hooks[webhook.id] = webhook
        self.log |= {delivery.id: delivery for delivery in deliveries}
        self._entered(entries)

    def delivery(self, delivery_id: str) -> Delivery | None:
        """The delivery, or None."""
        return self.log.get(delivery_id)

    def deliveries(self, webhook_id: str, after: int, limit: int) -> list[Delivery]:
        """A webhook's deliveries in the order of what they tell."""
        mine = [row for row in self.log.values() if row.webhook == webhook_id and row.number > after]
        return sorted(mine, key=lambda row: (row.number, row.id))[:limit]

    def due(self, now: datetime, limit: int) -> list[Delivery]:
        """Deliveries whose time has come, to receivers that are told."""
        told = {hook.id for hook in self.hooks.values() if hook.is_on}
        owed = [row for row in self.log.values() if row.webhook in told and row.state is Told.PENDING]
        found = [row for row in owed if row.due_at <= now]
        return sorted(found, key=lambda row: (row.due_at, row.id))[:limit]

    def settle(self, delivery: Delivery, entries: Sequence[AuditEntry]) -> None:
        """Write a delivery as it stands; ConflictError if another was faster."""
        held = self.log.get(delivery.id)
        _check(held.revision if held else 0, delivery.revision, delivery.id)
        self.log[delivery.id] = delivery
        self._entered(entries)

    def head(self) -> int:
        """The number of the newest audit entry."""
        return self.number

    def _entered(self, entries: Sequence[AuditEntry]) -> None:
        self.entries += entries
        self.number += len(entries)


def _check(held: int, revision: int, where: str) -> None:
    if held != revision - 1:
        raise ConflictError("somebody else changed it first", where=where, mend="read it again")
