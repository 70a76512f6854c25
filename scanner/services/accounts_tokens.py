"""The tokens of systems: issued with scopes, shown once, revoked; only their digest is kept."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from scanner.domain.access import Token, checked_scopes
from scanner.domain.audit import AuditEntry
from scanner.errors import UnknownError, UsageError
from scanner.ports import Clock
from scanner.ports_access import Tokens
from scanner.services.accounts import digest_of

PREFIX = "aup_"


@dataclass(frozen=True, slots=True)
class Issuing:
    """What an admin does with tokens, and who comes with one."""

    tokens: Tokens
    clock: Clock

    def issue(
        self, name: str, scopes: Iterable[str], by: str, *, tenant: str = "", days: float = 0.0
    ) -> tuple[str, Token]:
        """A new token and its secret, shown once; `days` 0: it has no end. UsageError for a scope it may not hold."""
        if not name.strip() or len(name) > 100 or "\0" in name + tenant:
            raise UsageError("a token needs a short name", where="name", mend="say which system it is for")
        now, secret = self.clock.now(), PREFIX + secrets.token_urlsafe(32)
        ends_at = now + timedelta(days=days) if days else None
        wanted = checked_scopes(scopes, tenant)
        token = Token(f"T{secrets.token_hex(8)}", name, digest_of(secret), wanted, now, by, tenant, ends_at)
        facts = {"scopes": " ".join(wanted), "tenant": tenant}
        self.tokens.keep_token(token, [AuditEntry(now, by, "token-issued", token.id, name, facts)])
        return secret, token

    def revoke(self, token_id: str, by: str) -> Token:
        """The token is good for nothing from here on; UnknownError if there is none."""
        token, now = self.tokens.token(token_id), self.clock.now()
        if token is None:
            raise UnknownError("no such token", where=token_id, mend="see `aup tokens list`")
        if token.revoked_at is not None:
            return token
        revoked = replace(token, revoked_at=now, revision=token.revision + 1)
        self.tokens.keep_token(revoked, [AuditEntry(now, by, "token-revoked", token.id, token.name)])
        return revoked

    def bearer(self, secret: str) -> Token | None:
        """The good token of that secret, or None."""
        token = self.tokens.of_digest(digest_of(secret)) if secret.startswith(PREFIX) else None
        return token if token is not None and token.is_good(self.clock.now()) else None
