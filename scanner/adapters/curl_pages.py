"""Listings through libcurl as plain marks, for rescans: about a twentieth of boto3's CPU."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pycurl

from scanner.adapters.curl_contents import Credentials
from scanner.domain.known import Mark
from scanner.errors import StoreError
from scanner.wire.listings import MOST_BYTES, Listed, listed
from scanner.wire.sigv4 import query_string, signed_headers

ATTEMPTS = 4
SECONDS = 60


@dataclass(frozen=True, slots=True)
class CurlPages:
    """Serves the port `Pages`. Each thread keeps one connection."""

    endpoint: str
    region: str
    credentials: Callable[[], Credentials]
    _own: threading.local = field(default_factory=threading.local)

    def page(self, bucket: str, prefix: str, after: str, last: str, limit: int) -> list[Mark]:
        """At most `limit` marks behind `after` up to `last`; fewer only at the end. StoreError after four attempts."""
        marks, token = list[Mark](), ""
        while len(marks) < limit:
            query = {"list-type": "2", "encoding-type": "url", "max-keys": str(min(1_000, limit - len(marks)))}
            query |= {"prefix": prefix} if prefix else {}
            query |= {"continuation-token": token} if token else ({"start-after": after} if after else {})
            answer = self._asked(bucket, query)
            marks += answer.marks
            after, token = (marks[-1][0] if marks else after), answer.token
            if not answer.is_cut or (last and marks and marks[-1][0] > last):
                break
            if not answer.marks and not token:
                raise StoreError("a listing that is cut and leads nowhere", where=bucket, mend="check the store")
        return [mark for mark in marks if mark[0] <= last] if last else marks

    def _asked(self, bucket: str, query: dict[str, str]) -> Listed:
        told = ""
        for _ in range(ATTEMPTS):
            status, body = self._get(f"/{quote(bucket, safe='-_.~')}", query_string(query))
            if status == 200:
                return listed(body)
            told = f"status {status}" if status else body.decode("utf-8", "replace")
            if 400 <= status < 500 and status not in (408, 429):
                break
        raise StoreError(f"the store does not list: {told}", where=bucket, mend="check bucket, credentials and store")

    def _get(self, path: str, query: str) -> tuple[int, bytes]:
        """Status and body; status 0 and the trouble where no answer came."""
        handle, body, signer = self._handle(), BytesIO(), self.credentials()
        host = self.endpoint.rstrip("/").split("://", 1)[1]
        secrets = signer.access_key, signer.secret_key, signer.token
        signed = signed_headers(*secrets, self.region, host, path, query, datetime.now(UTC))

        def take(piece: bytes) -> int | None:
            body.write(piece)
            return -1 if body.tell() > MOST_BYTES else None

        handle.setopt(pycurl.URL, f"{self.endpoint.rstrip('/')}{path}?{query}")
        handle.setopt(pycurl.HTTPHEADER, signed if signer.access_key else [])
        handle.setopt(pycurl.WRITEFUNCTION, take)
        try:
            handle.perform()
        except pycurl.error as error:
            return 0, str(error.args[-1]).encode()
        return int(handle.getinfo(pycurl.RESPONSE_CODE)), body.getvalue()

    def _handle(self) -> Any:
        if getattr(self._own, "pid", 0) != os.getpid():
            handle = pycurl.Curl()
            handle.setopt(pycurl.NOSIGNAL, 1)
            handle.setopt(pycurl.PATH_AS_IS, 1)
            handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
            handle.setopt(pycurl.CONNECTTIMEOUT, 5)
            handle.setopt(pycurl.TIMEOUT, SECONDS)
            self._own.pid, self._own.handle = os.getpid(), handle
        return self._own.handle
