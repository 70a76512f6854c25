"""Who may do what: people with roles, their sessions, and the tokens of systems. Decisions only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from scanner.errors import UsageError

NAME_LIMIT = 64
NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-@")


class Role(StrEnum):
    """What a person is here for. One person may have several."""

    REVIEWER = "reviewer"
    LEAD = "lead"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    ADMIN = "admin"


class Right(StrEnum):
    """What one call needs. The same words are the scopes of tokens."""

    CASES_READ = "cases:read"
    CASES_DECIDE = "cases:decide"
    EVIDENCE_VIEW = "evidence:view"
    EVIDENCE_EXPORT = "evidence:export"
    DELETIONS_PROPOSE = "deletions:propose"
    DELETIONS_APPROVE = "deletions:approve"
    APPEALS_READ = "appeals:read"
    APPEALS_FILE = "appeals:file"
    APPEALS_JUDGE = "appeals:judge"
    NOTICES_READ = "notices:read"
    VERDICTS_READ = "verdicts:read"
    REPORTS_READ = "reports:read"
    REPORTS_FILE = "reports:file"
    ORDERS_READ = "orders:read"
    ORDERS_FILE = "orders:file"
    AUDIT_READ = "audit:read"
    ACTIONS_READ = "actions:read"
    ACTIONS_REPLAY = "actions:replay"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    USAGE_READ = "usage:read"
    USAGE_WRITE = "usage:write"
    QUALITY_READ = "quality:read"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    ACT_FOR = "act-for"  # a system names the person on whose behalf it acts


_READS = (Right.CASES_READ, Right.VERDICTS_READ, Right.APPEALS_READ, Right.NOTICES_READ, Right.REPORTS_READ)
_REVIEWS = frozenset(
    {*_READS, Right.CASES_DECIDE, Right.EVIDENCE_VIEW, Right.DELETIONS_PROPOSE, Right.DELETIONS_APPROVE}
    | {Right.APPEALS_JUDGE, Right.ACTIONS_READ}
)
_LEADS = _REVIEWS | {Right.EVIDENCE_EXPORT, Right.ORDERS_READ, Right.ORDERS_FILE, Right.REPORTS_FILE}
RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.REVIEWER: _REVIEWS,
        Role.LEAD: _LEADS | {Right.QUALITY_READ, Right.APPEALS_FILE, Right.USAGE_READ},
        Role.AUDITOR: frozenset(
            {*_READS, Right.AUDIT_READ, Right.ACTIONS_READ, Right.ORDERS_READ, Right.WEBHOOKS_READ, Right.PEOPLE_READ}
            | {Right.EVIDENCE_VIEW, Right.EVIDENCE_EXPORT, Right.QUALITY_READ, Right.USAGE_READ}
        ),
        Role.OPERATOR: frozenset(
            {Right.ACTIONS_READ, Right.ACTIONS_REPLAY, Right.WEBHOOKS_READ, Right.WEBHOOKS_WRITE, Right.VERDICTS_READ}
            | {Right.USAGE_READ, Right.USAGE_WRITE, Right.REPORTS_READ, Right.REPORTS_FILE}
        ),
        Role.ADMIN: frozenset({Right.PEOPLE_READ, Right.PEOPLE_WRITE}),
    }
)
# What only a person may do: destroying, judging, and giving rights to others.
PERSONAL = frozenset(
    {Right.DELETIONS_PROPOSE, Right.DELETIONS_APPROVE, Right.APPEALS_JUDGE, Right.PEOPLE_READ, Right.PEOPLE_WRITE}
)
SCOPES = frozenset(Right) - PERSONAL
# What a token that is bound to one tenant may hold: all of it is answered for that tenant alone.
TENANT_SCOPES = frozenset(
    {Right.CASES_READ, Right.VERDICTS_READ, Right.NOTICES_READ, Right.APPEALS_READ, Right.APPEALS_FILE}
    | {Right.ACTIONS_READ}
)


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. `password` is an argon2id hash, `totp` a sealed secret; "" where there is none.

    `epoch` goes up with every change of roles, password or standing: sessions of an older epoch are void.
    `subject` ties the account to a sign-in by OIDC (`issuer|sub`). `last_step` is the TOTP step that was used last.
    """

    name: str
    display: str
    roles: tuple[Role, ...]
    created_at: datetime
    password: str = ""
    totp: str = ""
    last_step: int = 0
    subject: str = ""
    is_disabled: bool = False
    epoch: int = 1
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `digest` is of the cookie, which is kept nowhere; `csrf` stands in every form."""

    digest: str
    account: str
    epoch: int
    csrf: str
    opened_at: datetime
    seen_at: datetime
    address: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is signed in, with what the roles allow. `session` names the session, `csrf` guards its forms."""

    name: str
    display: str
    roles: frozenset[Role]
    session: str = ""
    csrf: str = ""

    def has(self, *roles: Role) -> bool:
        """Whether the person has one of the roles."""
        return not self.roles.isdisjoint(roles)

    def may(self, right: Right) -> bool:
        """Whether one of the person's roles gives the right."""
        return any(right in RIGHTS[role] for role in self.roles)


@dataclass(frozen=True, slots=True)
class Token:
    """A system's token. Only its digest is kept. `tenant` binds it to one account: everything else is 404 to it."""

    id: str
    name: str
    digest: str
    scopes: tuple[Right, ...]
    created_at: datetime
    created_by: str
    tenant: str = ""
    ends_at: datetime | None = None
    revoked_at: datetime | None = None
    revision: int = 1

    def is_good(self, now: datetime) -> bool:
        """Whether it is neither revoked nor over."""
        return self.revoked_at is None and (self.ends_at is None or now < self.ends_at)


def is_name(name: str) -> bool:
    """Whether an account may be called so."""
    return 1 <= len(name) <= NAME_LIMIT and set(name) <= NAME_LETTERS


def checked_name(name: str) -> str:
    """The account's name; UsageError unless it is short, lower case and plain."""
    if not is_name(name):
        mend = f"use at most {NAME_LIMIT} of a-z, 0-9, dot, dash, underscore and @"
        raise UsageError("is no account name", where=repr(name), mend=mend)
    return name


def checked_roles(words: Iterable[str]) -> tuple[Role, ...]:
    """The roles of these words, in a stable order; UsageError for none or an unknown one."""
    known, asked = {role.value for role in Role}, set(words)
    if not asked or not asked <= known:
        wrong = ", ".join(sorted(asked - known)) or "none"
        raise UsageError(f"no such role: {wrong}", where="roles", mend=f"use {', '.join(role.value for role in Role)}")
    return tuple(role for role in Role if role.value in asked)


def checked_scopes(words: Iterable[str], tenant: str) -> tuple[Right, ...]:
    """The scopes of these words; UsageError for none, an unknown one, or one that such a token may not hold."""
    asked, allowed = set(words), TENANT_SCOPES if tenant else SCOPES
    wrong = sorted(asked - {right.value for right in allowed})
    if wrong or not asked:
        named = ", ".join(sorted(right.value for right in allowed))
        raise UsageError(f"no such scope: {', '.join(wrong) or 'none'}", where="scopes", mend=f"use {named}")
    return tuple(right for right in Right if right.value in asked)


def changed(account: Account, **values: object) -> Account:
    """The account with other roles, password or standing: all its sessions are void from here on."""
    values = {"epoch": account.epoch + 1, "revision": account.revision + 1, **values}
    return replace(account, **values)  # type: ignore[arg-type]


def stands(session: Session, account: Account, now: datetime, idle: timedelta, whole: timedelta) -> bool:
    """Whether the session still holds: not idle for too long, not too old, and the account is as it was."""
    fresh = now - session.seen_at < idle and now - session.opened_at < whole
    return fresh and not account.is_disabled and session.epoch == account.epoch


def person_of(account: Account, session: Session) -> Person:
    """The person behind a session."""
    return Person(account.name, account.display, frozenset(account.roles), session.digest, session.csrf)
