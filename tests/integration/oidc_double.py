"""An OpenID provider on loopback for tests: discovery, keys, and a token endpoint that checks what it is sent."""

import hashlib
import json
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


@dataclass
class Double:
    """The provider. `claims` are put over those of a good token; `signer` signs instead of the published key."""

    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}, private=True))
    claims: dict[str, Any] = field(default_factory=dict)
    signer: RSAKey | None = None
    asked: dict[str, str] = field(default_factory=dict)

    def approve(self, address: str) -> str:
        """The person signs in there: the query that the browser is sent back with."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked = query
        return f"code=good&state={query['state']}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The answer of the token endpoint; None where a provider would refuse."""
        challenge = urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        who = b64decode(authorization.removeprefix("Basic ")).decode()
        proved = challenge.decode().rstrip("=") == self.asked.get("code_challenge")
        if form.get("code") != "good" or who != "aup:shh" or not proved:
            return None
        now = int(time.time())
        claims = {"iss": self.url, "aud": "aup", "sub": "248", "iat": now, "exp": now + 60}
        claims |= {"nonce": self.asked["nonce"], **self.claims}
        return {"id_token": jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.signer or self.key)}


@contextmanager
def provider() -> Iterator[Double]:
    """A provider until the block ends."""
    double = Double()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith("openid-configuration"):
                names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                self._say(200, {"issuer": double.url, **{name: f"{double.url}/{name}" for name in names}})
            else:
                self._say(200, {"keys": [double.key.as_dict(private=False)]})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            answer = double.token(form, self.headers["Authorization"])
            self._say(200 if answer else 400, answer or {"error": "invalid_grant"})

        def _say(self, status: int, document: dict[str, Any]) -> None:
            text = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    double.url = f"http://127.0.0.1:{server.server_port}"
    yield double
    server.shutdown()
    server.server_close()
    thread.join()
