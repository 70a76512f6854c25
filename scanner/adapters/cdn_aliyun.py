"""Alibaba Cloud CDN: RPC calls signed with HMAC-SHA1; refresh tasks, blocked URLs, stopped domains."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from scanner.adapters.cdn_call import call, refused, strict
from scanner.domain.cdn.purging import PurgeState, Quota, Submitted
from scanner.errors import QuotaError

ENDPOINT = "https://cdn.aliyuncs.com"
BATCH = 1_000
STATES = {
    "Complete": PurgeState.DONE,
    "Pending": PurgeState.SUBMITTED,
    "Refreshing": PurgeState.SUBMITTED,
    "Failed": PurgeState.FAILED,
    "Timeout": PurgeState.FAILED,
    "Canceled": PurgeState.FAILED,
}


def rpc_signature(parameters: Mapping[str, str], secret: str, method: str = "POST") -> str:
    """The signature over the sorted, escaped parameters."""
    canonical = "&".join(f"{_escape(name)}={_escape(parameters[name])}" for name in sorted(parameters))
    text = f"{method}&{_escape('/')}&{_escape(canonical)}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()


def _escape(text: str) -> str:
    return quote(text, safe="~")


@strict
@dataclass(frozen=True, slots=True)
class Aliyun:
    """The Provider over one account."""

    access: str
    secret: str
    endpoint: str = ""
    batch: int = BATCH
    blocks: bool = True

    def purge(self, urls: Sequence[str]) -> Submitted:
        """Refresh URLs as one task."""
        body = self._ask("RefreshObjectCaches", ObjectPath="\n".join(urls), ObjectType="File")
        return Submitted(str(body["RefreshTaskId"]))

    def state(self, task: str) -> PurgeState:
        """The worst state among the parts of a task, whose ids stand with commas between."""
        states: list[PurgeState] = []
        for part in task.split(","):
            rows = self._ask("DescribeRefreshTaskById", TaskId=part).get("Tasks") or []
            states += [STATES.get(str(row.get("Status")), PurgeState.SUBMITTED) for row in rows]
        if PurgeState.FAILED in states:
            return PurgeState.FAILED
        return PurgeState.DONE if states and set(states) == {PurgeState.DONE} else PurgeState.SUBMITTED

    def quota(self) -> Quota:
        """URLs a day, and those left."""
        body = self._ask("DescribeRefreshQuota")
        return Quota(int(body.get("UrlQuota", -1)), int(body.get("UrlRemain", -1)))

    def blocked(self, host: str) -> frozenset[str]:
        """URLs whose newest blocking task is one that blocks, of the three days that it remembers."""
        rows = [row for kind in ("block", "unblock") for row in self._tasks(host, kind)]
        newest = {url: kind for _, url, kind in sorted(rows)}
        return frozenset(url for url, kind in newest.items() if kind == "block")

    def _tasks(self, host: str, kind: str) -> list[tuple[str, str, str]]:
        body = self._ask("DescribeRefreshTasks", DomainName=host, ObjectType=kind, PageSize="100")
        found = (body.get("Tasks") or {}).get("CDNTask") or []
        return [(str(row.get("CreationTime", "")), str(row["ObjectPath"]), kind) for row in found]

    def block(self, urls: Sequence[str]) -> None:
        """Refuse URLs at the edges."""
        self._ask("RefreshObjectCaches", ObjectPath="\n".join(urls), ObjectType="Block")

    def unblock(self, urls: Sequence[str]) -> None:
        """Serve them again."""
        self._ask("RefreshObjectCaches", ObjectPath="\n".join(urls), ObjectType="Unblock")

    def stop(self, host: str) -> None:
        """Take a domain off line; one that is off line, or on its way, stays so."""
        if self._status(host) not in ("offline", "stopping"):
            self._ask("StopCdnDomain", DomainName=host)

    def start(self, host: str) -> None:
        """Put it back on line; one that is on line, or on its way, stays so."""
        if self._status(host) not in ("online", "configuring"):
            self._ask("StartCdnDomain", DomainName=host)

    def running(self, host: str) -> bool:
        """Whether the domain is on line, or will be."""
        return self._status(host) in ("online", "configuring")

    def _status(self, host: str) -> str:
        body = self._ask("DescribeCdnDomainDetail", DomainName=host)
        return str((body.get("GetDomainDetailModel") or {}).get("DomainStatus", ""))

    def _ask(self, action: str, **more: str) -> dict[str, Any]:
        parameters = {
            "Action": action,
            "Version": "2018-05-10",
            "Format": "JSON",
            "AccessKeyId": self.access,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": secrets.token_hex(12),
            "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            **more,
        }
        parameters["Signature"] = rpc_signature(parameters, self.secret)
        url = f"{self.endpoint or ENDPOINT}/"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = call("POST", url, headers, urlencode(parameters).encode())
        code = str(answer.body.get("Code", ""))
        if code.startswith(("QuotaExceeded", "Throttling")) or answer.status == 429:
            wait = 60.0 if code.startswith("Throttling") else 3_600.0
            raise QuotaError(f"{action}: {code}", wait=answer.wait or wait, where=url, mend="wait")
        if answer.status != 200 or code:
            raise refused(f"{action}: {code or answer.status} {answer.body.get('Message', '')}", url)
        return answer.body
