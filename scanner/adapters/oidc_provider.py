"""An OpenID provider (OpenID Connect Core 1.0): the authorization code flow with PKCE, state and nonce.

What comes back is believed only as far as the provider signed it: issuer, audience, time, nonce and an asymmetric
algorithm are checked against the keys that the provider publishes.
"""

import http.client
import json
import ssl
import time
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from scanner.errors import HookError, StoreError

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
ANSWER_LIMIT, FRESH, LEEWAY = 512 * 1024, 3_600.0, 60
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(slots=True)
class OidcProvider:
    """One provider. `issuer` is its https address (http on this machine), `back` ours that it sends people back to."""

    issuer: str
    client_id: str
    client_secret: str
    back: str
    timeout: float = 10.0
    _known: dict[str, tuple[float, Any]] = field(default_factory=dict)

    def address(self, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser."""
        challenge = create_s256_code_challenge(verifier)
        return str(
            prepare_grant_uri(
                self._endpoint("authorization_endpoint"),
                self.client_id,
                "code",
                redirect_uri=self.back,
                scope="openid",
                state=state,
                nonce=nonce,
                code_challenge=challenge,
                code_challenge_method="S256",
            )
        )

    def identity(self, code: str, verifier: str, nonce: str) -> str:
        """`issuer|sub` of whoever signed in; HookError 401 for anything that does not hold."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": verifier,
        }
        answer = self._post(self._endpoint("token_endpoint"), form)
        claims = self._claims(str(answer.get("id_token", "")), nonce)
        return f"{self.issuer}|{claims['sub']}"

    def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        for fresh in (False, True):  # a key that is not known may be a new one: look once more
            try:
                keys = KeySet.import_key_set(self._keys(fresh=fresh))
                claims = dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
                break
            except (JoseError, ValueError, KeyError, TypeError) as error:
                failed: Exception = error
        else:
            raise _refused("its token does not hold") from failed
        wanted = JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
        )
        try:
            wanted.validate(claims)
        except JoseError as error:
            raise _refused(f"its token does not hold: {type(error).__name__}") from error
        if claims.get("azp", self.client_id) != self.client_id or not isinstance(claims["sub"], str):
            raise _refused("its token is for somebody else")
        return claims

    def _keys(self, *, fresh: bool) -> Any:
        return self._cached("keys", lambda: self._ask("GET", self._endpoint("jwks_uri"), "", {}), fresh=fresh)

    def _endpoint(self, name: str) -> str:
        known = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        stated = self._cached("stated", lambda: self._ask("GET", known, "", {}))
        if stated.get("issuer") != self.issuer or not isinstance(stated.get(name), str):
            raise StoreError("the provider states another issuer, or lacks an address", where=known, mend=name)
        return str(stated[name])

    def _cached(self, name: str, ask: Any, *, fresh: bool = False) -> Any:
        at, held = self._known.get(name, (0.0, None))
        if held is None or fresh or time.monotonic() - at > FRESH:
            held = ask()
            self._known[name] = (time.monotonic(), held)
        return held

    def _post(self, url: str, form: dict[str, str]) -> dict[str, Any]:
        who = f"{quote(self.client_id, safe='')}:{quote(self.client_secret, safe='')}".encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": f"Basic {b64encode(who).decode()}",
        }
        return self._ask("POST", url, urlencode(form), headers)

    def _ask(self, method: str, url: str, body: str, headers: dict[str, str]) -> dict[str, Any]:
        try:
            status, text = _exchange(method, url, body, headers, self.timeout)
            answer = json.loads(text) if status == 200 else None
        except (OSError, http.client.HTTPException, ValueError) as error:
            mend = "check oidc_issuer"
            raise StoreError(f"the provider gave no answer: {type(error).__name__}", where=url, mend=mend) from error
        if status in (400, 401, 403):
            raise _refused("it refused the code")
        if not isinstance(answer, dict):
            raise StoreError(f"the provider answered {status}", where=url, mend="check oidc_issuer")
        return answer


def _exchange(method: str, url: str, body: str, headers: dict[str, str], timeout: float) -> tuple[int, bytes]:
    """One bounded exchange; redirects are not followed."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        secure = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=secure)
    elif parts.scheme == "http" and host in LOOPBACK:
        connection = http.client.HTTPConnection(host, parts.port, timeout=timeout)  # type: ignore[assignment]
    else:
        raise ValueError("only https")
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body or None, {"Accept": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read(ANSWER_LIMIT)
    finally:
        connection.close()


def _refused(why: str) -> HookError:
    return HookError(401, f"the sign-in did not hold: {why}", where="OpenID provider", mend="sign in again")
