"""Asking a timestamping authority over HTTP (RFC 3161 §3.4)."""

import http.client
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from scanner.errors import EnforcementError
from scanner.wire.timestamps import check_stamp, request_over, stamped_at

ANSWER_LIMIT = 64 * 1024
MEND = "see tsa_url; the checkpoint stands without it and is stamped with the next one"


@dataclass(frozen=True, slots=True)
class TimestampAuthority:
    """Stamps documents. With `roots` (PEM) an answer that does not verify is not kept."""

    url: str
    roots: tuple[bytes, ...] = ()
    timeout: float = 10.0

    def stamp(self, document: bytes) -> bytes:
        """The authority's answer over the document; EnforcementError if it gave none, TaintedError for a wrong one."""
        try:
            status, answer = self._ask(request_over(document))
        except (OSError, http.client.HTTPException) as error:
            raise EnforcementError(f"no timestamp: {type(error).__name__}", where=self.url, mend=MEND) from error
        if status != 200:
            raise EnforcementError(f"no timestamp: status {status}", where=self.url, mend=MEND)
        if self.roots:
            check_stamp(answer, document, self.roots)
        else:
            stamped_at(answer)
        return answer

    def _ask(self, query: bytes) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        connection = (
            http.client.HTTPSConnection(host, parts.port, timeout=self.timeout, context=ssl.create_default_context())
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, parts.port, timeout=self.timeout)
        )
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, query, {"Content-Type": "application/timestamp-query"})
            answer = connection.getresponse()
            return answer.status, answer.read(ANSWER_LIMIT)
        finally:
            connection.close()
