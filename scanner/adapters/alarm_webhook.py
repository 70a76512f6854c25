"""Alarms to the operator's signed webhook; without one they stand in the audit log and the metrics."""

import hashlib
import http.client
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.adapters.control_plane import signed_post
from scanner.domain.canonical import canonical
from scanner.errors import AmbiguousError, EnforcementError

log = logging.getLogger("aup.alarm")


@dataclass(frozen=True, slots=True)
class AlarmWebhook:
    """POSTs canonical JSON, signed like everything that goes to the control plane. The key repeats with the message."""

    url: str
    secret: str
    timeout: float = 10.0

    def __call__(self, message: Mapping[str, str]) -> None:
        """Tell it; EnforcementError or AmbiguousError if it was not taken."""
        log.critical("%s", " ".join(f"{name}={value}" for name, value in message.items()))
        if not self.url:
            return
        body = canonical(dict(message))
        try:
            key = hashlib.sha256(body).hexdigest()
            status, _ = signed_post(self.url, self.secret, body, key=key, timeout=self.timeout)
        except (OSError, http.client.HTTPException) as error:
            raise AmbiguousError(f"no answer: {type(error).__name__}", where=self.url, mend="tried again") from error
        if status >= 300:
            raise EnforcementError(f"the alarm was refused: {status}", where=self.url, mend="check alarm_url")
