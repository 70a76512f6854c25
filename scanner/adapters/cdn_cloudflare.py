"""Cloudflare: purge by URL, and block rules in the zone's own custom ruleset. A purge has no task: accepted is done."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scanner.adapters.cdn_call import call, refused, strict
from scanner.domain.cdn.purging import PurgeState, Quota, Submitted
from scanner.errors import QuotaError

ENDPOINT = "https://api.cloudflare.com/client/v4"
BATCH = 30
PHASE = "http_request_firewall_custom"
MARK = "aup "  # our rules' descriptions begin so; nobody else's are touched


@strict
@dataclass(frozen=True, slots=True)
class Cloudflare:
    """The Provider over one zone, by an API token."""

    token: str
    zone: str
    endpoint: str = ""
    batch: int = BATCH
    blocks: bool = True

    def purge(self, urls: Sequence[str]) -> Submitted:
        """Purge URLs."""
        found = self._ask("POST", "purge_cache", {"files": list(urls)})
        return Submitted(str((found.get("result") or {}).get("id", "")))

    def state(self, task: str) -> PurgeState:
        """Done: the zone forgets within seconds of its answer, and tells no more."""
        return PurgeState.DONE

    def quota(self) -> Quota:
        """It tells none; too many are answered with 429."""
        return Quota()

    def blocked(self, host: str) -> frozenset[str]:
        """URLs of the host that rules of ours refuse."""
        marks = [str(rule.get("description", "")) for rule in self._rules()[1]]
        urls = [mark.removeprefix(MARK) for mark in marks if mark.startswith(MARK)]
        return frozenset(url for url in urls if urlsplit(url).hostname == host)

    def block(self, urls: Sequence[str]) -> None:
        """One rule a URL, if it has none."""
        ruleset, rules = self._rules()
        have = {str(rule.get("description", "")) for rule in rules}
        for url in urls:
            if MARK + url in have:
                continue
            if ruleset:
                self._ask("POST", f"rulesets/{ruleset}/rules", _rule(url))
            else:
                first = {"name": "aup", "kind": "zone", "phase": PHASE, "rules": [_rule(url)]}
                ruleset = str(self._ask("POST", "rulesets", first)["result"]["id"])

    def unblock(self, urls: Sequence[str]) -> None:
        """Take our rules for the URLs away."""
        ruleset, rules = self._rules()
        wanted = {MARK + url for url in urls}
        for rule in rules:
            if rule.get("description") in wanted:
                self._ask("DELETE", f"rulesets/{ruleset}/rules/{rule['id']}", None)

    def stop(self, host: str) -> None:
        """Refuse everything of the host, by one rule."""
        self.block([f"https://{host}"])

    def start(self, host: str) -> None:
        """Take that rule away."""
        self.unblock([f"https://{host}"])

    def running(self, host: str) -> bool:
        """Whether no rule of ours refuses the whole host."""
        return f"https://{host}" not in self.blocked(host)

    def _rules(self) -> tuple[str, list[dict[str, Any]]]:
        """The id of the zone's custom ruleset, "" while it has none; and its rules."""
        found = self._ask("GET", f"rulesets/phases/{PHASE}/entrypoint", None, missing=True).get("result") or {}
        return str(found.get("id", "")), list(found.get("rules") or [])

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, *, missing: bool = False) -> dict[str, Any]:
        url = f"{self.endpoint or ENDPOINT}/zones/{self.zone}/{path}"
        text = json.dumps(body, separators=(",", ":")).encode() if body is not None else b""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        answer = call(method, url, headers, text)
        if answer.status == 429:
            raise QuotaError("too many requests", wait=answer.wait or 60.0, where=url, mend="wait")
        if missing and answer.status == 404:
            return {}
        if not answer.body.get("success"):
            told = "; ".join(str(error.get("message", "")) for error in answer.body.get("errors") or [])
            raise refused(f"{answer.status} {told}", url)
        return answer.body


def _rule(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    expression = f'http.host eq "{_text(parts.hostname or "")}"'
    if parts.path or parts.query:
        expression += f' and http.request.uri.path eq "{_text(parts.path or "/")}"'
    if parts.query:
        expression += f' and http.request.uri.query eq "{_text(parts.query)}"'
    return {"action": "block", "expression": f"({expression})", "description": MARK + url, "enabled": True}


def _text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
