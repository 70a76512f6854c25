"""Tencent Cloud CDN: calls signed with TC3-HMAC-SHA256; purge tasks, disabled URLs, stopped domains."""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scanner.adapters.cdn_call import call, refused, strict
from scanner.domain.cdn.purging import PurgeState, Quota, Submitted
from scanner.errors import EnforcementError, QuotaError

ENDPOINT = "https://cdn.tencentcloudapi.com"
BATCH, BLOCK_BATCH = 1_000, 100
GONE = ("InvalidAction", "ActionOffline")  # blocking single URLs is no longer offered to everybody
STATES = {"done": PurgeState.DONE, "process": PurgeState.SUBMITTED, "fail": PurgeState.FAILED}
SIGNED, JSON = "content-type;host", "application/json"


def tc3(access: str, secret: str, host: str, body: bytes, moment: int) -> str:
    """The authorisation of a POST of JSON to the CDN service at `moment`, in seconds."""
    day = time.strftime("%Y-%m-%d", time.gmtime(moment))
    headers = f"content-type:{JSON}\nhost:{host}\n"
    request = f"POST\n/\n\n{headers}\n{SIGNED}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{day}/cdn/tc3_request"
    text = f"TC3-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"TC3{secret}".encode()
    for part in (day, "cdn", "tc3_request"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    proof = hmac.new(key, text.encode(), "sha256").hexdigest()
    return f"TC3-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={SIGNED}, Signature={proof}"


@strict
@dataclass(frozen=True, slots=True)
class Tencent:
    """The Provider over one account."""

    access: str
    secret: str
    endpoint: str = ""
    batch: int = BATCH
    blocks: bool = True

    def purge(self, urls: Sequence[str]) -> Submitted:
        """Purge URLs as one task."""
        return Submitted(str(self._ask("PurgeUrlsCache", {"Urls": list(urls)})["TaskId"]))

    def state(self, task: str) -> PurgeState:
        """The worst state among the task's URLs."""
        rows = self._ask("DescribePurgeTasks", {"TaskId": task, "Limit": BATCH}).get("PurgeLogs") or []
        states = {STATES.get(str(row.get("Status")), PurgeState.SUBMITTED) for row in rows}
        if PurgeState.FAILED in states:
            return PurgeState.FAILED
        return PurgeState.DONE if states == {PurgeState.DONE} else PurgeState.SUBMITTED

    def quota(self) -> Quota:
        """URLs a day and those left, where least are left."""
        rows = self._ask("DescribePurgeQuota", {}).get("UrlPurge") or []
        least = min(rows, key=lambda row: int(row["Available"]), default=None)
        return Quota(int(least["Total"]), int(least["Available"])) if least else Quota()

    def blocked(self, host: str) -> frozenset[str]:
        """URLs that are disabled now."""
        rows = self._ask("GetDisableRecords", {"Status": "disable", "Limit": 1_000}).get("UrlRecordList") or []
        return frozenset(str(row["RealUrl"]) for row in rows if urlsplit(str(row["RealUrl"])).hostname == host)

    def block(self, urls: Sequence[str]) -> None:
        """Disable URLs at the edges."""
        self._switch("DisableCaches", urls)

    def unblock(self, urls: Sequence[str]) -> None:
        """Enable them again."""
        self._switch("EnableCaches", urls)

    def stop(self, host: str) -> None:
        """Take a domain off line; one that is off line stays so."""
        if self._status(host) != "offline":
            self._ask("StopCdnDomain", {"Domain": host})

    def start(self, host: str) -> None:
        """Put it back on line; one that is on line stays so."""
        if self._status(host) != "online":
            self._ask("StartCdnDomain", {"Domain": host})

    def running(self, host: str) -> bool:
        """Whether the domain is on line."""
        return self._status(host) == "online"

    def _status(self, host: str) -> str:
        asked = {"Filters": [{"Name": "domain", "Value": [host]}]}
        rows = self._ask("DescribeDomains", asked).get("Domains") or []
        return next((str(row.get("Status")) for row in rows if row.get("Domain") == host), "")

    def _switch(self, action: str, urls: Sequence[str]) -> None:
        for start in range(0, len(urls), BLOCK_BATCH):
            body = self._ask(action, {"Urls": list(urls[start : start + BLOCK_BATCH])})
            if bad := (body.get("CacheOptResult") or {}).get("FailUrls"):
                raise refused(f"{action} of {bad[0]}", ENDPOINT)

    def _ask(self, action: str, asked: dict[str, Any]) -> dict[str, Any]:
        url, moment = self.endpoint or ENDPOINT, int(time.time())
        host, body = urlsplit(url).netloc, json.dumps(asked, separators=(",", ":")).encode()
        headers = {
            "Host": host,
            "Content-Type": JSON,
            "X-TC-Action": action,
            "X-TC-Version": "2018-06-06",
            "X-TC-Timestamp": str(moment),
            "Authorization": tc3(self.access, self.secret, host, body, moment),
        }
        answer = call("POST", f"{url}/", headers, body)
        found: dict[str, Any] = answer.body.get("Response") or {}
        error = found.get("Error") or {}
        code = str(error.get("Code", ""))
        over = code.startswith("RequestLimitExceeded") or (code.startswith("LimitExceeded") and "DayLimit" in code)
        if over or answer.status == 429:
            wait = 60.0 if code.startswith("Request") else 3_600.0
            raise QuotaError(f"{action}: {code}", wait=answer.wait or wait, where=url, mend="wait")
        if code in GONE:
            mend = "suspend at the origin, or stop the domain"
            raise EnforcementError(f"the provider has no {action} any more", where=url, mend=mend)
        if answer.status != 200 or code:
            raise refused(f"{action}: {code or answer.status} {error.get('Message', '')}", url)
        return found
