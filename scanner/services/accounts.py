"""Accounts: made and changed by an admin, signed in to by their person. Every step writes its audit entry."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from scanner.domain.access import (
    Account,
    Person,
    Session,
    changed,
    checked_name,
    checked_roles,
    is_name,
    person_of,
    stands,
)
from scanner.domain.audit import AuditEntry
from scanner.domain.messages import (
    ASK_TO_TIE,
    NOT_TIED,
    TOO_MANY_FAILED,
    TRY_AGAIN,
    WAIT_SECONDS,
    WRONG_SIGN_IN,
)
from scanner.errors import ConflictError, HookError, UnknownError, UsageError
from scanner.ports import Clock
from scanner.ports_access import Accounts, Brakes, Secrets, Sessions

SHORTEST, LONGEST = 12, 256  # characters of a password
TOUCH = timedelta(seconds=60)  # a session's last use is written at most this often


@dataclass(frozen=True, slots=True)
class Keeping:
    """What an admin does with accounts."""

    accounts: Accounts
    secrets: Secrets
    clock: Clock

    def add(
        self, name: str, roles: Iterable[str], password: str, by: str, *, display: str = "", with_totp: bool = True
    ) -> tuple[Account, str]:
        """A new account and the address of its one-time codes ("" without), shown once.

        UsageError for a bad name, role or password, ConflictError for a name that is taken.
        """
        now, wanted = self.clock.now(), checked_roles(roles)
        if self.accounts.account(checked_name(name)) is not None:
            raise ConflictError("the account exists", where=name, mend="use `aup accounts roles` or `reset`")
        sealed = self.secrets.fresh_totp() if with_totp else ""
        hashed = self.secrets.hashed(checked_password(password))
        account = Account(name, display or name, wanted, now, hashed, sealed)
        self.accounts.keep(account, [self._entry(by, "account-added", name, " ".join(wanted))])
        return account, self.secrets.address(sealed, name) if sealed else ""

    def tie(self, name: str, subject: str, by: str) -> Account:
        """Let the account's person sign in by OIDC as this `issuer|sub`."""
        account = replace(self._known(name), subject=subject)
        return self._kept(changed(account), by, "account-tied", subject)

    def set_roles(self, name: str, roles: Iterable[str], by: str) -> Account:
        """Other roles; all sessions of the account end."""
        wanted = checked_roles(roles)
        return self._kept(changed(self._known(name), roles=wanted), by, "account-roles", " ".join(wanted))

    def disable(self, name: str, by: str, *, again: bool = False) -> Account:
        """Shut the account (or open it `again`); all its sessions end."""
        verb = "account-enabled" if again else "account-disabled"
        return self._kept(changed(self._known(name), is_disabled=not again), by, verb, verb.split("-")[1])

    def reset(self, name: str, password: str, by: str, *, with_totp: bool = True) -> tuple[Account, str]:
        """Another password and other one-time codes; all sessions of the account end."""
        sealed = self.secrets.fresh_totp() if with_totp else ""
        hashed = self.secrets.hashed(checked_password(password))
        account = changed(self._known(name), password=hashed, totp=sealed, last_step=0)
        kept = self._kept(account, by, "account-reset", "password and codes")
        return kept, self.secrets.address(sealed, name) if sealed else ""

    def _known(self, name: str) -> Account:
        account = self.accounts.account(name)
        if account is None:
            raise UnknownError("no such account", where=name, mend="see `aup accounts list`")
        return account

    def _kept(self, account: Account, by: str, verb: str, reason: str) -> Account:
        self.accounts.keep(account, [self._entry(by, verb, account.name, reason)])
        return account

    def _entry(self, by: str, verb: str, name: str, reason: str) -> AuditEntry:
        return AuditEntry(self.clock.now(), by, verb, thing(name), reason)


@dataclass(frozen=True, slots=True)
class SigningIn:
    """Sessions. `idle` is how long one lasts unused, `whole` how long at all."""

    accounts: Accounts
    sessions: Sessions
    brakes: Brakes
    secrets: Secrets
    clock: Clock
    idle: timedelta = timedelta(minutes=30)
    whole: timedelta = timedelta(hours=12)

    def sign_in(self, name: str, password: str, code: str, address: str) -> tuple[str, Session]:
        """A new session and its cookie. HookError 401 for anything wrong, told apart by nothing; 429 after failures."""
        now, keys = self.clock.now(), (f"name:{digest_of(name)[:32]}", f"address:{address[:100]}")
        held = self.brakes.held(keys)
        if held is not None and held > now:
            wait = max(1, int((held - now).total_seconds()))
            raise HookError(429, TOO_MANY_FAILED(), where="sign-in", mend=WAIT_SECONDS(seconds=wait))
        account = self.accounts.account(name) if is_name(name) else None
        right = self.secrets.matches(account.password if account else "", password[:LONGEST])
        step = self._step(account, code) if account else 0
        if account is None or not right or step < 0 or account.is_disabled:
            for key in keys:
                self.brakes.failed(key, now)
            raise HookError(401, WRONG_SIGN_IN(), where="sign-in", mend=TRY_AGAIN())
        if step:
            account = self._used(account, step)
        for key in keys:
            self.brakes.cleared(key)
        return self._start(account, address, "password and code" if step else "password")

    def sign_in_as(self, subject: str, address: str) -> tuple[str, Session]:
        """A session for the account tied to this `issuer|sub`; HookError 403 if there is none."""
        account = self.accounts.of_subject(subject)
        if account is None or account.is_disabled:
            raise HookError(403, NOT_TIED(), where="sign-in", mend=ASK_TO_TIE())
        return self._start(account, address, "oidc")

    def person(self, cookie: str, *, is_use: bool = True) -> Person | None:
        """Whoever the cookie's session belongs to, while it stands; using it keeps it from going idle.

        What a page asks by itself is no use (`is_use`): a workplace that was left goes idle with its pages open.
        """
        session = self.sessions.session(digest_of(cookie)) if cookie else None
        account = self.accounts.account(session.account) if session else None
        if session is None or account is None:
            return None
        now = self.clock.now()
        if not stands(session, account, now, self.idle, self.whole):
            self.sessions.end(session.digest, ())
            return None
        if is_use and now - session.seen_at >= TOUCH:
            self.sessions.seen(session.digest, now)
        return person_of(account, session)

    def sign_out(self, person: Person) -> None:
        """End the person's session."""
        entry = AuditEntry(self.clock.now(), person.name, "signed-out", thing(person.name), "asked")
        self.sessions.end(person.session, [entry])

    def _step(self, account: Account, code: str) -> int:
        """The step of a right code, 0 where none is asked for, -1 for a wrong one or one that was used before."""
        if not account.totp:
            return 0
        step = self.secrets.step(account.totp, code, self.clock.now())
        return step if step > account.last_step else -1

    def _used(self, account: Account, step: int) -> Account:
        """A code is good once: ConflictError if the same one is being used elsewhere right now."""
        used = replace(account, last_step=step, revision=account.revision + 1)
        self.accounts.keep(used, ())
        return used

    def _start(self, account: Account, address: str, how: str) -> tuple[str, Session]:
        now, cookie = self.clock.now(), secrets.token_urlsafe(32)
        session = Session(
            digest_of(cookie), account.name, account.epoch, secrets.token_urlsafe(24), now, now, address[:100]
        )
        entry = AuditEntry(now, account.name, "signed-in", thing(account.name), how)
        self.sessions.sweep(now - self.whole)
        self.sessions.start(session, [entry])
        return cookie, session


def checked_password(password: str) -> str:
    """The password; UsageError for one that is too short, too long or one letter over and over."""
    if not SHORTEST <= len(password) <= LONGEST or len(set(password)) < 4:
        mend = f"use {SHORTEST} to {LONGEST} characters, not the same few again and again"
        raise UsageError("the password is too weak", where="password", mend=mend)
    return password


def digest_of(secret: str) -> str:
    """What is kept of a secret that is random itself."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def thing(name: str) -> str:
    """What the audit log calls an account."""
    return f"@{name}"[:32]
