"""The ports of signing in. Adapters subclass nothing; `bootstrap_access` wires them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scanner.domain.access import Account, Session, Token
from scanner.domain.audit import AuditEntry


class Accounts(Protocol):
    """Accounts as rows. `keep` writes one with its audit entries in one transaction (revision 1 is new)."""

    def account(self, name: str) -> Account | None: ...

    def accounts(self) -> list[Account]: ...

    def of_subject(self, subject: str) -> Account | None: ...

    def keep(self, account: Account, entries: Sequence[AuditEntry]) -> None: ...


class Sessions(Protocol):
    """Sessions as rows. `end` drops one; `sweep` drops those opened before a time."""

    def session(self, digest: str) -> Session | None: ...

    def start(self, session: Session, entries: Sequence[AuditEntry]) -> None: ...

    def seen(self, digest: str, at: datetime) -> None: ...

    def end(self, digest: str, entries: Sequence[AuditEntry]) -> None: ...

    def sweep(self, before: datetime) -> int: ...


class Tokens(Protocol):
    """The tokens of systems as rows."""

    def of_digest(self, digest: str) -> Token | None: ...

    def token(self, token_id: str) -> Token | None: ...

    def tokens(self) -> list[Token]: ...

    def keep_token(self, token: Token, entries: Sequence[AuditEntry]) -> None: ...


class Brakes(Protocol):
    """Failures counted by key (a name, an address), shared by all processes. `held` is when the next try is allowed."""

    def held(self, keys: Sequence[str]) -> datetime | None: ...

    def failed(self, key: str, now: datetime) -> None: ...

    def cleared(self, key: str) -> None: ...


class Secrets(Protocol):
    """Passwords and one-time codes. `step` is the time step that a code belongs to, 0 for a wrong one."""

    def hashed(self, password: str) -> str: ...

    def matches(self, hashed: str, password: str) -> bool: ...

    def fresh_totp(self) -> str: ...

    def address(self, sealed: str, name: str) -> str: ...

    def step(self, sealed: str, code: str, now: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered to the first call."""

    status: int
    media_type: str
    body: bytes


class Answers(Protocol):
    """Answers by idempotency key: a key is taken before the work and keeps the answer after it.

    `take` gives None (go on, the key is yours) or the answer given before; ConflictError while the first call is under
    way, UsageError if it asked something else. `free` gives the key back after a call that came to nothing.
    """

    def take(self, key: str, asked: str, now: datetime) -> KeptAnswer | None: ...

    def keep(self, key: str, answer: KeptAnswer) -> None: ...

    def free(self, key: str) -> None: ...
