"""Signing in at an OpenID provider: out with state, nonce and PKCE in a sealed cookie, back with a code."""

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from console.signin import access_of, address_of, give_cookie, house_of, is_secure
from console.signin_pages import local, page, trouble_of
from scanner.adapters.oidc_provider import OidcProvider
from scanner.domain.messages import (
    NOT_BEGUN_HERE,
    SIGN_IN_AGAIN,
)
from scanner.errors import HookError
from scanner.wire.keyring import read_or_create

router = APIRouter(include_in_schema=False)
COOKIE, MINUTES = "aup_oidc", 10
Word = Annotated[str, Query(max_length=4_000)]


@router.get("/signin/oidc")
async def out(request: Request, following: Annotated[str, Query(alias="next", max_length=2_000)] = "/") -> Response:
    """Send the browser to the provider."""
    provider = provider_of(request)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    address = await run_in_threadpool(provider.address, state, nonce, verifier)
    answer = RedirectResponse(address, status_code=303)
    sealed = _seal(request, {"state": state, "nonce": nonce, "verifier": verifier, "next": local(following)})
    answer.set_cookie(
        COOKIE,
        sealed,
        max_age=MINUTES * 60,
        path="/signin/oidc",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/signin/oidc/back")
async def back(request: Request, code: Word = "", state: Word = "") -> Response:
    """Believe the provider as far as it signed; the sign-in page with what is wrong otherwise."""
    provider, held = provider_of(request), _opened(request)
    try:
        if not held or not code or not hmac.compare_digest(state.encode("utf-8", "replace"), held["state"].encode()):
            raise HookError(401, NOT_BEGUN_HERE(), where="state", mend=SIGN_IN_AGAIN())
        subject = await run_in_threadpool(provider.identity, code, held["verifier"], held["nonce"])
        signing_in = access_of(request).signing_in
        cookie, _ = await run_in_threadpool(signing_in.sign_in_as, subject, address_of(request))
    except HookError as error:
        return page(request, held.get("next", "/"), trouble_of(request, error), error.status)
    answer = RedirectResponse(local(held["next"]), status_code=303)
    answer.delete_cookie(COOKIE, path="/signin/oidc")
    give_cookie(request, answer, cookie)
    return answer


def provider_of(request: Request) -> OidcProvider:
    """The provider of the settings, known once; HookError 404 if none is named."""
    held: OidcProvider | None = getattr(request.app.state, "oidc", None)
    settings = house_of(request).settings
    if held is None and settings.oidc_issuer:
        where = settings.console_url or f"http://{settings.console_host}:{settings.console_port}"
        held = OidcProvider(
            settings.oidc_issuer,
            settings.oidc_client_id,
            settings.oidc_client_secret,
            where.rstrip("/") + "/signin/oidc/back",
        )
        request.app.state.oidc = held
    if held is None:
        raise HookError(404, "no OpenID provider is named", where="oidc_issuer", mend="set it, or sign in by name")
    return held


def _key(request: Request) -> bytes:
    return read_or_create(house_of(request).settings.state / "keys" / "oidc.key", AESGCM.generate_key(256))


def _seal(request: Request, held: dict[str, str]) -> str:
    nonce = secrets.token_bytes(12)
    return urlsafe_b64encode(nonce + AESGCM(_key(request)).encrypt(nonce, json.dumps(held).encode(), b"oidc")).decode()


def _opened(request: Request) -> dict[str, str]:
    """What was sealed when the browser left; empty for none of ours."""
    try:
        raw = urlsafe_b64decode(request.cookies.get(COOKIE, ""))
        found: dict[str, str] = json.loads(AESGCM(_key(request)).decrypt(raw[:12], raw[12:], b"oidc"))
    except (InvalidTag, ValueError):
        return {}
    return found
