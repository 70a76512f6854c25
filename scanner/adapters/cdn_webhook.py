"""A CDN of the operator's own, through one signed webhook: `purge`, `purge-state`, `quota`, `block`, `unblock`,
`blocked`, `stop`, `start`, `running`; each asked with `{"op": …}` and answered with a JSON object.
"""

import hashlib
import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scanner.adapters.cdn_call import refused, strict
from scanner.adapters.control_plane import signed_post
from scanner.domain.canonical import canonical
from scanner.domain.cdn.purging import PurgeState, Quota, Submitted
from scanner.errors import AmbiguousError, QuotaError

TIMEOUT = 15.0


@strict
@dataclass(frozen=True, slots=True)
class WebhookProvider:
    """The Provider behind a webhook."""

    url: str
    secret: str
    batch: int = 100
    blocks: bool = True

    def purge(self, urls: Sequence[str]) -> Submitted:
        """Purge URLs as one task."""
        answer = self._ask({"op": "purge", "urls": list(urls)})
        bad = tuple((str(url), "refused by the webhook") for url in answer.get("refused", ()))
        return Submitted(str(answer["task"]), bad, int(answer.get("left", -1)))

    def state(self, task: str) -> PurgeState:
        """The task's state, in our own words."""
        return PurgeState(str(self._ask({"op": "purge-state", "task": task}).get("state", "submitted")))

    def quota(self) -> Quota:
        """Purges a day, and those left."""
        answer = self._ask({"op": "quota"})
        return Quota(int(answer.get("day", -1)), int(answer.get("left", -1)))

    def blocked(self, host: str) -> frozenset[str]:
        """URLs of the host that are refused."""
        return frozenset(map(str, self._ask({"op": "blocked", "host": host}).get("urls", ())))

    def block(self, urls: Sequence[str]) -> None:
        """Refuse URLs at the edges."""
        self._ask({"op": "block", "urls": list(urls)})

    def unblock(self, urls: Sequence[str]) -> None:
        """Serve them again."""
        self._ask({"op": "unblock", "urls": list(urls)})

    def stop(self, host: str) -> None:
        """Take a domain off line."""
        self._ask({"op": "stop", "host": host})

    def start(self, host: str) -> None:
        """Put it back on line."""
        self._ask({"op": "start", "host": host})

    def running(self, host: str) -> bool:
        """Whether the domain is on line."""
        return bool(self._ask({"op": "running", "host": host}).get("running"))

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        body = canonical(asked)
        key = hashlib.sha256(body).hexdigest()
        try:
            status, text = signed_post(self.url, self.secret, body, key=key, timeout=TIMEOUT)
        except (OSError, http.client.HTTPException) as error:
            why = f"the webhook gave no answer: {type(error).__name__}"
            raise AmbiguousError(why, where=self.url, mend="it is asked again") from error
        if status == 429:
            raise QuotaError("the webhook takes no more", wait=60.0, where=self.url, mend="wait")
        if status >= 500:
            raise AmbiguousError(f"the webhook answered {status}", where=self.url, mend="it is asked again")
        if status != 200:
            raise refused(f"{asked['op']}: {status}", self.url)
        try:
            found = json.loads(text) if text else {}
        except ValueError as error:
            raise refused(f"{asked['op']}: its answer is no JSON", self.url) from error
        return found if isinstance(found, dict) else {}
