"""Qiniu Fusion CDN: refresh with its task list, and a domain taken off line. It refuses no single URL at its edges."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scanner.adapters.cdn_call import Answer, call, refused
from scanner.domain.cdn.purging import PurgeState, Quota, Submitted
from scanner.errors import EnforcementError, QuotaError

FUSION, API = "https://fusion.qiniuapi.com", "https://api.qiniu.com"
BATCH = 20  # URLs in one request
DAY_IS_OVER, UNDER_WAY = 400034, 400037
STATES = {"processing": PurgeState.SUBMITTED, "success": PurgeState.DONE, "failure": PurgeState.FAILED}


def qbox(access: str, secret: str, url: str, body: bytes = b"", form: bool = False) -> str:
    """The QBox authorisation of a request: over its path, query, and a form's body."""
    parts = urlsplit(url)
    text = parts.path + (f"?{parts.query}" if parts.query else "") + "\n"
    mac = hmac.new(secret.encode(), text.encode() + (body if form else b""), hashlib.sha1).digest()
    return f"QBox {access}:{base64.urlsafe_b64encode(mac).decode()}"


@dataclass(frozen=True, slots=True)
class Qiniu:
    """The Provider over one account. `endpoint` stands for both of its hosts in tests."""

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
        """Take a domain off line."""
        if self.running(host):
            self._ask("POST", f"{self.endpoint or API}/domain/{host}/offline", {})

    def start(self, host: str) -> None:
        """Put it back on line."""
        if not self.running(host):
            self._ask("POST", f"{self.endpoint or API}/domain/{host}/online", {})

    def running(self, host: str) -> bool:
        """Whether the domain is on line."""
        state = self._ask("GET", f"{self.endpoint or API}/domain/{host}", None).body.get("operatingState", "")
        return state not in ("offlined", "frozen")

    def _ask(self, method: str, url: str, body: dict[str, Any] | None) -> Answer:
        text = json.dumps(body, separators=(",", ":")).encode() if body is not None else b""
        headers = {"Authorization": qbox(self.access, self.secret, url), "Content-Type": "application/json"}
        answer = call(method, url, headers, text)
        code = int(answer.body.get("code", answer.status) or answer.status)
        if code == DAY_IS_OVER or answer.status == 429:
            raise QuotaError("the day's refreshes are used up", wait=answer.wait or 3_600, where=url, mend="wait")
        if code == UNDER_WAY and answer.body.get("requestId"):
            return answer
        if code not in (0, 200) or answer.status != 200:
            raise refused(f"{code} {answer.body.get('error', '')}", url)
        return answer
