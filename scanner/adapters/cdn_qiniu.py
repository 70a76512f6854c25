"""Qiniu Fusion CDN: refresh with its task list, and a domain taken off line. It refuses no single URL at its edges."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from scanner.adapters.cdn_call import Answer, call, refused, strict
from scanner.domain.cdn.purging import PurgeState, Quota, Submitted
from scanner.errors import EnforcementError, QuotaError

FUSION, API = "https://fusion.qiniuapi.com", "https://api.qiniu.com"
BATCH = 20  # URLs in one request
DAY_IS_OVER, UNDER_WAY = 400034, 400037
OFF_ALREADY, ON_ALREADY = 400013, 400317
JSON = "application/json"
STATES = {"processing": PurgeState.SUBMITTED, "success": PurgeState.DONE, "failure": PurgeState.FAILED}


def qbox(access: str, secret: str, url: str, body: bytes = b"", form: bool = False) -> str:
    """The QBox authorisation of a request: over its path, query, and a form's body."""
    parts = urlsplit(url)
    text = parts.path + (f"?{parts.query}" if parts.query else "") + "\n"
    mac = hmac.new(secret.encode(), text.encode() + (body if form else b""), hashlib.sha1).digest()
    return f"QBox {access}:{base64.urlsafe_b64encode(mac).decode()}"


def signed_whole(access: str, secret: str, method: str, url: str, moment: str, body: bytes) -> str:
    """The Qiniu authorisation of a request with JSON: over everything of it. `moment` is its X-Qiniu-Date."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    text = f"{method} {target}\nHost: {parts.netloc}\nContent-Type: {JSON}\nX-Qiniu-Date: {moment}\n\n"
    mac = hmac.new(secret.encode(), text.encode() + body, hashlib.sha1).digest()
    return f"Qiniu {access}:{base64.urlsafe_b64encode(mac).decode()}"


@strict
@dataclass(frozen=True, slots=True)
class Qiniu:
    """The Provider over one account. `endpoint` stands for both of its hosts in tests.

    Each host wants a signature of its own kind: the one of caches over the path, the one of domains over everything.
    """

    access: str
    secret: str
    endpoint: str = ""
    batch: int = BATCH
    blocks: bool = False

    def purge(self, urls: Sequence[str]) -> Submitted:
        """Refresh URLs; those that it calls invalid are named."""
        answer = self._ask("POST", f"{self.endpoint or FUSION}/v2/tune/refresh", {"urls": list(urls)})
        body = answer.body
        bad = tuple((str(url), "the provider calls it invalid") for url in body.get("invalidUrls") or ())
        return Submitted(str(body["requestId"]), bad, int(body.get("urlSurplusDay", -1)))

    def state(self, task: str) -> PurgeState:
        """The worst state of the task's URLs."""
        url = f"{self.endpoint or FUSION}/v2/tune/refresh/list"
        items = self._ask("POST", url, {"requestId": task}).body.get("items") or []
        states = [STATES.get(str(item.get("state")), PurgeState.SUBMITTED) for item in items]
        for state in (PurgeState.FAILED, PurgeState.SUBMITTED):
            if state in states or not states:
                return state if states else PurgeState.SUBMITTED
        return PurgeState.DONE

    def quota(self) -> Quota:
        """It tells its quota only with an accepted refresh."""
        return Quota()

    def blocked(self, host: str) -> frozenset[str]:
        """None: it blocks no URL."""
        return frozenset()

    def block(self, urls: Sequence[str]) -> None:
        """Refused: there is no such call."""
        raise EnforcementError(
            "this provider refuses no single URL", where=urls[0], mend="stop the domain, by a person"
        )

    def unblock(self, urls: Sequence[str]) -> None:
        """Nothing was blocked."""

    def stop(self, host: str) -> None:
        """Take a domain off line; one that is off line stays so."""
        self._domain("POST", f"{host}/offline", OFF_ALREADY)

    def start(self, host: str) -> None:
        """Put it back on line; one that is on line stays so."""
        self._domain("POST", f"{host}/online", ON_ALREADY)

    def running(self, host: str) -> bool:
        """Whether the domain is on line."""
        return self._domain("GET", host).body.get("operatingState", "") not in ("offlined", "frozen")

    def _domain(self, method: str, path: str, good: int = 0) -> Answer:
        url, moment = f"{self.endpoint or API}/domain/{path}", f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        proof = signed_whole(self.access, self.secret, method, url, moment, b"")
        answer = call(method, url, {"Authorization": proof, "Content-Type": JSON, "X-Qiniu-Date": moment})
        return self._checked(answer, url, good)

    def _ask(self, method: str, url: str, body: dict[str, Any] | None) -> Answer:
        text = json.dumps(body, separators=(",", ":")).encode() if body is not None else b""
        headers = {"Authorization": qbox(self.access, self.secret, url), "Content-Type": JSON}
        return self._checked(call(method, url, headers, text), url, 0)

    def _checked(self, answer: Answer, url: str, good: int) -> Answer:
        """The answer; QuotaError, or EnforcementError unless its code is the one that is as good as done."""
        code = int(answer.body.get("code", answer.status) or answer.status)
        if code == DAY_IS_OVER or answer.status == 429:
            raise QuotaError("the day's refreshes are used up", wait=answer.wait or 3_600, where=url, mend="wait")
        if code == good or (code == UNDER_WAY and answer.body.get("requestId")):
            return answer
        if code not in (0, 200) or answer.status != 200:
            raise refused(f"{code} {answer.body.get('error', '')}", url)
        return answer
