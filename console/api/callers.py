"""Who calls the API: a signed-in person, or a system with a token; what the call needs, and how often it may be made.

Every route declares the right that it needs by `needs(Right.X)`; the OpenAPI document states it as `x-aup-right`.
A token that is bound to a tenant sees that tenant only: whatever belongs to others is 404 for it.
"""

import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.concurrency import run_in_threadpool

from console.problems import answers
from console.signin import access_of, address_of, house_of, signed_in
from scanner.domain.access import PERSONAL, SCOPES, Right
from scanner.errors import HookError, UnknownError
from scanner.ports_access import KeptAnswer

UNCOUNTED = frozenset({Right.USAGE_WRITE})  # agents push as often as they measure; their bodies are bounded
COMMON = answers(400, 401, 403, 404, 409, 413, 422, 429, 503)
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        pattern=r"^[\x21-\x7e]*$",
        description="the same call again under the same key gets the first answer",
    ),
]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `name` is the actor in the audit log; `tenant` "" sees all; `key` tells callers apart."""

    name: str
    key: str
    rights: frozenset[Right]
    tenant: str = ""
    is_person: bool = False

    def sees(self, account: str, what: str, row_id: str) -> None:
        """UnknownError, as if it were not there, for what belongs to another tenant."""
        if self.tenant and account != self.tenant:
            raise unknown(what, row_id)

    def acting(self, named: str) -> str:
        """The actor: oneself, or the person a system names if it may. HookError 403 for anybody else's name."""
        if not named or named == self.name:
            return self.name
        if Right.ACT_FOR not in self.rights:
            raise HookError(403, "you act for yourself only", where="reviewer", mend="leave `reviewer` out")
        return named


def unknown(what: str, row_id: str) -> UnknownError:
    """The one answer for what is not there and for what is another's."""
    return UnknownError(f"no such {what}", where=row_id, mend="check the id")


@dataclass(slots=True)
class Rates:
    """A bucket of calls per caller, filled evenly; kept in this process."""

    per_minute: int
    held: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, key: str) -> None:
        """One call; HookError 429 when the bucket is empty."""
        now = time.monotonic()
        left, at = self.held.get(key, (float(self.per_minute), now))
        left = min(float(self.per_minute), left + (now - at) * self.per_minute / 60)
        if left < 1:
            wait = max(1, int((1 - left) * 60 / self.per_minute) + 1)
            raise HookError(429, "too many calls", where=key.split(":")[0], mend=f"wait {wait} seconds")
        if len(self.held) > 10_000:
            self.held.clear()  # everybody gets a full bucket again; a bound matters more than a fine count
        self.held[key] = (left - 1, now)


def rates_of(request: Request) -> Rates:
    """The buckets of this process."""
    held: Rates | None = getattr(request.app.state, "rates", None)
    if held is None:
        held = request.app.state.rates = Rates(house_of(request).settings.api_rate)
    return held


async def caller_of(request: Request) -> Caller:
    """Who calls, by `Authorization: Bearer` or by session; 401 for neither."""
    header = request.headers.get("authorization", "")
    return await _bearer(request, header) if header else await _person(request)


def needs(right: Right, *, keeps: bool = True) -> Callable[[Request, Caller], Awaitable[Caller]]:
    """A dependency: the caller, who has the right (403 otherwise). A repeated idempotency key ends the call here.

    `keeps` is False for calls whose answer shows a secret or evidence: it is kept nowhere, so they take no key.
    """

    async def allowed(request: Request, caller: Annotated[Caller, Depends(caller_of)], key: Key = "") -> Caller:
        if right not in UNCOUNTED:
            rates_of(request).take(caller.key)
        if right not in caller.rights:
            mend = "ask for a role" if caller.is_person else "use a token with that scope"
            raise HookError(403, f"this needs {right}", where=caller.name, mend=mend)
        if key and not keeps:
            mend = "send it without; list what there is before trying again"
            raise HookError(422, "this call takes no key", where="Idempotency-Key", mend=mend)
        if key and request.method == "POST":
            await _first_time(request, caller, key)
        return caller

    return allowed


def route(
    right: Right,
    more: dict[int | str, dict[str, object]] | None = None,
    sent: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """What a route's decorator says besides its path: `more` answers of its own, the body `sent` by media type."""
    stated: dict[str, Any] = {"x-aup-right": right.value, "x-aup-person": right in PERSONAL}
    if sent is not None:
        stated["requestBody"] = {"required": True, "content": {name: {"schema": sent[name]} for name in sent}}
    return {"responses": {**COMMON, **(more or {})}, "openapi_extra": stated}


class AnsweredBefore(Exception):  # noqa: N818 - no error: it carries the first call's answer out of a dependency
    """The first call's answer."""

    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__("answered before")
        self.answer = answer


async def _first_time(request: Request, caller: Caller, key: str) -> None:
    body = await request.body()
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body
    row = hashlib.sha256(f"{caller.key}\x1f{key}".encode()).hexdigest()
    kept, now = access_of(request).answers, access_of(request).signing_in.clock.now()
    before = await run_in_threadpool(kept.take, row, hashlib.sha256(asked).hexdigest(), now)
    if before is not None:
        raise AnsweredBefore(before)
    request.state.idempotent = (kept, row)


async def _bearer(request: Request, header: str) -> Caller:
    scheme, _, secret = header.partition(" ")
    wanted = house_of(request).settings.api_token
    if (
        scheme.lower() == "bearer"
        and wanted
        and hmac.compare_digest(secret.encode("utf-8", "replace"), wanted.encode())
    ):
        return Caller("api", "root:", SCOPES)
    token = await run_in_threadpool(access_of(request).issuing.bearer, secret) if scheme.lower() == "bearer" else None
    if token is None:
        rates_of(request).take(f"address:{address_of(request)}")
        raise HookError(401, "the token is wrong, revoked or over", where="Authorization", mend="send Bearer TOKEN")
    return Caller(f"token:{token.name}", f"token:{token.id}", frozenset(token.scopes), token.tenant)


async def _person(request: Request) -> Caller:
    person = await signed_in(request)
    rights = frozenset(right for right in Right if person.may(right))
    return Caller(person.name, f"person:{person.name}", rights, "", is_person=True)
