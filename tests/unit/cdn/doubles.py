"""Strict doubles of providers' control APIs: signatures are computed here a second time, from the documents."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote

from tests.unit.cdn.doubles_base import AK, SK, Double, Reply, serving

__all__ = [
    "AK",
    "SK",
    "AliyunDouble",
    "CloudflareDouble",
    "Double",
    "QiniuDouble",
    "TencentDouble",
    "WebhookDouble",
    "serving",
]


class QiniuDouble(Double):
    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if not self._signed(method, path, headers, body):
            return 401, {"code": 401, "error": "bad token"}
        return self._domain(path) if path.startswith("/domain/") else self._caches(path, json.loads(body))

    def _signed(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bool:
        text, kind = f"{path}\n", "QBox"
        if path.startswith("/domain/"):  # api.qiniu.com wants everything signed
            kind = "Qiniu"
            text = f"{method} {path}\nHost: {headers['host']}\nContent-Type: {headers['content-type']}\n"
            text += f"X-Qiniu-Date: {headers['x-qiniu-date']}\n\n{body.decode()}"
        mac = base64.urlsafe_b64encode(hmac.new(SK.encode(), text.encode(), hashlib.sha1).digest()).decode()
        return headers["content-type"] == "application/json" and headers["authorization"] == f"{kind} {AK}:{mac}"

    def _caches(self, path: str, asked: dict[str, Any]) -> Reply:
        if path == "/v2/tune/refresh":
            urls = asked["urls"]
            if len(urls) > 20:
                return 400, {"code": 400, "error": "too many"}
            if len(urls) > self.quota:
                return 200, {"code": 400034, "error": "refresh url limit error"}
            bad = [url for url in urls if "invalid" in url]
            task = self.submit([url for url in urls if url not in bad])
            return 200, {
                "code": 200,
                "error": "success",
                "requestId": task,
                "invalidUrls": bad,
                "urlSurplusDay": self.quota,
            }
        assert path == "/v2/tune/refresh/list"
        urls, done = self.poll(asked["requestId"])
        state = "success" if done else "processing"
        return 200, {"code": 200, "items": [{"url": url, "state": state} for url in urls]}

    def _domain(self, path: str) -> Reply:
        _, _, host, *verb = path.split("/")
        if verb == ["offline"]:
            if host in self.stopped:
                return 400, {"code": 400013, "error": "it is off line"}
            self.stopped.add(host)
        elif verb == ["online"]:
            if host not in self.stopped:
                return 400, {"code": 400317, "error": "it is not off line"}
            self.stopped.discard(host)
        if verb:
            return 200, {"code": 200}
        return 200, {"name": host, "operatingState": "offlined" if host in self.stopped else "success"}


class AliyunDouble(Double):
    def __init__(self) -> None:
        super().__init__()
        self.history: list[tuple[str, str]] = []

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        signature = asked.pop("Signature")
        pairs = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(asked.items()))
        text = f"POST&%2F&{quote(pairs, safe='-_.~')}"
        if signature != base64.b64encode(hmac.new(f"{SK}&".encode(), text.encode(), "sha1").digest()).decode():
            return 400, {"Code": "SignatureDoesNotMatch", "Message": "no"}
        assert (asked["Version"], asked["AccessKeyId"]) == ("2018-05-10", AK)
        return getattr(self, f"do_{asked['Action']}")(asked)  # type: ignore[no-any-return]

    def do_RefreshObjectCaches(self, asked: dict[str, str]) -> Reply:
        urls = asked["ObjectPath"].split("\n")
        if asked["ObjectType"] in ("Block", "Unblock"):
            for url in urls:
                self.blocked[url] = int(asked["ObjectType"] == "Block")
                self.history.append((url, asked["ObjectType"].lower()))
            return 200, {"RefreshTaskId": "b1"}
        assert asked["ObjectType"] == "File"
        assert len(urls) <= 1_000
        if len(urls) > self.quota:
            return 400, {"Code": "QuotaExceeded.Refresh", "Message": "quota"}
        return 200, {"RefreshTaskId": self.submit(urls), "RequestId": "r"}

    def do_DescribeRefreshTaskById(self, asked: dict[str, str]) -> Reply:
        urls, done = self.poll(asked["TaskId"])
        return 200, {"Tasks": [{"ObjectPath": url, "Status": "Complete" if done else "Refreshing"} for url in urls]}

    def do_DescribeRefreshTasks(self, asked: dict[str, str]) -> Reply:
        if "DomainName" in asked and "ObjectType" not in asked:
            return 400, {"Code": "MissingParameter", "Message": "ObjectType"}
        rows = [
            {"ObjectPath": url, "ObjectType": kind, "CreationTime": f"2026-01-01T00:00:{number:02}Z"}
            for number, (url, kind) in enumerate(self.history)
            if kind == asked["ObjectType"]
        ]
        return 200, {"Tasks": {"CDNTask": rows[::-1]}}

    def do_DescribeRefreshQuota(self, asked: dict[str, str]) -> Reply:
        return 200, {"UrlQuota": "1000", "UrlRemain": str(self.quota)}

    def do_StopCdnDomain(self, asked: dict[str, str]) -> Reply:
        self.stopped.add(asked["DomainName"])
        return 200, {}

    def do_StartCdnDomain(self, asked: dict[str, str]) -> Reply:
        self.stopped.discard(asked["DomainName"])
        return 200, {}

    def do_DescribeCdnDomainDetail(self, asked: dict[str, str]) -> Reply:
        status = "offline" if asked["DomainName"] in self.stopped else "online"
        return 200, {"GetDomainDetailModel": {"DomainStatus": status}}


class TencentDouble(Double):
    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        action, moment = headers["x-tc-action"], int(headers["x-tc-timestamp"])
        if not self._signed(headers, moment, body):
            return 200, {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "no"}}}
        status, found = getattr(self, f"do_{action}")(json.loads(body))
        return status, {"Response": {**found, "RequestId": "r"}}

    def _signed(self, headers: Mapping[str, str], moment: int, body: bytes) -> bool:
        day = datetime.fromtimestamp(moment, UTC).date().isoformat()
        assert headers["content-type"] == "application/json"
        lines = ["POST", "/", "", "content-type:application/json", f"host:{headers['host']}"]
        lines += ["", "content-type;host", hashlib.sha256(body).hexdigest()]
        request = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        key = ("TC3" + SK).encode()
        for part in (day, "cdn", "tc3_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        text = f"TC3-HMAC-SHA256\n{moment}\n{day}/cdn/tc3_request\n{request}"
        return headers["authorization"].endswith(hmac.new(key, text.encode(), hashlib.sha256).hexdigest())

    def do_PurgeUrlsCache(self, asked: dict[str, Any]) -> Reply:
        if len(asked["Urls"]) > self.quota:
            return 200, {"Error": {"Code": "LimitExceeded.CdnPurgeUrlExceedDayLimit", "Message": "quota"}}
        assert len(asked["Urls"]) <= 1_000
        return 200, {"TaskId": self.submit(asked["Urls"])}

    def do_DescribePurgeTasks(self, asked: dict[str, Any]) -> Reply:
        urls, done = self.poll(asked["TaskId"])
        return 200, {"PurgeLogs": [{"Url": url, "Status": "done" if done else "process"} for url in urls]}

    def do_DescribePurgeQuota(self, asked: dict[str, Any]) -> Reply:
        return 200, {"UrlPurge": [{"Area": "mainland", "Total": 1_000, "Available": self.quota}]}

    def do_DisableCaches(self, asked: dict[str, Any]) -> Reply:
        assert len(asked["Urls"]) <= 100
        self.blocked |= dict.fromkeys(asked["Urls"], 1)
        return 200, {"CacheOptResult": {"SuccessUrls": asked["Urls"], "FailUrls": []}, "TaskId": "b"}

    def do_EnableCaches(self, asked: dict[str, Any]) -> Reply:
        self.blocked |= dict.fromkeys(asked["Urls"], 0)
        return 200, {"CacheOptResult": {"SuccessUrls": asked["Urls"], "FailUrls": []}}

    def do_GetDisableRecords(self, asked: dict[str, Any]) -> Reply:
        rows = [{"RealUrl": url, "Status": "disable"} for url, on in self.blocked.items() if on]
        return 200, {"UrlRecordList": rows, "TotalCount": len(rows)}

    def do_StopCdnDomain(self, asked: dict[str, Any]) -> Reply:
        if asked["Domain"] in self.stopped:
            return 200, {"Error": {"Code": "FailedOperation.CdnConfigError", "Message": "it is off line"}}
        self.stopped.add(asked["Domain"])
        return 200, {}

    def do_StartCdnDomain(self, asked: dict[str, Any]) -> Reply:
        self.stopped.discard(asked["Domain"])
        return 200, {}

    def do_DescribeDomains(self, asked: dict[str, Any]) -> Reply:
        [host] = asked["Filters"][0]["Value"]
        return 200, {"Domains": [{"Domain": host, "Status": "offline" if host in self.stopped else "online"}]}


class CloudflareDouble(Double):
    def __init__(self) -> None:
        super().__init__()
        self.rules: dict[str, dict[str, Any]] = {}
        self.has_ruleset = True

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if headers["authorization"] != f"Bearer {SK}":
            return 403, {"success": False, "errors": [{"message": "token"}]}
        asked, tail = json.loads(body) if body else {}, path.removeprefix("/zones/z1/")
        if tail == "purge_cache":
            if len(asked["files"]) > min(30, self.quota):
                return (429, {"success": False}) if self.quota < 30 else (400, {"success": False})
            self.poll(self.submit(asked["files"]))
            return 200, {"success": True, "result": {"id": "z1"}}
        if tail == "rulesets":
            assert (asked["kind"], asked["phase"]) == ("zone", "http_request_firewall_custom")
            assert not self.has_ruleset
            self.has_ruleset, [asked] = True, asked["rules"]
            tail = "rulesets/rs/rules"
        if not self.has_ruleset:
            return 404, {"success": False, "errors": [{"message": "could not find entrypoint ruleset"}]}
        if tail == "rulesets/phases/http_request_firewall_custom/entrypoint":
            return 200, {"success": True, "result": {"id": "rs", "rules": list(self.rules.values())}}
        if method == "POST" and tail == "rulesets/rs/rules":
            assert asked["action"] == "block"
            number = f"r{len(self.rules) + 1}"
            self.rules[number] = {**asked, "id": number}
        elif method == "DELETE":
            del self.rules[tail.rsplit("/", 1)[1]]
        self.blocked = {rule["description"].removeprefix("aup "): 1 for rule in self.rules.values()}
        return 200, {"success": True, "result": {"id": "rs"}}


class WebhookDouble(Double):
    refuse: Callable[[dict[str, Any]], Reply | None] = staticmethod(lambda _asked: None)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        mac = hmac.new(SK.encode(), headers["x-aup-time"].encode() + b"." + body, "sha256").hexdigest()
        if headers["x-aup-signature"] != f"sha256={mac}":
            return 401, {}
        asked = json.loads(body)
        if refusal := self.refuse(asked):
            return refusal
        operation, urls, host = asked["op"], asked.get("urls", []), asked.get("host", "")
        if operation == "purge":
            return (429, {}) if len(urls) > self.quota else (200, {"task": self.submit(urls), "left": self.quota})
        if operation == "purge-state":
            return 200, {"state": "done" if self.poll(asked["task"])[1] else "submitted"}
        if operation in ("block", "unblock"):
            self.blocked |= dict.fromkeys(urls, int(operation == "block"))
        if operation in ("stop", "start"):
            (self.stopped.add if operation == "stop" else self.stopped.discard)(host)
        answers = {
            "blocked": {"urls": [url for url, on in self.blocked.items() if on]},
            "running": {"running": host not in self.stopped},
            "quota": {"day": 1_000, "left": self.quota},
        }
        return 200, answers.get(operation, {})
